/* dhcp/client6.c and its parts: whole exchanges, as they should go. */
#include "test_dhcp6_world.h"

static struct world world;

static struct span sent_option(uint16_t code)
{
	struct span value = { NULL, 0 };

	if (dhcp_option6_get(world.sent.options, code, &value) < 0)
		return (struct span){ NULL, 0 };
	return value;
}

static bool sent_has(uint16_t code)
{
	struct span value;

	return dhcp_option6_get(world.sent.options, code, &value) == 0;
}

static void assert_span(struct span got, struct span expected)
{
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, expected.len);
}

/* Hundredths of a second: option 8. */
static unsigned int elapsed(void)
{
	struct span value = sent_option(8);

	assert_int_equal(value.len, 2);
	return value.data[0] * 256u + value.data[1];
}

static void test_four_packets(void **state UNUSED)
{
	uint32_t xid;

	solicit(&world);
	xid = world.sent.xid;
	/* RFC 8415 §11.4: DUID-LL, and the same IAID after kexec. */
	assert_span(world.sent.client_id, BYTES(0, 3, 0, 1, 2, 0, 0, 1, 2, 3));
	assert_span(sent_option(3), BYTES(0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0));
	assert_int_equal(world.sent.server_id.len, 0);
	assert_int_equal(elapsed(), 0);
	assert_false(sent_has(14));
	receive(&world, &advertise);
	assert_state(&world, REQUESTING);
	assert_int_not_equal(world.sent.xid, xid);
	assert_span(world.sent.server_id, SERVER6);
	assert_memory_equal(sent_option(3).data + 16, &ip6_address, 16);
	assert_null(dhcp_client6_lease(&world.client));
	receive(&world, &reply);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(world.n_leases, 1);
	assert_int_equal(world.n_unchanged, 0);
	assert_int_equal(dhcp_client6_expires(&world.client),
			 world.now + 3600000);
	assert_int_equal(dhcp_client6_due(&world.client), world.now + 900000);
	assert_int_equal(counted(&world, DHCP_COUNT_ACCEPTED), 2);
	assert_int_equal(counted(&world, DHCP_COUNT_SENT), 2);
}

static void test_d39_rapid_commit(void **state UNUSED)
{
	struct answer answer = reply;

	start_with(&world, (struct dhcp_client6_conf){ .rapid_commit = true });
	advert(&world, true, false);
	assert_true(sent_has(14));
	/* Without option 14 it is none. */
	receive(&world, &answer);
	assert_state(&world, SOLICITING);
	assert_int_equal(counted(&world, DHCP_COUNT_STATE), 1);
	answer.rapid = true;
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_sent, 1);

	/* Not asked for; and asked for, but ADVERTISE comes. */
	solicit(&world);
	receive(&world, &answer);
	assert_state(&world, SOLICITING);
	start_with(&world, (struct dhcp_client6_conf){ .rapid_commit = true });
	advert(&world, true, false);
	receive(&world, &advertise);
	assert_false(sent_has(14));
	receive(&world, &reply);
	assert_state(&world, BOUND);
}

static void test_nothing_without_a_router(void **state UNUSED)
{
	start_with(&world, (struct dhcp_client6_conf){ 0 });
	advert(&world, false, false);
	assert_state(&world, IDLE);
	assert_int_equal(pass(&world, 1000000000), 0);
	/* Stopped, the flags mean nothing. */
	link_down(&world);
	advert(&world, true, true);
	assert_state(&world, STOPPED);
	assert_int_equal(world.n_sent, 0);
	{
		struct answer answer = reply;

		answer.no_client_id = true;
		receive(&world, &answer);
	}
	assert_int_equal(counted(&world, DHCP_COUNT_STATE), 1);
}

