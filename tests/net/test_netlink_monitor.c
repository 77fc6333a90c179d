/*
 * Monitors of this machine's kernel: who else writes to them, and what is lost
 * when nobody reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/if.h>

#include "netlink/tasks.h"
#include "test_netlink_world.h"

static int next_link(struct netlink *monitor, struct route_link *ret_link)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	struct route_header header;
	struct span datagram;
	struct reader reader;
	int r = netlink_receive(monitor, buffer, sizeof(buffer), &datagram);

	if (r < 0)
		return r;
	reader_from_span(&reader, datagram);
	assert_int_equal(route_next(&reader, &header), 0);
	return route_parse_link(&header, ret_link);
}

/* CVE-2012-2320: who else writes to our socket is not the kernel. */
static void test_monitor_and_forged_sender(void **state)
{
	struct netlink monitor = NETLINK_CLOSED, liar = NETLINK_CLOSED;
	struct sockaddr_nl address = { 0 };
	socklen_t len = sizeof(address);
	struct route_message message;
	struct route_link link;
	struct span forged;

	(void)state;
	assert_int_equal(netlink_open_monitor(&monitor, RTMGRP_LINK), 0);
	assert_int_equal(next_link(&monitor, &link), -EAGAIN);
	assert_int_equal(netlink_open_request(&liar), 0);
	assert_int_equal(
		getsockname(monitor.fd, (struct sockaddr *)&address, &len), 0);
	route_build_link_up(&message, 4711, true);
	forged = route_message_span(&message);
	assert_int_equal(sendto(liar.fd, forged.data, forged.len, 0,
				(struct sockaddr *)&address, len),
			 forged.len);
	assert_int_equal(next_link(&monitor, &link), -EAGAIN);
	assert_int_equal(monitor.n_foreign, 1);
	/* The control: the kernel is heard. */
	link_up("ve0", true);
	await(&monitor);
	assert_int_equal(next_link(&monitor, &link), 0);
	assert_string_equal(link.name, "ve0");
	assert_true(link.flags & IFF_UP);
	netlink_close(&liar);
	netlink_close(&monitor);
	netlink_close(&monitor);
	assert_int_equal(monitor.fd, -1);
}

static void test_monitor_overrun(void **state)
{
	struct netlink monitor = NETLINK_CLOSED;
	struct route_link link;
	int size = 4096, r;

	(void)state;
	assert_int_equal(netlink_open_monitor(&monitor, RTMGRP_LINK), 0);
	assert_int_equal(setsockopt(monitor.fd, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)),
			 0);
	for (int i = 0; i < 50; i++)
		link_up("ve0", i % 2 == 0);
	do {
		r = next_link(&monitor, &link);
	} while (r == 0);
	assert_int_equal(r, -ENOBUFS);
	while ((r = next_link(&monitor, &link)) == 0)
		continue;
	assert_int_equal(r, -EAGAIN);
	/* It goes on after that. */
	link_up("ve0", true);
	await(&monitor);
	assert_int_equal(next_link(&monitor, &link), 0);
	netlink_close(&monitor);
}

/* The same for an acknowledgement: a forged refusal that is there before the
 * request is made, with the right number, is not the kernel's. */
static void test_forged_acknowledgement(void **state)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} forged = {
		.header = { .nlmsg_len = sizeof(forged),
			    .nlmsg_type = NLMSG_ERROR },
		.error.error = -EPERM,
	};
	struct netlink liar = NETLINK_CLOSED;
	struct sockaddr_nl address = { 0 };
	socklen_t len = sizeof(address);
	struct route_message message;

	(void)state;
	assert_int_equal(netlink_open_request(&liar), 0);
	assert_int_equal(
		getsockname(request.fd, (struct sockaddr *)&address, &len), 0);
	route_build_link_up(&message, find("ve0").ifindex, true);
	forged.header.nlmsg_seq = forged.error.msg.nlmsg_seq = request.seq + 1;
	assert_int_equal(sendto(liar.fd, &forged, sizeof(forged), 0,
				(struct sockaddr *)&address, len),
			 sizeof(forged));
	assert_int_equal(netlink_request(&request, &message), 0);
	assert_int_equal(request.n_foreign, 1);
	assert_shows("ip link show ve0", ",UP");
	netlink_close(&liar);
}

/* What a program knows of the addresses: all that it was told. */
#define KNOWN_MAX 1024

