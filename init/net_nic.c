/* See net_nic.h. */
#include "init/net_nic.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "dhcp/socket.h"
#include "dhcp/wire.h"
#include "init/net_report.h"

static const enum report_step step_names[] = {
	[DHCP_WIRE_DISCOVER] = REPORT_STEP_DISCOVER,
	[DHCP_WIRE_OFFER] = REPORT_STEP_OFFER,
	[DHCP_WIRE_REQUEST] = REPORT_STEP_REQUEST,
	[DHCP_WIRE_ACK] = REPORT_STEP_ACK,
};

/* The first time that the NIC gets so far, for the boot report. */
static void note_at(struct net_nic *nic, enum report_step step, int64_t at)
{
	if (nic->steps & 1u << step)
		return;
	nic->steps |= 1u << step;
	net_report_step(nic->link.name, step, at);
}

static void note(struct net_nic *nic, enum report_step step)
{
	note_at(nic, step, clock_ns());
}

static void note_steps(struct net_nic *nic, const struct dhcp_wire *wire)
{
	for (size_t i = 0; i < DHCP_WIRE_STEPS; i++) {
		if (wire->steps[i] > 0)
			note_at(nic, step_names[i], wire->steps[i]);
	}
}

static void tell_trouble(struct net_nic *nic, const char *text)
{
	log_warning("%s: %s", nic->link.name, text);
	net_report_trouble(nic->link.name, text);
}

/* --- what the client asks for ------------------------------------------- */

static void answer(struct net_nic *nic, enum dhcp_wire_type type, int error)
{
	struct dhcp_wire wire = { .type = type, .error = error };

	child_send(&nic->client, &wire, sizeof(wire));
}

static void lease_lost(struct net_nic *nic)
{
	if (!nic->config.has_lease)
		return;
	fd_close(&nic->unicast_fd);
	net_config_remove(nic->netlink, &nic->config);
	net_config_remove_lease(&nic->config);
	nic->resolvers_changed(nic);
	net_report_event(nic->link.name, "lost");
}

static void lease_got(struct net_nic *nic, const struct dhcp_lease *lease)
{
	bool unchanged = nic->config.has_lease &&
			 dhcp_lease_same(&nic->config.lease, lease);
	char text[128];
	int r;

	if (nic->config.has_lease &&
	    nic->config.lease.address != lease->address)
		fd_close(&nic->unicast_fd);
	r = net_config_apply(nic->netlink, &nic->config, lease);
	answer(nic, DHCP_WIRE_CONFIGURED, r);
	if (r < 0) {
		text_print(text, sizeof(text),
			   "the kernel refuses the address: %s", strerror(-r));
		tell_trouble(nic, text);
		return;
	}
	note(nic, REPORT_STEP_ADDRESS);
	/* The files are there when PID 1 hears of the lease: what it starts
	 * then may read them. */
	if (!unchanged)
		nic->resolvers_changed(nic);
	net_config_write_lease(&nic->config);
	net_report_lease(nic->link.name, lease);
	if (nic->unicast_fd >= 0)
		return;
	r = dhcp_socket_open_unicast(lease->address, &nic->unicast_fd);
	if (r < 0)
		log_warning("%s: no socket for unicast renewals; the lease is "
			    "renewed by broadcast: %s",
			    nic->link.name, strerror(-r));
}

/* Only out of an address that it was given. */
static void send_datagram(struct net_nic *nic, const struct dhcp_wire *wire)
{
	int r = -EADDRNOTAVAIL;

	if (nic->config.has_lease &&
	    nic->config.lease.address == wire->datagram.source)
		r = dhcp_socket_send_unicast(
			nic->unicast_fd, (int)nic->link.ifindex,
			wire->datagram.source, wire->datagram.destination,
			(struct span){ wire->datagram.payload,
				       wire->datagram.len });
	if (r == 0)
		return;
	log_debug("%s: not sent: %s", nic->link.name, strerror(-r));
	answer(nic, DHCP_WIRE_UNSENT, r);
}

