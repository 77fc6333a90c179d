/* dhcp/lease6.c: what a DHCPv6 server grants, checked. */
#include "test_dhcp6.h"

#include <errno.h>

#include "dhcp/lease6.h"

#define IAID 0x12345678

static const uint32_t iaid = IAID;
static struct dhcp_counters counters;
static struct dhcp_lease6 lease;
static uint16_t status;

/* Reads a REPLY of SERVER6 with OPTIONS. */
static int read_reply(struct span options, const uint32_t *id)
{
	uint8_t payload[2048];
	struct dhcp_message6 message;
	struct writer writer;
	struct span copy;
	int r;

	memset(&counters, 0, sizeof(counters));
	writer_init(&writer, payload, sizeof(payload));
	writer_be32(&writer, 0x07000001);
	put6(&writer, 2, SERVER6);
	writer_put(&writer, options);
	copy = on_heap(writer_span(&writer));
	assert_int_equal(dhcp_message6_read(copy, &counters, &message), 0);
	status = dhcp_lease6_status(&message, id);
	r = dhcp_lease6_read(&message, id, &counters, &lease);
	free_span(copy);
	if (r == 0)
		assert_true(dhcp_lease6_is_valid(&lease));
	return r;
}

/* The same of an address with these numbers. */
static int read_address(const struct dhcp_ip6 *address, uint32_t preferred_s,
			uint32_t valid_s, uint32_t t1_s, uint32_t t2_s)
{
	uint8_t inner[64], outer[128];
	struct writer in, out;

	writer_init(&in, inner, sizeof(inner));
	put6_address(&in, address, preferred_s, valid_s);
	writer_init(&out, outer, sizeof(outer));
	put6_ia(&out, IAID, t1_s, t2_s, writer_span(&in));
	return read_reply(writer_span(&out), &iaid);
}

static void test_address(void **state UNUSED)
{
	assert_int_equal(read_address(&ip6_address, 1800, 3600, 900, 1440), 0);
	assert_int_equal(lease.has_address, 1);
	assert_memory_equal(&lease.address, &ip6_address, 16);
	assert_int_equal(lease.times.preferred_s, 1800);
	assert_int_equal(lease.times.valid_s, 3600);
	assert_int_equal(lease.times.t1_s, 900);
	assert_int_equal(lease.times.t2_s, 1440);
	assert_int_equal(lease.server_len, SERVER6.len);
	assert_memory_equal(lease.server, SERVER6.data, SERVER6.len);
	assert_int_equal(status, 0);
}

/* D29 */
static void test_d29_impossible_addresses(void **state UNUSED)
{
	static const struct dhcp_ip6 addresses[] = {
		{ { 0 } },
		{ { [15] = 1 } },
		{ { 0xff, 0x0e, [15] = 1 } },
		{ { 0xfe, 0x80, [15] = 1 } },
		{ { [10] = 0xff, 0xff, 1, 2, 3, 4 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		assert_int_equal(read_address(&addresses[i], 1, 1, 0, 0),
				 -EBADMSG);
		assert_int_equal(counters.n[DHCP_COUNT_BAD_ADDRESS], 1);
		assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 1);
	}
}

/* D14, D16: lifetimes and T1, T2. */
static void test_d14_d16_times(void **state UNUSED)
{
	static const struct {
		uint32_t preferred_s, valid_s, t1_s, t2_s;
		int result;
	} cases[] = {
		{ 0, 1, 0, 0, 0 },
		{ 1, 1, 0, 0, 0 },
		{ 2, 1, 0, 0, -EBADMSG },
		{ 0, 0, 0, 0, -EADDRNOTAVAIL },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0 },
		{ 100, 200, 51, 50, -EBADMSG },
		{ 100, 200, 50, 50, 0 },
		{ 100, 200, 50, 0, 0 },
		{ 100, 200, 0, 50, 0 },
		{ 100, 200, 500, 600, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(read_address(&ip6_address,
					      cases[i].preferred_s,
					      cases[i].valid_s, cases[i].t1_s,
					      cases[i].t2_s),
				 cases[i].result);
}

static void test_right_ia_and_first_address(void **state UNUSED)
{
	uint8_t inner[256], outer[512];
	struct writer in, out;

	writer_init(&out, outer, sizeof(outer));
	/* Another's, one that is cut, and ours. */
	writer_init(&in, inner, sizeof(inner));
	put6_address(&in, &ip6_router, 10, 10);
	put6_ia(&out, IAID + 1, 1, 1, writer_span(&in));
	put6(&out, 3, BYTES(0x12, 0x34, 0x56, 0x78, 0, 0));
	writer_init(&in, inner, sizeof(inner));
	put6(&in, 99, BYTES(1, 2, 3));
	put6_address(&in, &ip6_router, 10, 10);
	put6(&in, 5, BYTES(1, 2, 3));
	put6_address(&in, &ip6_address, 10, 20);
	put6_address(&in, &ip6_other, 10, 20);
	put6_ia(&out, IAID, 0, 0, writer_span(&in));
	assert_int_equal(read_reply(writer_span(&out), &iaid), 0);
	assert_memory_equal(&lease.address, &ip6_address, 16);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 2);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 1);
	/* None of ours at all. */
	writer_init(&out, outer, sizeof(outer));
	put6_ia(&out, IAID + 1, 1, 1, writer_span(&in));
	assert_int_equal(read_reply(writer_span(&out), &iaid), -EBADMSG);
}

