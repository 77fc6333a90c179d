/* discover/output.c: JSON, records, and the words of all forms. */
#include <errno.h>

#include "base/json.h"
#include "base/record.h"
#include "base/text.h"
#include "discover/output.h"
#include "tests/unit/test_discover_service_of.h"

static const struct service_wish wish = { .arch = "arm64" };

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
		"{\"event\":\"service\",\"source\":\"mdns\","
		"\"kind\":\"service\",\"type\":\"_x._tcp\",\"domain\":null,"
		"\"instance\":\"one\",\"interface\":\"eth0\","
		"\"host\":\"box.local\",\"addresses\":[\"10.0.0.1\"],"
		"\"port\":8080,\"priority\":0,\"weight\":0,"
		"\"url\":\"http://10.0.0.1:8080\","
		"\"manifest\":\"http://10.0.0.1:8080/manifest.json\","
		"\"manifest_state\":\"unchecked\","
		"\"channel\":null,\"arch\":\"x86_64\",\"version\":null,"
		"\"health\":\"ok\",\"latency_ms\":3,\"near\":true,"
		"\"suitable\":false,"
		"\"txt\":{\"arch\":\"amd64\",\"flag\":true,\"a\":\"1\"}}\n");
}

/* The schema of the manual: these members, in this order, whatever is told. */
static const char *const members[] = {
	"event",    "source",	 "kind",    "type",	 "domain",
	"instance", "interface", "host",    "addresses", "port",
	"priority", "weight",	 "url",	    "manifest",	 "manifest_state",
	"channel",  "arch",	 "version", "health",	 "latency_ms",
	"near",	    "suitable",	 "txt",
};

/* Reads LINE with the strict reader; RET_NULLS has a bit for each member that
 * is null, and VALUE what WANTED says. */
static uint32_t check_schema(struct span line, const char *wanted, char *value,
			     size_t size)
{
	struct json_reader reader;
	struct json_token token;
	uint32_t nulls = 0;

	json_reader_init(&reader, line);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_OBJECT);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		assert_int_equal(json_next(&reader, &token), 0);
		assert_int_equal(token.type, JSON_KEY);
		assert_true(json_is(token.text, members[i]));
		assert_int_equal(json_next(&reader, &token), 0);
		if (token.type == JSON_NULL)
			nulls |= 1u << i;
		if (token.type == JSON_STRING && wanted &&
		    strcmp(wanted, members[i]) == 0)
			assert_int_equal(json_copy(value, size, token.text), 0);
		assert_int_equal(json_skip(&reader, token), 0);
	}
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_OBJECT_END);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_END);
	return nulls;
}

static bool is_null(uint32_t nulls, const char *member)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (strcmp(member, members[i]) == 0)
			return nulls >> i & 1;
	}
	fail_msg("%s", member);
	return false;
}

