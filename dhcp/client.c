/* See client.h, and docs/states.md for the table. */
#include "dhcp/client.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/client_send.h"
#include "dhcp/client_state.h"
#include "dhcp/timing.h"

/* Given up after 6.4 s, and after 13, 26, 51 s the next times in a row. */
#define REQUEST_SENDS 7
#define REQUEST_SENDS_MAX 10
/* Given up after 1.6 s: DISCOVER asks for the same address then. */
#define REBOOT_SENDS 5
/* RFC 2131 §3.1.5 */
#define DECLINE_WAIT 10000
/* RFC 2131 §4.4.3: after 62 s. */
#define INFORM_SENDS 9

static const char state_names[][11] = {
	[DHCP_STATE_STOPPED] = "STOPPED",
	[DHCP_STATE_INIT] = "INIT",
	[DHCP_STATE_SELECTING] = "SELECTING",
	[DHCP_STATE_REQUESTING] = "REQUESTING",
	[DHCP_STATE_REBOOTING] = "REBOOTING",
	[DHCP_STATE_BOUND] = "BOUND",
	[DHCP_STATE_RENEWING] = "RENEWING",
	[DHCP_STATE_REBINDING] = "REBINDING",
	[DHCP_STATE_INFORMING] = "INFORMING",
	[DHCP_STATE_INFORMED] = "INFORMED",
};

_Static_assert(ARRAY_SIZE(state_names) == DHCP_STATE_N, "a state unnamed");

const char *dhcp_state_name(enum dhcp_state state)
{
	return state_names[state];
}

void dhcp_client_enter(struct dhcp_client *client, enum dhcp_state state,
		       int64_t now)
{
	client->state = state;
	client->n_sent = 0;
	client->deadline = CLOCK_NEVER;
	client->do_send = false;
	client->send_first = false;
	client->offer_rank = 0;
	client->renew_broadcast = false;
	switch (state) {
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INFORMED:
		break;
	case DHCP_STATE_INIT:
		client->deadline = now + client->wait;
		break;
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_REBOOTING:
	case DHCP_STATE_INFORMING:
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
		client->n_given_up = 0;
		client->avoid = 0;
		client->declined = 0;
		break;
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING:
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_N:
		assert(false);
	}
}

void dhcp_client_lose(struct dhcp_client *client)
{
	if (!client->have_lease)
		return;
	client->have_lease = false;
	client->may_reboot = false;
	client->do_lost = true;
	client->do_lease = false;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
}

void dhcp_client_expire(struct dhcp_client *client, int64_t now)
{
	/* CLOCK_NEVER without a lease. */
	if (now < client->expires)
		return;
	dhcp_client_lose(client);
	switch (client->state) {
	case DHCP_STATE_BOUND:
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING:
		dhcp_client_start_over(client, 0, now);
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INIT:
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_REQUESTING:
	case DHCP_STATE_REBOOTING:
	case DHCP_STATE_INFORMING:
	case DHCP_STATE_INFORMED:
	case DHCP_STATE_N:
		break;
	}
}

void dhcp_client_start_over(struct dhcp_client *client, int64_t wait,
			    int64_t now)
{
	client->began = now;
	client->wait = wait;
	dhcp_client_enter(client, wait ? DHCP_STATE_INIT : DHCP_STATE_SELECTING,
			  now);
}

/* In SELECTING, at its deadline. */
static bool is_offer_due(const struct dhcp_client *client)
{
	return client->offer_rank > (client->n_sent < DHCP_FIRST_RESENDS ?
					     DHCP_RANK_AVOIDED :
					     DHCP_RANK_NONE);
}

/* RFC 2131 §4.1 wants a back-off: a server that offers and never says more is
 * asked the longer the more often it has done so. */
static unsigned int request_sends(const struct dhcp_client *client)
{
	unsigned int sends = REQUEST_SENDS + client->n_given_up;

	return sends < REQUEST_SENDS_MAX ? sends : REQUEST_SENDS_MAX;
}

