/* dhcp/acd.c, with a clock that only the test moves: rows D23 and D24 of the
 * fault list, RFC 5227. */
#include "test_dhcp_arp.h"

#include "base/clock.h"
#include "dhcp/acd.h"

#define SEEDS 500
#define EVENTS 32
#define OTHER_ADDRESS IP(10, 0, 2, 16)

struct world {
	struct acd acd;
	int64_t now;
	uint32_t address;
	char log[EVENTS + 1]; /* p: probe, a: announcement, r, c */
	int64_t at[EVENTS];
	size_t n;
};

static void settle(struct world *world)
{
	struct acd_action action;

	while (acd_next(&world->acd, &action)) {
		char letter = '?';

		assert_int_equal(action.address, world->address);
		switch (action.type) {
		case ACD_ACTION_SEND:
			if (is_ours(action.payload, 0, world->address))
				letter = 'p';
			else if (is_ours(action.payload, world->address,
					 world->address))
				letter = 'a';
			break;
		case ACD_ACTION_READY:
			letter = 'r';
			break;
		case ACD_ACTION_CONFLICT:
			assert_memory_equal(action.mac, other_mac, 6);
			assert_int_equal(acd_address(&world->acd), 0);
			assert_true(acd_due(&world->acd) == CLOCK_NEVER);
			letter = 'c';
			break;
		}
		assert_true(world->n < EVENTS);
		world->at[world->n] = world->now;
		world->log[world->n++] = letter;
	}
}

static void begin(struct world *world, enum acd_mode mode, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->now = 1000;
	world->address = ADDRESS;
	acd_init(&world->acd, our_mac, seed);
	settle(world);
	assert_true(acd_due(&world->acd) == CLOCK_NEVER);
	assert_int_equal(acd_address(&world->acd), 0);
	acd_start(&world->acd, ADDRESS, mode, world->now);
	settle(world);
	assert_int_equal(acd_address(&world->acd), ADDRESS);
}

static void pass_until(struct world *world, int64_t until)
{
	while (acd_due(&world->acd) <= until) {
		int64_t due = acd_due(&world->acd);

		/* Early calls change nothing. */
		if (due > world->now) {
			acd_tick(&world->acd, due - 1);
			assert_true(acd_due(&world->acd) == due);
			world->now = due;
		}
		acd_tick(&world->acd, world->now);
		settle(world);
		assert_true(acd_due(&world->acd) > world->now);
	}
	world->now = until;
}

static void pass(struct world *world, int64_t ms)
{
	pass_until(world, world->now + ms);
}

static void hear(struct world *world, uint16_t operation, const uint8_t *mac,
		 uint32_t sender, uint32_t target)
{
	struct span packet = arp_packet(operation, mac, sender, target);

	acd_recv(&world->acd, packet, world->now);
	free_span(packet);
	settle(world);
}

#define assert_log(world, expected)                                            \
	assert_string_equal((world)->log, (expected))

#define assert_between(value, least, most)                                     \
	assert_true((value) >= (least) && (value) <= (most))

/* Announced for good: nothing is to come. */
static void in_use(struct world *world, enum acd_mode mode)
{
	begin(world, mode, 7);
	pass(world, 20000);
	assert_log(world, mode == ACD_PROBE_FIRST ? "pppraa" : "pappa");
	assert_true(acd_due(&world->acd) == CLOCK_NEVER);
	memset(world->log, 0, sizeof(world->log));
	world->n = 0;
}

static void test_d40_probes_first(void **state UNUSED)
{
	int64_t least[3] = { INT64_MAX, INT64_MAX, INT64_MAX }, most[3] = { 0 };

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world world;
		const int64_t *at = world.at;

		begin(&world, ACD_PROBE_FIRST, seed);
		pass(&world, 20000);
		assert_log(&world, "pppraa");
		assert_between(at[0], 1000, 2000);
		assert_between(at[1] - at[0], 1000, 2000);
		assert_between(at[2] - at[1], 1000, 2000);
		assert_int_equal(at[3] - at[2], 2000);
		assert_int_equal(at[4], at[3]);
		assert_int_equal(at[5] - at[4], 2000);
		assert_true(acd_due(&world.acd) == CLOCK_NEVER);
		assert_int_equal(world.acd.n_sent, 5);
		for (unsigned int i = 0; i < 3; i++) {
			int64_t wait = at[i] - (i ? at[i - 1] : 1000);

			least[i] = wait < least[i] ? wait : least[i];
			most[i] = wait > most[i] ? wait : most[i];
		}
	}
	/* The waits use their room. */
	for (unsigned int i = 0; i < 3; i++)
		assert_true(most[i] - least[i] > 900);
}

/* D23: in use at once, probed nevertheless; the first announcement leaves an
 * owner the time to say so. */
static void test_d23_in_background(void **state UNUSED)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world world;
		const int64_t *at = world.at;

		begin(&world, ACD_BACKGROUND, seed);
		assert_log(&world, "p");
		pass(&world, 20000);
		assert_log(&world, "pappa");
		assert_int_equal(at[0], 1000);
		assert_int_equal(at[1], 1100);
		assert_between(at[2] - at[0], 1000, 2000);
		assert_between(at[3] - at[2], 1000, 2000);
		assert_int_equal(at[4] - at[3], 2000);
		assert_true(acd_due(&world.acd) == CLOCK_NEVER);
	}
}

