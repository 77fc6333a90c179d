/*
 * See net_client.h. The state machines are pure: packets, the clock and
 * carrier go in, actions come out, and settle() carries them out.
 */
#include "init/net_client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/confine_lists.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "dhcp/arp_socket.h"
#include "dhcp/linklocal.h"
#include "dhcp/socket.h"
#include "dhcp/timing.h"
#include "dhcp/wire.h"
#include "init/net_client6.h"

/* Packets taken from one socket before the others have their turn. */
#define PACKETS_A_TURN 32
/* How long a DHCP server may keep silent before we make an address up. That
 * takes 4 to 7 s more, in which a slow one is still preferred. */
#define LINK_LOCAL_DELAY_MS 3000

struct net_client {
	const struct net_client_conf *conf;
	struct loop loop;
	struct loop_source manager;
	struct loop_source packets;
	struct loop_source arp_packets;
	struct loop_timer timer;
	struct dhcp_client dhcp;
	struct acd acd; /* of the lease's address */
	struct linklocal linklocal;
	struct net_client6 ipv6;
	bool is_usable; /* the link is */
	bool silence_told;
	bool ending;
	uint32_t watched[DHCP_WIRE_WATCHED_MAX]; /* as last told */
	struct dhcp_wire wire; /* to be sent; its steps stay */
};

/* To the manager. One that has died takes us along. */
static void tell(struct net_client *client, enum dhcp_wire_type type)
{
	client->wire.type = type;
	if (fd_write(STDOUT_FILENO, &client->wire, sizeof(client->wire)) < 0)
		client->loop.stopped = true;
}

/* The first time that the NIC gets so far. */
static void note(struct net_client *client, enum dhcp_wire_step step)
{
	if (client->wire.steps[step] == 0)
		client->wire.steps[step] = clock_ns();
}

static void note_sent(struct net_client *client)
{
	if (client->dhcp.state == DHCP_STATE_SELECTING)
		note(client, DHCP_WIRE_DISCOVER);
	else if (client->dhcp.state == DHCP_STATE_REQUESTING ||
		 client->dhcp.state == DHCP_STATE_REBOOTING)
		note(client, DHCP_WIRE_REQUEST);
}

/* What has just been read, as far as the state shows. */
static void note_answer(struct net_client *client, enum dhcp_state before)
{
	enum dhcp_state after = client->dhcp.state;

	if (before == DHCP_STATE_SELECTING && after == DHCP_STATE_REQUESTING)
		note(client, DHCP_WIRE_OFFER);
	if (before != after && after == DHCP_STATE_BOUND)
		note(client, DHCP_WIRE_ACK);
}

/* --- DHCP --------------------------------------------------------------- */

static void send_packet(struct net_client *client,
			const struct dhcp_action *action)
{
	struct dhcp_wire *wire = &client->wire;
	int r;

	if (action->broadcast) {
		r = dhcp_socket_send_broadcast(
			client->conf->sockets[NET_CLIENT_DHCP],
			(int)client->conf->ifindex, action->frame);
		if (r == 0)
			note_sent(client);
		else
			dhcp_client_unsent(&client->dhcp, client->loop.now);
		return;
	}
	wire->datagram.source = action->source;
	wire->datagram.destination = action->destination;
	wire->datagram.len = (uint32_t)action->payload.len;
	memcpy(wire->datagram.payload, action->payload.data,
	       action->payload.len);
	tell(client, DHCP_WIRE_SEND);
}

/* What the socket is to let through has changed. A lease's address is in it
 * before the manager hears of the lease: when the first probe leaves, the
 * filter has to let its answer in. */
