/* dhcp/client6.c and its parts: what goes wrong, and every event in every state. */
#include "test_dhcp6_world.h"

static struct world world;

static struct span sent_option(uint16_t code)
{
	struct span value = { NULL, 0 };

	if (dhcp_option6_get(world.sent.options, code, &value) < 0)
		return (struct span){ NULL, 0 };
	return value;
}

static void assert_span(struct span got, struct span expected)
{
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, expected.len);
}

static void test_request_given_up(void **state UNUSED)
{
	struct answer answer = advertise;
	int64_t began;

	solicit(&world);
	receive(&world, &advertise);
	began = world.now;
	while (world.client.state == DHCP_STATE6_REQUESTING)
		pass_until(&world, dhcp_client6_due(&world.client));
	assert_state(&world, SOLICITING);
	assert_int_equal(world.n_sent, 1 + 7 + 1);
	assert_true(world.now - began > 12000 && world.now - began < 20000);
	/* It is left to others for a moment, whatever its preference. */
	receive(&world, &advertise);
	assert_state(&world, SOLICITING);
	answer.other_server = true;
	answer.preference = 0;
	receive(&world, &answer);
	pass(&world, 100);
	assert_state(&world, REQUESTING);
	assert_span(world.sent.server_id, OTHER_SERVER6);
}

/* D3: refusals do not make a storm. */
static void test_d3_refused_for_ever(void **state UNUSED)
{
	static const int64_t waits[] = { 0,	1000,  2000,  4000, 8000,
					 16000, 32000, 64000, 64000 };
	struct answer no = { .type = DHCP_TYPE6_REPLY };

	solicit(&world);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		unsigned int n;

		no.ia_status = i % 2 ? DHCP_STATUS6_NO_BINDING :
				       DHCP_STATUS6_NO_ADDRESSES;
		if (i == 4) {
			no.ia_status = 0;
			no.status = DHCP_STATUS6_NOT_ON_LINK;
		}
		receive(&world, &advertise);
		pass(&world, 100);
		assert_state(&world, REQUESTING);
		n = world.n_sent;
		receive(&world, &no);
		assert_state(&world, SOLICITING);
		no.status = 0;
		if (waits[i] == 0) {
			assert_int_equal(world.n_sent, n + 1);
			continue;
		}
		/* What comes in meanwhile answers nothing. */
		receive(&world, &advertise);
		assert_int_equal(dhcp_client6_due(&world.client),
				 world.now + waits[i]);
		assert_int_equal(world.n_sent, n);
		pass(&world, waits[i]);
		assert_int_equal(world.n_sent, n + 1);
	}
	receive(&world, &advertise);
	pass(&world, 100);
	receive(&world, &reply);
	assert_state(&world, BOUND);
	assert_int_equal(world.client.n_refused, 0);
}

/* A server that says "failed" is asked again as if it had said nothing. */
static void test_passing_failure(void **state UNUSED)
{
	struct answer answer = { .type = DHCP_TYPE6_REPLY,
				 .status = DHCP_STATUS6_FAILED };
	unsigned int n;

	solicit(&world);
	receive(&world, &advertise);
	n = world.n_sent;
	receive(&world, &answer);
	assert_state(&world, REQUESTING);
	assert_int_equal(world.n_sent, n);
	/* Nor does a REPLY without an address say anything. */
	receive(&world, &plain_reply);
	assert_state(&world, REQUESTING);
	pass(&world, 100);
	assert_int_equal(world.n_sent, n + 1);
	receive(&world, &reply);
	assert_state(&world, BOUND);
}

