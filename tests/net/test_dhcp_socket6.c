/*
 * dhcp/socket6.c against this machine's kernel, and with it the whole of IPv6
 * against dnsmasq: its router advertisements are read, and the client gets an
 * address, renews it and gives it back, or asks for information only. Two
 * network namespaces with a veth pair between them. Needs root, or user
 * namespaces, veth, iproute2 and dnsmasq.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>

#include <cmocka.h>

#include <linux/icmpv6.h>

#include "base/clock.h"
#include "dhcp/advert.h"
#include "dhcp/client6.h"
#include "dhcp/resolvers6.h"
#include "dhcp/socket.h"
#include "dhcp/socket6.h"

#define NOBODY 65534

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 };
static char leases[] = "/tmp/phase-dnsmasq-XXXXXX";
static pid_t server = -1;
static int ifindex;

static struct state {
	int advert_fd, client_fd;
	int64_t ahead; /* ms that the clock is put forward */
	struct dhcp_advert advert;
	struct dhcp_counters counters;
	struct dhcp_resolvers6 resolvers;
	struct dhcp_client6 client;
	struct dhcp_lease6 lease; /* of the last LEASE or INFO */
	bool have_advert;
	unsigned int n_leases, n_info, n_lost;
} all;

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* Addresses are good at once, and only who is told to asks for routers. */
static void quiet(const char *name)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
		       "cd /proc/sys/net/ipv6/conf/%s && echo 0 >accept_dad && "
		       "echo 0 >router_solicitations",
		       name);
	run(command);
}

/* dnsmasq with RANGE on ve1, in a namespace of its own. */
static void start_server(const char *range)
{
	char leasefile[64], dhcp_range[96], command[128];
	int ready[2], moved[2];
	char byte = 0;

	(void)snprintf(leasefile, sizeof(leasefile), "--dhcp-leasefile=%s",
		       leases);
	(void)snprintf(dhcp_range, sizeof(dhcp_range), "--dhcp-range=%s",
		       range);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(moved), 0);
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "r", 1) != 1 ||
		    read(moved[0], &byte, 1) != 1)
			_exit(1);
		if (system("echo 0 >/proc/sys/net/ipv6/conf/ve1/accept_dad && "
			   "ip link set ve1 up && "
			   "ip addr add fd00:6::1/64 dev ve1 nodad") != 0)
			_exit(2);
		execl("/usr/sbin/dnsmasq", "dnsmasq", "--keep-in-foreground",
		      "--conf-file=/dev/null", "--port=0", "--user=root",
		      "--pid-file=", "--interface=ve1", "--enable-ra",
		      "--dhcp-authoritative", "--dhcp-rapid-commit",
		      "--dhcp-option=option6:dns-server,[fd00:6::53]",
		      "--dhcp-option=option6:domain-search,corp.example",
		      "--dhcp-option=option6:bootfile-url,http://[fd00:6::1]/x",
		      "--log-facility=/dev/null", leasefile, dhcp_range, NULL);
		_exit(3);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(command, sizeof(command), "ip link set ve1 netns %d",
		       (int)server);
	run(command);
	assert_int_equal(write(moved[1], "m", 1), 1);
	for (unsigned int i = 0; i < 2; i++) {
		close(ready[i]);
		close(moved[i]);
	}
}

static int set_up(void **state)
{
	(void)state;
	memset(&all, 0, sizeof(all));
	run("ip link add ve0 address 02:00:00:00:00:01 type veth peer ve1");
	quiet("ve0");
	quiet("ve1");
	run("ip link set ve0 up");
	ifindex = (int)if_nametoindex("ve0");
	assert_true(ifindex > 0);
	assert_int_equal(dhcp_socket6_open_advert("ve0", &all.advert_fd), 0);
	assert_int_equal(dhcp_socket6_open_client("ve0", &all.client_fd), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(all.advert_fd);
	close(all.client_fd);
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
		server = -1;
	}
	/* ve1 may have ended with its namespace, and ve0 with it. */
	(void)!system("ip link del ve0 2>/dev/null");
	return 0;
}

static int64_t now_ms(void)
{
	return clock_ms() + all.ahead;
}

static void settle(void)
{
	struct dhcp_action6 action;

	while (dhcp_client6_next(&all.client, &action)) {
		switch (action.type) {
		case DHCP_ACTION6_LOST:
			all.n_lost++;
			break;
		case DHCP_ACTION6_LEASE:
			all.n_leases++;
			all.lease = *action.lease;
			break;
		case DHCP_ACTION6_INFO:
			all.n_info++;
			all.lease = *action.lease;
			break;
		case DHCP_ACTION6_SEND:
			/* It sends again. */
			(void)!dhcp_socket6_send(all.client_fd, ifindex,
						 action.payload);
			break;
		}
	}
}