static void carry_out(struct net_nic *nic, const struct dhcp_wire *wire)
{
	note_steps(nic, wire);
	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LEASE:
		lease_got(nic, &wire->lease);
		break;
	case DHCP_WIRE_LOST:
		lease_lost(nic);
		break;
	case DHCP_WIRE_SEND:
		send_datagram(nic, wire);
		break;
	case DHCP_WIRE_WATCH:
	case DHCP_WIRE_LINK_LOCAL:
	case DHCP_WIRE_CONFLICT:
		break;
	case DHCP_WIRE_SILENCE:
		log_info("%s: no DHCP server answers so far", nic->link.name);
		break;
	case DHCP_WIRE_LINK:
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_UNSENT:
	case DHCP_WIRE_RELEASE:
	case DHCP_WIRE_N:
		break;
	}
}

static ssize_t message(struct child *child, int fd)
{
	struct net_nic *nic = child->owner;
	struct dhcp_wire wire;
	ssize_t n;

	n = read(fd, &wire, sizeof(wire));
	if (n <= 0)
		return n;
	if (dhcp_wire_check(&wire, (size_t)n) == 0) {
		carry_out(nic, &wire);
		return n;
	}
	/* Nothing of what it says can be believed any more. */
	log_error("%s: its client asks for what it may not, and is killed",
		  nic->link.name);
	kill(child->supervise.pid, SIGKILL);
	return 0;
}

/* --- the client --------------------------------------------------------- */

/* Whether packets can go out: a link that is down may have carrier. */
static bool is_usable(const struct route_link *link)
{
	return (link->flags & IFF_UP) && link->carrier;
}

static void tell_link(struct net_nic *nic)
{
	struct dhcp_wire wire = {
		.type = DHCP_WIRE_LINK,
		.link = { is_usable(&nic->link), nic->link.mtu },
	};

	child_send(&nic->client, &wire, sizeof(wire));
}

static void client_started(struct child *child)
{
	struct net_nic *nic = child->owner;

	if (is_usable(&nic->link))
		tell_link(nic);
}

static uint64_t random_seed(const struct net_nic *nic)
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

static void close_sockets(struct net_nic *nic)
{
	for (size_t i = 0; i < NET_CLIENT_SOCKETS; i++)
		fd_close(&nic->conf.sockets[i]);
}

static int open_sockets(struct net_nic *nic)
{
	char text[128];
	int r;

	if (nic->conf.sockets[NET_CLIENT_DHCP] >= 0)
		return 0;
	r = dhcp_socket_open((int)nic->link.ifindex, nic->link.mac,
			     &nic->conf.sockets[NET_CLIENT_DHCP]);
	if (r == 0)
		return 0;
	if (r == -EAFNOSUPPORT)
		text_print(text, sizeof(text),
			   "no DHCP: this kernel has no packet sockets "
			   "(CONFIG_PACKET, module af_packet)");
	else
		text_print(text, sizeof(text), "no DHCP: %s", strerror(-r));
	tell_trouble(nic, text);
	return r;
}

/* The conf of the next client: what is known now. */
static int prepare_client(struct net_nic *nic)
{
	struct net_client_conf *conf = &nic->conf;

	conf->ifindex = nic->link.ifindex;
	conf->seed = random_seed(nic);
	conf->dhcp.rapid_commit = true;
	conf->dhcp.mtu = nic->link.mtu > UINT16_MAX ? UINT16_MAX :
						      (uint16_t)nic->link.mtu;
	memcpy(conf->dhcp.mac, nic->link.mac, sizeof(conf->dhcp.mac));
	/* Of one that has died: the lease goes on. */
	conf->dhcp.address = nic->config.has_lease ? nic->config.lease.address :
						     0;
	return open_sockets(nic);
}

