/* dhcp/client.c: what must not happen. */
#include "test_dhcp_world.h"

static struct world world;

/* An answer that must change nothing: state, deadline, what is sent. */
static void ignore(const struct answer *answer, enum dhcp_count reason)
{
	enum dhcp_state state = world.client.state;
	int64_t due = dhcp_client_due(&world.client);
	unsigned int n_sent = world.n_sent;
	unsigned long before = counted(&world, reason);

	receive(&world, answer);
	assert_int_equal(world.client.state, state);
	assert_int_equal(dhcp_client_due(&world.client), due);
	assert_int_equal(world.n_sent, n_sent);
	assert_int_equal(counted(&world, reason), before + 1);
}

static void test_d3_nak_loop(void **state UNUSED)
{
	static const int64_t waits[] = { 0,	1000,  2000,  4000,  8000,
					 16000, 32000, 64000, 64000, 64000 };

	start(&world, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		/* The server that refused is left alone for a while. */
		pass(&world, 1550);
		receive(&world, &offer);
		assert_state(&world, REQUESTING);
		receive(&world, &nak);
		if (waits[i]) {
			assert_state(&world, INIT);
			assert_int_equal(pass(&world, waits[i] - 1), 0);
			pass(&world, 1);
		}
		assert_state(&world, SELECTING);
	}
	/* Forgotten with the next lease. */
	pass(&world, 1550);
	receive(&world, &offer);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	pass_until(&world, dhcp_client_due(&world.client));
	receive(&world, &nak);
	assert_state(&world, SELECTING);
	receive(&world, &offer);
	assert_state(&world, REQUESTING);
}

static void test_d4_offer_without_server_id(void **state UNUSED)
{
	struct answer answer = offer;

	start(&world, NULL);
	answer.server = 0;
	ignore(&answer, DHCP_COUNT_SERVER_ID);
	receive(&world, &offer);
	assert_state(&world, REQUESTING);
}

