/*
 * A network namespace of this machine's kernel with a pair of veths, ve0 and
 * ve1, for each test; what was done is looked at with ip(8). Included after
 * cmocka.h. Needs root, or user namespaces, and veth.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/compiler.h"
#include "netlink/socket.h"

static struct netlink request = NETLINK_CLOSED;
static char output[16384];

UNUSED static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* What COMMAND prints. */
UNUSED static const char *show(const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t n;

	assert_non_null(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return output;
}

UNUSED static void assert_shows(const char *command, const char *part)
{
	if (!strstr(show(command), part))
		fail_msg("%s: \"%s\" lacks \"%s\"", command, output, part);
}

UNUSED static void assert_hides(const char *command, const char *part)
{
	if (strstr(show(command), part))
		fail_msg("%s: \"%s\" has \"%s\"", command, output, part);
}

struct search {
	const char *name;
	unsigned int n_links;
	struct route_link link;
};

UNUSED static int got_link(const struct route_header *header, void *owner)
{
	struct search *search = owner;
	struct route_link link;
	int r = route_parse_link(header, &link);

	if (r < 0)
		return r;
	search->n_links++;
	if (strcmp(link.name, search->name) == 0)
		search->link = link;
	return 0;
}

UNUSED static struct route_link find(const char *name)
{
	struct search search = { .name = name };
	struct route_message message;

	route_build_get_links(&message);
	assert_int_equal(netlink_dump(&request, &message, got_link, &search),
			 0);
	assert_true(search.link.ifindex > 0);
	return search.link;
}

UNUSED static int set_up(void **state)
{
	(void)state;
	run("ip link add ve0 address 02:00:00:00:00:01 type veth peer ve1");
	return netlink_open_request(&request);
}

UNUSED static int tear_down(void **state)
{
	(void)state;
	run("ip link del ve0");
	netlink_close(&request);
	return 0;
}

UNUSED static void link_up(const char *name, bool up)
{
	struct route_message message;

	route_build_link_up(&message, find(name).ifindex, up);
	assert_int_equal(netlink_request(&request, &message), 0);
}

UNUSED static void await(struct netlink *netlink)
{
	struct pollfd event = { .fd = netlink->fd, .events = POLLIN };

	assert_int_equal(poll(&event, 1, -1), 1);
}

UNUSED static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
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
