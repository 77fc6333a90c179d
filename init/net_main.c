/*
 * phase-net: see net_main.h. Every NIC that the kernel has or gets is brought
 * up, and has a DHCP client of its own; nothing waits for anything else. What
 * changes is told by rtnetlink.
 *
 * The client (dhcp/client.h) is pure: packets, the clock and carrier go in,
 * actions come out, and settle() carries them out.
 */
#include "init/net_main.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/fd.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/record.h"
#include "base/text.h"
#include "dhcp/client.h"
#include "dhcp/lease_text.h"
#include "dhcp/socket.h"
#include "init/net_config.h"
#include "netlink/route.h"
#include "netlink/socket.h"

#define NICS_MAX 16
#define METRIC_BASE 100
/* Links of all kinds that one look at the kernel's list takes in. */
#define LINKS_MAX 128
#define DUMP_TRIES 5
/* Packets taken from one NIC before the others have their turn. */
#define PACKETS_A_TURN 32

struct net;

struct nic {
	bool used;
	bool seen; /* by the dump that is under way */
	bool reported;
	struct net *net;
	struct route_link link;
	struct net_config config;
	struct dhcp_client client;
	int packet_fd;	/* -1 until the NIC has carrier */
	int unicast_fd; /* bound to the lease's address, -1 without one */
	struct loop_source source;
	struct loop_timer timer;
};

struct net {
	struct loop loop;
	struct netlink requests;
	struct netlink monitor;
	struct loop_source monitor_source;
	struct loop_source control;
	struct lines commands;
	unsigned int n_over; /* NICs there was no room for */
	struct nic nics[NICS_MAX];
};

/* Reports. */

static void report(const struct writer *record)
{
	struct span line = writer_span(record);
	int r;

	/* PID 1 reads all the time; one that does not has died. */
	r = fd_write(STDOUT_FILENO, line.data, line.len);
	if (r < 0)
		log_debug("a record was not read: %s", strerror(-r));
}

static void report_trouble(const struct nic *nic, const char *text)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "trouble");
	record_put(&record, "interface", span_of(nic->link.name));
	record_put(&record, "text", span_of(text));
	record_end(&record);
	report(&record);
}

static void report_event(const struct nic *nic, const char *event)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, event);
	record_put(&record, "interface", span_of(nic->link.name));
	record_end(&record);
	report(&record);
}

static void report_nic(const struct nic *nic)
{
	char line[RECORD_LINE_MAX + 1];
	char path[64], driver[128], mac[3 * ROUTE_MAC_MAX];
	struct writer record, text;
	const char *name = "";
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver",
		 nic->link.name);
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len > 0) {
		driver[len] = '\0';
		name = strrchr(driver, '/');
		name = name ? name + 1 : driver;
	} else {
		name = nic->link.kind;
	}
	writer_init(&text, mac, sizeof(mac));
	text_put_hex_bytes(&text,
			   (struct span){ nic->link.mac, nic->link.mac_len },
			   ':');
	writer_init(&record, line, sizeof(line));
	record_begin(&record, "nic");
	record_put(&record, "interface", span_of(nic->link.name));
	record_put(&record, "driver", span_of(name));
	record_put(&record, "mac", writer_span(&text));
	record_put_u64(&record, "carrier", nic->link.carrier);
	record_end(&record);
	report(&record);
}

static void report_lease(const struct nic *nic, const struct dhcp_lease *lease)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	dhcp_lease_write_record(&record, nic->link.name, lease);
	report(&record);
}

/* Leases. */

static void write_resolv(struct net *net)
{
	const struct net_config *configs[NICS_MAX];
	unsigned int n = 0;

	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (net->nics[i].used)
			configs[n++] = &net->nics[i].config;
	}
	net_config_write_resolv(configs, n);
}

static void lease_lost(struct nic *nic)
{
	fd_close(&nic->unicast_fd);
	net_config_remove(&nic->net->requests, &nic->config);
	net_config_write_lease(&nic->config);
	write_resolv(nic->net);
	report_event(nic, "lost");
}

