/* See client6.h: what the client makes of the packets that it receives. */
#include "dhcp/client6_part.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/timing.h"

/* For more ADVERTISEs after the first; a second by §18.2.1. */
#define OFFERS_WAIT 100
/* After a server's second, third ... refusal in a row: 1, 2, 4 ... 64 s. */
#define REFUSED_WAIT 1000
#define REFUSED_DOUBLINGS 6
/* §21.24, 21.25 */
#define MAX_RT_LEAST 60
#define MAX_RT_MOST 86400
/* §7.6, 21.23 */
#define REFRESH_DEFAULT 86400
#define REFRESH_LEAST 600

#define PREFERENCE_MAX 255
#define RANK_NOT_AVOIDED 256

static int64_t after(int64_t from, uint32_t seconds)
{
	if (seconds == DHCP_LEASE6_INFINITE)
		return CLOCK_NEVER;
	return from + (int64_t)seconds * 1000;
}

/* §14.2 and 21.4: what the server leaves to us is 0.5 and 0.8 of the preferred
 * lifetime, and so is what is later than the end. */
static void set_times(struct dhcp_client6 *client)
{
	const struct dhcp_times6 *times = &client->lease.times;
	uint32_t base_s = times->preferred_s ? times->preferred_s :
					       times->valid_s;
	int64_t base = (int64_t)base_s * 1000, from = client->sent_at;

	client->expires = after(from, times->valid_s);
	client->t1 = times->t1_s ? after(from, times->t1_s) : CLOCK_NEVER;
	client->t2 = times->t2_s ? after(from, times->t2_s) : CLOCK_NEVER;
	if (base_s != DHCP_LEASE6_INFINITE) {
		if (!times->t2_s || client->t2 >= client->expires)
			client->t2 = from + base / 5 * 4;
		if (!times->t1_s || client->t1 >= client->expires)
			client->t1 = from + base / 2;
	}
	client->t1 = dhcp_earlier(client->t1, client->t2);
}

static void bind_lease(struct dhcp_client6 *client,
		       const struct dhcp_lease6 *lease, int64_t now)
{
	bool same = client->have_lease &&
		    dhcp_lease6_same(lease, &client->lease);

	/* One that the shell has not yet taken may be new to it. */
	client->lease_unchanged = same && (client->lease_unchanged ||
					   !client->do_lease);
	memcpy(&client->lease, lease, sizeof(*lease));
	client->have_lease = true;
	client->have_info = false;
	client->do_info = false;
	client->do_lease = true;
	client->n_refused = 0;
	client->avoid = 0;
	set_times(client);
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	dhcp_client6_resume(client, now);
}

/* The answer to an INFORMATION-REQUEST. */
static void take_info(struct dhcp_client6 *client,
		      const struct dhcp_message6 *message, int64_t now)
{
	struct dhcp_lease6 info;
	uint32_t refresh_s;
	bool same;

	if (dhcp_lease6_status(message, NULL) != 0) {
		dhcp_count(&client->counters, DHCP_COUNT_STATUS);
		return;
	}
	if (dhcp_lease6_read(message, NULL, &client->counters, &info) < 0)
		return;
	same = client->have_info && dhcp_lease6_same(&info, &client->lease);
	client->lease_unchanged = same &&
				  (client->lease_unchanged || !client->do_info);
	memcpy(&client->lease, &info, sizeof(info));
	client->have_info = true;
	client->do_info = true;
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	dhcp_client6_enter(client, DHCP_STATE6_INFORMED, now);
	refresh_s = info.times.refresh_s ? info.times.refresh_s :
					   REFRESH_DEFAULT;
	if (refresh_s < REFRESH_LEAST)
		refresh_s = REFRESH_LEAST;
	client->deadline = after(now, refresh_s);
}

static void choose(struct dhcp_client6 *client, struct span server,
		   const struct dhcp_ip6 *address)
{
	memcpy(client->offer_server, server.data, server.len);
	client->offer_server_len = (uint8_t)server.len;
	client->offer_address = *address;
}

