/* base/reader.c: nothing is read past the end, and failure stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/reader.h"

static const uint8_t four[4] = { 0x81, 0x02, 0xfe, 0x04 };

/* A block of exactly LEN bytes, for a sanitizer to guard. */
static uint8_t *block(const void *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static void test_nothing(void **state)
{
	uint8_t byte = 7;
	struct reader reader;
	struct span span;

	(void)state;
	reader_init(&reader, NULL, 0);
	assert_int_equal(reader_left(&reader), 0);
	assert_int_equal(reader_span(&reader, 0).len, 0);
	assert_int_equal(reader_rest(&reader).len, 0);
	assert_int_equal(reader_until(&reader, 0).len, 0);
	assert_int_equal(reader_word(&reader).len, 0);
	reader_skip(&reader, 0);
	reader_copy(&reader, &byte, 0);
	assert_int_equal(byte, 7);
	assert_false(reader_failed(&reader));

	span = reader_span(&reader, 1);
	assert_null(span.data);
	assert_int_equal(span.len, 0);
	assert_true(reader_failed(&reader));
}

static void test_integers_end_where_the_bytes_end(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof(four); len++) {
		uint8_t *data = block(four, len);
		struct reader reader;

		reader_init(&reader, data, len);
		assert_int_equal(reader_u8(&reader), len >= 1 ? 0x81 : 0);
		assert_int_equal(reader_failed(&reader), len < 1);
		reader_init(&reader, data, len);
		assert_int_equal(reader_be16(&reader), len >= 2 ? 0x8102 : 0);
		assert_int_equal(reader_failed(&reader), len < 2);
		reader_init(&reader, data, len);
		assert_int_equal(reader_be32(&reader),
				 len >= 4 ? 0x8102fe04u : 0);
		assert_int_equal(reader_failed(&reader), len < 4);
		free(data);
	}
}

static void test_failure_is_latched(void **state)
{
	uint8_t *data = block(four, 4), copy[2] = { 9, 9 };
	struct reader reader, sub;

	(void)state;
	reader_init(&reader, data, 4);
	assert_int_equal(reader_u8(&reader), 0x81);
	reader_skip(&reader, 4);
	assert_true(reader_failed(&reader));
	/* Three bytes were left: they are not to be had any more. */
	assert_int_equal(reader_left(&reader), 0);
	assert_int_equal(reader_u8(&reader), 0);
	assert_int_equal(reader_be16(&reader), 0);
	assert_int_equal(reader_be32(&reader), 0);
	assert_int_equal(reader_rest(&reader).len, 0);
	assert_int_equal(reader_until(&reader, 4).len, 0);
	assert_int_equal(reader_word(&reader).len, 0);
	assert_null(reader_span(&reader, 0).data);
	reader_copy(&reader, copy, sizeof(copy));
	assert_int_equal(copy[0] | copy[1], 0);
	sub = reader_sub(&reader, 0);
	assert_true(reader_failed(&sub));
	assert_true(reader_failed(&reader));

	reader_init(&reader, data, 4);
	reader_fail(&reader);
	assert_true(reader_failed(&reader));
	assert_int_equal(reader_left(&reader), 0);
	free(data);
}

static void test_lengths_that_wrap(void **state)
{
	static const size_t lens[] = { 5, SIZE_MAX, SIZE_MAX - 3,
				       SIZE_MAX / 2 + 1, PTRDIFF_MAX };
	uint8_t *data = block(four, 4);

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct reader reader, sub;

		reader_init(&reader, data, 4);
		assert_int_equal(reader_span(&reader, lens[i]).len, 0);
		assert_true(reader_failed(&reader));
		reader_init(&reader, data, 4);
		sub = reader_sub(&reader, lens[i]);
		assert_true(reader_failed(&sub));
		assert_true(reader_failed(&reader));
		assert_int_equal(reader_left(&sub), 0);
	}
	free(data);
}

static void test_span_and_copy(void **state)
{
	uint8_t *data = block(four, 4), *dest = block("xxxx", 4);
	struct reader reader;
	struct span span;

	(void)state;
	reader_init(&reader, data, 4);
	span = reader_span(&reader, 4);
	assert_ptr_equal(span.data, data);
	assert_int_equal(span.len, 4);
	assert_false(reader_failed(&reader));

	reader_init(&reader, data, 4);
	reader_copy(&reader, dest, 4);
	assert_memory_equal(dest, four, 4);
	assert_false(reader_failed(&reader));
	/* Too few: zeroes, not what there was. */
	reader_init(&reader, data, 3);
	reader_copy(&reader, dest, 4);
	assert_memory_equal(dest, "\0\0\0\0", 4);
	assert_true(reader_failed(&reader));
	free(data);
	free(dest);
}

