/*
 * Several requests at once, and what takes several, against this machine's
 * kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include <linux/if.h>
#include <linux/neighbour.h>

#include "netlink/tasks.h"
#include "test_netlink_world.h"

static void build_address(struct route_message *message, enum route_verb verb,
			  unsigned int ifindex, uint32_t address)
{
	const struct route_address request_for = { .ifindex = ifindex,
						   .address = address,
						   .prefix = 24,
						   .valid = ROUTE_FOREVER,
						   .preferred = ROUTE_FOREVER };

	route_build_address(message, verb, &request_for);
}

static void build_default(struct route_message *message, unsigned int ifindex,
			  uint32_t gateway)
{
	const struct route_route route = { .ifindex = ifindex,
					   .gateway = gateway,
					   .metric = 1007 };

	route_build_route(message, ROUTE_REPLACE, &route);
}

/* D38: each has a verdict of its own, in the order of the requests, and a
 * refused one does not stop those after it. */
static void test_d38_many(void **state)
{
	unsigned int ifindex = find("ve0").ifindex;
	struct route_message messages[5];
	int results[5];

	(void)state;
	link_up("ve1", true);
	route_build_link_up(&messages[0], ifindex, true);
	build_address(&messages[1], ROUTE_ADD, ifindex, 0xc0a80102);
	build_default(&messages[2], ifindex, 0x63000001);
	build_address(&messages[3], ROUTE_ADD, ifindex, 0xc0a80102);
	build_default(&messages[4], ifindex, 0xc0a80101);
	assert_int_equal(netlink_request_many(&request, messages, 5, results),
			 0);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	assert_int_equal(results[2], -ENETUNREACH);
	assert_int_equal(results[3], -EEXIST);
	assert_int_equal(results[4], 0);
	assert_int_equal(route_outcome(ROUTE_ADD, results[3]), ROUTE_ALREADY);
	/* The first refusal's. */
	assert_non_null(strstr(request.reason, "gateway"));
	assert_shows("ip -4 route", "default via 192.168.1.1 dev ve0");
	/* All once more: nothing is refused that was not before. */
	assert_int_equal(netlink_request_many(&request, messages, 5, results),
			 0);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], -EEXIST);
	assert_int_equal(results[4], 0);

	assert_int_equal(netlink_request_many(&request, messages, 0, results),
			 0);
	assert_string_equal(request.reason, "");
	/* The socket is as good as before. */
	assert_int_equal(find("ve0").ifindex, ifindex);
}

/* More than go in one datagram. */
static void test_very_many(void **state)
{
	static struct route_message messages[200];
	unsigned int ifindex = find("ve0").ifindex;
	int results[ARRAY_SIZE(messages)];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(messages); i++)
		build_address(&messages[i], ROUTE_ADD, ifindex,
			      0x0a000001 + ((i == 150 ? 149 : i) << 8));
	assert_int_equal(netlink_request_many(&request, messages,
					      ARRAY_SIZE(messages), results),
			 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(messages); i++)
		assert_int_equal(results[i], i == 150 ? -EEXIST : 0);
	show("ip -4 addr show ve0 | grep -c inet");
	assert_string_equal(output, "199\n");
}

/* D37: the socket fails, and nobody knows what became of the requests. */
static void test_d37_many_without_a_socket(void **state)
{
	struct netlink closed = NETLINK_CLOSED;
	struct route_message messages[20];
	int results[ARRAY_SIZE(messages)];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(messages); i++)
		route_build_link_up(&messages[i], 1, true);
	assert_int_equal(netlink_request_many(&closed, messages,
					      ARRAY_SIZE(messages), results),
			 -EBADF);
	for (unsigned int i = 0; i < ARRAY_SIZE(messages); i++)
		assert_int_equal(results[i], -EBADF);
	assert_int_equal(netlink_request(&closed, messages), -EBADF);
}

/* D38: without the right to, each is refused, and that is told apart. */
static void test_d38_denied(void **state)
{
	unsigned int ifindex = find("ve0").ifindex;
	struct netlink own = NETLINK_CLOSED;
	struct route_message messages[2];
	int results[2], status;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	route_build_link_up(&messages[0], ifindex, true);
	build_address(&messages[1], ROUTE_ADD, ifindex, 0xc0a80102);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* The socket's opener counts as well. */
		if (setuid(65534) < 0 || netlink_open_request(&own) < 0 ||
		    netlink_request_many(&own, messages, 2, results) != 0)
			_exit(1);
		_exit(results[0] == -EPERM && results[1] == -EPERM &&
				      route_outcome(ROUTE_ADD, results[1]) ==
					      ROUTE_DENIED ?
			      0 :
			      2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_hides("ip link show ve0", ",UP");
}

static void test_mac(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 1, 2, 3 };
	static const uint8_t multicast[6] = { 1, 0, 0x5e, 0, 0, 1 };
	struct route_link link = find("ve0");

	(void)state;
	assert_int_equal(netlink_set_mac(&request, link.ifindex, mac, 6), 0);
	assert_shows("ip link show ve0", "02:00:00:01:02:03");
	/* It was down, and up. */
	assert_hides("ip link show ve0", ",UP");
	link_up("ve0", true);
	assert_int_equal(netlink_set_mac(&request, link.ifindex, link.mac, 6),
			 0);
	assert_shows("ip link show ve0", "02:00:00:00:00:01");
	assert_shows("ip link show ve0", ",UP");
	assert_int_equal(netlink_set_mac(&request, link.ifindex, multicast, 6),
			 -EADDRNOTAVAIL);
	assert_int_equal(netlink_set_mac(&request, link.ifindex, mac, 5),
			 -EINVAL);
	assert_int_equal(netlink_set_mac(&request, 9999, mac, 6), -ENODEV);
}

