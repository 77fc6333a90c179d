/* See net_nic_part.h. */
#include "init/net_nic_part.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "dhcp/arp_socket.h"
#include "dhcp/socket.h"
#include "dhcp/socket6.h"
#include "init/net_static.h"

static const enum report_step report_steps[] = {
	[DHCP_WIRE_DISCOVER] = REPORT_STEP_DISCOVER,
	[DHCP_WIRE_OFFER] = REPORT_STEP_OFFER,
	[DHCP_WIRE_REQUEST] = REPORT_STEP_REQUEST,
	[DHCP_WIRE_ACK] = REPORT_STEP_ACK,
};

_Static_assert(ARRAY_SIZE(report_steps) == DHCP_WIRE_STEPS, "a step unnamed");

static void note_steps(struct net_nic *nic, const struct dhcp_wire *wire)
{
	for (size_t i = 0; i < DHCP_WIRE_STEPS; i++) {
		if (wire->steps[i] > 0)
			net_nic_note_at(nic, report_steps[i], wire->steps[i]);
	}
}

/* --- what the client asks for ------------------------------------------- */

static void answer(struct net_nic *nic, enum dhcp_wire_type type, int error)
{
	struct dhcp_wire wire = { .type = type, .error = error };

	child_send(&nic->client, &wire, sizeof(wire));
}

static void open_unicast(struct net_nic *nic)
{
	int r;

	if (nic->unicast_fd >= 0 || nic->config.is_idle)
		return;
	r = dhcp_socket_open_unicast(nic->config.lease.address,
				     &nic->unicast_fd);
	if (r < 0)
		log_warning("%s: no socket for unicast renewals; the lease is "
			    "renewed by broadcast: %s",
			    nic->link.name, strerror(-r));
}

static void lease_got(struct net_nic *nic, const struct dhcp_lease *lease)
{
	int r;

	if (nic->config.has_lease &&
	    nic->config.lease.address != lease->address)
		net_nic_close_unicast(nic);
	r = net_nic_configure(nic, lease);
	answer(nic, DHCP_WIRE_CONFIGURED, r);
	if (r == 0)
		open_unicast(nic);
}

static void informed(struct net_nic *nic, const struct dhcp_lease *informed)
{
	struct dhcp_lease lease;

	if (!(nic->device->methods & NET_PLAN_STATIC))
		return;
	net_static_lease(nic->device, &lease);
	net_static_complete(&lease, informed);
	(void)!net_nic_configure(nic, &lease);
}

/* Only out of an address that it was given. */
static void send_datagram(struct net_nic *nic, const struct dhcp_wire *wire)
{
	int r = -EADDRNOTAVAIL;

	if (nic->config.has_lease && nic->unicast_fd >= 0 &&
	    nic->config.lease.address == wire->datagram.source) {
		nic->tells_sent = nic->releasing &&
				  dhcp_socket_tell_sent(nic->unicast_fd) == 0;
		r = dhcp_socket_send_unicast(
			nic->unicast_fd, (int)nic->link.ifindex,
			wire->datagram.source, wire->datagram.destination,
			(struct span){ wire->datagram.payload,
				       wire->datagram.len });
	}
	if (r == 0)
		return;
	nic->tells_sent = false;
	log_debug("%s: not sent: %s", nic->link.name, strerror(-r));
	answer(nic, DHCP_WIRE_UNSENT, r);
}

void net_nic_filter(struct net_nic *nic)
{
	struct arp_filter filter = { 0 };
	int r;

	if (nic->conf.sockets[NET_CLIENT_ARP] < 0)
		return;
	_Static_assert(DHCP_WIRE_WATCHED_MAX == ARP_FILTER_ADDRESSES,
		       "room for all");
	filter.n_macs = nic->list_macs(nic, filter.macs, ARP_FILTER_MACS);
	memcpy(filter.addresses, nic->watched, sizeof(filter.addresses));
	r = arp_socket_filter(nic->conf.sockets[NET_CLIENT_ARP], &filter);
	if (r < 0)
		log_warning("%s: no defence of the address: %s", nic->link.name,
			    strerror(-r));
}

void net_nic_set_link_local(struct net_nic *nic, uint32_t address)
{
	int r;

	if (address == nic->config.link_local)
		return;
	r = net_config_set_link_local(nic->netlink, &nic->config, address);
	if (r < 0)
		log_warning("%s: link-local address: %s", nic->link.name,
			    strerror(-r));
	else
		net_report_link_local(nic->report, nic->link.name, address);
}