static void test_status(void **state UNUSED)
{
	uint8_t inner[256], outer[512];
	struct writer in, out;

	writer_init(&in, inner, sizeof(inner));
	put6(&in, 13, BYTES(0, 2, 'n', 'o'));
	writer_init(&out, outer, sizeof(outer));
	put6_ia(&out, IAID, 0, 0, writer_span(&in));
	assert_int_equal(read_reply(writer_span(&out), &iaid), -EBADMSG);
	assert_int_equal(status, DHCP_STATUS6_NO_ADDRESSES);
	/* Of the whole, which comes first. */
	put6(&out, 13, BYTES(0, 4));
	assert_int_equal(read_reply(writer_span(&out), &iaid), -EBADMSG);
	assert_int_equal(status, DHCP_STATUS6_NOT_ON_LINK);
	/* Of an address. */
	writer_init(&in, inner, sizeof(inner));
	put6_address(&in, &ip6_address, 10, 20);
	writer_put(&in, BYTES(0, 13, 0, 2, 0, 1));
	inner[3] = 24 + 6;
	writer_init(&out, outer, sizeof(outer));
	put6_ia(&out, IAID, 0, 0, writer_span(&in));
	assert_int_equal(read_reply(writer_span(&out), &iaid), -EBADMSG);
	assert_int_equal(status, 0);
}

static void test_everything(void **state UNUSED)
{
	uint8_t options[512];
	struct writer out;

	writer_init(&out, options, sizeof(options));
	writer_put(&out, BYTES(0, 23, 0, 32));
	writer_bytes(&out, &ip6_router, 16);
	writer_bytes(&out, &ip6_address, 16);
	put6(&out, 24, BYTES(1, 'a', 1, 'b', 0, 3, 'c', 'o', 'm', 0));
	writer_put(&out, BYTES(0, 56, 0, 29, 0, 3, 0, 5, 1, 'n', 1, 'a', 0, 0,
			       1, 0, 16));
	writer_bytes(&out, &ip6_other, 16);
	put6(&out, 59, span_of("tftp://[2001:db8::1]/boot"));
	put6(&out, 60, BYTES(0, 3, 'a', '=', 'b', 0, 1, 'c'));
	put6(&out, 103, span_of("https://portal/"));
	put6(&out, 17, BYTES(0, 0, 1, 2, 0, 1, 0, 1, 9));
	put6_u32(&out, 32, 700);
	put6(&out, 12, BYTES(1)); /* unicast: ignored */
	put6(&out, 4000, BYTES(1));
	assert_int_equal(read_reply(writer_span(&out), NULL), 0);
	assert_int_equal(lease.has_address, 0);
	assert_int_equal(lease.n_dns, 2);
	assert_memory_equal(&lease.dns[0], &ip6_router, 16);
	assert_memory_equal(&lease.dns[1], &ip6_address, 16);
	assert_string_equal(lease.domain, "a.b com");
	assert_int_equal(lease.n_ntp, 1);
	assert_memory_equal(&lease.ntp[0], &ip6_other, 16);
	assert_true(span_is(dhcp_raw_span(&lease.boot_file),
			    "tftp://[2001:db8::1]/boot"));
	assert_true(span_is(dhcp_raw_span(&lease.boot_params), "a=b c"));
	assert_true(span_is(dhcp_raw_span(&lease.portal), "https://portal/"));
	assert_int_equal(lease.vendor.len, 9);
	assert_int_equal(lease.times.refresh_s, 700);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 0);
}