static void test_links_of_software(void **state)
{
	unsigned int lower = find("ve0").ifindex;
	struct route_message message;
	struct route_link link;
	int r;

	(void)state;
	assert_int_equal(find("ve0").lower, find("ve1").ifindex);
	assert_int_equal(route_build_vlan(&message, "ve0.42", lower, 42), 0);
	r = netlink_request(&request, &message);
	/* A kernel without VLANs has read the message as far as that. */
	if (r == -EOPNOTSUPP) {
		print_message("no VLANs in this kernel: %s\n", request.reason);
		assert_int_equal(route_outcome(ROUTE_ADD, r),
				 ROUTE_UNSUPPORTED);
		run("ip link add ve0.42 link ve0 type macvlan");
	} else {
		assert_int_equal(r, 0);
		assert_int_equal(netlink_request(&request, &message), -EEXIST);
		assert_shows("ip -d link show ve0.42", "vlan protocol 802.1Q "
						       "id 42");
		assert_string_equal(find("ve0.42").kind, "vlan");
		assert_int_equal(find("ve0.42").vlan_id, 42);
	}
	link = find("ve0.42");
	assert_int_equal(link.lower, lower);
	route_build_link_delete(&message, link.ifindex);
	assert_int_equal(netlink_request(&request, &message), 0);
	r = netlink_request(&request, &message);
	assert_int_equal(r, -ENODEV);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	assert_hides("ip link", "ve0.42");
	route_build_link_delete(&message, 1);
	assert_int_equal(netlink_request(&request, &message), -EOPNOTSUPP);
}

static void test_d38_neighbours(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 1, 2, 3 };
	struct route_neighbour list[4], neighbour = {
		.ifindex = find("ve0").ifindex,
		.family = AF_INET6,
		.address = { 0xfe, 0x80, [15] = 9 },
		.mac_len = 6,
		.state = NUD_PERMANENT,
		.flags = NTF_ROUTER,
	};
	struct route_message message;
	int r;

	(void)state;
	memcpy(neighbour.mac, mac, 6);
	link_up("ve0", true);
	link_up("ve1", true);
	run("ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:77 dev ve0;"
	    "ip neigh add fe80::8 lladdr 02:00:00:00:00:88 dev ve1;"
	    "ip neigh add 10.0.0.8 lladdr 02:00:00:00:00:88 dev ve1");
	/* No neighbour: ff02::16 and the like are there on their own. */
	run("ip neigh add ff02::77 lladdr 33:33:00:00:00:77 nud noarp dev ve0");
	route_build_neighbour(&message, ROUTE_ADD, &neighbour);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(netlink_request(&request, &message), -EEXIST);
	assert_shows("ip -6 neigh show dev ve0",
		     "fe80::9 lladdr 02:00:00:01:02:03 router PERMANENT");
	assert_int_equal(netlink_read_neighbours(&request, AF_INET6,
						 neighbour.ifindex, list, 4),
			 1);
	assert_memory_equal(list[0].address, neighbour.address, 16);
	assert_memory_equal(list[0].mac, mac, 6);
	assert_int_equal(list[0].state, NUD_PERMANENT);
	assert_true(list[0].flags & NTF_ROUTER);
	assert_int_equal(netlink_read_neighbours(&request, AF_INET,
						 neighbour.ifindex, list, 4),
			 1);
	assert_memory_equal(list[0].address, "\12\0\0\7", 4);
	/* How many there are, not how many had room. */
	run("ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev ve0");
	list[1].family = 77;
	assert_int_equal(netlink_read_neighbours(&request, AF_INET,
						 neighbour.ifindex, list, 1),
			 2);
	assert_int_equal(list[1].family, 77);

	neighbour.mac[5] = 4;
	route_build_neighbour(&message, ROUTE_REPLACE, &neighbour);
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_shows("ip -6 neigh show dev ve0", "02:00:00:01:02:04");
	route_build_neighbour(&message, ROUTE_DELETE, &neighbour);
	assert_int_equal(netlink_request(&request, &message), 0);
	r = netlink_request(&request, &message);
	assert_int_equal(route_outcome(ROUTE_DELETE, r), ROUTE_ALREADY);
	assert_hides("ip -6 neigh show dev ve0", "PERMANENT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_d38_many),
		TEST(test_very_many),
		TEST(test_d37_many_without_a_socket),
		TEST(test_d38_denied),
		TEST(test_mac),
		TEST(test_links_of_software),
		TEST(test_d38_neighbours),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