/* A sender with the address, whatever it says to whom. */
static void test_d23_owner_answers(void **state UNUSED)
{
	for (int mode = ACD_PROBE_FIRST; mode <= ACD_BACKGROUND; mode++) {
		for (int64_t after = 0; after <= 2900; after += 100) {
			for (uint16_t operation = REQUEST; operation <= REPLY;
			     operation++) {
				struct world world;
				size_t n;

				begin(&world, (enum acd_mode)mode, 3);
				pass(&world, after);
				n = world.n;
				hear(&world, operation, other_mac, ADDRESS,
				     after % 200 ? ADDRESS : SERVER);
				assert_int_equal(world.n, n + 1);
				assert_int_equal(world.log[n], 'c');
				/* And that was all. */
				pass(&world, 100000);
				assert_int_equal(world.n, n + 1);
				assert_int_equal(world.acd.n_conflicts, 1);
			}
		}
	}
}

/* The conflict overtakes what was to be sent. */
static void test_d23_no_packet_after(void **state UNUSED)
{
	struct span packet = arp_packet(REPLY, other_mac, ADDRESS, 0);
	struct world world;

	begin(&world, ACD_PROBE_FIRST, 3);
	pass_until(&world, acd_due(&world.acd) - 1);
	acd_tick(&world.acd, ++world.now);
	acd_recv(&world.acd, packet, world.now);
	settle(&world);
	assert_log(&world, "c");
	free_span(packet);
}

static void test_d23_both_probe(void **state UNUSED)
{
	struct world world;

	/* §2.1.1: whoever is after it as well. */
	begin(&world, ACD_PROBE_FIRST, 3);
	hear(&world, REQUEST, other_mac, 0, ADDRESS);
	assert_log(&world, "c");

	/* A reply is no probe. */
	begin(&world, ACD_PROBE_FIRST, 3);
	hear(&world, REPLY, other_mac, 0, ADDRESS);
	/* For another address, or by who has one: a question as any. */
	hear(&world, REQUEST, other_mac, 0, OTHER_ADDRESS);
	hear(&world, REQUEST, other_mac, SERVER, ADDRESS);
	assert_log(&world, "");

	/* In use: our kernel answers it, and switches send them. */
	begin(&world, ACD_BACKGROUND, 3);
	hear(&world, REQUEST, other_mac, 0, ADDRESS);
	pass(&world, 20000);
	hear(&world, REQUEST, other_mac, 0, ADDRESS);
	assert_log(&world, "pappa");
	in_use(&world, ACD_PROBE_FIRST);
	hear(&world, REQUEST, other_mac, 0, ADDRESS);
	assert_log(&world, "");
	assert_int_equal(world.acd.n_conflicts, 0);
}

/* A switch or access point that sends our packets back to us. */
static void test_d23_echo(void **state UNUSED)
{
	struct world world;

	begin(&world, ACD_PROBE_FIRST, 3);
	hear(&world, REQUEST, our_mac, 0, ADDRESS);
	hear(&world, REQUEST, our_mac, ADDRESS, ADDRESS);
	pass(&world, 20000);
	hear(&world, REQUEST, our_mac, ADDRESS, ADDRESS);
	hear(&world, REPLY, our_mac, ADDRESS, SERVER);
	assert_log(&world, "pppraa");
	assert_int_equal(world.acd.n_received, 4);
	assert_int_equal(world.acd.n_conflicts, 0);
}

static void test_d23_others_and_garbage(void **state UNUSED)
{
	static const uint8_t zeroes[1500];
	struct world world;

	begin(&world, ACD_BACKGROUND, 3);
	hear(&world, REQUEST, other_mac, OTHER_ADDRESS, ADDRESS);
	hear(&world, REPLY, other_mac, OTHER_ADDRESS, OTHER_ADDRESS);
	assert_int_equal(world.acd.n_malformed, 0);
	hear(&world, 3, other_mac, ADDRESS, ADDRESS);
	acd_recv(&world.acd, (struct span){ zeroes, sizeof(zeroes) }, 1000);
	acd_recv(&world.acd, (struct span){ NULL, 0 }, 1000);
	assert_int_equal(world.acd.n_malformed, 3);
	assert_int_equal(world.acd.n_received, 5);
	pass(&world, 20000);
	assert_log(&world, "pappa");
}

/* D24: defended once in 10 s. */
static void test_d24_defends_once(void **state UNUSED)
{
	for (int mode = ACD_PROBE_FIRST; mode <= ACD_BACKGROUND; mode++) {
		struct world world;

		in_use(&world, (enum acd_mode)mode);
		for (unsigned int i = 0; i < 5; i++) {
			hear(&world, REPLY, other_mac, ADDRESS, SERVER);
			pass(&world, 10000);
		}
		assert_log(&world, "aaaaa");
		hear(&world, REQUEST, other_mac, ADDRESS, ADDRESS);
		assert_log(&world, "aaaaaa");
		assert_int_equal(acd_address(&world.acd), ADDRESS);
		assert_true(acd_due(&world.acd) == CLOCK_NEVER);
		pass(&world, 9999);
		hear(&world, REQUEST, other_mac, ADDRESS, ADDRESS);
		assert_log(&world, "aaaaaac");
		assert_int_equal(world.acd.n_conflicts, 7);
		pass(&world, 100000);
		assert_log(&world, "aaaaaac");
	}
}

