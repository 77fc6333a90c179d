/* init/params.c: the phase.* words, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/need.h"
#include "init/params.h"

static unsigned int n_complaints;
static char complaints[4][1024];

static void complain(const char *message)
{
	/* One line, and nothing that a terminal would obey. */
	for (const char *c = message; *c; c++)
		assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
	if (n_complaints < ARRAY_SIZE(complaints))
		snprintf(complaints[n_complaints], sizeof(complaints[0]), "%s",
			 message);
	n_complaints++;
}

/* PARAMS as they are, and what TEXT says, in a block of its size. */
static void add(struct params *params, const char *text)
{
	size_t len = strlen(text);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	n_complaints = 0;
	params_parse(params, (struct span){ copy, len }, complain);
	free(copy);
}

static struct params parse(const char *text)
{
	struct params params;

	memset(&params, 0xee, sizeof(params));
	params_init(&params);
	add(&params, text);
	return params;
}

static void test_defaults_parse(void **state)
{
	struct params params = parse("");

	(void)state;
	assert_int_equal(n_complaints, 0);
	assert_int_equal(params.mode, PARAMS_MODE_INTERNET);
	assert_int_equal(params.log_level, 5);
	assert_int_equal(params.wait_ms, 300);
	assert_int_equal(params.net_timeout_ms, 10000);
	assert_int_equal(params.net_boot_wait_ms, 0);
	assert_string_equal(params.channel, "stable");
	assert_string_equal(params.provider, "");
	assert_string_equal(params.run, "");
	assert_string_equal(params.hostname, "");
	assert_string_equal(params.machine_id, "");
	assert_int_equal(params.root_timeout_ms, 10000);
	assert_int_equal(params.need, NEED_NONE);
	assert_int_equal(params.run_timeout_ms, 0);
	assert_int_equal(params.exit_port, 0);
	assert_int_equal(params.discover, PARAMS_DISCOVER_WATCH);
}

/* The help's first column, read as a command line, is all the defaults. */
static void test_help_is_true(void **state)
{
	static const char *const names[] = {
		"phase.mode=",		 "phase.channel=",
		"phase.provider=",	 "phase.run=",
		"phase.wait=",		 "phase.net.timeout=",
		"phase.net.boot-wait=",	 "phase.log=",
		"phase.hostname=",	 "phase.machine-id=",
		"phase.root.timeout=",	 "phase.modules=",
		"phase.shell=",		 "phase.console=",
		"phase.console.size=",	 "phase.crash=",
		"phase.need=",		 "phase.run.timeout=",
		"phase.exit-port=",	 "phase.ip=",
		"phase.net.interfaces=", "phase.discover=",
	};
	char help[4096], *line;
	struct writer writer;
	size_t n_lines = 0;

	(void)state;
	writer_init(&writer, help, sizeof(help) - 1);
	params_put_help(&writer);
	assert_false(writer_failed(&writer));
	text_end(&writer);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(strstr(help, names[i]));
	for (line = strtok(help, "\n"); line; line = strtok(NULL, "\n")) {
		struct params params, defaults = parse("");
		char word[128];

		/* Two rows a parameter: it, and what it takes. */
		assert_true(strlen(line) <= 100);
		if (n_lines++ % 2) {
			assert_memory_equal(line, "      (", 7);
			assert_int_equal(line[strlen(line) - 1], ')');
			continue;
		}
		assert_int_equal(sscanf(line, "%127s", word), 1);
		assert_memory_equal(word, "phase.", 6);
		params = parse(word);
		assert_int_equal(n_complaints, 0);
		assert_memory_equal(&params, &defaults, sizeof(params));
	}
	assert_int_equal(n_lines, 2 * ARRAY_SIZE(names));
}

/* No endless filling up to the second column when there is no room. */
static void test_help_that_does_not_fit(void **state)
{
	(void)state;
	for (size_t size = 0; size < 256; size++) {
		char *buffer = malloc(size > 0 ? size : 1);
		struct writer writer;

		assert_non_null(buffer);
		writer_init(&writer, buffer, size);
		params_put_help(&writer);
		assert_true(writer_failed(&writer));
		free(buffer);
	}
}

