/* discover/querier.c and cache.c: what is asked, kept and told in a search. */
#include <errno.h>

#include "tests/unit/test_discover_querier.h"

static void test_found_at_once(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 80);
	assert_int_equal(seen.host.ipv4[0], 0x0a000001);
	assert_int_equal(seen.found.txt_len, 4);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 2);
	assert_int_equal(seen.n_found, 0);
	tick(T0 + 2000);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(seen.n_done, 1);
	assert_true(querier_due(&querier) == CLOCK_NEVER);
}

static void test_m23_schedule_in_silence(void **state)
{
	static const int64_t at[] = { 250, 1250, 3250, 7250, 15250 };
	struct dns_name type = name_of(TYPE);
	int64_t due;

	(void)state;
	begin(T0 + 20000);
	assert_int_equal(seen.query.n_questions, 1);
	assert_false(seen.query.is_response);
	assert_memory_equal(seen.bytes + 12, type.wire, type.len);
	assert_memory_equal(seen.bytes + 12 + type.len, "\0\x0c\x80\x01", 4);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(querier_due(&querier), T0 + at[i]);
		querier_tick(&querier, T0 + at[i] - 1);
		drain();
		assert_int_equal(seen.n_sent, 0);
		tick(T0 + at[i]);
		/* Both paths once the group has been begun with. */
		assert_int_equal(seen.n_sent, i < 2 ? 1 : 2);
		assert_int_equal(seen.n_group, i < 2 ? 0 : 1);
		if (i != 1)
			continue;
		/* The group's first query is late by chance, without QU. */
		due = querier_due(&querier) - T0 - at[i];
		assert_in_range(due, 20, 120);
		tick(T0 + at[i] + due);
		assert_int_equal(seen.n_sent, 1);
		assert_int_equal(seen.n_group, 1);
		assert_memory_equal(seen.bytes + 12 + type.len, "\0\x0c\0\x01",
				    4);
	}
	assert_int_equal(querier_due(&querier), T0 + 20000);
	tick(T0 + 20000);
	assert_int_equal(seen.n_sent, 0);
	assert_int_equal(seen.n_done, 1);
}

static void test_m23_known_answers(void **state)
{
	struct dns_name http = name_of("_http._tcp.local");
	struct dns_record record;

	(void)state;
	begin_kind(QUERIER_TYPES, "_services._dns-sd._udp.local", CLOCK_NEVER);
	put_ptr(&packet, "_services._dns-sd._udp.local", "_http._tcp.local",
		4500);
	deliver(T0 + 5);
	/* Somebody answers: no early query. */
	assert_int_equal(querier_due(&querier), T0 + 1000);
	tick(T0 + 1000);
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.query.n_records, 1);
	assert_true(dns_message_next(&seen.query, &record));
	assert_true(dns_name_equal(&record.target, &http));
	assert_int_equal(record.ttl, 4499);
	querier_tick(&querier, T0 + 2249 * 1000);
	drain();
	assert_int_equal(seen.n_sent, 2);
	assert_int_equal(seen.query.n_records, 1);
	/* Not any more after half of its time. */
	querier_tick(&querier, T0 + 3300 * 1000);
	drain();
	assert_int_equal(seen.n_sent, 2);
	assert_int_equal(seen.query.n_records, 0);
}

static void test_m23_doubled_up_to_an_hour(void **state)
{
	int64_t last = 0;

	(void)state;
	begin(CLOCK_NEVER);
	for (unsigned int n = 0; n < 40; n++) {
		int64_t due = querier_due(&querier);

		assert_true(due - last <= QUERIER_INTERVAL_MAX_MS || last == 0);
		tick(due);
		last = due;
	}
	assert_int_equal(querier.browse_interval, QUERIER_INTERVAL_MAX_MS);
}

