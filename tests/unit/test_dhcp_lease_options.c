/* dhcp/lease.c and lease_routes.c: options that not everybody sends. Rows D13,
 * D32, D35 (108) and D42. */
#include "test_dhcp_lease.h"

static void test_each_of_them(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 33, BYTES(192, 168, 7, 0, 10, 0, 2, 9));
	put_option(&reply->more, 57, BYTES(0x05, 0xdc));
	put_option(&reply->more, 61, BYTES(1, 2, 3));
	put_option(&reply->more, 72, BYTES(10, 0, 2, 80));
	put_option(&reply->more, 81, BYTES(0xf5, 9, 9, 1, 'h', 2, 'd', 'e', 0));
	put_option(&reply->more, 108, BYTES(0, 0, 7, 8));
	put_option(&reply->more, 119,
		   BYTES(1, 'a', 2, 'd', 'e', 0, 1, 'b', 0xc0, 2));
	put_option(&reply->more, 125, BYTES(0, 0, 0x0d, 0xe9, 2, 1, 0));
	put_option(&reply->more, 224, BYTES(7, 0));
	accept(reply);
	assert_nothing_counted();
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.routes[0].destination, IP(192, 168, 7, 0));
	assert_int_equal(lease.routes[0].prefix, 24);
	assert_int_equal(lease.routes[0].gateway, IP(10, 0, 2, 9));
	assert_int_equal(lease.router, 0);
	assert_int_equal(lease.max_size, 1500);
	assert_true(
		span_equal(dhcp_raw_span(&lease.client_id), BYTES(1, 2, 3)));
	assert_int_equal(lease.n_www, 1);
	assert_int_equal(lease.www[0], IP(10, 0, 2, 80));
	assert_string_equal(lease.fqdn, "h.de");
	assert_int_equal(lease.fqdn_flags, 5);
	assert_int_equal(lease.v6only_s, 0x708);
	assert_string_equal(lease.search, "a.de b.de");
	assert_int_equal(lease.vendor_info.len, 7);
	assert_true(
		span_equal(dhcp_raw_span(&lease.others), BYTES(224, 2, 7, 0)));
}

static void test_static_routes(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 3, SERVER);
	put_option(&reply->more, 33,
		   BYTES(0, 0, 0, 0, 10, 0, 2, 9,    /* no legal one */
			 172, 16, 0, 0, 10, 0, 2, 8, /* a network */
			 11, 0, 0, 7, 10, 0, 2, 8,   /* a host */
			 127, 0, 0, 0, 10, 0, 2, 8,  /* ourselves */
			 224, 0, 0, 0, 10, 0, 2, 8,  /* of no class */
			 12, 0, 0, 0, 10, 0, 3, 8,   /* out of reach */
			 13, 0, 0, 0, 0, 0, 0, 0));  /* without a gateway */
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 5);
	assert_int_equal(lease.router, SERVER);
	assert_int_equal(lease.n_routes, 3);
	assert_int_equal(lease.routes[0].prefix, 0);
	assert_int_equal(lease.routes[1].destination, IP(172, 16, 0, 0));
	assert_int_equal(lease.routes[1].prefix, 16);
	assert_int_equal(lease.routes[2].destination, IP(11, 0, 0, 7));
	assert_int_equal(lease.routes[2].prefix, 32);
	assert_int_equal(lease.classless, 0);
}

static void test_d32_static_routes_do_not_count_beside_121(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 33, BYTES(172, 16, 0, 0, 10, 0, 2, 8));
	put_option(&reply->more, 121, BYTES(8, 11, 10, 0, 2, 8));
	accept(reply);
	assert_int_equal(lease.classless, 1);
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.routes[0].destination, IP(11, 0, 0, 0));
	/* A malformed 121 is none. */
	reply = new_reply();
	put_option(&reply->more, 33, BYTES(172, 16, 0, 0, 10, 0, 2, 8));
	put_option(&reply->more, 121, BYTES(33, 11, 10, 0, 2, 8));
	accept(reply);
	assert_int_equal(lease.classless, 0);
	assert_int_equal(lease.routes[0].destination, IP(172, 16, 0, 0));
}

