/* dhcp/client.c: what it does where it is asked to do otherwise. */
#include "test_dhcp_world.h"

#define STATIC IP(192, 0, 2, 7)
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

/* INFORM: RFC 2131 §3.4 and 4.4.3. */

static void start_inform(void)
{
	struct dhcp_client_conf conf = conf_with_mac();

	conf.inform_address = STATIC;
	conf.inform_prefix = 28;
	conf.rapid_commit = true;
	start(&world, &conf);
	assert_state(&world, INFORMING);
}

static void test_inform(void **state UNUSED)
{
	struct answer answer = ack;
	uint32_t xid;

	start_inform();
	assert_int_equal(world.sent.type, DHCP_TYPE_INFORM);
	assert_int_equal(world.sent_source, STATIC);
	assert_int_equal(world.sent_destination, EVERYBODY);
	assert_int_equal(world.sent.ciaddr, STATIC);
	/* Table 5: neither an address nor a lease is asked for. */
	assert_false(dhcp_options_has(&world.sent.options, 50));
	assert_false(dhcp_options_has(&world.sent.options, 51));
	assert_false(dhcp_options_has(&world.sent.options, 54));
	assert_false(dhcp_options_has(&world.sent.options, 80));
	assert_true(dhcp_options_has(&world.sent.options, 55));
	/* D14 does not hold here: no address, no mask, no lease time. */
	answer.yiaddr = answer.lease_s = answer.mask = 0;
	answer.more = BYTES(6, 4, 192, 0, 2, 1, 26, 2, 5, 0);
	receive(&world, &answer);
	assert_state(&world, INFORMED);
	assert_int_equal(world.n_informed, 1);
	assert_int_equal(world.n_unchanged, 0);
	assert_int_equal(world.client.lease.address, STATIC);
	assert_int_equal(world.client.lease.prefix, 28);
	assert_int_equal(world.client.lease.lease_s, DHCP_LEASE_INFINITE);
	assert_int_equal(world.client.lease.n_dns, 1);
	assert_int_equal(world.client.lease.mtu, 1280);
	/* No lease: nothing to lose, to renew, to decline or to give back. */
	assert_null(dhcp_client_lease(&world.client));
	assert_true(dhcp_client_due(&world.client) == CLOCK_NEVER);
	dhcp_client_conflict(&world.client, world.now);
	dhcp_client_refused(&world.client, world.now);
	settle(&world);
	assert_state(&world, INFORMED);

	/* Another network, perhaps, behind the cable. */
	xid = world.sent.xid;
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	assert_state(&world, INFORMING);
	assert_int_not_equal(world.sent.xid, xid);
	receive(&world, &answer);
	assert_int_equal(world.n_informed, 2);
	assert_int_equal(world.n_unchanged, 1);
	dhcp_client_release(&world.client, world.now);
	settle(&world);
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(world.n_lost, 0);
}

static void test_inform_gives_up_quietly(void **state UNUSED)
{
	int64_t begin;
	uint32_t xid;

	start_inform();
	begin = world.now;
	xid = world.sent.xid;
	while (dhcp_client_due(&world.client) != CLOCK_NEVER)
		tick_due();
	/* RFC 2131 §4.4.3: 60 seconds. */
	assert_true(world.now - begin >= 60000 - 3000);
	assert_true(world.now - begin <= 64000 + 3000);
	assert_int_equal(world.n_sent, 9);
	assert_int_equal(world.n_informed + world.n_lost, 0);
	/* Better late than never. */
	pass(&world, 3600000);
	assert_int_equal(world.n_sent, 9);
	assert_int_equal(world.sent.xid, xid);
	receive(&world, &ack);
	assert_state(&world, INFORMED);
}

static void test_d4_d14_inform_rejects(void **state UNUSED)
{
	struct answer answer = ack;

	start_inform();
	answer.server = 0;
	receive(&world, &answer);
	assert_state(&world, INFORMING);
	receive(&world, &offer);
	receive(&world, &nak);
	assert_state(&world, INFORMING);
	assert_int_equal(counted(&world, DHCP_COUNT_SERVER_ID), 1);
	assert_int_equal(counted(&world, DHCP_COUNT_STATE), 2);
}

static void test_inform_takes_the_servers_mask(void **state UNUSED)
{
	struct dhcp_client_conf conf = conf_with_mac();

	conf.inform_address = STATIC;
	start(&world, &conf);
	receive(&world, &ack);
	assert_int_equal(world.client.lease.prefix, 24);
}

/* The window for offers. */

static void start_window(uint16_t window_ms, bool wants_boot)
{
	struct dhcp_client_conf conf = conf_with_mac();

	conf.wants_boot = wants_boot;
	conf.offer_window_ms = window_ms;
	conf.rapid_commit = true;
	start(&world, &conf);
	/* A server that commits at once leaves no choice. */
	assert_int_equal(dhcp_options_has(&world.sent.options, 80),
			 !wants_boot || !window_ms);
}

