/* discover/dnssd*.c: servers that are silent, refuse, cut or lie. */
#include "tests/unit/test_discover_dnssd.h"

#define HTTP "\5_http\4_tcp"
#define TYPE "_http._tcp.x.org"
#define ONE "one._http._tcp.x.org"
#define FOUND "+" ONE "@box.x.org:80(x.org) "

/* A search of N_SERVERS for one service that there is. */
static void begin_one(unsigned int n_servers)
{
	begin(DNSSD_BROWSE, HTTP, "x.org", n_servers);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
}

/* A search for one host, which is two questions, at a server that is silent;
 * the first of them is not sent yet. */
static void begin_silent(unsigned int n_servers)
{
	begin(DNSSD_LOOKUP, "\3box", "x.org", n_servers);
	for (unsigned int n = 0; n < DNSSD_SERVERS_MAX; n++)
		world.servers[n].is_silent = true;
	add_a("box.x.org", 0x0a000009);
	start(CLOCK_NEVER);
}

static void test_silent_one_costs_a_second(void **state)
{
	(void)state;
	begin_one(3);
	world.servers[0].is_silent = true;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_string_equal(world.told, FOUND);
	/* Once: what is asked later goes to the one that answers. */
	assert_int_equal(world.found_at, T0 + DNSSD_TIMEOUT_MS + 3);
	assert_int_equal(world.servers[0].n_asked, 4);
	assert_int_equal(world.servers[1].n_asked, 4 + 2 + 2);
	assert_int_equal(world.servers[2].n_asked, 0);
	assert_int_equal(world.d.counts.timeouts, 4);
}

static void test_m23_schedule_in_silence(void **state)
{
	static const int64_t at[] = { 1000, 3000, 7000, 37000, 38000 };
	unsigned int n_sent = 2;

	(void)state;
	begin_silent(1);
	drain();
	for (size_t n = 0; n < ARRAY_SIZE(at); n++) {
		assert_int_equal(dnssd_due(&world.d), T0 + at[n]);
		run(T0 + at[n] - 1);
		assert_int_equal(world.n_sent, n_sent);
		run(T0 + at[n]);
		/* The third time it is given up, and rests. */
		n_sent += n == 2 ? 0 : 2;
		assert_int_equal(world.n_sent, n_sent);
		assert_int_equal(dnssd_is_quiet(&world.d), n == 2);
	}
}

static void test_silent_ones_by_turns(void **state)
{
	(void)state;
	begin_silent(3);
	/* 1 s each, then 2 s each, then 4 s each. */
	run(T0 + 20999);
	assert_int_equal(world.n_sent, 2 * 9);
	assert_false(dnssd_is_quiet(&world.d));
	run(T0 + 21000);
	assert_true(dnssd_is_quiet(&world.d));
	for (unsigned int n = 0; n < 3; n++)
		assert_int_equal(world.servers[n].n_asked, 6);
}

static void test_who_is_asked_first(void **state)
{
	(void)state;
	begin_silent(2);
	run(T0 + 1000);
	assert_int_equal(world.servers[1].n_asked, 2);
	/* Not the one that has been silent; */
	use_domains("x.org y.org");
	run(T0 + 1010);
	assert_int_equal(world.servers[0].n_asked, 2);
	assert_int_equal(world.servers[1].n_asked, 4);
	/* and of other servers the first. */
	use_servers(1);
	run(T0 + 1020);
	assert_int_equal(world.servers[0].n_asked, 6);
	assert_int_equal(world.servers[1].n_asked, 4);
}

static void test_what_is_not_wanted_any_more(void **state)
{
	(void)state;
	begin_one(1);
	world.servers[0].is_silent = true;
	start(T0 + 9000);
	run(T0 + 10);
	use_domains("");
	assert_int_equal(dnssd_due(&world.d), T0 + 9000);
	run(T0 + 9000);
	assert_int_equal(world.n_sent, 4);
}

