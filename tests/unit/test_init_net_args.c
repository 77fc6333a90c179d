/* init/net_args.c: the arguments of phase-net. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/net_args.h"

#define WORDS_MAX 24

static struct net_args args;
static char reason[512];
static char *words[WORDS_MAX + 1];
static size_t n_words;

static void forget(void)
{
	while (n_words > 0)
		free(words[--n_words]);
}

/* Parses LINE, cut at blanks, each word in a block of its own size; "''" is an
 * empty one. */
static int parse(const char *line)
{
	struct reader reader;
	struct writer writer;
	int r;

	forget();
	reader_from_span(&reader, span_of(line));
	for (;;) {
		struct span word = reader_word(&reader);

		if (word.len == 0)
			break;
		if (span_is(word, "''"))
			word.len = 0;
		assert_true(n_words < WORDS_MAX);
		words[n_words] = malloc(word.len + 1);
		assert_non_null(words[n_words]);
		assert_int_equal(text_copy(words[n_words], word.len + 1, word),
				 0);
		n_words++;
	}
	words[n_words] = NULL;
	memset(&args, 0x55, sizeof(args));
	writer_init(&writer, reason, sizeof(reason));
	r = net_args_parse(words, &args, &writer);
	assert_false(writer_failed(&writer));
	text_end(&writer);
	return r;
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	return 0;
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("--interface eth0"), 0);
	assert_int_equal(args.action, NET_ACTION_RUN);
	assert_int_equal(args.n_interfaces, 1);
	assert_string_equal(args.interfaces[0], "eth0");
	assert_int_equal(args.timeout_ms, -1);
	assert_int_equal(args.log_level, -1);
	assert_int_equal(args.metric, -1);
	assert_int_equal(args.request_ip, 0);
	assert_int_equal(args.client_id_len, 0);
	assert_null(args.hostname);
	assert_string_equal(args.hooks, "/etc/phase/net.d");
	assert_false(args.once || args.json || args.no_configure ||
		     args.no_resolv || args.release || args.is_private ||
		     args.no_ipv4 || args.no_ipv6 || args.quiet);
	assert_string_equal(reason, "");
}

static void test_values(void **state)
{
	static const uint8_t id[] = { 0xff, 0x01, 0xab };

	(void)state;
	assert_int_equal(parse("-i eth0 -i=wl* --interface=* -t 1.5 "
			       "--request-ip 192.168.1.2 --hostname=a-b.c "
			       "--client-id ff:01:Ab --metric 0 --hooks /x "
			       "--log debug"),
			 0);
	assert_int_equal(args.n_interfaces, 3);
	assert_string_equal(args.interfaces[1], "wl*");
	assert_int_equal(args.timeout_ms, 1500);
	assert_int_equal(args.request_ip, 0xc0a80102);
	assert_string_equal(args.hostname, "a-b.c");
	assert_int_equal(args.client_id_len, sizeof(id));
	assert_memory_equal(args.client_id, id, sizeof(id));
	assert_int_equal(args.metric, 0);
	assert_string_equal(args.hooks, "/x");
	assert_int_equal(args.log_level, 7);
	assert_int_equal(parse("-i e --metric 4294967295 --timeout=300ms "
			       "--log=error"),
			 0);
	assert_int_equal(args.metric, UINT32_MAX);
	assert_int_equal(args.timeout_ms, 300);
	assert_int_equal(args.log_level, 3);
	assert_int_equal(parse("-i e --log notice"), 0);
	assert_int_equal(args.log_level, 5);
}

static void test_flags(void **state)
{
	(void)state;
	assert_int_equal(parse("-1 -4 --json -q -i e --no-configure"), 0);
	assert_true(args.once && args.no_ipv6 && args.json && args.quiet);
	assert_true(args.no_configure);
	assert_false(args.no_ipv4);
	assert_int_equal(parse("--once --ipv6-only --no-resolv -i e "
			       "--no-hooks --private"),
			 0);
	assert_true(args.once && args.no_ipv4 && args.no_resolv);
	assert_true(args.is_private);
	assert_null(args.hooks);
	assert_int_equal(parse("-6 --release -i e --no-hooks --hooks /y"), 0);
	assert_true(args.release);
	assert_string_equal(args.hooks, "/y");
	assert_int_equal(parse("--quiet --ipv4-only -i e"), 0);
	assert_true(args.no_ipv6);
}

/* They need no interface, and what follows help does not matter. */
static void test_actions(void **state)
{
	(void)state;
	assert_int_equal(parse("--child --log 4 --boot-wait 250ms"), 0);
	assert_int_equal(args.boot_wait_ms, 250);
	assert_int_equal(parse("--child --boot-wait 66s"), -EINVAL);
	assert_int_equal(parse("--child --log 4"), 0);
	assert_int_equal(args.boot_wait_ms, 0);
	assert_int_equal(args.log_level, 4);
	assert_int_equal(parse("--child --log notice"), 0);
	assert_int_equal(args.action, NET_ACTION_CHILD);
	assert_int_equal(args.log_level, 5);
	assert_int_equal(parse("--help --nonsense"), 0);
	assert_int_equal(args.action, NET_ACTION_HELP);
	assert_int_equal(parse("-h"), 0);
	assert_int_equal(parse("--version"), 0);
	assert_int_equal(args.action, NET_ACTION_VERSION);
	assert_int_equal(parse("-V"), 0);
	/* What is wrong before it does. */
	assert_int_equal(parse("--nonsense --help"), -EINVAL);
}

