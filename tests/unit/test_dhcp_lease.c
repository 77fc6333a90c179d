/* dhcp/lease.c: what may be bound. Rows D14, D15, D29 to D33 and D42. */
#include "test_dhcp_lease.h"

static void test_a_plain_lease(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 3, SERVER);
	put_option(&reply->more, 6, BYTES(10, 0, 2, 3, 1, 1, 1, 1));
	put_option(&reply->more, 42, BYTES(10, 0, 2, 5));
	put_text(&reply->more, 15, "example.com");
	put_text(&reply->more, 12, "node-7");
	put_u32(&reply->more, 58, 1000);
	put_u32(&reply->more, 59, 2000);
	accept(reply);
	assert_int_equal(lease.address, ADDRESS);
	assert_int_equal(lease.prefix, 24);
	assert_int_equal(lease.server_id, SERVER);
	assert_int_equal(lease.broadcast, IP(10, 0, 2, 255));
	assert_int_equal(lease.router, SERVER);
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.routes[0].prefix, 0);
	assert_int_equal(lease.routes[0].destination, 0);
	assert_int_equal(lease.routes[0].gateway, SERVER);
	assert_false(lease.routes[0].onlink);
	assert_int_equal(lease.n_dns, 2);
	assert_int_equal(lease.dns[0], IP(10, 0, 2, 3));
	assert_int_equal(lease.dns[1], IP(1, 1, 1, 1));
	assert_int_equal(lease.n_ntp, 1);
	assert_string_equal(lease.domain, "example.com");
	assert_string_equal(lease.hostname, "node-7");
	assert_int_equal(lease.mtu, 0);
	assert_int_equal(lease.lease_s, 3600);
	assert_int_equal(lease.t1_s, 1000);
	assert_int_equal(lease.t2_s, 2000);
	assert_nothing_counted();
}

static void test_d4_server_id_missing_or_impossible(void **state UNUSED)
{
	struct reply *reply = new_reply();

	reply->server = 0;
	reject(reply, DHCP_COUNT_SERVER_ID);
	put_option(&reply->more, 54, BYTES(10, 0, 2));
	reject(reply, DHCP_COUNT_SERVER_ID);
	reply = new_reply();
	reply->server = EVERYBODY;
	reject(reply, DHCP_COUNT_SERVER_ID);
}

static void test_d14_no_lease_time_or_zero(void **state UNUSED)
{
	struct reply *reply = new_reply();

	reply->seconds = 0;
	reject(reply, DHCP_COUNT_BAD_LEASE_TIME);
	put_u32(&reply->more, 51, 0);
	reject(reply, DHCP_COUNT_BAD_LEASE_TIME);
	reply = new_reply();
	reply->seconds = 0;
	put_option(&reply->more, 51, BYTES(1, 2, 3));
	reject(reply, DHCP_COUNT_BAD_LEASE_TIME);
	reply->seconds = 3600; /* joined: seven bytes */
	reject(reply, DHCP_COUNT_BAD_LEASE_TIME);
	reply = new_reply();
	reply->seconds = 1;
	accept(reply);
}

static void test_d29_impossible_addresses(void **state UNUSED)
{
	static const uint32_t bad[] = {
		0,
		IP(0, 1, 2, 3),
		IP(127, 0, 0, 1),
		IP(224, 0, 0, 1),
		IP(239, 255, 255, 255),
		EVERYBODY,
		IP(10, 0, 2, 255),
		IP(10, 0, 2, 0),
		SERVER,
	};
	struct reply *reply = new_reply();

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		reply->yiaddr = bad[i];
		reject(reply, DHCP_COUNT_BAD_ADDRESS);
	}
	reply->yiaddr = ADDRESS;
	accept(reply);
}