static void test_m17_missing_are_asked_for(void **state)
{
	(void)state;
	begin(T0 + 60000);
	put_ptr(&packet, TYPE, ONE, 4500);
	deliver(T0 + 10);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(querier_due(&querier), T0 + 30);
	tick(T0 + 30);
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.query.n_questions, 2); /* SRV, TXT */
	tick(T0 + 280);
	assert_int_equal(seen.query.n_questions, 2);
	tick(T0 + 1010); /* the next query for the type */
	/* SRV comes, of a host nobody knows: its addresses are asked for. */
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	deliver(T0 + 1100);
	tick(T0 + 1120);
	assert_int_equal(seen.query.n_questions, 3); /* TXT, A, AAAA */
	/* Its TXT had its time to come: it is told without. */
	put_a(&packet, "box.local", 1, 0x0a000001);
	deliver(T0 + 1130);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.txt_len, 0);
	PUT_TXT(&packet, ONE, "\1x");
	deliver(T0 + 1140);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.txt_len, 2);
	/* Nothing is missing: only the type is asked for from now on. */
	assert_true(querier.resolve_due == CLOCK_NEVER);
}

static void test_m17_without_txt_at_the_deadline(void **state)
{
	(void)state;
	begin(T0 + 500);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_ptr(&packet, TYPE, TWO, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	put_a(&packet, "box.local", 1, 0x0a000001);
	deliver(T0 + 10);
	assert_int_equal(seen.n_found, 0);
	tick(T0 + 500);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.txt_len, 0);
	assert_int_equal(seen.n_done, 1);
	assert_int_equal(cache_n_incomplete(&querier.cache), 1);
}

static void test_m17_any_order_in_the_packet(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_a(&packet, "box.local", 1, 0x0a000001);
	PUT_TXT(&packet, ONE, "\1x");
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	put_ptr(&packet, TYPE, ONE, 4500);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
}

static void test_m17_many_questions(void **state)
{
	unsigned int n_packets = 0;
	char who[64];

	(void)state;
	begin(T0 + 60000);
	for (unsigned int i = 0; i < CACHE_INSTANCES_MAX; i++) {
		snprintf(who, sizeof(who), "service-number-%u._x._tcp.local",
			 i);
		put_ptr(&packet, TYPE, who, 4500);
	}
	deliver(T0 + 10);
	querier_tick(&querier, T0 + 30);
	for (unsigned int asked = 0; asked < 2 * CACHE_INSTANCES_MAX;
	     n_packets++) {
		struct querier_action action;
		struct dns_message query;

		assert_true(querier_next(&querier, &action));
		assert_int_equal(action.kind, QUERIER_SEND);
		assert_int_equal(dns_message_open(action.packet, &query), 0);
		asked += query.n_questions;
		assert_true(asked <= 2 * CACHE_INSTANCES_MAX);
	}
	assert_int_equal(n_packets, 6);
	drain();
	assert_int_equal(seen.n_sent, 0);
}

static void test_m6_m8_to_m9_who_is_heard(void **state)
{
	(void)state;
	begin(T0 + 2000);
	packet_begin(&packet, 0x0400); /* a query */
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 1);
	packet_begin(&packet, 0x8400 | 1 << 11);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 1);
	packet_begin(&packet, 0x8403);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(querier.counts.ignored, 3);
	assert_int_equal(querier.cache.n_instances, 0);
	/* TC set, an id, another case: heard. */
	packet_begin(&packet, 0x8600);
	writer_patch_be16(&packet.writer, 0, 0x1234);
	put_ptr(&packet, "_X._TCP.LOCAL", "One._X._Tcp.Local", 4500);
	put_srv(&packet, "oNE._x._tcp.local", 1, 0, 0, 80, "BOX.local", 120);
	PUT_TXT(&packet, "ONE._x._tcp.local", "\1x");
	put_a(&packet, "box.LOCAL", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
}

