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

static const struct {
	char *option, *value;
	enum options_goal goal;
	const char *name; /* with its domain */
	const char *labels;
	bool is_local, is_unicast, is_provider, is_http;
	const char *domain; /* the only one, or NULL */
} goals[] = {
	{ "--type", "_ipp._tcp", OPTIONS_BROWSE, "_ipp._tcp.local", "_ipp._tcp",
	  true, true, false, false, NULL },
	{ "--type", "_ipp._tcp.", OPTIONS_BROWSE, "_ipp._tcp.local",
	  "_ipp._tcp", true, true, false, false, NULL },
	{ "--type", "_ipp._tcp.LOCAL", OPTIONS_BROWSE, "_ipp._tcp.local",
	  "_ipp._tcp", true, false, false, false, NULL },
	{ "--type", "_http._tcp.example.com", OPTIONS_BROWSE,
	  "_http._tcp.example.com", "_http._tcp", false, true, false, true,
	  "example.com" },
	{ "--type", "_color._sub._ipp._tcp", OPTIONS_BROWSE,
	  "_color._sub._ipp._tcp.local", "_color._sub._ipp._tcp", true, true,
	  false, false, NULL },
	{ "--type", "_v2._sub._phase-image._tcp", OPTIONS_BROWSE,
	  "_v2._sub._phase-image._tcp.local", "_v2._sub._phase-image._tcp",
	  true, true, true, true, NULL },
	{ "--types", NULL, OPTIONS_TYPES, "_services._dns-sd._udp.local",
	  "_services._dns-sd._udp", true, true, false, false, NULL },
	{ "--resolve", "My\\.Name._ipp._tcp", OPTIONS_RESOLVE,
	  "My\\.Name._ipp._tcp.local", "My\\.Name._ipp._tcp", true, true, false,
	  false, NULL },
	{ "--resolve", "caf\xc3\xa9 1._http._tcp.local.", OPTIONS_RESOLVE,
	  "caf\\195\\169\\0321._http._tcp.local",
	  "caf\\195\\169\\0321._http._tcp", true, false, false, true, NULL },
	{ "--resolve", "x._phase-image._tcp.a.b", OPTIONS_RESOLVE,
	  "x._phase-image._tcp.a.b", "x._phase-image._tcp", false, true, true,
	  true, "a.b" },
	{ "--lookup", "box", OPTIONS_LOOKUP, "box.local", "box", true, true,
	  false, false, NULL },
	{ "--lookup", "box.local", OPTIONS_LOOKUP, "box.local", "box", true,
	  false, false, false, NULL },
	{ "--lookup", "a.box.local", OPTIONS_LOOKUP, "a.box.local", "a.box",
	  true, false, false, false, NULL },
	{ "--lookup", "local", OPTIONS_LOOKUP, "local.local", "local", true,
	  true, false, false, NULL },
	{ "--lookup", "www.example.com", OPTIONS_LOOKUP, "www.example.com",
	  "www", false, true, false, false, "example.com" },
};

static void check_labels(const struct options *options, const char *wanted)
{
	struct span labels = options_labels(options);
	struct dns_name name = name_of(wanted);

	assert_int_equal(labels.len, name.len - 1);
	assert_memory_equal(labels.data, name.wire, labels.len);
}

static void test_goals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goals); i++) {
		struct dns_name name = name_of(goals[i].name);
		struct options options;

		if (parse(&options, goals[i].option, goals[i].value, NULL) !=
		    OPTIONS_RUN)
			fail_msg("%s: %s", goals[i].value, reason);
		assert_int_equal(options.goal, goals[i].goal);
		if (goals[i].value)
			assert_string_equal(options.asked, goals[i].value);
		assert_true(dns_name_equal(&options.name, &name));
		check_labels(&options, goals[i].labels);
		assert_int_equal(options.is_local_name, goals[i].is_local);
		assert_int_equal(options.is_unicast_name, goals[i].is_unicast);
		assert_int_equal(options.is_provider_type,
				 goals[i].is_provider);
		assert_int_equal(options.is_http, goals[i].is_http);
		assert_int_equal(options.n_domains, goals[i].domain ? 1 : 0);
		if (!goals[i].domain)
			continue;
		name = name_of(goals[i].domain);
		assert_true(dns_name_equal(&options.domains[0], &name));
	}
}

