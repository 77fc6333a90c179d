/* IPv6 addresses and routes against this machine's kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/if.h>
#include <linux/if_addr.h>

#include "netlink/socket.h"
#include "test_netlink_world.h"

static const uint8_t global[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };

struct wanted {
	unsigned int ifindex;
	unsigned int n_found;
	struct route_address6 address;
};

static int got_address(const struct route_header *header, void *owner)
{
	struct wanted *wanted = owner;
	struct route_address6 address;

	assert_int_equal(route_parse_address6(header, &address), 0);
	if (address.ifindex == wanted->ifindex &&
	    memcmp(address.address, global, 16) == 0) {
		wanted->address = address;
		wanted->n_found++;
	}
	return 0;
}

/* What the kernel says of the address on a link. */
static struct route_address6 ask(unsigned int ifindex)
{
	struct wanted wanted = { .ifindex = ifindex };
	struct route_message message;

	route_build_get_addresses6(&message);
	assert_int_equal(netlink_dump(&request, &message, got_address, &wanted),
			 0);
	assert_int_equal(wanted.n_found, 1);
	return wanted.address;
}

static struct route_address6 address_on(const char *name)
{
	struct route_address6 address = { .ifindex = find(name).ifindex,
					  .prefix = 64,
					  .valid = 7200,
					  .preferred = 3600,
					  .metric = 1007,
					  .flags = IFA_F_NODAD };

	memcpy(address.address, global, 16);
	return address;
}

static void test_d38_address6(void **state)
{
	struct route_address6 found, address = address_on("ve0");
	struct route_message message;
	int r;

	(void)state;
	link_up("ve0", true);
	link_up("ve1", true);
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -EEXIST);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_ALREADY);
	assert_shows("ip -6 addr show ve0", "inet6 2001:db8::2/64 metric 1007 "
					    "scope global nodad dynamic");
	assert_shows("ip -6 route",
		     "2001:db8::/64 dev ve0 proto kernel metric 1007");
	found = ask(address.ifindex);
	assert_int_equal(found.prefix, 64);
	assert_int_equal(found.metric, 1007);
	assert_int_equal(found.scope, RT_SCOPE_UNIVERSE);
	assert_false(found.flags & IFA_F_PERMANENT);
	assert_true(found.flags & IFA_F_NODAD);
	assert_in_range(found.valid, 7000, 7200);
	assert_in_range(found.preferred, 3400, 3600);

	/* Renewed; deprecated; for good. */
	address.preferred = 0;
	route_build_address6(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), 0);
	found = ask(address.ifindex);
	assert_true(found.flags & IFA_F_DEPRECATED);
	assert_int_equal(found.preferred, 0);
	address.valid = address.preferred = ROUTE_FOREVER;
	route_build_address6(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	found = ask(address.ifindex);
	assert_true(found.valid == ROUTE_FOREVER);
	assert_true(found.flags & IFA_F_PERMANENT);

	/* What address.h says of lifetimes. */
	address.valid = 0;
	address.preferred = 0;
	route_build_address6(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), -EINVAL);
	address.valid = 10;
	address.preferred = 11;
	route_build_address6(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), -EINVAL);

	route_build_address6(&message, ROUTE_DELETE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -EADDRNOTAVAIL);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	assert_hides("ip -6 addr show ve0", "2001:db8");
	assert_hides("ip -6 route", "2001:db8");

	/* Without an on-link route. */
	address.flags = IFA_F_NOPREFIXROUTE;
	address.valid = address.preferred = 600;
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_true(ask(address.ifindex).flags & IFA_F_NOPREFIXROUTE);
	assert_hides("ip -6 route", "2001:db8");
}

/* D37: the NIC has gone half-way. */
static void test_d37_no_link(void **state)
{
	struct route_route6 route = { .ifindex = 9999,
				      .prefix = 64,
				      .protocol = RTPROT_RA };
	struct route_address6 address = address_on("ve0");
	struct route_message message;
	int r;

	(void)state;
	address.ifindex = 9999;
	memcpy(route.destination, global, 8);
	route_build_address6(&message, ROUTE_ADD, &address);
	r = netlink_request(&request, &message);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_NO_LINK);
	route_build_address6(&message, ROUTE_DELETE, &address);
	r = netlink_request(&request, &message);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	route_build_route6(&message, ROUTE_ADD, &route);
	r = netlink_request(&request, &message);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_NO_LINK);
	route_build_route6(&message, ROUTE_DELETE, &route);
	r = netlink_request(&request, &message);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	/* And one that is down. */
	route.ifindex = find("ve0").ifindex;
	route_build_route6(&message, ROUTE_ADD, &route);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -ENETDOWN);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_LATER);
}

static void test_switched_off(void **state)
{
	struct route_address6 address = address_on("ve0");
	struct route_message message;
	int r;

	(void)state;
	if (write_file("/proc/sys/net/ipv6/conf/ve0/disable_ipv6", "1") < 0)
		skip();
	link_up("ve0", true);
	route_build_address6(&message, ROUTE_ADD, &address);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -EACCES);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_UNSUPPORTED);
}

/* Follows a monitor until the address on a link has WANTED of the flags MASK,
 * or, with GONE, is deleted. */