static void test_d4_ack_and_nak_of_another(void **state UNUSED)
{
	struct answer other_ack = ack, other_nak = nak;

	other_ack.server = other_nak.server = OTHER_SERVER;
	start(&world, NULL);
	receive(&world, &offer);
	ignore(&other_ack, DHCP_COUNT_SERVER_ID);
	ignore(&other_nak, DHCP_COUNT_SERVER_ID);
	other_ack.server = other_nak.server = 0;
	ignore(&other_ack, DHCP_COUNT_SERVER_ID);
	ignore(&other_nak, DHCP_COUNT_SERVER_ID);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	/* While renewing too. */
	pass_until(&world, dhcp_client_due(&world.client));
	assert_state(&world, RENEWING);
	other_ack.server = other_nak.server = OTHER_SERVER;
	ignore(&other_ack, DHCP_COUNT_SERVER_ID);
	ignore(&other_nak, DHCP_COUNT_SERVER_ID);
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d5_not_for_us(void **state UNUSED)
{
	struct answer bad[5] = { offer, offer, offer, offer, offer };
	static const enum dhcp_count reasons[] = {
		DHCP_COUNT_XID,	     DHCP_COUNT_NOT_OURS, DHCP_COUNT_NOT_REPLY,
		DHCP_COUNT_NOT_OURS, DHCP_COUNT_NOT_OURS,
	};

	bad[0].xid_flip = 1;
	bad[1].mac_flip = 1;
	bad[2].op = 1; /* D36: our own, or another client's */
	bad[3].htype = 6;
	bad[4].hlen = 16;
	start(&world, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ignore(&bad[i], reasons[i]);
	receive(&world, &offer);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bad[i].type = DHCP_TYPE_ACK;
		ignore(&bad[i], reasons[i]);
	}
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d6_client_id(void **state UNUSED)
{
	struct answer answer = offer;

	start(&world, NULL);
	answer.client_id = BYTES(1, 0x52, 0x54, 0, 0x12, 0x34, 0x57);
	ignore(&answer, DHCP_COUNT_CLIENT_ID);
	answer.client_id = BYTES(1, 0x52, 0x54, 0, 0x12, 0x34);
	ignore(&answer, DHCP_COUNT_CLIENT_ID);
	answer.client_id = BYTES(1, 0x52, 0x54, 0, 0x12, 0x34, 0x56);
	receive(&world, &answer);
	assert_state(&world, REQUESTING);
}

static void test_d7_d8_checksums(void **state UNUSED)
{
	uint8_t packet[700];
	struct span span;

	start(&world, NULL);
	span = (struct span){ packet, make_answer(&world, &offer, packet) };
	packet[27] ^= 1;
	dhcp_client_recv(&world.client, span, false, world.now);
	settle(&world);
	assert_state(&world, SELECTING);
	assert_int_equal(counted(&world, DHCP_COUNT_UDP_CHECKSUM), 1);
	/* As from a veth. */
	dhcp_client_recv(&world.client, span, true, world.now);
	settle(&world);
	assert_state(&world, REQUESTING);
}

static void test_d14_ack_without_lease_time(void **state UNUSED)
{
	struct answer answer = ack;

	start(&world, NULL);
	receive(&world, &offer);
	answer.lease_s = 0;
	ignore(&answer, DHCP_COUNT_BAD_LEASE_TIME);
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d22_two_servers(void **state UNUSED)
{
	struct answer other = offer;

	start(&world, NULL);
	receive(&world, &offer);
	other.server = OTHER_SERVER;
	other.yiaddr = IP(10, 0, 2, 99);
	ignore(&other, DHCP_COUNT_STATE);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	receive(&world, &ack);
	assert_int_equal(world.configured, ADDRESS);
}

/* A server that offers and then says nothing, quicker than the good one. */
static void test_d22_a_rogue_that_never_acks(void **state UNUSED)
{
	struct answer rogue = offer;

	rogue.server = OTHER_SERVER;
	start(&world, NULL);
	receive(&world, &rogue);
	while (world.client.state == DHCP_STATE_REQUESTING)
		pass_until(&world, dhcp_client_due(&world.client));
	ignore(&rogue, DHCP_COUNT_AVOIDED);
	receive(&world, &offer);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.client.lease.server_id, SERVER);
}

/* The only server there is, on a network that lost all REQUESTs: one offer
 * to one of the quick DISCOVERs will do, and they go on for another's. */
static void test_d1_d22_the_only_server_failed(void **state UNUSED)
{
	unsigned int n;

	start(&world, NULL);
	receive(&world, &offer);
	while (world.client.state == DHCP_STATE_REQUESTING)
		pass_until(&world, dhcp_client_due(&world.client));
	pass(&world, 60);
	ignore(&offer, DHCP_COUNT_AVOIDED);
	ignore(&offer, DHCP_COUNT_AVOIDED);
	n = world.n_sent;
	pass(&world, 1489);
	assert_state(&world, SELECTING);
	assert_int_equal(world.n_sent, n + 3);
	pass(&world, 1);
	assert_state(&world, REQUESTING);
	assert_int_equal(sent_u32(&world, 50), ADDRESS);
	assert_int_equal(sent_u32(&world, 54), SERVER);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	/* One that comes later need not wait. */
	start(&world, NULL);
	receive(&world, &offer);
	while (world.client.state == DHCP_STATE_REQUESTING)
		pass_until(&world, dhcp_client_due(&world.client));
	pass(&world, 1550);
	assert_state(&world, SELECTING);
	receive(&world, &offer);
	assert_state(&world, REQUESTING);
}

static void test_d27_hundred_thousand_offers(void **state UNUSED)
{
	uint8_t packet[700];
	struct answer flood = offer;
	struct span span;

	start(&world, NULL);
	span.data = packet;
	for (unsigned int i = 0; i < 100000; i++) {
		if (i == 50000)
			receive(&world, &offer);
		flood.server = IP(10, 0, 2, 100 + i % 100);
		flood.xid_flip = i % 2 || i < 50000;
		span.len = make_answer(&world, &flood, packet);
		dhcp_client_recv(&world.client, span, false, world.now);
		settle(&world);
	}
	/* One was answered. */
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(counted(&world, DHCP_COUNT_RECEIVED), 100001);
	receive(&world, &ack);
	assert_state(&world, BOUND);
	assert_int_equal(world.client.lease.server_id, SERVER);
}

static void test_d29_d30_impossible_offers(void **state UNUSED)
{
	struct answer answer = offer;

	start(&world, NULL);
	answer.yiaddr = 0;
	ignore(&answer, DHCP_COUNT_BAD_ADDRESS);
	answer = offer;
	answer.mask = 0xff00ff00;
	ignore(&answer, DHCP_COUNT_BAD_MASK);
	/* Nor does an ACK bind what its OFFER did not have. */
	receive(&world, &offer);
	answer = ack;
	answer.yiaddr = IP(10, 0, 2, 255);
	ignore(&answer, DHCP_COUNT_BAD_ADDRESS);
	answer = ack;
	answer.mask = 0xffffff01;
	ignore(&answer, DHCP_COUNT_BAD_MASK);
	receive(&world, &ack);
	assert_state(&world, BOUND);
}

static void test_d34_forcerenew_and_unknown_types(void **state UNUSED)
{
	bind_with(&world, ack);
	pass_until(&world, dhcp_client_due(&world.client));
	for (unsigned int type = 0; type < 256; type++) {
		struct answer answer = ack;

		if (type == DHCP_TYPE_OFFER || type == DHCP_TYPE_ACK ||
		    type == DHCP_TYPE_NAK)
			continue;
		answer.type = (uint8_t)type;
		ignore(&answer, DHCP_COUNT_TYPE);
	}
}

static void test_changed_lease_is_told(void **state UNUSED)
{
	struct answer answer = ack;

	bind_with(&world, ack);
	pass_until(&world, dhcp_client_due(&world.client));
	answer.yiaddr = IP(10, 0, 2, 77);
	receive(&world, &answer);
	assert_state(&world, BOUND);
	assert_int_equal(world.n_unchanged, 0);
	assert_int_equal(world.configured, IP(10, 0, 2, 77));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d3_nak_loop),
		cmocka_unit_test(test_d4_offer_without_server_id),
		cmocka_unit_test(test_d4_ack_and_nak_of_another),
		cmocka_unit_test(test_d5_not_for_us),
		cmocka_unit_test(test_d6_client_id),
		cmocka_unit_test(test_d7_d8_checksums),
		cmocka_unit_test(test_d14_ack_without_lease_time),
		cmocka_unit_test(test_d22_two_servers),
		cmocka_unit_test(test_d22_a_rogue_that_never_acks),
		cmocka_unit_test(test_d1_d22_the_only_server_failed),
		cmocka_unit_test(test_d27_hundred_thousand_offers),
		cmocka_unit_test(test_d29_d30_impossible_offers),
		cmocka_unit_test(test_d34_forcerenew_and_unknown_types),
		cmocka_unit_test(test_changed_lease_is_told),
	};

	return cmocka_run_group_tests_name("dhcp_client_faults", tests, NULL,
					   NULL);
}
