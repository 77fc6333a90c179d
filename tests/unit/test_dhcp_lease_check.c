/* dhcp/lease_check.c: what a process without trust may not hand over. Rows
 * D29 to D33 and D42, asked of the struct. */
#include "test_dhcp_lease.h"

#include <errno.h>

/* Everything that a lease may have, as it was read. */
static struct dhcp_lease full(void)
{
	struct reply *reply = new_reply();

	put_u32(&reply->more, 3, SERVER);
	put_option(&reply->more, 33, BYTES(172, 16, 0, 0, 10, 0, 2, 8));
	put_option(&reply->more, 6, BYTES(10, 0, 2, 3));
	put_option(&reply->more, 42, BYTES(10, 0, 2, 5));
	put_option(&reply->more, 72, BYTES(10, 0, 2, 80));
	put_option(&reply->more, 26, BYTES(5, 0));
	put_option(&reply->more, 57, BYTES(5, 0xdc));
	put_text(&reply->more, 12, "node-7");
	put_text(&reply->more, 15, "corp.example example.com");
	put_text(&reply->more, 60, "PXEClient");
	put_text(&reply->more, 66, "boot");
	put_text(&reply->more, 67, "a'b $(reboot)");
	put_text(&reply->more, 114, "https://p/");
	put_option(&reply->more, 43, BYTES(0, 255));
	put_option(&reply->more, 61, BYTES(0, 255));
	put_option(&reply->more, 81, BYTES(5, 0, 0, 1, 'h', 0));
	put_u32(&reply->more, 108, 1800);
	put_option(&reply->more, 119, BYTES(1, 'a', 0));
	put_option(&reply->more, 125, BYTES(0, 0, 0, 9, 1, 1));
	put_option(&reply->more, 224, BYTES(1));
	accept(reply);
	assert_nothing_counted();
	assert_int_equal(lease.n_routes, 2);
	return lease;
}

static void refused(const struct dhcp_lease *given)
{
	/* Of exactly its size */
	struct dhcp_lease *copy = malloc(sizeof(*copy));

	assert_non_null(copy);
	memcpy(copy, given, sizeof(*copy));
	assert_int_equal(dhcp_lease_check(copy), -EBADMSG);
	free(copy);
}

static void taken(const struct dhcp_lease *given)
{
	assert_int_equal(dhcp_lease_check(given), 0);
}

/* The lease with MEMBER set to VALUE is refused; as it was, it is taken. */
#define REFUSED(member, value)                                                 \
	do {                                                                   \
		struct dhcp_lease bad_ = full();                               \
		taken(&bad_);                                                  \
		bad_.member = (value);                                         \
		refused(&bad_);                                                \
	} while (0)

#define TAKEN(member, value)                                                   \
	do {                                                                   \
		struct dhcp_lease good_ = full();                              \
		good_.member = (value);                                        \
		taken(&good_);                                                 \
	} while (0)

static void test_d29_addresses(void **state UNUSED)
{
	static const uint32_t bad[] = { 0, IP(127, 0, 0, 1), IP(224, 0, 0, 1),
					EVERYBODY };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		REFUSED(address, bad[i]);
		REFUSED(server_id, bad[i]);
		REFUSED(dns[0], bad[i]);
		REFUSED(ntp[0], bad[i]);
		REFUSED(www[0], bad[i]);
		REFUSED(routes[0].gateway, bad[i]);
		if (bad[i])
			REFUSED(next_server, bad[i]);
	}
	REFUSED(address, IP(10, 0, 2, 0));
	REFUSED(address, IP(10, 0, 2, 255));
	REFUSED(address, SERVER);
	TAKEN(next_server, SERVER);
}