static void test_wrong_usage(void **state)
{
	static const struct {
		const char *line;
		const char *reason;
	} cases[] = {
		{ "", "which interface? name it with --interface, or all with "
		      "--interface '*'" },
		{ "--once", "which interface? name it with --interface, or "
			    "all with --interface '*'" },
		{ "eth0", "eth0: not an option; interfaces are named with "
			  "--interface" },
		{ "-i e ''", ": not an option; interfaces are named with "
			     "--interface" },
		{ "-i e -x", "-x: no such option; see --help" },
		{ "-i e -", "-: no such option; see --help" },
		{ "-i e --", "--: no such option; see --help" },
		{ "-i e -=x", "-=x: no such option; see --help" },
		{ "-i e -14", "-14: no such option; see --help" },
		{ "--\x1b[31m", "--\\x1b[31m: no such option; see --help" },
		{ "-i e --once=yes", "--once: takes no value" },
		{ "-i e --help=yes", "--help: takes no value" },
		{ "-i", "--interface: needs an interface or a pattern" },
		{ "-i ''", "--interface:  is not an interface or a pattern" },
		{ "-i e -t soon", "--timeout: soon is not a duration such as "
				  "300ms or 10s" },
		{ "-i e -t", "--timeout: needs a duration such as 300ms or "
			     "10s" },
		{ "-i e --request-ip 1.2.3", "--request-ip: 1.2.3 is not an "
					     "address such as 192.168.1.2" },
		{ "-i e --hostname -a", "--hostname: -a is not letters, "
					"digits, - and ., 64 at most" },
		{ "-i e --hostname=", "--hostname:  is not letters, digits, - "
				      "and ., 64 at most" },
		{ "-i e --client-id 01", "--client-id: 01 is not 2 to 64 "
					 "bytes in hexadecimal" },
		{ "-i e --client-id mac", "--client-id: mac is not 2 to 64 "
					  "bytes in hexadecimal" },
		{ "-i e --metric 4294967296",
		  "--metric: 4294967296 is not a number of at most "
		  "4294967295" },
		{ "-i e --hooks x", "--hooks: x is not a directory, with all "
				    "of its path" },
		{ "-i e --log 8", "--log: 8 is not error, warning, notice, "
				  "info, debug" },
		{ "-i e -4 -6", "--ipv4-only: not together with --ipv6-only" },
		{ "-i e -1 --release", "--once: not together with --release, "
				       "which would take away at once what "
				       "was got" },
		{ "-i e --private --hostname a",
		  "--private: not together with --hostname, --client-id or "
		  "--request-ip, which tell who we are" },
		{ "-i e -6 --client-id 0102",
		  "--ipv6-only: not together with --request-ip or "
		  "--client-id, which are of IPv4" },
		{ "-i 1 -i 2 -i 3 -i 4 -i 5 -i 6 -i 7 -i 8 -i 9",
		  "--interface: eight times at most; a pattern such as eth* "
		  "stands for many" },
	};
	struct net_args before;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].line), -EINVAL);
		assert_string_equal(reason, cases[i].reason);
		/* Untouched on failure. */
		assert_memory_equal(&args, &before, sizeof(args));
	}
	assert_int_equal(parse("-i e --private --request-ip 1.2.3.4"), -EINVAL);
	assert_int_equal(parse("-i e --private --client-id 0102"), -EINVAL);
	assert_int_equal(parse("-i e -6 --request-ip 1.2.3.4"), -EINVAL);
	assert_int_equal(parse("-i 1 -i 2 -i 3 -i 4 -i 5 -i 6 -i 7 -i 8"), 0);
	assert_int_equal(args.n_interfaces, NET_ARGS_INTERFACES_MAX);
}

/* Each option that the help names is one. */
static void test_help_is_true(void **state)
{
	static char buffer[4096];
	struct writer writer;
	struct reader lines;
	size_t n = 0;

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	net_args_put_help(&writer);
	assert_false(writer_failed(&writer));
	reader_from_span(&lines, writer_span(&writer));
	while (reader_left(&lines) > 0) {
		struct span line = reader_until(&lines, '\n');
		struct reader reader;
		struct span word;

		assert_true(line.len <= 80);
		reader_from_span(&reader, line);
		word = reader_word(&reader);
		if (!span_starts(line, "  ") || !span_starts(word, "-"))
			continue;
		for (;;) {
			char name[32];

			if (word.data[word.len - 1] == ',')
				word.len--;
			assert_int_equal(text_copy(name, sizeof(name), word),
					 0);
			(void)parse(name);
			assert_null(strstr(reason, "no such option"));
			n++;
			if (span_starts(word, "--"))
				break;
			word = reader_word(&reader);
		}
	}
	assert_int_equal(n, 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_defaults, tear_down),
		cmocka_unit_test_teardown(test_values, tear_down),
		cmocka_unit_test_teardown(test_flags, tear_down),
		cmocka_unit_test_teardown(test_actions, tear_down),
		cmocka_unit_test_teardown(test_wrong_usage, tear_down),
		cmocka_unit_test_teardown(test_help_is_true, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
