/*
 * See net_client.h. The state machines are pure: packets, the clock and
 * carrier go in, actions come out, and settle() carries them out.
 */
#include "init/net_client.h"

#include <errno.h>
#include <poll.h>
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
#include "dhcp/socket.h"
#include "dhcp/timing.h"
#include "dhcp/wire.h"

/* Packets taken from one socket before the others have their turn. */
#define PACKETS_A_TURN 32

struct net_client {
	const struct net_client_conf *conf;
	struct loop loop;
	struct loop_source manager;
	struct loop_source packets;
	struct loop_timer timer;
	struct dhcp_client dhcp;
	bool silence_told;
	bool ending;
	struct dhcp_wire wire; /* to be sent; its steps are kept */
};

/* To the manager. One that has died takes us along: SIGPIPE. */
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

static void send_packet(struct net_client *client,
			const struct dhcp_action *action)
{
	struct dhcp_wire *wire = &client->wire;

	/* The client sends again by itself what does not get out. */
	if (action->broadcast) {
		if (dhcp_socket_send_broadcast(
			    client->conf->sockets[NET_CLIENT_DHCP],
			    (int)client->conf->ifindex, action->frame) == 0)
			note_sent(client);
		return;
	}
	wire->datagram.source = action->source;
	wire->datagram.destination = action->destination;
	wire->datagram.len = (uint32_t)action->payload.len;
	memcpy(wire->datagram.payload, action->payload.data,
	       action->payload.len);
	tell(client, DHCP_WIRE_SEND);
}

static void tell_silence(struct net_client *client)
{
	if (client->silence_told ||
	    client->dhcp.state != DHCP_STATE_SELECTING ||
	    client->dhcp.n_sent <= DHCP_FIRST_RESENDS)
		return;
	client->silence_told = true;
	tell(client, DHCP_WIRE_SILENCE);
}

/* Does what the machine says, until it has nothing more to say. */
static void settle(struct net_client *client)
{
	struct dhcp_action action;

	while (dhcp_client_next(&client->dhcp, &action)) {
		switch (action.type) {
		case DHCP_ACTION_LOST:
			tell(client, DHCP_WIRE_LOST);
			break;
		case DHCP_ACTION_LEASE:
			client->silence_told = true;
			client->wire.lease = *action.lease;
			tell(client, DHCP_WIRE_LEASE);
			break;
		case DHCP_ACTION_SEND:
			send_packet(client, &action);
			break;
		}
	}
	tell_silence(client);
	if (client->ending)
		client->loop.stopped = true;
	loop_set_timer(&client->loop, &client->timer,
		       dhcp_client_due(&client->dhcp));
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct net_client *client = timer->owner;

	dhcp_client_tick(&client->dhcp, loop->now);
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

static void obey(struct net_client *client, const struct dhcp_wire *wire)
{
	int64_t now = client->loop.now;

	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LINK:
		if (wire->link.usable)
			dhcp_client_link_up(&client->dhcp, now);
		else
			dhcp_client_link_down(&client->dhcp, now);
		break;
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_UNSENT:
		break;
	case DHCP_WIRE_RELEASE:
		dhcp_client_release(&client->dhcp, now);
		client->ending = true;
		break;
	case DHCP_WIRE_LEASE:
	case DHCP_WIRE_LOST:
	case DHCP_WIRE_SEND:
	case DHCP_WIRE_WATCH:
	case DHCP_WIRE_LINK_LOCAL:
	case DHCP_WIRE_CONFLICT:
	case DHCP_WIRE_SILENCE:
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

int net_client_serve(void *conf)
{
	static struct net_client client; /* too large for a stack */
	int r;

	client.conf = conf;
	/* Without signals it has nothing that can fail. */
	(void)!loop_init(&client.loop, NULL, NULL);
	client.manager = (struct loop_source){ STDIN_FILENO, POLLIN,
					       manager_ready, &client };
	client.packets =
		(struct loop_source){ client.conf->sockets[NET_CLIENT_DHCP],
				      POLLIN, packet_ready, &client };
	client.timer = (struct loop_timer){ CLOCK_NEVER, timer_expired,
					    &client };
	r = loop_add(&client.loop, &client.manager);
	if (r == 0)
		r = loop_add(&client.loop, &client.packets);
	if (r < 0)
		return EXIT_FAILURE;
	give_up_rights(&client);
	dhcp_client_init(&client.dhcp, &client.conf->dhcp, client.conf->seed);
	r = loop_run(&client.loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