/* D4, D5, D6, D34 */
static void test_d4_d5_d6_not_for_us(void **state UNUSED)
{
	static const struct {
		struct answer answer;
		enum dhcp_count reason;
	} cases[] = {
		{ { .type = 7, .xid_flip = 1 }, DHCP_COUNT_XID },
		{ { .type = 7, .no_client_id = true }, DHCP_COUNT_CLIENT_ID },
		{ { .type = 7, .no_server_id = true }, DHCP_COUNT_SERVER_ID },
		{ { .type = 7, .other_server = true }, DHCP_COUNT_SERVER_ID },
		{ { .type = 2 }, DHCP_COUNT_STATE },
		{ { .type = 10 }, DHCP_COUNT_TYPE }, /* reconfigure */
		{ { .type = 1 }, DHCP_COUNT_TYPE },
		{ { .type = 13 }, DHCP_COUNT_TYPE },
	};

	solicit(&world);
	receive(&world, &advertise);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t due = dhcp_client6_due(&world.client);
		unsigned long n = counted(&world, cases[i].reason);
		struct answer answer = cases[i].answer;

		answer.address = &ip6_address;
		answer.preferred_s = answer.valid_s = 100;
		receive(&world, &answer);
		assert_state(&world, REQUESTING);
		assert_int_equal(counted(&world, cases[i].reason), n + 1);
		assert_int_equal(dhcp_client6_due(&world.client), due);
	}
	/* Another's DUID; a source that is none; what is cut. */
	world.client.duid[9] ^= 1;
	receive(&world, &reply);
	assert_state(&world, REQUESTING);
	dhcp_client6_recv(&world.client, BYTES(7, 0, 0, 0),
			  &IP6(0xff, 2, [15] = 1), world.now);
	assert_int_equal(counted(&world, DHCP_COUNT_SOURCE), 1);
	dhcp_client6_recv(&world.client, BYTES(7, 0), &ip6_router, world.now);
	assert_int_equal(counted(&world, DHCP_COUNT_CUT), 1);
}

static void test_d17_lease_of_a_second(void **state UNUSED)
{
	struct answer answer = reply;

	answer.preferred_s = answer.valid_s = 1;
	bind_with(&world, answer);
	assert_true(pass(&world, 999) <= 2);
	assert_true(world.configured);
	pass(&world, 1);
	assert_false(world.configured);
	assert_state(&world, SOLICITING);
	/* An answer that is older than the lease: gone as soon as it is there. */
	solicit(&world);
	receive(&world, &advertise);
	answer.t1_s = 1;
	world.client.sent_at -= 5000;
	receive(&world, &answer);
	pass(&world, 0);
	assert_false(world.configured);
}

/* D21 */
static void test_d21_link_flap(void **state UNUSED)
{
	struct answer no = plain_reply;
	int64_t expires;

	bind_with(&world, reply);
	expires = dhcp_client6_expires(&world.client);
	link_down(&world);
	assert_state(&world, STOPPED);
	assert_true(world.configured);
	link_down(&world);
	pass(&world, 5000);
	link_up(&world);
	link_up(&world);
	assert_state(&world, CONFIRMING);
	assert_int_equal(world.sent_at, world.now);
	assert_int_equal(world.sent.type, DHCP_TYPE6_CONFIRM);
	assert_int_equal(world.sent.server_id.len, 0);
	assert_memory_equal(sent_option(3).data + 16, &ip6_address, 16);
	/* A router's flags change nothing now. */
	advert(&world, true, true);
	assert_state(&world, CONFIRMING);
	no.other_server = true;
	no.status = DHCP_STATUS6_FAILED;
	receive(&world, &no);
	assert_state(&world, CONFIRMING);
	no.status = 0;
	receive(&world, &no);
	assert_state(&world, BOUND);
	assert_int_equal(dhcp_client6_expires(&world.client), expires);
	assert_int_equal(world.n_leases, 1);

	/* Another network. */
	link_down(&world);
	link_up(&world);
	no.status = DHCP_STATUS6_NOT_ON_LINK;
	receive(&world, &no);
	assert_state(&world, SOLICITING);
	assert_false(world.configured);
	assert_int_equal(world.n_lost, 1);
}

static void test_d21_nobody_confirms(void **state UNUSED)
{
	int64_t up;

	bind_with(&world, reply);
	link_down(&world);
	link_up(&world);
	up = world.now;
	pass_until(&world, up + 9999);
	assert_state(&world, CONFIRMING);
	pass(&world, 1);
	/* §18.2.3: it stays. */
	assert_state(&world, BOUND);
	assert_true(world.configured);
	/* Past T1, and past T2. */
	link_down(&world);
	pass(&world, 1000000);
	link_up(&world);
	pass(&world, 10000);
	assert_state(&world, RENEWING);
	link_down(&world);
	pass(&world, 1000000);
	link_up(&world);
	pass(&world, 10000);
	assert_state(&world, REBINDING);
	/* It ends while it is asked for; and while the cable is out. */
	link_down(&world);
	pass_until(&world, dhcp_client6_expires(&world.client) - 50);
	link_up(&world);
	pass(&world, 50);
	assert_state(&world, SOLICITING);
	assert_int_equal(world.n_lost, 1);
	bind_with(&world, reply);
	link_down(&world);
	world.now = dhcp_client6_expires(&world.client) + 5;
	link_up(&world);
	assert_state(&world, IDLE);
	assert_int_equal(world.n_lost, 1);
	bind_with(&world, reply);
	link_down(&world);
	pass(&world, 4000000);
	assert_state(&world, STOPPED);
	assert_int_equal(world.n_lost, 1);
}