/* D24: at once after READY; the second announcement still comes. */
static void test_d24_between_announcements(void **state UNUSED)
{
	struct world world;

	begin(&world, ACD_PROBE_FIRST, 3);
	while (!strchr(world.log, 'r'))
		pass_until(&world, acd_due(&world.acd));
	assert_log(&world, "pppra");
	hear(&world, REQUEST, other_mac, ADDRESS, SERVER);
	assert_log(&world, "pppraa");
	pass(&world, 9999);
	assert_log(&world, "pppraaa");
	hear(&world, REQUEST, other_mac, ADDRESS, SERVER);
	assert_log(&world, "pppraaac");
}

/* D24: a flood costs the address, and not a packet for each. */
static void test_d24_flood(void **state UNUSED)
{
	struct world world;

	in_use(&world, ACD_BACKGROUND);
	for (unsigned int i = 0; i < 100000; i++)
		hear(&world, REPLY, other_mac, ADDRESS, ADDRESS);
	assert_log(&world, "ac");
	assert_int_equal(world.acd.n_conflicts, 2);
}

static void test_stop_and_start(void **state UNUSED)
{
	struct span packet = arp_packet(REPLY, other_mac, ADDRESS, 0);
	struct world world;

	begin(&world, ACD_PROBE_FIRST, 3);
	/* Nobody takes what comes of it: then there is nothing to take. */
	acd_tick(&world.acd, acd_due(&world.acd));
	acd_stop(&world.acd);
	settle(&world);
	pass(&world, 100000);
	hear(&world, REPLY, other_mac, ADDRESS, SERVER);
	assert_log(&world, "");
	assert_int_equal(acd_address(&world.acd), 0);

	/* A conflict that nobody took is none of the next address. */
	acd_start(&world.acd, ADDRESS, ACD_PROBE_FIRST, world.now);
	acd_recv(&world.acd, packet, world.now);
	free_span(packet);
	world.address = OTHER_ADDRESS;
	acd_start(&world.acd, OTHER_ADDRESS, ACD_BACKGROUND, world.now);
	settle(&world);
	hear(&world, REPLY, other_mac, ADDRESS, SERVER);
	pass(&world, 20000);
	assert_log(&world, "pappa");
	/* Defended a moment ago, and started again on another network. */
	hear(&world, REPLY, other_mac, OTHER_ADDRESS, SERVER);
	acd_start(&world.acd, OTHER_ADDRESS, ACD_BACKGROUND, world.now);
	settle(&world);
	pass(&world, 9000);
	hear(&world, REPLY, other_mac, OTHER_ADDRESS, SERVER);
	assert_log(&world, "pappaapappaa");

	/* READY not taken, and stopped. */
	begin(&world, ACD_PROBE_FIRST, 3);
	while (world.acd.state == ACD_STATE_PROBING)
		acd_tick(&world.acd, acd_due(&world.acd));
	acd_stop(&world.acd);
	settle(&world);
	acd_start(&world.acd, ADDRESS, ACD_PROBE_FIRST, world.now);
	acd_start(&world.acd, 0, ACD_BACKGROUND, world.now);
	settle(&world);
	assert_true(acd_due(&world.acd) == CLOCK_NEVER);
	acd_tick(&world.acd, CLOCK_NEVER);
	settle(&world);
	hear(&world, REQUEST, other_mac, 0, 0);
	assert_log(&world, "");
	assert_int_equal(acd_address(&world.acd), 0);
}

/* Called long after the deadline, as after a suspend: one step, no burst. */
static void test_late(void **state UNUSED)
{
	struct world world;

	begin(&world, ACD_PROBE_FIRST, 3);
	for (size_t n = 1; n <= 3; n++) {
		world.now += 1000000;
		acd_tick(&world.acd, world.now);
		settle(&world);
		assert_int_equal(world.n, n);
		assert_true(acd_due(&world.acd) >= world.now + 1000);
	}
	assert_log(&world, "ppp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d40_probes_first),
		cmocka_unit_test(test_d23_in_background),
		cmocka_unit_test(test_d23_owner_answers),
		cmocka_unit_test(test_d23_no_packet_after),
		cmocka_unit_test(test_d23_both_probe),
		cmocka_unit_test(test_d23_echo),
		cmocka_unit_test(test_d23_others_and_garbage),
		cmocka_unit_test(test_d24_defends_once),
		cmocka_unit_test(test_d24_between_announcements),
		cmocka_unit_test(test_d24_flood),
		cmocka_unit_test(test_stop_and_start),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests_name("dhcp_acd", tests, NULL, NULL);
}