static void test_d30_masks(void **state UNUSED)
{
	static const uint32_t holes[] = { 0xff00ff00, 0x00ffffff, 1, 0xfffffffd,
					  0x7fffffff };
	struct reply *reply = new_reply();

	for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
		reply->mask = holes[i];
		reject(reply, DHCP_COUNT_BAD_MASK);
	}
	reply->mask = 0;
	put_u32(&reply->more, 1, 0);
	reject(reply, DHCP_COUNT_BAD_MASK);
	reply = new_reply();
	reply->mask = 0;
	put_option(&reply->more, 1, BYTES(255, 255, 0));
	reject(reply, DHCP_COUNT_BAD_MASK);
	for (unsigned int prefix = 1; prefix <= 32; prefix++) {
		reply = new_reply();
		reply->mask = EVERYBODY << (32 - prefix);
		reply->yiaddr = IP(10, 0, 2, 18);
		/* .18 is the first address of a /31 and no other's end. */
		accept(reply);
		assert_int_equal(lease.prefix, prefix);
		assert_int_equal(lease.broadcast,
				 prefix > 30 ? 0 :
					       (reply->yiaddr | ~reply->mask));
	}
}

static void test_d30_mask_absent_is_the_class(void **state UNUSED)
{
	static const struct {
		uint32_t address;
		uint8_t prefix;
	} classes[] = { { IP(10, 0, 2, 15), 8 },
			{ IP(172, 16, 0, 9), 16 },
			{ IP(192, 168, 64, 9), 24 } };
	struct reply *reply = new_reply();

	reply->mask = 0;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		reply->yiaddr = classes[i].address;
		accept(reply);
		assert_int_equal(lease.prefix, classes[i].prefix);
	}
	reply->yiaddr = IP(240, 0, 0, 9);
	reject(reply, DHCP_COUNT_BAD_MASK);
}

static void test_d31_routers(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 3,
		   BYTES(0, 0, 0, 0, 10, 0, 3, 1, 127, 0, 0, 1, 10, 0, 2, 255,
			 10, 0, 2, 0, 10, 0, 2, 15, 10, 0, 2, 9, 10, 0, 2, 8));
	accept(reply);
	assert_int_equal(lease.router, IP(10, 0, 2, 9));
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 6);

	reply = new_reply();
	put_option(&reply->more, 3, BYTES(10, 0, 3, 1));
	accept(reply);
	assert_int_equal(lease.router, 0);
	assert_int_equal(lease.n_routes, 0);

	reply = new_reply();
	put_option(&reply->more, 3, BYTES(10, 0, 2));
	accept(reply);
	assert_int_equal(lease.n_routes, 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
}

static void test_d31_router_of_a_32_is_on_the_link(void **state UNUSED)
{
	struct reply *reply = new_reply();

	reply->mask = EVERYBODY;
	put_option(&reply->more, 3, BYTES(10, 0, 0, 1));
	accept(reply);
	assert_int_equal(lease.prefix, 32);
	assert_int_equal(lease.router, IP(10, 0, 0, 1));
	assert_true(lease.routes[0].onlink);
	/* A /31 has its one neighbour. */
	reply->mask = EVERYBODY << 1;
	accept(reply);
	assert_int_equal(lease.n_routes, 0);
}

static void test_d32_classless_routes_win(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 3, IP(10, 0, 2, 1));
	put_option(&reply->more, 121,
		   BYTES(0, 10, 0, 2, 9, 16, 172, 16, 10, 0, 2, 8, 20, 10, 17,
			 255, 10, 0, 2, 7, 32, 1, 2, 3, 4, 0, 0, 0, 0));
	accept(reply);
	assert_int_equal(lease.n_routes, 4);
	/* On the link: before those that may need it. */
	assert_int_equal(lease.routes[0].destination, IP(1, 2, 3, 4));
	assert_int_equal(lease.routes[0].prefix, 32);
	assert_int_equal(lease.routes[0].gateway, 0);
	assert_int_equal(lease.routes[1].prefix, 0);
	assert_int_equal(lease.routes[1].gateway, IP(10, 0, 2, 9));
	assert_int_equal(lease.routes[2].destination, IP(172, 16, 0, 0));
	assert_int_equal(lease.routes[2].prefix, 16);
	/* Bits behind the prefix are cleared. */
	assert_int_equal(lease.routes[3].destination, IP(10, 17, 240, 0));
	assert_int_equal(lease.routes[3].prefix, 20);
	assert_int_equal(lease.router, IP(10, 0, 2, 9));
}

