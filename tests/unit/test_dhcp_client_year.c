/*
 * dhcp/client.c against a server at the end of a bad wire, in virtual time:
 * packets are lost, come twice, late, out of order and corrupted, by a seed.
 * The server checks what it gets against RFC 2131 table 5.
 */
#include "test_dhcp_world.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define RUNS 2000
#define FLYING_MAX 64
#define PACKET_MAX 700

struct flying {
	int64_t at; /* 0: free */
	bool to_client;
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

/* In percent; late is the most that a packet takes, in ms. */
struct wire {
	unsigned int lost, twice, corrupt, late;
};

static const struct wire bad_wire = { 30, 10, 5, 200 };
static const struct wire good_wire = { 0, 0, 0, 2 };

struct server {
	uint32_t lease_s, t1_s, t2_s;
	bool rapid;
	bool silent;
	bool refuses; /* all REQUESTs */
	int64_t bound_until;
	unsigned int n_seen;
};

static struct world world;
static struct server server;
static struct wire wire;
static struct flying flying[FLYING_MAX];
static uint32_t random_state;

static unsigned int below(unsigned int limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void fly(bool to_client, struct span packet)
{
	unsigned int copies = 1 + (below(100) < wire.twice);

	while (copies-- > 0) {
		bool corrupt = below(100) < wire.corrupt;
		struct flying *slot = flying;

		/* The server's own stack drops what is corrupted. */
		if (below(100) < wire.lost || (corrupt && !to_client))
			continue;
		while (slot->at)
			assert_true(++slot < flying + FLYING_MAX);
		assert_true(packet.len <= PACKET_MAX);
		slot->at = world.now + 1 + below(wire.late);
		slot->to_client = to_client;
		slot->len = packet.len;
		memcpy(slot->bytes, packet.data, packet.len);
		if (corrupt)
			slot->bytes[below((unsigned int)packet.len)] ^=
				(uint8_t)(1 + below(255));
	}
}

static void send_to_server(struct world *sender UNUSED, struct span payload)
{
	fly(false, payload);
}

static void answer_with(uint8_t type, const struct dhcp_message *request)
{
	struct answer answer = type == DHCP_TYPE_NAK ? nak : ack;
	uint8_t packet[PACKET_MAX];

	answer.type = type;
	if (type != DHCP_TYPE_NAK) {
		answer.lease_s = server.lease_s;
		answer.t1_s = server.t1_s;
		answer.t2_s = server.t2_s;
	}
	if (type == DHCP_TYPE_ACK) {
		answer.rapid = request->type == DHCP_TYPE_DISCOVER;
		server.bound_until = server.lease_s == UINT32_MAX ?
					     CLOCK_NEVER :
					     world.now +
						     server.lease_s * SECOND;
	}
	fly(true, (struct span){ packet, make_answer_to(request->xid, &answer,
							packet) });
}

static uint32_t option(const struct dhcp_message *message, uint8_t code)
{
	uint32_t value = 0;

	if (dhcp_options_get_u32(&message->options, code, &value) < 0)
		return 0;
	return value;
}

static void serve(struct span payload)
{
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_message request;
	uint32_t wanted, chosen;

	assert_int_equal(dhcp_message_read(payload, &counters, &request), 0);
	server.n_seen++;
	if (server.silent)
		return;
	wanted = option(&request, 50);
	chosen = option(&request, 54);
	if (request.type == DHCP_TYPE_DISCOVER) {
		assert_true(!request.ciaddr && !chosen);
		if (server.rapid && !server.refuses &&
		    dhcp_options_has(&request.options, 80))
			answer_with(DHCP_TYPE_ACK, &request);
		else
			answer_with(DHCP_TYPE_OFFER, &request);
		return;
	}
	assert_int_equal(request.type, DHCP_TYPE_REQUEST);
	/* Of SELECTING, of INIT-REBOOT, or of a renewal: §4.3.2. */
	assert_true(request.ciaddr ? !wanted && !chosen : wanted != 0);
	assert_true(chosen == 0 || chosen == SERVER);
	answer_with(server.refuses ? DHCP_TYPE_NAK : DHCP_TYPE_ACK, &request);
}

static void arrive(struct flying *packet)
{
	struct span bytes = { packet->bytes, packet->len };

	packet->at = 0;
	if (!packet->to_client) {
		serve(bytes);
		return;
	}
	bytes = on_heap(bytes);
	dhcp_client_recv(&world.client, bytes, false, world.now);
	free_span(bytes);
	settle(&world);
	/* A corrupted packet configures nothing. */
	if (world.configured)
		assert_int_equal(world.configured, ADDRESS);
}

/* The next thing that happens, unless it is after UNTIL. */
static bool step(int64_t until)
{
	struct flying *first = NULL;
	int64_t due = dhcp_client_due(&world.client);

	for (unsigned int i = 0; i < FLYING_MAX; i++) {
		if (flying[i].at && (!first || flying[i].at < first->at))
			first = &flying[i];
	}
	if (first && first->at <= due) {
		if (first->at > until)
			return false;
		if (first->at > world.now)
			world.now = first->at;
		arrive(first);
	} else {
		if (due > until)
			return false;
		if (due > world.now)
			world.now = due;
		wake(&world);
	}
	/* The address does not stay longer than the server keeps it, but for
	 * an answer on its way while the request was sent once more. */
	if (world.configured && server.bound_until != CLOCK_NEVER)
		assert_true(world.now <=
			    server.bound_until + 2 * (int64_t)wire.late);
	return true;
}

static void run_until(int64_t until)
{
	while (step(until))
		;
	world.now = until;
}

static void begin(uint32_t seed, const struct wire *new_wire,
		  struct server new_server, bool rapid)
{
	struct dhcp_client_conf conf = { .rapid_commit = rapid };

	memcpy(conf.mac, server_mac, 6);
	memset(flying, 0, sizeof(flying));
	random_state = seed;
	wire = *new_wire;
	server = new_server;
	world.send = send_to_server;
	start(&world, &conf);
	dhcp_client_init(&world.client, &conf, seed);
	dhcp_client_link_up(&world.client, world.now);
	memset(&world.sent, 0, sizeof(world.sent));
	settle(&world);
}

/* 99 of 100 within the quick resends and two more, and half of them in no
 * time. That it took a REQUEST as well makes little of a difference. */
static void test_d1_d5_d39_two_thousand_bad_wires(void **state UNUSED)
{
	for (unsigned int rapid = 0; rapid < 2; rapid++) {
		unsigned int quick = 0, early = 0, bound = 0;

		for (uint32_t seed = 1; seed <= RUNS; seed++) {
			begin(seed, &bad_wire,
			      (struct server){ .lease_s = 3600,
					       .rapid = rapid && seed % 2 },
			      rapid);
			run_until(1000 + 2 * SECOND);
			quick += world.configured != 0;
			run_until(1000 + 15 * SECOND);
			early += world.configured != 0;
			run_until(1000 + 60 * SECOND);
			bound += world.configured != 0;
		}
		print_message("%u in 2 s, %u in 15 s, %u in 60 s of %d\n",
			      quick, early, bound, RUNS);
		assert_true(bound * 1000 >= RUNS * 995);
		assert_true(early * 100 >= RUNS * 99);
		assert_true(quick * 2 >= RUNS);
	}
}

struct term {
	uint32_t lease_s, t1_s, t2_s;
	int64_t span;
	unsigned int percent_held; /* on the bad wire, at least */
};

static const struct term terms[] = {
	{ 1, 0, 0, HOUR / 12, 50 },
	{ 10, 0, 0, HOUR, 90 },
	{ 120, 0, 0, DAY / 2, 97 },
	{ 600, 0, 0, 3 * DAY, 98 },
	{ 3600, 0, 0, 7 * DAY, 99 },
	{ 3600, 3000, 2000, 7 * DAY, 99 }, /* D16 */
	{ 3600, 1, 3599, DAY / 4, 99 },
	{ 86400, 43200, 75600, 365 * DAY, 99 },
	{ UINT32_MAX, 0, 0, 365 * DAY, 99 },
};

/* How long the address is there, in thousandths. */
static unsigned int held(int64_t span, unsigned int samples)
{
	unsigned int n = 0;

	for (unsigned int i = 1; i <= samples; i++) {
		run_until(1000 + span / samples * i);
		n += world.configured != 0;
	}
	return n;
}

static void test_d15_d18_a_year_on_a_good_wire(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++) {
		struct server plain = { terms[i].lease_s, terms[i].t1_s,
					terms[i].t2_s, .rapid = false };

		begin(7, &good_wire, plain, false);
		assert_int_equal(held(terms[i].span, 1000), 1000);
		assert_int_equal(world.n_lost, 0);
		/* DISCOVER, and one packet a lease; one may be on its way. */
		assert_true(world.n_sent - world.n_leases - 1 <= 1);
		assert_int_equal(world.n_unchanged, world.n_leases - 1);
	}
}

static void test_d15_d17_a_year_on_a_bad_wire(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++) {
		struct server plain = { terms[i].lease_s, terms[i].t1_s,
					terms[i].t2_s, .rapid = false };
		unsigned int n;

		begin(11, &bad_wire, plain, false);
		n = held(terms[i].span, 1000);
		print_message("lease of %us: held %u of 1000, lost %u times, "
			      "%u packets\n",
			      terms[i].lease_s, n, world.n_lost, world.n_sent);
		assert_true(n >= 10 * terms[i].percent_held);
	}
}

