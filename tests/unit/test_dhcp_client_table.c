/* dhcp/client.c: docs/states.md as data, every event in every state. */
#include "test_dhcp_world.h"

#define STATIC IP(192, 0, 2, 7)

static struct world world;

enum event {
	EVENT_OFFER,
	EVENT_ACK,
	EVENT_RAPID_ACK,
	EVENT_NAK,
	EVENT_OTHER_ACK,
	EVENT_OTHER_NAK,
	EVENT_FORCERENEW,
	EVENT_FOREIGN, /* an ACK with another xid */

	EVENT_DUE,
	EVENT_EARLY,  /* woken for nothing */
	EVENT_EXPIRY, /* of the lease, if there is one */
	EVENT_ASLEEP, /* for a week, and woken once */

	EVENT_LINK_UP,
	EVENT_LINK_DOWN,
	EVENT_CONFLICT,
	EVENT_REFUSED,
	EVENT_UNSENT,
	EVENT_RELEASE,

	EVENT_N,
};

/* A letter for each state, in the order of enum dhcp_state. */
static const char letters[] = "-IDRbBNXif";

/* What each event makes of each state; columns in the order of the events. */
static const char *const table[DHCP_STATE_N] = {
	[DHCP_STATE_STOPPED] = "--------"
			       "----"
			       "D-----",
	[DHCP_STATE_INIT] = "IIIIIIII"
			    "DIDD"
			    "I-III-",
	[DHCP_STATE_SELECTING] = "RDBDDDDD"
				 "DDDD"
				 "D-DDD-",
	[DHCP_STATE_REQUESTING] = "RBBDRRRR"
				  "RRDR"
				  "R-RRR-",
	[DHCP_STATE_REBOOTING] = "bBBDBDbb"
				 "bbDb"
				 "b-IIb-",
	[DHCP_STATE_BOUND] = "BBBBBBBB"
			     "NBDD"
			     "B-IIB-",
	[DHCP_STATE_RENEWING] = "NBBDNNNN"
				"NNDD"
				"N-IIN-",
	[DHCP_STATE_REBINDING] = "XBBDBDXX"
				 "XXDD"
				 "X-IIX-",
	[DHCP_STATE_INFORMING] = "iffifiii"
				 "iiii"
				 "i-iii-",
	[DHCP_STATE_INFORMED] = "ffffffff"
				"ffff"
				"f-fff-",
};

static void reach_informing(void)
{
	struct dhcp_client_conf conf = { .inform_address = STATIC,
					 .inform_prefix = 24 };

	memcpy(conf.mac, server_mac, 6);
	start(&world, &conf);
}

static void reach(enum dhcp_state state)
{
	struct dhcp_client_conf conf = { .rapid_commit = true };

	memcpy(conf.mac, server_mac, 6);
	switch (state) {
	case DHCP_STATE_STOPPED:
		start(&world, &conf);
		dhcp_client_link_down(&world.client, world.now);
		break;
	case DHCP_STATE_INIT:
		bind_with(&world, ack);
		dhcp_client_conflict(&world.client, world.now);
		break;
	case DHCP_STATE_SELECTING:
		start(&world, &conf);
		break;
	case DHCP_STATE_REQUESTING:
		start(&world, &conf);
		receive(&world, &offer);
		break;
	case DHCP_STATE_REBOOTING:
		bind_with(&world, ack);
		dhcp_client_link_down(&world.client, world.now);
		dhcp_client_link_up(&world.client, world.now);
		break;
	case DHCP_STATE_BOUND:
		bind_with(&world, ack);
		break;
	case DHCP_STATE_RENEWING:
	case DHCP_STATE_REBINDING:
		bind_with(&world, ack);
		while (world.client.state != state)
			pass_until(&world, dhcp_client_due(&world.client));
		break;
	case DHCP_STATE_INFORMING:
		reach_informing();
		break;
	case DHCP_STATE_INFORMED:
		reach_informing();
		receive(&world, &ack);
		break;
	case DHCP_STATE_N:
		fail();
	}
	settle(&world);
	assert_int_equal(world.client.state, state);
}

static void happen_packet(enum event event)
{
	struct answer answer = event == EVENT_NAK || event == EVENT_OTHER_NAK ?
				       nak :
				       ack;

	if (event == EVENT_OFFER)
		answer = offer;
	if (event == EVENT_FORCERENEW)
		answer.type = 9;
	if (event == EVENT_OTHER_ACK || event == EVENT_OTHER_NAK)
		answer.server = OTHER_SERVER;
	answer.rapid = event == EVENT_RAPID_ACK;
	answer.xid_flip = event == EVENT_FOREIGN;
	receive(&world, &answer);
}

