/*
 * phase-net: see net_main.h. Every NIC that the kernel has or gets is brought
 * up, and has a DHCP client of its own (net_nic.h); nothing waits for anything
 * else. What changes is told by rtnetlink.
 */
#include "init/net_main.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/fd.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pages.h"
#include "init/net_nic.h"
#include "init/net_report.h"
#include "netlink/route.h"
#include "netlink/socket.h"

#define NICS_MAX 16
#define METRIC_BASE 100
/* Links of all kinds that one look at the kernel's list takes in. */
#define LINKS_MAX 128
#define DUMP_TRIES 5

struct net {
	struct loop loop;
	struct netlink requests;
	struct netlink monitor;
	struct loop_source monitor_source;
	struct loop_source control;
	struct lines commands;
	bool has_loopback;
	unsigned int n_over; /* NICs there was no room for */
	bool releases;	     /* leases are given back at the end */
	unsigned int n_releasing;
	struct net_nic nics[NICS_MAX];
};

static void set_up(struct net *net, const struct route_link *link)
{
	struct route_message message;
	int r;

	if (link->flags & IFF_UP)
		return;
	route_build_link_up(&message, link->ifindex, true);
	r = netlink_request(&net->requests, &message);
	if (r < 0)
		log_warning("%s cannot be brought up: %s", link->name,
			    strerror(-r));
}

static bool is_there(const struct net_nic *nic)
{
	return nic->used && !nic->gone;
}

static struct net_nic *find_nic(struct net *net, unsigned int ifindex)
{
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (is_there(&net->nics[i]) &&
		    net->nics[i].link.ifindex == ifindex)
			return &net->nics[i];
	}
	return NULL;
}

static void write_resolv(struct net_nic *changed)
{
	struct net *net = changed->owner;
	const struct net_config *configs[NICS_MAX];
	unsigned int n = 0;

	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (is_there(&net->nics[i]))
			configs[n++] = &net->nics[i].config;
	}
	net_config_write_resolv(configs, n);
}

/* The last one ends us. */
static void nic_released(struct net_nic *nic)
{
	struct net *net = nic->owner;

	if (--net->n_releasing == 0)
		net->loop.stopped = true;
}

static struct net_nic *add_nic(struct net *net, const struct route_link *link)
{
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		struct net_nic *nic = &net->nics[i];

		if (nic->used)
			continue;
		*nic = (struct net_nic){
			.loop = &net->loop,
			.netlink = &net->requests,
			.resolvers_changed = write_resolv,
			.released = nic_released,
			.owner = net,
		};
		net_nic_init(nic, link, METRIC_BASE + i);
		return nic;
	}
	if (net->n_over++ == 0)
		log_warning("more than %d NICs: %s and later ones are not "
			    "configured",
			    NICS_MAX, link->name);
	return NULL;
}

/* A device of the machine's. What is made of software (a bridge, a VLAN) is
 * its maker's. */
static bool is_nic(const struct route_link *link)
{
	return link->hardware == ARPHRD_ETHER &&
	       link->mac_len == DHCP_MAC_LEN && link->kind[0] == '\0';
}

static void link_changed(struct net *net, const struct route_link *link)
{
	struct net_nic *nic = find_nic(net, link->ifindex);
	bool is_new = !nic;

	if (link->gone) {
		if (nic)
			net_nic_remove(nic);
		return;
	}
	/* Once: who takes a link down later has a reason to. */
	if (is_new && is_nic(link))
		set_up(net, link);
	if (link->hardware == ARPHRD_LOOPBACK && !net->has_loopback) {
		net->has_loopback = true;
		set_up(net, link);
	}
	if (is_new && is_nic(link))
		nic = add_nic(net, link);
	if (nic)
		net_nic_update(nic, link, is_new);
}

struct link_list {
	unsigned int n_links;
	struct route_link links[LINKS_MAX];
};

static int link_dumped(const struct route_header *header, void *owner)
{
	struct link_list *list = owner;

	if (list->n_links == LINKS_MAX)
		return -ENOBUFS;
	if (route_parse_link(header, &list->links[list->n_links]) == 0)
		list->n_links++;
	return 0;
}

/* Asks for all links: at the start, and when news of them were lost. What has
 * to be done about them are requests, which come after the dump. */
static int read_links(struct net *net)
{
	static struct link_list list; /* too large for a stack */
	struct route_message message;
	unsigned int tries = 0;
	int r;

	do {
		list.n_links = 0;
		route_build_get_links(&message);
		r = netlink_dump(&net->requests, &message, link_dumped, &list);
	} while (r == -EAGAIN && ++tries < DUMP_TRIES);
	if (r < 0 && r != -EAGAIN && r != -ENOBUFS)
		return r;
	for (unsigned int i = 0; i < NICS_MAX; i++)
		net->nics[i].seen = false;
	for (unsigned int i = 0; i < list.n_links; i++)
		link_changed(net, &list.links[i]);
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (is_there(&net->nics[i]) && !net->nics[i].seen && r == 0)
			net_nic_remove(&net->nics[i]);
	}
	return 0;
}

/* Handles the news that are waiting; asks for everything when some were
 * lost. */
