/* dhcp/client.c and client_send.c: whole exchanges, as they should go. */
#include "test_dhcp_world.h"

static struct world world;

static void test_four_packets(void **state UNUSED)
{
	start(&world, NULL);
	assert_state(&world, SELECTING);
	assert_int_equal(world.sent.type, DHCP_TYPE_DISCOVER);
	assert_int_equal(world.sent_source, 0);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(sent_u32(&world, 50), 0);
	assert_int_equal(sent_u32(&world, 54), 0);
	assert_false(dhcp_options_has(&world.sent.options, 80));
	receive(&world, &offer);
	assert_state(&world, REQUESTING);
	assert_int_equal(world.sent.type, DHCP_TYPE_REQUEST);
	assert_int_equal(world.sent_source, 0);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	assert_null(dhcp_client_lease(&world.client));
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(world.n_leases, 1);
	assert_int_equal(world.n_unchanged, 0);
	assert_int_equal(dhcp_client_lease(&world.client)->address, ADDRESS);
	assert_int_equal(dhcp_client_expires(&world.client),
			 world.now + 3600000);
	assert_int_equal(counted(&world, DHCP_COUNT_ACCEPTED), 2);
	assert_int_equal(counted(&world, DHCP_COUNT_SENT), 2);
}

static void test_d1_server_silent_for_a_day(void **state UNUSED)
{
	static const int64_t gaps[] = { 50,   100,   200,   400,   800,	 4000,
					8000, 16000, 32000, 64000, 64000 };
	unsigned int n;
	uint32_t xid;

	start(&world, NULL);
	xid = world.sent.xid;
	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++) {
		int64_t gap = dhcp_client_due(&world.client) - world.now;
		int64_t fuzz = i < 5 ? 0 : 1000;

		assert_true(gap >= gaps[i] - fuzz && gap <= gaps[i] + fuzz);
		assert_int_equal(pass(&world, gap), 1);
		assert_int_equal(world.n_sent, i + 2);
		assert_int_equal(world.sent.type, DHCP_TYPE_DISCOVER);
		/* One transaction: an answer to any of them counts. */
		assert_int_equal(world.sent.xid, xid);
		assert_int_equal(world.sent.secs, (world.now - 1000) / 1000);
	}
	n = pass(&world, 24 * 3600 * 1000);
	assert_true(n >= 24 * 3600 / 65 && n <= 24 * 3600 / 63);
	assert_int_equal(world.sent.secs, UINT16_MAX);
	receive(&world, &offer);
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d2_slow_server(void **state UNUSED)
{
	uint16_t secs;

	start(&world, NULL);
	pass(&world, 3900);
	assert_int_equal(world.n_sent, 6);
	receive(&world, &offer);
	assert_state(&world, REQUESTING);
	secs = world.sent.secs;
	pass(&world, 3900);
	assert_int_equal(world.sent.type, DHCP_TYPE_REQUEST);
	/* RFC 2131 §3.1: the same in all REQUESTs as in the DISCOVER. */
	assert_int_equal(world.sent.secs, secs);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	/* Counted from when the last REQUEST left. */
	assert_int_equal(dhcp_client_expires(&world.client),
			 world.sent_at + 3600000);
}

/* After 50 + 100 + ... 3200 ms, of which the last two are fuzzy. */
static void test_d2_d20_request_given_up(void **state UNUSED)
{
	static const unsigned int sends[] = { 7, 8, 9, 10, 10 };
	int64_t begin, whole;
	uint32_t xid;

	start(&world, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sends); i++) {
		unsigned int n;

		xid = world.sent.xid;
		receive(&world, &offer);
		/* It is the only one, and has its turn later. */
		if (i > 0)
			assert_int_equal(pass(&world, 1550), 5);
		assert_state(&world, REQUESTING);
		n = world.n_sent - 1;
		begin = world.now;
		while (world.client.state == DHCP_STATE_REQUESTING)
			pass_until(&world, dhcp_client_due(&world.client));
		assert_state(&world, SELECTING);
		whole = (50 << sends[i]) - 50;
		assert_in_range(world.now - begin, whole - whole / 8,
				whole + whole / 8);
		/* D2 */
		assert_true(world.now - begin > 3900);
		assert_int_equal(world.n_sent - n, sends[i] + 1);
		assert_int_equal(world.sent.type, DHCP_TYPE_DISCOVER);
		assert_int_not_equal(world.sent.xid, xid);
	}
	/* A lease ends the row. */
	pass(&world, 1550);
	receive(&world, &offer);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.client.n_given_up, 0);
}

