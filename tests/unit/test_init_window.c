/* init/window.c: sizes that users write, and what terminals answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "init/window.h"

/* In a heap block of exactly its size, for sanitizers. */
static struct span exact(const char *text, void **ret_block)
{
	size_t len = strlen(text);
	uint8_t *block = malloc(len > 0 ? len : 1);

	assert_non_null(block);
	memcpy(block, text, len);
	*ret_block = block;
	return (struct span){ block, len };
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"",	  "x",	   "80",     "80x",    "x24",
		"0x24",	  "80x0",  "80x-1",  "80x24x", "10000x24",
		" 80x24", "80X24", "80x24 ",
	};
	struct window window = { 1, 2 };
	void *block;

	(void)state;
	assert_int_equal(window_parse(exact("132x43", &block), &window), 0);
	free(block);
	assert_int_equal(window.columns, 132);
	assert_int_equal(window.rows, 43);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(window_parse(exact(bad[i], &block), &window),
				 -EBADMSG);
		free(block);
	}
	/* Untouched on failure. */
	assert_int_equal(window.columns, 132);
}

static void test_answer(void **state)
{
	static const struct {
		const char *text;
		size_t before, len;
		unsigned int rows, columns;
	} cases[] = {
		{ "\033[24;80R", 0, 8, 24, 80 },
		{ "ls\r\033[1;1Rpwd", 3, 6, 1, 1 },
		/* A cursor key, and an answer that was cut, before it. */
		{ "\033[A\033[24;\033[50;132R", 8, 9, 50, 132 },
		{ "\033[9999;9999R", 0, 12, 9999, 9999 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct window window = { 0, 0 };
		struct span text, answer;
		void *block;

		text = exact(cases[i].text, &block);
		assert_int_equal(window_find_answer(text, &window, &answer), 0);
		assert_int_equal(window.rows, cases[i].rows);
		assert_int_equal(window.columns, cases[i].columns);
		assert_ptr_equal(answer.data, text.data + cases[i].before);
		assert_int_equal(answer.len, cases[i].len);
		free(block);
	}
}

static void test_no_answer(void **state)
{
	static const char *const texts[] = {
		"",
		"\033",
		"\033[",
		"\033[24",
		"\033[24;80",
		"\033[R",
		"\033[24R",
		"\033[;80R",
		"\033[0;80R",
		"\033[24;0R",
		"\033[24;80;1R",
		"[24;80R",
		"\033[24;99999R",
		"\033[2x4;80R",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct window window;
		struct span answer;
		void *block;

		assert_int_equal(window_find_answer(exact(texts[i], &block),
						    &window, &answer),
				 -ENOENT);
		free(block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