struct known {
	unsigned int n;
	struct {
		unsigned int ifindex;
		uint8_t address[16];
	} addresses[KNOWN_MAX];
};

static unsigned int look_up(const struct known *known, unsigned int ifindex,
			    const uint8_t address[16])
{
	unsigned int i;

	for (i = 0; i < known->n; i++) {
		if (known->addresses[i].ifindex == ifindex &&
		    memcmp(known->addresses[i].address, address, 16) == 0)
			break;
	}
	return i;
}

static void learn(struct known *known, unsigned int ifindex,
		  const uint8_t address[16], bool gone)
{
	unsigned int i = look_up(known, ifindex, address);

	if (gone) {
		if (i < known->n)
			known->addresses[i] = known->addresses[--known->n];
		return;
	}
	assert_true(i < KNOWN_MAX);
	known->addresses[i].ifindex = ifindex;
	memcpy(known->addresses[i].address, address, 16);
	if (i == known->n)
		known->n++;
}

static int heard(const struct route_header *header, void *owner)
{
	struct route_address6 address6;
	struct route_address address;

	if (route_parse_address(header, &address) == 0) {
		uint8_t bytes[16] = { 0 };

		memcpy(bytes, &address.address, 4);
		learn(owner, address.ifindex, bytes, address.gone);
	} else if (route_parse_address6(header, &address6) == 0) {
		learn(owner, address6.ifindex, address6.address, address6.gone);
	}
	return 0;
}

static void forget(void *owner UNUSED)
{
}

/* Both families; what is known already stays known. */
static void ask(struct known *known)
{
	struct route_message message;

	route_build_get_addresses(&message);
	assert_int_equal(
		netlink_dump_whole(&request, &message, forget, heard, known),
		0);
	route_build_get_addresses6(&message);
	assert_int_equal(
		netlink_dump_whole(&request, &message, forget, heard, known),
		0);
}

static bool same(const struct known *a, const struct known *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		if (look_up(b, a->addresses[i].ifindex,
			    a->addresses[i].address) == b->n)
			return false;
	}
	return true;
}

/* Reads all that waits; how often the kernel said that it dropped some. With
 * RESYNCHRONISE that has everything asked for anew. */
static unsigned int listen_to(struct netlink *monitor, struct known *known,
			      bool resynchronise)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	unsigned int n_lost = 0;

	for (;;) {
		struct route_header header;
		struct span datagram;
		struct reader reader;
		int r = netlink_receive(monitor, buffer, sizeof(buffer),
					&datagram);

		if (r == -EAGAIN)
			return n_lost;
		if (r == -ENOBUFS) {
			n_lost++;
			if (resynchronise) {
				netlink_drain(monitor);
				known->n = 0;
				ask(known);
			}
			continue;
		}
		assert_int_equal(r, 0);
		reader_from_span(&reader, datagram);
		while (route_next(&reader, &header) == 0)
			heard(&header, known);
	}
}

/* First many addresses, then few: the first that are there are news that are
 * heard, and that they went is lost. */
static void change_much(void)
{
	run("{ for i in $(seq 200); do echo addr add 10.1.$i.1/24 dev ve0;"
	    "echo addr add fd00::$i/64 dev ve1 nodad; done; "
	    "echo link set ve0 up; echo link set ve1 up; "
	    "for i in $(seq 2 200); do echo addr del 10.1.$i.1/24 dev ve0;"
	    "echo addr del fd00::$i/64 dev ve1; done; } | ip -batch -");
}

/* The kernel gives out no addresses of its own, whenever it comes to that:
 * what there is to be heard is what change_much() does. */
static void open_monitor(struct netlink *monitor)
{
	int size = 8192;

	run("ip link set ve0 addrgenmode none; "
	    "ip link set ve1 addrgenmode none");
	assert_int_equal(
		netlink_open_monitor(monitor,
				     RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR),
		0);
	/* Small, but with room for some. */
	assert_int_equal(setsockopt(monitor->fd, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)),
			 0);
}