static void test_d32_without_default_route(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 3, SERVER);
	put_option(&reply->more, 121, BYTES(8, 11, 10, 0, 2, 8));
	accept(reply);
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.router, 0);
}

static void test_d32_malformed_is_invalid_as_a_whole(void **state UNUSED)
{
	static const uint8_t good[] = { 16, 172, 16, 10, 0,  2, 8, 32,
					1,  2,	 3,  4,	 10, 0, 2, 9 };
	struct reply *reply;

	for (size_t len = 0; len < sizeof(good); len++) {
		if (len == 7)
			continue; /* the end of the first */
		reply = new_reply();
		put_u32(&reply->more, 3, SERVER);
		put_option(&reply->more, 121, (struct span){ good, len });
		accept(reply);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
		assert_int_equal(lease.n_routes, 1);
		assert_int_equal(lease.router, SERVER);
	}
	reply = new_reply();
	put_option(&reply->more, 121,
		   BYTES(16, 172, 16, 10, 0, 2, 8, 33, 1, 2, 3, 4, 5, 10, 0, 2,
			 9));
	accept(reply);
	assert_int_equal(lease.n_routes, 0);
	/* Not even where a reader of four bytes would find its place again. */
	reply = new_reply();
	put_option(&reply->more, 121, BYTES(33, 1, 2, 3, 4, 10, 0, 2, 9));
	accept(reply);
	assert_int_equal(lease.n_routes, 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
	reply = new_reply();
	put_option(&reply->more, 121, (struct span){ good, sizeof(good) });
	accept(reply);
	assert_int_equal(lease.n_routes, 2);
}

static void test_d32_gateways(void **state UNUSED)
{
	struct reply *reply = new_reply();

	/* As a cloud does it: /32, the gateway made known by a route. */
	reply->mask = EVERYBODY;
	put_option(&reply->more, 121,
		   BYTES(0, 10, 9, 0, 1, 32, 10, 9, 0, 1, 0, 0, 0, 0));
	accept(reply);
	assert_int_equal(lease.n_routes, 2);
	assert_int_equal(lease.routes[0].destination, IP(10, 9, 0, 1));
	assert_int_equal(lease.routes[1].gateway, IP(10, 9, 0, 1));
	assert_false(lease.routes[1].onlink);

	/* Out of reach, and ourselves. */
	reply = new_reply();
	put_option(&reply->more, 121,
		   BYTES(8, 11, 10, 9, 0, 1, 8, 12, 10, 0, 2, 15, 8, 13, 10, 0,
			 2, 1));
	accept(reply);
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.routes[0].destination, IP(13, 0, 0, 0));
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 2);
}

static void test_over_the_capacities(void **state UNUSED)
{
	struct reply *reply = new_reply();

	writer_u8(&reply->more, 121);
	writer_u8(&reply->more, 20 * 6);
	for (uint8_t i = 0; i < 20; i++)
		writer_put(&reply->more,
			   BYTES(8, (uint8_t)(11 + i), 10, 0, 2, 1));
	writer_u8(&reply->more, 6);
	writer_u8(&reply->more, 24);
	for (uint8_t i = 0; i < 6; i++)
		writer_put(&reply->more, BYTES(9, 9, 9, (uint8_t)(i + 1)));
	accept(reply);
	assert_int_equal(lease.n_routes, DHCP_LEASE_ROUTES_MAX);
	assert_int_equal(lease.n_dns, DHCP_LEASE_DNS_MAX);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM],
			 20 - DHCP_LEASE_ROUTES_MAX + 6 - DHCP_LEASE_DNS_MAX);

	reply = new_reply();
	writer_u8(&reply->more, 43);
	writer_u8(&reply->more, 255);
	writer_fill(&reply->more, 'v', 255);
	put_option(&reply->more, 43, BYTES('w'));
	accept(reply);
	assert_int_equal(lease.vendor.len, DHCP_LEASE_RAW_MAX);
	put_option(&reply->more, 43, BYTES('x'));
	accept(reply);
	assert_int_equal(lease.vendor.len, 0);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 1);
}