static uint32_t schema_of(const struct service *service, const char *wanted,
			  char *value, size_t size)
{
	static uint8_t text[OUTPUT_LINE_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	output_put_json(&writer, OUTPUT_CHANGED, "_x._tcp", service, &wish);
	assert_false(writer_failed(&writer));
	return check_schema(writer_span(&writer), wanted, value, size);
}

static void test_m22_schema(void **state)
{
	static const char *const never_null[] = {
		"event",	  "source", "kind", "type",	"addresses",
		"manifest_state", "health", "near", "suitable", "txt",
	};
	struct dns_name types = name_of("_services._dns-sd._udp.local");
	struct dns_name sub = name_of("_a._sub._ipp._tcp.example.com");
	struct service services[] = { MAKE("one", ""), MAKE(hostile, "\1\xff"),
				      longest() };
	struct service bare = { .source = SERVICE_GATEWAY };
	char value[600] = "";
	uint32_t nulls;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		schema_of(&services[i], NULL, NULL, 0);
	nulls = schema_of(&bare, "type", value, sizeof(value));
	assert_string_equal(value, "_x._tcp");
	for (size_t i = 0; i < ARRAY_SIZE(never_null); i++)
		assert_false(is_null(nulls, never_null[i]));
	assert_int_equal(__builtin_popcount(nulls),
			 ARRAY_SIZE(members) - ARRAY_SIZE(never_null));
	/* A name that was browsed is told with its domain apart. */
	services[0].type = &sub;
	schema_of(&services[0], "type", value, sizeof(value));
	assert_string_equal(value, "_a._sub._ipp._tcp");
	schema_of(&services[0], "domain", value, sizeof(value));
	assert_string_equal(value, "example.com");
	/* A type has the name of one where others have an instance's. */
	services[0] = MAKE("_ipp._tcp", "");
	services[0].kind = SERVICE_KIND_TYPE;
	services[0].type = &types;
	nulls = schema_of(&services[0], "type", value, sizeof(value));
	assert_string_equal(value, "_ipp._tcp");
	assert_true(is_null(nulls, "instance") && is_null(nulls, "host") &&
		    is_null(nulls, "port") && is_null(nulls, "priority"));
	services[0].kind = SERVICE_KIND_HOST;
	nulls = schema_of(&services[0], "host", value, sizeof(value));
	assert_string_equal(value, "box.local");
	assert_true(is_null(nulls, "type") && is_null(nulls, "port"));
	services[0] = MAKE("uuid:1", "\12st=urn:a:b");
	services[0].source = SERVICE_SSDP;
	nulls = schema_of(&services[0], "type", value, sizeof(value));
	assert_string_equal(value, "urn:a:b");
	assert_true(is_null(nulls, "weight") && !is_null(nulls, "port"));
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

static void test_the_longest_fits(void **state)
{
	struct service service = longest();
	static uint8_t text[OUTPUT_LINE_MAX];
	struct record record;
	struct writer writer;
	char value[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	output_put_json(&writer, OUTPUT_SERVICE, "_abcdefghijklmno._tcp.local",
			&service, &wish);
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

static void check_words(const struct service *service, const char *location,
			const char *addresses)
{
	char text[OUTPUT_LINE_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	output_put_location(&writer, service);
	assert_string_equal(text_end(&writer), location);
	writer_init(&writer, text, sizeof(text));
	output_put_addresses(&writer, service);
	assert_string_equal(text_end(&writer), addresses);
}

static void test_words(void **state)
{
	struct service service = MAKE("one", "");

	(void)state;
	check_words(&service, "http://10.0.0.1:8080", "10.0.0.1");
	service.url[0] = '\0';
	check_words(&service, "10.0.0.1:8080", "10.0.0.1");
	service.n_addresses = 2;
	service.addresses[1].is_ipv6 = true;
	service.addresses[1].ipv6[0] = 0xfe;
	service.addresses[1].ipv6[1] = 0x80;
	service.address = 1;
	check_words(&service, "[fe80::%eth0]:8080", "10.0.0.1, fe80::");
	service.port = 0;
	check_words(&service, "[fe80::%eth0]", "10.0.0.1, fe80::");
	service.n_addresses = 0;
	check_words(&service, "", "");
	assert_string_equal(output_event_name(OUTPUT_SERVICE), "service");
	assert_string_equal(output_event_name(OUTPUT_LOST), "lost");
}

static void test_record_of_a_type(void **state)
{
	struct dns_name types = name_of("_services._dns-sd._udp.local");
	struct service service = MAKE("_ipp._tcp", "");
	struct writer writer;
	char text[400];

	(void)state;
	service.kind = SERVICE_KIND_TYPE;
	service.type = &types;
	service.health = SERVICE_UNCHECKED;
	service.n_addresses = 0;
	service.port = 0;
	service.url[0] = service.manifest[0] = '\0';
	writer_init(&writer, text, sizeof(text));
	output_put_record(&writer, OUTPUT_LOST, &service, &wish, false);
	assert_string_equal(text_end(&writer),
			    "lost source=mdns suitable=yes best=no "
			    "health=unchecked kind=type near=yes "
			    "interface=eth0 type=_ipp._tcp domain=local\n");
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
		cmocka_unit_test(test_m22_schema),
		cmocka_unit_test(test_m22_json),
		cmocka_unit_test(test_m22_record_is_exact),
		cmocka_unit_test(test_the_longest_fits),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_record_of_a_type),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
