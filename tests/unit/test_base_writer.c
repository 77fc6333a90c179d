/* base/writer.c: what does not fit changes nothing, and failure stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/writer.h"

static uint8_t *block(size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);

	assert_non_null(data);
	memset(data, 0xee, size > 0 ? size : 1);
	return data;
}

static void put_u8(struct writer *writer)
{
	writer_u8(writer, 0x81);
}

static void put_be16(struct writer *writer)
{
	writer_be16(writer, 0x8102);
}

static void put_be32(struct writer *writer)
{
	writer_be32(writer, 0x8102fe04);
}

static void put_bytes(struct writer *writer)
{
	writer_bytes(writer, "\x81\x02\xfe\x04\x05", 5);
}

static void put_span(struct writer *writer)
{
	writer_put(writer, (struct span){ (const uint8_t *)"\x81\x02\xfe", 3 });
}

static void put_fill(struct writer *writer)
{
	writer_fill(writer, 0x81, 6);
}

/* Each kind of write into each size of buffer, from none to one too many. */
static void test_each_write_at_the_edge(void **state)
{
	static const struct {
		void (*put)(struct writer *writer);
		size_t len;
		const char *bytes;
	} writes[] = {
		{ put_u8, 1, "\x81" },
		{ put_be16, 2, "\x81\x02" },
		{ put_be32, 4, "\x81\x02\xfe\x04" },
		{ put_bytes, 5, "\x81\x02\xfe\x04\x05" },
		{ put_span, 3, "\x81\x02\xfe" },
		{ put_fill, 6, "\x81\x81\x81\x81\x81\x81" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		for (size_t size = 0; size <= 8; size++) {
			size_t len = writes[i].len;
			uint8_t *data = block(size);
			struct writer writer;

			writer_init(&writer, data, size);
			writes[i].put(&writer);
			if (len <= size) {
				assert_false(writer_failed(&writer));
				assert_int_equal(writer_len(&writer), len);
				assert_int_equal(writer_room(&writer),
						 size - len);
				assert_memory_equal(data, writes[i].bytes, len);
			} else {
				len = 0;
				assert_true(writer_failed(&writer));
				assert_int_equal(writer_len(&writer), 0);
				assert_int_equal(writer_span(&writer).len, 0);
			}
			for (size_t k = len; k < size; k++)
				assert_int_equal(data[k], 0xee);
			free(data);
		}
	}
}

static void test_failure_is_latched(void **state)
{
	uint8_t *data = block(3);
	struct writer writer;

	(void)state;
	writer_init(&writer, data, 3);
	writer_be16(&writer, 0x0102);
	writer_be16(&writer, 0x0304);
	assert_true(writer_failed(&writer));
	/* There would be room for these. */
	writer_u8(&writer, 5);
	writer_bytes(&writer, "x", 0);
	writer_patch_u8(&writer, 0, 9);
	writer_patch_be16(&writer, 0, 9);
	assert_true(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 2);
	assert_null(writer_span(&writer).data);
	assert_memory_equal(data, "\x01\x02\xee", 3);

	writer_init(&writer, data, 3);
	writer_fail(&writer);
	writer_u8(&writer, 5);
	assert_true(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 0);
	free(data);
}

static void test_lengths_that_wrap(void **state)
{
	uint8_t *data = block(4);
	struct writer writer;

	(void)state;
	writer_init(&writer, data, 4);
	writer_u8(&writer, 1);
	writer_bytes(&writer, data, SIZE_MAX);
	assert_true(writer_failed(&writer));
	writer_init(&writer, data, 4);
	writer_fill(&writer, 0, (size_t)PTRDIFF_MAX + 1);
	assert_true(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 0);
	free(data);
}

static void test_nothing_is_written_well(void **state)
{
	uint8_t *data = block(0);
	struct writer writer;

	(void)state;
	writer_init(&writer, data, 0);
	writer_put(&writer, (struct span){ NULL, 0 });
	writer_bytes(&writer, NULL, 0);
	writer_fill(&writer, 1, 0);
	assert_false(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 0);
	assert_int_equal(writer_room(&writer), 0);
	assert_int_equal(writer_span(&writer).len, 0);
	free(data);
}

/* Only over what has been written, not over what there is room for. */
static void test_patch_at_the_edge(void **state)
{
	static const size_t offsets[] = {
		0, 1, 2, 3, 4, SIZE_MAX, SIZE_MAX - 1
	};

	(void)state;
	for (size_t len = 0; len <= 3; len++) {
		for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
			uint8_t *data = block(4);
			size_t at = offsets[i];
			struct writer writer;

			writer_init(&writer, data, 4);
			writer_fill(&writer, 0, len);
			writer_patch_u8(&writer, at, 0x81);
			assert_int_equal(writer_failed(&writer), at >= len);
			if (at < len)
				assert_int_equal(data[at], 0x81);

			writer_init(&writer, data, 4);
			writer_fill(&writer, 0, len);
			writer_patch_be16(&writer, at, 0x8102);
			assert_int_equal(writer_failed(&writer),
					 len < 2 || at > len - 2);
			if (!writer_failed(&writer)) {
				assert_int_equal(data[at], 0x81);
				assert_int_equal(data[at + 1], 0x02);
				assert_int_equal(writer_len(&writer), len);
			}
			for (size_t k = len; k < 4; k++)
				assert_int_equal(data[k], 0xee);
			free(data);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_write_at_the_edge),
		cmocka_unit_test(test_failure_is_latched),
		cmocka_unit_test(test_lengths_that_wrap),
		cmocka_unit_test(test_nothing_is_written_well),
		cmocka_unit_test(test_patch_at_the_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