static void test_d30_prefix_and_broadcast(void **state UNUSED)
{
	REFUSED(prefix, 0);
	REFUSED(prefix, 33);
	REFUSED(prefix, 255);
	REFUSED(broadcast, 0);
	REFUSED(broadcast, IP(10, 0, 2, 77));
	REFUSED(broadcast, IP(10, 0, 3, 255));
	TAKEN(broadcast, IP(10, 0, 2, 0));
	/* None in a /32 */
	for (unsigned int i = 0; i < 2; i++) {
		struct dhcp_lease given = full();

		given.prefix = 32;
		given.n_routes = 0;
		given.router = 0;
		given.broadcast = i ? given.address : 0;
		if (i)
			refused(&given);
		else
			taken(&given);
	}
}

static void test_d33_numbers(void **state UNUSED)
{
	REFUSED(mtu, 67);
	REFUSED(mtu, 1);
	TAKEN(mtu, 68);
	TAKEN(mtu, 0);
	TAKEN(mtu, 65535);
	REFUSED(max_size, 575);
	TAKEN(max_size, 0);
	TAKEN(max_size, 576);
	REFUSED(v6only_s, 299);
	TAKEN(v6only_s, 0);
	REFUSED(lease_s, 0);
	TAKEN(lease_s, DHCP_LEASE_INFINITE);
	TAKEN(t1_s, UINT32_MAX);
	TAKEN(t2_s, 0);
	REFUSED(classless, 2);
	TAKEN(classless, 1);
	REFUSED(fqdn_flags, 0x10);
	REFUSED(fqdn_flags, 0x80);
	TAKEN(fqdn_flags, 0x0f);
	REFUSED(fqdn[0], '\0'); /* flags of nothing */
}

static void test_counts(void **state UNUSED)
{
	REFUSED(n_routes, DHCP_LEASE_ROUTES_MAX + 1);
	REFUSED(n_routes, UINT32_MAX);
	REFUSED(n_dns, DHCP_LEASE_DNS_MAX + 1);
	REFUSED(n_ntp, DHCP_LEASE_NTP_MAX + 1);
	REFUSED(n_www, UINT32_MAX);
	REFUSED(n_dns, 2); /* 0.0.0.0 */
	TAKEN(n_dns, 0);
	REFUSED(vendor.len, DHCP_LEASE_RAW_MAX + 1);
	REFUSED(client_id.len, UINT16_MAX);
	REFUSED(vendor_info.len, UINT16_MAX);
	REFUSED(others.len, DHCP_LEASE_RAW_MAX + 1);
	REFUSED(portal.len, UINT16_MAX);
	REFUSED(boot_file.len, DHCP_LEASE_RAW_MAX + 1);
	REFUSED(tftp_server.len, DHCP_LEASE_RAW_MAX + 1);
	REFUSED(vendor_class.len, DHCP_LEASE_RAW_MAX + 1);
	TAKEN(vendor.len, DHCP_LEASE_RAW_MAX);
	TAKEN(vendor_info.len, 0);
}

static void test_d32_routes(void **state UNUSED)
{
	struct dhcp_lease given;

	REFUSED(routes[1].prefix, 33);
	REFUSED(routes[1].prefix, 8); /* bits behind it */
	REFUSED(routes[1].destination, IP(172, 16, 0, 1));
	REFUSED(routes[1].destination, IP(127, 0, 0, 0));
	REFUSED(routes[1].gateway, IP(10, 0, 3, 1));
	REFUSED(routes[1].gateway, IP(10, 0, 2, 255));
	REFUSED(routes[1].gateway, ADDRESS);
	REFUSED(routes[1].onlink, 1);
	REFUSED(routes[1].onlink, 77);
	REFUSED(router, IP(10, 0, 2, 9));
	REFUSED(router, 0);
	TAKEN(routes[1].gateway, IP(10, 0, 2, 9));
	/* On the link: only of option 121, and before the others. */
	REFUSED(routes[1].gateway, 0);
	given = full();
	given.n_routes = 1;
	given.router = 0;
	given.routes[0] = given.routes[1];
	given.routes[0].gateway = 0;
	refused(&given);
	given.classless = 1;
	taken(&given);
	given = full();
	given.classless = 1;
	taken(&given);
	given.routes[1].gateway = 0;
	refused(&given);
	/* A width that is looked at before its turn */
	given = full();
	given.classless = 1;
	given.routes[0].gateway = IP(10, 9, 9, 9);
	given.routes[1].gateway = 0;
	given.routes[1].prefix = 200;
	refused(&given);
	given.routes[1].prefix = 16;
	refused(&given);
}

