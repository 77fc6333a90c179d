/* init/net_show.c: what happens, for people and as JSON. D42: what a server
 * says is escaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/text.h"
#include "init/net_show.h"

static const char *line_of(const struct net_event *event)
{
	static char text[NET_SHOW_LINE_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	net_show_line(&writer, event);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

/* And it is strict JSON, of one line. */
static const char *json_of(const struct net_event *event)
{
	static char text[NET_SHOW_LINE_MAX];
	struct json_reader reader;
	struct json_token token;
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	net_show_json(&writer, event);
	assert_false(writer_failed(&writer));
	json_reader_init(&reader, writer_span(&writer));
	do {
		assert_int_equal(json_next(&reader, &token), 0);
	} while (token.type != JSON_END);
	text_end(&writer);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	return text;
}

static struct net_event whole(enum net_event_type type)
{
	struct net_event event = {
		.type = type,
		.interface = "eth0",
		.address = 0xc0a80207,
		.gateway = 0xc0a80201,
		.server = 0xc0a80203,
		.prefix = 24,
		.address6 = { 0xfd, [15] = 7 },
		.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
		.seconds = 3600,
		.count = 3,
		.n_dns = 2,
		.dns = { 0xc0a80201, 0x01010101 },
		.elapsed_ms = 58,
		.text = span_of("a.b"),
	};

	return event;
}

static struct net_event bare(enum net_event_type type)
{
	return (struct net_event){ .type = type,
				   .interface = "eth0",
				   .elapsed_ms = -1 };
}

static void test_every_event(void **state)
{
	static const struct {
		enum net_event_type type;
		const char *line;
		const char *json; /* without event and interface */
		const char *bare;
	} cases[] = {
		{ NET_EVENT_NIC,
		  "is there, 52:54:00:12:34:56, driver a.b (58ms)",
		  "\"mac\":\"52:54:00:12:34:56\",\"driver\":\"a.b\"",
		  "is there" },
		{ NET_EVENT_GONE, "was removed (58ms)", "", "was removed" },
		{ NET_EVENT_CARRIER, "has carrier (58ms)", "", "has carrier" },
		{ NET_EVENT_NO_CARRIER, "has no carrier (58ms)", "",
		  "has no carrier" },
		{ NET_EVENT_DISCOVER, "DISCOVER sent, number 3 (58ms)",
		  "\"count\":3", "DISCOVER sent" },
		{ NET_EVENT_REQUEST,
		  "REQUEST sent for 192.168.2.7, number 3 (58ms)",
		  "\"address\":\"192.168.2.7\",\"count\":3", "REQUEST sent" },
		{ NET_EVENT_OFFER,
		  "offer of 192.168.2.7 from 192.168.2.3 (58ms)",
		  "\"address\":\"192.168.2.7\",\"server\":\"192.168.2.3\"",
		  "offer of 0.0.0.0" },
		{ NET_EVENT_LEASE,
		  "192.168.2.7/24 from 192.168.2.3, gateway 192.168.2.1, DNS "
		  "192.168.2.1 1.1.1.1, domain a.b, for 1 h (58ms)",
		  "\"address\":\"192.168.2.7\",\"prefix\":24,"
		  "\"server\":\"192.168.2.3\",\"router\":\"192.168.2.1\","
		  "\"dns\":[\"192.168.2.1\",\"1.1.1.1\"],"
		  "\"domain\":\"a.b\",\"seconds\":3600",
		  "0.0.0.0/0" },
		{ NET_EVENT_RENEWED,
		  "192.168.2.7/24 renewed by 192.168.2.3, for 1 h (58ms)",
		  "\"address\":\"192.168.2.7\",\"prefix\":24,"
		  "\"server\":\"192.168.2.3\",\"seconds\":3600",
		  "0.0.0.0/0 renewed" },
		{ NET_EVENT_STATIC,
		  "192.168.2.7/24, static, gateway 192.168.2.1, DNS "
		  "192.168.2.1 1.1.1.1, domain a.b (58ms)",
		  "\"address\":\"192.168.2.7\",\"prefix\":24,"
		  "\"router\":\"192.168.2.1\","
		  "\"dns\":[\"192.168.2.1\",\"1.1.1.1\"],"
		  "\"domain\":\"a.b\"",
		  "0.0.0.0/0, static" },
		{ NET_EVENT_REFUSED, "refused by 192.168.2.3: a.b (58ms)",
		  "\"server\":\"192.168.2.3\",\"text\":\"a.b\"", "refused" },
		{ NET_EVENT_LOST, "192.168.2.7 lost: a.b (58ms)",
		  "\"address\":\"192.168.2.7\",\"text\":\"a.b\"",
		  "0.0.0.0 lost" },
		{ NET_EVENT_RELEASED,
		  "192.168.2.7 given back to 192.168.2.3 (58ms)",
		  "\"address\":\"192.168.2.7\",\"server\":\"192.168.2.3\"",
		  "0.0.0.0 given back" },
		{ NET_EVENT_CONFLICT,
		  "192.168.2.7 is used by somebody else, 52:54:00:12:34:56; "
		  "starting over (58ms)",
		  "\"address\":\"192.168.2.7\","
		  "\"mac\":\"52:54:00:12:34:56\"",
		  "0.0.0.0 is used by somebody else; starting over" },
		{ NET_EVENT_LINK_LOCAL,
		  "192.168.2.7/24, link-local, as nobody answers (58ms)",
		  "\"address\":\"192.168.2.7\",\"prefix\":24",
		  "0.0.0.0/0, link-local, as nobody answers" },
		{ NET_EVENT_ADDRESS6, "fd00::7/24, for 1 h (58ms)",
		  "\"address\":\"fd00::7\",\"prefix\":24,\"seconds\":3600",
		  "::/0" },
		{ NET_EVENT_LOST6, "fd00::7 lost (58ms)",
		  "\"address\":\"fd00::7\"", ":: lost" },
		{ NET_EVENT_WAITING,
		  "no answer yet after 1 h; still trying (58ms)",
		  "\"seconds\":3600", "no answer yet after 0 s; still trying" },
		{ NET_EVENT_TROUBLE, "a.b (58ms)", "\"text\":\"a.b\"", "" },
	};
	char wanted[1024];

	(void)state;
	assert_int_equal(ARRAY_SIZE(cases), NET_EVENT_N);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net_event event = whole(cases[i].type);
		const char *comma = cases[i].json[0] ? "," : "";

		assert_int_equal(cases[i].type, i);
		strcpy(wanted, "eth0: ");
		strcat(strcat(wanted, cases[i].line), "\n");
		assert_string_equal(line_of(&event), wanted);
		strcpy(wanted, "{\"event\":\"");
		strcat(wanted, net_show_name(cases[i].type));
		strcat(strcat(wanted, "\",\"interface\":\"eth0\""), comma);
		strcat(strcat(wanted, cases[i].json), ",\"elapsed_ms\":58}\n");
		assert_string_equal(json_of(&event), wanted);
		event = bare(cases[i].type);
		strcpy(wanted, "eth0: ");
		strcat(strcat(wanted, cases[i].bare), "\n");
		assert_string_equal(line_of(&event), wanted);
		strcpy(wanted, "{\"event\":\"");
		strcat(wanted, net_show_name(cases[i].type));
		strcat(wanted, "\",\"interface\":\"eth0\"}\n");
		assert_string_equal(json_of(&event), wanted);
	}
}