static void lease_got(struct nic *nic, const struct dhcp_action *action)
{
	struct net *net = nic->net;
	char text[128];
	int r;

	if (nic->config.has_lease &&
	    nic->config.lease.address != action->lease->address)
		fd_close(&nic->unicast_fd);
	r = net_config_apply(&net->requests, &nic->config, action->lease);
	if (r < 0) {
		snprintf(text, sizeof(text),
			 "the kernel refuses the address: %s", strerror(-r));
		log_warning("%s: %s", nic->link.name, text);
		report_trouble(nic, text);
		return;
	}
	/* Reported first: discovery starts while the files are written, which
	 * tell the rest. */
	if (!action->unchanged)
		write_resolv(net);
	net_config_write_lease(&nic->config);
	report_lease(nic, action->lease);
	if (nic->unicast_fd >= 0)
		return;
	r = dhcp_socket_open_unicast(action->lease->address,
				     &nic->unicast_fd);
	if (r < 0)
		log_warning("%s: no socket for renewals, which will be "
			    "broadcast: %s", nic->link.name, strerror(-r));
}

static void send_packet(struct nic *nic, const struct dhcp_action *action)
{
	int r;

	if (action->broadcast)
		r = dhcp_socket_send_broadcast(nic->packet_fd,
					       (int)nic->link.ifindex,
					       action->frame);
	else
		r = dhcp_socket_send_unicast(nic->unicast_fd,
					     (int)nic->link.ifindex,
					     action->source,
					     action->destination,
					     action->payload);
	/* The client sends again by itself. */
	if (r < 0)
		log_debug("%s: not sent: %s", nic->link.name, strerror(-r));
}

/* Does what the client says, until it has nothing more to say. */
static void settle(struct nic *nic)
{
	struct dhcp_action action;

	while (dhcp_client_next(&nic->client, &action)) {
		switch (action.type) {
		case DHCP_ACTION_LOST:
			lease_lost(nic);
			break;
		case DHCP_ACTION_LEASE:
			lease_got(nic, &action);
			break;
		case DHCP_ACTION_SEND:
			send_packet(nic, &action);
			break;
		}
	}
	loop_set_timer(&nic->net->loop, &nic->timer,
		       dhcp_client_due(&nic->client));
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct nic *nic = timer->owner;

	dhcp_client_tick(&nic->client, loop->now);
	settle(nic);
}

static void packet_ready(struct loop *loop, struct loop_source *source,
			 short revents UNUSED)
{
	uint8_t buffer[DHCP_SOCKET_BUFFER];
	struct nic *nic = source->owner;
	struct span packet;
	bool unfinished;
	int r;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		r = dhcp_socket_receive(source->fd, buffer, sizeof(buffer),
					&packet, &unfinished);
		if (r == -EBADMSG)
			continue;
		if (r < 0)
			break;
		dhcp_client_recv(&nic->client, packet, unfinished, loop->now);
		settle(nic);
	}
}

/* Links. */

static uint64_t random_seed(const struct nic *nic)
{
	uint64_t seed = 0;

	/* Early in a boot there may be no entropy, and we do not wait for it:
	 * the time and the MAC then keep machines apart. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) ==
	    (ssize_t)sizeof(seed))
		return seed;
	seed = (uint64_t)clock_ns();
	for (size_t i = 0; i < nic->link.mac_len; i++)
		seed = seed * 257 + nic->link.mac[i];
	return seed;
}

static void start_client(struct nic *nic)
{
	struct dhcp_client_conf conf = { .rapid_commit = true };

	memcpy(conf.mac, nic->link.mac, sizeof(conf.mac));
	conf.mtu = nic->link.mtu > UINT16_MAX ? UINT16_MAX :
						(uint16_t)nic->link.mtu;
	dhcp_client_init(&nic->client, &conf, random_seed(nic));
}

static int open_socket(struct nic *nic)
{
	char text[128];
	int r;

	r = dhcp_socket_open((int)nic->link.ifindex, nic->link.mac,
			     &nic->packet_fd);
	if (r == 0) {
		nic->source = (struct loop_source){ nic->packet_fd, POLLIN,
						    packet_ready, nic };
		r = loop_add(&nic->net->loop, &nic->source);
		if (r < 0)
			fd_close(&nic->packet_fd);
	}
	if (r == 0)
		return 0;
	if (r == -EAFNOSUPPORT)
		snprintf(text, sizeof(text),
			 "no DHCP: this kernel has no packet sockets "
			 "(CONFIG_PACKET, module af_packet)");
	else
		snprintf(text, sizeof(text), "no DHCP: %s", strerror(-r));
	log_warning("%s: %s", nic->link.name, text);
	report_trouble(nic, text);
	return r;
}

static void carrier_changed(struct nic *nic)
{
	int64_t now = nic->net->loop.now;

	if (nic->link.carrier) {
		if (nic->packet_fd < 0 && open_socket(nic) < 0)
			return;
		dhcp_client_link_up(&nic->client, now);
	} else {
		dhcp_client_link_down(&nic->client, now);
	}
	settle(nic);
}

static void set_up(struct net *net, const struct route_link *link)
{
	struct route_message message;
	int r;

	route_build_link_up(&message, link->ifindex, true);
	r = netlink_request(&net->requests, &message);
	if (r < 0)
		log_warning("%s cannot be brought up: %s", link->name,
			    strerror(-r));
}

static struct nic *find_nic(struct net *net, unsigned int ifindex)
{
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		if (net->nics[i].used && net->nics[i].link.ifindex == ifindex)
			return &net->nics[i];
	}
	return NULL;
}

static void remove_nic(struct nic *nic)
{
	struct net *net = nic->net;

	loop_set_timer(&net->loop, &nic->timer, CLOCK_NEVER);
	if (nic->packet_fd >= 0)
		loop_remove(&net->loop, &nic->source);
	fd_close(&nic->packet_fd);
	fd_close(&nic->unicast_fd);
	nic->config.has_lease = false; /* it went with the link */
	net_config_write_lease(&nic->config);
	report_event(nic, "gone");
	nic->used = false;
	write_resolv(net);
}

