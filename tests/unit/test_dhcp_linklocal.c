/* dhcp/linklocal.c, with a clock that only the test moves: row D40 of the fault
 * list, RFC 3927. */
#include "test_dhcp_arp.h"

#include "base/clock.h"
#include "dhcp/linklocal.h"

#define FIRST IP(169, 254, 1, 0)
#define LAST IP(169, 254, 254, 255)

struct world {
	struct linklocal linklocal;
	int64_t now;
	uint32_t configured; /* on the interface, or 0 */
	uint32_t probed;
	unsigned int n_added, n_removed, n_probes, n_announcements;
	int64_t probed_at; /* first probe of PROBED */
};

static void take_send(struct world *world, struct span payload)
{
	uint32_t address = world->linklocal.address;

	assert_true(address >= FIRST && address <= LAST);
	assert_int_equal(linklocal_watched(&world->linklocal), address);
	if (is_ours(payload, 0, address)) {
		assert_int_equal(world->configured, 0);
		if (world->probed != address)
			world->probed_at = world->now;
		world->probed = address;
		world->n_probes++;
	} else {
		assert_true(is_ours(payload, address, address));
		assert_int_equal(world->configured, address);
		world->n_announcements++;
	}
}

static void settle(struct world *world)
{
	struct linklocal_action action;

	while (linklocal_next(&world->linklocal, &action)) {
		switch (action.type) {
		case LINKLOCAL_ACTION_REMOVE:
			assert_int_not_equal(world->configured, 0);
			assert_int_equal(action.address, world->configured);
			world->configured = 0;
			world->n_removed++;
			break;
		case LINKLOCAL_ACTION_ADD:
			assert_int_equal(world->configured, 0);
			assert_int_equal(action.address, world->probed);
			world->configured = action.address;
			world->n_added++;
			break;
		case LINKLOCAL_ACTION_SEND:
			take_send(world, action.payload);
			break;
		}
	}
	assert_int_equal(world->configured,
			 linklocal_address(&world->linklocal));
}

static void init(struct world *world, uint32_t address)
{
	struct linklocal_conf conf = { .address = address };

	memset(world, 0, sizeof(*world));
	world->now = 1000;
	memcpy(conf.mac, our_mac, 6);
	linklocal_init(&world->linklocal, &conf, 42);
	settle(world);
	assert_true(linklocal_due(&world->linklocal) == CLOCK_NEVER);
	assert_int_equal(linklocal_watched(&world->linklocal), 0);
}

static void pass(struct world *world, int64_t ms)
{
	int64_t until = world->now + ms;

	while (linklocal_due(&world->linklocal) <= until) {
		int64_t due = linklocal_due(&world->linklocal);

		if (due > world->now) {
			linklocal_tick(&world->linklocal, due - 1);
			assert_true(linklocal_due(&world->linklocal) == due);
			world->now = due;
		}
		linklocal_tick(&world->linklocal, world->now);
		settle(world);
		assert_true(linklocal_due(&world->linklocal) > world->now);
	}
	world->now = until;
}

static void hear(struct world *world, uint16_t operation, uint32_t sender,
		 uint32_t target)
{
	struct span packet = arp_packet(operation, other_mac, sender, target);

	linklocal_recv(&world->linklocal, packet, world->now);
	free_span(packet);
	settle(world);
}

static void start(struct world *world, uint32_t address)
{
	init(world, address);
	linklocal_start(&world->linklocal, world->now, 0);
	settle(world);
}

static void bind_address(struct world *world)
{
	start(world, 0);
	pass(world, 20000);
	assert_int_not_equal(world->configured, 0);
}

/* Until the next probe has left. */
static void pass_to_probe(struct world *world)
{
	unsigned int n = world->n_probes;

	while (world->n_probes == n) {
		assert_int_equal(world->configured, 0);
		pass(world, linklocal_due(&world->linklocal) - world->now);
	}
}

static void test_d40_nobody_there(void **state UNUSED)
{
	struct world world;

	start(&world, 0);
	pass(&world, 3999);
	assert_int_equal(world.n_added, 0);
	pass(&world, 3001);
	assert_int_equal(world.n_added, 1);
	assert_int_equal(world.n_probes, 3);
	assert_int_equal(world.n_announcements, 1);
	pass(&world, 100000);
	assert_int_equal(world.n_announcements, 2);
	assert_int_equal(world.n_added, 1);
	assert_int_equal(world.n_removed, 0);
	assert_true(linklocal_due(&world.linklocal) == CLOCK_NEVER);
	/* Runs already. */
	linklocal_start(&world.linklocal, world.now, 0);
	settle(&world);
	assert_int_equal(world.n_removed, 0);
	assert_true(linklocal_due(&world.linklocal) == CLOCK_NEVER);
}