static void want_client(struct net_nic *nic)
{
	if (prepare_client(nic) == 0)
		child_want(&nic->client);
}

static void client_ended(struct child *child, int status UNUSED)
{
	struct net_nic *nic = child->owner;
	bool again = nic->again;

	nic->again = false;
	if (nic->gone) {
		nic->used = false;
	} else if (nic->releasing) {
		nic->released(nic);
	} else if (again) {
		want_client(nic);
	} else {
		(void)prepare_client(nic);
	}
}

static void define_client(struct net_nic *nic)
{
	static const char *const argv[] = { "phase-net", NULL };

	text_print(nic->client_name, sizeof(nic->client_name),
		   "the client of %s", nic->link.name);
	nic->client = (struct child){
		.name = nic->client_name,
		.policy = SUPERVISE_ALWAYS,
		.spec = { .argv = argv,
			  .serve = net_client_serve,
			  .owner = &nic->conf,
			  .kept = nic->conf.sockets },
		.reports = true,
		.message = message,
		.started = client_started,
		.ended = client_ended,
		.owner = nic,
	};
	child_init(&nic->client, nic->loop);
}

/* --- the link ----------------------------------------------------------- */

void net_nic_init(struct net_nic *nic, const struct route_link *link,
		  uint32_t metric)
{
	nic->used = true;
	nic->link = *link;
	nic->unicast_fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(nic->conf.sockets); i++)
		nic->conf.sockets[i] = -1;
	nic->config = (struct net_config){
		.ifindex = link->ifindex,
		.name = nic->link.name,
		.metric = metric,
	};
	define_client(nic);
	note(nic, REPORT_STEP_LINK);
	/* Now, as the link takes its time to come up. */
	want_client(nic);
}

void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new)
{
	bool moved = !is_new &&
		     memcmp(nic->link.mac, link->mac, DHCP_MAC_LEN) != 0;
	bool renamed = !is_new && strcmp(nic->link.name, link->name) != 0;
	bool changed = is_new || moved ||
		       is_usable(&nic->link) != is_usable(link);

	nic->seen = true;
	if (renamed) {
		net_config_remove_lease(&nic->config);
		net_report_event(nic->link.name, "gone");
	}
	nic->link = *link;
	if (link->flags & IFF_UP)
		note(nic, REPORT_STEP_UP);
	/* The filters and the client's identity are of the old address: what it
	 * had is given up, and asked for anew. */
	if (moved) {
		lease_lost(nic);
		close_sockets(nic);
		nic->again = true;
		child_unwant(&nic->client);
	}
	if (!renamed && !changed)
		return;
	net_report_nic(&nic->link, is_usable(&nic->link));
	if (renamed && nic->config.has_lease) {
		net_config_write_lease(&nic->config);
		net_report_lease(nic->link.name, &nic->config.lease);
	}
	if (is_usable(&nic->link))
		note(nic, REPORT_STEP_CARRIER);
	if (!moved && changed && (!is_new || is_usable(&nic->link)))
		tell_link(nic);
}

void net_nic_remove(struct net_nic *nic)
{
	close_sockets(nic);
	fd_close(&nic->unicast_fd);
	nic->config.has_lease = false; /* it went with the link */
	net_config_remove_lease(&nic->config);
	net_report_event(nic->link.name, "gone");
	nic->gone = true;
	nic->resolvers_changed(nic);
	child_unwant(&nic->client);
	nic->used = nic->client.supervise.pid > 0;
}

void net_nic_release(struct net_nic *nic)
{
	nic->releasing = true;
	child_retire(&nic->client);
	if (nic->client.supervise.pid > 0)
		answer(nic, DHCP_WIRE_RELEASE, 0);
	else
		nic->released(nic);
}

bool net_nic_reaped(struct net_nic *nic, int pid, int status)
{
	return child_reaped(&nic->client, pid, status);
}