static void test_ssdp(void **state)
{
	static char *const targets[] = {
		"urn:schemas-upnp-org:device:MediaServer:1",
		"upnp:rootdevice",
		"ssdp:all",
		"uuid:2fac1234-31f8-11b4-a222-08002b34c003",
	};
	char target[SERVICE_NAME_MAX + 2] = "urn:";
	struct options options;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		assert_int_equal(parse(&options, "--type", targets[i], NULL),
				 OPTIONS_RUN);
		assert_int_equal(options.goal, OPTIONS_SSDP);
		assert_string_equal(options.asked, targets[i]);
		assert_int_equal(options.name.len, 0);
		assert_false(options.is_local_name || options.is_unicast_name ||
			     options.is_provider_type || options.is_http);
	}
	/* As long as a service's name can be, and one more. */
	memset(target + 4, 'x', SERVICE_NAME_MAX - 4);
	assert_int_equal(parse(&options, "--type", target, NULL), OPTIONS_RUN);
	target[SERVICE_NAME_MAX] = 'x';
	assert_int_equal(parse(&options, "--type", target, NULL),
			 OPTIONS_WRONG);
	/* It becomes a header's line. */
	assert_int_equal(parse(&options, "--type", "urn:a\r\nX: y", NULL),
			 OPTIONS_WRONG);
}

static void test_where(void **state)
{
	struct dns_name domain = name_of("b.example");
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--domain", "a.example",
			       "--domain=b.example.", "--dns", "192.0.2.1",
			       "--dns=2001:db8::1", "--lease", "/run/a.lease",
			       "--mode", "local", "--watch", "--events", NULL),
			 OPTIONS_RUN);
	assert_int_equal(options.n_domains, 2);
	assert_true(dns_name_equal(&options.domains[1], &domain));
	assert_int_equal(options.n_servers, 2);
	assert_false(options.servers[0].is_ipv6);
	assert_int_equal(options.servers[0].ipv4, 0xc0000201);
	assert_true(options.servers[1].is_ipv6);
	assert_int_equal(options.servers[1].ipv6[15], 1);
	assert_int_equal(options.n_leases, 1);
	assert_string_equal(options.leases[0], "/run/a.lease");
	assert_int_equal(options.mode, OPTIONS_LOCAL);
	assert_true(options.is_watch && options.has_events);
	assert_int_equal(parse(&options, "--mode=private", NULL), OPTIONS_RUN);
	assert_int_equal(options.mode, OPTIONS_PRIVATE);
}

static void test_txt(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--txt", "flag", "--txt", "a=b=c",
			       "--txt=empty=", NULL),
			 OPTIONS_RUN);
	assert_int_equal(options.n_txt, 3);
	assert_true(span_is(options.txt[0].key, "flag"));
	assert_false(options.txt[0].has_value);
	assert_true(span_is(options.txt[1].key, "a"));
	assert_true(options.txt[1].has_value);
	assert_true(span_is(options.txt[1].value, "b=c"));
	assert_true(options.txt[2].has_value);
	assert_int_equal(options.txt[2].value.len, 0);
}

static void test_template(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "--format", "%i\\t%u", NULL),
			 OPTIONS_RUN);
	assert_int_equal(options.format, OPTIONS_TEMPLATE);
	assert_int_equal(options.template.n_pieces, 3);
	assert_int_equal(parse(&options, "--format", "%i %q", NULL),
			 OPTIONS_WRONG);
	assert_string_equal(reason, "--format: not understood: %i %q; no field "
				    "or escape begins at byte 4");
}

static void test_help_and_version(void **state)
{
	struct options options;
	size_t n_lines = 0, column = 0;

	(void)state;
	assert_int_equal(parse(&options, "--first", "--help", "junk", NULL),
			 OPTIONS_HELP);
	assert_int_equal(parse(&options, "-V", NULL), OPTIONS_VERSION);
	for (const char *c = options_help; *c; c++) {
		column = *c == '\n' ? 0 : column + 1;
		n_lines += *c == '\n';
		assert_true(column <= 80);
	}
	assert_true(n_lines <= 32);
}

