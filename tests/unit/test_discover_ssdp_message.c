/* discover/ssdp_message.c: what is read and what is refused. */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "discover/ssdp_message.h"
#include "tests/unit/test_discover_packet.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define NOTIFY "NOTIFY * HTTP/1.1\r\n"
#define WHO "ST: urn:x:1\r\nUSN: uuid:1::urn:x:1\r\n"

static struct ssdp_message message;
static uint8_t *block;

static int drop_block(void **state)
{
	(void)state;
	free(block);
	block = NULL;
	return 0;
}

static int parse_bytes(const void *bytes, size_t len)
{
	free(block);
	block = malloc(len);
	assert_true(block || len == 0);
	if (len > 0)
		memcpy(block, bytes, len);
	return ssdp_message_parse((struct span){ block, len }, &message);
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void test_response(void **state)
{
	(void)state;
	assert_int_equal(
		parse("HTTP/1.1 200 OK\r\n"
		      "CACHE-CONTROL: max-age=1800\r\n"
		      "DATE: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
		      "EXT:\r\n"
		      "LOCATION: http://192.168.1.7:49152/desc.xml\r\n"
		      "OPT: \"http://schemas.upnp.org/upnp/1/0/\"; ns=01\r\n"
		      "SERVER: Linux/6.1 UPnP/1.1 tv/2\r\n"
		      "ST: urn:schemas-upnp-org:device:MediaRenderer:1\r\n"
		      "USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::urn:x\r\n"
		      "BOOTID.UPNP.ORG: 7\r\n\r\nbody: is not read\x01"),
		0);
	assert_int_equal(message.kind, SSDP_RESPONSE);
	assert_true(span_is(message.target,
			    "urn:schemas-upnp-org:device:MediaRenderer:1"));
	assert_true(
		span_is(message.usn,
			"uuid:2fac1234-31f8-11b4-a222-08002b34c003::urn:x"));
	assert_true(
		span_is(message.location, "http://192.168.1.7:49152/desc.xml"));
	assert_true(span_is(message.server, "Linux/6.1 UPnP/1.1 tv/2"));
	assert_true(message.has_max_age);
	assert_int_equal(message.max_age_s, 1800);
}

static void test_response_with_little(void **state)
{
	(void)state;
	/* LF alone, no blank after the colon, no empty line at the end. */
	assert_int_equal(parse("HTTP/1.0 200\nst:a\nuSn:  b  \n"), 0);
	assert_int_equal(message.kind, SSDP_RESPONSE);
	assert_true(span_is(message.target, "a"));
	assert_true(span_is(message.usn, "b"));
	assert_int_equal(message.location.len, 0);
	assert_int_equal(message.server.len, 0);
	assert_false(message.has_max_age);
	/* NT, NTS are not a response's. */
	assert_int_equal(parse(OK "NT: a\r\nUSN: b\r\n\r\n"), -EBADMSG);
}

static void test_notify(void **state)
{
	static const struct {
		const char *nts;
		enum ssdp_kind kind;
	} all[] = {
		{ "ssdp:alive", SSDP_ALIVE },
		{ "ssdp:update", SSDP_UPDATE },
		{ "ssdp:byebye", SSDP_BYEBYE },
		{ "upnp:propchange", SSDP_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char text[256];

		snprintf(text, sizeof(text),
			 NOTIFY "HOST: 239.255.255.250:1900\r\nNT: a\r\n"
				"NTS: %s\r\nUSN: b\r\nST: c\r\n\r\n",
			 all[i].nts);
		assert_int_equal(parse(text), 0);
		assert_int_equal(message.kind, all[i].kind);
		assert_int_equal(message.target.len, all[i].kind != SSDP_OTHER);
		if (all[i].kind != SSDP_OTHER)
			assert_true(span_is(message.target, "a"));
	}
	assert_int_equal(parse(NOTIFY "NT: a\r\nUSN: b\r\n\r\n"), -EBADMSG);
	assert_int_equal(parse(NOTIFY "NT: a\r\nNTS:\r\nUSN: b\r\n\r\n"),
			 -EBADMSG);
	assert_int_equal(
		parse(NOTIFY "ST: a\r\nNTS: ssdp:alive\r\nUSN: b\r\n\r\n"),
		-EBADMSG);
}

/* Whatever else is in them. */
static void test_others(void **state)
{
	static const char *const others[] = {
		"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\n\r\n",
		"HTTP/1.1 199 x\r\n\r\n",
		"GET / HTTP/1.0\r\nbroken\r\n",
		"NOTIFY /x HTTP/1.1\r\n" WHO "\r\n",
		"notify * HTTP/1.1\r\n" WHO "\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (parse(others[i]) != 0 || message.kind != SSDP_OTHER)
			fail_msg("%s", others[i]);
	}
}

static void test_broken(void **state)
{
	static const char *const bad[] = {
		"",
		"\r\n",
		"HTTP/1.1 200 OK",
		"HTTP/1.1\r\n",
		"HTTP/1.1  200 OK\r\n" WHO "\r\n",
		"HTTP/1.1 20 OK\r\n" WHO "\r\n",
		"HTTP/1.1 2000 OK\r\n" WHO "\r\n",
		"HTTP/1.1 0200 OK\r\n" WHO "\r\n",
		"HTTP/1.1 -20 OK\r\n" WHO "\r\n",
		"HTTP/1.1 099 OK\r\n" WHO "\r\n",
		"HTTP/1.1 600 OK\r\n" WHO "\r\n",
		"HTTP/1.x 200 OK\r\n" WHO "\r\n",
		"HTTP/2.0 200 OK\r\n" WHO "\r\n",
		"HTTP/1.1x 200 OK\r\n" WHO "\r\n",
		"http/1.1 200 OK\r\n" WHO "\r\n",
		" HTTP/1.1 200 OK\r\n" WHO "\r\n",
		"\r\n" OK WHO "\r\n",
		"NOTIFY * HTTP/1.1 \r\n" WHO "\r\n",
		"NOTIFY  HTTP/1.1\r\n" WHO "\r\n",
		"NOTIFY *\r\n" WHO "\r\n",
		" * HTTP/1.1\r\n" WHO "\r\n",
		OK "\r\n",
		OK "USN: b\r\n\r\n",
		OK "ST: a\r\n\r\n",
		OK "ST:\r\nUSN: b\r\n\r\n",
		OK "ST: a\r\nUSN: \r\n\r\n",
		/* After the empty line there are no headers. */
		OK "ST: a\r\n\r\nUSN: b\r\n\r\n",
		/* Cut in the middle of a line. */
		OK "ST: a\r\nUSN: b",
		OK WHO "LOCATION: http://10.0.0.1/\r",
		OK WHO "no colon\r\n\r\n",
		OK WHO ": no name\r\n\r\n",
		OK WHO "blank : before\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse(bad[i]) != -EBADMSG)
			fail_msg("%zu: %s", i, bad[i]);
	}
}

static void test_folding_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse(OK WHO "SERVER: a\r\n b\r\n\r\n"), -EBADMSG);
	assert_int_equal(parse(OK WHO "SERVER: a\r\n LOCATION: b\r\n\r\n"),
			 -EBADMSG);
	assert_int_equal(parse(OK WHO "SERVER: a\r\n\tb: c\r\n\r\n"), -EBADMSG);
}

