/* See client.h, and docs/states.md for the table. */
#include "dhcp/client.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/client_send.h"
#include "dhcp/timing.h"

/* 0 to 5.6 s after the first, and 8 s to wait for a slow server's answer. */
#define REQUEST_SENDS 7
/* Given up after 1.6 s: DISCOVER asks for the same address then. */
#define REBOOT_SENDS 5
/* RFC 2131 §3.1.5 */
#define DECLINE_WAIT 10000
#define REFUSED_WAIT_FIRST 1000
#define REFUSED_WAIT_MAX 64000

static const char state_names[][11] = {
	[DHCP_STATE_STOPPED] = "STOPPED",
	[DHCP_STATE_INIT] = "INIT",
	[DHCP_STATE_SELECTING] = "SELECTING",
	[DHCP_STATE_REQUESTING] = "REQUESTING",
	[DHCP_STATE_REBOOTING] = "REBOOTING",
	[DHCP_STATE_BOUND] = "BOUND",
	[DHCP_STATE_RENEWING] = "RENEWING",
	[DHCP_STATE_REBINDING] = "REBINDING",
};

_Static_assert(ARRAY_SIZE(state_names) == DHCP_STATE_N, "a state unnamed");

const char *dhcp_state_name(enum dhcp_state state)
{
	return state_names[state];
}

/* The one place where the state changes. */
static void enter(struct dhcp_client *client, enum dhcp_state state,
		  int64_t now)
{
	client->state = state;
	client->n_sent = 0;
	client->deadline = CLOCK_NEVER;
	client->do_send = false;
	client->send_first = false;
	switch (state) {
	case DHCP_STATE_STOPPED:
		break;
	case DHCP_STATE_INIT:
		client->deadline = now + client->wait;
		break;
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_REBOOTING:
		client->xid = dhcp_random(&client->random);
		client->rapid_offered = false;
		client->broadcast_flag = client->conf.broadcast;
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_REQUESTING:
		/* Keeps the offer's xid: §4.4.1. */
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_BOUND:
		/* Of RENEWING and REBINDING, which are one transaction, so
		 * that a late answer to the first still counts in the other. */
		client->xid = dhcp_random(&client->random);
		client->deadline = client->t1;
		client->n_refused = 0;
		client->avoid = 0;
		break;
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING:
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_N:
		assert(false);
	}
}

/* The lease has ended, if there is one. */
static void lose(struct dhcp_client *client)
{
	if (!client->have_lease)
		return;
	client->have_lease = false;
	client->do_lost = true;
	client->do_lease = false;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
}

static void bind_lease(struct dhcp_client *client,
		       const struct dhcp_lease *lease, int64_t now)
{
	bool same = client->have_lease &&
		    dhcp_lease_same(lease, &client->lease);

	/* One that the shell has not yet taken may be new to it. */
	client->lease_unchanged = same && (client->lease_unchanged ||
					   !client->do_lease);
	memcpy(&client->lease, lease, sizeof(*lease));
	client->have_lease = true;
	client->do_lease = true;
	client->wish = lease->address;
	client->may_reboot = true;
	dhcp_lease_times(lease, client->sent_at, &client->random, &client->t1,
			 &client->t2, &client->expires);
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	enter(client, DHCP_STATE_BOUND, now);
}

static void recv_offer(struct dhcp_client *client,
		       const struct dhcp_message *message, int64_t now)
{
	struct dhcp_lease lease;

	if (client->state != DHCP_STATE_SELECTING) {
		dhcp_count(&client->counters, DHCP_COUNT_STATE);
		return;
	}
	/* Checked like an ACK: what is no lease is no offer of one. */
	if (dhcp_lease_read(message, client->conf.mtu, &client->counters,
			    &lease) < 0)
		return;
	/* Others come first, but if there are none, it is better than none. */
	if (lease.server_id == client->avoid &&
	    client->n_sent <= DHCP_FIRST_RESENDS) {
		dhcp_count(&client->counters, DHCP_COUNT_AVOIDED);
		return;
	}
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	client->offer_address = lease.address;
	client->offer_server = lease.server_id;
	enter(client, DHCP_STATE_REQUESTING, now);
}

/* Whether an ACK or NAK of SERVER is waited for; counts why not. */
static bool is_expected(struct dhcp_client *client, uint32_t server)
{
	enum dhcp_count reason = DHCP_COUNT_STATE;

	switch (client->state) {
	case DHCP_STATE_REBOOTING:
	case DHCP_STATE_REBINDING:
		return true;
	case DHCP_STATE_REQUESTING:
		if (server == client->offer_server)
			return true;
		reason = DHCP_COUNT_SERVER_ID;
		break;
	case DHCP_STATE_RENEWING:
		if (server == client->lease.server_id)
			return true;
		reason = DHCP_COUNT_SERVER_ID;
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INIT:
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_BOUND:
	case DHCP_STATE_N:
		break;
	}
	dhcp_count(&client->counters, reason);
	return false;
}