static void assert_requested(uint32_t server, uint32_t address)
{
	assert_state(&world, REQUESTING);
	assert_int_equal(sent_u32(&world, 54), server);
	assert_int_equal(sent_u32(&world, 50), address);
}

static void test_d22_no_window_unless_wanted(void **state UNUSED)
{
	start_window(200, false);
	receive(&world, &offer);
	assert_requested(SERVER, ADDRESS);
	start_window(0, true);
	receive(&world, &offer);
	assert_requested(SERVER, ADDRESS);
}

static struct answer boot_offer(struct span more)
{
	struct answer answer = offer;

	answer.server = OTHER_SERVER;
	answer.yiaddr = OTHER_ADDRESS;
	answer.more = more;
	return answer;
}

static void test_d22_an_offer_with_boot_options_wins(void **state UNUSED)
{
	const struct answer with[] = {
		boot_offer(BYTES(43, 1, 255)),
		boot_offer(BYTES(66, 1, 'a')),
		boot_offer(BYTES(67, 1, 'a')),
		boot_offer(BYTES(125, 5, 0, 0, 0, 9, 0)),
		boot_offer(BYTES(60, 9, 'P', 'X', 'E', 'C', 'l', 'i', 'e', 'n',
				 't')),
		boot_offer(BYTES(60, 10, 'H', 'T', 'T', 'P', 'C', 'l', 'i', 'e',
				 'n', 't')),
	};
	struct answer answer;

	for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
		start_window(200, true);
		receive(&world, &offer);
		assert_state(&world, SELECTING);
		pass(&world, 150);
		receive(&world, &with[i]);
		/* At once, and nothing of the first one. */
		assert_requested(OTHER_SERVER, OTHER_ADDRESS);
		answer = with[i];
		answer.type = DHCP_TYPE_ACK;
		receive(&world, &answer);
		assert_int_equal(world.configured, OTHER_ADDRESS);
		assert_int_equal(world.client.lease.server_id, OTHER_SERVER);
	}
	answer = boot_offer(BYTES(60, 3, 'P', 'X', 'E'));
	answer.siaddr = 3; /* the server itself */
	start_window(200, true);
	receive(&world, &answer);
	assert_state(&world, SELECTING);
	answer.siaddr = 9;
	receive(&world, &answer);
	assert_requested(OTHER_SERVER, OTHER_ADDRESS);
	answer.siaddr = 0;
	answer.file = 'k';
	start_window(200, true);
	receive(&world, &answer);
	assert_requested(OTHER_SERVER, OTHER_ADDRESS);
}

static void test_d22_the_first_one_when_none_has(void **state UNUSED)
{
	struct answer other = boot_offer(BYTES(3, 4, 10, 0, 2, 2));
	unsigned int n;

	start_window(200, true);
	pass(&world, 40);
	receive(&world, &offer);
	n = world.n_sent;
	receive(&world, &other);
	assert_state(&world, SELECTING);
	assert_int_equal(counted(&world, DHCP_COUNT_AVOIDED), 1);
	/* Nothing is sent meanwhile, and the window is not made longer. */
	assert_int_equal(dhcp_client_due(&world.client), world.now + 200);
	assert_int_equal(pass(&world, 199), 0);
	assert_int_equal(world.n_sent, n);
	pass(&world, 1);
	assert_requested(SERVER, ADDRESS);
	/* The cable is pulled in between: the offer is forgotten. */
	start_window(200, true);
	receive(&world, &offer);
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	pass(&world, 200);
	assert_state(&world, SELECTING);
}

static void test_d22_the_avoided_server_is_last(void **state UNUSED)
{
	struct answer other = boot_offer(BYTES(3, 4, 10, 0, 2, 2));
	struct answer rogue = boot_offer(BYTES(67, 1, 'a'));

	rogue.server = SERVER;
	start_window(200, true);
	receive(&world, &rogue);
	while (world.client.state == DHCP_STATE_REQUESTING)
		tick_due();
	/* With all that one could want, but it never answered. */
	receive(&world, &rogue);
	assert_int_equal(counted(&world, DHCP_COUNT_AVOIDED), 1);
	pass(&world, 800);
	assert_state(&world, SELECTING);
	receive(&world, &other);
	/* The window is the other's, and nothing is sent in it. */
	assert_int_equal(pass(&world, 199), 0);
	pass(&world, 1);
	assert_requested(OTHER_SERVER, OTHER_ADDRESS);

	/* So it is later on. */
	start_window(200, true);
	receive(&world, &rogue);
	while (world.client.state == DHCP_STATE_REQUESTING)
		tick_due();
	pass(&world, 1550);
	receive(&world, &rogue);
	assert_state(&world, SELECTING);
	receive(&world, &other);
	pass(&world, 200);
	assert_requested(OTHER_SERVER, OTHER_ADDRESS);
}