static void test_information(void **state UNUSED)
{
	struct answer answer = plain_reply;
	int64_t answered;

	start_with(&world, (struct dhcp_client6_conf){ 0 });
	advert(&world, false, true);
	assert_state(&world, INFORMING);
	assert_int_equal(world.sent.type, DHCP_TYPE6_INFORMATION);
	assert_true(world.sent.client_id.len > 0);
	assert_false(sent_has(3));
	pass(&world, 150);
	assert_int_equal(world.n_sent, 2);
	answer.status = DHCP_STATUS6_FAILED;
	receive(&world, &answer);
	assert_state(&world, INFORMING);
	answer.status = 0;
	receive(&world, &answer);
	assert_state(&world, INFORMED);
	assert_int_equal(world.n_info, 1);
	assert_int_equal(world.n_unchanged, 0);
	/* A day when the server does not say: §7.6. */
	answered = world.now;
	assert_int_equal(dhcp_client6_due(&world.client), answered + 86400000);
	advert(&world, false, true);
	assert_state(&world, INFORMED);
	pass(&world, 86400000);
	assert_state(&world, INFORMING);
	answer.refresh_s = 10;
	receive(&world, &answer);
	assert_int_equal(world.n_info, 2);
	assert_int_equal(world.n_unchanged, 1);
	assert_int_equal(dhcp_client6_due(&world.client), world.now + 600000);
	pass(&world, 600000);
	answer.refresh_s = UINT32_MAX;
	receive(&world, &answer);
	assert_true(dhcp_client6_due(&world.client) == CLOCK_NEVER);
	/* A router wants more now. */
	advert(&world, true, true);
	assert_state(&world, SOLICITING);
	receive(&world, &advertise);
	receive(&world, &reply);
	assert_state(&world, BOUND);
}

/* D1: the schedule, and §15's for ever. */
static void test_d1_server_silent(void **state UNUSED)
{
	static const int64_t gaps[] = { 100,  200,  400,  1000,
					2000, 4000, 8000, 16000 };
	int64_t began, gap;
	uint32_t xid;

	solicit(&world);
	began = world.now;
	xid = world.sent.xid;
	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++) {
		/* Each has the tenths of those before it. */
		int64_t fuzz = i < 3 ? 0 : gaps[i] * 6 / 10;

		gap = dhcp_client6_due(&world.client) - world.now;
		assert_true(gap >= gaps[i] - fuzz && gap <= gaps[i] + fuzz);
		assert_int_equal(pass(&world, gap), 1);
		assert_int_equal(world.n_sent, i + 2);
		assert_int_equal(world.sent.xid, xid);
		assert_int_equal(elapsed(), (world.now - began) / 10);
	}
	pass(&world, 24 * 3600 * 1000);
	gap = dhcp_client6_due(&world.client) - world.sent_at;
	assert_true(gap >= 3240000 && gap <= 3960000);
	assert_int_equal(elapsed(), UINT16_MAX);
	receive(&world, &advertise);
	receive(&world, &reply);
	assert_state(&world, BOUND);
}

/* SOL_MAX_RT and INF_MAX_RT, of a server that has no addresses even. */
static void test_longest_wait_of_the_server(void **state UNUSED)
{
	struct answer answer = { .type = DHCP_TYPE6_ADVERTISE,
				 .status = DHCP_STATUS6_NO_ADDRESSES,
				 .sol_max_s = 59,
				 .inf_max_s = 86401 };
	int64_t gap;

	solicit(&world);
	receive(&world, &answer);
	assert_int_equal(counted(&world, DHCP_COUNT_STATUS), 1);
	assert_int_equal(world.client.sol_max_s, 3600);
	assert_int_equal(world.client.inf_max_s, 3600);
	answer.sol_max_s = 60;
	answer.inf_max_s = 86400;
	receive(&world, &answer);
	assert_int_equal(world.client.inf_max_s, 86400);
	pass(&world, 3600 * 1000);
	gap = dhcp_client6_due(&world.client) - world.sent_at;
	assert_true(gap >= 54000 && gap <= 66000);

	start_with(&world, (struct dhcp_client6_conf){ 0 });
	advert(&world, false, true);
	pass(&world, 48 * 3600 * 1000);
	gap = dhcp_client6_due(&world.client) - world.sent_at;
	assert_true(gap >= 3240000 && gap <= 3960000);
}

/* D22 */
static void test_d22_best_of_two_servers(void **state UNUSED)
{
	struct answer answer = advertise;
	unsigned int n;

	solicit(&world);
	answer.preference = 0;
	receive(&world, &answer);
	assert_state(&world, SOLICITING);
	assert_int_equal(dhcp_client6_due(&world.client), world.now + 100);
	pass(&world, 50);
	answer.other_server = true;
	answer.preference = 1 + 7;
	answer.address = &ip6_other;
	receive(&world, &answer);
	assert_int_equal(dhcp_client6_due(&world.client), world.now + 50);
	answer = advertise;
	answer.preference = 1 + 3;
	receive(&world, &answer);
	assert_int_equal(counted(&world, DHCP_COUNT_AVOIDED), 1);
	n = world.n_sent;
	pass(&world, 50);
	assert_state(&world, REQUESTING);
	assert_int_equal(world.n_sent, n + 1);
	assert_span(world.sent.server_id, OTHER_SERVER6);
	assert_memory_equal(sent_option(3).data + 16, &ip6_other, 16);
	/* The other's answer is not the chosen one's. */
	receive(&world, &reply);
	assert_state(&world, REQUESTING);
	assert_int_equal(counted(&world, DHCP_COUNT_SERVER_ID), 1);
	answer = reply;
	answer.other_server = true;
	receive(&world, &answer);
	assert_state(&world, BOUND);
}