static void test_d40_delay(void **state UNUSED)
{
	struct world world;

	init(&world, 0);
	linklocal_start(&world.linklocal, world.now, 5000);
	settle(&world);
	assert_true(linklocal_due(&world.linklocal) == 6000);
	pass(&world, 4999);
	assert_int_equal(linklocal_watched(&world.linklocal), 0);
	pass(&world, 1);
	/* Watched before it is probed. */
	assert_int_not_equal(linklocal_watched(&world.linklocal), 0);
	pass(&world, 1000);
	assert_int_equal(world.n_probes, 1);
	assert_true(world.probed_at >= 6000);
}

/* A lease comes: while it waits, probes, has the address. */
static void test_d40_given_up(void **state UNUSED)
{
	struct world world;
	uint32_t address;

	bind_address(&world);
	address = world.configured;
	linklocal_stop(&world.linklocal);
	settle(&world);
	assert_int_equal(world.n_removed, 1);
	pass(&world, 100000);
	hear(&world, REPLY, address, SERVER);
	assert_int_equal(linklocal_watched(&world.linklocal), 0);
	/* And goes: the same one again. */
	linklocal_start(&world.linklocal, world.now, 1000);
	settle(&world);
	linklocal_stop(&world.linklocal);
	settle(&world);
	assert_true(linklocal_due(&world.linklocal) == CLOCK_NEVER);
	linklocal_start(&world.linklocal, world.now, 0);
	pass_to_probe(&world);
	linklocal_stop(&world.linklocal);
	settle(&world);
	assert_true(linklocal_due(&world.linklocal) == CLOCK_NEVER);
	linklocal_start(&world.linklocal, world.now, 0);
	pass(&world, 20000);
	assert_int_equal(world.configured, address);
	assert_int_equal(world.n_added, 2);
	/* Stopped and started before the shell looks. */
	linklocal_stop(&world.linklocal);
	linklocal_start(&world.linklocal, world.now, 0);
	settle(&world);
	assert_int_equal(world.n_removed, 2);
	pass(&world, 20000);
	assert_int_equal(world.configured, address);
}

/* A probe that was never taken is not sent after a stop. */
static void test_d40_stop_before_send(void **state UNUSED)
{
	struct linklocal_action action;
	struct world world;

	start(&world, 0);
	while (!world.linklocal.do_send) {
		world.now = linklocal_due(&world.linklocal);
		linklocal_tick(&world.linklocal, world.now);
	}
	linklocal_stop(&world.linklocal);
	assert_false(linklocal_next(&world.linklocal, &action));
}

static uint32_t first_of(const uint8_t *mac, uint64_t seed)
{
	struct linklocal_conf conf = { .address = 0 };
	struct linklocal linklocal;

	memcpy(conf.mac, mac, 6);
	linklocal_init(&linklocal, &conf, seed);
	assert_int_equal(linklocal_address(&linklocal), 0);
	return linklocal.address;
}

/* The MAC alone decides, and neighbours' differ. */
static void test_d40_address_of_the_mac(void **state UNUSED)
{
	static unsigned int n_of[256];
	uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 0 };
	unsigned int n_same = 0;
	uint32_t before = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t address;

		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		address = first_of(mac, i);
		assert_int_equal(address, first_of(mac, ~(uint64_t)i));
		assert_true(address >= FIRST && address <= LAST);
		n_same += address == before;
		before = address;
		n_of[address >> 8 & 0xff]++;
	}
	assert_true(n_same < 5);
	assert_int_equal(n_of[0], 0);
	assert_int_equal(n_of[255], 0);
	for (unsigned int i = 1; i < 255; i++)
		assert_true(n_of[i] > 20 && n_of[i] < 160);
}

