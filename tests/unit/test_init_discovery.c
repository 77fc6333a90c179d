/* init/discovery.c: phase-discover's arguments, and what it is told anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/text.h"
#include "init/discovery.h"

static struct discovery discovery;
static struct facts facts;

static int setup(void **state)
{
	(void)state;
	memset(&discovery, 0, sizeof(discovery));
	memset(&facts, 0, sizeof(facts));
	return 0;
}

static void complain(const char *message)
{
	fail_msg("%s", message);
}

/* With blanks between them. */
static const char *arguments(const char *cmdline)
{
	const char *argv[DISCOVERY_ARGUMENTS_MAX];
	static struct params params;
	static char text[2048];

	memset(argv, 0xee, sizeof(argv));
	params_init(&params);
	params_parse(&params, span_of(cmdline), complain);
	discovery_set_arguments(argv, &params);
	text[0] = '\0';
	for (const char **arg = argv; *arg; arg++)
		sprintf(text + strlen(text), " %s", *arg);
	return text + 1;
}

static void test_arguments(void **state)
{
	(void)state;
	assert_string_equal(arguments(""),
			    "phase-discover --format=report --events --watch "
			    "--timeout=10s --mode internet --channel stable");
	assert_string_equal(arguments("phase.discover=once phase.mode=private "
				      "phase.channel=a phase.log=debug "
				      "phase.provider=http://x/"),
			    "phase-discover --format=report --events "
			    "--timeout=10s --mode private --channel a "
			    "--provider http://x/ --verbose");
	/* As many as there may be. */
	arguments("phase.provider=u phase.log=debug");
}

/* A line of phase-net, in a block of its size; whether it is passed on. */
static bool hear(const char *line)
{
	size_t len = strlen(line);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	unsigned int index;
	bool passed;

	assert_non_null(copy);
	memcpy(copy, line, len);
	passed = discovery_hear(&discovery, (struct span){ copy, len });
	facts_apply(&facts, FACTS_FROM_NET, (struct span){ copy, len }, &index);
	free(copy);
	return passed;
}

static const char *told(unsigned int index)
{
	static char text[DISCOVERY_NIC_MAX + 1];
	struct writer writer;

	writer_init(&writer, text, DISCOVERY_NIC_MAX);
	discovery_put_nic(&writer, &discovery, &facts.nics[index]);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

#define NIC "nic interface=e driver=virtio_net mac=52:54:00:00:00:01 carrier=1"

static void test_what_is_passed_on(void **state)
{
	static const char *const others[] = {
		"step interface=e name=up at=1",
		"trouble interface=e text=x",
		"settled nics=1",
		"nic",
		"lease",
		"",
		"lease interface=%00",
		"lease interface=sixteen-bytes-xx",
	};

	(void)state;
	assert_true(hear(NIC));
	assert_true(hear("link-local interface=e address=169.254.1.2"));
	assert_true(hear("address6 interface=e address=2001:db8::1"));
	assert_true(hear("lost6 interface=e address=2001:db8::1"));
	assert_true(hear("lease interface=e address=10.0.0.2 prefix=24"));
	assert_true(hear("lost interface=e"));
	assert_true(hear("gone interface=e"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(hear(others[i]));
}

/* One that is started again hears what the last one has heard; of the lease
 * also what is no fact. */
static void test_p19_told_anew(void **state)
{
	static const char lease[] =
		"lease interface=e address=10.0.0.2 prefix=24 "
		"router=10.0.0.1 vendor=0102 domain=a%20b";

	(void)state;
	hear(NIC);
	assert_string_equal(told(0), NIC "\n");
	hear("lease interface=e address=10.0.0.9 prefix=24");
	hear(lease);
	hear("link-local interface=e address=169.254.1.2");
	hear("address6 interface=e address=2001:db8::1");
	hear("nic interface=f carrier=0");
	hear("lease interface=f address=10.0.0.3 prefix=24");
	assert_string_equal(told(0), NIC
			    "\nlease interface=e address=10.0.0.2 prefix=24 "
			    "router=10.0.0.1 vendor=0102 domain=a%20b\n"
			    "link-local interface=e address=169.254.1.2\n"
			    "address6 interface=e address=2001:db8::1\n");
	assert_string_equal(told(1),
			    "nic interface=f driver= mac= carrier=0\n"
			    "lease interface=f address=10.0.0.3 prefix=24\n");
	hear("lost interface=e");
	hear("lost6 interface=e address=2001:db8::1");
	hear("link-local interface=e address=0.0.0.0");
	assert_string_equal(told(0), NIC "\n");
	assert_int_equal(discovery.n_leases, 1);
	hear("gone interface=e");
	assert_string_equal(told(0),
			    "nic interface=f driver= mac= carrier=0\n"
			    "lease interface=f address=10.0.0.3 prefix=24\n");
	hear("gone interface=f");
	assert_int_equal(discovery.n_leases, 0);
}

/* As long as everything can be: a pipe takes each in one piece, and of the
 * greatest number of them it has room for all. */
static void test_longest(void **state)
{
	char line[RECORD_LINE_MAX + 1];

	(void)state;
	for (unsigned int i = 0; i < FACTS_NICS_MAX + 1; i++) {
		size_t len;

		sprintf(line,
			"nic interface=fifteenbytes%02u carrier=1 mac=", i);
		for (int k = 0; k < 95; k++)
			strcat(line, "%ff");
		strcat(line, " driver=");
		for (int k = 0; k < 31; k++)
			strcat(line, "%ff");
		hear(line);
		sprintf(line,
			"address6 interface=fifteenbytes%02u address=", i);
		for (int k = 0; k < 47; k++)
			strcat(line, "%ff");
		hear(line);
		sprintf(line,
			"link-local interface=fifteenbytes%02u "
			"address=169.254.255.254",
			i);
		hear(line);
		len = (size_t)sprintf(line,
				      "lease interface=fifteenbytes%02u "
				      "address=10.0.0.2 prefix=24 domain=",
				      i);
		memset(line + len, 'x', RECORD_LINE_MAX - len);
		line[RECORD_LINE_MAX] = '\0';
		hear(line);
	}
	assert_int_equal(discovery.n_leases, FACTS_NICS_MAX);
	for (unsigned int i = 0; i < FACTS_NICS_MAX; i++)
		assert_true(strlen(told(i)) > RECORD_LINE_MAX + 400);
	hear("gone interface=fifteenbytes00");
	assert_int_equal(discovery.n_leases, FACTS_NICS_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_arguments, setup),
		cmocka_unit_test_setup(test_what_is_passed_on, setup),
		cmocka_unit_test_setup(test_p19_told_anew, setup),
		cmocka_unit_test_setup(test_longest, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
