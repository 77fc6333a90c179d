/* See client6.h, and docs/states.md for the table. */
#include "dhcp/client6_part.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/timing.h"

/* After a conflict, as in RFC 2131 §3.1.5. */
#define DECLINE_WAIT 10000
/* SOL_MAX_RT and INF_MAX_RT, §7.6 */
#define MAX_RT_DEFAULT 3600

static const char state_names[][12] = {
	[DHCP_STATE6_STOPPED] = "STOPPED",
	[DHCP_STATE6_IDLE] = "IDLE",
	[DHCP_STATE6_INFORMING] = "INFORMING",
	[DHCP_STATE6_INFORMED] = "INFORMED",
	[DHCP_STATE6_SOLICITING] = "SOLICITING",
	[DHCP_STATE6_REQUESTING] = "REQUESTING",
	[DHCP_STATE6_CONFIRMING] = "CONFIRMING",
	[DHCP_STATE6_BOUND] = "BOUND",
	[DHCP_STATE6_RENEWING] = "RENEWING",
	[DHCP_STATE6_REBINDING] = "REBINDING",
	[DHCP_STATE6_DECLINING] = "DECLINING",
	[DHCP_STATE6_RELEASING] = "RELEASING",
};

_Static_assert(ARRAY_SIZE(state_names) == DHCP_STATE6_N, "a state unnamed");

const char *dhcp_state6_name(enum dhcp_state6 state)
{
	return state_names[state];
}

uint32_t dhcp_client6_hash(struct span duid)
{
	/* FNV-1a */
	uint32_t value = 2166136261;

	for (size_t i = 0; i < duid.len; i++)
		value = (value ^ duid.data[i]) * 16777619;
	return value | 1;
}

void dhcp_client6_enter(struct dhcp_client6 *client, enum dhcp_state6 state,
			int64_t now)
{
	client->state = state;
	client->n_sent = 0;
	client->resend_wait = 0;
	client->deadline = CLOCK_NEVER;
	client->do_send = false;
	if (state != DHCP_STATE6_REQUESTING)
		client->offer_rank = 0;
	if (state == DHCP_STATE6_BOUND)
		client->deadline = client->t1;
	else if (state == DHCP_STATE6_SOLICITING && client->wait)
		client->deadline = now + client->wait;
	else if (dhcp_client6_sends(client))
		dhcp_client6_transmit(client, now);
	client->wait = 0;
}

void dhcp_client6_lose(struct dhcp_client6 *client)
{
	if (!client->have_lease)
		return;
	client->have_lease = false;
	client->do_lost = true;
	client->do_lease = false;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
}

void dhcp_client6_resume(struct dhcp_client6 *client, int64_t now)
{
	dhcp_client6_enter(client,
			   now < client->t1 ? DHCP_STATE6_BOUND :
			   now < client->t2 ? DHCP_STATE6_RENEWING :
					      DHCP_STATE6_REBINDING,
			   now);
}

void dhcp_client6_finish(struct dhcp_client6 *client, int64_t now)
{
	if (client->state == DHCP_STATE6_RELEASING) {
		dhcp_client6_enter(client, DHCP_STATE6_STOPPED, now);
		return;
	}
	client->wait = client->began + DECLINE_WAIT - now;
	if (client->wait < 0)
		client->wait = 0;
	dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
}

/* The lease has run out. */
static void expire(struct dhcp_client6 *client, int64_t now)
{
	dhcp_client6_lose(client);
	switch (client->state) {
	case DHCP_STATE6_CONFIRMING:
	case DHCP_STATE6_BOUND:
	case DHCP_STATE6_RENEWING:
	case DHCP_STATE6_REBINDING:
		dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
		break;
	case DHCP_STATE6_STOPPED:
	case DHCP_STATE6_IDLE:
	case DHCP_STATE6_INFORMING:
	case DHCP_STATE6_INFORMED:
	case DHCP_STATE6_SOLICITING:
	case DHCP_STATE6_REQUESTING:
	case DHCP_STATE6_DECLINING:
	case DHCP_STATE6_RELEASING:
	case DHCP_STATE6_N:
		break;
	}
}

void dhcp_client6_tick(struct dhcp_client6 *client, int64_t now)
{
	if (client->have_lease && now >= client->expires)
		expire(client, now);
	if (now < client->deadline)
		return;
	switch (client->state) {
	case DHCP_STATE6_INFORMED:
		dhcp_client6_enter(client, DHCP_STATE6_INFORMING, now);
		break;
	case DHCP_STATE6_SOLICITING:
		if (client->offer_rank)
			dhcp_client6_enter(client, DHCP_STATE6_REQUESTING, now);
		else
			dhcp_client6_transmit(client, now);
		break;
	case DHCP_STATE6_REQUESTING:
		if (!dhcp_client6_gives_up(client)) {
			dhcp_client6_transmit(client, now);
			break;
		}
		client->avoid = dhcp_client6_hash(dhcp_client6_server(client));
		dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
		break;
	case DHCP_STATE6_CONFIRMING:
		if (now < client->began + DHCP_CONFIRM6_WAIT)
			dhcp_client6_transmit(client, now);
		else
			dhcp_client6_resume(client, now);
		break;
	case DHCP_STATE6_BOUND:
		/* After a suspend it may be past T2. */
		dhcp_client6_resume(client, now);
		break;
	case DHCP_STATE6_RENEWING:
		if (now < client->t2)
			dhcp_client6_transmit(client, now);
		else
			dhcp_client6_enter(client, DHCP_STATE6_REBINDING, now);
		break;
	case DHCP_STATE6_INFORMING:
	case DHCP_STATE6_REBINDING:
		dhcp_client6_transmit(client, now);
		break;
	case DHCP_STATE6_DECLINING:
	case DHCP_STATE6_RELEASING:
		if (!dhcp_client6_gives_up(client))
			dhcp_client6_transmit(client, now);
		else
			dhcp_client6_finish(client, now);
		break;
	case DHCP_STATE6_STOPPED:
	case DHCP_STATE6_IDLE:
	case DHCP_STATE6_N:
		assert(false);
	}
}

