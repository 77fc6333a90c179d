/* discover/output.c: tables, JSON and records. */
#include <errno.h>

#include "base/record.h"
#include "base/text.h"
#include "discover/output.h"
#include "tests/unit/test_discover_packet.h"

static const struct service_wish wish = { .arch = "arm64" };
static const char hostile[] = "a.b\\\x1b[1m\xff\xe2\x80\xae\"";

static struct service make(const char *label, const char *txt, size_t len)
{
	struct service service;

	memset(&service, 0, sizeof(service));
	service.source = SERVICE_MDNS;
	strcpy(service.interface, "eth0");
	service.instance_len = (uint8_t)strlen(label);
	memcpy(service.instance, label, strlen(label));
	service.host = name_of("box.local");
	service.n_addresses = 1;
	service.addresses[0].ipv4 = 0x0a000001;
	service.port = 8080;
	strcpy(service.url, "http://10.0.0.1:8080");
	strcpy(service.manifest, "http://10.0.0.1:8080/manifest.json");
	service.health = SERVICE_OK;
	service.latency_ms = 3;
	memcpy(service.txt, txt, len);
	service.txt_len = (uint16_t)len;
	return service;
}

#define MAKE(label, literal) make(label, literal, sizeof(literal) - 1)

static void test_json(void **state)
{
	struct service service = MAKE("one", "\12arch=amd64\4flag\3a=1\3A=2");
	char text[OUTPUT_LINE_MAX];
	struct writer writer;

	(void)state;
	/* \12 is ten: "arch=amd64" */
	writer_init(&writer, text, sizeof(text));
	output_put_json(&writer, OUTPUT_SERVICE, "_x._tcp", &service, &wish);
	assert_string_equal(
		text_end(&writer),
		"{\"event\":\"service\",\"source\":\"mdns\",\"type\":\"_x._tcp\","
		"\"instance\":\"one\",\"interface\":\"eth0\","
		"\"host\":\"box.local\",\"addresses\":[\"10.0.0.1\"],"
		"\"port\":8080,\"priority\":0,\"weight\":0,"
		"\"url\":\"http://10.0.0.1:8080\","
		"\"manifest\":\"http://10.0.0.1:8080/manifest.json\","
		"\"channel\":null,\"arch\":\"x86_64\",\"version\":null,"
		"\"health\":\"ok\",\"latency_ms\":3,\"suitable\":false,"
		"\"txt\":{\"arch\":\"amd64\",\"flag\":true,\"a\":\"1\"}}\n");
}

static void test_m22_json(void **state)
{
	struct service service = MAKE(hostile, "\4k\n=\1");
	char text[OUTPUT_LINE_MAX];
	struct writer writer;

	(void)state;
	writer_init(&writer, text, sizeof(text));
	output_put_json(&writer, OUTPUT_SERVICE, "_x._tcp", &service, &wish);
	assert_non_null(strstr(text_end(&writer),
			       "\"instance\":\"a.b\\\\\\u001b[1m\\u00ff\\u202e"
			       "\\\"\""));
	assert_non_null(strstr(text, "\"txt\":{\"k\\u000a\":\"\\u0001\"}}\n"));
}

