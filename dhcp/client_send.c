/* See client_send.h. */
#include "dhcp/client_send.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/timing.h"

/* How many DISCOVERs offer rapid commit: should anything on the way stumble
 * over it, those after them are the plainest there are. */
#define RAPID_SENDS 3

static uint16_t seconds_since(int64_t began, int64_t now)
{
	int64_t s = (now - began) / 1000;

	return s > UINT16_MAX ? UINT16_MAX : (uint16_t)s;
}

static uint16_t max_size(const struct dhcp_client *client)
{
	const uint16_t least = 576; /* RFC 2132 §9.10 */

	if (client->conf.mtu == 0 || client->conf.mtu > DHCP_FRAME_MAX)
		return DHCP_FRAME_MAX;
	return client->conf.mtu < least ? least : client->conf.mtu;
}

void dhcp_client_put(struct dhcp_client *client, struct dhcp_outgoing *outgoing,
		     uint32_t source, uint32_t destination)
{
	uint8_t payload[DHCP_OUTGOING_MAX];
	struct writer message, frame;

	outgoing->xid = client->xid;
	memcpy(outgoing->mac, client->conf.mac, sizeof(outgoing->mac));
	outgoing->max_size = max_size(client);
	outgoing->hostname = span_of(client->conf.hostname);
	outgoing->client_id = (struct span){ client->conf.client_id,
					     client->conf.client_id_len };
	outgoing->private = client->conf.private;
	writer_init(&message, payload, sizeof(payload));
	dhcp_message_write(&message, outgoing);
	writer_init(&frame, client->send_buffer, sizeof(client->send_buffer));
	dhcp_frame_write(&frame, source, destination, writer_span(&message));
	assert(!writer_failed(&message) && !writer_failed(&frame));
	client->send_len = writer_len(&frame);
	client->send_source = source;
	client->send_destination = destination;
	client->do_send = true;
}

/* Not where an answer to it would end the wait for boot options, nor where it
 * is one word more about us than there has to be. */
static bool offers_rapid(const struct dhcp_client *client)
{
	const struct dhcp_client_conf *conf = &client->conf;

	return conf->rapid_commit && !conf->private &&
	       !(conf->wants_boot && conf->offer_window_ms) &&
	       client->n_sent <= RAPID_SENDS;
}

/*
 * RFC 2131 §4.3.2 and table 5 say which of ciaddr and options 50 and 54 go
 * with which state.
 */
void dhcp_client_transmit(struct dhcp_client *client, int64_t now)
{
	struct dhcp_outgoing outgoing = { .type = DHCP_TYPE_REQUEST };
	uint32_t source = 0, destination = DHCP_BROADCAST;
	int64_t deadline = CLOCK_NEVER, delay;

	client->n_sent++;
	delay = dhcp_resend_delay(client->n_sent, &client->random);
	client->sent_at = now;
	/* The same in the REQUEST as in its DISCOVER: §4.4.1. */
	if (client->state != DHCP_STATE_REQUESTING)
		client->secs = seconds_since(client->began, now);
	outgoing.secs = client->secs;
	switch (client->state) {
	case DHCP_STATE_SELECTING:
		outgoing.type = DHCP_TYPE_DISCOVER;
		outgoing.requested_address = client->wish;
		outgoing.rapid_commit = offers_rapid(client);
		client->rapid_offered |= outgoing.rapid_commit;
		if (client->n_sent > DHCP_FIRST_RESENDS)
			client->broadcast_flag = true;
		outgoing.broadcast = client->broadcast_flag;
		deadline = now + delay;
		break;
	case DHCP_STATE_REQUESTING:
		outgoing.requested_address = client->offer_address;
		outgoing.server_id = client->offer_server;
		outgoing.broadcast = client->broadcast_flag;
		deadline = now +
			   dhcp_request_delay(client->n_sent, &client->random);
		break;
	case DHCP_STATE_REBOOTING:
		outgoing.requested_address = client->wish;
		outgoing.broadcast = client->broadcast_flag;
		deadline = now + delay;
		break;
	case DHCP_STATE_RENEWING:
		source = outgoing.ciaddr = client->lease.address;
		if (!client->renew_broadcast)
			destination = client->lease.server_id;
		deadline = dhcp_renew_deadline(client->t2,
					       client->lease.lease_s, now);
		break;
	case DHCP_STATE_REBINDING:
		source = outgoing.ciaddr = client->lease.address;
		deadline = dhcp_renew_deadline(client->expires,
					       client->lease.lease_s, now);
		break;
	case DHCP_STATE_INFORMING:
		outgoing.type = DHCP_TYPE_INFORM;
		source = outgoing.ciaddr = client->conf.inform_address;
		deadline = now + delay;
		break;
	case DHCP_STATE_STOPPED:
	case DHCP_STATE_INIT:
	case DHCP_STATE_BOUND:
	case DHCP_STATE_INFORMED:
	case DHCP_STATE_N:
		assert(false);
	}
	client->deadline = deadline;
	dhcp_client_put(client, &outgoing, source, destination);
}