static void test_late_answers_count(void **state)
{
	(void)state;
	begin_one(2);
	world.servers[0].delay = 1500;
	world.servers[1].is_silent = true;
	start(T0 + 9000);
	run(T0 + 9000);
	assert_string_equal(world.told, FOUND);
	/* Of the first server, while the second is waited for. */
	assert_int_equal(world.d.counts.foreign, 0);
	assert_int_equal(world.found_at, T0 + 3 * 1500);
}

static void test_refusals(void **state)
{
	static const unsigned int rcodes[] = { SERVER_FAILURE, REFUSED, 4, 9 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(rcodes); n++) {
		begin_one(2);
		world.servers[0].rcode = rcodes[n];
		start(T0 + 5000);
		run(T0 + 5000);
		assert_string_equal(world.told, FOUND);
		assert_int_equal(world.found_at, T0 + 4);
		assert_int_equal(world.d.counts.refused, 4);
		assert_int_equal(world.d.counts.timeouts, 0);
	}
	/* Late, of one that is not waited for any more. */
	begin_silent(3);
	world.servers[0].is_silent = false;
	world.servers[0].delay = 1500;
	world.servers[0].rcode = REFUSED;
	run(T0 + 1900);
	assert_int_equal(world.d.counts.refused, 2);
	assert_int_equal(world.n_sent, 4);
	/* All of them: at rest at once. */
	begin_one(2);
	world.servers[0].rcode = world.servers[1].rcode = SERVER_FAILURE;
	start(CLOCK_NEVER);
	run(T0 + 2);
	assert_true(dnssd_is_quiet(&world.d));
	assert_int_equal(world.n_sent, 8);
	run(T0 + 29000);
	assert_int_equal(world.n_sent, 8);
	/* Other servers need not wait for that. */
	world.servers[0].rcode = NO_ERROR;
	use_servers(1);
	run(T0 + 29010);
	assert_string_equal(world.told, FOUND);
}

static void test_no_name_is_an_answer(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 2);
	start(CLOCK_NEVER);
	run(T0 + 59999);
	assert_int_equal(world.n_sent, 4);
	assert_int_equal(world.servers[1].n_asked, 0);
	run(T0 + 60001);
	assert_int_equal(world.n_sent, 8);
}

static void test_without_edns(void **state)
{
	(void)state;
	begin_one(2);
	world.servers[0].no_edns = true;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_string_equal(world.told, FOUND);
	assert_int_equal(world.found_at, T0 + 4);
	/* Found out with each that was on its way, and remembered. */
	assert_int_equal(world.servers[0].n_asked, 4 + 4 + 2 + 2);
	assert_int_equal(world.servers[1].n_asked, 0);
	/* Who calls that a format error, too, is of no use. */
	begin_one(2);
	world.servers[0].rcode = FORMAT_ERROR;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_string_equal(world.told, FOUND);
	assert_int_equal(world.servers[0].n_asked, 8);
	assert_int_equal(world.d.counts.refused, 4);
}

static void test_m7_truncated_comes_over_tcp(void **state)
{
	(void)state;
	begin_one(1);
	world.servers[0].cuts = true;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_string_equal(world.told, FOUND);
	assert_int_equal(world.n_connects, world.servers[0].n_asked_over_tcp);
	assert_int_equal(world.n_connects, world.n_closes);
	/* A name that does not exist has nothing to be cut: b, lb, db. */
	assert_int_equal(world.n_connects, 1 + 2 + 2);
	/* There the bit says nothing. */
	begin_one(1);
	world.servers[0].cuts = true;
	world.servers[0].cuts_over_tcp = true;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_string_equal(world.told, FOUND);
}