static void test_d25_unicast_and_broadcast_flag(void **state UNUSED)
{
	struct dhcp_client_conf conf = { .broadcast = true };
	struct answer answer = offer;

	memcpy(conf.mac, server_mac, 6);
	start(&world, &conf);
	assert_int_equal(world.sent.flags, 0x8000);
	answer.to_address = true;
	receive(&world, &answer);
	assert_int_equal(world.sent.flags, 0x8000);
	answer.type = DHCP_TYPE_ACK;
	receive(&world, &answer);
	assert_state(&world, BOUND);

	/* Without it, once the first DISCOVERs had no answer. */
	start(&world, NULL);
	assert_int_equal(world.sent.flags, 0);
	pass(&world, 1549);
	assert_int_equal(world.sent.flags, 0);
	pass(&world, 1);
	assert_int_equal(world.n_sent, 6);
	assert_int_equal(world.sent.flags, 0x8000);
	receive(&world, &offer);
	assert_int_equal(world.sent.flags, 0x8000);
}

static void test_d39_rapid_commit(void **state UNUSED)
{
	struct dhcp_client_conf conf = { .rapid_commit = true };
	struct answer answer = ack;

	memcpy(conf.mac, server_mac, 6);
	start(&world, &conf);
	assert_true(dhcp_options_has(&world.sent.options, 80));
	/* Without option 80 it is not one: RFC 4039 §3.1. */
	receive(&world, &answer);
	assert_state(&world, SELECTING);
	answer.rapid = true;
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_sent, 1);
	assert_int_equal(world.n_leases, 1);

	/* Not offered, not taken. */
	start(&world, NULL);
	receive(&world, &answer);
	assert_state(&world, SELECTING);
	assert_int_equal(counted(&world, DHCP_COUNT_STATE), 1);
}

static void test_d39_only_in_the_first_discovers(void **state UNUSED)
{
	struct dhcp_client_conf conf = { .rapid_commit = true };

	memcpy(conf.mac, server_mac, 6);
	start(&world, &conf);
	for (unsigned int n = 1; n < 10; n++) {
		assert_int_equal(dhcp_options_has(&world.sent.options, 80),
				 n <= 3);
		pass_until(&world, dhcp_client_due(&world.client));
	}
	receive(&world, &offer);
	assert_false(dhcp_options_has(&world.sent.options, 80));
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d18_renewed_at_t1(void **state UNUSED)
{
	struct answer answer = ack;
	int64_t t1 = 1000 + 1200000;
	uint32_t xid;

	answer.t1_s = 1200;
	answer.t2_s = 3000;
	bind_with(&world, answer);
	assert_int_equal(dhcp_client_due(&world.client), t1);
	xid = world.sent.xid;
	assert_int_equal(pass_until(&world, t1), 1);
	assert_state(&world, RENEWING);
	assert_int_not_equal(world.sent.xid, xid);
	/* To the server alone, RFC 2131 §4.3.2: no options 50 and 54. */
	assert_int_equal(world.sent.type, DHCP_TYPE_REQUEST);
	assert_int_equal(world.sent_source, ADDRESS);
	assert_int_equal(world.sent_destination, SERVER);
	assert_int_equal(world.sent.ciaddr, ADDRESS);
	assert_false(dhcp_options_has(&world.sent.options, 50));
	assert_false(dhcp_options_has(&world.sent.options, 54));
	assert_int_equal(world.sent.secs, 0);
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_leases, 2);
	assert_int_equal(world.n_unchanged, 1);
	assert_int_equal(world.n_lost, 0);
	assert_int_equal(dhcp_client_due(&world.client), t1 + 1200000);
}

static void test_d19_rebound_at_t2(void **state UNUSED)
{
	struct answer answer = ack;
	uint32_t xid;

	answer.t1_s = 1200;
	answer.t2_s = 3000;
	bind_with(&world, answer);
	pass(&world, 1200000);
	xid = world.sent.xid;
	/* T1 1200, then half of the rest: 2100, 2550, 2775, 2887.5, 2947.5 */
	assert_int_equal(pass(&world, 1799999), 5);
	assert_state(&world, RENEWING);
	assert_int_equal(world.sent_destination, SERVER);
	assert_int_equal(pass(&world, 1), 1);
	assert_state(&world, REBINDING);
	assert_int_equal(world.sent_source, ADDRESS);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(world.sent.ciaddr, ADDRESS);
	assert_int_equal(world.sent.flags, 0);
	assert_false(dhcp_options_has(&world.sent.options, 50));
	assert_false(dhcp_options_has(&world.sent.options, 54));
	/* So that a late answer to a renewal still counts. */
	assert_int_equal(world.sent.xid, xid);
	assert_int_equal(world.sent.secs, 1800);
	/* Any server may answer now. */
	answer.server = OTHER_SERVER;
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.client.lease.server_id, OTHER_SERVER);
	assert_int_equal(world.n_lost, 0);
}