static struct nic *add_nic(struct net *net, const struct route_link *link)
{
	for (unsigned int i = 0; i < NICS_MAX; i++) {
		struct nic *nic = &net->nics[i];

		if (nic->used)
			continue;
		*nic = (struct nic){
			.used = true,
			.net = net,
			.link = *link,
			.packet_fd = -1,
			.unicast_fd = -1,
			.timer = { CLOCK_NEVER, timer_expired, nic },
			.config = { .ifindex = link->ifindex,
				    .name = nic->link.name,
				    .metric = METRIC_BASE + i },
		};
		start_client(nic);
		return nic;
	}
	if (net->n_over++ == 0)
		log_warning("more than %d NICs: %s and later ones are not "
			    "configured", NICS_MAX, link->name);
	return NULL;
}

static void link_changed(struct net *net, const struct route_link *link)
{
	struct nic *nic = find_nic(net, link->ifindex);
	bool changed;

	if (link->gone) {
		if (nic)
			remove_nic(nic);
		return;
	}
	if (!(link->flags & IFF_UP) && !nic &&
	    (link->hardware == ARPHRD_LOOPBACK ||
	     link->hardware == ARPHRD_ETHER))
		set_up(net, link);
	if (link->hardware != ARPHRD_ETHER ||
	    link->mac_len != sizeof(nic->client.conf.mac))
		return;
	if (!nic)
		nic = add_nic(net, link);
	if (!nic)
		return;
	nic->seen = true;
	changed = !nic->reported || nic->link.carrier != link->carrier ||
		  strcmp(nic->link.name, link->name) != 0;
	nic->link = *link;
	if (!changed)
		return;
	nic->reported = true;
	report_nic(nic);
	carrier_changed(nic);
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
		if (net->nics[i].used && !net->nics[i].seen && r == 0)
			remove_nic(&net->nics[i]);
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

static void report_settled(struct net *net)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;
	unsigned int n = 0;

	read_monitor(net);
	for (unsigned int i = 0; i < NICS_MAX; i++)
		n += net->nics[i].used;
	writer_init(&record, line, sizeof(line));
	record_begin(&record, "settled");
	record_put_u64(&record, "nics", n);
	record_end(&record);
	report(&record);
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
	while (lines_next(&net->commands, &line)) {
		if (span_is(line, "coldplugged"))
			report_settled(net);
		else
			log_warning("a command that is none was ignored");
	}
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
			  "(CONFIG_NET): %s", strerror(-r));
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
	static struct net net; /* too large for a stack */
	int r;

	net.requests = (struct netlink)NETLINK_CLOSED;
	net.monitor = (struct netlink)NETLINK_CLOSED;
	lines_init(&net.commands);
	signal(SIGPIPE, SIG_IGN);
	r = loop_init(&net.loop, NULL, &net);
	if (r == 0)
		r = start_net(&net);
	if (r < 0)
		return NET_EXIT_UNSUPPORTED;
	r = loop_run(&net.loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int net_main(int argc, char **argv)
{
	log_init("phase-net", LOG_LEVEL_NOTICE);
	if (argc == 2 && strcmp(argv[1], "--child") == 0) {
		log_open_kmsg();
		return run_child();
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("Phase Boot " PHASE_VERSION);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "phase-net: init starts it, with --child\n");
	return 2;
}