static void test_renewed_all_along(void **state UNUSED)
{
	struct answer answer = reply;

	bind_with(&world, reply);
	for (unsigned int i = 0; i < 50; i++) {
		pass_until(&world, dhcp_client6_due(&world.client));
		assert_state(&world, RENEWING);
		assert_int_equal(world.sent.type, DHCP_TYPE6_RENEW);
		assert_span(world.sent.server_id, SERVER6);
		assert_memory_equal(sent_option(3).data + 16, &ip6_address, 16);
		pass(&world, 5);
		receive(&world, &answer);
		assert_state(&world, BOUND);
		/* From when it was asked for. */
		assert_int_equal(dhcp_client6_expires(&world.client),
				 world.sent_at + 3600000);
	}
	assert_int_equal(world.n_leases, 51);
	assert_int_equal(world.n_unchanged, 50);
	assert_int_equal(world.n_lost, 0);
	/* Another address: one takes the other's place. */
	pass_until(&world, dhcp_client6_due(&world.client));
	answer.address = &ip6_other;
	receive(&world, &answer);
	assert_int_equal(world.n_unchanged, 50);
	assert_memory_equal(&world.address, &ip6_other, 16);
	assert_int_equal(world.n_lost, 0);
}

/* D18 to D20 */
static void test_d18_d20_server_gone(void **state UNUSED)
{
	struct answer answer = reply;
	int64_t bound;

	bind_with(&world, reply);
	bound = world.now;
	pass_until(&world, bound + 900000);
	assert_state(&world, RENEWING);
	/* REN_TIMEOUT is 10 s: no quick resends here. */
	assert_true(dhcp_client6_due(&world.client) >= world.now + 9000);
	pass_until(&world, bound + 1440000 - 1);
	assert_state(&world, RENEWING);
	pass(&world, 1);
	assert_state(&world, REBINDING);
	assert_int_equal(world.sent.type, DHCP_TYPE6_REBIND);
	assert_int_equal(world.sent.server_id.len, 0);
	answer.other_server = true;
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_unchanged, 0); /* another server's */
	bound = world.sent_at;
	/* Nobody at all. */
	pass_until(&world, bound + 3600000 - 1);
	assert_state(&world, REBINDING);
	assert_true(world.configured);
	pass(&world, 1);
	assert_state(&world, SOLICITING);
	assert_false(world.configured);
	assert_int_equal(world.n_lost, 1);
}

/* D16: T1 and T2. */
static void test_d16_t1_and_t2(void **state UNUSED)
{
	static const struct {
		uint32_t preferred_s, valid_s, t1_s, t2_s;
		int64_t t1, t2; /* ms from now; -1 for never */
	} cases[] = {
		{ 1000, 2000, 0, 0, 500000, 800000 },
		{ 1000, 2000, 100, 200, 100000, 200000 },
		{ 1000, 2000, 100, 0, 100000, 800000 },
		{ 1000, 2000, 0, 200, 200000, 200000 },
		{ 1000, 2000, 0, 600, 500000, 600000 },
		{ 1000, 2000, 3000, 4000, 500000, 800000 },
		{ 1000, 2000, 900, 0, 800000, 800000 },
		{ 1000, 2000, UINT32_MAX, UINT32_MAX, 500000, 800000 },
		{ 0, 2000, 0, 0, 1000000, 1600000 },
		{ UINT32_MAX, UINT32_MAX, 0, 0, -1, -1 },
		{ UINT32_MAX, UINT32_MAX, 10, 20, 10000, 20000 },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, -1, -1 },
		{ 1000, UINT32_MAX, 0, 0, 500000, 800000 },
		{ 0xfffffffe, 0xfffffffe, 0, 0, 2147483647000, 3435973835200 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = reply;
		int64_t t1 = cases[i].t1, t2 = cases[i].t2;

		answer.preferred_s = cases[i].preferred_s;
		answer.valid_s = cases[i].valid_s;
		answer.t1_s = cases[i].t1_s;
		answer.t2_s = cases[i].t2_s;
		bind_with(&world, answer);
		assert_int_equal(world.client.t1,
				 t1 < 0 ? CLOCK_NEVER : world.now + t1);
		assert_in_range(world.client.t2 - (t2 < 0 ? 0 : world.now),
				t2 < 0 ? CLOCK_NEVER : t2,
				t2 < 0 ? CLOCK_NEVER : t2 + 1000);
	}
	/* D15: never renewed, never lost. */
	assert_int_equal(pass(&world, 0), 0);
}