static void tell_watched(struct net_client *client)
{
	const struct dhcp_lease *lease = dhcp_client_lease(&client->dhcp);
	uint32_t now[DHCP_WIRE_WATCHED_MAX] = {
		lease ? lease->address : 0,
		linklocal_watched(&client->linklocal),
	};

	if (memcmp(now, client->watched, sizeof(now)) == 0)
		return;
	memcpy(client->watched, now, sizeof(now));
	client->wire.watch.n = DHCP_WIRE_WATCHED_MAX;
	memcpy(client->wire.watch.addresses, now, sizeof(now));
	tell(client, DHCP_WIRE_WATCH);
}

/* With the lease's address in use there is no need of a made up one. */
static void hand_over(struct net_client *client,
		      const struct dhcp_action *action)
{
	client->silence_told = true;
	tell_watched(client);
	client->wire.lease = *action->lease;
	tell(client, action->type == DHCP_ACTION_LEASE ? DHCP_WIRE_LEASE :
							 DHCP_WIRE_INFORMED);
	linklocal_stop(&client->linklocal);
}

static void lose(struct net_client *client)
{
	acd_stop(&client->acd);
	tell(client, DHCP_WIRE_LOST);
	if (client->conf->does_link_local && client->is_usable &&
	    !client->ending)
		linklocal_start(&client->linklocal, client->loop.now,
				LINK_LOCAL_DELAY_MS);
}

static void settle_dhcp(struct net_client *client)
{
	struct dhcp_action action;

	while (dhcp_client_next(&client->dhcp, &action)) {
		switch (action.type) {
		case DHCP_ACTION_LOST:
			lose(client);
			break;
		case DHCP_ACTION_LEASE:
		case DHCP_ACTION_INFORMED:
			hand_over(client, &action);
			break;
		case DHCP_ACTION_SEND:
			send_packet(client, &action);
			break;
		}
	}
}

/* --- ARP ---------------------------------------------------------------- */

static void send_arp(struct net_client *client, struct span payload)
{
	/* What is lost here is sent again, or lost on a wire as well. */
	(void)!arp_socket_send(client->conf->sockets[NET_CLIENT_ARP],
			       (int)client->conf->ifindex, payload);
}

static void settle_acd(struct net_client *client)
{
	struct acd_action action;

	while (acd_next(&client->acd, &action)) {
		switch (action.type) {
		case ACD_ACTION_CONFLICT:
			client->wire.conflict.address = action.address;
			memcpy(client->wire.conflict.mac, action.mac,
			       sizeof(client->wire.conflict.mac));
			tell(client, DHCP_WIRE_CONFLICT);
			dhcp_client_conflict(&client->dhcp, client->loop.now);
			break;
		case ACD_ACTION_READY: /* of PROBE_FIRST only */
			break;
		case ACD_ACTION_SEND:
			send_arp(client, action.payload);
			break;
		}
	}
}

static void settle_link_local(struct net_client *client)
{
	struct linklocal_action action;

	while (linklocal_next(&client->linklocal, &action)) {
		switch (action.type) {
		case LINKLOCAL_ACTION_REMOVE:
		case LINKLOCAL_ACTION_ADD:
			client->wire.address =
				action.type == LINKLOCAL_ACTION_ADD ?
					action.address :
					0;
			tell(client, DHCP_WIRE_LINK_LOCAL);
			break;
		case LINKLOCAL_ACTION_SEND:
			send_arp(client, action.payload);
			break;
		}
	}
}

static void settle_ipv6(struct net_client *client)
{
	while (net_client6_next(&client->ipv6, &client->wire))
		tell(client, (enum dhcp_wire_type)client->wire.type);
}

/* --- all of them -------------------------------------------------------- */

static void tell_silence(struct net_client *client)
{
	if (client->silence_told ||
	    client->dhcp.state != DHCP_STATE_SELECTING ||
	    client->dhcp.n_sent <= DHCP_FIRST_RESENDS)
		return;
	client->silence_told = true;
	tell(client, DHCP_WIRE_SILENCE);
}

/* Does what the machines say, until they have nothing more to say. A conflict
 * is news for DHCP, and a lease is for the others. */