static void test_m22_control_bytes(void **state)
{
	(void)state;
	for (unsigned int byte = 0; byte < 256; byte++) {
		char text[] = OK WHO "SERVER: a?b\r\n\r\n";
		bool refused = byte < 0x20 || byte == 0x7f;

		*strchr(text, '?') = (char)byte;
		/* LF ends the line, and what follows has no colon. */
		assert_int_equal(parse_bytes(text, sizeof(text) - 1),
				 refused ? -EBADMSG : 0);
		if (!refused)
			assert_int_equal(message.server.len, 3);
	}
	assert_int_equal(parse_bytes("HTTP/1.1 200 \0\r\n" WHO "\r\n",
				     16 + strlen(WHO) + 2),
			 -EBADMSG);
	assert_int_equal(parse(OK WHO "X\x1b: a\r\n\r\n"), -EBADMSG);
	/* A CR that ends no line. */
	assert_int_equal(parse(OK WHO "X: a\r\r\n\r\n"), -EBADMSG);
}

static void test_first_of_two_wins(void **state)
{
	(void)state;
	assert_int_equal(parse(OK "ST: a\r\nst: A\r\nUSN: b\r\nUsn: B\r\n"
				  "LOCATION:\r\nLOCATION: http://10.0.0.1/\r\n"
				  "SERVER: c\r\nSERVER: C\r\n"
				  "CACHE-CONTROL: max-age=5\r\n"
				  "CACHE-CONTROL: max-age=6\r\n\r\n"),
			 0);
	assert_true(span_is(message.target, "a"));
	assert_true(span_is(message.usn, "b"));
	assert_int_equal(message.location.len, 0);
	assert_true(span_is(message.server, "c"));
	assert_int_equal(message.max_age_s, 5);
}