static void recv_ack(struct dhcp_client *client,
		     const struct dhcp_message *message, int64_t now)
{
	/* RFC 4039 §3.1: only with option 80, and only if we sent it. */
	bool rapid = client->state == DHCP_STATE_SELECTING &&
		     client->rapid_offered &&
		     dhcp_options_has(&message->options,
				      DHCP_OPTION_RAPID_COMMIT);
	struct dhcp_lease lease;

	if (dhcp_lease_read(message, client->conf.mtu, &client->counters,
			    &lease) < 0)
		return;
	if (rapid || is_expected(client, lease.server_id))
		bind_lease(client, &lease, now);
}

static void recv_nak(struct dhcp_client *client,
		     const struct dhcp_message *message, int64_t now)
{
	uint32_t server;

	if (dhcp_options_get_u32(&message->options, DHCP_OPTION_SERVER_ID,
				 &server) < 0) {
		dhcp_count(&client->counters, DHCP_COUNT_SERVER_ID);
		return;
	}
	if (!is_expected(client, server))
		return;
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	if (client->state == DHCP_STATE_REQUESTING)
		client->avoid = server;
	lose(client);
	client->wish = 0;
	client->began = now;
	/* The first NAK is a move to another network; more are a loop. */
	client->wait = REFUSED_WAIT_FIRST;
	for (unsigned int i = 1; i < client->n_refused; i++)
		client->wait = dhcp_earlier(2 * client->wait, REFUSED_WAIT_MAX);
	if (client->n_refused < UINT8_MAX)
		client->n_refused++;
	enter(client,
	      client->n_refused > 1 ? DHCP_STATE_INIT : DHCP_STATE_SELECTING,
	      now);
}

/* Whether MESSAGE answers us; counts why not. */
static bool is_ours(struct dhcp_client *client,
		    const struct dhcp_message *message)
{
	const uint8_t code = DHCP_OPTION_CLIENT_ID;
	uint8_t id[1 + DHCP_MAC_LEN] = { DHCP_HTYPE_ETHERNET };
	enum dhcp_count reason;

	memcpy(id + 1, client->conf.mac, DHCP_MAC_LEN);
	if (message->op != DHCP_OP_REPLY)
		reason = DHCP_COUNT_NOT_REPLY;
	else if (message->htype != DHCP_HTYPE_ETHERNET ||
		 message->hlen != DHCP_MAC_LEN ||
		 memcmp(message->chaddr, client->conf.mac, DHCP_MAC_LEN) != 0)
		reason = DHCP_COUNT_NOT_OURS;
	else if (message->xid != client->xid)
		reason = DHCP_COUNT_XID;
	else if (dhcp_options_has(&message->options, code) &&
		 !span_equal(dhcp_options_get(&message->options, code),
			     (struct span){ id, sizeof(id) }))
		reason = DHCP_COUNT_CLIENT_ID;
	else
		return true;
	dhcp_count(&client->counters, reason);
	return false;
}

void dhcp_client_recv(struct dhcp_client *client, struct span packet,
		      bool checksum_unfinished, int64_t now)
{
	struct dhcp_message message;
	struct dhcp_frame frame;

	dhcp_count(&client->counters, DHCP_COUNT_RECEIVED);
	if (dhcp_frame_parse(packet, checksum_unfinished, &client->counters,
			     &frame) < 0 ||
	    dhcp_message_read(frame.payload, &client->counters, &message) < 0 ||
	    !is_ours(client, &message))
		return;
	switch (message.type) {
	case DHCP_TYPE_OFFER:
		recv_offer(client, &message, now);
		break;
	case DHCP_TYPE_ACK:
		recv_ack(client, &message, now);
		break;
	case DHCP_TYPE_NAK:
		recv_nak(client, &message, now);
		break;
	default:
		/* A byte from the wire: FORCERENEW without its key (RFC 3203
		 * §6), clients' messages, whatever comes to be. */
		dhcp_count(&client->counters, DHCP_COUNT_TYPE);
	}
}

/* The lease has run out. */
static void expire(struct dhcp_client *client, int64_t now)
{
	lose(client);
	client->may_reboot = false;
	switch (client->state) {
	case DHCP_STATE_BOUND:
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING:
		client->began = now;
		enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INIT:
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_REQUESTING:
	case DHCP_STATE_REBOOTING:
	case DHCP_STATE_N:
		break;
	}
}