static void recv_advertise(struct dhcp_client6 *client,
			   const struct dhcp_message6 *message, int64_t now)
{
	struct dhcp_lease6 lease;
	struct span value;
	unsigned int rank = 1;

	if (client->state != DHCP_STATE6_SOLICITING) {
		dhcp_count(&client->counters, DHCP_COUNT_STATE);
		return;
	}
	/* §18.2.9: no address, no offer. */
	if (dhcp_lease6_status(message, &client->iaid) != 0) {
		dhcp_count(&client->counters, DHCP_COUNT_STATUS);
		return;
	}
	/* Checked like a REPLY: what is no lease is no offer of one. */
	if (dhcp_lease6_read(message, &client->iaid, &client->counters,
			     &lease) < 0)
		return;
	if (dhcp_option6_get(message->options, DHCP_OPTION6_PREFERENCE,
			     &value) == 0 &&
	    value.len == 1)
		rank += value.data[0];
	/* Others come first, but if there are none, it is better than none. */
	if (dhcp_client6_hash(message->server_id) != client->avoid)
		rank += RANK_NOT_AVOIDED;
	if (rank <= client->offer_rank) {
		dhcp_count(&client->counters, DHCP_COUNT_AVOIDED);
		return;
	}
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
	if (!client->offer_rank)
		client->deadline = now + OFFERS_WAIT;
	client->offer_rank = rank;
	choose(client, message->server_id, &lease.address);
	/* §18.2.1: at once. */
	if (rank == 1 + PREFERENCE_MAX + RANK_NOT_AVOIDED)
		dhcp_client6_enter(client, DHCP_STATE6_REQUESTING, now);
}

/* The server does not give what was offered, or takes it away. */
static void refuse(struct dhcp_client6 *client, struct span server, int64_t now)
{
	if (client->n_refused > 0) {
		unsigned int doublings = client->n_refused - 1;

		if (doublings > REFUSED_DOUBLINGS)
			doublings = REFUSED_DOUBLINGS;
		client->wait = REFUSED_WAIT << doublings;
	}
	if (client->n_refused < UINT8_MAX)
		client->n_refused++;
	client->avoid = dhcp_client6_hash(server);
	dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
}

/* The answer to REQUEST, RENEW, REBIND, or to SOLICIT with rapid commit:
 * §18.2.10.1. */
static void recv_grant(struct dhcp_client6 *client,
		       const struct dhcp_message6 *message, int64_t now)
{
	uint16_t status = dhcp_lease6_status(message, &client->iaid);
	bool again = client->state == DHCP_STATE6_RENEWING ||
		     client->state == DHCP_STATE6_REBINDING;
	struct dhcp_lease6 lease;
	int r;

	if (status == DHCP_STATUS6_SUCCESS) {
		r = dhcp_lease6_read(message, &client->iaid, &client->counters,
				     &lease);
		if (r == 0) {
			bind_lease(client, &lease, now);
		} else if (r == -EADDRNOTAVAIL && again) {
			dhcp_client6_lose(client);
			refuse(client, message->server_id, now);
		}
		return;
	}
	dhcp_count(&client->counters, DHCP_COUNT_STATUS);
	if (status == DHCP_STATUS6_NO_BINDING && again) {
		/* It may take over what it does not know. */
		choose(client, message->server_id, &client->lease.address);
		dhcp_client6_enter(client, DHCP_STATE6_REQUESTING, now);
	} else if (status == DHCP_STATUS6_NOT_ON_LINK &&
		   client->state != DHCP_STATE6_SOLICITING) {
		dhcp_client6_lose(client);
		refuse(client, message->server_id, now);
	} else if (client->state == DHCP_STATE6_REQUESTING &&
		   (status == DHCP_STATUS6_NO_ADDRESSES ||
		    status == DHCP_STATUS6_NO_BINDING)) {
		refuse(client, message->server_id, now);
	}
	/* Any other is a failure that may pass: the resends go on. */
}