/* RFC 8415 §11.4; or §11.2 with bytes that mean nothing, RFC 7844 §4.3. */
static void make_identity(struct dhcp_client6 *client)
{
	struct writer writer;
	struct reader reader;

	writer_init(&writer, client->duid, sizeof(client->duid));
	writer_be16(&writer, client->conf.anonymous ? 1 : 3);
	writer_be16(&writer, 1); /* Ethernet */
	if (client->conf.anonymous) {
		writer_be32(&writer, dhcp_random(&client->random));
		writer_be32(&writer, dhcp_random(&client->random));
		writer_be16(&writer, (uint16_t)dhcp_random(&client->random));
		/* Locally administered, of one host. */
		client->duid[8] = (uint8_t)((client->duid[8] & 0xfc) | 2);
		client->iaid = dhcp_random(&client->random);
	} else {
		writer_bytes(&writer, client->conf.mac, 6);
		reader_init(&reader, client->conf.mac + 2, 4);
		client->iaid = reader_be32(&reader);
	}
	client->duid_len = (uint8_t)writer_len(&writer);
}

void dhcp_client6_link_up(struct dhcp_client6 *client, int64_t now)
{
	if (client->state != DHCP_STATE6_STOPPED)
		return;
	if (client->conf.anonymous) {
		dhcp_client6_lose(client);
		make_identity(client);
	}
	if (client->have_lease && now >= client->expires)
		expire(client, now);
	dhcp_client6_enter(client,
			   client->have_lease ? DHCP_STATE6_CONFIRMING :
						DHCP_STATE6_IDLE,
			   now);
}

void dhcp_client6_link_down(struct dhcp_client6 *client, int64_t now)
{
	if (client->state != DHCP_STATE6_STOPPED)
		dhcp_client6_enter(client, DHCP_STATE6_STOPPED, now);
}

void dhcp_client6_advert(struct dhcp_client6 *client, bool managed, bool other,
			 int64_t now)
{
	bool idle = client->state == DHCP_STATE6_IDLE;

	if (managed && (idle || client->state == DHCP_STATE6_INFORMING ||
			client->state == DHCP_STATE6_INFORMED))
		dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
	else if (other && idle)
		dhcp_client6_enter(client, DHCP_STATE6_INFORMING, now);
}

void dhcp_client6_conflict(struct dhcp_client6 *client, int64_t now)
{
	if (!client->have_lease)
		return;
	dhcp_client6_lose(client);
	if (client->state != DHCP_STATE6_STOPPED)
		dhcp_client6_enter(client, DHCP_STATE6_DECLINING, now);
}

void dhcp_client6_release(struct dhcp_client6 *client, int64_t now)
{
	bool tell = client->have_lease && client->state != DHCP_STATE6_STOPPED;

	/* §18.2.7: no longer used once RELEASE is on its way. */
	dhcp_client6_lose(client);
	dhcp_client6_enter(client,
			   tell ? DHCP_STATE6_RELEASING : DHCP_STATE6_STOPPED,
			   now);
}

int64_t dhcp_client6_due(const struct dhcp_client6 *client)
{
	/* expires is CLOCK_NEVER without a lease. */
	return dhcp_earlier(client->deadline, client->expires);
}

bool dhcp_client6_next(struct dhcp_client6 *client,
		       struct dhcp_action6 *ret_action)
{
	struct dhcp_action6 action = {
		.lease = &client->lease,
		.unchanged = client->lease_unchanged,
	};

	if (client->do_lost) {
		client->do_lost = false;
		action.type = DHCP_ACTION6_LOST;
	} else if (client->do_lease) {
		client->do_lease = false;
		action.type = DHCP_ACTION6_LEASE;
	} else if (client->do_info) {
		client->do_info = false;
		action.type = DHCP_ACTION6_INFO;
	} else if (client->do_send) {
		client->do_send = false;
		action.type = DHCP_ACTION6_SEND;
		action.payload = (struct span){ client->send_buffer,
						client->send_len };
		dhcp_count(&client->counters, DHCP_COUNT_SENT);
	} else {
		return false;
	}
	*ret_action = action;
	return true;
}

const struct dhcp_lease6 *dhcp_client6_lease(const struct dhcp_client6 *client)
{
	return client->have_lease ? &client->lease : NULL;
}

int64_t dhcp_client6_expires(const struct dhcp_client6 *client)
{
	return client->expires;
}

void dhcp_client6_init(struct dhcp_client6 *client,
		       const struct dhcp_client6_conf *conf, uint64_t seed)
{
	memset(client, 0, sizeof(*client));
	client->conf = *conf;
	client->random = seed;
	client->sol_max_s = client->inf_max_s = MAX_RT_DEFAULT;
	client->deadline = CLOCK_NEVER;
	client->t1 = client->t2 = client->expires = CLOCK_NEVER;
	make_identity(client);
}