void dhcp_client_tick(struct dhcp_client *client, int64_t now)
{
	if (client->have_lease && now >= client->expires)
		expire(client, now);
	if (now < client->deadline)
		return;
	switch (client->state) {
	case DHCP_STATE_INIT:
		enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_SELECTING:
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_REQUESTING:
		if (client->n_sent < REQUEST_SENDS) {
			dhcp_client_transmit(client, now);
			break;
		}
		client->avoid = client->offer_server;
		enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_REBOOTING:
		if (client->n_sent < REBOOT_SENDS)
			dhcp_client_transmit(client, now);
		else
			enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_BOUND:
		/* After a suspend it may be past T2. */
		client->began = now;
		enter(client,
		      now < client->t2 ? DHCP_STATE_RENEWING :
					 DHCP_STATE_REBINDING,
		      now);
		break;
	case DHCP_STATE_RENEWING:
		if (now < client->t2)
			dhcp_client_transmit(client, now);
		else
			enter(client, DHCP_STATE_REBINDING, now);
		break;
	case DHCP_STATE_REBINDING:
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_N:
		assert(false);
	}
}

void dhcp_client_link_up(struct dhcp_client *client, int64_t now)
{
	if (client->state != DHCP_STATE_STOPPED)
		return;
	if (client->have_lease && now >= client->expires)
		expire(client, now);
	client->began = now;
	/* §4.4.2: what we had is asked for first, at once. The random wait
	 * before DISCOVER (§4.4.1) is left out: a machine that boots has no
	 * time for it, and the resends are fuzzy. */
	enter(client,
	      client->may_reboot && client->wish ? DHCP_STATE_REBOOTING :
						   DHCP_STATE_SELECTING,
	      now);
}

void dhcp_client_link_down(struct dhcp_client *client, int64_t now)
{
	if (client->state != DHCP_STATE_STOPPED)
		enter(client, DHCP_STATE_STOPPED, now);
}

/* DECLINE or RELEASE, to be sent while the address is still there. */
static void give_back(struct dhcp_client *client, enum dhcp_type type,
		      enum dhcp_state next, int64_t now)
{
	bool tell = client->have_lease && client->state != DHCP_STATE_STOPPED;
	struct dhcp_outgoing outgoing = {
		.type = type,
		.server_id = client->lease.server_id,
	};
	uint32_t source = 0, destination = DHCP_BROADCAST;

	lose(client);
	enter(client, next, now);
	if (!tell)
		return;
	if (type == DHCP_TYPE_DECLINE) {
		outgoing.requested_address = client->lease.address;
	} else {
		source = outgoing.ciaddr = client->lease.address;
		destination = client->lease.server_id;
	}
	client->xid = dhcp_random(&client->random);
	dhcp_client_put(client, &outgoing, source, destination);
	client->send_first = true;
}

void dhcp_client_conflict(struct dhcp_client *client, int64_t now)
{
	if (!client->have_lease)
		return;
	client->wish = 0;
	client->began = now;
	client->wait = DECLINE_WAIT;
	give_back(client, DHCP_TYPE_DECLINE,
		  client->state == DHCP_STATE_STOPPED ? DHCP_STATE_STOPPED :
							DHCP_STATE_INIT,
		  now);
}

void dhcp_client_release(struct dhcp_client *client, int64_t now)
{
	give_back(client, DHCP_TYPE_RELEASE, DHCP_STATE_STOPPED, now);
}

int64_t dhcp_client_due(const struct dhcp_client *client)
{
	/* expires is CLOCK_NEVER without a lease. */
	return dhcp_earlier(client->deadline, client->expires);
}

bool dhcp_client_next(struct dhcp_client *client,
		      struct dhcp_action *ret_action)
{
	struct dhcp_action action = { .lease = &client->lease };
	struct span frame = { client->send_buffer, client->send_len };

	if (client->do_lost && !client->send_first) {
		client->do_lost = false;
		action.type = DHCP_ACTION_LOST;
	} else if (client->do_lease && !client->send_first) {
		client->do_lease = false;
		action.type = DHCP_ACTION_LEASE;
		action.unchanged = client->lease_unchanged;
	} else if (client->do_send) {
		client->do_send = false;
		client->send_first = false;
		action.type = DHCP_ACTION_SEND;
		action.source = client->send_source;
		action.destination = client->send_destination;
		action.broadcast = client->send_destination == DHCP_BROADCAST;
		action.frame = frame;
		action.payload = span_skip(frame, DHCP_FRAME_HEADER);
		dhcp_count(&client->counters, DHCP_COUNT_SENT);
	} else {
		return false;
	}
	*ret_action = action;
	return true;
}

const struct dhcp_lease *dhcp_client_lease(const struct dhcp_client *client)
{
	return client->have_lease ? &client->lease : NULL;
}

int64_t dhcp_client_expires(const struct dhcp_client *client)
{
	return client->expires;
}

void dhcp_client_init(struct dhcp_client *client,
		      const struct dhcp_client_conf *conf, uint64_t seed)
{
	memset(client, 0, sizeof(*client));
	client->conf = *conf;
	client->conf.hostname[DHCP_HOSTNAME_MAX - 1] = '\0';
	client->random = seed;
	client->wish = conf->address;
	client->may_reboot = true;
	client->deadline = CLOCK_NEVER;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
}
