/* dhcp/lease_text.c: the record and the file of a lease. */
#include "test_dhcp_leases.h"

#include "base/record.h"
#include "dhcp/lease_text.h"

static void assert_written(void (*write)(struct writer *, const char *,
					 const struct dhcp_lease *),
			   const struct dhcp_lease *lease, const char *expected)
{
	char *buffer = malloc(strlen(expected));
	struct writer writer;

	assert_non_null(buffer);
	/* Exactly enough, and one byte too little. */
	writer_init(&writer, buffer, strlen(expected));
	write(&writer, "eth0", lease);
	assert_false(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), strlen(expected));
	assert_memory_equal(buffer, expected, strlen(expected));
	writer_init(&writer, buffer, strlen(expected) - 1);
	write(&writer, "eth0", lease);
	assert_true(writer_failed(&writer));
	free(buffer);
}

static void test_smallest_record(void **state UNUSED)
{
	assert_written(dhcp_lease_write_record, &small,
		       "lease interface=eth0 address=10.0.2.15 prefix=24 "
		       "server=10.0.2.2 lease=4294967295 t1=0 t2=0\n");
}

static void test_smallest_file(void **state UNUSED)
{
	assert_written(dhcp_lease_write_file, &small,
		       "interface='eth0'\n"
		       "address='10.0.2.15'\n"
		       "prefix='24'\n"
		       "server='10.0.2.2'\n"
		       "lease='4294967295'\n"
		       "t1='0'\n"
		       "t2='0'\n");
}

static void test_file_of_everything(void **state UNUSED)
{
	struct dhcp_lease lease = usual_lease();

	assert_written(dhcp_lease_write_file, &lease,
		       "interface='eth0'\n"
		       "address='10.0.2.15'\n"
		       "prefix='24'\n"
		       "server='10.0.2.2'\n"
		       "lease='3600'\n"
		       "t1='1800'\n"
		       "t2='3150'\n"
		       "broadcast='10.0.2.255'\n"
		       "router='10.0.2.2'\n"
		       "mtu='1400'\n"
		       "next_server='10.0.2.4'\n"
		       "dns='10.0.2.3 1.1.1.1'\n"
		       "ntp='10.0.2.5'\n"
		       "routes='1.2.3.4/32 0.0.0.0/0:10.0.2.2'\n"
		       "domain='corp.example example.com'\n"
		       "hostname='node-7'\n"
		       "boot_file='it'\\''s $(reboot)'\n"
		       "tftp_server='boot'\n"
		       "portal='https://p/?a=b'\n"
		       "vendor_class='PXEClient'\n"
		       "vendor='0001fe'\n"
		       "search='a.example b.example'\n"
		       "vendor_info='00000009020100'\n"
		       "fqdn='node-7.example'\n"
		       "fqdn_flags='5'\n"
		       "www='10.0.2.80 1.2.3.4'\n"
		       "ipv6_only='1800'\n"
		       "max_size='1500'\n"
		       "client_id='015254'\n"
		       "option_17='2f'\n"
		       "option_224=''\n"
		       "option_252='0aff'\n");
}

static void test_record_of_everything(void **state UNUSED)
{
	static const struct {
		const char *key, *value;
	} expected[] = {
		{ "interface", "eth0" },
		{ "address", "10.0.2.15" },
		{ "prefix", "24" },
		{ "server", "10.0.2.2" },
		{ "lease", "3600" },
		{ "t1", "1800" },
		{ "t2", "3150" },
		{ "broadcast", "10.0.2.255" },
		{ "router", "10.0.2.2" },
		{ "mtu", "1400" },
		{ "next-server", "10.0.2.4" },
		{ "dns", "10.0.2.3,1.1.1.1" },
		{ "ntp", "10.0.2.5" },
		{ "routes", "1.2.3.4/32,0.0.0.0/0:10.0.2.2" },
		{ "domain", "corp.example example.com" },
		{ "hostname", "node-7" },
		{ "boot-file", "it's $(reboot)" },
		{ "tftp-server", "boot" },
		{ "portal", "https://p/?a=b" },
		{ "vendor-class", "PXEClient" },
		{ "vendor", "0001fe" },
		{ "search", "a.example b.example" },
		{ "vendor-info", "00000009020100" },
	};
	struct dhcp_lease lease = usual_lease();
	uint8_t buffer[RECORD_LINE_MAX + 1];
	char value[256];
	struct writer writer;
	struct record record;
	struct span line;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_record(&writer, "eth0", &lease);
	line = writer_span(&writer);
	assert_true(line.len > 0);
	assert_int_equal(line.data[line.len - 1], '\n');
	line.len--;
	assert_int_equal(record_parse(line, &record), 0);
	assert_true(span_is(record.event, "lease"));
	assert_int_equal(record.n_fields, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_true(span_is(record.fields[i].key, expected[i].key));
		assert_int_equal(record_get(&record, expected[i].key, value,
					    sizeof(value)),
				 0);
		assert_string_equal(value, expected[i].value);
	}
}

static void test_largest_record_says_what_it_left_out(void **state UNUSED)
{
	struct dhcp_lease lease = largest_lease();
	uint8_t buffer[RECORD_LINE_MAX + 1];
	struct writer writer;
	struct record record;
	uint64_t omitted = 0;
	struct span line;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_record(&writer, "abcdefghijklmno", &lease);
	line = writer_span(&writer);
	assert_true(line.len > 1);
	line.len--;
	assert_true(line.len <= RECORD_LINE_MAX);
	assert_int_equal(record_parse(line, &record), 0);
	assert_int_equal(record_get_u64(&record, "omitted", 9, &omitted), 0);
	/* 14 that are always there, what is left of the 9, and this one. */
	assert_int_equal(record.n_fields, 14 + 9 - omitted + 1);
	assert_true(record.n_fields > 15);
	/* A larger buffer does not make a longer record. */
	{
		uint8_t big[3 * RECORD_LINE_MAX];
		struct writer other;

		writer_init(&other, big, sizeof(big));
		dhcp_lease_write_record(&other, "abcdefghijklmno", &lease);
		assert_true(
			span_equal(writer_span(&other), writer_span(&writer)));
	}
}

static void test_largest_file_fits(void **state UNUSED)
{
	struct dhcp_lease lease = largest_lease();
	uint8_t buffer[DHCP_LEASE_FILE_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_file(&writer, "abcdefghijklmno", &lease);
	assert_false(writer_failed(&writer));
	/* One more byte would be an array that is too small for another. */
	assert_true(writer_room(&writer) < 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest_record),
		cmocka_unit_test(test_smallest_file),
		cmocka_unit_test(test_file_of_everything),
		cmocka_unit_test(test_record_of_everything),
		cmocka_unit_test(test_largest_record_says_what_it_left_out),
		cmocka_unit_test(test_largest_file_fits),
	};

	return cmocka_run_group_tests_name("dhcp_lease_text", tests, NULL,
					   NULL);
}