static void test_d20_gone_at_expiry_and_nak(void **state UNUSED)
{
	bind_with(&world, ack);
	pass_until(&world, 1000 + 3599999);
	assert_state(&world, REBINDING);
	assert_int_equal(world.configured, ADDRESS);
	pass(&world, 1);
	assert_int_equal(world.configured, 0);
	assert_int_equal(world.n_lost, 1);
	assert_state(&world, SELECTING);
	assert_int_equal(world.sent.type, DHCP_TYPE_DISCOVER);
	assert_int_equal(world.sent.secs, 0);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);

	bind_with(&world, ack);
	while (world.client.state != DHCP_STATE_REBINDING)
		pass_until(&world, dhcp_client_due(&world.client));
	receive(&world, &nak);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), 0);
}

static void test_d15_infinite_lease(void **state UNUSED)
{
	struct answer answer = ack;

	answer.lease_s = UINT32_MAX;
	answer.t1_s = 100;
	bind_with(&world, answer);
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	assert_int_equal(pass(&world, INT64_C(1) << 50), 0);
	assert_int_equal(world.configured, ADDRESS);
	/* The longest that is not for ever does not overflow either. */
	answer.lease_s = UINT32_MAX - 1;
	answer.t1_s = 0;
	bind_with(&world, answer);
	pass(&world, INT64_C(4294967293) * 1000);
	assert_int_equal(world.configured, ADDRESS);
	pass(&world, 1000);
	assert_int_equal(world.configured, 0);
}

static void test_d17_lease_of_a_second(void **state UNUSED)
{
	struct answer answer = ack;
	unsigned int n;

	answer.lease_s = 1;
	bind_with(&world, answer);
	n = pass(&world, 999);
	assert_true(n <= 3);
	assert_int_equal(world.configured, ADDRESS);
	pass(&world, 1);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
}

static void test_d21_link_flap(void **state UNUSED)
{
	unsigned int n;

	bind_with(&world, ack);
	pass(&world, 1000000);
	dhcp_client_link_down(&world.client, world.now);
	settle(&world);
	assert_state(&world, STOPPED);
	assert_int_equal(world.configured, ADDRESS);
	n = world.n_sent;
	pass(&world, 5000);
	assert_int_equal(world.n_sent, n);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	/* INIT-REBOOT at once: option 50, neither ciaddr nor option 54. */
	assert_state(&world, REBOOTING);
	assert_int_equal(world.sent_at, world.now);
	assert_int_equal(world.sent.type, DHCP_TYPE_REQUEST);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(world.sent.ciaddr, 0);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), 0);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_unchanged, 1);
	assert_int_equal(world.n_lost, 0);
}

static void test_d21_moved_to_another_network(void **state UNUSED)
{
	struct answer answer = nak;

	bind_with(&world, ack);
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	answer.server = IP(192, 168, 1, 1);
	receive(&world, &answer);
	assert_int_equal(world.configured, 0);
	/* One NAK is no loop: on at once, without the old address. */
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), 0);
}

static void test_d21_nobody_answers_the_reboot(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	pass(&world, 1550);
	/* DISCOVER, while the lease is kept until it expires (§4.4.2). */
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(world.configured, ADDRESS);
	pass_until(&world, 1000 + 3599999);
	assert_int_equal(world.configured, ADDRESS);
	pass(&world, 1);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
	receive(&world, &offer);
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d21_expired_while_down(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_link_down(&world.client, world.now);
	settle(&world);
	pass(&world, 3600000);
	assert_int_equal(world.configured, 0);
	assert_state(&world, STOPPED);
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
}

static void test_d28_link_comes_up_after_the_end(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_link_down(&world.client, world.now);
	settle(&world);
	world.now += 3600000;
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
}

static void test_flap_before_the_lease(void **state UNUSED)
{
	uint32_t xid;

	start(&world, NULL);
	xid = world.sent.xid;
	dhcp_client_link_down(&world.client, world.now);
	settle(&world);
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	receive(&world, &offer);
	assert_state(&world, STOPPED);
	dhcp_client_link_up(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now); /* told twice */
	settle(&world);
	assert_state(&world, SELECTING);
	assert_int_equal(world.n_sent, 2);
	assert_int_not_equal(world.sent.xid, xid);
}

static void test_address_from_before_the_boot(void **state UNUSED)
{
	struct dhcp_client_conf conf = { .address = ADDRESS };

	memcpy(conf.mac, server_mac, 6);
	start(&world, &conf);
	assert_state(&world, REBOOTING);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_unchanged, 0);
	assert_int_equal(world.n_sent, 1);
}