static void happen_to(struct dhcp_client *client, enum event event)
{
	switch (event) {
	case EVENT_DUE:
		if (dhcp_client_due(client) != CLOCK_NEVER)
			pass_until(&world, dhcp_client_due(client));
		break;
	case EVENT_EARLY:
		dhcp_client_tick(client, world.now);
		break;
	case EVENT_EXPIRY:
		pass(&world, 3600000);
		break;
	case EVENT_ASLEEP:
		world.now += INT64_C(7) * 24 * 3600 * 1000;
		dhcp_client_tick(client, world.now);
		break;
	case EVENT_LINK_UP:
		dhcp_client_link_up(client, world.now);
		break;
	case EVENT_LINK_DOWN:
		dhcp_client_link_down(client, world.now);
		break;
	case EVENT_CONFLICT:
		dhcp_client_conflict(client, world.now);
		break;
	case EVENT_REFUSED:
		dhcp_client_refused(client, world.now);
		break;
	case EVENT_UNSENT:
		dhcp_client_unsent(client, world.now);
		break;
	case EVENT_RELEASE:
		dhcp_client_release(client, world.now);
		break;
	default:
		happen_packet(event);
	}
	settle(&world);
	/* Not in the past, whatever comes: no busy loop. */
	assert_true(dhcp_client_due(client) > world.now);
}

static void happen(enum event event)
{
	happen_to(&world.client, event);
}

static void test_every_event_in_every_state(void **state UNUSED)
{
	for (unsigned int s = 0; s < DHCP_STATE_N; s++) {
		assert_int_equal(strlen(table[s]), EVENT_N);
		for (unsigned int e = 0; e < EVENT_N; e++) {
			reach((enum dhcp_state)s);
			happen((enum event)e);
			if (letters[world.client.state] != table[s][e])
				fail_msg("%s, event %u: %s",
					 dhcp_state_name((enum dhcp_state)s), e,
					 dhcp_state_name(world.client.state));
		}
	}
}

/* What ends a lease, and nothing else, takes the address away at once. */
static void test_who_loses_the_lease(void **state UNUSED)
{
	for (unsigned int s = 0; s < DHCP_STATE_N; s++) {
		for (unsigned int e = 0; e < EVENT_N; e++) {
			bool had, ends;

			reach((enum dhcp_state)s);
			had = world.configured != 0;
			happen((enum event)e);
			ends = e == EVENT_EXPIRY || e == EVENT_ASLEEP ||
			       e == EVENT_CONFLICT || e == EVENT_REFUSED ||
			       e == EVENT_RELEASE;
			if (e == EVENT_NAK)
				ends = s == DHCP_STATE_REBOOTING ||
				       s == DHCP_STATE_RENEWING ||
				       s == DHCP_STATE_REBINDING;
			if (e == EVENT_OTHER_NAK)
				ends = s == DHCP_STATE_REBOOTING ||
				       s == DHCP_STATE_REBINDING;
			if (had)
				assert_int_equal(world.n_lost, ends);
			/* INIT was reached by way of a conflict. */
			else if (s != DHCP_STATE_INIT)
				assert_int_equal(world.n_lost, 0);
		}
	}
}

/* From each of them to a lease, whatever events came before. */
static void come_back(void)
{
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	for (unsigned int n = 0; n < 100; n++) {
		if (world.client.state == DHCP_STATE_BOUND ||
		    world.client.state == DHCP_STATE_INFORMED)
			break;
		receive(&world,
			world.sent.type == DHCP_TYPE_DISCOVER ? &offer : &ack);
		if (world.client.state != DHCP_STATE_BOUND)
			happen(EVENT_DUE);
	}
	if (world.client.conf.inform_address) {
		assert_state(&world, INFORMED);
		assert_int_equal(world.configured, 0);
		return;
	}
	assert_state(&world, BOUND);
	assert_int_equal(world.configured, ADDRESS);
}

static void test_always_back_to_a_lease(void **state UNUSED)
{
	for (unsigned int i = 0; i < DHCP_STATE_N * EVENT_N * EVENT_N; i++) {
		reach((enum dhcp_state)(i / EVENT_N / EVENT_N));
		happen((enum event)(i / EVENT_N % EVENT_N));
		happen((enum event)(i % EVENT_N));
		come_back();
	}
}

/* Walks at random, as many as it takes to have been everywhere. The
 * invariants are those of the world. */
static void test_random_walks(void **state UNUSED)
{
	unsigned int seen[DHCP_STATE_N][EVENT_N] = { { 0 } };
	uint32_t random = 1;

	for (unsigned int walk = 0; walk < 240; walk++) {
		reach((enum dhcp_state)(walk % DHCP_STATE_N));
		for (unsigned int step = 0; step < 20; step++) {
			enum event event;

			random = random * 1664525u + 1013904223u;
			event = (enum event)((random >> 16) % EVENT_N);
			seen[world.client.state][event]++;
			happen(event);
			/* Or most steps would be in STOPPED. */
			if (world.client.state == DHCP_STATE_STOPPED &&
			    random >> 31)
				happen(EVENT_LINK_UP);
		}
		come_back();
	}
	for (unsigned int s = 0; s < DHCP_STATE_N; s++) {
		unsigned int events = 0;

		for (unsigned int e = 0; e < EVENT_N; e++)
			events += seen[s][e] != 0;
		assert_true(events >= EVENT_N / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_who_loses_the_lease),
		cmocka_unit_test(test_always_back_to_a_lease),
		cmocka_unit_test(test_random_walks),
	};

	return cmocka_run_group_tests_name("dhcp_client_table", tests, NULL,
					   NULL);
}