static void read_monitor(struct net *net)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	struct route_header header;
	struct route_link link;
	struct span datagram;
	struct reader reader;
	int r;

	for (;;) {
		r = netlink_receive(&net->monitor, buffer, sizeof(buffer),
				    &datagram);
		if (r == -ENOBUFS || r == -EMSGSIZE) {
			netlink_drain(&net->monitor);
			r = read_links(net);
			if (r < 0)
				log_warning("links: %s", strerror(-r));
			continue;
		}
		if (r < 0)
			return;
		reader_from_span(&reader, datagram);
		while (route_next(&reader, &header) == 0) {
			if (route_parse_link(&header, &link) == 0)
				link_changed(net, &link);
		}
	}
}

static void monitor_ready(struct loop *loop, struct loop_source *source UNUSED,
			  short revents UNUSED)
{
	read_monitor(loop->owner);
}

/* Commands. */

/* The drivers are loaded, so the kernel has told of their NICs by now. */
static void coldplugged(struct net *net)
{
	unsigned int n = 0;

	read_monitor(net);
	for (unsigned int i = 0; i < NICS_MAX; i++)
		n += is_there(&net->nics[i]);
	net_report_settled(n);
}

static void release_all(struct net *net)
{
	/* One more than there are: until all of them have been told. */
	net->n_releasing = 1;
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (!is_there(&net->nics[i]))
			continue;
		net->n_releasing++;
		net_nic_release(&net->nics[i]);
	}
	if (--net->n_releasing == 0)
		net->loop.stopped = true;
}

static void obey(struct net *net, struct span line)
{
	if (span_is(line, "coldplugged"))
		coldplugged(net);
	else if (span_is(line, "release"))
		net->releases = true;
	else
		log_warning("a command that is none was ignored");
}

static void control_ready(struct loop *loop, struct loop_source *source,
			  short revents UNUSED)
{
	struct net *net = loop->owner;
	struct span line;
	void *place;
	size_t room;
	ssize_t n;

	place = lines_place(&net->commands, &room);
	n = read(source->fd, place, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop->stopped = true; /* PID 1 wants us no more */
		return;
	}
	lines_filled(&net->commands, (size_t)n);
	while (lines_next(&net->commands, &line))
		obey(net, line);
}

/* Signals. */

static void reap(struct net *net)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned int i = 0; i < NICS_MAX; i++) {
			if (net->nics[i].used &&
			    net_nic_reaped(&net->nics[i], pid, status))
				break;
		}
	}
}

static void signalled(struct loop *loop, int signo)
{
	struct net *net = loop->owner;

	if (signo == SIGCHLD) {
		reap(net);
		return;
	}
	/* What was said before it. */
	control_ready(loop, &net->control, 0);
	if (net->releases && net->n_releasing == 0)
		release_all(net);
	else if (!net->releases)
		loop->stopped = true;
}

/* Without signals it works, but does not end in good order. */
static void watch_signals(struct net *net)
{
	static const int watched[] = { SIGCHLD, SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		int r = loop_watch_signal(&net->loop, watched[i]);

		if (r < 0)
			log_warning("signal %d is not heeded: %s", watched[i],
				    strerror(-r));
	}
	signal(SIGPIPE, SIG_IGN);
}

static int start_net(struct net *net)
{
	int r;

	/* The monitor first: between it and the dump nothing is missed. */
	r = netlink_open_monitor(&net->monitor, RTMGRP_LINK);
	if (r == 0)
		r = netlink_open_request(&net->requests);
	if (r < 0) {
		log_error("no network: this kernel has no rtnetlink "
			  "(CONFIG_NET): %s",
			  strerror(-r));
		return r;
	}
	net->monitor_source = (struct loop_source){ net->monitor.fd, POLLIN,
						    monitor_ready, NULL };
	net->control = (struct loop_source){ STDIN_FILENO, POLLIN,
					     control_ready, NULL };
	r = loop_add(&net->loop, &net->monitor_source);
	if (r == 0)
		r = loop_add(&net->loop, &net->control);
	if (r == 0)
		r = read_links(net);
	if (r < 0)
		log_error("no network: links: %s", strerror(-r));
	return r;
}

static int run_child(void)
{
	struct net *net = pages_take(sizeof(*net));
	int r;

	if (!net) {
		log_error("no network: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	net->requests = (struct netlink)NETLINK_CLOSED;
	net->monitor = (struct netlink)NETLINK_CLOSED;
	lines_init(&net->commands);
	r = loop_init(&net->loop, signalled, net);
	if (r < 0)
		log_warning("no event pipe: %s", strerror(-r));
	watch_signals(net);
	r = start_net(net);
	if (r < 0)
		return NET_EXIT_UNSUPPORTED;
	r = loop_run(&net->loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int net_main(int argc, char **argv)
{
	enum log_level level = LOG_LEVEL_NOTICE;

	log_init("phase-net", level);
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		return fd_write_text(STDOUT_FILENO,
				     "Phase Boot " PHASE_VERSION "\n") < 0;
	}
	if (argc != 4 || strcmp(argv[1], "--child") != 0 ||
	    strcmp(argv[2], "--log") != 0 ||
	    !log_parse_level(argv[3], &level)) {
		log_error("init starts it, with --child --log LEVEL");
		return 2;
	}
	log_set_level(level);
	log_open_kmsg();
	return run_child();
}