static void test_max_age(void **state)
{
	static const struct {
		const char *value;
		bool has;
		uint32_t seconds;
	} all[] = {
		{ "max-age=0", true, 0 },
		{ "MAX-AGE = 60", true, 60 },
		{ "no-cache=\"Ext\", max-age=120", true, 120 },
		{ "max-age=1,max-age=2", true, 1 },
		{ "max-age=x, max-age=2", true, 2 },
		{ "max-age=4294967295", true, UINT32_MAX },
		{ "max-age=4294967296", false, 0 },
		{ "max-age=-1", false, 0 },
		{ "max-age=", false, 0 },
		{ "max-age", false, 0 },
		{ "max-ages=1", false, 0 },
		{ "s-max-age=1", false, 0 },
		{ "", false, 0 },
		{ ",,,=,", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char text[256];

		snprintf(text, sizeof(text), OK WHO "Cache-Control: %s\r\n\r\n",
			 all[i].value);
		assert_int_equal(parse(text), 0);
		if (message.has_max_age != all[i].has ||
		    message.max_age_s != all[i].seconds)
			fail_msg("%s", all[i].value);
	}
}

/* A header of LEN bytes, and the others. */
static int parse_long(const char *name, int len)
{
	char text[SSDP_MESSAGE_MAX];

	snprintf(text, sizeof(text), OK "%s: %0*d\r\n" WHO "\r\n", name, len,
		 1);
	return parse(text);
}

static void test_bounds(void **state)
{
	static const struct {
		const char *name;
		int most;
	} all[] = {
		{ "ST", 127 },
		{ "USN", 127 },
		{ "LOCATION", 255 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(parse_long(all[i].name, all[i].most), 0);
		assert_int_equal(parse_long(all[i].name, all[i].most + 1),
				 -ENOBUFS);
	}
	assert_int_equal(parse_long("SERVER", 127), 0);
	assert_int_equal(message.server.len, 127);
	assert_int_equal(parse_long("SERVER", 128), 0);
	assert_int_equal(message.server.len, 0);
	assert_int_equal(parse_long("X", 1500), 0);
}

static void test_bound_of_the_packet(void **state)
{
	static char text[SSDP_MESSAGE_MAX + 1] = OK WHO "X: ";

	(void)state;
	memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
	text[SSDP_MESSAGE_MAX - 1] = '\n';
	assert_int_equal(parse_bytes(text, SSDP_MESSAGE_MAX), 0);
	assert_int_equal(parse_bytes(text, SSDP_MESSAGE_MAX + 1), -ENOBUFS);
	/* No headers but the last one of 33. */
	for (unsigned int n = 29; n <= 31; n++) {
		struct writer writer;

		writer_init(&writer, text, sizeof(text) - 1);
		text_put(&writer, OK);
		for (unsigned int i = 0; i < n; i++)
			text_put(&writer, "X: y\r\n");
		text_put(&writer, WHO "\r\n");
		assert_int_equal(parse_bytes(text, writer_len(&writer)),
				 n <= 30 ? 0 : -ENOBUFS);
	}
}

/* Each cut of a good one is refused or means no more than the whole. */
static void test_cuts(void **state)
{
	static const char text[] = OK WHO "LOCATION: http://10.0.0.1/\r\n"
					  "SERVER: s\r\n\r\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		int r = parse_bytes(text, len);

		if (text[len > 0 ? len - 1 : 0] == '\n' &&
		    len >= strlen(OK WHO))
			assert_int_equal(r, 0);
		else
			assert_int_equal(r, -EBADMSG);
	}
}

static void test_is_target(void **state)
{
	static const char *const good[] = {
		"ssdp:all",
		"upnp:rootdevice",
		"uuid:2fac1234-31f8-11b4-a222-08002b34c003",
		"urn:schemas-upnp-org:device:MediaRenderer:1",
		"urn:x",
	};
	static const char *const bad[] = {
		"",	    "ssdp:",	  "ssdp:all2",
		"SSDP:all", "upnp:",	  "uuid:",
		"urn:",	    "_http._tcp", "urn:x\r\nA:",
		"urn:x y",  "urn:\x7f",	  "urn:\xc3\xa4",
	};
	char text[SSDP_TARGET_MAX + 1] = "urn:";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(ssdp_is_target(span_of(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (ssdp_is_target(span_of(bad[i])))
			fail_msg("%s", bad[i]);
	}
	memset(text + 4, 'x', sizeof(text) - 5);
	assert_false(ssdp_is_target(span_of(text)));
	text[SSDP_TARGET_MAX - 1] = '\0';
	assert_true(ssdp_is_target(span_of(text)));
}

static void test_matches(void **state)
{
	static const struct {
		const char *asked, *said;
		bool holds;
	} all[] = {
		{ "ssdp:all", "upnp:rootdevice", true },
		{ "ssdp:all", "anything", true },
		{ "upnp:rootdevice", "upnp:rootdevice", true },
		{ "upnp:rootdevice", "UPNP:rootdevice", false },
		{ "upnp:rootdevice", "urn:x:1", false },
		{ "uuid:ab-1", "uuid:AB-1", true },
		{ "uuid:ab-1", "uuid:ab-2", false },
		{ "urn:x:d:T:1", "urn:x:d:T:1", true },
		{ "urn:x:d:T:1", "urn:x:d:T:2", true },
		{ "urn:x:d:T:2", "urn:x:d:T:10", true },
		{ "urn:x:d:T:2", "urn:x:d:T:1", false },
		{ "urn:x:d:T:1", "urn:x:d:t:1", false },
		{ "urn:x:d:T:1", "urn:x:d:U:1", false },
		{ "urn:x:d:T:1", "urn:x:d:T", false },
		{ "urn:x:d:T:1", "urn:x:d:T:", false },
		{ "urn:x:d:T:1", "urn:x:d:T:x", false },
		{ "urn:x:d:T:1", "urn:x:d:T:4294967296", false },
		{ "urn:x:d:T:1", "1", false },
		{ "urn:x", "urn:y", false },
		{ "urn:1", "urn:2", true },
		{ "urn:x:d:T:1", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (ssdp_target_matches(all[i].asked, span_of(all[i].said)) !=
		    all[i].holds)
			fail_msg("%s, %s", all[i].asked, all[i].said);
	}
}

static void test_usn_matches(void **state)
{
	static const struct {
		const char *a, *b;
		bool holds;
	} all[] = {
		{ "uuid:1", "uuid:1", true },
		{ "uuid:1", "uuid:2", false },
		{ "uuid:1::urn:x:d:T:1", "uuid:1::urn:x:d:T:1", true },
		{ "uuid:1::urn:x:d:T:1", "uuid:1::urn:x:d:T:12", true },
		{ "uuid:1::urn:x:d:T:1", "uuid:2::urn:x:d:T:1", false },
		{ "uuid:1::urn:x:d:T:1", "uuid:1::urn:x:d:U:1", false },
		{ "uuid:1::urn:x:d:T:1", "uuid:1::urn:x:d:T:x", false },
		{ "uuid:1::urn:x:d:T:1", "uuid:1::urn:x:d:T:", false },
		{ "uuid:1::urn:x:d:T:x", "uuid:1::urn:x:d:T:1", false },
		{ "uuid:1::urn:x:d:T:1", "uuid:1", false },
		{ "uuid:1::ur:1", "uuid:1::ur:2", false },
		{ "uuid:urn:1", "uuid:urn:2", false },
		{ "uuid:1::upnp:rootdevice", "uuid:1::upnp:rootdevice", true },
		{ "", "", true },
		{ "", "1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (ssdp_usn_matches(span_of(all[i].a), span_of(all[i].b)) !=
		    all[i].holds)
			fail_msg("%s, %s", all[i].a, all[i].b);
	}
}

static void test_search(void **state)
{
	struct writer writer;
	char text[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	ssdp_put_search(&writer, span_of("ssdp:all"), false);
	assert_string_equal(text_end(&writer),
			    "M-SEARCH * HTTP/1.1\r\n"
			    "HOST: 239.255.255.250:1900\r\n"
			    "MAN: \"ssdp:discover\"\r\nMX: 1\r\n"
			    "ST: ssdp:all\r\n\r\n");
	writer_init(&writer, text, sizeof(text));
	ssdp_put_search(&writer, span_of("urn:x:1"), true);
	assert_string_equal(text_end(&writer),
			    "M-SEARCH * HTTP/1.1\r\n"
			    "HOST: [ff02::c]:1900\r\n"
			    "MAN: \"ssdp:discover\"\r\nMX: 1\r\n"
			    "ST: urn:x:1\r\n\r\n");
	assert_int_equal(parse(text), 0);
	assert_int_equal(message.kind, SSDP_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_response_with_little),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_folding_is_refused),
		cmocka_unit_test(test_m22_control_bytes),
		cmocka_unit_test(test_first_of_two_wins),
		cmocka_unit_test(test_max_age),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_bound_of_the_packet),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_is_target),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_usn_matches),
		cmocka_unit_test(test_search),
	};

	return cmocka_run_group_tests(tests, NULL, drop_block);
}