static void test_m7_silent_over_tcp(void **state)
{
	(void)state;
	begin_one(2);
	world.servers[0].cuts = true;
	world.servers[0].is_silent_over_tcp = true;
	start(T0 + 9000);
	run(T0 + 9000);
	assert_string_equal(world.told, FOUND);
	assert_int_equal(world.found_at, T0 + 1 + DNSSD_STREAM_MS + 3);
	assert_int_equal(world.n_connects, world.n_closes);
	/* The same, when it says no. */
	begin_one(2);
	world.servers[0].cuts = true;
	world.servers[0].is_silent_over_tcp = true;
	start(T0 + 9000);
	run(T0 + 1);
	dnssd_stream_ended(&world.d, 0, world.now);
	dnssd_stream_ended(&world.d, 0, world.now); /* is closed by now */
	dnssd_recv_stream(&world.d, 0, span_of("abc"), world.now);
	run(T0 + 9000);
	assert_int_equal(world.found_at, T0 + 4);
}

static void test_more_streams_than_there_are(void **state)
{
	(void)state;
	begin(DNSSD_RESOLVE, "\1a" HTTP, "w.org x.org y.org z.org", 1);
	add_srv("a._http._tcp.w.org", 80, "box.x.org");
	add_srv("a._http._tcp.x.org", 80, "box.x.org");
	add_srv("a._http._tcp.y.org", 80, "box.x.org");
	add_srv("a._http._tcp.z.org", 80, "box.x.org");
	add_a("box.x.org", 0x0a000009);
	world.servers[0].cuts = true;
	world.servers[0].is_silent_over_tcp = true;
	start(T0 + 60000);
	run(T0 + 1);
	/* 4 of 8; the others wait, and have no deadline. */
	assert_int_equal(world.n_connects, DNSSD_STREAMS_MAX);
	assert_int_equal(dnssd_due(&world.d), T0 + 1 + DNSSD_STREAM_MS);
	run(T0 + 10000);
	assert_int_equal(world.n_connects, 8);
	assert_int_equal(world.n_closes, 8);
	assert_int_equal(world.n_found, 0);
}

/* The stream that the first question is on, in a search for a host. */
static void begin_stream(void)
{
	begin_silent(1);
	world.servers[0].is_silent = false;
	world.servers[0].cuts = true;
	world.servers[0].is_silent_over_tcp = true;
	run(T0 + 1);
	assert_int_equal(world.n_connects, 2);
}

static void test_m3_answers_over_tcp_that_are_none(void **state)
{
	static const uint8_t too_long[] = { 0x23, 0x29 };
	static const uint8_t empty[] = { 0, 0 };
	static const uint8_t foreign[] = { 0, 12, 1, 2, 0x81, 0x80, 0,
					   0, 0,  0, 0, 0,    0,    0 };
	uint8_t broken[1 + 12];

	(void)state;
	begin_stream();
	dnssd_recv_stream(&world.d, 0, (struct span){ too_long, 1 }, world.now);
	dnssd_recv_stream(&world.d, 0, (struct span){ too_long + 1, 1 },
			  world.now);
	drain();
	assert_int_equal(world.d.counts.over_answers, 1);
	assert_int_equal(world.n_closes, 1);
	begin_stream();
	dnssd_recv_stream(&world.d, 1, (struct span){ empty, 2 }, world.now);
	drain();
	assert_int_equal(world.d.counts.malformed, 1);
	assert_int_equal(world.n_closes, 1);
	begin_stream();
	dnssd_recv_stream(&world.d, 1,
			  (struct span){ foreign, sizeof(foreign) }, world.now);
	drain();
	assert_int_equal(world.d.counts.foreign, 1);
	assert_int_equal(world.n_closes, 1);
	/* More than there is room for. */
	begin_stream();
	dnssd_recv_stream(&world.d, 0,
			  (struct span){ (const uint8_t *)&world.records,
					 DNSSD_ANSWER_MAX + 3 },
			  world.now);
	drain();
	assert_int_equal(world.n_closes, 1);
	/* The end. */
	begin_stream();
	dnssd_stop(&world.d, world.now);
	drain();
	assert_int_equal(world.n_closes, 2);
	assert_int_equal(world.n_done, 1);
	/* Not whole yet. */
	begin_stream();
	memset(broken, 0, sizeof(broken));
	broken[1] = 12;
	dnssd_recv_stream(&world.d, 1, (struct span){ broken, sizeof(broken) },
			  world.now);
	drain();
	assert_int_equal(world.n_closes, 0);
	run(T0 + 9000);
	assert_int_equal(world.n_closes, 2);
}