static void read_adverts(void)
{
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct dhcp_ip6 source;
	struct span packet;
	unsigned int hops;

	while (dhcp_socket6_receive(all.advert_fd, buffer, sizeof(buffer),
				    &packet, &source, &hops) == 0) {
		assert_int_equal(hops, 255);
		assert_int_equal(dhcp_advert_read(packet, &source, hops,
						  &all.counters, &all.advert),
				 0);
		all.have_advert = true;
		(void)dhcp_resolvers6_add(&all.resolvers, &all.advert,
					  &all.counters, now_ms());
		dhcp_client6_advert(&all.client, all.advert.managed,
				    all.advert.other, now_ms());
		settle();
	}
}

static void read_replies(void)
{
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct dhcp_ip6 source;
	struct span payload;
	unsigned int hops;

	while (dhcp_socket6_receive(all.client_fd, buffer, sizeof(buffer),
				    &payload, &source, &hops) == 0) {
		assert_true(dhcp_ip6_is_link_local(&source));
		dhcp_client6_recv(&all.client, payload, &source, now_ms());
		settle();
	}
}

/* One turn of a shell: until something comes or is due. */
static void turn(void)
{
	struct pollfd fds[] = {
		{ .fd = all.advert_fd, .events = POLLIN },
		{ .fd = all.client_fd, .events = POLLIN },
	};
	int64_t wait = dhcp_client6_due(&all.client) - now_ms();

	/* Routers may be solicited before they are there. */
	if (!all.have_advert) {
		(void)!dhcp_socket6_solicit(all.advert_fd, ifindex);
		wait = 50;
	}
	if (wait > 1000)
		wait = 1000;
	assert_true(poll(fds, 2, wait > 0 ? (int)wait : 0) >= 0);
	assert_int_equal(waitpid(server, NULL, WNOHANG), 0);
	read_adverts();
	read_replies();
	dhcp_client6_tick(&all.client, now_ms());
	settle();
}

static void start_client(bool rapid_commit)
{
	struct dhcp_client6_conf conf = { .rapid_commit = rapid_commit };

	memcpy(conf.mac, our_mac, sizeof(conf.mac));
	dhcp_client6_init(&all.client, &conf, 1);
	dhcp_client6_link_up(&all.client, now_ms());
	/* From here on nothing that takes a privilege, if there are others. */
	(void)!seteuid(NOBODY);
}

static void stop_client(void)
{
	assert_int_equal(seteuid(0), 0);
}

static void assert_information(void)
{
	const struct dhcp_ip6 dns = { { 0xfd, 0, 0, 6, [14] = 0, 0x53 } };

	assert_true(dhcp_lease6_is_valid(&all.lease));
	assert_int_equal(all.lease.n_dns, 1);
	assert_memory_equal(&all.lease.dns[0], &dns, 16);
	assert_string_equal(all.lease.domain, "corp.example");
	assert_true(span_is(dhcp_raw_span(&all.lease.boot_file),
			    "http://[fd00:6::1]/x"));
	/* And what its router advertisements say of names. */
	assert_int_equal(all.resolvers.n_dns, 1);
	assert_memory_equal(&all.resolvers.dns[0].address, &dns, 16);
	assert_int_equal(all.resolvers.n_domains, 1);
	assert_string_equal(all.resolvers.domains[0].name, "corp.example");
	assert_true(dhcp_resolvers6_is_valid(&all.resolvers));
}

static void test_stateful(void **state)
{
	static const uint8_t prefix[8] = { 0xfd, 0, 0, 6 };

	(void)state;
	start_server("fd00:6::10,fd00:6::ff,64,1h");
	start_client(false);
	while (all.client.state != DHCP_STATE6_BOUND)
		turn();
	assert_true(all.advert.managed && all.advert.other);
	assert_int_equal(all.n_leases, 1);
	assert_memory_equal(all.lease.address.bytes, prefix, 8);
	assert_int_equal(all.lease.times.valid_s, 3600);
	assert_information();

	/* An hour is a moment. */
	all.ahead += dhcp_client6_due(&all.client) - now_ms();
	while (all.n_leases < 2)
		turn();
	assert_int_equal(all.n_lost, 0);
	assert_memory_equal(all.lease.address.bytes, prefix, 8);

	/* The same link after a flap. */
	dhcp_client6_link_down(&all.client, now_ms());
	dhcp_client6_link_up(&all.client, now_ms());
	settle();
	assert_int_equal(all.client.state, DHCP_STATE6_CONFIRMING);
	while (all.client.state != DHCP_STATE6_BOUND)
		turn();
	assert_int_equal(all.n_lost, 0);

	dhcp_client6_release(&all.client, now_ms());
	settle();
	while (all.client.state != DHCP_STATE6_STOPPED)
		turn();
	assert_int_equal(all.n_lost, 1);
	stop_client();
}

static void test_d39_rapid_commit(void **state)
{
	(void)state;
	start_server("fd00:6::10,fd00:6::ff,64,1h");
	start_client(true);
	while (all.client.state != DHCP_STATE6_BOUND)
		turn();
	assert_int_equal(all.n_leases, 1);
	assert_information();
	stop_client();
}

static void test_stateless(void **state)
{
	(void)state;
	start_server("fd00:6::,ra-stateless");
	start_client(false);
	while (all.client.state != DHCP_STATE6_INFORMED)
		turn();
	assert_true(!all.advert.managed && all.advert.other);
	assert_int_equal(all.n_info, 1);
	assert_int_equal(all.n_leases, 0);
	assert_int_equal(all.lease.has_address, 0);
	assert_information();
	stop_client();
}