static void test_m12_m13_source(void **state)
{
	const struct querier_source other_port = { .port = 5354,
						   .on_link = true };
	const struct querier_source off_link = { .port = 5353 };

	(void)state;
	begin(T0 + 2000);
	put_service(ONE, "box.local", 1 << 24);
	querier_recv(&querier, packet_end(&packet), &other_port, T0 + 1);
	querier_recv(&querier, packet_end(&packet), &off_link, T0 + 1);
	assert_int_equal(querier.counts.foreign, 2);
	assert_int_equal(querier.cache.n_instances, 0);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
}

static void test_m4_broken_is_counted(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_service(ONE, "box.local", 1 << 24);
	querier_recv(&querier, packet_cut(&packet, 1), &on_link, T0 + 1);
	drain();
	assert_int_equal(querier.counts.malformed, 1);
	assert_int_equal(querier.cache.n_instances, 0);
	assert_int_equal(seen.n_found, 0);
}

static void test_m14_nobody_asked(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, "_y._tcp.local", "one._y._tcp.local", 4500);
	put_ptr(&packet, TYPE, "a.one._x._tcp.local", 4500);
	put_ptr(&packet, TYPE, "elsewhere.local", 4500);
	put_srv(&packet, TWO, 1, 0, 0, 80, "box.local", 120);
	PUT_TXT(&packet, TWO, "\1x");
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(querier.cache.n_instances, 0);
	assert_int_equal(querier.cache.n_hosts, 0);
	assert_int_equal(querier.state, QUERIER_ASKING);
}

static void test_m15_cname(void **state)
{
	struct dns_name to = name_of("other.local");

	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	PUT_TXT(&packet, ONE, "\1x");
	put_data(&packet, "box.local", DNS_TYPE_CNAME, 1, to.wire, to.len);
	to = name_of("box.local");
	put_data(&packet, "other.local", DNS_TYPE_CNAME, 1, to.wire, to.len);
	put_a(&packet, "other.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(querier.cache.hosts[0].n_ipv4, 0);
}

static void test_m16_not_available(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_ptr(&packet, TYPE, TWO, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 0, "box.local", 120);
	put_srv(&packet, TWO, 1, 0, 0, 80, ".", 120);
	PUT_TXT(&packet, ONE, "\1x");
	PUT_TXT(&packet, TWO, "\1x");
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1);
	/* Nothing to be asked for either. */
	assert_int_equal(querier_due(&querier), T0 + 1000);
	tick(T0 + 2000);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(cache_n_incomplete(&querier.cache), 0);
}

static void test_m16_several_srv(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 9, 0, "none.local", 120);
	put_srv(&packet, ONE, 1, 5, 9, 81, "box.local", 120);
	put_srv(&packet, ONE, 1, 1, 2, 82, "box.local", 120);
	put_srv(&packet, ONE, 1, 1, 7, 83, "box.local", 120);
	put_srv(&packet, ONE, 1, 1, 3, 84, "box.local", 120);
	PUT_TXT(&packet, ONE, "\1x");
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 83);
}

static void test_m10_cache_flush(void **state)
{
	(void)state;
	begin(T0 + 60000);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 1);
	/* Within a second both count; the better SRV stays. */
	put_a(&packet, "box.local", 1 | FLUSH, 0x0a000002);
	put_srv(&packet, ONE, 1 | FLUSH, 9, 0, 99, "box.local", 120);
	deliver(T0 + 900);
	assert_int_equal(querier.cache.hosts[0].n_ipv4, 2);
	assert_int_equal(querier.cache.instances[0].port, 80);
	/* Without the bit nothing goes, ever. */
	put_a(&packet, "box.local", 1, 0x0a000002);
	deliver(T0 + 5000);
	assert_int_equal(querier.cache.hosts[0].n_ipv4, 2);
	put_a(&packet, "box.local", 1 | FLUSH, 0x0a000003);
	put_srv(&packet, ONE, 1 | FLUSH, 9, 0, 99, "box.local", 120);
	deliver(T0 + 9000);
	assert_int_equal(querier.cache.instances[0].port, 99);
	/* What is to go has a second, and is not the first to be tried. */
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.n_ipv4, 3);
	assert_int_equal(seen.host.ipv4[0], 0x0a000003);
	run(T0 + 9999);
	assert_int_equal(querier_due(&querier), T0 + 10000);
	tick(T0 + 10000);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.n_ipv4, 1);
	assert_int_equal(seen.host.ipv4[0], 0x0a000003);
}