static void test_stream_before_the_shell_heard_of_it(void **state)
{
	struct dnssd_action action;
	struct test_pending *first;
	struct url_address from = address_of(0);

	(void)state;
	begin_silent(1);
	world.servers[0].is_silent = false;
	world.servers[0].cuts = true;
	drain();
	first = &world.pending[0];
	world.now = T0 + 1;
	dnssd_recv(&world.d, (struct span){ first->bytes, first->len }, &from,
		   DNSSD_PORT, world.now);
	/* The same again, when it is known already; and bytes of none. */
	dnssd_recv(&world.d, (struct span){ first->bytes, first->len }, &from,
		   DNSSD_PORT, world.now);
	dnssd_recv_stream(&world.d, 0, span_of("abc"), world.now);
	dnssd_stream_ended(&world.d, 0, world.now);
	/* The servers are others now: it was never there. */
	dnssd_set_servers(&world.d, NULL, 0, world.now);
	assert_false(dnssd_next(&world.d, &action));
	assert_true(dnssd_due(&world.d) == CLOCK_NEVER);
}

/* What the first question was answered with, about to be sent. */
static struct test_pending *begin_answer(void)
{
	begin_silent(2);
	world.servers[0].is_silent = false;
	drain();
	assert_int_equal(world.n_pending, 2);
	world.n_pending = 0;
	return &world.pending[0];
}

static void deliver(const struct test_pending *answer, unsigned int server,
		    uint16_t port)
{
	struct url_address from = address_of(server);

	dnssd_recv(&world.d, (struct span){ answer->bytes, answer->len }, &from,
		   port, T0 + 1);
	world.now = T0 + 1;
	run(T0 + 500);
}

static void test_m6_m9_m12_m13_whose_answer_it_is(void **state)
{
	struct test_pending *answer;

	(void)state;
	answer = begin_answer();
	deliver(answer, 1, DNSSD_PORT); /* that was not asked */
	deliver(answer, 2, DNSSD_PORT); /* that is none of ours */
	deliver(answer, 0, 5353);
	answer->bytes[0] ^= 1; /* another id */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[0] ^= 1;
	answer->bytes[13] ^= 1; /* another name */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[13] ^= 1;
	answer->bytes[12 + 11 + 1] ^= 2; /* another type */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[12 + 11 + 1] ^= 2;
	answer->bytes[12 + 11 + 3] ^= 2; /* another class */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[12 + 11 + 3] ^= 2;
	answer->bytes[2] ^= 0x80; /* a query */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[2] ^= 0x80;
	answer->bytes[2] ^= 0x08; /* another opcode */
	deliver(answer, 0, DNSSD_PORT);
	answer->bytes[2] ^= 0x08;
	assert_int_equal(world.d.counts.foreign, 9);
	answer->len--;
	deliver(answer, 0, DNSSD_PORT);
	assert_int_equal(world.d.counts.malformed, 1);
	answer->len = 1;
	deliver(answer, 0, DNSSD_PORT);
	assert_int_equal(world.d.counts.packets, 11);
	assert_int_equal(world.n_found, 0);
	/* A name that does not exist has no records. */
	answer = begin_answer();
	answer->bytes[3] |= NO_NAME;
	deliver(answer, 0, DNSSD_PORT);
	assert_int_equal(world.d.counts.foreign, 0);
	assert_int_equal(world.n_found, 0);
	/* Case does not count. */
	answer = begin_answer();
	answer->bytes[13] ^= 0x20;
	deliver(answer, 0, DNSSD_PORT);
	assert_int_equal(world.n_found, 1);
	/* Once. */
	deliver(answer, 0, DNSSD_PORT);
	assert_int_equal(world.d.counts.foreign, 1);
}