static void test_m22_record_is_exact(void **state)
{
	struct service service = MAKE(hostile, "\13channel=a b");
	uint8_t text[RECORD_LINE_MAX + 1];
	struct record record;
	struct writer writer;
	struct span line;
	char value[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	output_put_record(&writer, OUTPUT_SERVICE, &service, &wish, true);
	line = writer_span(&writer);
	assert_int_equal(line.data[line.len - 1], '\n');
	line.len--;
	assert_int_equal(record_parse(line, &record), 0);
	assert_true(span_is(record.event, "service"));
	assert_int_equal(record_get(&record, "instance", value, sizeof(value)),
			 0);
	assert_string_equal(value, hostile);
	assert_int_equal(record_get(&record, "channel", value, sizeof(value)),
			 0);
	assert_string_equal(value, "a b");
	assert_int_equal(record_get(&record, "suitable", value, sizeof(value)),
			 0);
	assert_string_equal(value, "yes");
	assert_int_equal(record_get(&record, "url", value, sizeof(value)), 0);
	assert_string_equal(value, service.url);
}

/* Everything as long as it can be, and of the worst bytes. */
static struct service longest(void)
{
	struct service service = MAKE("x", "");

	memset(service.instance, 1, sizeof(service.instance));
	service.instance_len = sizeof(service.instance);
	memset(service.host.wire, 1, sizeof(service.host.wire));
	for (size_t i = 0; i < 192; i += 64)
		service.host.wire[i] = 63;
	service.host.wire[192] = 61;
	service.host.wire[254] = 0;
	service.host.len = 255;
	memset(service.url, '~', SERVICE_URL_MAX - 1);
	memset(service.manifest, '~', SERVICE_URL_MAX - 1);
	memset(service.txt, 1, sizeof(service.txt));
	memcpy(service.txt, "\377version=", 9);
	service.txt[256] = 255;
	memcpy(service.txt + 256, "\377channel=", 9);
	service.txt_len = 512;
	service.n_addresses = SERVICE_ADDRESSES_MAX;
	for (unsigned int i = 0; i < SERVICE_ADDRESSES_MAX; i++) {
		service.addresses[i].is_ipv6 = true;
		memset(service.addresses[i].ipv6, 0xff, 16);
	}
	return service;
}

static void test_the_longest_fits(void **state)
{
	struct service service = longest();
	struct output_widths widths = { 0 };
	static uint8_t text[OUTPUT_LINE_MAX];
	struct record record;
	struct writer writer;
	char value[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	output_put_json(&writer, OUTPUT_SERVICE, "_abcdefghijklmno._tcp.local",
			&service, &wish);
	assert_false(writer_failed(&writer));
	writer_init(&writer, text, sizeof(text));
	output_measure_heading(&widths);
	output_measure(&widths, &service);
	output_put_row(&writer, &service, &wish, &widths, true);
	assert_false(writer_failed(&writer));
	/* A record keeps what it must, and leaves out what does not fit. */
	writer_init(&writer, text, sizeof(text));
	output_put_record(&writer, OUTPUT_SERVICE, &service, &wish, true);
	assert_false(writer_failed(&writer));
	assert_true(writer_len(&writer) <= RECORD_LINE_MAX + 1);
	assert_int_equal(
		record_parse((struct span){ text, writer_len(&writer) - 1 },
			     &record),
		0);
	assert_int_equal(record_get(&record, "instance", value, sizeof(value)),
			 0);
	assert_int_equal(record_get(&record, "host", value, sizeof(value)),
			 -ENOENT);
}

static void test_table(void **state)
{
	struct service one = MAKE("one", "\3a=b\3A=c\4f\033=\007");
	struct service two = MAKE("caf\xc3\xa9\x1b", "\12arch=amd64");
	struct output_widths widths = { 0 };
	struct writer writer;
	char text[2000];

	(void)state;
	two.health = SERVICE_UNCHECKED;
	two.url[0] = '\0';
	output_measure_heading(&widths);
	output_measure(&widths, &one);
	output_measure(&widths, &two);
	writer_init(&writer, text, sizeof(text));
	output_put_heading(&writer, &widths);
	output_put_row(&writer, &one, &wish, &widths, false);
	output_put_row(&writer, &two, &wish, &widths, false);
	assert_string_equal(
		text_end(&writer),
		"NAME      ADDRESS               NIC   HEALTH     TXT\n"
		"one       http://10.0.0.1:8080  eth0  ok 3ms     "
		"a=b f\\x1b=\\x07\n"
		"caf\xc3\xa9\\x1b  10.0.0.1:8080         eth0  unchecked  "
		"arch=amd64 (not for us)\n");
	writer_init(&writer, text, sizeof(text));
	output_put_row(&writer, &one, &wish, &widths, true);
	assert_true(strncmp(text_end(&writer), "\033[1mone", 7) == 0);
	assert_non_null(strstr(text, "\033[0m\n"));
}

static void test_done(void **state)
{
	struct writer writer;
	char text[200];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	output_put_done(&writer, 3, 2, 1500, 1);
	assert_string_equal(text_end(&writer),
			    "done found=3 suitable=2 elapsed-ms=1500 over=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_m22_json),
		cmocka_unit_test(test_m22_record_is_exact),
		cmocka_unit_test(test_the_longest_fits),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
