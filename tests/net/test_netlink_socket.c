/* netlink/socket.c against this machine's kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/if.h>

#include "netlink/uevent.h"
#include "test_netlink_world.h"

/* The kernel sets the operational state some time after the carrier, and
 * tells. MONITOR was open before the change. */
static void await_running(struct netlink *monitor, const char *name)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	struct pollfd poll_fd = { .fd = monitor->fd, .events = POLLIN };
	struct span datagram;

	while (find(name).operstate != 6) {
		assert_true(poll(&poll_fd, 1, -1) == 1);
		while (netlink_receive(monitor, buffer, sizeof(buffer),
				       &datagram) == 0)
			continue;
	}
}

static void test_links(void **state)
{
	struct netlink monitor = NETLINK_CLOSED;
	struct route_message message;
	struct route_link link;

	(void)state;
	assert_int_equal(netlink_open_monitor(&monitor, RTMGRP_LINK), 0);
	link = find("lo");
	assert_int_equal(link.ifindex, 1);
	assert_true(link.flags & IFF_LOOPBACK);
	assert_false(link.flags & IFF_UP);
	link_up("lo", true);
	assert_shows("ip link show lo", ",UP");
	assert_true(find("lo").flags & IFF_UP);
	link_up("lo", false);
	assert_hides("ip link show lo", ",UP");

	link = find("ve0");
	assert_string_equal(link.kind, "veth");
	assert_memory_equal(link.mac, "\2\0\0\0\0\1", 6);
	assert_int_equal(link.mac_len, 6);
	assert_int_equal(link.mtu, 1500);
	assert_int_equal(link.min_mtu, 68);
	assert_int_equal(link.max_mtu, 65535);
	link_up("ve0", true);
	assert_false(find("ve0").carrier);
	link_up("ve1", true);
	assert_true(find("ve0").carrier);
	await_running(&monitor, "ve0");
	netlink_close(&monitor);

	route_build_link_mtu(&message, link.ifindex, 1400);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip link show ve0", "mtu 1400");
	/* D33: the device refuses, and the kernel says why. */
	route_build_link_mtu(&message, link.ifindex, 60);
	assert_int_equal(netlink_request(&request, &message), -EINVAL);
	assert_string_not_equal(request.reason, "");
	route_build_link_up(&message, 9999, true);
	assert_int_equal(netlink_request(&request, &message), -ENODEV);
	assert_string_equal(request.reason, "");
}

static void test_d38_addresses(void **state)
{
	struct route_address address = { .ifindex = find("ve0").ifindex,
					 .address = 0xc0a80102,
					 .prefix = 24,
					 .broadcast = 0xc0a801ff,
					 .valid = 3600,
					 .preferred = 1800,
					 .metric = 1007 };
	struct route_message message;

	(void)state;
	link_up("ve0", true);
	link_up("ve1", true);
	route_build_address(&message, ROUTE_ADD, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), -EEXIST);
	assert_shows("ip -4 addr show ve0",
		     "inet 192.168.1.2/24 metric 1007 brd 192.168.1.255 scope "
		     "global dynamic ve0");
	assert_shows("ip -4 addr show ve0", "preferred_lft 1");
	assert_shows("ip -4 route", "192.168.1.0/24 dev ve0 proto kernel scope "
				    "link src 192.168.1.2 metric 1007");
	/* Renewed, for good. */
	address.valid = address.preferred = ROUTE_FOREVER;
	route_build_address(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -4 addr show ve0", "valid_lft forever");
	assert_hides("ip -4 addr show ve0", "dynamic");
	route_build_address(&message, ROUTE_DELETE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), -EADDRNOTAVAIL);
	assert_string_equal(show("ip -4 addr show ve0"), "");

	address = (struct route_address){ .ifindex = address.ifindex,
					  .address = 0xa9fe0102,
					  .prefix = 16,
					  .valid = ROUTE_FOREVER,
					  .preferred = ROUTE_FOREVER };
	route_build_address(&message, ROUTE_REPLACE, &address);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -4 addr show ve0", "169.254.1.2/16 scope link");
	run("ip addr add 10.0.0.1/24 dev ve0; ip addr add 10.0.0.2/24 dev ve0;"
	    "ip addr add 10.9.0.2/24 dev ve1");
	assert_int_equal(netlink_flush_addresses(&request, address.ifindex), 0);
	assert_string_equal(show("ip -4 addr show ve0"), "");
	assert_shows("ip -4 addr show ve1", "10.9.0.2");
}