static void test_m11_goodbye(void **state)
{
	(void)state;
	begin(T0 + 60000);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 1);
	/* Taken back within its second. */
	put_ptr(&packet, TYPE, ONE, 0);
	deliver(T0 + 100);
	assert_int_equal(querier_due(&querier), T0 + 1000);
	put_ptr(&packet, TYPE, ONE, 4500);
	deliver(T0 + 200);
	tick(T0 + 1000);
	tick(T0 + 3000);
	assert_int_equal(seen.n_lost, 0);
	put_ptr(&packet, TYPE, ONE, 0);
	deliver(T0 + 3500);
	assert_int_equal(querier_due(&querier), T0 + 4500);
	querier_tick(&querier, T0 + 4499);
	drain();
	assert_int_equal(seen.n_lost, 0);
	tick(T0 + 4500);
	assert_int_equal(seen.n_lost, 1);
	/* Of one that nobody has heard of. */
	put_ptr(&packet, TYPE, TWO, 0);
	deliver(T0 + 4600);
	assert_int_equal(querier.cache.n_instances, 1);
	/* And back again. */
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 5000);
	assert_int_equal(seen.n_found, 1);
}

static void test_m18_addresses_of_no_host(void **state)
{
	static const uint32_t bad[] = { 0,	    0x00ffffff, 0x7f000001,
					0xe00000fb, 0xf0000001, 0xffffffff };
	static const uint8_t bad6[][16] = {
		{ 0 },
		{ [15] = 1 },
		{ 0xff, 0x02, [15] = 0xfb },
		{ [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 },
	};

	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	PUT_TXT(&packet, ONE, "\1x");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		put_a(&packet, "box.local", 1, bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad6); i++)
		put_data(&packet, "box.local", DNS_TYPE_AAAA, 1, bad6[i], 16);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 0);
	put_a(&packet, "box.local", 1, 0xa9fe0001);
	deliver(T0 + 2);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.n_ipv4, 1);
	assert_int_equal(seen.host.n_ipv6, 0);
}

static void test_m19_caps(void **state)
{
	char who[64], host[64];
	unsigned int n_found = 0;

	(void)state;
	begin(T0 + 2000);
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(who, sizeof(who), "s%u._x._tcp.local", i);
		snprintf(host, sizeof(host), "h%u.local", i);
		put_service(who, host, 0x0a000000 + i);
		deliver(T0 + 1);
		n_found += seen.n_found;
	}
	assert_int_equal(n_found, CACHE_INSTANCES_MAX);
	assert_int_equal(querier.cache.counts.over_instances,
			 10000 - CACHE_INSTANCES_MAX);
	for (unsigned int i = 0; i < 10; i++)
		put_a(&packet, "h0.local", 1, 0x0b000000 + i);
	deliver(T0 + 2);
	assert_int_equal(querier.cache.hosts[0].n_ipv4, CACHE_ADDRESSES_MAX);
	assert_int_equal(querier.cache.counts.over_addresses,
			 10 - (CACHE_ADDRESSES_MAX - 1));
}