static void test_d33_mtu(void **state UNUSED)
{
	static const struct {
		uint16_t offered, taken;
	} mtus[] = { { 0, 0 },	     { 67, 0 },	     { 68, 68 },
		     { 1400, 1400 }, { 1500, 1500 }, { 1501, 1500 },
		     { 65535, 1500 } };

	for (size_t i = 0; i < ARRAY_SIZE(mtus); i++) {
		struct reply *reply = new_reply();

		put_option(&reply->more, 26,
			   BYTES((uint8_t)(mtus[i].offered >> 8),
				 (uint8_t)mtus[i].offered));
		accept(reply);
		assert_int_equal(lease.mtu, mtus[i].taken);
	}
}

static void test_broadcast_address(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 28, IP(10, 0, 2, 0));
	accept(reply);
	assert_int_equal(lease.broadcast, IP(10, 0, 2, 0));
	reply = new_reply();
	put_u32(&reply->more, 28, IP(10, 0, 2, 77));
	accept(reply);
	assert_int_equal(lease.broadcast, IP(10, 0, 2, 255));
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 1);
	reply = new_reply();
	put_u32(&reply->more, 28, EVERYBODY);
	accept(reply);
	assert_int_equal(lease.broadcast, IP(10, 0, 2, 255));
}

static void test_impossible_dns_servers(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 6,
		   BYTES(0, 0, 0, 0, 127, 0, 0, 53, 224, 0, 0, 1, 255, 255, 255,
			 255, 8, 8, 8, 8));
	accept(reply);
	assert_int_equal(lease.n_dns, 1);
	assert_int_equal(lease.dns[0], IP(8, 8, 8, 8));
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 4);
}

static void test_d42_names(void **state UNUSED)
{
	static const char *const bad[] = {
		"x;reboot", "$(reboot)",
		"`reboot`", "a'b",
		"a\"b",	    "a\nb",
		"-n",	    "a\\b",
		"a/b",	    "a\tb",
		" a",	    ".",
		"a\x1b[2J", "nameserver 6.6.6.6\nx",
		"\xc3\xa9",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct reply *reply = new_reply();

		put_text(&reply->more, 12, bad[i]);
		put_text(&reply->more, 15, bad[i]);
		accept(reply);
		assert_string_equal(lease.hostname, "");
		assert_string_equal(lease.domain, "");
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 2);
	}
}

static void test_names_that_are_good(void **state UNUSED)
{
	struct reply *reply = new_reply();
	char name[256];

	put_text(&reply->more, 12, "a_b.c-9");
	put_text(&reply->more, 15, "corp.example example.com");
	accept(reply);
	assert_string_equal(lease.hostname, "a_b.c-9");
	assert_string_equal(lease.domain, "corp.example example.com");
	/* '-' is an option of a tool's at any name's start. */
	reply = new_reply();
	put_text(&reply->more, 15, "corp.example -x");
	accept(reply);
	assert_string_equal(lease.domain, "");
	/* A host has one name. */
	reply = new_reply();
	put_text(&reply->more, 12, "a b");
	accept(reply);
	assert_string_equal(lease.hostname, "");

	memset(name, 'n', sizeof(name));
	name[253] = '\0';
	reply = new_reply();
	put_text(&reply->more, 15, name);
	accept(reply);
	assert_string_equal(lease.domain, name);
	name[253] = 'n';
	name[254] = '\0';
	reply = new_reply();
	put_text(&reply->more, 15, name);
	accept(reply);
	assert_string_equal(lease.domain, "");
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 1);
}

static void test_d42_boot_strings(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_text(&reply->more, 67, "a'b $(reboot) \xff");
	put_text(&reply->more, 66, "x\nserver=6.6.6.6");
	put_text(&reply->more, 114, "https://x/\x7f");
	put_text(&reply->more, 60, "PXEClient");
	put_option(&reply->more, 43, BYTES(0, 1, 255));
	accept(reply);
	/* Kept as it is: who writes it quotes it. */
	assert_true(
		span_is(dhcp_raw_span(&lease.boot_file), "a'b $(reboot) \xff"));
	assert_int_equal(lease.tftp_server.len, 0);
	assert_int_equal(lease.portal.len, 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 2);
	assert_true(span_is(dhcp_raw_span(&lease.vendor_class), "PXEClient"));
	assert_int_equal(lease.vendor.len, 3);
}

