/* dhcp/lease6_text.c: the record, the file and the JSON of a DHCPv6 lease. */
#include "test_dhcp6.h"

#include "base/record.h"
#include "dhcp/lease6_text.h"

static void set_raw(struct dhcp_raw *raw, struct span value)
{
	memcpy(raw->data, value.data, value.len);
	raw->len = (uint16_t)value.len;
}

static struct dhcp_lease6 usual_lease(void)
{
	struct dhcp_lease6 lease = { .has_address = 1, .server_len = 3 };

	memcpy(lease.server, "\x01\x02\xff", 3);
	lease.address = ip6_address;
	lease.times = (struct dhcp_times6){ 1800, UINT32_MAX, 0, 1440, 0 };
	lease.n_dns = 2;
	lease.dns[0] = ip6_router;
	lease.dns[1] = ip6_other;
	lease.n_ntp = 1;
	lease.ntp[0] = ip6_other;
	strcpy(lease.domain, "a.example b");
	set_raw(&lease.boot_file, span_of("it's $(reboot)"));
	set_raw(&lease.boot_params, span_of("a=b \"c\""));
	set_raw(&lease.portal, span_of("https://p/"));
	set_raw(&lease.vendor, BYTES(0, 1, 0xfe));
	return lease;
}

static void write_json(struct writer *writer, const char *interface,
		       const struct dhcp_lease6 *lease)
{
	struct json json;

	json_begin(&json, writer);
	dhcp_lease6_write_json(&json, interface, lease);
}

static void assert_written(void (*write)(struct writer *, const char *,
					 const struct dhcp_lease6 *),
			   const struct dhcp_lease6 *lease,
			   const char *expected)
{
	char *buffer = malloc(strlen(expected));
	struct writer writer;

	assert_non_null(buffer);
	/* Exactly enough, and one byte too little. */
	writer_init(&writer, buffer, strlen(expected));
	write(&writer, "eth0", lease);
	assert_int_equal(writer_len(&writer), strlen(expected));
	assert_memory_equal(buffer, expected, strlen(expected));
	assert_false(writer_failed(&writer));
	writer_init(&writer, buffer, strlen(expected) - 1);
	write(&writer, "eth0", lease);
	assert_true(writer_failed(&writer));
	free(buffer);
}

static void test_information_only(void **state UNUSED)
{
	struct dhcp_lease6 lease = { .server_len = 1 };

	assert_written(dhcp_lease6_write_record, &lease,
		       "lease6 interface=eth0\n");
	assert_written(dhcp_lease6_write_file, &lease,
		       "interface='eth0'\nserver='00'\n");
	assert_written(write_json, &lease,
		       "{\"interface\":\"eth0\",\"dns\":[],\"ntp\":[],"
		       "\"server\":\"00\"}");
}

static void test_d42_everything(void **state UNUSED)
{
	struct dhcp_lease6 lease = usual_lease();

	assert_written(dhcp_lease6_write_record, &lease,
		       "lease6 interface=eth0 address=2001:db8::1234 "
		       "prefix=128 preferred=1800 valid=4294967295 t1=0 "
		       "t2=1440 dns=fe80::1%25eth0,2001:db8::1235 "
		       "ntp=2001:db8::1235 domain=a.example%20b "
		       "boot-file=it%27s%20%24%28reboot%29\n");
	assert_written(dhcp_lease6_write_file, &lease,
		       "interface='eth0'\n"
		       "address='2001:db8::1234'\n"
		       "prefix='128'\n"
		       "preferred='1800'\n"
		       "valid='4294967295'\n"
		       "t1='0'\n"
		       "t2='1440'\n"
		       "dns='fe80::1%eth0 2001:db8::1235'\n"
		       "ntp='2001:db8::1235'\n"
		       "domain='a.example b'\n"
		       "boot_file='it'\\''s $(reboot)'\n"
		       "server='0102ff'\n"
		       "boot_params='a=b \"c\"'\n"
		       "portal='https://p/'\n"
		       "vendor='0001fe'\n");
	assert_written(
		write_json, &lease,
		"{\"interface\":\"eth0\",\"address\":\"2001:db8::1234\","
		"\"prefix\":128,\"preferred\":1800,"
		"\"valid\":4294967295,\"t1\":0,\"t2\":1440,"
		"\"dns\":[\"fe80::1%eth0\",\"2001:db8::1235\"],"
		"\"ntp\":[\"2001:db8::1235\"],"
		"\"domain\":\"a.example b\","
		"\"boot_file\":\"it's $(reboot)\","
		"\"server\":\"0102ff\",\"boot_params\":\"a=b \\\"c\\\"\","
		"\"portal\":\"https://p/\",\"vendor\":\"0001fe\"}");
}

/* Every field as long as it can be. */
static void test_largest_fits(void **state UNUSED)
{
	uint8_t file[DHCP_LEASE6_FILE_MAX], line[RECORD_LINE_MAX + 1];
	struct dhcp_lease6 lease;
	struct writer writer;
	struct record record;
	struct span span;
	char value[512];

	memset(&lease, 0xff, sizeof(lease));
	lease.has_address = 1;
	lease.server_len = DHCP_DUID_MAX;
	lease.n_dns = lease.n_ntp = 4;
	for (unsigned int i = 0; i < 4; i++) {
		lease.dns[i].bytes[0] = lease.ntp[i].bytes[0] = 0xfe;
		lease.dns[i].bytes[1] = lease.ntp[i].bytes[1] = 0x80;
	}
	/* What dhcp_name6_is_list() allows. */
	for (unsigned int i = 0; i < sizeof(lease.domain); i++)
		lease.domain[i] = i % 2 ? ' ' : 'a';
	lease.domain[sizeof(lease.domain) - 1] = '\0';
	memset(lease.boot_file.data, '\'', DHCP_LEASE_RAW_MAX);
	memset(lease.boot_params.data, '\'', DHCP_LEASE_RAW_MAX);
	memset(lease.portal.data, '\'', DHCP_LEASE_RAW_MAX);
	lease.boot_file.len = lease.boot_params.len = lease.portal.len =
		lease.vendor.len = DHCP_LEASE_RAW_MAX;
	writer_init(&writer, file, sizeof(file));
	dhcp_lease6_write_file(&writer, "abcdefghijklmno", &lease);
	assert_false(writer_failed(&writer));
	writer_init(&writer, line, sizeof(line));
	dhcp_lease6_write_record(&writer, "abcdefghijklmno", &lease);
	assert_false(writer_failed(&writer));
	span = writer_span(&writer);
	span.len--;
	assert_int_equal(record_parse(span, &record), 0);
	assert_int_equal(record_get(&record, "boot-file", value, sizeof(value)),
			 0);
	assert_int_equal(strlen(value), DHCP_LEASE_RAW_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_information_only),
		cmocka_unit_test(test_d42_everything),
		cmocka_unit_test(test_largest_fits),
	};

	return cmocka_run_group_tests_name("dhcp_lease6_text", tests, NULL,
					   NULL);
}
