/*
 * For the tests of dhcp/client.c: a client, a clock that only the test moves,
 * and what a shell around it would have done. Invariants are checked at every
 * action, whatever the test.
 */
#pragma once

#include "base/clock.h"
#include "dhcp/client.h"
#include "test_dhcp_server.h"

/* How often a client may be woken within a second. A cable pulled, a server
 * silent, a lease of a second: none gets near it. */
#define WAKES 16

struct world {
	struct dhcp_client client;
	int64_t now;
	unsigned int n_sent, n_leases, n_lost, n_unchanged, n_informed;
	uint32_t configured;	  /* address on the NIC, or 0 */
	struct dhcp_message sent; /* the last one */
	uint32_t sent_source, sent_destination;
	int64_t sent_at;
	int64_t woken[WAKES]; /* the last times, in turn */
	unsigned int n_woken;
	/* Where what is sent goes, if anywhere. */
	void (*send)(struct world *world, struct span payload);
};

/* What a server answers; 0 leaves an option out. */
struct answer {
	uint8_t type;
	uint32_t yiaddr, server, mask, lease_s, t1_s, t2_s;
	bool rapid;
	uint8_t op, htype, hlen;
	uint32_t xid_flip;
	uint8_t mac_flip;
	struct span client_id;
	bool to_address;      /* unicast to yiaddr */
	uint8_t siaddr, file; /* last byte of one in 10.0.2/24; first byte */
	struct span more;     /* whole options */
};

#define ANSWER(kind, address, seconds)                                         \
	{                                                                      \
		.type = DHCP_TYPE_##kind, .yiaddr = (address),                 \
		.server = SERVER, .mask = (address) ? 0xffffff00 : 0,          \
		.lease_s = (seconds), .op = 2, .htype = 1, .hlen = 6,          \
	}

static const struct answer offer UNUSED = ANSWER(OFFER, ADDRESS, 3600);
static const struct answer ack UNUSED = ANSWER(ACK, ADDRESS, 3600);
static const struct answer nak UNUSED = ANSWER(NAK, 0, 0);

/* Every transaction has an xid of its own, and one only: RFC 2131 §4.4.1. */
static void check_xid(const struct world *world, uint32_t before)
{
	const struct dhcp_client *client = &world->client;

	if (client->state == DHCP_STATE_REQUESTING || client->n_sent > 1)
		assert_int_equal(world->sent.xid, before);
	else if (client->state != DHCP_STATE_REBINDING)
		assert_int_not_equal(world->sent.xid, before);
}

static void take_send(struct world *world, const struct dhcp_action *action)
{
	struct dhcp_counters counters = { { 0 } };
	uint32_t xid = world->sent.xid;

	world->n_sent++;
	world->sent_at = world->now;
	world->sent_source = action->source;
	world->sent_destination = action->destination;
	assert_true(action->frame.len == action->payload.len + 28);
	assert_true(action->frame.data + 28 == action->payload.data);
	assert_int_equal(checksum_of(0, action->frame.data, 20), 0);
	assert_int_equal(action->broadcast, action->destination == EVERYBODY);
	assert_int_equal(
		dhcp_message_read(action->payload, &counters, &world->sent), 0);
	check_xid(world, xid);
	assert_int_equal(world->sent.op, 1);
	assert_memory_equal(world->sent.chaddr, server_mac, 6);
	/* RFC 2131 §4.4.1: only who has an address sends from it. */
	assert_int_equal(action->source, world->sent.ciaddr);
	if (action->source && world->sent.type != DHCP_TYPE_INFORM)
		assert_int_equal(action->source, world->configured);
	if (world->send)
		world->send(world, action->payload);
}

static void settle(struct world *world)
{
	struct dhcp_action action;
	unsigned int taken = 0;

	while (dhcp_client_next(&world->client, &action)) {
		assert_false(taken & 1u << action.type);
		taken |= 1u << action.type;
		switch (action.type) {
		case DHCP_ACTION_LOST:
			assert_int_not_equal(world->configured, 0);
			world->configured = 0;
			world->n_lost++;
			break;
		case DHCP_ACTION_LEASE:
			assert_ptr_equal(action.lease,
					 dhcp_client_lease(&world->client));
			if (action.unchanged)
				assert_int_equal(world->configured,
						 action.lease->address);
			world->n_unchanged += action.unchanged;
			world->configured = action.lease->address;
			world->n_leases++;
			break;
		case DHCP_ACTION_INFORMED:
			assert_int_equal(action.lease->address,
					 world->client.conf.inform_address);
			world->n_unchanged += action.unchanged;
			world->n_informed++;
			break;
		case DHCP_ACTION_SEND:
			take_send(world, &action);
			break;
		}
	}
	assert_int_equal(world->configured != 0,
			 dhcp_client_lease(&world->client) != NULL);
	assert_true(world->configured ||
		    dhcp_client_expires(&world->client) == CLOCK_NEVER);
}