void dhcp_client_tick(struct dhcp_client *client, int64_t now)
{
	dhcp_client_expire(client, now);
	if (now < client->deadline)
		return;
	switch (client->state) {
	case DHCP_STATE_INIT:
		dhcp_client_enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_SELECTING:
		if (is_offer_due(client))
			dhcp_client_enter(client, DHCP_STATE_REQUESTING, now);
		else
			dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_REQUESTING:
		if (client->n_sent < request_sends(client)) {
			dhcp_client_transmit(client, now);
			break;
		}
		client->n_given_up++;
		client->avoid = client->offer_server;
		dhcp_client_enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_REBOOTING:
		if (client->n_sent < REBOOT_SENDS)
			dhcp_client_transmit(client, now);
		else
			dhcp_client_enter(client, DHCP_STATE_SELECTING, now);
		break;
	case DHCP_STATE_BOUND:
		/* After a suspend it may be past T2. */
		client->began = now;
		client->n_failed = 0;
		dhcp_client_enter(client,
				  now < client->t2 ? DHCP_STATE_RENEWING :
						     DHCP_STATE_REBINDING,
				  now);
		break;
	case DHCP_STATE_RENEWING:
		if (now < client->t2)
			dhcp_client_transmit(client, now);
		else
			dhcp_client_enter(client, DHCP_STATE_REBINDING, now);
		break;
	case DHCP_STATE_REBINDING:
		dhcp_client_transmit(client, now);
		break;
	case DHCP_STATE_INFORMING:
		if (client->n_sent < INFORM_SENDS)
			dhcp_client_transmit(client, now);
		else
			client->deadline = CLOCK_NEVER;
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INFORMED:
	case DHCP_STATE_N:
		assert(false);
	}
}

void dhcp_client_link_up(struct dhcp_client *client, int64_t now)
{
	if (client->state != DHCP_STATE_STOPPED)
		return;
	dhcp_client_expire(client, now);
	client->began = now;
	if (client->conf.inform_address) {
		dhcp_client_enter(client, DHCP_STATE_INFORMING, now);
		return;
	}
	/* §4.4.2: what we had is asked for first, at once. The random wait
	 * before DISCOVER (§4.4.1) is left out: a machine that boots has no
	 * time for it, and the resends are fuzzy. */
	dhcp_client_enter(client,
			  client->may_reboot && client->wish ?
				  DHCP_STATE_REBOOTING :
				  DHCP_STATE_SELECTING,
			  now);
}

void dhcp_client_link_down(struct dhcp_client *client, int64_t now)
{
	if (client->state != DHCP_STATE_STOPPED)
		dhcp_client_enter(client, DHCP_STATE_STOPPED, now);
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

	dhcp_client_lose(client);
	dhcp_client_enter(client, next, now);
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
	client->declined = client->lease.address;
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

void dhcp_client_refused(struct dhcp_client *client, int64_t now)
{
	if (!client->have_lease)
		return;
	client->wish = 0;
	client->avoid = client->lease.server_id;
	dhcp_client_lose(client);
	if (client->state != DHCP_STATE_STOPPED)
		dhcp_client_start_over(client,
				       dhcp_back_off(++client->n_failed), now);
}

void dhcp_client_unsent(struct dhcp_client *client, int64_t now)
{
	int64_t again = now + dhcp_renew_wait_min(client->lease.lease_s);

	if (client->state != DHCP_STATE_RENEWING &&
	    client->state != DHCP_STATE_REBINDING)
		return;
	client->renew_broadcast = true;
	client->deadline = dhcp_earlier(client->deadline, again);
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
	} else if (client->do_lease) {
		client->do_lease = false;
		action.type = client->have_lease ? DHCP_ACTION_LEASE :
						   DHCP_ACTION_INFORMED;
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
	if (conf->private || conf->client_id_len == 0) {
		client->conf.client_id_len = 1 + DHCP_MAC_LEN;
		client->conf.client_id[0] = DHCP_HTYPE_ETHERNET;
		memcpy(client->conf.client_id + 1, conf->mac, DHCP_MAC_LEN);
	}
	assert(client->conf.client_id_len <= DHCP_CLIENT_ID_MAX &&
	       conf->inform_prefix <= 32);
	client->random = seed;
	client->wish = conf->private ? 0 : conf->address;
	client->may_reboot = true;
	client->deadline = CLOCK_NEVER;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
}