static void test_d15_for_ever(void **state UNUSED)
{
	struct answer answer = reply;

	answer.preferred_s = answer.valid_s = UINT32_MAX;
	bind_with(&world, answer);
	assert_true(dhcp_client6_due(&world.client) == CLOCK_NEVER);
	assert_true(dhcp_client6_expires(&world.client) == CLOCK_NEVER);
	assert_int_equal(pass(&world, INT64_MAX / 2), 0);
}

static void test_release(void **state UNUSED)
{
	int64_t began;

	bind_with(&world, reply);
	dhcp_client6_release(&world.client, world.now);
	settle(&world);
	assert_state(&world, RELEASING);
	assert_false(world.configured);
	assert_int_equal(world.sent.type, DHCP_TYPE6_RELEASE);
	assert_span(world.sent.server_id, SERVER6);
	/* Also when the server does not know of it. */
	{
		struct answer answer = plain_reply;

		answer.status = DHCP_STATUS6_NO_BINDING;
		receive(&world, &answer);
	}
	assert_state(&world, STOPPED);
	assert_true(dhcp_client6_due(&world.client) == CLOCK_NEVER);

	bind_with(&world, reply);
	began = world.now;
	dhcp_client6_release(&world.client, world.now);
	settle(&world);
	while (dhcp_client6_due(&world.client) != CLOCK_NEVER)
		pass_until(&world, dhcp_client6_due(&world.client));
	assert_state(&world, STOPPED);
	assert_int_equal(world.n_sent, 2 + 4);
	assert_true(world.now - began <= 1800);
	/* With nothing to give back. */
	solicit(&world);
	dhcp_client6_release(&world.client, world.now);
	settle(&world);
	assert_state(&world, STOPPED);
	assert_int_equal(world.n_sent, 1);
}

/* RFC 7844 §4 */
static void test_anonymous(void **state UNUSED)
{
	struct dhcp_client6_conf conf = { .anonymous = true };
	struct answer answer = plain_reply;
	uint8_t first[14];
	uint32_t iaid;

	start_with(&world, conf);
	advert(&world, false, true);
	assert_int_equal(world.sent.client_id.len, 0);
	assert_false(sent_has(16));
	answer.no_client_id = true;
	receive(&world, &answer);
	assert_state(&world, INFORMED);
	advert(&world, true, true);
	assert_int_equal(world.sent.client_id.len, 14);
	assert_span((struct span){ world.sent.client_id.data, 4 },
		    BYTES(0, 1, 0, 1));
	assert_int_equal(world.sent.client_id.data[8] & 3, 2);
	memcpy(first, world.sent.client_id.data, 14);
	iaid = world.client.iaid;
	assert_int_not_equal(iaid, 0x00010203);
	receive(&world, &advertise);
	receive(&world, &reply);
	assert_state(&world, BOUND);
	/* Elsewhere we are somebody else, and say nothing of here. */
	link_down(&world);
	assert_true(world.configured);
	link_up(&world);
	assert_state(&world, IDLE);
	assert_false(world.configured);
	advert(&world, true, true);
	assert_memory_not_equal(world.sent.client_id.data, first, 14);
	assert_int_not_equal(world.client.iaid, iaid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_packets),
		cmocka_unit_test(test_d39_rapid_commit),
		cmocka_unit_test(test_nothing_without_a_router),
		cmocka_unit_test(test_information),
		cmocka_unit_test(test_d1_server_silent),
		cmocka_unit_test(test_longest_wait_of_the_server),
		cmocka_unit_test(test_d22_best_of_two_servers),
		cmocka_unit_test(test_renewed_all_along),
		cmocka_unit_test(test_d18_d20_server_gone),
		cmocka_unit_test(test_d16_t1_and_t2),
		cmocka_unit_test(test_d15_for_ever),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_anonymous),
	};

	return cmocka_run_group_tests_name("dhcp_client6", tests, NULL, NULL);
}