static void test_d40_last_one_first(void **state UNUSED)
{
	static const uint32_t good[] = { FIRST, IP(169, 254, 77, 3), LAST };
	static const uint32_t bad[] = { FIRST - 1, LAST + 1, IP(192, 168, 0, 1),
					UINT32_MAX };
	struct world world;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		start(&world, good[i]);
		pass(&world, 20000);
		assert_int_equal(world.configured, good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start(&world, bad[i]);
		pass(&world, 20000);
		assert_int_equal(world.configured, first_of(our_mac, 0));
	}
	/* In use there: the MAC's is next. */
	start(&world, good[1]);
	pass_to_probe(&world);
	hear(&world, REPLY, good[1], 0);
	pass(&world, 20000);
	assert_int_equal(world.configured, first_of(our_mac, 0));
}

static void test_d40_conflicts_while_probing(void **state UNUSED)
{
	struct world world, again;
	uint32_t first;

	start(&world, 0);
	pass_to_probe(&world);
	first = world.probed;
	hear(&world, REPLY, first, 0);
	assert_int_not_equal(world.linklocal.address, first);
	/* §2.2.1: who probes for the same. */
	pass_to_probe(&world);
	hear(&world, REQUEST, 0, world.probed);
	pass(&world, 20000);
	assert_int_equal(world.n_added, 1);
	assert_int_equal(world.n_removed, 0);
	assert_int_not_equal(world.configured, first);

	/* The sequence is the MAC's too. */
	start(&again, 0);
	pass_to_probe(&again);
	hear(&again, REPLY, again.probed, 0);
	pass_to_probe(&again);
	hear(&again, REPLY, again.probed, 0);
	pass(&again, 20000);
	assert_int_equal(again.configured, world.configured);
}

/* §2.2.1: somebody claims every address. After the tenth, one in a minute. */
static void test_d40_rate_limit(void **state UNUSED)
{
	struct world world;
	int64_t before = 0;

	start(&world, 0);
	for (unsigned int i = 1; i <= 30; i++) {
		pass_to_probe(&world);
		if (i > 10)
			assert_true(world.probed_at - before >= 60000 &&
				    world.probed_at - before <= 61000);
		else if (i > 1)
			assert_true(world.probed_at - before <= 1000);
		before = world.now;
		hear(&world, REQUEST, world.probed, 0);
		/* Nothing is read while it waits. */
		if (i >= 10) {
			assert_int_equal(linklocal_watched(&world.linklocal),
					 0);
			hear(&world, REQUEST, world.linklocal.address, 0);
			hear(&world, REQUEST, 0, world.linklocal.address);
		}
	}
	assert_int_equal(world.n_probes, 30);
	/* Then he is gone. */
	pass(&world, 80000);
	assert_int_equal(world.n_added, 1);
	/* A new start counts anew. */
	linklocal_stop(&world.linklocal);
	linklocal_start(&world.linklocal, world.now, 0);
	settle(&world);
	pass_to_probe(&world);
	before = world.now;
	hear(&world, REPLY, world.probed, 0);
	pass_to_probe(&world);
	assert_true(world.now - before <= 1000);
}

/* §2.5: defended once in 10 s, then given up for another. */
static void test_d24_defends_and_yields(void **state UNUSED)
{
	struct world world;
	uint32_t first;

	bind_address(&world);
	first = world.configured;
	hear(&world, REPLY, first, SERVER);
	assert_int_equal(world.n_announcements, 3);
	assert_int_equal(world.configured, first);
	pass(&world, 10000);
	hear(&world, REPLY, first, SERVER);
	assert_int_equal(world.n_announcements, 4);
	assert_int_equal(world.n_removed, 0);
	pass(&world, 5000);
	hear(&world, REPLY, first, SERVER);
	assert_int_equal(world.n_announcements, 4);
	assert_int_equal(world.n_removed, 1);
	assert_int_equal(world.configured, 0);
	pass(&world, 20000);
	assert_int_equal(world.n_added, 2);
	assert_int_not_equal(world.configured, first);
	assert_int_equal(world.n_announcements, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d40_nobody_there),
		cmocka_unit_test(test_d40_delay),
		cmocka_unit_test(test_d40_given_up),
		cmocka_unit_test(test_d40_stop_before_send),
		cmocka_unit_test(test_d40_address_of_the_mac),
		cmocka_unit_test(test_d40_last_one_first),
		cmocka_unit_test(test_d40_conflicts_while_probing),
		cmocka_unit_test(test_d40_rate_limit),
		cmocka_unit_test(test_d24_defends_and_yields),
	};

	return cmocka_run_group_tests_name("dhcp_linklocal", tests, NULL, NULL);
}