/* D37: nothing is lost for good. */
static void test_d37_resynchronised(void **state)
{
	static struct known deaf, known, truth;
	struct netlink careless = NETLINK_CLOSED, monitor = NETLINK_CLOSED;

	(void)state;
	deaf.n = known.n = truth.n = 0;
	open_monitor(&careless);
	open_monitor(&monitor);
	ask(&known);
	deaf = known;
	/* While nothing is lost both hear all. */
	run("ip addr add 10.2.0.1/24 dev ve0");
	assert_int_equal(listen_to(&careless, &deaf, false), 0);
	assert_int_equal(listen_to(&monitor, &known, true), 0);
	ask(&truth);
	assert_true(same(&deaf, &truth));
	assert_true(same(&known, &truth));

	change_much();
	assert_true(listen_to(&careless, &deaf, false) >= 1);
	assert_true(listen_to(&monitor, &known, true) >= 1);
	truth.n = 0;
	ask(&truth);
	/* The control: it was worth asking. */
	assert_false(same(&deaf, &truth));
	assert_true(same(&known, &truth));

	/* And it goes on. */
	run("ip addr del 10.2.0.1/24 dev ve0");
	assert_int_equal(listen_to(&monitor, &known, true), 0);
	truth.n = 0;
	ask(&truth);
	assert_true(same(&known, &truth));
	netlink_close(&careless);
	netlink_close(&monitor);
}

/* Without netlink_drain() what waits is taken for news after the dump. */
static void test_d37_drained(void **state)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	struct netlink monitor = NETLINK_CLOSED;
	struct span datagram;

	(void)state;
	open_monitor(&monitor);
	change_much();
	assert_int_equal(
		netlink_receive(&monitor, buffer, sizeof(buffer), &datagram),
		-ENOBUFS);
	/* The control: there is something. */
	assert_int_equal(
		netlink_receive(&monitor, buffer, sizeof(buffer), &datagram),
		0);
	netlink_drain(&monitor);
	assert_int_equal(
		netlink_receive(&monitor, buffer, sizeof(buffer), &datagram),
		-EAGAIN);
	netlink_drain(&monitor);
	run("ip addr add 10.2.0.1/24 dev ve0");
	assert_int_equal(
		netlink_receive(&monitor, buffer, sizeof(buffer), &datagram),
		0);
	netlink_close(&monitor);
}

/* A dump of many links during which one more is made. */
struct disturbed {
	unsigned int n_starts;
	unsigned int n_changes; /* left */
	unsigned int n_links;
};

static void disturbed_start(void *owner)
{
	struct disturbed *disturbed = owner;

	disturbed->n_starts++;
	disturbed->n_links = 0;
}

static int disturbed_got(const struct route_header *header, void *owner)
{
	struct disturbed *disturbed = owner;
	struct route_link link;

	assert_int_equal(route_parse_link(header, &link), 0);
	/* With the first link of each answer. */
	if (disturbed->n_links++ == 0 && disturbed->n_changes > 0) {
		disturbed->n_changes--;
		run("ip link add vq0 type veth peer vq1; ip link del vq0");
	}
	return 0;
}

static void test_dump_interrupted(void **state)
{
	struct disturbed disturbed = { .n_changes = 1 };
	struct route_message message;

	(void)state;
	run("for i in $(seq 60); do echo link add vx$i type veth peer vy$i; "
	    "done | ip -batch -");
	route_build_get_links(&message);
	assert_int_equal(
		netlink_dump(&request, &message, disturbed_got, &disturbed),
		-EAGAIN);
	/* The same socket, at once, without a change. */
	disturbed.n_links = 0;
	assert_int_equal(
		netlink_dump(&request, &message, disturbed_got, &disturbed), 0);
	assert_true(disturbed.n_links >= 123);
	disturbed.n_changes = 2;
	assert_int_equal(netlink_dump_whole(&request, &message, disturbed_start,
					    disturbed_got, &disturbed),
			 0);
	assert_int_equal(disturbed.n_starts, 3);
	assert_true(disturbed.n_links >= 123);
	/* Never at rest: it ends all the same. */
	disturbed = (struct disturbed){ .n_changes = UINT32_MAX };
	assert_int_equal(netlink_dump_whole(&request, &message, disturbed_start,
					    disturbed_got, &disturbed),
			 -EAGAIN);
	assert_int_equal(disturbed.n_starts, 5);
	run("for i in $(seq 60); do echo link del vx$i; done | ip -batch -");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_monitor_and_forged_sender),
		TEST(test_forged_acknowledgement),
		TEST(test_monitor_overrun),
		TEST(test_d37_resynchronised),
		TEST(test_d37_drained),
		TEST(test_dump_interrupted),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