static void settle(struct net_client *client)
{
	int64_t due;

	settle_acd(client);
	settle_dhcp(client);
	settle_link_local(client);
	settle_ipv6(client);
	tell_watched(client);
	tell_silence(client);
	if (client->ending && net_client6_is_released(&client->ipv6))
		client->loop.stopped = true;
	due = dhcp_earlier(dhcp_client_due(&client->dhcp),
			   net_client6_due(&client->ipv6));
	due = dhcp_earlier(due, acd_due(&client->acd));
	due = dhcp_earlier(due, linklocal_due(&client->linklocal));
	loop_set_timer(&client->loop, &client->timer, due);
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct net_client *client = timer->owner;

	dhcp_client_tick(&client->dhcp, loop->now);
	acd_tick(&client->acd, loop->now);
	linklocal_tick(&client->linklocal, loop->now);
	net_client6_tick(&client->ipv6);
	settle(client);
}

static void packet_ready(struct loop *loop, struct loop_source *source,
			 short revents UNUSED)
{
	uint8_t buffer[DHCP_SOCKET_BUFFER];
	struct net_client *client = source->owner;
	enum dhcp_state before;
	struct span packet;
	bool unfinished;
	int r;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		r = dhcp_socket_receive(source->fd, buffer, sizeof(buffer),
					&packet, &unfinished);
		if (r == -EBADMSG) {
			dhcp_count(&client->dhcp.counters, DHCP_COUNT_TAGGED);
			continue;
		}
		if (r < 0)
			break;
		before = client->dhcp.state;
		dhcp_client_recv(&client->dhcp, packet, unfinished, loop->now);
		note_answer(client, before);
		settle(client);
	}
}

static void arp_ready(struct loop *loop, struct loop_source *source,
		      short revents UNUSED)
{
	struct net_client *client = source->owner;
	uint8_t buffer[ARP_LEN];
	struct span packet;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		if (arp_socket_receive(source->fd, buffer, sizeof(buffer),
				       &packet) < 0)
			break;
		acd_recv(&client->acd, packet, loop->now);
		linklocal_recv(&client->linklocal, packet, loop->now);
		settle(client);
	}
}

/* --- the manager -------------------------------------------------------- */

static void link_changed(struct net_client *client, bool usable)
{
	const struct net_client_conf *conf = client->conf;
	int64_t now = client->loop.now;

	client->is_usable = usable;
	net_client6_link(&client->ipv6, usable);
	if (!usable) {
		dhcp_client_link_down(&client->dhcp, now);
		acd_stop(&client->acd);
		linklocal_stop(&client->linklocal);
		return;
	}
	if (conf->does_dhcp)
		dhcp_client_link_up(&client->dhcp, now);
	if (conf->does_link_local)
		linklocal_start(&client->linklocal, now,
				conf->does_dhcp ? LINK_LOCAL_DELAY_MS : 0);
}

/* The address is there, and ARP about it comes through. */
static void configured(struct net_client *client, int error)
{
	const struct dhcp_lease *lease = dhcp_client_lease(&client->dhcp);
	int64_t now = client->loop.now;

	if (error < 0)
		dhcp_client_refused(&client->dhcp, now);
	else if (lease && client->is_usable &&
		 acd_address(&client->acd) != lease->address)
		acd_start(&client->acd, lease->address, ACD_BACKGROUND, now);
}