static void test_d23_declined(void **state UNUSED)
{
	int64_t began;

	bind_with(&world, reply);
	began = world.now;
	dhcp_client6_conflict(&world.client, world.now);
	settle(&world);
	assert_state(&world, DECLINING);
	assert_false(world.configured);
	assert_int_equal(world.sent.type, DHCP_TYPE6_DECLINE);
	assert_span(world.sent.server_id, SERVER6);
	assert_memory_equal(sent_option(3).data + 16, &ip6_address, 16);
	pass(&world, 150);
	assert_int_equal(world.sent.type, DHCP_TYPE6_DECLINE);
	receive(&world, &plain_reply);
	assert_state(&world, SOLICITING);
	assert_int_equal(dhcp_client6_due(&world.client), began + 10000);
	pass_until(&world, began + 10000);
	assert_int_equal(world.sent.type, DHCP_TYPE6_SOLICIT);
	/* Nobody answers to it. */
	bind_with(&world, reply);
	began = world.now;
	dhcp_client6_conflict(&world.client, world.now);
	settle(&world);
	pass_until(&world, began + 9999);
	assert_int_equal(world.sent.type, DHCP_TYPE6_DECLINE);
	assert_int_equal(world.n_sent, 2 + 4);
	pass(&world, 1);
	assert_int_equal(world.sent.type, DHCP_TYPE6_SOLICIT);
	/* Without a lease, and without a link. */
	dhcp_client6_conflict(&world.client, world.now);
	settle(&world);
	assert_state(&world, SOLICITING);
	bind_with(&world, reply);
	link_down(&world);
	dhcp_client6_conflict(&world.client, world.now);
	settle(&world);
	assert_state(&world, STOPPED);
	assert_false(world.configured);
	/* Woken long after. */
	bind_with(&world, reply);
	dhcp_client6_conflict(&world.client, world.now);
	settle(&world);
	world.now += 60000;
	receive(&world, &plain_reply);
	assert_state(&world, SOLICITING);
	assert_int_equal(world.sent.type, DHCP_TYPE6_SOLICIT);
}

/* RENEW, and the server knows nothing of us: §18.2.10.1. */
static void test_no_binding(void **state UNUSED)
{
	struct answer no = { .type = DHCP_TYPE6_REPLY,
			     .ia_status = DHCP_STATUS6_NO_BINDING };

	bind_with(&world, reply);
	pass_until(&world, dhcp_client6_due(&world.client));
	receive(&world, &no);
	assert_state(&world, REQUESTING);
	assert_int_equal(world.sent.type, DHCP_TYPE6_REQUEST);
	assert_true(world.configured);
	receive(&world, &reply);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_unchanged, 1);
	/* It stays so: the lease is used to its end. */
	pass_until(&world, dhcp_client6_due(&world.client));
	receive(&world, &no);
	receive(&world, &no);
	assert_state(&world, SOLICITING);
	assert_true(world.configured);
	pass_until(&world, dhcp_client6_expires(&world.client));
	assert_state(&world, SOLICITING);
	assert_int_equal(world.n_lost, 1);
}

static void test_taken_away(void **state UNUSED)
{
	struct answer answer = reply;

	bind_with(&world, reply);
	pass_until(&world, dhcp_client6_due(&world.client));
	answer.preferred_s = answer.valid_s = 0;
	receive(&world, &answer);
	assert_state(&world, SOLICITING);
	assert_false(world.configured);
	/* "No addresses" to a RENEW takes nothing away. */
	bind_with(&world, reply);
	pass_until(&world, dhcp_client6_due(&world.client));
	answer = plain_reply;
	answer.ia_status = DHCP_STATUS6_NO_ADDRESSES;
	receive(&world, &answer);
	assert_state(&world, RENEWING);
	assert_true(world.configured);
	/* "Not on link" does. */
	answer.ia_status = DHCP_STATUS6_NOT_ON_LINK;
	receive(&world, &answer);
	assert_state(&world, SOLICITING);
	assert_false(world.configured);
}

