/* See net_nic.h. */
#include "init/net_nic.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "dhcp/arp_socket.h"
#include "dhcp/lease_env.h"
#include "dhcp/socket.h"
#include "init/net_files.h"
#include "init/net_static.h"

static const enum report_step report_steps[] = {
	[DHCP_WIRE_DISCOVER] = REPORT_STEP_DISCOVER,
	[DHCP_WIRE_OFFER] = REPORT_STEP_OFFER,
	[DHCP_WIRE_REQUEST] = REPORT_STEP_REQUEST,
	[DHCP_WIRE_ACK] = REPORT_STEP_ACK,
};

_Static_assert(ARRAY_SIZE(report_steps) == DHCP_WIRE_STEPS, "a step unnamed");

/* The first time that the NIC gets so far, for the boot report. */
static void note_at(struct net_nic *nic, enum report_step step, int64_t at)
{
	if (nic->steps & 1u << step)
		return;
	nic->steps |= 1u << step;
	net_report_step(nic->report, nic->link.name, step, at);
}

static void note(struct net_nic *nic, enum report_step step)
{
	note_at(nic, step, clock_ns());
}

static void note_steps(struct net_nic *nic, const struct dhcp_wire *wire)
{
	for (size_t i = 0; i < DHCP_WIRE_STEPS; i++) {
		if (wire->steps[i] > 0)
			note_at(nic, report_steps[i], wire->steps[i]);
	}
}

static void tell_trouble(struct net_nic *nic, const char *text)
{
	log_warning("%s: %s", nic->link.name, text);
	net_report_trouble(nic->report, nic->link.name, text);
}

static void run_hooks(struct net_nic *nic, const char *event,
		      const struct dhcp_lease *lease)
{
	char text[DHCP_LEASE_ENV_MAX];
	char *strings[DHCP_LEASE_ENV_N];
	struct writer writer;
	int r;

	if (!nic->hooks->directory)
		return;
	writer_init(&writer, text, sizeof(text));
	r = dhcp_lease_put_env(&writer, nic->link.name, lease, strings,
			       ARRAY_SIZE(strings));
	if (r >= 0)
		r = net_hooks_run(nic->hooks, nic->link.name, event,
				  writer_span(&writer));
	if (r < 0)
		log_warning("%s: %s is not told to the programs of %s: %s",
			    nic->link.name, event, nic->hooks->directory,
			    strerror(-r));
}

/* --- the configuration -------------------------------------------------- */

/* The files are there when it is reported: what PID 1 starts then may read
 * them. */
static int configure(struct net_nic *nic, const struct dhcp_lease *lease)
{
	bool had = nic->config.has_lease;
	bool same = had && dhcp_lease_same(&nic->config.lease, lease);
	char text[128];
	int r;

	r = net_config_apply(nic->netlink, &nic->config, lease, nic->link.mtu);
	if (r < 0) {
		text_print(text, sizeof(text),
			   "the kernel refuses the address: %s", strerror(-r));
		tell_trouble(nic, text);
		return r;
	}
	note(nic, REPORT_STEP_ADDRESS);
	net_files_write_lease(&nic->config);
	net_report_lease(nic->report, nic->link.name, lease, same);
	if (!same)
		nic->changed(nic);
	run_hooks(nic, had ? "renew" : "bound", lease);
	return 0;
}

static void unconfigure(struct net_nic *nic)
{
	if (!nic->config.has_lease)
		return;
	fd_close(&nic->unicast_fd);
	net_config_remove(nic->netlink, &nic->config);
	net_files_remove_lease(&nic->config);
	net_report_lost(nic->report, nic->link.name, nic->config.lease.address);
	nic->changed(nic);
	run_hooks(nic, "deconfig", NULL);
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
		fd_close(&nic->unicast_fd);
	r = configure(nic, lease);
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
	(void)!configure(nic, &lease);
}