/* A raw socket that hears router solicitations at ve1. */
static int open_router(void)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	struct icmp6_filter filter;
	struct ipv6_mreq all_routers = { .ipv6mr_interface =
						 if_nametoindex("ve1") };
	int on = 1;

	assert_true(fd >= 0);
	memset(&filter, 0xff, sizeof(filter));
	filter.data[133 >> 5] &= ~(1u << (133 & 31));
	assert_int_equal(setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &filter,
				    sizeof(filter)),
			 0);
	all_routers.ipv6mr_multiaddr.s6_addr[0] = 0xff;
	all_routers.ipv6mr_multiaddr.s6_addr[1] = 2;
	all_routers.ipv6mr_multiaddr.s6_addr[15] = 2;
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP,
				    &all_routers, sizeof(all_routers)),
			 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on,
				    sizeof(on)),
			 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "ve1", 3),
			 0);
	return fd;
}

static void hear(int fd, struct dhcp_ip6 *source)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct span packet;
	unsigned int hops;

	assert_true(poll(&poll_fd, 1, -1) == 1);
	assert_int_equal(dhcp_socket6_receive(fd, buffer, sizeof(buffer),
					      &packet, source, &hops),
			 0);
	assert_int_equal(hops, 255);
	assert_int_equal(packet.len, 8);
	assert_int_equal(packet.data[0], 133);
}

/* The kernel at the other end verifies the checksums. */
static void test_solicitations(void **state)
{
	static const uint8_t zeroes[16];
	struct dhcp_ip6 source;
	int packet_fd, router_fd;

	(void)state;
	run("ip link set ve1 up");
	router_fd = open_router();
	assert_int_equal(dhcp_socket_open(ifindex, our_mac, &packet_fd), 0);
	while (dhcp_socket6_solicit(all.advert_fd, ifindex) < 0)
		run("sleep 0.01"); /* an address, to send from */
	hear(router_fd, &source);
	assert_true(dhcp_ip6_is_link_local(&source));
	assert_int_equal(dhcp_socket6_solicit_early(packet_fd, ifindex), 0);
	hear(router_fd, &source);
	assert_memory_equal(source.bytes, zeroes, 16);
	close(packet_fd);
	close(router_fd);
}

static void test_errors(void **state)
{
	static const uint8_t zeroes[2000];
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct dhcp_ip6 source;
	struct span packet = { NULL, 0 };
	unsigned int hops;
	int fd = -1;

	(void)state;
	assert_int_equal(dhcp_socket6_open_advert("none", &fd), -ENODEV);
	assert_int_equal(dhcp_socket6_open_client("none", &fd), -ENODEV);
	assert_int_equal(dhcp_socket6_open_client("ve0", &fd), -EADDRINUSE);
	assert_int_equal(fd, -1);
	/* Another interface has a port 546 of its own. */
	assert_int_equal(dhcp_socket6_open_client("ve1", &fd), 0);
	close(fd);
	assert_int_equal(dhcp_socket6_receive(all.client_fd, buffer,
					      sizeof(buffer), &packet, &source,
					      &hops),
			 -EAGAIN);
	/* No address is good before there is carrier. */
	assert_true(dhcp_socket6_send(all.client_fd, ifindex,
				      (struct span){ zeroes, 10 }) < 0);
	/* A packet that is too long for us is dropped whole. */
	run("ip link set lo up");
	assert_int_equal(dhcp_socket6_open_client("lo", &fd), 0);
	{
		struct sockaddr_in6 to = { .sin6_family = AF_INET6,
					   .sin6_port = htons(546),
					   .sin6_addr.s6_addr[15] = 1 };

		assert_int_equal(sendto(fd, zeroes, sizeof(zeroes), 0,
					(struct sockaddr *)&to, sizeof(to)),
				 sizeof(zeroes));
		assert_int_equal(sendto(fd, zeroes, 5, 0,
					(struct sockaddr *)&to, sizeof(to)),
				 5);
	}
	assert_int_equal(dhcp_socket6_receive(fd, buffer, sizeof(buffer),
					      &packet, &source, &hops),
			 -EBADMSG);
	assert_int_equal(dhcp_socket6_receive(fd, buffer, sizeof(buffer),
					      &packet, &source, &hops),
			 0);
	assert_int_equal(packet.len, 5);
	assert_int_equal(source.bytes[15], 1);
	close(fd);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static void enter_namespace(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)getuid());
	if (getuid() == 0) {
		if (unshare(CLONE_NEWNET) == 0)
			return;
	} else if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
		   write_file("/proc/self/uid_map", map) == 0) {
		return;
	}
	perror("a network namespace");
	exit(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_stateful),  TEST(test_d39_rapid_commit),
		TEST(test_stateless), TEST(test_solicitations),
		TEST(test_errors),
	};
	int result, fd;

	enter_namespace();
	fd = mkstemp(leases);
	if (fd < 0)
		return 1;
	close(fd);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(leases);
	return result;
}
