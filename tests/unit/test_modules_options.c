/* modules/options.c and error.c: the command line's word about modules, and
 * ours about failures. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "modules/error.h"
#include "modules/options.h"

static char result[256];

static const char *options(const char *cmdline, const char *name)
{
	size_t len = strlen(cmdline);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct writer writer;

	assert_non_null(copy);
	memcpy(copy, cmdline, len);
	writer_init(&writer, result, sizeof(result) - 1);
	modules_options_put((struct span){ copy, len }, span_of(name), &writer);
	free(copy);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static bool forbid(const char *cmdline, const char *name)
{
	return modules_options_forbid(span_of(cmdline), span_of(name));
}

static void test_parameters(void **state)
{
	(void)state;
	assert_string_equal(
		options("quiet virtio_net.napi_tx=0 x=y\n", "virtio_net"),
		"napi_tx=0");
	assert_string_equal(options("virtio-net.a=1 virtio_net.b e1000.c=2 "
				    "virtio_net.a=3",
				    "virtio_net"),
			    "a=1 b a=3");
	assert_string_equal(options("", "x"), "");
	assert_string_equal(options("virtio_net virtio_net. .x=1 "
				    "virtio_nets.a=1",
				    "virtio_net"),
			    "");
	assert_string_equal(options("x.a=b.c=d", "x"), "a=b.c=d");
	assert_string_equal(options("x.a=", "x"), "a=");
}

static void test_p18_quotes(void **state)
{
	(void)state;
	assert_string_equal(options("x.a=\"b c\" x.d=e", "x"), "a=\"b c\" d=e");
	assert_string_equal(options("\"x.a=b c\" x.d=e", "x"), "a=\"b c\" d=e");
	assert_string_equal(options("x.a=\"b\"", "x"), "a=b");
	assert_string_equal(options("x.a=b\" \"c x.d", "x"), "a=b\" \"c d");
	assert_string_equal(options("x.a=\"no end x.b=1", "x"),
			    "a=\"no end x.b=1\"");
	assert_string_equal(options("\"", "x"), "");
	assert_string_equal(options("x.a=1 -- x.b=2", "x"), "a=1");
}

static void test_blacklists(void **state)
{
	(void)state;
	assert_true(forbid("modprobe.blacklist=a,b-c", "b_c"));
	assert_true(forbid("module_blacklist=a quiet", "a"));
	assert_true(forbid("rd.driver.blacklist=a", "a"));
	assert_true(forbid("modprobe.blacklist=x modprobe.blacklist=a", "a"));
	assert_false(forbid("modprobe.blacklist=a,b", "c"));
	assert_false(forbid("modprobe.blacklist=aa", "a"));
	assert_false(forbid("modprobe.blacklist=", "a"));
	assert_false(forbid("modprobe.blacklist", "a"));
	assert_false(forbid("blacklist=a", "a"));
	assert_false(forbid("-- modprobe.blacklist=a", "a"));
}

static const char *wanted(const char *cmdline)
{
	struct modules_wanted all;
	struct span name;

	result[0] = '\0';
	modules_options_wanted(&all, span_of(cmdline));
	while (modules_options_next_wanted(&all, &name)) {
		strncat(result, (const char *)name.data, name.len);
		strcat(result, " ");
	}
	return result;
}

static void test_wanted_modules_add_up(void **state)
{
	(void)state;
	assert_string_equal(wanted("quiet phase.modules=a,b-c phase.log=info "
				   "rd.driver.pre=d phase.modules=e"),
			    "a b-c d e ");
	assert_string_equal(wanted("phase.modules=,,a,, phase.modules= "
				   "phase.modules"),
			    "a ");
	assert_string_equal(wanted("phase.modules=\"a,b\""), "a b ");
	assert_string_equal(wanted("xphase.modules=a -- phase.modules=b"), "");
	assert_string_equal(wanted(""), "");
}

static void test_p13_error_texts(void **state)
{
	static const struct {
		enum modules_stage stage;
		int error;
		bool compressed;
		const char *part;
	} cases[] = {
		{ MODULES_STAGE_OPEN, -ENOENT, false, "file is not there" },
		{ MODULES_STAGE_OPEN, -EFBIG, false, "too large" },
		{ MODULES_STAGE_OPEN, -ENODATA, false, "empty" },
		{ MODULES_STAGE_LOAD, -ENOENT, false, "symbol" },
		{ MODULES_STAGE_LOAD, -ENOEXEC, false, "another kernel" },
		{ MODULES_STAGE_LOAD, -EKEYREJECTED, false, "signed" },
		{ MODULES_STAGE_LOAD, -ENOKEY, false, "signed" },
		{ MODULES_STAGE_LOAD, -ENOSYS, false, "CONFIG_MODULES" },
		{ MODULES_STAGE_LOAD, -EOPNOTSUPP, true,
		  "CONFIG_MODULE_DECOMPRESS" },
		{ MODULES_STAGE_LOAD, -EINVAL, true, "uncompressed" },
		{ MODULES_STAGE_LOAD, -EINVAL, false, "parameter" },
		{ MODULES_STAGE_LOAD, -EPERM, false, "lockdown" },
		{ MODULES_STAGE_LOAD, -ENODEV, false, "no device" },
		{ MODULES_STAGE_LOAD, ENODEV, false, "no device" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = modules_error_text(
			cases[i].stage, cases[i].error, cases[i].compressed);

		if (!strstr(text, cases[i].part))
			fail_msg("%d: \"%s\" lacks \"%s\"", cases[i].error,
				 text, cases[i].part);
	}
	for (int error = 0; error < 4096; error++) {
		assert_true(strlen(modules_error_text(MODULES_STAGE_OPEN, error,
						      true)) > 10);
		assert_true(strlen(modules_error_text(MODULES_STAGE_LOAD, error,
						      true)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_p18_quotes),
		cmocka_unit_test(test_blacklists),
		cmocka_unit_test(test_wanted_modules_add_up),
		cmocka_unit_test(test_p13_error_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