static struct route_address6 follow(struct netlink *monitor,
				    unsigned int ifindex, uint32_t mask,
				    uint32_t wanted, bool gone)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];

	for (;;) {
		struct route_address6 address;
		struct route_header header;
		struct span datagram;
		struct reader reader;

		await(monitor);
		assert_int_equal(netlink_receive(monitor, buffer,
						 sizeof(buffer), &datagram),
				 0);
		reader_from_span(&reader, datagram);
		while (route_next(&reader, &header) == 0) {
			if (route_parse_address6(&header, &address) == 0 &&
			    address.ifindex == ifindex &&
			    memcmp(address.address, global, 16) == 0 &&
			    (address.flags & mask) == wanted &&
			    address.gone == gone)
				return address;
		}
	}
}

/* RFC 4862 §5.4: an address that another host has fails, and is told. */
static void test_duplicate_address(void **state)
{
	struct route_address6 address = address_on("ve1");
	struct netlink monitor = NETLINK_CLOSED;
	struct route_message message;
	unsigned int ifindex = find("ve0").ifindex;

	(void)state;
	link_up("ve0", true);
	link_up("ve1", true);
	assert_int_equal(netlink_open_monitor(&monitor, RTMGRP_IPV6_IFADDR), 0);
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	address.ifindex = ifindex;
	address.flags = 0;
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	/* With a lifetime it is taken away at once; else it stays, unused. */
	(void)follow(&monitor, ifindex, IFA_F_DADFAILED, IFA_F_DADFAILED, true);
	address.valid = address.preferred = ROUTE_FOREVER;
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	(void)follow(&monitor, ifindex, IFA_F_DADFAILED, IFA_F_DADFAILED,
		     false);
	assert_true(ask(ifindex).flags & IFA_F_DADFAILED);
	route_build_address6(&message, ROUTE_DELETE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	(void)follow(&monitor, ifindex, 0, 0, true);

	/* Nobody has it now: it stops to be tentative. */
	run("ip addr del 2001:db8::2/64 dev ve1");
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	(void)follow(&monitor, ifindex, IFA_F_TENTATIVE | IFA_F_DADFAILED, 0,
		     false);
	netlink_close(&monitor);
}

static void test_d38_routes6(void **state)
{
	static const uint8_t router[16] = { 0xfe, 0x80, [15] = 1 };
	struct route_route6 route = { .ifindex = find("ve0").ifindex,
				      .metric = 1007,
				      .expires = 1800,
				      .protocol = RTPROT_RA,
				      .preference = ROUTE_PREFERENCE_HIGH };
	struct route_address6 address = address_on("ve0");
	struct route_message message;
	int r;

	(void)state;
	link_up("ve0", true);
	link_up("ve1", true);
	route_build_address6(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	memcpy(route.gateway, router, 16);
	memcpy(route.source, global, 16);
	route_build_route6(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -EEXIST);
	assert_int_equal(route_outcome(ROUTE_ADD, r), ROUTE_ALREADY);
	assert_shows("ip -6 route", "default via fe80::1 dev ve0 proto ra "
				    "src 2001:db8::2 metric 1007 expires 1");
	assert_shows("ip -6 route", "pref high");
	/* Another router, for good; twice is once. */
	route.gateway[15] = 2;
	route.expires = 0;
	route.preference = ROUTE_PREFERENCE_LOW;
	route_build_route6(&message, ROUTE_REPLACE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -6 route", "default via fe80::2 dev ve0 proto ra "
				    "src 2001:db8::2 metric 1007 pref low");
	assert_hides("ip -6 route", "fe80::1 ");
	show("ip -6 route show default | grep -c default");
	assert_string_equal(output, "1\n");
	/* Another's route is not ours to delete. */
	route.protocol = RTPROT_DHCP;
	route_build_route6(&message, ROUTE_DELETE, &route);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -ESRCH);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	assert_shows("ip -6 route", "default via fe80::2 ");
	route.protocol = RTPROT_RA;
	route_build_route6(&message, ROUTE_DELETE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_hides("ip -6 route", "default");

	/* A prefix on the link, that ends; and renewed. */
	route = (struct route_route6){ .ifindex = route.ifindex,
				       .destination = { 0xfd, [7] = 1 },
				       .prefix = 64,
				       .metric = 1007,
				       .expires = 600,
				       .protocol = RTPROT_RA };
	route_build_route6(&message, ROUTE_REPLACE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -6 route", "fd00:0:0:1::/64 dev ve0 proto ra metric "
				    "1007 expires ");
	route.expires = 0;
	route_build_route6(&message, ROUTE_REPLACE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -6 route", "fd00:0:0:1::/64 dev ve0 proto ra metric "
				    "1007 pref medium");

	/* A gateway that no route of ours leads to. */
	route.destination[7] = 2;
	memcpy(route.gateway, "\xfd\x99\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	route_build_route6(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), -EHOSTUNREACH);
	route.onlink = true;
	route_build_route6(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -6 route", "fd00:0:0:2::/64 via fd99::1 dev ve0 proto "
				    "ra metric 1007 onlink");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_d38_address6), TEST(test_d37_no_link),
		TEST(test_switched_off), TEST(test_duplicate_address),
		TEST(test_d38_routes6),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