UNUSED static void start(struct world *world,
			 const struct dhcp_client_conf *conf)
{
	struct dhcp_client_conf plain = { .mtu = 1500 };

	if (!conf)
		conf = &plain;
	memset(world, 0, offsetof(struct world, send));
	world->now = 1000;
	memcpy(plain.mac, server_mac, 6);
	dhcp_client_init(&world->client, conf, 42);
	settle(world);
	assert_int_equal(world->n_sent, 0);
	assert_true(dhcp_client_due(&world->client) == CLOCK_NEVER);
	dhcp_client_link_up(&world->client, world->now);
	settle(world);
}

/* As a shell that was woken at world->now. */
UNUSED static void wake(struct world *world)
{
	int64_t *oldest = &world->woken[world->n_woken++ % WAKES];

	assert_true(world->n_woken <= WAKES || world->now - *oldest >= 1000);
	*oldest = world->now;
	dhcp_client_tick(&world->client, world->now);
	settle(world);
	/* It must lead somewhere: no busy loop. */
	assert_true(dhcp_client_due(&world->client) > world->now);
}

/* Lets time pass up to and with UNTIL. How often the client was woken. */
UNUSED static unsigned int pass_until(struct world *world, int64_t until)
{
	unsigned int n = 0;

	while (dhcp_client_due(&world->client) <= until) {
		int64_t due = dhcp_client_due(&world->client);

		if (due > world->now)
			world->now = due;
		wake(world);
		n++;
	}
	world->now = until;
	return n;
}

UNUSED static unsigned int pass(struct world *world, int64_t ms)
{
	return pass_until(world, world->now + ms);
}

/* To the message with XID. */
UNUSED static size_t make_answer_to(uint32_t xid, const struct answer *answer,
				    uint8_t *packet)
{
	uint8_t payload[600];
	struct writer writer;

	writer_init(&writer, payload, sizeof(payload));
	put_reply(&writer, xid ^ answer->xid_flip, answer->yiaddr);
	payload[0] = answer->op;
	payload[1] = answer->htype;
	payload[2] = answer->hlen;
	payload[33] ^= answer->mac_flip;
	if (answer->siaddr)
		memcpy(payload + 20,
		       (const uint8_t[]){ 10, 0, 2, answer->siaddr }, 4);
	payload[108] = answer->file;
	put_option(&writer, 53, (struct span){ &answer->type, 1 });
	if (answer->server)
		put_u32(&writer, 54, answer->server);
	if (answer->mask)
		put_u32(&writer, 1, answer->mask);
	if (answer->lease_s)
		put_u32(&writer, 51, answer->lease_s);
	if (answer->t1_s)
		put_u32(&writer, 58, answer->t1_s);
	if (answer->t2_s)
		put_u32(&writer, 59, answer->t2_s);
	if (answer->rapid)
		put_option(&writer, 80, (struct span){ NULL, 0 });
	if (answer->client_id.len)
		put_option(&writer, 61, answer->client_id);
	writer_put(&writer, answer->more);
	writer_u8(&writer, 255);
	return make_packet(packet, answer->server ? answer->server : SERVER,
			   answer->to_address ? answer->yiaddr : EVERYBODY,
			   writer_span(&writer));
}

UNUSED static size_t make_answer(struct world *world,
				 const struct answer *answer, uint8_t *packet)
{
	return make_answer_to(world->sent.xid, answer, packet);
}

UNUSED static void receive(struct world *world, const struct answer *answer)
{
	uint8_t packet[700];
	struct span copy = { packet, make_answer(world, answer, packet) };

	copy = on_heap(copy);
	dhcp_client_recv(&world->client, copy, false, world->now);
	free_span(copy);
	settle(world);
}

/* How often WHAT was counted. */
UNUSED static unsigned long counted(const struct world *world,
				    enum dhcp_count what)
{
	return world->client.counters.n[what];
}

UNUSED static uint32_t sent_u32(const struct world *world, uint8_t code)
{
	uint32_t value = 0;

	if (dhcp_options_get_u32(&world->sent.options, code, &value) < 0)
		return 0;
	return value;
}

#define assert_state(world, expected)                                          \
	assert_string_equal(dhcp_state_name((world)->client.state), #expected)

/* Bound to ADDRESS by SERVER, with ANSWER in place of the usual ACK. */
UNUSED static void bind_with(struct world *world, struct answer answer)
{
	struct answer offered = answer;

	start(world, NULL);
	offered.type = DHCP_TYPE_OFFER;
	receive(world, &offered);
	assert_state(world, REQUESTING);
	receive(world, &answer);
	assert_state(world, BOUND);
	assert_int_equal(world->configured, answer.yiaddr);
}
