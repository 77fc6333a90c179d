/*
 * For the tests of ARP: ve0 is ours, and ve1 a stranger's in a namespace of its
 * own, whose kernel answers for its addresses. Needs root, or user namespaces,
 * and veth.
 *
 * Nothing waits for a time: a link keeps packets in order, so what came before
 * a mark is all there was.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <arpa/inet.h>

#include "base/compiler.h"
#include "dhcp/arp.h"
#include "dhcp/arp_socket.h"

#define OUR_MAC "\2\0\0\0\0\1"
#define PEER_MAC "\2\0\0\0\0\2"
#define OTHER_MAC "\2\0\0\0\0\3"
#define ADDRESS 0x0a000005 /* 10.0.0.5 */
#define FREE 0x0a000006
#define MARK 0x0a000063

static pid_t stranger;	 /* holds the other namespace */
static int peer_fd = -1; /* raw, on ve1, of all ARP */
static int fd = -1;	 /* under test, on ve0 */
static int ifindex;

static const struct arp_filter plain UNUSED = {
	.macs = { { 2, 0, 0, 0, 0, 1 } },
	.n_macs = 1,
	.addresses = { ADDRESS, MARK },
};

UNUSED static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

UNUSED static void run_there(const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "nsenter --net=/proc/%d/ns/net %s",
		 (int)stranger, command);
	run(line);
}

UNUSED static pid_t start_stranger(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* Also when the test crashes. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* A socket on ve1 that sends anything, and hears what is of PROTOCOL. */
UNUSED static int open_peer(uint16_t protocol)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(protocol) };
	char path[64];
	int home, there, peer;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)stranger);
	there = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0 && there >= 0);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	peer = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(peer >= 0);
	address.sll_ifindex = (int)if_nametoindex("ve1");
	assert_int_equal(
		bind(peer, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	close(there);
	return peer;
}

/* The end of a veth that was up first drops what it should send until the kernel
 * has dealt with its carrier, which it does in its own time. */
#define IS_UP "while ! ip link show %s | grep -q 'state UP'; do :; done"

UNUSED static void await_running(const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), IS_UP, name);
	run(line);
	if (strcmp(name, "ve0") == 0) {
		snprintf(line, sizeof(line), "sh -c \"" IS_UP "\"", "ve1");
		run_there(line);
	}
}

UNUSED static int set_up(void **state UNUSED)
{
	stranger = start_stranger();
	run("ip link add ve0 address 02:00:00:00:00:01 type veth "
	    "peer ve1 address 02:00:00:00:00:02");
	{
		char line[64];

		snprintf(line, sizeof(line), "ip link set ve1 netns %d",
			 (int)stranger);
		run(line);
	}
	run_there("ip link set ve1 up");
	run("ip link set ve0 up");
	await_running("ve0");
	ifindex = (int)if_nametoindex("ve0");
	peer_fd = open_peer(ETH_P_ARP);
	assert_int_equal(arp_socket_open(&fd), 0);
	return 0;
}

UNUSED static int tear_down(void **state UNUSED)
{
	close(fd);
	close(peer_fd);
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
	/* ve0 goes with it, but later. */
	return system("! ip link show ve0 >/dev/null 2>&1 || ip link del ve0 "
		      "2>/dev/null || :");
}

UNUSED static void ready(const struct arp_filter *filter)
{
	assert_int_equal(arp_socket_filter(fd, filter), 0);
	assert_int_equal(arp_socket_bind(fd, ifindex), 0);
}

/* A frame as the stranger sends it; what is told apart, has a name here. */
struct frame {
	const char *to; /* broadcast */
	uint16_t htype, ptype, sizes, operation;
	const char *sender_mac;
	uint32_t sender, target;
	size_t len; /* after the link's header */
};

static const struct frame usual UNUSED = {
	"\377\377\377\377\377\377",
	1,
	0x0800,
	0x0604,
	1,
	PEER_MAC,
	ADDRESS,
	ADDRESS,
	28,
};

UNUSED static void send_frame(const struct frame *frame)
{
	uint8_t buffer[1514] = { 0 };
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	writer_bytes(&writer, frame->to, 6);
	writer_bytes(&writer, frame->sender_mac, 6);
	writer_be16(&writer, 0x0806);
	writer_be16(&writer, frame->htype);
	writer_be16(&writer, frame->ptype);
	writer_be16(&writer, frame->sizes);
	writer_be16(&writer, frame->operation);
	writer_bytes(&writer, frame->sender_mac, 6);
	writer_be32(&writer, frame->sender);
	writer_fill(&writer, 0, 6);
	writer_be32(&writer, frame->target);
	assert_int_equal(send(peer_fd, buffer, 14 + frame->len, 0),
			 14 + frame->len);
}

UNUSED static void send_from(uint32_t sender)
{
	struct frame frame = usual;

	frame.sender = frame.target = sender;
	send_frame(&frame);
}

/* The next packet, which is waited for. */
UNUSED static struct span receive_packet(void)
{
	static uint8_t buffer[ARP_LEN];
	struct pollfd event = { .fd = fd, .events = POLLIN };
	struct span packet;

	assert_int_equal(poll(&event, 1, -1), 1);
	assert_int_equal(
		arp_socket_receive(fd, buffer, sizeof(buffer), &packet), 0);
	assert_ptr_equal(packet.data, buffer);
	return packet;
}

UNUSED static struct arp receive(void)
{
	struct arp arp;

	assert_int_equal(arp_parse(receive_packet(), &arp), 0);
	return arp;
}

/* How many packets came before the mark, which is sent now. */
UNUSED static unsigned int count(void)
{
	unsigned int n = 0;

	send_from(MARK);
	while (receive().sender != MARK)
		n++;
	return n;
}

/* What the stranger hears next of ours. */
UNUSED static struct arp heard_there(void)
{
	uint8_t frame[128];
	struct arp arp;
	ssize_t n;

	do {
		n = recv(peer_fd, frame, sizeof(frame), 0);
		assert_true(n >= 14 + ARP_LEN);
	} while (memcmp(frame + 6, OUR_MAC, 6) != 0);
	assert_memory_equal(frame, "\377\377\377\377\377\377", 6);
	assert_int_equal(
		arp_parse((struct span){ frame + 14, (size_t)n - 14 }, &arp),
		0);
	return arp;
}

UNUSED static int write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = file < 0 ? -1 : write(file, text, strlen(text));

	if (file >= 0)
		close(file);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

UNUSED static void enter_namespace(void)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