static void test_sub_ends_by_itself(void **state)
{
	uint8_t *data = block(four, 4);
	struct reader reader, sub;

	(void)state;
	reader_init(&reader, data, 4);
	sub = reader_sub(&reader, 2);
	assert_int_equal(reader_left(&sub), 2);
	assert_int_equal(reader_left(&reader), 2);
	assert_int_equal(reader_be32(&sub), 0);
	assert_true(reader_failed(&sub));
	/* The outer one goes on. */
	assert_false(reader_failed(&reader));
	assert_int_equal(reader_be16(&reader), 0xfe04);
	sub = reader_sub(&reader, 0);
	assert_false(reader_failed(&sub));
	assert_int_equal(reader_left(&sub), 0);
	free(data);
}

static void expect_until(struct reader *reader, const char *wanted, size_t left)
{
	assert_true(span_is(reader_until(reader, ','), wanted));
	assert_int_equal(reader_left(reader), left);
	assert_false(reader_failed(reader));
}

static void test_until(void **state)
{
	uint8_t *data = block(",a,,bc", 6);
	struct reader reader;

	(void)state;
	reader_init(&reader, data, 6);
	expect_until(&reader, "", 5);
	expect_until(&reader, "a", 3);
	expect_until(&reader, "", 2);
	expect_until(&reader, "bc", 0);
	expect_until(&reader, "", 0);
	/* The delimiter comes last: nothing is left behind it. */
	reader_init(&reader, data, 3);
	expect_until(&reader, "", 2);
	expect_until(&reader, "a", 0);
	free(data);
}

static void test_word(void **state)
{
	static const char text[] = " \t\r\none\ttwo\v \n";
	uint8_t *data = block(text, sizeof(text) - 1);
	struct reader reader;

	(void)state;
	reader_init(&reader, data, sizeof(text) - 1);
	assert_true(span_is(reader_word(&reader), "one"));
	/* Only the four blanks separate. */
	assert_true(span_is(reader_word(&reader), "two\v"));
	assert_int_equal(reader_word(&reader).len, 0);
	assert_int_equal(reader_left(&reader), 0);
	assert_false(reader_failed(&reader));
	free(data);
}

static void test_spans(void **state)
{
	uint8_t *data = block("AbC", 3);
	struct span span = { data, 3 }, none = { NULL, 0 };

	(void)state;
	assert_true(span_is(span, "AbC"));
	assert_false(span_is(span, "abc"));
	assert_false(span_is(span, "Ab"));
	assert_false(span_is(span, "AbCd"));
	assert_true(span_is_nocase(span, "aBc"));
	assert_false(span_is_nocase(span, "aB"));
	assert_false(span_is_nocase(span, "aBcd"));
	assert_true(span_is(none, ""));
	assert_true(span_is_nocase(none, ""));
	assert_true(span_starts(none, ""));
	assert_false(span_starts(none, "A"));
	assert_true(span_starts(span, ""));
	assert_true(span_starts(span, "AbC"));
	assert_false(span_starts(span, "AbCd"));
	assert_false(span_starts(span, "b"));
	assert_true(span_equal(none, (struct span){ data, 0 }));
	assert_false(span_equal(span, none));
	assert_true(span_is(span_skip(span, 0), "AbC"));
	assert_true(span_is(span_skip(span, 2), "C"));
	assert_int_equal(span_skip(span, 3).len, 0);
	assert_int_equal(span_skip(span, SIZE_MAX).len, 0);
	assert_int_equal(span_skip(none, 0).len, 0);
	free(data);
}

/* Of the bytes only ASCII's letters have a case: '@' and '[' are next to
 * them, and 0xc1 is 'A' with the top bit. */
static void test_nocase_is_ascii(void **state)
{
	(void)state;
	for (unsigned int byte = 1; byte < 256; byte++) {
		char other[2] = { (char)(byte ^ 0x20), '\0' };
		uint8_t *data = block(&(uint8_t){ (uint8_t)byte }, 1);
		bool letter = (byte >= 'A' && byte <= 'Z') ||
			      (byte >= 'a' && byte <= 'z');

		if (other[0] != '\0')
			assert_int_equal(
				span_is_nocase((struct span){ data, 1 }, other),
				letter);
		free(data);
	}
}

static void test_span_with_nul_is_no_string(void **state)
{
	struct span span = { (const uint8_t *)"a\0b", 3 };

	(void)state;
	assert_false(span_is(span, "a"));
	assert_false(span_is_nocase(span, "a"));
	assert_true(span_starts(span, "a"));
}

static void expect_trim(const char *text, const char *wanted)
{
	size_t len = strlen(text);
	uint8_t *data = block(text, len);

	assert_true(span_is(span_trim((struct span){ data, len }), wanted));
	free(data);
}

static void test_trim(void **state)
{
	(void)state;
	expect_trim("", "");
	expect_trim(" \t\r\n", "");
	expect_trim(" a b ", "a b");
	expect_trim("a\n", "a");
	expect_trim("\v", "\v");
	assert_int_equal(span_trim((struct span){ NULL, 0 }).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_integers_end_where_the_bytes_end),
		cmocka_unit_test(test_failure_is_latched),
		cmocka_unit_test(test_lengths_that_wrap),
		cmocka_unit_test(test_span_and_copy),
		cmocka_unit_test(test_sub_ends_by_itself),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_nocase_is_ascii),
		cmocka_unit_test(test_span_with_nul_is_no_string),
		cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
