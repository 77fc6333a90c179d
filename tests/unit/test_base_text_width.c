/* base/text_width.c: columns of a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{ "", 0 },
	{ "printer", 7 },
	{ "caf\xc3\xa9", 4 },
	/* e and U+0301: one column, two characters */
	{ "cafe\xcc\x81", 4 },
	/* U+65E5 U+672C */
	{ "\xe6\x97\xa5\xe6\x9c\xac", 4 },
	/* U+FF76, half width */
	{ "\xef\xbd\xb6", 1 },
	/* U+0E17 U+0E35 U+0E48: a Thai consonant, a vowel and a tone */
	{ "\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88", 1 },
	/* U+1F5A8, a printer; U+FE0F makes it an emoji */
	{ "\xf0\x9f\x96\xa8\xef\xb8\x8f", 2 },
	{ "\\x1b", 4 },
};

static void test_m22_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		assert_int_equal(text_width(span_of(widths[i].text)),
				 widths[i].width);
}

static void test_m22_cell(void **state)
{
	struct writer writer;
	char text[64];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	text_put_cell(&writer, span_of("\xe6\x97\xa5"), 4);
	text_put_cell(&writer, span_of("long"), 2);
	assert_string_equal(text_end(&writer), "\xe6\x97\xa5    long  ");
}

static void test_m22_cut(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *cut;
	} cuts[] = {
		{ "printer", 7, "printer" },
		{ "printer", 6, "print\xe2\x80\xa6" },
		{ "printer", 1, "\xe2\x80\xa6" },
		{ "printer", 0, "" },
		{ "", 0, "" },
		{ "", 5, "" },
		/* Two columns do not fit into one that is left. */
		{ "\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe2\x80\xa6" },
		/* A combining mark goes with what it stands on. */
		{ "e\xcc\x81xy", 2, "e\xcc\x81\xe2\x80\xa6" },
	};
	struct writer writer;
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		size_t taken;

		writer_init(&writer, text, sizeof(text));
		taken = text_put_cut(&writer, span_of(cuts[i].text),
				     cuts[i].width);
		assert_string_equal(text_end(&writer), cuts[i].cut);
		assert_true(taken <= cuts[i].width);
		assert_int_equal(text_width(writer_span(&writer)), taken);
	}
}

/* Whatever the bytes, it ends, and takes no more than it may. */
static void test_m22_cut_of_anything(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t bytes[12], text[40];
		struct span span = { bytes, round % sizeof(bytes) };
		size_t width = round % 7;
		struct writer writer;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(seed >> 24);
		}
		writer_init(&writer, text, sizeof(text));
		assert_true(text_put_cut(&writer, span, width) <= width);
		assert_false(writer_failed(&writer));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m22_width),
		cmocka_unit_test(test_m22_cell),
		cmocka_unit_test(test_m22_cut),
		cmocka_unit_test(test_m22_cut_of_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
