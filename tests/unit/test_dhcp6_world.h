/*
 * For the tests of dhcp/client6.c: a client, a clock that only the test moves,
 * and what a shell around it would have done. Invariants are checked at every
 * action, whatever the test.
 */
#pragma once

#include "base/clock.h"
#include "dhcp/client6.h"
#include "test_dhcp6.h"

struct world {
	struct dhcp_client6 client;
	int64_t now;
	unsigned int n_sent, n_leases, n_lost, n_unchanged, n_info;
	bool configured;
	struct dhcp_ip6 address; /* on the NIC, if it is */
	uint8_t bytes[DHCP_OUTGOING6_MAX];
	struct dhcp_message6 sent; /* the last one; points into bytes */
	int64_t sent_at;
};

/* What a server answers; 0 leaves an option out. */
struct answer {
	uint8_t type;
	bool other_server;
	const struct dhcp_ip6 *address;
	uint32_t preferred_s, valid_s, t1_s, t2_s;
	uint16_t ia_status, status;
	int preference; /* and 1 */
	bool rapid, no_client_id, no_server_id;
	uint32_t xid_flip;
	uint32_t sol_max_s, inf_max_s, refresh_s;
};

static const struct answer advertise UNUSED = { .type = DHCP_TYPE6_ADVERTISE,
						.address = &ip6_address,
						.preferred_s = 1800,
						.valid_s = 3600,
						.preference = 256 };
static const struct answer reply UNUSED = { .type = DHCP_TYPE6_REPLY,
					    .address = &ip6_address,
					    .preferred_s = 1800,
					    .valid_s = 3600 };
static const struct answer plain_reply UNUSED = { .type = DHCP_TYPE6_REPLY };

static const uint8_t our_mac[6] UNUSED = { 2, 0, 0, 1, 2, 3 };

static void take_send(struct world *world, struct span payload)
{
	struct dhcp_counters counters = { { 0 } };

	world->n_sent++;
	world->sent_at = world->now;
	assert_true(payload.len <= sizeof(world->bytes));
	memcpy(world->bytes, payload.data, payload.len);
	assert_int_equal(
		dhcp_message6_read((struct span){ world->bytes, payload.len },
				   &counters, &world->sent),
		0);
}

static void settle(struct world *world)
{
	struct dhcp_action6 action;
	unsigned int n = 0;

	while (dhcp_client6_next(&world->client, &action)) {
		assert_true(++n <= 3);
		switch (action.type) {
		case DHCP_ACTION6_LOST:
			assert_true(world->configured);
			assert_memory_equal(&action.lease->address,
					    &world->address, 16);
			world->configured = false;
			world->n_lost++;
			break;
		case DHCP_ACTION6_LEASE:
			assert_ptr_equal(action.lease,
					 dhcp_client6_lease(&world->client));
			assert_true(dhcp_lease6_is_valid(action.lease));
			assert_true(action.lease->has_address);
			if (action.unchanged) {
				assert_true(world->configured);
				assert_memory_equal(&action.lease->address,
						    &world->address, 16);
			}
			world->n_unchanged += action.unchanged;
			world->configured = true;
			world->address = action.lease->address;
			world->n_leases++;
			break;
		case DHCP_ACTION6_INFO:
			assert_true(dhcp_lease6_is_valid(action.lease));
			assert_false(action.lease->has_address);
			world->n_unchanged += action.unchanged;
			world->n_info++;
			break;
		case DHCP_ACTION6_SEND:
			take_send(world, action.payload);
			break;
		}
	}
	assert_int_equal(world->configured,
			 dhcp_client6_lease(&world->client) != NULL);
	assert_true(world->configured ||
		    dhcp_client6_expires(&world->client) == CLOCK_NEVER);
}

/* Lets time pass up to and with UNTIL. How often the client was woken. */
UNUSED static unsigned int pass_until(struct world *world, int64_t until)
{
	unsigned int n = 0;

	while (dhcp_client6_due(&world->client) <= until) {
		int64_t due = dhcp_client6_due(&world->client);

		if (due > world->now)
			world->now = due;
		dhcp_client6_tick(&world->client, world->now);
		settle(world);
		/* A wake-up must lead somewhere: no busy loop. */
		assert_true(dhcp_client6_due(&world->client) > world->now);
		n++;
	}
	world->now = until;
	return n;
}