static void test_wrong(void **state)
{
	static char *const bad[][2] = {
		{ "--timeout", "x" },
		{ "--timeout", NULL },
		{ "--timeout", "--first" },
		{ "--nothing", NULL },
		{ "", NULL },
		{ "--json=1", NULL },
		{ "--format", "xml" },
		{ "--format", "" },
		{ "--type", "http" },
		{ "--type", "" },
		{ "--type", "_http._tcp..local" },
		{ "--type", "x._http._tcp" },
		{ "--type", "_http._sctp" },
		{ "--type", "urn:a b" },
		{ "--resolve", "_http._tcp" },
		{ "--resolve", "a.b._http._tcp" },
		{ "--resolve", "a._b._sub._http._tcp" },
		{ "--resolve", "box.local" },
		{ "--lookup", "10.0.0.1" },
		{ "--lookup", "::1" },
		{ "--lookup", "." },
		{ "--lookup", "" },
		{ "--domain", "local" },
		{ "--domain", "." },
		{ "--domain", "a..b" },
		{ "--dns", "box" },
		{ "--dns", "fe80::1%eth0" },
		{ "--lease", "" },
		{ "--interface", "" },
		{ "--txt", "" },
		{ "--txt", "=x" },
		{ "--gateway", "10.0.0.256" },
		{ "--gateway", "h:1" },
		{ "--gateway", "10.0.0.1:" },
		{ "--mode", "" },
		{ "--provider", "https://h" },
		{ "--provider", "ftp" },
		{ "--bootstrap=x", NULL },
		{ "--bootstrap", NULL },
		{ "-x", NULL },
		{ "--firs", NULL },
		{ "_http._tcp", NULL },
	};
	struct options options = { .timeout_ms = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse(&options, bad[i][0], bad[i][1], NULL) !=
		    OPTIONS_WRONG)
			fail_msg("accepted: %s %s", bad[i][0],
				 bad[i][1] ? bad[i][1] : "");
		assert_true(reason[0] != '\0');
	}
	assert_int_equal(options.timeout_ms, 7);
	assert_int_equal(parse(&options, "--\x1b[1m", NULL), OPTIONS_WRONG);
	assert_string_equal(reason, "unknown argument: --\\x1b[1m");
	assert_int_equal(parse(&options, "--firs", NULL), OPTIONS_WRONG);
	assert_string_equal(reason,
			    "unknown argument: --firs; is --first meant?");
	assert_int_equal(parse(&options, "--timeout=1d", NULL), OPTIONS_WRONG);
	assert_string_equal(reason, "--timeout: not understood: 1d; wanted is "
				    "300ms, 2s, 1.5 or 1m");
}

/* Each is right alone; the message names both. */
static void test_contradictions(void **state)
{
	static char *const pairs[][2] = {
		{ "--types", "--type=_a._tcp" },
		{ "--resolve=a._b._tcp", "--lookup=c" },
		{ "--type=_a._tcp", "--type=_b._tcp" },
		{ "--watch", "--quiet" },
		{ "--watch", "--first" },
		{ "--json", "--quiet" },
		{ "--format=text", "-q" },
		{ "--txt=a", "--types" },
		{ "--txt=a", "--lookup=b" },
		{ "--type=_a._tcp", "--provider=http://192.0.2.1" },
		{ "--type=_phase-image._tcp.local", "--gateway=192.0.2.1" },
		{ "--type=_a._sub._phase-image._tcp", "--gateway=192.0.2.1" },
		{ "--resolve=a._phase-image._tcp", "--gateway=192.0.2.1" },
		{ "--no-probe", "--gateway=192.0.2.1" },
		{ "--type=ssdp:all", "--dns=192.0.2.1" },
		{ "--type=ssdp:all", "--domain=example.com" },
		{ "--mode=private", "--dns=192.0.2.1" },
		{ "--mode=private", "--domain=example.com" },
		{ "--mode=private", "--lookup=a.example.com" },
		{ "--mode=local", "--domain=example.com" },
		{ "--mode=local", "--type=_a._tcp.example.com" },
		{ "--domain=a", "--lookup=a.example.com" },
		{ "--domain=a", "--type=_a._tcp.local" },
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (size_t j = 0; j < 2; j++)
			assert_int_equal(parse(&options, pairs[i][j], NULL),
					 OPTIONS_RUN);
		for (size_t j = 0; j < 2; j++) {
			if (parse(&options, pairs[i][j], pairs[i][1 - j],
				  NULL) != OPTIONS_WRONG)
				fail_msg("%s %s", pairs[i][0], pairs[i][1]);
			assert_non_null(strchr(reason, ':'));
		}
	}
	/* A server that was named may be asked from a machine that stays on
	 * its link otherwise. */
	assert_int_equal(parse(&options, "--mode=local", "--dns=192.0.2.1",
			       "--lookup=a.example.com", NULL),
			 OPTIONS_RUN);
}

static void test_too_many(void **state)
{
	static const struct {
		char *argument;
		unsigned int max;
	} many[] = {
		{ "--interface=9", OPTIONS_INTERFACES_MAX },
		{ "--gateway=10.0.0.9", OPTIONS_GATEWAYS_MAX },
		{ "--dns=10.0.0.9", OPTIONS_SERVERS_MAX },
		{ "--domain=9", OPTIONS_DOMAINS_MAX },
		{ "--lease=9", OPTIONS_LEASES_MAX },
		{ "--txt=9", OPTIONS_TXT_MAX },
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		char *argv[12] = { "phase-discover" };
		struct writer writer;
		unsigned int n;

		for (n = 1; n <= many[i].max; n++)
			argv[n] = many[i].argument;
		writer_init(&writer, reason, sizeof(reason));
		assert_int_equal(options_parse(argv, &options, &writer),
				 OPTIONS_RUN);
		argv[n] = many[i].argument;
		assert_int_equal(options_parse(argv, &options, &writer),
				 OPTIONS_WRONG);
		assert_non_null(strstr(text_end(&writer), ": too many"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_goals),
		cmocka_unit_test(test_ssdp),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_txt),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