static void obey(struct net_client *client, const struct dhcp_wire *wire)
{
	int64_t now = client->loop.now;

	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LINK:
		link_changed(client, wire->link.usable);
		break;
	case DHCP_WIRE_IPV6:
		net_client6_begin(&client->ipv6);
		break;
	case DHCP_WIRE_CONFIGURED:
		configured(client, wire->error);
		break;
	case DHCP_WIRE_UNSENT:
		dhcp_client_unsent(&client->dhcp, now);
		break;
	case DHCP_WIRE_CONFLICT6:
		dhcp_client6_conflict(&client->ipv6.dhcp, now);
		break;
	case DHCP_WIRE_RELEASE:
		client->ending = true;
		net_client6_release(&client->ipv6);
		linklocal_stop(&client->linklocal);
		dhcp_client_release(&client->dhcp, now);
		break;
	case DHCP_WIRE_LEASE:
	case DHCP_WIRE_LOST:
	case DHCP_WIRE_INFORMED:
	case DHCP_WIRE_SEND:
	case DHCP_WIRE_WATCH:
	case DHCP_WIRE_LINK_LOCAL:
	case DHCP_WIRE_CONFLICT:
	case DHCP_WIRE_SILENCE:
	case DHCP_WIRE_LEASE6:
	case DHCP_WIRE_LOST6:
	case DHCP_WIRE_RESOLVERS6:
	case DHCP_WIRE_N:
		break;
	}
	settle(client);
}

static void manager_ready(struct loop *loop, struct loop_source *source,
			  short revents UNUSED)
{
	struct net_client *client = source->owner;
	struct dhcp_wire wire;
	ssize_t n;

	n = read(source->fd, &wire, sizeof(wire));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == sizeof(wire))
		obey(client, &wire);
	else
		loop->stopped = true; /* the manager wants us no more */
}

/* Of a kernel that lacks something of it: as much as there is. */
static void give_up_rights(const struct net_client *client)
{
	const struct confine confinement = {
		.parts = CONFINE_ALL,
		.id = CONFINE_ID_NET,
		.n_descriptors = client->loop.n_sources,
		.filter = &confine_calls_net_client,
	};
	char text[CONFINE_MISSING_MAX];
	struct writer writer;
	unsigned int missing;

	missing = confine(&confinement);
	if (!missing)
		return;
	writer_init(&writer, text, sizeof(text));
	confine_put_missing(&writer, missing);
	log_warning("the client has more rights than it needs: %s",
		    text_end(&writer));
}

static void ipv6_changed(void *owner)
{
	settle(owner);
}

static int add_sources(struct net_client *client)
{
	struct loop_source *sources[] = { &client->manager, &client->packets,
					  &client->arp_packets };
	int r = 0;

	client->manager = (struct loop_source){ STDIN_FILENO, POLLIN,
						manager_ready, client };
	client->packets =
		(struct loop_source){ client->conf->sockets[NET_CLIENT_DHCP],
				      POLLIN, packet_ready, client };
	client->arp_packets = (struct loop_source){
		client->conf->sockets[NET_CLIENT_ARP], POLLIN, arp_ready, client
	};
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sources); i++)
		r = loop_add(&client->loop, sources[i]);
	return r;
}

int net_client_serve(void *argument)
{
	static struct net_client client; /* too large for a stack */
	const struct net_client_conf *conf = argument;
	struct linklocal_conf linklocal = { .address = 0 };
	int r;

	client.conf = conf;
	/* At the end of the machine they are sent to everybody, and then there
	 * is a lease to be given back. The manager closes its pipe instead. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	/* Without signals it has nothing that can fail. */
	(void)!loop_init(&client.loop, NULL, NULL);
	client.timer = (struct loop_timer){ CLOCK_NEVER, timer_expired,
					    &client };
	client.ipv6.conf = conf;
	client.ipv6.loop = &client.loop;
	client.ipv6.settle = ipv6_changed;
	client.ipv6.owner = &client;
	r = add_sources(&client);
	if (r == 0)
		r = net_client6_init(&client.ipv6);
	if (r < 0)
		return EXIT_FAILURE;
	give_up_rights(&client);
	memcpy(linklocal.mac, conf->dhcp.mac, sizeof(linklocal.mac));
	dhcp_client_init(&client.dhcp, &conf->dhcp, conf->seed);
	acd_init(&client.acd, conf->dhcp.mac, conf->seed + 1);
	linklocal_init(&client.linklocal, &linklocal, conf->seed + 2);
	r = loop_run(&client.loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