/* Only out of an address that it was given. */
static void send_datagram(struct net_nic *nic, const struct dhcp_wire *wire)
{
	int r = -EADDRNOTAVAIL;

	if (nic->config.has_lease && nic->unicast_fd >= 0 &&
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

static void set_link_local(struct net_nic *nic, uint32_t address)
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
		lease_got(nic, &wire->lease);
		break;
	case DHCP_WIRE_LOST:
		unconfigure(nic);
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
		set_link_local(nic, wire->address);
		break;
	case DHCP_WIRE_CONFLICT:
		log_warning("%s: its address is somebody else's as well",
			    nic->link.name);
		net_report_conflict(nic->report, nic->link.name,
				    wire->conflict.address, wire->conflict.mac);
		break;
	case DHCP_WIRE_SILENCE:
		net_report_silence(nic->report, nic->link.name);
		run_hooks(nic, "leasefail", NULL);
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
	if (r == 0)
		return 0;
	if (r == -EAFNOSUPPORT)
		text_print(text, sizeof(text),
			   "no DHCP: this kernel has no packet sockets "
			   "(CONFIG_PACKET, module af_packet)");
	else
		text_print(text, sizeof(text), "no DHCP: %s", strerror(-r));
	close_sockets(nic);
	tell_trouble(nic, text);
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
	nic->conf.does_dhcp = device->methods &
			      (NET_PLAN_DHCP | NET_PLAN_STATIC);
	nic->conf.does_link_local = device->methods &
				    (NET_PLAN_DHCP | NET_PLAN_LINK_LOCAL);
	*dhcp = (struct dhcp_client_conf){
		.rapid_commit = true,
		.private = args->is_private,
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

static void want_client(struct net_nic *nic)
{
	if ((nic->device->methods & NET_PLAN_ANY4) && !nic->args->no_ipv4 &&
	    prepare_client(nic) == 0)
		child_want(&nic->client);
}

/* A client that died has not taken its lease away, nor a static address. */
static void release_end(struct net_nic *nic)
{
	set_link_local(nic, 0);
	unconfigure(nic);
	nic->released(nic);
}

static void client_ended(struct child *child, int status UNUSED)
{
	struct net_nic *nic = child->owner;
	bool again = nic->again;

	nic->again = false;
	if (nic->gone)
		nic->used = false;
	else if (nic->releasing)
		release_end(nic);
	else if (again)
		want_client(nic);
	else
		(void)prepare_client(nic);
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

/* What the command line wants of it. Asked once. */
static void decide(struct net_nic *nic)
{
	struct dhcp_lease lease;

	if (nic->device)
		return;
	nic->device = net_plan_for(nic->plan, nic->link.name, nic->link.mac);
	if (nic->device->methods & NET_PLAN_STATIC && !nic->args->no_ipv4) {
		net_static_lease(nic->device, &lease);
		(void)!configure(nic, &lease);
	}
	want_client(nic);
}

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
		.is_idle = nic->args->no_configure,
	};
	define_client(nic);
	note(nic, REPORT_STEP_LINK);
	/* Where it is the same for all: now, as the link takes its time to
	 * come up. */
	if (nic->plan->n_devices == 0)
		decide(nic);
}

static void renamed(struct net_nic *nic, const char *name)
{
	net_files_remove_lease(&nic->config);
	net_report_gone(nic->report, nic->link.name);
	text_print(nic->link.name, sizeof(nic->link.name), "%s", name);
	text_print(nic->client_name, sizeof(nic->client_name),
		   "the client of %s", name);
	if (nic->config.has_lease)
		net_files_write_lease(&nic->config);
}

/* The filters and the client's identity are of the old address: what it had is
 * given up, and asked for anew. */
static void moved(struct net_nic *nic)
{
	if (!nic->device || nic->device->methods & NET_PLAN_STATIC)
		return;
	unconfigure(nic);
	close_sockets(nic);
	if (nic->client.supervise.pid > 0) {
		nic->again = true;
		child_unwant(&nic->client);
	} else {
		want_client(nic);
	}
}

void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new)
{
	bool has_moved = !is_new &&
			 memcmp(nic->link.mac, link->mac, DHCP_MAC_LEN) != 0;
	bool is_renamed = !is_new && strcmp(nic->link.name, link->name) != 0;
	bool changed = is_new || is_renamed ||
		       is_usable(&nic->link) != is_usable(link);

	nic->seen = true;
	if (is_renamed)
		renamed(nic, link->name);
	nic->link = *link;
	if (link->flags & IFF_UP)
		note(nic, REPORT_STEP_UP);
	if (has_moved)
		moved(nic);
	if (!has_moved && !changed)
		return;
	net_report_nic(nic->report, &nic->link, is_usable(&nic->link));
	if (is_renamed && nic->config.has_lease)
		net_report_lease(nic->report, nic->link.name,
				 &nic->config.lease, false);
	if (is_usable(&nic->link)) {
		note(nic, REPORT_STEP_CARRIER);
		decide(nic);
	}
	if (!is_new || is_usable(&nic->link))
		tell_link(nic);
}

void net_nic_remove(struct net_nic *nic)
{
	close_sockets(nic);
	fd_close(&nic->unicast_fd);
	nic->config.has_lease = false; /* it went with the link */
	net_files_remove_lease(&nic->config);
	net_report_gone(nic->report, nic->link.name);
	nic->gone = true;
	nic->changed(nic);
	run_hooks(nic, "deconfig", NULL);
	child_unwant(&nic->client);
	nic->used = nic->client.supervise.pid > 0;
}

void net_nic_release(struct net_nic *nic)
{
	nic->releasing = true;
	child_retire(&nic->client);
	if (nic->client.supervise.pid > 0) {
		answer(nic, DHCP_WIRE_RELEASE, 0);
		return;
	}
	release_end(nic);
}

bool net_nic_reaped(struct net_nic *nic, int pid, int status)
{
	return child_reaped(&nic->client, pid, status);
}

bool net_nic_is_configured(const struct net_nic *nic)
{
	return nic->config.has_lease ||
	       (nic->device && !(nic->device->methods & NET_PLAN_ANY4));
}