static void recv_reply(struct dhcp_client6 *client,
		       const struct dhcp_message6 *message, int64_t now)
{
	struct span server = dhcp_client6_server(client), value;
	uint16_t status;

	if (server.len > 0 && !span_equal(server, message->server_id)) {
		dhcp_count(&client->counters, DHCP_COUNT_SERVER_ID);
		return;
	}
	switch (client->state) {
	case DHCP_STATE6_INFORMING:
		take_info(client, message, now);
		break;
	case DHCP_STATE6_SOLICITING:
		/* §18.2.10: only with option 14, and only if we sent it. */
		if (client->rapid_offered &&
		    dhcp_option6_get(message->options,
				     DHCP_OPTION6_RAPID_COMMIT, &value) == 0)
			recv_grant(client, message, now);
		else
			dhcp_count(&client->counters, DHCP_COUNT_STATE);
		break;
	case DHCP_STATE6_REQUESTING:
	case DHCP_STATE6_RENEWING:
	case DHCP_STATE6_REBINDING:
		recv_grant(client, message, now);
		break;
	case DHCP_STATE6_CONFIRMING:
		status = dhcp_lease6_status(message, NULL);
		if (status == DHCP_STATUS6_NOT_ON_LINK) {
			dhcp_count(&client->counters, DHCP_COUNT_STATUS);
			dhcp_client6_lose(client);
			dhcp_client6_enter(client, DHCP_STATE6_SOLICITING, now);
		} else if (status == DHCP_STATUS6_SUCCESS) {
			dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
			dhcp_client6_resume(client, now);
		}
		break;
	case DHCP_STATE6_DECLINING:
	case DHCP_STATE6_RELEASING:
		/* Whatever it says: §18.2.10.2. */
		dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
		dhcp_client6_finish(client, now);
		break;
	case DHCP_STATE6_STOPPED:
	case DHCP_STATE6_IDLE:
	case DHCP_STATE6_INFORMED:
	case DHCP_STATE6_BOUND:
	case DHCP_STATE6_N:
		assert(false); /* have sent nothing: is_ours() */
	}
}

/* Whether MESSAGE answers us; counts why not. §16.3, 16.10 */
static bool is_ours(struct dhcp_client6 *client,
		    const struct dhcp_message6 *message)
{
	bool unnamed = client->conf.anonymous &&
		       client->state == DHCP_STATE6_INFORMING;
	enum dhcp_count reason;

	if (message->type != DHCP_TYPE6_ADVERTISE &&
	    message->type != DHCP_TYPE6_REPLY)
		reason = DHCP_COUNT_TYPE;
	else if (client->n_sent == 0)
		reason = DHCP_COUNT_STATE;
	else if (message->xid != client->xid)
		reason = DHCP_COUNT_XID;
	else if (message->server_id.len == 0)
		reason = DHCP_COUNT_SERVER_ID;
	else if ((message->client_id.len > 0 || !unnamed) &&
		 !span_equal(message->client_id,
			     (struct span){ client->duid, client->duid_len }))
		reason = DHCP_COUNT_CLIENT_ID;
	else
		return true;
	dhcp_count(&client->counters, reason);
	return false;
}

static void read_max_rt(const struct dhcp_message6 *message, uint16_t code,
			uint32_t *max_s)
{
	uint32_t value;

	if (dhcp_option6_get_u32(message->options, code, &value) == 0 &&
	    value >= MAX_RT_LEAST && value <= MAX_RT_MOST)
		*max_s = value;
}

void dhcp_client6_recv(struct dhcp_client6 *client, struct span payload,
		       const struct dhcp_ip6 *source, int64_t now)
{
	struct dhcp_message6 message;

	dhcp_count(&client->counters, DHCP_COUNT_RECEIVED);
	if (!dhcp_ip6_is_peer(source)) {
		dhcp_count(&client->counters, DHCP_COUNT_SOURCE);
		return;
	}
	if (dhcp_message6_read(payload, &client->counters, &message) < 0 ||
	    !is_ours(client, &message))
		return;
	/* Also of one that gives no address: §18.2.9. */
	read_max_rt(&message, DHCP_OPTION6_SOL_MAX_RT, &client->sol_max_s);
	read_max_rt(&message, DHCP_OPTION6_INF_MAX_RT, &client->inf_max_s);
	if (message.type == DHCP_TYPE6_ADVERTISE)
		recv_advertise(client, &message, now);
	else
		recv_reply(client, &message, now);
}
