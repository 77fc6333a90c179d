/* discover/options.c: the command line. */
#include <errno.h>

#include "base/text.h"
#include "discover/options.h"
#include "tests/unit/test_discover_packet.h"

static char reason[512];

static enum options_verdict parse(struct options *options, ...)
{
	char program[] = "phase-discover";
	char *argv[20] = { program };
	enum options_verdict verdict;
	struct writer writer;
	va_list args;
	size_t n = 0;

	va_start(args, options);
	do {
		assert_true(++n < ARRAY_SIZE(argv));
		argv[n] = va_arg(args, char *);
	} while (argv[n]);
	va_end(args);
	writer_init(&writer, reason, sizeof(reason));
	verdict = options_parse(argv, options, &writer);
	text_end(&writer);
	return verdict;
}

static void test_defaults(void **state)
{
	struct options options;
	char *none[] = { NULL };
	struct writer writer;

	(void)state;
	assert_int_equal(parse(&options, NULL), OPTIONS_RUN);
	assert_string_equal(options.asked, "_phase-image._tcp");
	assert_true(options.is_provider_type && options.is_http);
	assert_int_equal(options.timeout_ms, 2000);
	assert_int_equal(options.format, OPTIONS_TEXT);
	assert_false(options.first || options.no_probe || options.verbose);
	assert_null(options.wish.arch);
	writer_init(&writer, reason, sizeof(reason));
	assert_int_equal(options_parse(none, &options, &writer), OPTIONS_RUN);
}

static void test_all(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--type=_ssh._tcp", "--interface",
			       "eth0", "--interface=eth1", "--timeout", "1.5",
			       "--first", "--json", "--no-probe", "-v",
			       "--arch", "arm64", "--channel=", "--ephemeral",
			       NULL),
			 OPTIONS_RUN);
	assert_string_equal(options.asked, "_ssh._tcp");
	assert_false(options.is_provider_type || options.is_http);
	assert_int_equal(options.n_interfaces, 2);
	assert_string_equal(options.interfaces[1], "eth1");
	assert_int_equal(options.timeout_ms, 1500);
	assert_true(options.first && options.no_probe && options.verbose);
	assert_int_equal(options.format, OPTIONS_JSON);
	assert_string_equal(options.wish.arch, "arm64");
	assert_null(options.wish.channel); /* an empty wish is none */
	assert_int_equal(parse(&options, "--gateway", "10.0.2.2", "--gateway",
			       "10.0.2.3:81", "--provider", "http://h:1",
			       "--quiet", "--mode=local", NULL),
			 OPTIONS_RUN);
	assert_int_equal(options.n_gateways, 2);
	assert_int_equal(options.gateways[0].port, 8080);
	assert_int_equal(options.gateways[1].address, 0x0a000203);
	assert_int_equal(options.gateways[1].port, 81);
	assert_true(options.has_provider);
	assert_int_equal(options.format, OPTIONS_QUIET);
	assert_int_equal(parse(&options, "--format", "report", NULL),
			 OPTIONS_RUN);
	assert_int_equal(options.format, OPTIONS_REPORT);
	assert_int_equal(parse(&options, "--type", "_http._tcp", NULL),
			 OPTIONS_RUN);
	assert_true(options.is_http && !options.is_provider_type);
}

static void test_help_and_version(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--first", "--help", "junk", NULL),
			 OPTIONS_HELP);
	assert_int_equal(parse(&options, "-V", NULL), OPTIONS_VERSION);
}

static void test_wrong(void **state)
{
	static char *const bad[][2] = {
		{ "--timeout", "x" },	 { "--timeout", NULL },
		{ "--nothing", NULL },	 { "", NULL },
		{ "--json=1", NULL },	 { "--format", "xml" },
		{ "--type", "http" },	 { "--gateway", "10.0.0.256" },
		{ "--gateway", "h:1" },	 { "--gateway", "10.0.0.1:" },
		{ "--mode", "" },	 { "--provider", "https://h" },
		{ "--provider", "ftp" }, { "--bootstrap=x", NULL },
		{ "-x", NULL },		 { "--firs", NULL },
	};
	struct options options = { .timeout_ms = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse(&options, bad[i][0], bad[i][1], NULL) !=
		    OPTIONS_WRONG)
			fail_msg("accepted: %s", bad[i][0]);
		assert_true(reason[0] != '\0');
	}
	assert_int_equal(options.timeout_ms, 7);
	assert_int_equal(parse(&options, "--\x1b[1m", NULL), OPTIONS_WRONG);
	assert_string_equal(reason, "unknown argument: --\\x1b[1m");
}

static void test_too_many(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--interface=1", "--interface=2",
			       "--interface=3", "--interface=4",
			       "--interface=5", "--interface=6",
			       "--interface=7", "--interface=8", NULL),
			 OPTIONS_RUN);
	assert_int_equal(parse(&options, "--interface=1", "--interface=2",
			       "--interface=3", "--interface=4",
			       "--interface=5", "--interface=6",
			       "--interface=7", "--interface=8",
			       "--interface=9", NULL),
			 OPTIONS_WRONG);
	assert_string_equal(reason, "--interface: too many, or too long: 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