static void test_d32_destinations_that_are_none(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 121,
		   BYTES(8, 127, 10, 0, 2, 8, 8, 0, 10, 0, 2, 8, 32, 127, 0, 0,
			 1, 10, 0, 2, 8, 32, 255, 255, 255, 255, 10, 0, 2, 8, 1,
			 0, 10, 0, 2, 8, 1, 128, 10, 0, 2, 8, 7, 126, 10, 0, 2,
			 8));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 4);
	assert_int_equal(lease.n_routes, 3);
	assert_int_equal(lease.routes[1].destination, IP(128, 0, 0, 0));
	assert_int_equal(lease.routes[2].destination, IP(126, 0, 0, 0));
	assert_int_equal(lease.router, 0);
}

static void test_d13_sizes(void **state UNUSED)
{
	static const uint8_t codes[] = { 33, 57, 72, 108, 119, 125 };
	struct reply *reply = new_reply();

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		put_option(&reply->more, codes[i], BYTES(1, 2, 3));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], ARRAY_SIZE(codes));
	assert_int_equal(lease.n_routes, 0);
	assert_int_equal(lease.max_size, 0);
	assert_int_equal(lease.n_www, 0);
	assert_int_equal(lease.v6only_s, 0);
	assert_string_equal(lease.search, "");
	assert_int_equal(lease.vendor_info.len, 0);
	assert_int_equal(lease.others.len, 0);
	/* Whole addresses, but half of a route. */
	reply = new_reply();
	put_option(&reply->more, 33, BYTES(11, 0, 0, 0));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
	reply = new_reply();
	put_option(&reply->more, 57, BYTES(0x02, 0x3f));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 1);
	assert_int_equal(lease.max_size, 0);
}

/* Joined, four bytes are as good as in one piece. */
static void test_d13_split(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 108, BYTES(0, 1));
	put_option(&reply->more, 119, BYTES(1, 'a', 2, 'd'));
	put_option(&reply->more, 108, BYTES(0, 0));
	put_option(&reply->more, 119, BYTES('e', 0, 1, 'b', 0xc0, 2));
	accept(reply);
	assert_int_equal(lease.v6only_s, 65536);
	assert_string_equal(lease.search, "a.de b.de");
}

static void test_d35_ipv6_only(void **state UNUSED)
{
	static const struct {
		uint32_t sent, kept;
	} waits[] = { { 0, 300 },
		      { 299, 300 },
		      { 300, 300 },
		      { 301, 301 },
		      { UINT32_MAX, UINT32_MAX } };

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		struct reply *reply = new_reply();

		put_u32(&reply->more, 108, waits[i].sent);
		accept(reply);
		assert_int_equal(lease.v6only_s, waits[i].kept);
		assert_nothing_counted();
	}
}

static void test_d35_ipv6_only_of_the_wrong_length(void **state UNUSED)
{
	static const uint8_t value[8] = { 0, 0, 9, 9 };

	for (size_t len = 0; len <= sizeof(value); len++) {
		struct reply *reply = new_reply();

		put_option(&reply->more, 108, (struct span){ value, len });
		accept(reply);
		assert_int_equal(lease.v6only_s, len == 4 ? 0x909 : 0);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], len != 4);
	}
}

static void search(struct span value, const char *expected, unsigned int bad)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 119, value);
	accept(reply);
	assert_string_equal(lease.search, expected);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], bad);
}

static void test_d42_search_list(void **state UNUSED)
{
	search(BYTES(1, 'a', 0), "a", 0);
	/* Of a malformed list nothing is used, whatever came first. */
	search(BYTES(1, 'a', 0, 1, 'b', 0xc0, 3), "", 1);
	search(BYTES(1, 'a', 0, 1, 'b', 0xc0, 9), "", 1);
	search(BYTES(1, 'a', 0, 5, 'b'), "", 1);
	search((struct span){ NULL, 0 }, "", 1);
	/* A name that nobody may have is left out, the others stay. */
	search(BYTES(1, 'a', 0, 3, 'b', '\n', 'c', 0, 1, 'd', 0), "a d", 1);
	search(BYTES(3, 'b', ' ', 'c', 0, 1, 'd', 0), "d", 1);
	search(BYTES(3, 'b', '.', 'c', 0, 0, 2, '-', 'n', 0), "", 3);
	search(BYTES(7, '$', '(', 'i', 'd', ')', ';', '\'', 0), "", 1);
}

