/* dhcp/client.c: when the shell around it could not do what it was told, finds
 * that it must not, or comes too late. */
#include "test_dhcp_world.h"

#define OTHER_ADDRESS IP(10, 0, 2, 99)

static struct world world;

static struct dhcp_client_conf conf_with_mac(void)
{
	struct dhcp_client_conf conf = { .mtu = 1500 };

	memcpy(conf.mac, server_mac, 6);
	return conf;
}

static void tick_due(void)
{
	pass_until(&world, dhcp_client_due(&world.client));
}

static void assert_requested(uint32_t server, uint32_t address)
{
	assert_state(&world, REQUESTING);
	assert_int_equal(sent_u32(&world, 54), server);
	assert_int_equal(sent_u32(&world, 50), address);
}

/* The shell could not do what it was told. */

static void test_refused_starts_over_with_back_off(void **state UNUSED)
{
	static const int64_t waits[] = { 1000,	2000,  4000,  8000, 16000,
					 32000, 64000, 64000, 64000 };

	bind_with(&world, ack);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		unsigned int n = world.n_sent;

		dhcp_client_refused(&world.client, world.now);
		settle(&world);
		assert_state(&world, INIT);
		assert_int_equal(world.configured, 0);
		assert_int_equal(world.n_lost, i + 1);
		/* Neither RELEASE nor DECLINE: the address is not at fault. */
		assert_int_equal(world.n_sent, n);
		assert_int_equal(pass(&world, waits[i] - 1), 0);
		pass(&world, 1);
		assert_state(&world, SELECTING);
		/* Others first; and if there are none, the same. */
		receive(&world, &offer);
		assert_state(&world, SELECTING);
		pass(&world, 1550);
		receive(&world, &offer);
		receive(&world, &ack);
		assert_state(&world, BOUND);
	}
	/* A lease that lasted until T1 was configured. */
	tick_due();
	assert_state(&world, RENEWING);
	dhcp_client_refused(&world.client, world.now);
	settle(&world);
	assert_int_equal(dhcp_client_due(&world.client), world.now + 1000);
}

static void test_refused_without_carrier(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_refused(&world.client, world.now);
	settle(&world);
	assert_state(&world, STOPPED);
	assert_int_equal(world.configured, 0);
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), 0);
}

static void test_d18_renewal_that_cannot_leave(void **state UNUSED)
{
	struct answer other = ack;
	uint32_t xid;

	bind_with(&world, ack);
	tick_due();
	assert_int_equal(world.sent_destination, SERVER);
	xid = world.sent.xid;
	dhcp_client_unsent(&world.client, world.now);
	/* By broadcast, and in a minute, not half-way to T2. */
	assert_int_equal(dhcp_client_due(&world.client), world.now + 60000);
	tick_due();
	assert_state(&world, RENEWING);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(world.sent.ciaddr, ADDRESS);
	assert_false(dhcp_options_has(&world.sent.options, 54));
	assert_int_equal(world.sent.xid, xid);
	/* Others hear it, but it is for one. */
	other.server = OTHER_SERVER;
	receive(&world, &other);
	assert_state(&world, RENEWING);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	/* By unicast again the next time. */
	tick_due();
	assert_int_equal(world.sent_destination, SERVER);
	/* Never later than T2. */
	world.now = world.client.t2 - 10;
	dhcp_client_unsent(&world.client, world.now);
	assert_true(dhcp_client_due(&world.client) <= world.client.t2);
}

static void test_unsent_in_other_states(void **state UNUSED)
{
	int64_t due;

	start(&world, NULL);
	due = dhcp_client_due(&world.client);
	dhcp_client_unsent(&world.client, world.now);
	assert_int_equal(dhcp_client_due(&world.client), due);
	bind_with(&world, ack);
	while (world.client.state != DHCP_STATE_REBINDING)
		tick_due();
	dhcp_client_unsent(&world.client, world.now);
	assert_int_equal(dhcp_client_due(&world.client), world.now + 60000);
}