static void test_values(void **state)
{
	struct params params = parse(
		"quiet phase.mode=private root=/dev/x phase.channel=\"a b\" "
		"phase.provider=http://[fe80::1%25eth0]:8080/ phase.wait=2s "
		"\"phase.run=ls -l; echo $?\" phase.net.timeout=1.5 "
		"phase.net.boot-wait=300ms "
		"phase.log=debug\n");

	(void)state;
	assert_int_equal(n_complaints, 0);
	assert_int_equal(params.mode, PARAMS_MODE_PRIVATE);
	assert_int_equal(params.log_level, 7);
	assert_int_equal(params.wait_ms, 2000);
	assert_int_equal(params.net_timeout_ms, 1500);
	assert_int_equal(params.net_boot_wait_ms, 300);
	assert_string_equal(params.channel, "a b");
	assert_string_equal(params.provider, "http://[fe80::1%25eth0]:8080/");
	assert_string_equal(params.run, "ls -l; echo $?");
	assert_int_equal(params.crash, PARAMS_CRASH_SHELL);
	assert_int_equal(parse("phase.crash=reboot").crash,
			 PARAMS_CRASH_REBOOT);
	assert_int_equal(parse("phase.crash=freeze").crash,
			 PARAMS_CRASH_FREEZE);
	assert_int_equal(parse("phase.mode=local").mode, PARAMS_MODE_LOCAL);
	assert_int_equal(parse("phase.log=error").log_level, 3);
	assert_int_equal(parse("phase.log=warning").log_level, 4);
	assert_int_equal(parse("phase.log=notice").log_level, 5);
	assert_int_equal(parse("phase.log=info").log_level, 6);
	assert_int_equal(parse("phase.log=debug").log_level, 7);
	assert_string_equal(params_mode_name(PARAMS_MODE_INTERNET), "internet");
	assert_string_equal(params_mode_name(PARAMS_MODE_LOCAL), "local");
	assert_string_equal(params_mode_name(PARAMS_MODE_PRIVATE), "private");
}

static void test_need_and_ports(void **state)
{
	static const char *const bad[] = {
		"phase.exit-port=0x",	   "phase.exit-port=0x10000",
		"phase.exit-port=65536",   "phase.exit-port=f4",
		"phase.exit-port=0xg",	   "phase.exit-port=",
		"phase.exit-port=0x\x11",  "phase.need=network",
		"phase.run.timeout=never", "phase.exit-port=0x 1",
	};
	struct params params = parse("phase.need=provider "
				     "phase.run.timeout=1.5 "
				     "phase.exit-port=0xF4");

	(void)state;
	assert_int_equal(n_complaints, 0);
	assert_int_equal(params.need, NEED_PROVIDER);
	assert_int_equal(params.run_timeout_ms, 1500);
	assert_int_equal(params.exit_port, 0xf4);
	assert_int_equal(parse("phase.need=nic").need, NEED_NIC);
	assert_int_equal(parse("phase.need=lease").need, NEED_LEASE);
	assert_int_equal(parse("phase.exit_port=0xffff").exit_port, 0xffff);
	assert_int_equal(parse("phase.exit-port=244").exit_port, 244);
	assert_int_equal(parse("phase.exit-port=0x000f4").exit_port, 0xf4);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		params = parse(bad[i]);
		assert_int_equal(n_complaints, 1);
		assert_int_equal(params.exit_port, 0);
		assert_int_equal(params.need, NEED_NONE);
		assert_int_equal(params.run_timeout_ms, 0);
	}
}

/* Those that others read, and complain about (init/ip_param.h). */
static void test_words_of_others(void **state)
{
	struct params params, defaults = parse("");

	(void)state;
	params = parse("phase.ip=nonsense phase.ip=eth0:dhcp ip=x "
		       "phase.net.interfaces=eth*,!eth1 phase.modules=a,b");
	assert_int_equal(n_complaints, 0);
	assert_memory_equal(&params, &defaults, sizeof(params));
}