static void test_boot_fields_in_place_of_options(void **state UNUSED)
{
	struct dhcp_message message = {
		.yiaddr = ADDRESS,
		.siaddr = IP(10, 0, 2, 4),
		.file = span_of("pxelinux.0"),
		.sname = span_of("boot"),
	};
	struct writer writer;
	uint8_t field[64];

	writer_init(&writer, field, sizeof(field));
	put_u32(&writer, 54, SERVER);
	put_u32(&writer, 51, 60);
	put_u32(&writer, 1, MASK_24);
	put_text(&writer, 66, "option");
	put_option(&writer, 26, BYTES(0x23, 0x28)); /* of a device unknown */
	assert_int_equal(dhcp_options_parse(writer_span(&writer),
					    (struct span){ NULL, 0 },
					    (struct span){ NULL, 0 }, &counters,
					    &message.options),
			 0);
	assert_int_equal(dhcp_lease_read(&message, 0, &counters, &lease), 0);
	assert_true(span_is(dhcp_raw_span(&lease.boot_file), "pxelinux.0"));
	assert_true(span_is(dhcp_raw_span(&lease.tftp_server), "option"));
	assert_int_equal(lease.next_server, IP(10, 0, 2, 4));
	assert_int_equal(lease.mtu, 9000);
}

static void test_d13_options_of_another_size(void **state UNUSED)
{
	static const uint8_t codes[] = { 58, 59, 28, 26, 6, 42, 3 };
	struct reply *reply = new_reply();

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		put_option(&reply->more, codes[i], BYTES(1, 2, 3));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], ARRAY_SIZE(codes));
	assert_int_equal(lease.t1_s, 0);
	assert_int_equal(lease.t2_s, 0);
	assert_int_equal(lease.broadcast, IP(10, 0, 2, 255));
	assert_int_equal(lease.mtu, 0);
	assert_int_equal(lease.n_dns, 0);
	assert_int_equal(lease.n_ntp, 0);
	assert_int_equal(lease.n_routes, 0);
}

static void test_same_but_for_the_times(void **state UNUSED)
{
	struct reply *reply = new_reply();
	struct dhcp_lease before;

	put_option(&reply->more, 121, BYTES(8, 11, 10, 0, 2, 8));
	accept(reply);
	before = lease;
	reply->seconds = 7200;
	put_u32(&reply->more, 58, 1000);
	accept(reply);
	assert_true(dhcp_lease_same(&before, &lease));
	put_u32(&reply->more, 6, IP(1, 1, 1, 1));
	accept(reply);
	assert_false(dhcp_lease_same(&before, &lease));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plain_lease),
		cmocka_unit_test(test_d4_server_id_missing_or_impossible),
		cmocka_unit_test(test_d14_no_lease_time_or_zero),
		cmocka_unit_test(test_d29_impossible_addresses),
		cmocka_unit_test(test_d30_masks),
		cmocka_unit_test(test_d30_mask_absent_is_the_class),
		cmocka_unit_test(test_d31_routers),
		cmocka_unit_test(test_d31_router_of_a_32_is_on_the_link),
		cmocka_unit_test(test_d32_classless_routes_win),
		cmocka_unit_test(test_d32_without_default_route),
		cmocka_unit_test(test_d32_malformed_is_invalid_as_a_whole),
		cmocka_unit_test(test_d32_gateways),
		cmocka_unit_test(test_over_the_capacities),
		cmocka_unit_test(test_d33_mtu),
		cmocka_unit_test(test_broadcast_address),
		cmocka_unit_test(test_impossible_dns_servers),
		cmocka_unit_test(test_d42_names),
		cmocka_unit_test(test_names_that_are_good),
		cmocka_unit_test(test_d42_boot_strings),
		cmocka_unit_test(test_boot_fields_in_place_of_options),
		cmocka_unit_test(test_d13_options_of_another_size),
		cmocka_unit_test(test_same_but_for_the_times),
	};

	return cmocka_run_group_tests_name("dhcp_lease", tests, NULL, NULL);
}
