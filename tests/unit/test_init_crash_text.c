/* init/crash_text.c: the words of a crash. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/crash_text.h"

static const char *cause(int signo, int code, int sender, uint64_t address)
{
	static char text[256];
	struct crash_cause what = { signo, code, sender, address };
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	crash_put_cause(&writer, &what);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static void test_p5_cause(void **state)
{
	(void)state;
	assert_string_equal(cause(SIGSEGV, SEGV_MAPERR, 0, 0),
			    "SIGSEGV at address 0x0: nothing is mapped there");
	assert_string_equal(cause(SIGSEGV, SEGV_ACCERR, 0, UINT64_MAX),
			    "SIGSEGV at address 0xffffffffffffffff: that is "
			    "not allowed");
	/* hlt, and what else the kernel has no code for */
	assert_string_equal(cause(SIGSEGV, 0x80, 0, 0),
			    "SIGSEGV at address 0x0, code 128");
	assert_string_equal(cause(SIGBUS, BUS_ADRALN, 0, 0x1001),
			    "SIGBUS at address 0x1001: it is not aligned");
	assert_string_equal(cause(SIGBUS, BUS_ADRERR, 0, 0x1000),
			    "SIGBUS at address 0x1000: no memory stands "
			    "behind");
	assert_string_equal(cause(SIGFPE, FPE_INTDIV, 0, 0x10),
			    "SIGFPE at address 0x10: a division by zero");
	/* The same number means another thing. */
	assert_string_equal(cause(SIGILL, SEGV_MAPERR, 0, 0x10),
			    "SIGILL at address 0x10, code 1");
	assert_string_equal(cause(SIGRTMIN, 1, 0, 0x10) + 9,
			    " at address 0x10, code 1");
}

static void test_p5_sent(void **state)
{
	(void)state;
	assert_string_equal(cause(SIGSEGV, SI_USER, 4711, 0),
			    "SIGSEGV sent by process 4711");
	assert_string_equal(cause(SIGABRT, SI_TKILL, 1, 0), "SIGABRT");
	assert_string_equal(cause(SIGABRT, SI_USER, 1, 0), "SIGABRT");
}

static void test_p5_place(void **state)
{
	struct crash_place place = {
		.base = 0x10000,
		.size = 0x500,
		.pc = 0x104ff,
		.sp = 0x7fff0,
		.callers = { 0x10000, 0x10500, 0xffff, 0 },
	};
	struct writer writer;
	char text[512];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	crash_put_place(&writer, &place);
	assert_string_equal(text_end(&writer), "init+0x4ff, sp 0x7fff0");
	/* What is outside of the code is told as it is. */
	place.pc = 0x10500;
	place.n_callers = 4;
	writer_init(&writer, text, sizeof(text));
	crash_put_place(&writer, &place);
	assert_string_equal(text_end(&writer),
			    "0x10500, sp 0x7fff0, called from init+0x0 0x10500 "
			    "0xffff 0x0");
	/* It fits with the longest numbers that there are. */
	place.base = 1;
	place.size = UINT64_MAX;
	place.pc = UINT64_MAX - 1;
	place.n_callers = CRASH_CALLERS_MAX;
	for (unsigned int i = 0; i < CRASH_CALLERS_MAX; i++)
		place.callers[i] = UINT64_MAX - 1;
	writer_init(&writer, text, sizeof(text));
	crash_put_place(&writer, &place);
	assert_false(writer_failed(&writer));
}

/* A binary that has its addresses in its file. */
static void test_fixed_place(void **state)
{
	struct crash_place place = {
		.base = 0x40000000,
		.size = 0x500,
		.pc = 0x40000123,
		.sp = 0x7f00,
	};
	char buffer[128];
	struct writer writer;

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	crash_put_directory(&writer, &place);
	crash_put_place(&writer, &place);
	assert_string_equal(text_end(&writer), "init+0x123, sp 0x7f00");
	place.is_fixed = true;
	writer_init(&writer, buffer, sizeof(buffer));
	crash_put_directory(&writer, &place);
	text_put(&writer, " ");
	crash_put_place(&writer, &place);
	assert_string_equal(text_end(&writer),
			    "/at-0x40000000 init+0x40000123, sp 0x7f00");
}

static void test_is_code(void **state)
{
	const struct crash_place place = { .base = 0x10000, .size = 0x500 };

	(void)state;
	assert_false(crash_is_code(&place, 0));
	assert_false(crash_is_code(&place, 0xffff));
	assert_true(crash_is_code(&place, 0x10000));
	assert_true(crash_is_code(&place, 0x104ff));
	assert_false(crash_is_code(&place, 0x10500));
	assert_false(crash_is_code(&place, UINT64_MAX));
}

/* A buffer that is too small fails, and nothing is written behind it. */
static void test_no_room(void **state)
{
	const struct crash_cause what = { SIGSEGV, SEGV_MAPERR, 0, 0x1234 };
	size_t whole = strlen(cause(SIGSEGV, SEGV_MAPERR, 0, 0x1234));

	(void)state;
	for (size_t size = 1; size <= whole; size++) {
		char *buffer = malloc(size);
		struct writer writer;

		assert_non_null(buffer);
		writer_init(&writer, buffer, size);
		crash_put_cause(&writer, &what);
		assert_int_equal(writer_failed(&writer), size < whole);
		free(buffer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p5_cause),
		cmocka_unit_test(test_p5_sent),
		cmocka_unit_test(test_p5_place),
		cmocka_unit_test(test_is_code),
		cmocka_unit_test(test_fixed_place),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