static void carry_out(struct net_nic *nic, const struct dhcp_wire *wire)
{
	note_steps(nic, wire);
	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LEASE:
		/* A static address is not the client's to replace. */
		if (nic->device->methods & NET_PLAN_DHCP)
			lease_got(nic, &wire->lease);
		break;
	case DHCP_WIRE_LOST:
		net_nic_lease_lost(nic);
		break;
	case DHCP_WIRE_INFORMED:
		informed(nic, &wire->lease);
		break;
	case DHCP_WIRE_SEND:
		send_datagram(nic, wire);
		break;
	case DHCP_WIRE_WATCH:
		memcpy(nic->watched, wire->watch.addresses,
		       sizeof(nic->watched));
		net_nic_filter(nic);
		break;
	case DHCP_WIRE_LINK_LOCAL:
		net_nic_set_link_local(nic, wire->address);
		break;
	case DHCP_WIRE_CONFLICT:
		log_warning("%s: its address is somebody else's as well",
			    nic->link.name);
		net_report_conflict(nic->report, nic->link.name,
				    wire->conflict.address, wire->conflict.mac);
		break;
	case DHCP_WIRE_SILENCE:
		net_report_silence(nic->report, nic->link.name);
		net_nic_run_hooks(nic, "leasefail", NULL);
		break;
	case DHCP_WIRE_LEASE6:
		net_nic_configure6(nic, &wire->lease6);
		break;
	case DHCP_WIRE_LOST6:
		net_nic_unconfigure6(nic);
		break;
	case DHCP_WIRE_RESOLVERS6:
		nic->config6.resolvers = wire->resolvers6;
		nic->changed(nic);
		break;
	case DHCP_WIRE_LINK:
	case DHCP_WIRE_IPV6:
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_CONFLICT6:
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
	if (dhcp_wire_check(&wire, (size_t)n) < 0) {
		/* Nothing of what it says can be believed any more. */
		log_error("%s asks for what it may not, and is killed",
			  child->name);
		kill(child->supervise.pid, SIGKILL);
		return 0;
	}
	/* What one says whose link has gone is of no use. */
	if (!nic->gone)
		carry_out(nic, &wire);
	return n;
}

/* --- the client --------------------------------------------------------- */

bool net_nic_is_usable(const struct route_link *link)
{
	return (link->flags & IFF_UP) && link->carrier;
}

void net_nic_tell_link(struct net_nic *nic, bool usable)
{
	struct dhcp_wire wire = {
		.type = DHCP_WIRE_LINK,
		.link = { usable, nic->link.mtu },
	};

	child_send(&nic->client, &wire, sizeof(wire));
}

static void client_started(struct child *child)
{
	struct net_nic *nic = child->owner;

	if (net_nic_is_usable(&nic->link))
		net_nic_tell_link(nic, true);
}

