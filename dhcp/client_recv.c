/* See client.h: what the client makes of what it receives. */
#include "dhcp/client.h"

#include <string.h>

#include "dhcp/client_state.h"
#include "dhcp/timing.h"

/* What a server may have to say about what to boot. */
static bool has_boot(const struct dhcp_message *message,
		     const struct dhcp_lease *lease)
{
	static const uint8_t codes[] = { DHCP_OPTION_VENDOR,
					 DHCP_OPTION_TFTP_SERVER,
					 DHCP_OPTION_BOOT_FILE,
					 DHCP_OPTION_VENDOR_INFO };
	struct span class = dhcp_options_get(&message->options,
					     DHCP_OPTION_VENDOR_CLASS);

	for (size_t i = 0; i < sizeof(codes); i++) {
		if (dhcp_options_has(&message->options, codes[i]))
			return true;
	}
	/* Many servers name themselves in siaddr, whatever they serve. */
	return message->file.len > 0 ||
	       (lease->next_server && lease->next_server != lease->server_id) ||
	       span_starts(class, "PXEClient") ||
	       span_starts(class, "HTTPClient");
}

/* Keeps LEASE, to be told, in place of the one that is there if HAD. */
static void keep(struct dhcp_client *client, const struct dhcp_lease *lease,
		 bool had)
{
	bool same = had && dhcp_lease_same(lease, &client->lease);

	/* One that the shell has not yet taken may be new to it. */
	client->lease_unchanged = same && (client->lease_unchanged ||
					   !client->do_lease);
	memcpy(&client->lease, lease, sizeof(*lease));
	client->do_lease = true;
	dhcp_count(&client->counters, DHCP_COUNT_ACCEPTED);
}

static void bind_lease(struct dhcp_client *client,
		       const struct dhcp_lease *lease, int64_t now)
{
	keep(client, lease, client->have_lease);
	client->have_lease = true;
	/* RFC 7844 §3.3: where we were is not told. */
	client->wish = client->conf.private ? 0 : lease->address;
	client->may_reboot = true;
	dhcp_lease_times(lease, client->sent_at, &client->random, &client->t1,
			 &client->t2, &client->expires);
	dhcp_client_enter(client, DHCP_STATE_BOUND, now);
}

/* Whether LEASE is what failed before, and others should have their turn. If
 * there are none while the quick DISCOVERs are sent, it is taken. */
static bool is_avoided(const struct dhcp_client *client,
		       const struct dhcp_lease *lease)
{
	return lease->server_id == client->avoid ||
	       lease->address == client->declined;
}

static void recv_offer(struct dhcp_client *client,
		       const struct dhcp_message *message, int64_t now)
{
	enum dhcp_rank rank;
	struct dhcp_lease lease;
	uint16_t window;
	bool wait = false;

	if (client->state != DHCP_STATE_SELECTING) {
		dhcp_count(&client->counters, DHCP_COUNT_STATE);
		return;
	}
	/* Checked like an ACK: what is no lease is no offer of one. */
	if (dhcp_lease_read(message, client->conf.mtu, &client->counters,
			    &lease) < 0)
		return;
	window = client->conf.wants_boot ? client->conf.offer_window_ms : 0;
	rank = has_boot(message, &lease) ? DHCP_RANK_BOOT : DHCP_RANK_PLAIN;
	if (is_avoided(client, &lease)) {
		rank = DHCP_RANK_AVOIDED;
		wait = client->n_sent <= DHCP_FIRST_RESENDS;
	}
	if (rank <= client->offer_rank) {
		dhcp_count(&client->counters, DHCP_COUNT_AVOIDED);
		return;
	}
	dhcp_count(&client->counters,
		   wait ? DHCP_COUNT_AVOIDED : DHCP_COUNT_ACCEPTED);
	client->offer_address = lease.address;
	client->offer_server = lease.server_id;
	if (!wait && (window == 0 || rank == DHCP_RANK_BOOT)) {
		dhcp_client_enter(client, DHCP_STATE_REQUESTING, now);
		return;
	}
	if (!wait && client->offer_rank < DHCP_RANK_PLAIN)
		client->deadline = now + window;
	client->offer_rank = rank;
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
	case DHCP_STATE_INFORMING:
	case DHCP_STATE_INFORMED:
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
	const struct dhcp_client_conf *conf = &client->conf;
	struct dhcp_lease lease;

	if (client->state == DHCP_STATE_INFORMING) {
		/* One that was read before has a server. */
		if (dhcp_lease_read_inform(message, conf->inform_address,
					   conf->inform_prefix, conf->mtu,
					   &client->counters, &lease) == 0) {
			keep(client, &lease, client->lease.server_id != 0);
			dhcp_client_enter(client, DHCP_STATE_INFORMED, now);
		}
		return;
	}
	if (dhcp_lease_read(message, conf->mtu, &client->counters, &lease) < 0)
		return;
	if (rapid && lease.address == client->declined)
		dhcp_count(&client->counters, DHCP_COUNT_AVOIDED);
	else if (rapid || is_expected(client, lease.server_id))
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
	dhcp_client_lose(client);
	client->wish = 0;
	/* The first NAK is a move to another network; more are a loop. */
	dhcp_client_start_over(client, dhcp_back_off(client->n_refused++), now);
}

/* Whether MESSAGE answers us; counts why not. */
static bool is_ours(struct dhcp_client *client,
		    const struct dhcp_message *message)
{
	const struct dhcp_client_conf *conf = &client->conf;
	const uint8_t code = DHCP_OPTION_CLIENT_ID;
	enum dhcp_count reason;

	if (message->op != DHCP_OP_REPLY)
		reason = DHCP_COUNT_NOT_REPLY;
	else if (message->htype != DHCP_HTYPE_ETHERNET ||
		 message->hlen != DHCP_MAC_LEN ||
		 memcmp(message->chaddr, conf->mac, DHCP_MAC_LEN) != 0)
		reason = DHCP_COUNT_NOT_OURS;
	else if (message->xid != client->xid)
		reason = DHCP_COUNT_XID;
	else if (dhcp_options_has(&message->options, code) &&
		 !span_equal(
			 dhcp_options_get(&message->options, code),
			 (struct span){ conf->client_id, conf->client_id_len }))
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
	dhcp_client_expire(client, now);
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
