/* base/format.c, against libc's printf where that does the same. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/format.h"

/* FORMAT with ARGS is WANTED, in a block of exactly its size, and cut in every
 * smaller one. */
static void check_va(const char *wanted, const char *format, va_list args)
{
	size_t len = strlen(wanted);

	for (size_t room = 0; room <= len; room++) {
		uint8_t *buffer = malloc(room > 0 ? room : 1);
		struct writer writer;
		va_list copy;

		assert_non_null(buffer);
		writer_init(&writer, buffer, room);
		va_copy(copy, args);
		text_format_va(&writer, format, copy);
		va_end(copy);
		assert_int_equal(writer_failed(&writer), room < len);
		assert_int_equal(writer_len(&writer), room);
		assert_memory_equal(buffer, wanted, room);
		free(buffer);
	}
}

PRINTF_LIKE(2, 3)
static void check(const char *wanted, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check_va(wanted, format, args);
	va_end(args);
}

PRINTF_LIKE(1, 2)
static void check_as_libc(const char *format, ...)
{
	char wanted[256];
	va_list args;

	va_start(args, format);
	assert_in_range(vsnprintf(wanted, sizeof(wanted), format, args), 0,
			sizeof(wanted) - 1);
	va_end(args);
	va_start(args, format);
	check_va(wanted, format, args);
	va_end(args);
}

static void test_strings(void **state)
{
	const char unterminated[] = { 'a', 'b', 'c' };
	const char *volatile nothing = NULL;

	(void)state;
	check_as_libc("%s", "");
	check_as_libc("%s: %s\n", "eth0", "no carrier");
	check_as_libc("%.*s|%.*s|%.*s", 0, "abc", 2, "abc", 9, "abc");
	check_as_libc("%.*s", -1, "abc");
	check_as_libc("%.2s|%.0s|%.s", "abc", "abc", "abc");
	check_as_libc("%5s|%2s|%4.2s", "abc", "abc", "abc");
	check_as_libc("%c%c", 'a', '\x7f');
	check("abc", "%.*s", 3, unterminated);
	check("(null)", "%s", nothing);
}

static void test_numbers(void **state)
{
	static const long numbers[] = {
		0,	 1,	  9,	    10,	      -1,	-10,
		INT_MAX, INT_MIN, UINT_MAX, LONG_MAX, LONG_MIN, 4294967296,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		long number = numbers[i];

		check_as_libc("%d %u %x", (int)number, (unsigned int)number,
			      (unsigned int)number);
		check_as_libc("%ld %lu %lx", number, (unsigned long)number,
			      (unsigned long)number);
		check_as_libc("%lld %llu %llx", (long long)number,
			      (unsigned long long)number,
			      (unsigned long long)number);
		check_as_libc("%zd %zu %zx", (ssize_t)number, (size_t)number,
			      (size_t)number);
		check_as_libc("%1d|%8d|%08d|%25ld|%025ld|%8x|%08x", (int)number,
			      (int)number, (int)number, number, number,
			      (unsigned int)number, (unsigned int)number);
	}
}

/* More than registers take, so that a va_list of any machine is read right. */
static void test_many(void **state)
{
	(void)state;
	check_as_libc("%d%s%lu%c%x%d%s%lu%c%x%d%s%lu%c%x%d", 1, "a", 2UL, 'b',
		      3U, 4, "c", 5UL, 'd', 6U, 7, "e", 8UL, 'f', 9U, 10);
}

static void test_percent(void **state)
{
	(void)state;
	check_as_libc("%%");
	check_as_libc("100%% of %d%%", 7);
	check("", "%s", "");
}

static void test_print(void **state)
{
	char *buffer = malloc(4);

	(void)state;
	assert_non_null(buffer);
	memset(buffer, 'x', 4);
	assert_int_equal(text_print(buffer, 4, "%d", 123), 0);
	assert_string_equal(buffer, "123");
	assert_int_equal(text_print(buffer, 4, "a%d", 123), -ENOBUFS);
	assert_string_equal(buffer, "a12");
	assert_int_equal(text_print(buffer, 1, "%s", ""), 0);
	assert_string_equal(buffer, "");
	assert_int_equal(text_print(buffer, 1, "%s", "a"), -ENOBUFS);
	assert_string_equal(buffer, "");
	free(buffer);
}

/* A writer that has failed takes nothing more, as with every other text. */
static void test_failed_writer(void **state)
{
	struct writer writer;
	char buffer[8];

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	text_format(&writer, "%s", "ab");
	writer_fail(&writer);
	text_format(&writer, "%s", "cd");
	assert_true(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 2);
}

static const char *volatile wrong;
static jmp_buf assertion;

/* What the assertion in format.c calls. */
#ifdef __GLIBC__
void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function)
#else
void __assert_fail(const char *expression, const char *file, int line,
		   const char *function)
#endif
{
	(void)expression;
	(void)line;
	(void)function;
	assert_non_null(strstr(file, "base/format.c"));
	longjmp(assertion, 1);
}

/* A format that the compiler does not see. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
static void test_mistakes(void **state)
{
	static const char *const formats[] = {
		"%",   "%5", "%l",   "%.", "%.*", "%hd", "%-5d", "%+d",
		"%#x", "%n", "%5$d", "%f", "%p",  "%i",	 "%jd",	 "%X",
	};
	static size_t i; /* what longjmp() keeps */

	(void)state;
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		char buffer[32];

		wrong = formats[i];
		if (setjmp(assertion) == 0) {
			(void)text_print(buffer, sizeof(buffer), wrong, 1, 2);
			fail_msg("%s is taken", wrong);
		}
	}
}
#pragma GCC diagnostic pop

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_failed_writer),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