/* A host that nobody is on any more gives up its place. */
static void test_m19_hosts_are_let_go(void **state)
{
	char host[64];

	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	for (unsigned int i = 0; i < CACHE_HOSTS_MAX + 5; i++) {
		snprintf(host, sizeof(host), "h%u.local", i);
		put_srv(&packet, ONE, 1, (uint16_t)(1000 - i), 0, 80, host,
			120);
	}
	deliver(T0 + 1);
	assert_int_equal(querier.cache.n_hosts, 1);
	put_a(&packet, host, 1, 0x0a000001);
	put_a(&packet, "h0.local", 1, 0x0a000002);
	PUT_TXT(&packet, ONE, "\1x");
	deliver(T0 + 2);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.ipv4[0], 0x0a000001);
	assert_int_equal(seen.host.n_ipv4, 1);
}

static void test_m19_long_txt(void **state)
{
	uint8_t txt[1024] = { 0 };

	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	put_a(&packet, "box.local", 1, 1 << 24);
	/* Four strings of 255, of which two fit exactly. */
	for (size_t i = 0; i < 4; i++) {
		memset(txt + 256 * i, 'a' + (int)i, 256);
		txt[256 * i] = 255;
	}
	put_data(&packet, ONE, DNS_TYPE_TXT, 1, txt, sizeof(txt));
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.txt_len, 512);
	assert_int_equal(querier.cache.counts.over_txt, 2);
}

static void test_m20_two_hosts_one_name(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 1);
	put_service(ONE, "rival.local", 0x0a000002);
	deliver(T0 + 2);
	assert_int_equal(querier.cache.n_instances, 1);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(querier.cache.instances[0].host, 0);
}

/* News in every packet do not put off the questions for what is missing. */
static void test_m21_a_flood_starves_nothing(void **state)
{
	char who[64];

	(void)state;
	begin(T0 + 2000);
	for (unsigned int i = 0; i < 30; i++) {
		snprintf(who, sizeof(who), "s%u._x._tcp.local", i);
		put_ptr(&packet, TYPE, who, 4500);
		deliver(T0 + i);
	}
	assert_int_equal(querier_due(&querier), T0 + QUERIER_GATHER_MS);
	tick(T0 + 30);
	assert_true(seen.n_sent > 0);
}

static void test_stopped(void **state)
{
	(void)state;
	begin(T0 + 2000);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1);
	querier_stop(&querier, T0 + 2);
	drain();
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.n_done, 1);
	put_service(TWO, "box.local", 1 << 24);
	deliver(T0 + 3);
	querier_tick(&querier, T0 + 9999);
	querier_stop(&querier, T0 + 9999);
	drain();
	assert_int_equal(seen.n_found + seen.n_done + seen.n_sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_at_once),
		cmocka_unit_test(test_m23_schedule_in_silence),
		cmocka_unit_test(test_m23_known_answers),
		cmocka_unit_test(test_m23_doubled_up_to_an_hour),
		cmocka_unit_test(test_m17_missing_are_asked_for),
		cmocka_unit_test(test_m17_without_txt_at_the_deadline),
		cmocka_unit_test(test_m17_any_order_in_the_packet),
		cmocka_unit_test(test_m17_many_questions),
		cmocka_unit_test(test_m6_m8_to_m9_who_is_heard),
		cmocka_unit_test(test_m12_m13_source),
		cmocka_unit_test(test_m4_broken_is_counted),
		cmocka_unit_test(test_m14_nobody_asked),
		cmocka_unit_test(test_m15_cname),
		cmocka_unit_test(test_m16_not_available),
		cmocka_unit_test(test_m16_several_srv),
		cmocka_unit_test(test_m10_cache_flush),
		cmocka_unit_test(test_m11_goodbye),
		cmocka_unit_test(test_m18_addresses_of_no_host),
		cmocka_unit_test(test_m19_caps),
		cmocka_unit_test(test_m19_hosts_are_let_go),
		cmocka_unit_test(test_m19_long_txt),
		cmocka_unit_test(test_m20_two_hosts_one_name),
		cmocka_unit_test(test_m21_a_flood_starves_nothing),
		cmocka_unit_test(test_stopped),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(packet.block);
	return failed;
}
