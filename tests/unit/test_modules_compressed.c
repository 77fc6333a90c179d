/* modules/compressed.c: what a compressed file says of its size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "modules/compressed.h"

/* echo hello | xz: 6 bytes in one block. */
static const uint8_t xz_file[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4,
	0x46, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f,
	0xe5, 0xa3, 0x01, 0x00, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x0a,
	0x00, 0x00, 0x00, 0xa5, 0x60, 0x97, 0xf1, 0x94, 0xf6, 0xfd, 0xe0,
	0x00, 0x01, 0x1e, 0x06, 0xc1, 0x2f, 0xa4, 0x1d, 0x1f, 0xb6, 0xf3,
	0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
};
#define XZ_INDEX 44 /* where its index starts */
/* echo hello | gzip -n */
static const uint8_t gzip_file[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00,
	0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00,
};

static uint64_t size;

/* What a file of these bytes says, in blocks of exactly their size. */
static int ask(const uint8_t *data, size_t len)
{
	size_t head_len = len < COMPRESSED_HEAD ? len : COMPRESSED_HEAD;
	size_t tail_len = len < COMPRESSED_TAIL ? len : COMPRESSED_TAIL;
	uint8_t *head = malloc(head_len > 0 ? head_len : 1);
	uint8_t *tail = malloc(tail_len > 0 ? tail_len : 1);
	int r;

	assert_non_null(head);
	assert_non_null(tail);
	memcpy(head, data, head_len);
	memcpy(tail, data + len - tail_len, tail_len);
	size = 77;
	r = compressed_size((struct span){ head, head_len },
			    (struct span){ tail, tail_len }, &size);
	free(head);
	free(tail);
	if (r < 0)
		assert_int_equal(size, 77);
	return r;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(compressed_is_name(span_of("kernel/a.ko.xz")));
	assert_true(compressed_is_name(span_of("kernel/a.ko.gz")));
	assert_true(compressed_is_name(span_of("kernel/a.ko.zst")));
	assert_false(compressed_is_name(span_of("kernel/a.ko")));
	assert_false(compressed_is_name(span_of("kernel/xz")));
	assert_false(compressed_is_name(span_of(".xz")));
	assert_false(compressed_is_name(span_of("")));
}

static void test_xz(void **state)
{
	(void)state;
	assert_int_equal(ask(xz_file, sizeof(xz_file)), 0);
	assert_int_equal(size, 6);
}

static void test_gzip(void **state)
{
	uint8_t file[sizeof(gzip_file)];

	(void)state;
	assert_int_equal(ask(gzip_file, sizeof(gzip_file)), 0);
	assert_int_equal(size, 6);
	memcpy(file, gzip_file, sizeof(file));
	memset(file + sizeof(file) - 4, 0xff, 4);
	assert_int_equal(ask(file, sizeof(file)), 0);
	assert_int_equal(size, UINT32_MAX);
}

/* RFC 8878 §3.1.1.1: the size has 0, 1, 2, 4 or 8 bytes. */
static void test_zstd(void **state)
{
	static const struct {
		uint8_t bytes[18];
		int result;
		uint64_t size;
	} cases[] = {
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x06 }, 0, 6 },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58 }, -ENODATA, 0 },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0x40, 0x58, 1, 2 }, 0, 0x301 },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0x60, 1, 2 }, 0, 0x301 },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 1, 2, 3, 4 }, 0, 0x4030201 },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0xc3, 0, 9, 9, 9, 9, 1, 0, 0, 0, 0,
		    0, 0, 0x80 },
		  0,
		  0x8000000000000001 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(ask(cases[i].bytes, sizeof(cases[i].bytes)),
				 cases[i].result);
		if (cases[i].result == 0)
			assert_int_equal(size, cases[i].size);
	}
	/* It ends within the header. */
	assert_int_equal(ask(cases[5].bytes, 17), -EBADMSG);
	assert_int_equal(ask(cases[0].bytes, 4), -EBADMSG);
}

static void test_p15_cut_off(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(xz_file); len++)
		assert_int_equal(ask(xz_file, len), -EBADMSG);
	for (size_t len = 0; len < 18; len++)
		assert_int_equal(ask(gzip_file, len), -EBADMSG);
}

static void test_p15_none_of_them(void **state)
{
	static const uint8_t elf[64] = { 0x7f, 'E', 'L', 'F' };

	(void)state;
	assert_int_equal(ask(elf, sizeof(elf)), -EBADMSG);
	assert_int_equal(ask(elf, 0), -EBADMSG);
}

static void test_p15_impossible_indexes(void **state)
{
	uint8_t file[sizeof(xz_file)];

	(void)state;
	memcpy(file, xz_file, sizeof(file));
	file[XZ_INDEX] = 1;
	assert_int_equal(ask(file, sizeof(file)), -EBADMSG);
	/* More blocks than there is room for. */
	file[XZ_INDEX] = 0;
	file[XZ_INDEX + 1] = 0x7f;
	assert_int_equal(ask(file, sizeof(file)), -EBADMSG);
	/* A number without an end. */
	memcpy(file, xz_file, sizeof(file));
	memset(file + XZ_INDEX + 1, 0xff, 7);
	assert_int_equal(ask(file, sizeof(file)), -EBADMSG);
	/* Longer than the file. */
	memcpy(file, xz_file, sizeof(file));
	file[sizeof(file) - 8] = 0xff;
	assert_int_equal(ask(file, sizeof(file)), -EFBIG);
	memset(file + sizeof(file) - 8, 0xff, 4);
	assert_int_equal(ask(file, sizeof(file)), -EFBIG);
}

/* Two blocks whose sizes are more than 64 bits hold. */
static void test_p15_sums_do_not_overflow(void **state)
{
	uint8_t file[128] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	uint8_t *index = file + sizeof(file) - 12 - 28;

	(void)state;
	index[1] = 3;
	for (unsigned int i = 0; i < 2; i++) {
		index[2 + 10 * i] = 1;
		memset(index + 3 + 10 * i, 0xff, 8);
		index[11 + 10 * i] = 0x7f;
	}
	index[22] = 1;
	memset(index + 23, 0x7f, 1);
	file[sizeof(file) - 8] = 28 / 4 - 1;
	file[sizeof(file) - 2] = 'Y';
	file[sizeof(file) - 1] = 'Z';
	assert_int_equal(ask(file, sizeof(file)), 0);
	assert_true(size > COMPRESSED_UNPACKED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_xz),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_p15_cut_off),
		cmocka_unit_test(test_p15_none_of_them),
		cmocka_unit_test(test_p15_impossible_indexes),
		cmocka_unit_test(test_p15_sums_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