static void test_d3_eight_hours_of_naks(void **state UNUSED)
{
	begin(3, &bad_wire, (struct server){ .lease_s = 600 }, false);
	run_until(world.now + HOUR);
	assert_int_equal(world.configured, ADDRESS);
	server.refuses = true;
	run_until(world.now + 8 * HOUR);
	assert_int_equal(world.configured, 0);
	/* A round takes a minute of waiting, and a dozen packets at the most. */
	assert_true(world.n_sent > 8 * 60 / 2);
	assert_true(world.n_sent < 8 * 60 * 12);
	server.refuses = false;
	run_until(world.now + HOUR / 6);
	assert_int_equal(world.configured, ADDRESS);
}

static void test_d1_d20_the_server_is_gone_for_a_week(void **state UNUSED)
{
	unsigned int n;

	begin(5, &bad_wire, (struct server){ .lease_s = 3600 }, false);
	run_until(world.now + HOUR);
	assert_int_equal(world.configured, ADDRESS);
	server.silent = true;
	run_until(world.now + 7 * DAY);
	assert_int_equal(world.configured, 0);
	n = world.n_sent;
	/* For ever, about once a minute. */
	run_until(world.now + DAY);
	assert_true(world.n_sent - n >= 24 * 3600 / 65 - 1);
	assert_true(world.n_sent - n <= 24 * 3600 / 63 + 1);
	server.silent = false;
	run_until(world.now + HOUR / 6);
	assert_int_equal(world.configured, ADDRESS);
}

/* D21: a loose cable. */
static void test_d21_half_a_day_of_flaps(void **state UNUSED)
{
	begin(9, &bad_wire, (struct server){ .lease_s = 3600 }, false);
	for (unsigned int i = 0; i < 12 * 60; i++) {
		run_until(world.now + below(60) * SECOND);
		dhcp_client_link_down(&world.client, world.now);
		settle(&world);
		run_until(world.now + below(3) * SECOND);
		dhcp_client_link_up(&world.client, world.now);
		settle(&world);
		assert_true(world.sent_at == world.now);
	}
	assert_int_equal(world.n_lost, 0);
	run_until(world.now + 60 * SECOND);
	assert_state(&world, BOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d1_d5_d39_two_thousand_bad_wires),
		cmocka_unit_test(test_d15_d18_a_year_on_a_good_wire),
		cmocka_unit_test(test_d15_d17_a_year_on_a_bad_wire),
		cmocka_unit_test(test_d3_eight_hours_of_naks),
		cmocka_unit_test(test_d1_d20_the_server_is_gone_for_a_week),
		cmocka_unit_test(test_d21_half_a_day_of_flaps),
	};

	return cmocka_run_group_tests_name("dhcp_client_year", tests, NULL,
					   NULL);
}