static void test_m6_without_a_question(void **state)
{
	(void)state;
	begin_one(1);
	world.servers[0].quotes_nothing = true;
	start(T0 + 9000);
	run(T0 + 9000);
	assert_int_equal(world.n_found, 0);
	assert_int_equal(world.d.counts.foreign, 4 * 3);
}

static void test_m14_what_nobody_asked_for(void **state)
{
	(void)state;
	begin(DNSSD_RESOLVE, "\1a" HTTP, "x.org", 1);
	world.servers[0].adds = true;
	add_srv("a._http._tcp.x.org", 80, "box.x.org");
	add_a("box.x.org", 0x0a000009);
	start(CLOCK_NEVER);
	run(T0 + 1);
	for (unsigned int n = 0; n < world.n_records; n++)
		world.records[n].is_removed = n != 1;
	run(T0 + 5000);
	assert_int_equal(world.n_found, 1);
	assert_int_equal(world.d.n_hosts, 1);
	assert_int_equal(world.d.n_instances, 1);
}

static void test_m21_a_flood_starves_nothing(void **state)
{
	uint8_t junk[12] = { 0 };
	struct url_address from = address_of(0);

	(void)state;
	begin_silent(1);
	drain();
	for (unsigned int n = 0; n < 100000; n++) {
		junk[0] = (uint8_t)(n >> 8);
		junk[1] = (uint8_t)n;
		dnssd_recv(&world.d, (struct span){ junk, sizeof(junk) }, &from,
			   DNSSD_PORT, T0 + n / 100);
	}
	assert_int_equal(world.d.counts.packets, 100000);
	assert_int_equal(world.d.counts.foreign, 100000);
	drain();
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(dnssd_due(&world.d), T0 + DNSSD_TIMEOUT_MS);
}

static void test_unreachable(void **state)
{
	struct url_address address = address_of(0), other = address_of(3);

	(void)state;
	begin_one(2);
	world.servers[0].is_silent = true;
	start(T0 + 9000);
	drain();
	dnssd_unreachable(&world.d, &other, world.now);
	drain();
	assert_int_equal(world.n_sent, 4);
	dnssd_unreachable(&world.d, &address, world.now);
	run(T0 + 10);
	assert_int_equal(world.found_at, T0 + 3);
	/* The only one is waited for. */
	begin_silent(1);
	drain();
	dnssd_unreachable(&world.d, &address, world.now);
	drain();
	assert_int_equal(world.n_sent, 2);
	assert_int_equal(dnssd_due(&world.d), T0 + DNSSD_TIMEOUT_MS);
}

static void test_servers_by_both_families(void **state)
{
	struct url_address addresses[6] = {
		{ .is_ipv6 = true, .ipv6 = { 0x20, 1 } },
		{ .ipv4 = 1 },
		{ .is_ipv6 = true, .ipv6 = { 0x20, 1 } },
		{ .is_ipv6 = true, .ipv6 = { 0x20, 2 } },
		{ .ipv4 = 2 },
		{ .ipv4 = 3 },
	};
	struct dnssd_action action;

	(void)state;
	begin(DNSSD_LOOKUP, "\3box", "x.org", 0);
	dnssd_set_servers(&world.d, addresses, 6, world.now);
	assert_int_equal(world.d.n_servers, DNSSD_SERVERS_MAX);
	start(CLOCK_NEVER);
	assert_true(dnssd_next(&world.d, &action));
	assert_int_equal(action.kind, DNSSD_SEND);
	assert_true(action.address.is_ipv6);
	assert_true(dnssd_next(&world.d, &action));
	/* The same list is no reason to begin anew. */
	dnssd_set_servers(&world.d, addresses, 6, world.now);
	assert_false(dnssd_next(&world.d, &action));
	dnssd_set_servers(&world.d, addresses + 1, 5, world.now);
	assert_true(dnssd_next(&world.d, &action));
	assert_false(action.address.is_ipv6);
}