UNUSED static unsigned int pass(struct world *world, int64_t ms)
{
	return pass_until(world, world->now + ms);
}

UNUSED static void receive(struct world *world, const struct answer *answer)
{
	uint8_t payload[600], inner[64];
	struct writer writer, ia;
	struct span copy;

	writer_init(&writer, payload, sizeof(payload));
	writer_be32(&writer, (uint32_t)answer->type << 24 |
				     (world->sent.xid ^ answer->xid_flip));
	if (!answer->no_client_id)
		put6(&writer, 1, world->sent.client_id);
	if (!answer->no_server_id)
		put6(&writer, 2,
		     answer->other_server ? OTHER_SERVER6 : SERVER6);
	writer_init(&ia, inner, sizeof(inner));
	if (answer->address)
		put6_address(&ia, answer->address, answer->preferred_s,
			     answer->valid_s);
	if (answer->ia_status)
		put6(&ia, 13, BYTES(0, (uint8_t)answer->ia_status));
	if (answer->address || answer->ia_status)
		put6_ia(&writer, world->client.iaid, answer->t1_s, answer->t2_s,
			writer_span(&ia));
	if (answer->status)
		put6(&writer, 13, BYTES(0, (uint8_t)answer->status));
	if (answer->preference)
		put6(&writer, 7, BYTES((uint8_t)(answer->preference - 1)));
	if (answer->rapid)
		put6(&writer, 14, (struct span){ NULL, 0 });
	if (answer->sol_max_s)
		put6_u32(&writer, 82, answer->sol_max_s);
	if (answer->inf_max_s)
		put6_u32(&writer, 83, answer->inf_max_s);
	if (answer->refresh_s)
		put6_u32(&writer, 32, answer->refresh_s);
	copy = on_heap(writer_span(&writer));
	dhcp_client6_recv(&world->client, copy, &ip6_router, world->now);
	free_span(copy);
	settle(world);
}

UNUSED static unsigned long counted(const struct world *world,
				    enum dhcp_count what)
{
	return world->client.counters.n[what];
}

#define assert_state(world, expected)                                          \
	assert_string_equal(dhcp_state6_name((world)->client.state), #expected)

UNUSED static void start_with(struct world *world,
			      struct dhcp_client6_conf conf)
{
	memset(world, 0, sizeof(*world));
	world->now = 1000;
	memcpy(conf.mac, our_mac, 6);
	dhcp_client6_init(&world->client, &conf, 42);
	settle(world);
	dhcp_client6_link_up(&world->client, world->now);
	settle(world);
	assert_state(world, IDLE);
	assert_int_equal(world->n_sent, 0);
	assert_true(dhcp_client6_due(&world->client) == CLOCK_NEVER);
}

UNUSED static void advert(struct world *world, bool managed, bool other)
{
	dhcp_client6_advert(&world->client, managed, other, world->now);
	settle(world);
}

UNUSED static void solicit(struct world *world)
{
	start_with(world, (struct dhcp_client6_conf){ 0 });
	advert(world, true, true);
	assert_state(world, SOLICITING);
	assert_int_equal(world->sent.type, DHCP_TYPE6_SOLICIT);
}

/* Bound, with ANSWER in place of the usual REPLY. */
UNUSED static void bind_with(struct world *world, struct answer answer)
{
	solicit(world);
	receive(world, &advertise);
	assert_state(world, REQUESTING);
	assert_int_equal(world->sent.type, DHCP_TYPE6_REQUEST);
	receive(world, &answer);
	assert_true(world->configured);
}

UNUSED static void link_up(struct world *world)
{
	dhcp_client6_link_up(&world->client, world->now);
	settle(world);
}

UNUSED static void link_down(struct world *world)
{
	dhcp_client6_link_down(&world->client, world->now);
	settle(world);
}