/* What was given back. */

static void test_d23_the_declined_address_is_avoided(void **state UNUSED)
{
	struct dhcp_client_conf conf = conf_with_mac();
	struct answer rapid = ack, other = offer;

	conf.rapid_commit = true;
	start(&world, &conf);
	rapid.rapid = true;
	receive(&world, &rapid);
	assert_state(&world, BOUND);
	dhcp_client_conflict(&world.client, world.now);
	settle(&world);
	assert_int_equal(world.sent.type, DHCP_TYPE_DECLINE);
	/* RFC 2131 table 5. */
	assert_int_equal(world.sent.ciaddr, 0);
	assert_int_equal(world.sent.flags, 0);
	assert_int_equal(world.sent.secs, 0);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	assert_false(dhcp_options_has(&world.sent.options, 55));
	assert_false(dhcp_options_has(&world.sent.options, 57));
	assert_false(dhcp_options_has(&world.sent.options, 60));
	tick_due();
	receive(&world, &offer);
	receive(&world, &rapid);
	assert_state(&world, SELECTING);
	assert_int_equal(counted(&world, DHCP_COUNT_AVOIDED), 2);
	other.yiaddr = OTHER_ADDRESS;
	receive(&world, &other);
	assert_requested(SERVER, OTHER_ADDRESS);

	/* If the server has no other, it may be free by now. */
	bind_with(&world, ack);
	dhcp_client_conflict(&world.client, world.now);
	settle(&world);
	pass(&world, 10000 + 1550);
	receive(&world, &offer);
	assert_requested(SERVER, ADDRESS);
	/* And once it is ours it is as good as any. */
	receive(&world, &ack);
	pass_until(&world, dhcp_client_expires(&world.client));
	receive(&world, &offer);
	assert_requested(SERVER, ADDRESS);
}

static void test_released_address_is_not_claimed(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_release(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	/* A wish, no claim. */
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
}

/* D28: the answer to a renewal waited in the socket while the machine slept. */
static void test_d28_late_answer_after_a_suspend(void **state UNUSED)
{
	bind_with(&world, ack);
	tick_due();
	assert_state(&world, RENEWING);
	world.now += 3600000;
	receive(&world, &ack);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
}

/* Short leases are renewed in time although every second packet is lost. */
static void test_d17_short_leases(void **state UNUSED)
{
	static const uint32_t leases[] = { 1, 2, 5, 10, 30, 60, 120, 239 };
	struct answer answer = ack;

	for (size_t i = 0; i < ARRAY_SIZE(leases); i++) {
		unsigned int n;

		answer.lease_s = leases[i];
		bind_with(&world, answer);
		for (unsigned int round = 0; round < 50; round++) {
			tick_due();
			tick_due();
			assert_int_equal(world.configured, ADDRESS);
			receive(&world, &answer);
			assert_state(&world, BOUND);
		}
		assert_int_equal(world.n_lost, 0);
		n = pass_until(&world, dhcp_client_expires(&world.client) - 1);
		assert_int_equal(world.configured, ADDRESS);
		assert_true(n >= 3 && n <= 9);
		pass(&world, 1);
		assert_int_equal(world.configured, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_starts_over_with_back_off),
		cmocka_unit_test(test_refused_without_carrier),
		cmocka_unit_test(test_d18_renewal_that_cannot_leave),
		cmocka_unit_test(test_unsent_in_other_states),
		cmocka_unit_test(test_d23_the_declined_address_is_avoided),
		cmocka_unit_test(test_released_address_is_not_claimed),
		cmocka_unit_test(test_d28_late_answer_after_a_suspend),
		cmocka_unit_test(test_d17_short_leases),
	};

	return cmocka_run_group_tests_name("dhcp_client_shell", tests, NULL,
					   NULL);
}