static void test_search_list_over_its_capacity(void **state UNUSED)
{
	struct reply *reply = new_reply();
	uint8_t list[300];
	struct writer writer;

	/* 63 + 1 + 63 + 1 + 63 + 1 + 63 = 255 fit; 64 bytes more do not, and
	 * nothing is cut. */
	writer_init(&writer, list, sizeof(list));
	for (unsigned int i = 0; i < 4; i++) {
		writer_u8(&writer, 63);
		writer_fill(&writer, 'l', 63);
		writer_u8(&writer, 0);
	}
	put_option(&reply->more, 119, (struct span){ list, 130 });
	put_option(&reply->more, 119, (struct span){ list, 130 });
	accept(reply);
	assert_int_equal(strlen(lease.search), 255);
	assert_nothing_counted();
	put_option(&reply->more, 119, BYTES(1, 'x', 0));
	accept(reply);
	assert_int_equal(strlen(lease.search), 255);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 1);
}

/* 63 + 1 + 127 = 191 and 1 + LEN more, of 255 */
static void test_search_list_with_one_byte_too_many(void **state UNUSED)
{
	for (size_t len = 63; len <= 64; len++) {
		struct reply *reply = new_reply();
		uint8_t list[300];
		struct writer writer;

		writer_init(&writer, list, sizeof(list));
		for (unsigned int i = 0; i < 3; i++) {
			writer_u8(&writer, 63);
			writer_fill(&writer, 'l', 63);
			writer_u8(&writer, 0);
		}
		writer_u8(&writer, 31);
		writer_fill(&writer, 'm', 31);
		writer_u8(&writer, (uint8_t)(len - 32));
		writer_fill(&writer, 'm', len - 32);
		writer_u8(&writer, 0);
		put_option(&reply->more, 119, (struct span){ list, 195 });
		put_option(
			&reply->more, 119,
			(struct span){ list + 195, writer_len(&writer) - 195 });
		accept(reply);
		assert_int_equal(strlen(lease.search), len == 63 ? 255 : 191);
		assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], len != 63);
	}
}

static void fqdn(struct span value, const char *expected, uint8_t flags)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 81, value);
	accept(reply);
	assert_string_equal(lease.fqdn, expected);
	assert_int_equal(lease.fqdn_flags, flags);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], !*expected);
}

static void test_d42_fqdn(void **state UNUSED)
{
	fqdn(BYTES(1, 0, 0, 'h', '.', 'd', 'e', '.'), "h.de.", 1);
	fqdn(BYTES(4, 255, 255, 1, 'h', 2, 'd', 'e'), "h.de", 4);
	fqdn(BYTES(0xff, 0, 0, 1, 'h', 0), "h", 0x0f);
	/* Neither what may not be, nor anything behind the name. */
	fqdn(BYTES(1, 0, 0, 'h', '\n'), "", 0);
	fqdn(BYTES(1, 0, 0, '$', '(', ')'), "", 0);
	fqdn(BYTES(4, 0, 0, 1, 'h', 0, 1), "", 0);
	fqdn(BYTES(4, 0, 0, 1, 'h', 0xc0, 0), "", 0);
	fqdn(BYTES(4, 0, 0, 2, 'h'), "", 0);
	fqdn(BYTES(4, 0, 0), "", 0);
	fqdn(BYTES(1, 0, 0), "", 0);
	fqdn(BYTES(1), "", 0);
	fqdn((struct span){ NULL, 0 }, "", 0);
}

static void test_fqdn_of_any_length(void **state UNUSED)
{
	uint8_t value[3 + 255];

	memset(value, 'n', sizeof(value));
	memset(value, 0, 3);
	for (size_t len = 251; len <= 252; len++) {
		struct reply *reply = new_reply();

		put_option(&reply->more, 81, (struct span){ value, 3 + len });
		accept(reply);
		assert_int_equal(strlen(lease.fqdn), len);
	}
}