static void test_names_differ(void **state)
{
	(void)state;
	for (int i = 0; i < NET_EVENT_N; i++) {
		assert_int_not_equal(strlen(net_show_name(i)), 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(net_show_name(i),
						net_show_name(k));
	}
}

static void test_durations(void **state)
{
	static const struct {
		uint32_t seconds;
		const char *text;
	} cases[] = {
		{ 1, "for 1 s" },
		{ 59, "for 59 s" },
		{ 60, "for 1 min" },
		{ 90, "for 90 s" },
		{ 5400, "for 90 min" },
		{ 3600, "for 1 h" },
		{ 86400, "for 1 d" },
		{ 129600, "for 36 h" },
		{ 4294967294, "for 4294967294 s" },
		{ NET_EVENT_FOR_EVER, "for ever" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net_event event = bare(NET_EVENT_RENEWED);

		event.seconds = cases[i].seconds;
		assert_non_null(strstr(line_of(&event), cases[i].text));
	}
}

static void test_for_ever(void **state)
{
	struct net_event event = bare(NET_EVENT_RENEWED);

	(void)state;
	event.address = 0x0a000001;
	event.seconds = NET_EVENT_FOR_EVER;
	assert_string_equal(json_of(&event),
			    "{\"event\":\"renewed\",\"interface\":\"eth0\","
			    "\"address\":\"10.0.0.1\",\"prefix\":0,"
			    "\"seconds\":4294967295}\n");
}

static void test_d42_foreign_text_is_escaped(void **state)
{
	static const char text[] = "\x1b[2J\n\"'$(reboot)\\\xff";
	struct net_event event = bare(NET_EVENT_REFUSED);

	(void)state;
	event.text = (struct span){ (const uint8_t *)text, sizeof(text) - 1 };
	assert_string_equal(line_of(&event),
			    "eth0: refused: \\x1b[2J\\x0a\"'$(reboot)\\\\"
			    "\\xff\n");
	assert_string_equal(json_of(&event),
			    "{\"event\":\"refused\",\"interface\":\"eth0\","
			    "\"text\":\"\\u001b[2J\\u000a\\\"'$(reboot)\\\\"
			    "\\u00ff\"}\n");
	/* So may a NIC be called. */
	event.interface = "e\x9b\"";
	assert_memory_equal(line_of(&event), "e\\x9b\": ", 8);
	assert_non_null(strstr(json_of(&event), "\"e\\u009b\\\"\""));
}

/* However long it is, and whatever is in it: the line has room. */
static void test_d42_long_text_is_cut(void **state)
{
	uint8_t *text = malloc(4096);

	(void)state;
	assert_non_null(text);
	for (unsigned int byte = 0; byte < 256; byte++) {
		memset(text, (int)byte, 4096);
		for (int type = 0; type < NET_EVENT_N; type++) {
			struct net_event event = whole(type);

			event.n_dns = NET_SHOW_LIST_MAX;
			event.seconds = UINT32_MAX - 1;
			event.elapsed_ms = INT64_MAX;
			event.text = (struct span){ text, 4096 };
			event.interface = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1";
			(void)line_of(&event);
			(void)json_of(&event);
		}
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event),
		cmocka_unit_test(test_names_differ),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_for_ever),
		cmocka_unit_test(test_d42_foreign_text_is_escaped),
		cmocka_unit_test(test_d42_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