void net_nic_tell_release(struct net_nic *nic)
{
	answer(nic, DHCP_WIRE_RELEASE, 0);
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

void net_nic_close_sockets(struct net_nic *nic)
{
	for (size_t i = 0; i < NET_CLIENT_SOCKETS; i++)
		fd_close(&nic->conf.sockets[i]);
}

static bool does_ipv6(const struct net_nic *nic)
{
	return nic->device->methods & (NET_PLAN_AUTO6 | NET_PLAN_DHCP6) &&
	       !nic->args->no_ipv6;
}

/* Without them there is IPv4. */
static void open_sockets6(struct net_nic *nic)
{
	const char *name = nic->link.name;
	int *sockets = nic->conf.sockets;
	int r;

	if (!does_ipv6(nic))
		return;
	r = dhcp_socket6_open_advert(name, &sockets[NET_CLIENT_ADVERT]);
	if (r == 0)
		r = dhcp_socket6_open_client(name, &sockets[NET_CLIENT_DHCP6]);
	if (r == -EAFNOSUPPORT)
		log_debug("%s: this kernel has no IPv6 (CONFIG_IPV6)", name);
	else if (r < 0)
		log_warning("%s: no DHCPv6: %s", name, strerror(-r));
}

static int open_sockets(struct net_nic *nic)
{
	int ifindex = (int)nic->link.ifindex;
	int *sockets = nic->conf.sockets;
	char text[128];
	int r;

	if (sockets[NET_CLIENT_DHCP] >= 0)
		return 0;
	r = dhcp_socket_open(ifindex, nic->link.mac, &sockets[NET_CLIENT_DHCP]);
	if (r == 0)
		r = arp_socket_open(&sockets[NET_CLIENT_ARP]);
	if (r == 0)
		r = arp_socket_bind(sockets[NET_CLIENT_ARP], ifindex);
	if (r == 0) {
		open_sockets6(nic);
		return 0;
	}
	if (r == -EAFNOSUPPORT)
		text_print(text, sizeof(text),
			   "no DHCP: this kernel has no packet sockets "
			   "(CONFIG_PACKET, module af_packet)");
	else
		text_print(text, sizeof(text), "no DHCP: %s", strerror(-r));
	net_nic_close_sockets(nic);
	net_nic_tell_trouble(nic, text);
	return r;
}

/* Of a DHCP client that has died: the lease goes on. */
static uint32_t address_to_ask_for(const struct net_nic *nic)
{
	if (nic->config.has_lease)
		return nic->config.lease.address;
	return nic->args->request_ip ? nic->args->request_ip :
				       nic->device->address;
}

/* The conf of the next client: what is known now. */
static int prepare_client(struct net_nic *nic)
{
	const struct net_plan_device *device = nic->device;
	const struct net_args *args = nic->args;
	struct dhcp_client_conf *dhcp = &nic->conf.dhcp;
	const char *hostname = device->hostname[0] ? device->hostname :
						     args->hostname;

	nic->conf.ifindex = nic->link.ifindex;
	nic->conf.seed = random_seed(nic);
	nic->conf.does_dhcp = !args->no_ipv4 &&
			      device->methods &
				      (NET_PLAN_DHCP | NET_PLAN_STATIC);
	nic->conf.does_link_local = !args->no_ipv4 &&
				    device->methods & (NET_PLAN_DHCP |
						       NET_PLAN_LINK_LOCAL);
	nic->conf.does_ipv6 = does_ipv6(nic);
	nic->conf.does_dhcp6 = device->methods & NET_PLAN_DHCP6 &&
			       !args->no_ipv6;
	*dhcp = (struct dhcp_client_conf){
		.rapid_commit = true,
		.private = args->is_private,
		.wants_boot = args->boot_wait_ms > 0,
		.offer_window_ms = (uint16_t)args->boot_wait_ms,
		.mtu = nic->link.mtu > UINT16_MAX ? UINT16_MAX :
						    (uint16_t)nic->link.mtu,
		.client_id_len = (uint8_t)args->client_id_len,
	};
	memcpy(dhcp->mac, nic->link.mac, sizeof(dhcp->mac));
	memcpy(dhcp->client_id, args->client_id, args->client_id_len);
	if (hostname)
		text_print(dhcp->hostname, sizeof(dhcp->hostname), "%s",
			   hostname);
	if (device->methods & NET_PLAN_STATIC) {
		dhcp->inform_address = device->address;
		dhcp->inform_prefix = device->prefix;
	} else {
		dhcp->address = address_to_ask_for(nic);
	}
	return open_sockets(nic);
}

void net_nic_want_client(struct net_nic *nic)
{
	bool ipv4 = nic->device->methods & NET_PLAN_ANY4 && !nic->args->no_ipv4;

	if ((ipv4 || does_ipv6(nic)) && prepare_client(nic) == 0)
		child_want(&nic->client);
}

static void client_ended(struct child *child, int status UNUSED)
{
	struct net_nic *nic = child->owner;
	bool again = nic->again;

	nic->again = false;
	nic->used = !nic->gone;
	if (nic->releasing)
		net_nic_release_end(nic);
	else if (nic->gone)
		return;
	else if (again)
		net_nic_want_client(nic);
	else
		(void)prepare_client(nic);
}

void net_nic_unwant_client(struct net_nic *nic)
{
	fd_close(&nic->client.control);
	child_unwant(&nic->client);
}

void net_nic_define_client(struct net_nic *nic)
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
			  .kept = nic->conf.sockets,
			  .n_kept = NET_CLIENT_SOCKETS },
		.reports = true,
		.message = message,
		.started = client_started,
		.ended = client_ended,
		.owner = nic,
	};
	child_init(&nic->client, nic->loop);
}

void net_nic_tell_ipv6(struct net_nic *nic)
{
	answer(nic, DHCP_WIRE_IPV6, 0);
}

void net_nic_tell_conflict6(struct net_nic *nic)
{
	log_warning("%s: its IPv6 address is somebody else's as well",
		    nic->link.name);
	answer(nic, DHCP_WIRE_CONFLICT6, 0);
}