static void test_vendor_info(void **state UNUSED)
{
	static const uint8_t value[] = { 0, 0, 0, 1, 2, 8, 9, 0, 0, 0, 2, 0 };

	for (size_t len = 0; len <= sizeof(value); len++) {
		struct reply *reply = new_reply();
		bool whole = len == 7 || len == sizeof(value);

		put_option(&reply->more, 125, (struct span){ value, len });
		accept(reply);
		assert_int_equal(lease.vendor_info.len, whole ? len : 0);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], !whole);
	}
}

static void test_other_options(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 254, BYTES(1));
	put_option(&reply->more, 2, (struct span){ NULL, 0 });
	writer_u8(&reply->more, 17);
	writer_u8(&reply->more, 255); /* never fits */
	writer_fill(&reply->more, 'x', 255);
	writer_u8(&reply->more, 18);
	writer_u8(&reply->more, 240);
	writer_fill(&reply->more, 'x', 240);
	put_option(&reply->more, 19, BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
	accept(reply);
	/* 2 + 0, 2 + 240, 2 + 1 in the order of codes; 17 and 19 had no room */
	assert_int_equal(lease.others.len, 247);
	assert_memory_equal(lease.others.data, "\x02\x00\x12\xf0", 4);
	assert_memory_equal(lease.others.data + 244, "\xfe\x01\x01", 3);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 2);
}

/* D42: a zero inside of a text is none; zeroes at its end are not part of it. */
static void test_d42_zeroes(void **state UNUSED)
{
	static const uint8_t codes[] = { 12, 15, 60, 66, 67, 114 };
	struct reply *reply = new_reply();

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		put_option(&reply->more, codes[i], BYTES('a', 0, 'b'));
	accept(reply);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], ARRAY_SIZE(codes));
	assert_string_equal(lease.hostname, "");
	assert_string_equal(lease.domain, "");
	assert_int_equal(lease.boot_file.len, 0);
	reply = new_reply();
	put_option(&reply->more, 12, BYTES('a', 0, 0));
	put_option(&reply->more, 67, BYTES('b', 0));
	accept(reply);
	assert_string_equal(lease.hostname, "a");
	assert_true(span_is(dhcp_raw_span(&lease.boot_file), "b"));
}

static void test_default_route_on_the_link(void **state UNUSED)
{
	struct reply *reply = new_reply();

	put_option(&reply->more, 121, BYTES(0, 0, 0, 0, 0));
	accept(reply);
	assert_int_equal(lease.n_routes, 1);
	assert_int_equal(lease.router, 0);
}

static void test_all_of_it_must_be_the_same(void **state UNUSED)
{
	struct reply *reply = new_reply();
	struct dhcp_lease before;

	put_option(&reply->more, 224, BYTES(1));
	accept(reply);
	before = lease;
	reply = new_reply();
	put_option(&reply->more, 224, BYTES(2));
	accept(reply);
	assert_false(dhcp_lease_same(&before, &lease));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_of_them),
		cmocka_unit_test(test_static_routes),
		cmocka_unit_test(
			test_d32_static_routes_do_not_count_beside_121),
		cmocka_unit_test(test_d32_destinations_that_are_none),
		cmocka_unit_test(test_d13_sizes),
		cmocka_unit_test(test_d13_split),
		cmocka_unit_test(test_d35_ipv6_only),
		cmocka_unit_test(test_d35_ipv6_only_of_the_wrong_length),
		cmocka_unit_test(test_d42_search_list),
		cmocka_unit_test(test_search_list_over_its_capacity),
		cmocka_unit_test(test_search_list_with_one_byte_too_many),
		cmocka_unit_test(test_d42_fqdn),
		cmocka_unit_test(test_fqdn_of_any_length),
		cmocka_unit_test(test_vendor_info),
		cmocka_unit_test(test_other_options),
		cmocka_unit_test(test_d42_zeroes),
		cmocka_unit_test(test_default_route_on_the_link),
		cmocka_unit_test(test_all_of_it_must_be_the_same),
	};

	return cmocka_run_group_tests_name("dhcp_lease_options", tests, NULL,
					   NULL);
}