static void test_d38_routes(void **state)
{
	struct route_route route = { .ifindex = find("ve0").ifindex,
				     .gateway = 0x0a000001,
				     .metric = 1007,
				     .source = 0x0a00000f };
	struct route_message message;

	(void)state;
	run("ip link set ve0 up; ip link set ve1 up;"
	    "ip addr add 10.0.0.15/24 dev ve0");
	route_build_route(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), -EEXIST);
	assert_shows("ip -4 route", "default via 10.0.0.1 dev ve0 proto dhcp "
				    "src 10.0.0.15 metric 1007");
	route.gateway = 0x0a000002;
	route_build_route(&message, ROUTE_REPLACE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -4 route", "default via 10.0.0.2 ");
	assert_hides("ip -4 route", "10.0.0.1 ");
	route_build_route(&message, ROUTE_DELETE, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), -ESRCH);
	assert_hides("ip -4 route", "default");

	/* A gateway that no address of ours is near to. */
	route = (struct route_route){ .ifindex = route.ifindex,
				      .destination = 0xac100000,
				      .prefix = 12,
				      .gateway = 0x63000001 };
	route_build_route(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), -ENETUNREACH);
	assert_string_not_equal(request.reason, "");
	route.onlink = true;
	route_build_route(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -4 route",
		     "172.16.0.0/12 via 99.0.0.1 dev ve0 proto dhcp onlink");
	route = (struct route_route){ .ifindex = route.ifindex,
				      .destination = 0x63000001,
				      .prefix = 32 };
	route_build_route(&message, ROUTE_ADD, &route);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -4 route", "99.0.0.1 dev ve0 proto dhcp scope link");
}

/* Many links: the answer comes in several datagrams. */
static void test_long_dump(void **state)
{
	struct search search = { .name = "vx30" };
	struct route_message message;

	(void)state;
	run("for i in $(seq 40); do ip link add vx$i type veth peer vy$i; "
	    "done");
	route_build_get_links(&message);
	assert_int_equal(netlink_dump(&request, &message, got_link, &search),
			 0);
	assert_true(search.n_links >= 83);
	assert_string_equal(search.link.name, "vx30");
	run("for i in $(seq 40); do ip link del vx$i; done");
	/* An error of the callee is returned, and the socket good after. */
	route_build_get_addresses(&message);
	link_up("lo", true);
	assert_int_equal(netlink_dump(&request, &message, got_link, &search),
			 -ENOENT);
	assert_int_equal(find("lo").ifindex, 1);
}

static void test_receive_too_small(void **state)
{
	struct netlink monitor = NETLINK_CLOSED;
	uint8_t buffer[64];
	struct span datagram = { NULL, 0 };

	(void)state;
	assert_int_equal(netlink_open_monitor(&monitor, RTMGRP_LINK), 0);
	link_up("ve0", true);
	await(&monitor);
	assert_int_equal(
		netlink_receive(&monitor, buffer, sizeof(buffer), &datagram),
		-EMSGSIZE);
	assert_null(datagram.data);
	netlink_close(&monitor);
}

static void test_uevents(void **state)
{
	struct netlink monitor = NETLINK_CLOSED;
	uint8_t buffer[UEVENT_SIZE];
	struct uevent uevent;
	bool seen = false;

	(void)state;
	assert_int_equal(netlink_open_uevent(&monitor), 0);
	run("ip link add vz0 type veth peer vz1");
	while (!seen) {
		struct span datagram;

		await(&monitor);
		assert_int_equal(netlink_receive(&monitor, buffer,
						 sizeof(buffer), &datagram),
				 0);
		assert_int_equal(uevent_parse(datagram, &uevent), 0);
		seen = uevent.action == UEVENT_ADD &&
		       span_is(uevent.interface, "vz0");
	}
	assert_true(span_is(uevent.subsystem, "net"));
	assert_true(uevent.ifindex == find("vz0").ifindex);
	assert_true(uevent.seqnum > 0);
	run("ip link del vz0");
	netlink_close(&monitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links),
		TEST(test_d38_addresses),
		TEST(test_d38_routes),
		TEST(test_long_dump),
		TEST(test_receive_too_small),
		TEST(test_uevents),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