/* D27 */
static void test_d27_flood(void **state UNUSED)
{
	struct answer answer = advertise;

	solicit(&world);
	answer.xid_flip = 0x800000;
	for (unsigned int i = 0; i < 100000; i++)
		receive(&world, &answer);
	assert_int_equal(world.n_sent, 1);
	answer.xid_flip = 0;
	answer.preference = 0;
	for (unsigned int i = 0; i < 10000; i++)
		receive(&world, &answer);
	assert_int_equal(world.n_sent, 1);
	pass(&world, 100);
	assert_int_equal(world.n_sent, 2);
	receive(&world, &reply);
	assert_state(&world, BOUND);
}

/* D28: asleep, and then everything is past. */
static void test_d28_suspend(void **state UNUSED)
{
	bind_with(&world, reply);
	world.now += 1000000;
	pass(&world, 0);
	assert_state(&world, RENEWING);
	world.now += 1000000;
	pass(&world, 0);
	assert_state(&world, REBINDING);
	bind_with(&world, reply);
	world.now += 2000000;
	pass(&world, 0);
	assert_state(&world, REBINDING);
	bind_with(&world, reply);
	world.now += 4000000;
	pass(&world, 0);
	assert_state(&world, SOLICITING);
	assert_int_equal(world.n_lost, 1);
}

/* Every input in every state; invariants are settle()'s and pass()'s. */
static void test_every_event_in_every_state(void **state UNUSED)
{
	static const struct answer wild[] = {
		{ .type = 7, .ia_status = 1 },
		{ .type = 7, .ia_status = 2 },
		{ .type = 7, .ia_status = 3 },
		{ .type = 7, .ia_status = 4 },
		{ .type = 7, .status = 5 },
		{ .type = 7 },
		{ .type = 2 },
		{ .type = 2, .status = 2 },
	};
	uint32_t random = 7;
	bool seen[DHCP_STATE6_N] = { false };

	start_with(&world, (struct dhcp_client6_conf){ .rapid_commit = true });
	for (unsigned int i = 0; i < 200000; i++) {
		struct answer answer = reply;

		random = random * 1664525 + 1013904223;
		answer.other_server = random >> 9 & 1;
		answer.rapid = random >> 10 & 1;
		switch (random >> 24 & 31) {
		case 0:
			link_down(&world);
			break;
		case 1:
			dhcp_client6_release(&world.client, world.now);
			break;
		case 2:
		case 3:
			dhcp_client6_conflict(&world.client, world.now);
			break;
		case 4:
		case 5:
		case 6:
			link_up(&world);
			break;
		case 7:
		case 8:
			advert(&world, random >> 11 & 1, random >> 12 & 1);
			break;
		case 9:
		case 10:
		case 11:
		case 12:
			receive(&world, &advertise);
			break;
		case 13:
		case 14:
		case 15:
		case 16:
			receive(&world, &answer);
			break;
		case 17:
		case 18:
			answer = wild[random >> 16 & 7];
			receive(&world, &answer);
			break;
		default:
			pass_until(&world,
				   dhcp_client6_due(&world.client) ==
						   CLOCK_NEVER ?
					   world.now :
					   dhcp_client6_due(&world.client));
		}
		settle(&world);
		seen[world.client.state] = true;
	}
	for (unsigned int i = 0; i < DHCP_STATE6_N; i++)
		assert_true(seen[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_given_up),
		cmocka_unit_test(test_d3_refused_for_ever),
		cmocka_unit_test(test_passing_failure),
		cmocka_unit_test(test_d4_d5_d6_not_for_us),
		cmocka_unit_test(test_d17_lease_of_a_second),
		cmocka_unit_test(test_d21_link_flap),
		cmocka_unit_test(test_d21_nobody_confirms),
		cmocka_unit_test(test_d23_declined),
		cmocka_unit_test(test_no_binding),
		cmocka_unit_test(test_taken_away),
		cmocka_unit_test(test_d27_flood),
		cmocka_unit_test(test_d28_suspend),
		cmocka_unit_test(test_every_event_in_every_state),
	};

	return cmocka_run_group_tests_name("dhcp_client6_faults", tests, NULL,
					   NULL);
}
