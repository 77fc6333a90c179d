/* dhcp/lease_json.c: the object of a lease. */
#include "test_dhcp_leases.h"

#include "dhcp/lease_json.h"

static void assert_object(const struct dhcp_lease *lease, const char *expected)
{
	char *buffer = malloc(strlen(expected));
	struct writer writer;

	assert_non_null(buffer);
	/* Exactly enough, and one byte too little. */
	writer_init(&writer, buffer, strlen(expected));
	dhcp_lease_write_json(&writer, "eth0", lease);
	assert_false(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), strlen(expected));
	assert_memory_equal(buffer, expected, strlen(expected));
	writer_init(&writer, buffer, strlen(expected) - 1);
	dhcp_lease_write_json(&writer, "eth0", lease);
	assert_true(writer_failed(&writer));
	free(buffer);
}

static void test_smallest(void **state UNUSED)
{
	assert_object(&small, "{\"interface\":\"eth0\","
			      "\"address\":\"10.0.2.15\",\"prefix\":24,"
			      "\"server\":\"10.0.2.2\",\"lease\":4294967295,"
			      "\"t1\":0,\"t2\":0}");
}

static void test_everything(void **state UNUSED)
{
	struct dhcp_lease lease = usual_lease();

	lease.routes[1].onlink = 1;
	assert_object(
		&lease,
		"{\"interface\":\"eth0\",\"address\":\"10.0.2.15\","
		"\"prefix\":24,\"server\":\"10.0.2.2\",\"lease\":3600,"
		"\"t1\":1800,\"t2\":3150,\"broadcast\":\"10.0.2.255\","
		"\"router\":\"10.0.2.2\",\"mtu\":1400,"
		"\"next_server\":\"10.0.2.4\","
		"\"dns\":[\"10.0.2.3\",\"1.1.1.1\"],\"ntp\":[\"10.0.2.5\"],"
		"\"routes\":[{\"destination\":\"1.2.3.4/32\"},"
		"{\"destination\":\"0.0.0.0/0\",\"gateway\":\"10.0.2.2\","
		"\"onlink\":true}],"
		"\"domain\":\"corp.example example.com\","
		"\"hostname\":\"node-7\",\"boot_file\":\"it's $(reboot)\","
		"\"tftp_server\":\"boot\",\"portal\":\"https://p/?a=b\","
		"\"vendor_class\":\"PXEClient\",\"vendor\":\"0001fe\","
		"\"search\":[\"a.example\",\"b.example\"],"
		"\"vendor_info\":\"00000009020100\","
		"\"fqdn\":\"node-7.example\",\"fqdn_flags\":5,"
		"\"www\":[\"10.0.2.80\",\"1.2.3.4\"],\"ipv6_only\":1800,"
		"\"max_size\":1500,\"client_id\":\"015254\","
		"\"options\":{\"17\":\"2f\",\"224\":\"\",\"252\":\"0aff\"}}");
}

static void test_d42_quotes_and_bytes_that_are_no_text(void **state UNUSED)
{
	struct dhcp_lease lease = small;

	set_raw(&lease.boot_file, span_of("a\"b\\\xff\xe2\x80\xae"));
	assert_object(&lease, "{\"interface\":\"eth0\","
			      "\"address\":\"10.0.2.15\",\"prefix\":24,"
			      "\"server\":\"10.0.2.2\",\"lease\":4294967295,"
			      "\"t1\":0,\"t2\":0,\"boot_file\":"
			      "\"a\\\"b\\\\\\u00ff\\u202e\"}");
}

static void test_beside_other_members(void **state UNUSED)
{
	uint8_t buffer[256];
	struct writer writer;
	struct json json;

	writer_init(&writer, buffer, sizeof(buffer));
	json_begin(&json, &writer);
	json_open(&json, '{');
	json_put(&json, "event", span_of("bound"));
	dhcp_lease_put_json(&json, "eth0", &small);
	json_put_i64(&json, "at", 7);
	json_close(&json, '}');
	assert_true(span_is(writer_span(&writer),
			    "{\"event\":\"bound\",\"interface\":\"eth0\","
			    "\"address\":\"10.0.2.15\",\"prefix\":24,"
			    "\"server\":\"10.0.2.2\",\"lease\":4294967295,"
			    "\"t1\":0,\"t2\":0,\"at\":7}"));
}

static void test_largest_fits_and_is_json(void **state UNUSED)
{
	struct dhcp_lease lease = largest_lease();
	static uint8_t buffer[DHCP_LEASE_JSON_MAX];
	struct json_reader reader;
	struct json_token token;
	struct writer writer;

	/* Six bytes each */
	memset(lease.boot_file.data, 0xff, DHCP_LEASE_RAW_MAX);
	memset(lease.tftp_server.data, 0xff, DHCP_LEASE_RAW_MAX);
	memset(lease.portal.data, 0xff, DHCP_LEASE_RAW_MAX);
	memset(lease.vendor_class.data, 0xff, DHCP_LEASE_RAW_MAX);
	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_json(&writer, "abcdefghijklmno", &lease);
	assert_false(writer_failed(&writer));
	json_reader_init(&reader, writer_span(&writer));
	do
		assert_int_equal(json_next(&reader, &token), 0);
	while (token.type != JSON_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_d42_quotes_and_bytes_that_are_no_text),
		cmocka_unit_test(test_beside_other_members),
		cmocka_unit_test(test_largest_fits_and_is_json),
	};

	return cmocka_run_group_tests_name("dhcp_lease_json", tests, NULL,
					   NULL);
}