static void test_p18_last_one_wins(void **state)
{
	struct params params = parse("phase.wait=1s phase.run=a phase.wait=2s "
				     "phase.run=");

	(void)state;
	assert_int_equal(n_complaints, 0);
	assert_int_equal(params.wait_ms, 2000);
	assert_string_equal(params.run, "");
	/* One that is wrong does not count. */
	params = parse("phase.wait=1s phase.wait=soon");
	assert_int_equal(params.wait_ms, 1000);
	assert_int_equal(n_complaints, 1);
}

static void test_p18_double_dash(void **state)
{
	(void)state;
	assert_int_equal(
		parse("phase.wait=1s -- phase.wait=2s phase.bad").wait_ms,
		1000);
	assert_int_equal(n_complaints, 0);
}

/* parse_args() takes '-' for '_' in names; a dot is a dot. */
static void test_names(void **state)
{
	(void)state;
	parse("phase.net_timeout=1s");
	assert_int_equal(n_complaints, 1);
	parse("phase.waits=1 phase.wai=1 phase= phase xphase.wait=1 "
	      "phase..wait=1");
	assert_int_equal(n_complaints, 1);
	assert_string_equal(complaints[0], "unknown parameters: phase.waits, "
					   "phase.wai, phase..wait");
	parse("phase.=1");
	assert_string_equal(complaints[0], "unknown parameters: phase.");
	parse("Phase.wait=1 phase.WAIT=1");
	assert_string_equal(complaints[0], "unknown parameters: phase.WAIT");
}

static void test_bad_values(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "phase.wait=soon", "phase.wait=: soon is not a duration "
				     "such as 300ms or 2s; ignored" },
		{ "phase.wait", "phase.wait=:  is not a duration such as "
				"300ms or 2s; ignored" },
		{ "phase.wait=.5", "phase.wait=: .5 is not a duration such "
				   "as 300ms or 2s; ignored" },
		{ "phase.mode=Local", "phase.mode=: Local is not internet, "
				      "local or private; ignored" },
		{ "phase.mode=\x1b[2J", "phase.mode=: \\x1b[2J is not "
					"internet, local or private; "
					"ignored" },
		/* No more of what it says is a word. */
		{ "phase.mode=or", "phase.mode=: or is not internet, local "
				   "or private; ignored" },
		{ "phase.mode=internet,", "phase.mode=: internet, is not "
					  "internet, local or private; "
					  "ignored" },
		{ "phase.crash=", "phase.crash=:  is not shell, reboot or "
				  "freeze; ignored" },
		{ "phase.log=5", "phase.log=: 5 is not error, warning, "
				 "notice, info or debug; ignored" },
	};
	struct params defaults = parse("");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct params params = parse(cases[i].text);

		assert_int_equal(n_complaints, 1);
		assert_string_equal(complaints[0], cases[i].message);
		assert_memory_equal(&params, &defaults, sizeof(params));
	}
}

/* The message about a value has room for each byte of it as \xNN. */
static void test_bad_value_of_control_bytes(void **state)
{
	char text[128];

	(void)state;
	for (size_t len = 1; len <= 80; len++) {
		size_t at = (size_t)sprintf(text, "phase.net.timeout=");

		memset(text + at, '\x01', len);
		text[at + len] = '\0';
		parse(text);
		assert_int_equal(n_complaints, 1);
		assert_non_null(strstr(complaints[0],
				       " is not a duration such as 300ms or "
				       "2s; ignored"));
	}
}