/* D42, D13: each option that is broken is left out, and the rest is used. */
static void test_d42_broken_options(void **state UNUSED)
{
	static const struct {
		uint16_t code;
		uint16_t len;
		uint8_t value[12];
	} broken[] = {
		{ 23, 0, { 0 } },
		{ 23, 12, { 0x20 } },
		{ 24, 4, { 2, 'a', '\n', 0 } },
		{ 24, 3, { 5, 'a', 0 } },
		{ 24, 2, { 0xc0, 0 } },
		{ 56, 3, { 0, 1, 0 } },
		{ 56, 6, { 0, 1, 0, 2, 1, 2 } },
		{ 59, 0, { 0 } },
		{ 59, 3, { 'a', '\n', 'b' } },
		{ 60, 3, { 0, 5, 'a' } },
		{ 60, 3, { 0, 1, '\n' } },
		{ 60, 0, { 0 } },
		{ 103, 2, { 'a', 0 } },
		{ 17, 3, { 0, 0, 0 } },
		{ 32, 3, { 0, 0, 0 } },
	};
	uint8_t options[128];
	struct writer out;

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		writer_init(&out, options, sizeof(options));
		put6(&out, broken[i].code,
		     (struct span){ broken[i].value, broken[i].len });
		put6(&out, 31, BYTES(1));
		assert_int_equal(read_reply(writer_span(&out), NULL), 0);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
		assert_int_equal(lease.n_dns + lease.n_ntp +
					 lease.boot_file.len +
					 lease.boot_params.len +
					 lease.portal.len + lease.vendor.len,
				 0);
		assert_string_equal(lease.domain, "");
	}
}

static void test_more_than_there_is_room_for(void **state UNUSED)
{
	uint8_t options[1800], names[400];
	struct writer out, list;

	writer_init(&out, options, sizeof(options));
	writer_put(&out, BYTES(0, 23, 0, 16 * 7));
	writer_bytes(&out, IP6(0xff, 2).bytes, 16);
	for (unsigned int i = 0; i < 6; i++)
		writer_bytes(&out, &ip6_address, 16);
	writer_init(&list, names, sizeof(names));
	for (unsigned int i = 0; i < 6; i++) {
		writer_u8(&list, 62);
		writer_fill(&list, 'a' + (uint8_t)i, 62);
		writer_u8(&list, 0);
	}
	put6(&out, 24, writer_span(&list));
	writer_be16(&out, 59);
	writer_be16(&out, DHCP_LEASE_RAW_MAX + 1);
	writer_fill(&out, 'u', DHCP_LEASE_RAW_MAX + 1);
	writer_be16(&out, 60);
	writer_be16(&out, 302);
	writer_be16(&out, 300);
	writer_fill(&out, 'p', 300);
	assert_int_equal(read_reply(writer_span(&out), NULL), 0);
	assert_int_equal(lease.n_dns, DHCP_LEASE6_DNS_MAX);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 2);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 1);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 3);
	/* Whole names only. */
	assert_int_equal(strlen(lease.domain), 4 * 63 - 1);
	assert_int_equal(lease.boot_file.len + lease.boot_params.len, 0);
}

static void test_first_of_each_counts(void **state UNUSED)
{
	uint8_t options[128];
	struct writer out;

	writer_init(&out, options, sizeof(options));
	put6(&out, 59, span_of("first"));
	put6(&out, 59, span_of("second"));
	put6(&out, 17, BYTES(0, 0, 0, 1));
	put6(&out, 17, BYTES(0, 0, 0, 2));
	assert_int_equal(read_reply(writer_span(&out), NULL), 0);
	assert_true(span_is(dhcp_raw_span(&lease.boot_file), "first"));
	assert_int_equal(lease.vendor.data[3], 1);
}

static void test_no_server(void **state UNUSED)
{
	struct dhcp_message6 message = { .type = 7 };

	memset(&counters, 0, sizeof(counters));
	assert_int_equal(dhcp_lease6_read(&message, NULL, &counters, &lease),
			 -EBADMSG);
	assert_int_equal(counters.n[DHCP_COUNT_SERVER_ID], 1);
}

static void test_same(void **state UNUSED)
{
	struct dhcp_lease6 a;

	assert_int_equal(read_address(&ip6_address, 10, 20, 0, 0), 0);
	a = lease;
	assert_int_equal(read_address(&ip6_address, 15, 30, 1, 2), 0);
	assert_true(dhcp_lease6_same(&a, &lease));
	assert_int_equal(read_address(&ip6_other, 10, 20, 0, 0), 0);
	assert_false(dhcp_lease6_same(&a, &lease));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_d29_impossible_addresses),
		cmocka_unit_test(test_d14_d16_times),
		cmocka_unit_test(test_right_ia_and_first_address),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_d42_broken_options),
		cmocka_unit_test(test_more_than_there_is_room_for),
		cmocka_unit_test(test_first_of_each_counts),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests_name("dhcp_lease6", tests, NULL, NULL);
}