static void test_at_most_so_many_at_a_time(void **state)
{
	struct dns_subnet subnets[10];

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "w.org x.org y.org z.org", 1);
	for (unsigned int n = 0; n < 10; n++)
		subnets[n] = (struct dns_subnet){
			.address.ipv4 = 0x0a000000 + (n << 8),
			.prefix = 24,
		};
	dnssd_set_subnets(&world.d, subnets, 10, world.now);
	assert_int_equal(world.d.counts.over_zones, 1);
	world.servers[0].is_silent = true;
	start(CLOCK_NEVER);
	drain();
	/* The four that matter, and 8 of 36 that may. */
	assert_int_equal(world.n_sent, 4 + DNSSD_ENUMERATIONS_MAX);
	assert_int_equal(dnssd_due(&world.d), T0 + DNSSD_TIMEOUT_MS);
	world.servers[0].is_silent = false;
	run(T0 + 1100);
	assert_true(dnssd_is_quiet(&world.d));
	assert_int_equal(world.n_sent, 12 + 4 + 36);
}

static void test_ids_are_random(void **state)
{
	uint16_t ids[2][16];

	(void)state;
	for (unsigned int n = 0; n < 2; n++) {
		struct dnssd_action action;
		struct dns_name names[4];
		unsigned int m = 0;

		begin(DNSSD_BROWSE, HTTP, "", 1);
		world.d.random = n;
		names[0] = name_of("w.org");
		names[1] = name_of("x.org");
		names[2] = name_of("y.org");
		names[3] = name_of("z.org");
		dnssd_set_domains(&world.d, names, 4, T0);
		start(CLOCK_NEVER);
		while (dnssd_next(&world.d, &action) && m < 12)
			ids[n][m++] = (uint16_t)(action.packet.data[0] << 8 |
						 action.packet.data[1]);
		assert_int_equal(m, 12);
		for (unsigned int i = 1; i < m; i++) {
			for (unsigned int k = 0; k < i; k++)
				assert_int_not_equal(ids[n][i], ids[n][k]);
		}
	}
	assert_memory_not_equal(ids[0], ids[1], sizeof(ids[0][0]) * 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_one_costs_a_second),
		cmocka_unit_test(test_m23_schedule_in_silence),
		cmocka_unit_test(test_silent_ones_by_turns),
		cmocka_unit_test(test_who_is_asked_first),
		cmocka_unit_test(test_what_is_not_wanted_any_more),
		cmocka_unit_test(test_late_answers_count),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_name_is_an_answer),
		cmocka_unit_test(test_without_edns),
		cmocka_unit_test(test_m7_truncated_comes_over_tcp),
		cmocka_unit_test(test_m7_silent_over_tcp),
		cmocka_unit_test(test_more_streams_than_there_are),
		cmocka_unit_test(test_m3_answers_over_tcp_that_are_none),
		cmocka_unit_test(test_stream_before_the_shell_heard_of_it),
		cmocka_unit_test(test_m6_m9_m12_m13_whose_answer_it_is),
		cmocka_unit_test(test_m6_without_a_question),
		cmocka_unit_test(test_m14_what_nobody_asked_for),
		cmocka_unit_test(test_m21_a_flood_starves_nothing),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_servers_by_both_families),
		cmocka_unit_test(test_at_most_so_many_at_a_time),
		cmocka_unit_test(test_ids_are_random),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(world.packet.block);
	return failed;
}