static void test_p18_strings_of_their_size(void **state)
{
	static const struct {
		const char *name;
		size_t offset, size;
	} fields[] = {
		{ "phase.channel=", offsetof(struct params, channel),
		  PARAMS_CHANNEL_MAX },
		{ "phase.provider=", offsetof(struct params, provider),
		  PARAMS_URL_MAX },
		{ "phase.run=", offsetof(struct params, run), PARAMS_RUN_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		for (size_t len = fields[i].size - 2; len <= fields[i].size + 1;
		     len++) {
			struct params params, defaults = parse("");
			size_t at = strlen(fields[i].name);
			char *text = malloc(at + len + 1);

			assert_non_null(text);
			memcpy(text, fields[i].name, at);
			memset(text + at, 'x', len);
			text[at + len] = '\0';
			params = parse(text);
			if (len < fields[i].size) {
				assert_int_equal(n_complaints, 0);
				assert_string_equal((char *)&params +
							    fields[i].offset,
						    text + at);
			} else {
				assert_int_equal(n_complaints, 1);
				assert_non_null(
					strstr(complaints[0], " at most "));
				assert_memory_equal(&params, &defaults,
						    sizeof(params));
			}
			free(text);
		}
	}
}

static void test_p18_unknown_in_one_warning(void **state)
{
	(void)state;
	parse("phase.foo phase.bar=1 \"phase.a b\" phase.\x9b=1");
	assert_int_equal(n_complaints, 1);
	assert_string_equal(complaints[0],
			    "unknown parameters: phase.foo, phase.bar, "
			    "phase.a b, phase.\\x9b");
}

static void test_p18_unknown_that_are_many(void **state)
{
	char text[4097];

	(void)state;
	text[0] = '\0';
	for (unsigned int i = 0; i < 300; i++)
		sprintf(text + strlen(text), "phase.x%u ", i);
	parse(text);
	assert_int_equal(n_complaints, 1);
	assert_memory_equal(complaints[0],
			    "unknown parameters: phase.x0, phase.x1, ", 40);
	assert_string_equal(complaints[0] + strlen(complaints[0]) - 11,
			    " and others");
}

/* A name too long to show is still an unknown one, and the message says of
 * what it speaks. */
static void test_p18_unknown_that_is_long(void **state)
{
	char text[4097];

	(void)state;
	for (size_t len = 1; len <= 4090; len += len < 400 ? 1 : 900) {
		strcpy(text, "phase.");
		memset(text + 6, 'x', len);
		text[6 + len] = '\0';
		parse(text);
		assert_int_equal(n_complaints, 1);
		assert_memory_equal(complaints[0],
				    "unknown parameters: phase.x",
				    len > 0 ? 27 : 26);
		memset(text + 6, '\x9b', len);
		strcpy(text + 6 + len, " phase.y");
		if (len > 4080)
			continue;
		parse(text);
		assert_int_equal(n_complaints, 1);
		assert_memory_equal(complaints[0],
				    "unknown parameters: phase.\\x9b", 30);
		assert_non_null(strstr(complaints[0], "phase.y"));
	}
}

static void test_p18_4096_bytes(void **state)
{
	char text[4097];
	struct params params;

	(void)state;
	memset(text, ' ', 4096);
	text[4096] = '\0';
	memcpy(text + 4096 - 13, "phase.wait=7s", 13);
	params = parse(text);
	assert_int_equal(n_complaints, 0);
	assert_int_equal(params.wait_ms, 7000);
	memset(text, '"', 4096);
	parse(text);
	assert_int_equal(n_complaints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_parse),
		cmocka_unit_test(test_help_is_true),
		cmocka_unit_test(test_help_that_does_not_fit),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_need_and_ports),
		cmocka_unit_test(test_words_of_others),
		cmocka_unit_test(test_p18_last_one_wins),
		cmocka_unit_test(test_p18_double_dash),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_bad_value_of_control_bytes),
		cmocka_unit_test(test_p18_strings_of_their_size),
		cmocka_unit_test(test_p18_unknown_in_one_warning),
		cmocka_unit_test(test_p18_unknown_that_are_many),
		cmocka_unit_test(test_p18_unknown_that_is_long),
		cmocka_unit_test(test_p18_4096_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