/* Who says what of itself. */

static void test_d6_client_id_of_the_caller(void **state UNUSED)
{
	static const uint8_t id[] = { 255, 1, 2, 3, 4, 0, 3, 0, 1, 9, 9 };
	struct dhcp_client_conf conf = conf_with_mac();
	struct answer answer = offer;

	memcpy(conf.client_id, id, sizeof(id));
	conf.client_id_len = sizeof(id);
	start(&world, &conf);
	assert_true(span_equal(dhcp_options_get(&world.sent.options, 61),
			       (struct span){ id, sizeof(id) }));
	answer.client_id = BYTES(1, 0x52, 0x54, 0, 0x12, 0x34, 0x56);
	receive(&world, &answer);
	assert_state(&world, SELECTING);
	assert_int_equal(counted(&world, DHCP_COUNT_CLIENT_ID), 1);
	answer.client_id = (struct span){ id, sizeof(id) };
	receive(&world, &answer);
	assert_state(&world, REQUESTING);
}

static void test_d26_how_much_is_taken(void **state UNUSED)
{
	static const uint16_t sizes[][2] = { { 0, 1500 },    { 68, 576 },
					     { 576, 576 },   { 1400, 1400 },
					     { 1500, 1500 }, { 1501, 1500 },
					     { 9000, 1500 } };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct dhcp_client_conf conf = conf_with_mac();
		uint16_t size = 0;

		conf.mtu = sizes[i][0];
		/* The longest that there is goes out as a whole. */
		memset(conf.hostname, 'h', sizeof(conf.hostname));
		memset(conf.client_id, 'i', sizeof(conf.client_id));
		conf.client_id_len = sizeof(conf.client_id);
		conf.rapid_commit = true;
		start(&world, &conf);
		assert_int_equal(
			dhcp_options_get_u16(&world.sent.options, 57, &size),
			0);
		assert_int_equal(size, sizes[i][1]);
		assert_int_equal(dhcp_options_get(&world.sent.options, 12).len,
				 63);
		receive(&world, &offer);
		assert_requested(SERVER, ADDRESS);
	}
}

/* RFC 7844 §3 */
static void test_private(void **state UNUSED)
{
	struct dhcp_client_conf conf = conf_with_mac();

	conf.private = true;
	conf.address = ADDRESS;
	conf.rapid_commit = true;
	memcpy(conf.hostname, "secret", 7);
	memcpy(conf.client_id, "\0serial", 7);
	conf.client_id_len = 7;
	start(&world, &conf);
	/* §3.3: the whole handshake, and no address of another network. */
	assert_state(&world, SELECTING);
	assert_false(dhcp_options_has(&world.sent.options, 50));
	assert_false(dhcp_options_has(&world.sent.options, 12));
	assert_false(dhcp_options_has(&world.sent.options, 60));
	assert_false(dhcp_options_has(&world.sent.options, 80));
	/* §3.5: of the link-layer address, and of that alone. */
	assert_true(span_equal(dhcp_options_get(&world.sent.options, 61),
			       BYTES(1, 0x52, 0x54, 0, 0x12, 0x34, 0x56)));
	receive(&world, &offer);
	assert_requested(SERVER, ADDRESS);
	assert_false(dhcp_options_has(&world.sent.options, 12));
	assert_false(dhcp_options_has(&world.sent.options, 60));
	receive(&world, &ack);
	dhcp_client_link_down(&world.client, world.now);
	dhcp_client_link_up(&world.client, world.now);
	settle(&world);
	assert_state(&world, SELECTING);
	assert_false(dhcp_options_has(&world.sent.options, 50));

	conf.private = false;
	start(&world, &conf);
	assert_true(dhcp_options_has(&world.sent.options, 12));
	assert_true(dhcp_options_has(&world.sent.options, 60));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inform),
		cmocka_unit_test(test_inform_gives_up_quietly),
		cmocka_unit_test(test_d4_d14_inform_rejects),
		cmocka_unit_test(test_inform_takes_the_servers_mask),
		cmocka_unit_test(test_d22_no_window_unless_wanted),
		cmocka_unit_test(test_d22_an_offer_with_boot_options_wins),
		cmocka_unit_test(test_d22_the_first_one_when_none_has),
		cmocka_unit_test(test_d22_the_avoided_server_is_last),
		cmocka_unit_test(test_d6_client_id_of_the_caller),
		cmocka_unit_test(test_d26_how_much_is_taken),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests_name("dhcp_client_modes", tests, NULL,
					   NULL);
}
