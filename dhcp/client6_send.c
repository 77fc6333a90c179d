/* See client6_part.h. */
#include "dhcp/client6_part.h"

#include <assert.h>

#include "dhcp/timing.h"

/* Sent again after 100, 200 and 400 ms, then as RFC 8415 §15 and 7.6 have it:
 * a link-local address may be tentative still when a router is heard, and
 * nothing can be sent then. The random waits before the first (SOL_MAX_DELAY
 * and the like) are left out: a machine that boots has no time for them. */
#define QUICK_RESENDS 3
#define QUICK_WAIT 100

/* What a state sends; 0 for nothing. RT in seconds: 0 for no limit, or one
 * that the server may set. */
static const struct exchange {
	uint8_t type;
	uint8_t first_rt;
	uint16_t max_rt;
	uint8_t sends;
} exchanges[DHCP_STATE6_N] = {
	[DHCP_STATE6_INFORMING] = { DHCP_TYPE6_INFORMATION, 1, 0, 0 },
	[DHCP_STATE6_SOLICITING] = { DHCP_TYPE6_SOLICIT, 1, 0, 0 },
	/* Fewer than REQ_MAX_RC, so that another server gets its turn. */
	[DHCP_STATE6_REQUESTING] = { DHCP_TYPE6_REQUEST, 1, 30, 7 },
	[DHCP_STATE6_CONFIRMING] = { DHCP_TYPE6_CONFIRM, 1, 4, 0 },
	[DHCP_STATE6_RENEWING] = { DHCP_TYPE6_RENEW, 10, 600, 0 },
	[DHCP_STATE6_REBINDING] = { DHCP_TYPE6_REBIND, 10, 600, 0 },
	[DHCP_STATE6_DECLINING] = { DHCP_TYPE6_DECLINE, 1, 0, 4 },
	[DHCP_STATE6_RELEASING] = { DHCP_TYPE6_RELEASE, 1, 0, 4 },
};

/* From -WAIT/10 to WAIT/10: §15's RAND. */
static int64_t tenth(struct dhcp_client6 *client, int64_t wait)
{
	return (int64_t)(dhcp_random(&client->random) %
			 (uint64_t)(wait / 5 + 1)) -
	       wait / 10;
}

/* How long to wait for an answer to what has been sent. */
static int64_t next_wait(struct dhcp_client6 *client)
{
	const struct exchange *exchange = &exchanges[client->state];
	int64_t wait = 2 * client->resend_wait, most = exchange->max_rt * 1000;

	if (exchange->first_rt == 1 && client->n_sent <= QUICK_RESENDS)
		return QUICK_WAIT << (client->n_sent - 1);
	if (client->state == DHCP_STATE6_SOLICITING)
		most = (int64_t)client->sol_max_s * 1000;
	if (client->state == DHCP_STATE6_INFORMING)
		most = (int64_t)client->inf_max_s * 1000;
	if (wait == 0)
		wait = exchange->first_rt * 1000;
	if (most && wait > most)
		wait = most;
	client->resend_wait = wait + tenth(client, wait);
	return client->resend_wait;
}

struct span dhcp_client6_server(const struct dhcp_client6 *client)
{
	switch (client->state) {
	case DHCP_STATE6_REQUESTING:
		return (struct span){ client->offer_server,
				      client->offer_server_len };
	case DHCP_STATE6_RENEWING:
	case DHCP_STATE6_DECLINING:
	case DHCP_STATE6_RELEASING:
		return (struct span){ client->lease.server,
				      client->lease.server_len };
	case DHCP_STATE6_STOPPED:
	case DHCP_STATE6_IDLE:
	case DHCP_STATE6_INFORMING:
	case DHCP_STATE6_INFORMED:
	case DHCP_STATE6_SOLICITING:
	case DHCP_STATE6_CONFIRMING:
	case DHCP_STATE6_BOUND:
	case DHCP_STATE6_REBINDING:
	case DHCP_STATE6_N:
		break;
	}
	return (struct span){ NULL, 0 };
}

void dhcp_client6_transmit(struct dhcp_client6 *client, int64_t now)
{
	bool inform = client->state == DHCP_STATE6_INFORMING;
	bool solicit = client->state == DHCP_STATE6_SOLICITING;
	struct dhcp_outgoing6 outgoing = {
		.type = exchanges[client->state].type,
		.server_id = dhcp_client6_server(client),
		.has_ia = !inform,
		.iaid = client->iaid,
		.address = &client->lease.address,
		.rapid_commit = solicit && client->conf.rapid_commit,
		.anonymous = client->conf.anonymous,
	};
	struct writer writer;
	int64_t elapsed;

	if (client->n_sent++ == 0) {
		client->began = now;
		client->xid = dhcp_random(&client->random) & 0xffffff;
	}
	client->sent_at = now;
	client->deadline = now + next_wait(client);
	elapsed = (now - client->began) / 10;
	outgoing.xid = client->xid;
	outgoing.elapsed_cs = elapsed > UINT16_MAX ? UINT16_MAX :
						     (uint16_t)elapsed;
	/* RFC 7844 §4.3.1 */
	if (!inform || !client->conf.anonymous)
		outgoing.client_id = (struct span){ client->duid,
						    client->duid_len };
	if (solicit)
		outgoing.address = NULL;
	else if (client->state == DHCP_STATE6_REQUESTING)
		outgoing.address = &client->offer_address;
	else if (client->state == DHCP_STATE6_CONFIRMING)
		client->deadline = dhcp_earlier(
			client->deadline, client->began + DHCP_CONFIRM6_WAIT);
	else if (client->state == DHCP_STATE6_RENEWING)
		client->deadline = dhcp_earlier(client->deadline, client->t2);
	client->rapid_offered = outgoing.rapid_commit;
	writer_init(&writer, client->send_buffer, sizeof(client->send_buffer));
	dhcp_message6_write(&writer, &outgoing);
	assert(!writer_failed(&writer));
	client->send_len = writer_len(&writer);
	client->do_send = true;
}

bool dhcp_client6_sends(const struct dhcp_client6 *client)
{
	return exchanges[client->state].type != 0;
}

bool dhcp_client6_gives_up(const struct dhcp_client6 *client)
{
	unsigned int sends = exchanges[client->state].sends;

	return sends && client->n_sent >= sends;
}