static void test_d28_suspended(void **state UNUSED)
{
	struct answer answer = ack;

	answer.t1_s = 1000;
	answer.t2_s = 2000;
	bind_with(&world, answer);
	/* Woken between T2 and the end: not to the server alone any more. */
	world.now += 2500000;
	dhcp_client_tick(&world.client, world.now);
	settle(&world);
	assert_state(&world, REBINDING);
	assert_int_equal(world.sent_destination, EVERYBODY);
	receive(&world, &answer);
	assert_state(&world, BOUND);
	/* Woken long after the end. */
	world.now += INT64_C(1000000000000);
	dhcp_client_tick(&world.client, world.now);
	settle(&world);
	assert_int_equal(world.configured, 0);
	assert_state(&world, SELECTING);
	assert_true(dhcp_client_due(&world.client) == world.now + 50);
}

static void test_a_year_of_renewals(void **state UNUSED)
{
	const int64_t year = INT64_C(365) * 24 * 3600 * 1000;
	unsigned int woken = 0;

	bind_with(&world, ack);
	while (world.now < year) {
		woken += pass_until(&world, dhcp_client_due(&world.client));
		assert_state(&world, RENEWING);
		pass(&world, 20);
		receive(&world, &ack);
		assert_state(&world, BOUND);
	}
	assert_int_equal(world.n_lost, 0);
	assert_int_equal(world.n_leases, woken + 1);
	/* Every 30 minutes, not quite. */
	assert_true(woken > 17000 && woken < 18000);
}

static void test_early_ticks_do_no_harm(void **state UNUSED)
{
	start(&world, NULL);
	for (int64_t t = world.now; t < 1050; t++)
		dhcp_client_tick(&world.client, t);
	settle(&world);
	assert_int_equal(world.n_sent, 1);
	bind_with(&world, ack);
	for (unsigned int i = 0; i < 100; i++)
		dhcp_client_tick(&world.client, world.now + i);
	settle(&world);
	assert_int_equal(world.n_sent, 2);
	assert_state(&world, BOUND);
}

static void test_release(void **state UNUSED)
{
	bind_with(&world, ack);
	pass(&world, 5000);
	/* take_send() sees that it leaves while the address is there. */
	dhcp_client_release(&world.client, world.now);
	settle(&world);
	assert_state(&world, STOPPED);
	assert_int_equal(world.sent.type, DHCP_TYPE_RELEASE);
	assert_int_equal(world.sent_source, ADDRESS);
	assert_int_equal(world.sent_destination, SERVER);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	assert_int_equal(world.configured, 0);
	assert_int_equal(world.n_lost, 1);
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	dhcp_client_release(&world.client, world.now);
	settle(&world);
	assert_int_equal(world.n_sent, 3);
}

static void test_d23_conflict(void **state UNUSED)
{
	bind_with(&world, ack);
	dhcp_client_conflict(&world.client, world.now);
	settle(&world);
	assert_state(&world, INIT);
	assert_int_equal(world.sent.type, DHCP_TYPE_DECLINE);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(world.sent.ciaddr, 0);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	assert_int_equal(world.configured, 0);
	/* RFC 2131 §3.1.5: ten seconds. */
	assert_int_equal(pass(&world, 9999), 0);
	pass(&world, 1);
	assert_state(&world, SELECTING);
	assert_int_equal(sent_u32(&world, 50), 0);
	/* Nothing to decline. */
	dhcp_client_conflict(&world.client, world.now);
	assert_state(&world, SELECTING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_packets),
		cmocka_unit_test(test_d1_server_silent_for_a_day),
		cmocka_unit_test(test_d2_slow_server),
		cmocka_unit_test(test_d2_d20_request_given_up),
		cmocka_unit_test(test_d25_unicast_and_broadcast_flag),
		cmocka_unit_test(test_d39_rapid_commit),
		cmocka_unit_test(test_d39_only_in_the_first_discovers),
		cmocka_unit_test(test_d18_renewed_at_t1),
		cmocka_unit_test(test_d19_rebound_at_t2),
		cmocka_unit_test(test_d20_gone_at_expiry_and_nak),
		cmocka_unit_test(test_d15_infinite_lease),
		cmocka_unit_test(test_d17_lease_of_a_second),
		cmocka_unit_test(test_d21_link_flap),
		cmocka_unit_test(test_d21_moved_to_another_network),
		cmocka_unit_test(test_d21_nobody_answers_the_reboot),
		cmocka_unit_test(test_d21_expired_while_down),
		cmocka_unit_test(test_d28_link_comes_up_after_the_end),
		cmocka_unit_test(test_flap_before_the_lease),
		cmocka_unit_test(test_address_from_before_the_boot),
		cmocka_unit_test(test_d28_suspended),
		cmocka_unit_test(test_a_year_of_renewals),
		cmocka_unit_test(test_early_ticks_do_no_harm),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_d23_conflict),
	};

	return cmocka_run_group_tests_name("dhcp_client", tests, NULL, NULL);
}
