/* modules/error.c: why a module was not loaded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/error.h"

static char found[512];

/* What RECORD says about module NAME, or NULL. */
static const char *say(const char *record, const char *name)
{
	size_t len = strlen(record);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct span text;
	bool is;

	assert_non_null(copy);
	memcpy(copy, record, len);
	is = modules_error_from_log((struct span){ copy, len }, span_of(name),
				    &text);
	if (is) {
		assert_true(text.len < sizeof(found));
		memcpy(found, text.data, text.len);
		found[text.len] = '\0';
	}
	free(copy);
	return is ? found : NULL;
}

static void test_the_kernel_names_the_module(void **state)
{
	(void)state;
	assert_string_equal(
		say("4,339,5140900,-;virtio_net: Unknown symbol foo (err -2)\n",
		    "virtio-net"),
		"Unknown symbol foo (err -2)");
	assert_string_equal(say("3,1,2,-,caller=T1;x: version magic 'a' should "
				"be 'b'\n SUBSYSTEM=pci\n DEVICE=+pci:0\n",
				"x"),
			    "version magic 'a' should be 'b'");
	assert_string_equal(say("3,1,2,-;Invalid ELF header magic: != x", "x"),
			    "Invalid ELF header magic: != x");
	assert_string_equal(
		say("3,1,2,-;decompression failed with status 6\n", "x"),
		"decompression failed with status 6");
}

static void test_other_records(void **state)
{
	(void)state;
	assert_null(say("4,1,2,-;other: Unknown symbol foo", "x"));
	assert_null(say("4,1,2,-;xy: Unknown symbol foo", "x"));
	/* Written by userland: facility 1. */
	assert_null(say("12,1,2,-;x: I am the kernel", "x"));
	assert_null(say("4,1,2,-;x:", "x"));
	assert_null(say("4,1,2,-;x", "x"));
	assert_null(say("4,1,2,-", "x"));
	assert_null(say("x: no header", "x"));
	assert_null(say(",;x: a", "x"));
	assert_null(say("", "x"));
	assert_null(say("99999999999999999999,;x: a", "x"));
}

static void test_names_of_errors(void **state)
{
	(void)state;
	assert_string_equal(modules_error_name(-ENODEV), "ENODEV");
	assert_string_equal(modules_error_name(ENOEXEC), "ENOEXEC");
	assert_string_equal(modules_error_name(-12345), "E");
	assert_string_equal(modules_error_name(0), "E");
}

/* Every stage has words for every number. */
static void test_texts(void **state)
{
	(void)state;
	for (int error = -140; error <= 140; error++) {
		for (int stage = 0; stage <= MODULES_STAGE_LOAD; stage++) {
			assert_true(strlen(modules_error_text(stage, error,
							      false)) > 10);
			assert_string_equal(
				modules_error_text(stage, error, true),
				modules_error_text(stage, -error, true));
		}
	}
	assert_non_null(
		strstr(modules_error_text(MODULES_STAGE_UNPACK, -EFBIG, true),
		       "128 MB"));
	assert_non_null(strstr(
		modules_error_text(MODULES_STAGE_LOAD, -EOPNOTSUPP, true),
		"MODULE_DECOMPRESS"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_kernel_names_the_module),
		cmocka_unit_test(test_other_records),
		cmocka_unit_test(test_names_of_errors),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