static void test_d31_onlink_of_a_32(void **state UNUSED)
{
	struct dhcp_lease given = full();

	given.prefix = 32;
	given.broadcast = 0;
	refused(&given);
	given.routes[0].onlink = given.routes[1].onlink = 1;
	taken(&given);
}

static void fill(char *name, size_t size, const char *text)
{
	memset(name, 0, size);
	memcpy(name, text, strlen(text));
}

static void test_d42_names(void **state UNUSED)
{
	static const char *const bad[] = { "a\nb", "$(id)", "a'b", "-n",
					   " a",   "a/b",   "a;b", "\xc3\xa9" };
	struct dhcp_lease given;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		given = full();
		fill(given.hostname, sizeof(given.hostname), bad[i]);
		refused(&given);
		given = full();
		fill(given.domain, sizeof(given.domain), bad[i]);
		refused(&given);
		given = full();
		fill(given.search, sizeof(given.search), bad[i]);
		refused(&given);
		given = full();
		fill(given.fqdn, sizeof(given.fqdn), bad[i]);
		refused(&given);
	}
	/* Not terminated */
	given = full();
	memset(given.hostname, 'a', sizeof(given.hostname));
	refused(&given);
	given = full();
	memset(given.domain, 'a', sizeof(given.domain));
	refused(&given);
	given = full();
	memset(given.search, 'a', sizeof(given.search));
	refused(&given);
	given = full();
	memset(given.fqdn, 'a', sizeof(given.fqdn));
	refused(&given);
	/* Several names are the domain's and the search list's alone. */
	given = full();
	fill(given.hostname, sizeof(given.hostname), "a b");
	refused(&given);
	fill(given.hostname, sizeof(given.hostname), "");
	fill(given.search, sizeof(given.search), "a b");
	fill(given.domain, sizeof(given.domain), "");
	taken(&given);
}

static void test_d42_texts(void **state UNUSED)
{
	REFUSED(boot_file.data[0], '\n');
	REFUSED(tftp_server.data[0], 0);
	REFUSED(portal.data[3], 0x7f);
	REFUSED(vendor_class.data[0], 0x1b);
	TAKEN(boot_file.data[0], '"');
	TAKEN(vendor.data[0], '\n');
	REFUSED(vendor_info.data[4], 2); /* one more than there is */
	REFUSED(vendor_info.len, 3);
	REFUSED(others.data[1], 2);
	REFUSED(others.data[0], 53);
	REFUSED(others.data[0], 0);
	REFUSED(others.data[0], 255);
	TAKEN(others.data[0], 254);
}

static void test_d42_others_are_in_their_order(void **state UNUSED)
{
	struct dhcp_lease given = full();

	memcpy(given.others.data, "\x02\x00\x11\x00", 4);
	given.others.len = 4;
	taken(&given);
	memcpy(given.others.data, "\x11\x00\x11\x00", 4);
	refused(&given);
	memcpy(given.others.data, "\x11\x00\x02\x00", 4);
	refused(&given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d29_addresses),
		cmocka_unit_test(test_d30_prefix_and_broadcast),
		cmocka_unit_test(test_d33_numbers),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_d32_routes),
		cmocka_unit_test(test_d31_onlink_of_a_32),
		cmocka_unit_test(test_d42_names),
		cmocka_unit_test(test_d42_texts),
		cmocka_unit_test(test_d42_others_are_in_their_order),
	};

	return cmocka_run_group_tests_name("dhcp_lease_check", tests, NULL,
					   NULL);
}
