/* discover/querier.c, querier_ask.c and cache.c: searches that go on, both
 * paths, and what else than a type can be asked for. */
#include "tests/unit/test_discover_querier.h"

#define TYPES "_services._dns-sd._udp.local"

/* One service that is found, and the group path proven. */
static void begin_watch(void)
{
	begin(CLOCK_NEVER);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 5);
	assert_int_equal(seen.n_found, 1);
	run(T0 + 1200);
	put_service(ONE, "box.local", 0x0a000001);
	deliver_from(&by_group, T0 + 1201);
	assert_int_equal(seen.n_found, 0);
}

static void test_m23_group_once_it_answers(void **state)
{
	(void)state;
	begin(CLOCK_NEVER);
	put_service(ONE, "box.local", 1 << 24);
	/* By multicast, but not on account of a query to the group. */
	deliver_from(&by_group, T0 + 5);
	run(T0 + 1200);
	assert_int_equal(seen.n_sent, 2);
	assert_int_equal(seen.n_group, 1);
	/* Answers that come to us alone say nothing about the group. */
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 1201);
	run(T0 + 3000);
	assert_int_equal(seen.n_sent, 2);
	assert_int_equal(seen.n_group, 1);
	put_service(ONE, "box.local", 1 << 24);
	deliver_from(&by_group, T0 + 3001);
	run(T0 + 7000);
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.n_group, 1);
}

/* Somebody who was switched off: asked for four times, then lost. */
static void test_m11_expiry(void **state)
{
	int64_t start = T0 + 1201;

	(void)state;
	begin_watch();
	/* 1.2, 3, 7, 15, 31, 63 s: the schedule; then SRV and address. */
	run(start + 95999);
	assert_int_equal(seen.n_lost, 0);
	assert_int_equal(seen.n_group, seen.n_sent);
	/* The group was asked first, then both paths: it may be deaf. */
	run(start + 98500);
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.n_group, 1);
	assert_int_equal(seen.query.n_questions, 4); /* SRV, TXT, A, AAAA */
	run(start + 104500);
	assert_int_equal(seen.n_sent, 2);
	assert_int_equal(seen.n_group, 1);
	run(start + 119999);
	assert_int_equal(seen.n_lost, 0);
	tick(start + 120000);
	assert_int_equal(seen.n_lost, 1);
	/* It is announced still: asked for, less and less. */
	run(start + 200000);
	assert_true(seen.n_sent > 5);
	run(start + 4400000);
	put_service(ONE, "box.local", 0x0a000001);
	deliver(start + 4450000);
	assert_int_equal(seen.n_found, 1);
}

static void test_m11_pointer_expires(void **state)
{
	(void)state;
	begin_kind(QUERIER_TYPES, TYPES, CLOCK_NEVER);
	put_ptr(&packet, TYPES, "_http._tcp.local", 100);
	deliver(T0);
	assert_int_equal(seen.n_found, 1);
	run(T0 + 99999);
	assert_int_equal(seen.n_lost, 0);
	tick(T0 + 100000);
	assert_int_equal(seen.n_lost, 1);
	put_ptr(&packet, TYPES, "_http._tcp.local", 100);
	deliver(T0 + 100001);
	assert_int_equal(seen.n_found, 1);
}

/* A responder that answers what it is asked, in the given manner. */
static void answer(const struct querier_source *source, int64_t now,
		   unsigned int *n_lost, unsigned int *n_found)
{
	put_service(ONE, "box.local", 0x0a000001);
	deliver_from(source, now);
	*n_lost += seen.n_lost;
	*n_found += seen.n_found;
}

static void watch_a_day(const struct querier_source *source, unsigned int most)
{
	unsigned int n_sent = 0, n_lost = 0, n_found = 0;
	int64_t due;

	begin(CLOCK_NEVER);
	answer(source, T0 + 3, &n_lost, &n_found);
	while ((due = querier_due(&querier)) < T0 + INT64_C(86400000)) {
		tick(due);
		n_sent += seen.n_sent;
		n_lost += seen.n_lost;
		if (seen.n_sent > 0)
			answer(source, due + 3, &n_lost, &n_found);
	}
	assert_int_equal(n_found, 1);
	assert_int_equal(n_lost, 0);
	assert_in_range(n_sent, 86400 / 120, most);
	assert_int_equal(querier.cache.n_instances, 1);
	assert_int_equal(querier.cache.n_hosts, 1);
}

/* SRV and address each 96 s or so: the records have 120 s. */
static void test_m23_a_day(void **state)
{
	(void)state;
	watch_a_day(&by_group, 86400 / 90);
	watch_a_day(&on_link, 2 * 86400 / 90);
}

/* Names of the tests of changes: each is FOUND again, and once. */
static void test_m10_changes_are_told(void **state)
{
	(void)state;
	begin_watch();
	put_srv(&packet, ONE, 1 | FLUSH, 0, 0, 81, "box.local", 120);
	deliver_from(&by_group, T0 + 5000);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 81);
	PUT_TXT(&packet, ONE, "\3a=c");
	deliver_from(&by_group, T0 + 5100);
	assert_int_equal(seen.n_found, 1);
	assert_memory_equal(seen.found.txt, "\3a=c", 4);
	put_a(&packet, "box.local", 1, 0x0a000002);
	deliver_from(&by_group, T0 + 5200);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.n_ipv4, 2);
	/* Another host, of which nobody knows where it is. */
	put_srv(&packet, ONE, 1 | FLUSH, 0, 0, 81, "rival.local", 120);
	deliver_from(&by_group, T0 + 9000);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(seen.n_lost, 1);
	put_a(&packet, "rival.local", 1, 0x0a000003);
	deliver_from(&by_group, T0 + 9010);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.ipv4[0], 0x0a000003);
	/* The same again changes nothing. */
	put_srv(&packet, ONE, 1 | FLUSH, 0, 0, 81, "rival.local", 120);
	PUT_TXT(&packet, ONE, "\3a=c");
	put_a(&packet, "rival.local", 1 | FLUSH, 0x0a000003);
	deliver_from(&by_group, T0 + 9020);
	assert_int_equal(seen.n_found, 0);
}

/* Simple resolvers are sent no cache-flush bit: what is new counts once the
 * old has been asked for anew. */
static void test_m10_change_without_flush(void **state)
{
	(void)state;
	begin_watch();
	put_srv(&packet, ONE, 1, 0, 0, 81, "box.local", 120);
	put_data(&packet, ONE, DNS_TYPE_TXT, 1, "\3a=c", 4);
	deliver(T0 + 50000);
	assert_int_equal(seen.n_found, 0);
	run(T0 + 1201 + 98500);
	put_srv(&packet, ONE, 1, 0, 0, 81, "box.local", 120);
	put_data(&packet, ONE, DNS_TYPE_TXT, 1, "\3a=c", 4);
	deliver(T0 + 1201 + 98600);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 81);
	assert_int_equal(seen.found.txt[3], 'c');
	put_srv(&packet, ONE, 1, 9, 0, 80, "box.local", 120);
	deliver(T0 + 1201 + 98700);
	assert_int_equal(seen.n_found, 0);
}

/* Goodbyes of single records: the pointer stays, the service does not. */
static void test_m11_goodbyes_of_records(void **state)
{
	(void)state;
	begin_watch();
	put_srv(&packet, ONE, 1, 0, 0, 99, "box.local", 0);
	put_head(&packet, ONE, DNS_TYPE_TXT, 1, 0, 4);
	writer_bytes(&packet.writer, "\3x=y", 4);
	put_head(&packet, "box.local", DNS_TYPE_A, 1, 0, 4);
	writer_be32(&packet.writer, 0x0a000009);
	deliver_from(&by_group, T0 + 2000);
	run(T0 + 6000);
	assert_int_equal(seen.n_lost, 0); /* none of ours */
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 0);
	deliver_from(&by_group, T0 + 6500);
	run(T0 + 7499);
	assert_int_equal(seen.n_lost, 0);
	tick(T0 + 7500);
	assert_int_equal(seen.n_lost, 1);
	put_service(ONE, "box.local", 0x0a000001);
	deliver_from(&by_group, T0 + 7600);
	assert_int_equal(seen.n_found, 1);
	put_head(&packet, "box.local", DNS_TYPE_A, 1, 0, 4);
	writer_be32(&packet.writer, 0x0a000001);
	deliver_from(&by_group, T0 + 8000);
	tick(T0 + 9000);
	assert_int_equal(seen.n_lost, 1);
	/* Without its TXT it is the same service. */
	put_a(&packet, "box.local", 1, 0x0a000001);
	deliver_from(&by_group, T0 + 9100);
	assert_int_equal(seen.n_found, 1);
	put_head(&packet, ONE, DNS_TYPE_TXT, 1, 0, 4);
	writer_bytes(&packet.writer, "\3a=b", 4);
	deliver_from(&by_group, T0 + 9200);
	run(T0 + 10300);
	assert_int_equal(seen.n_lost + seen.n_found, 0);
	assert_false(querier.cache.instances[0].has_txt);
}

static void test_m9_m12_off_the_link(void **state)
{
	const struct querier_source off_link = { .port = 5353 };
	const struct querier_source other_port = { .port = 53,
						   .to_group = true };
	uint16_t id;

	(void)state;
	begin(CLOCK_NEVER);
	id = seen.query.id;
	put_service(ONE, "box.local", 1 << 24);
	deliver_from(&off_link, T0 + 1); /* id 0 */
	put_service(ONE, "box.local", 1 << 24);
	writer_patch_be16(&packet.writer, 0, (uint16_t)(id + 1));
	deliver_from(&off_link, T0 + 1);
	put_service(ONE, "box.local", 1 << 24);
	writer_patch_be16(&packet.writer, 0, id);
	deliver_from(&other_port, T0 + 1);
	assert_int_equal(querier.counts.foreign, 3);
	assert_int_equal(querier.cache.n_instances, 0);
	/* An answer to a simple resolver. */
	put_service(ONE, "box.local", 1 << 24);
	writer_patch_be16(&packet.writer, 0, id);
	deliver_from(&off_link, T0 + 1);
	assert_int_equal(seen.n_found, 1);
	/* By multicast the id is nothing, nor the source's address. */
	put_service(TWO, "box.local", 1 << 24);
	writer_patch_be16(&packet.writer, 0, 0x1234);
	deliver_from(&by_group, T0 + 2);
	assert_int_equal(seen.n_found, 1);
	/* A query with that id is no answer. */
	packet_begin(&packet, 0);
	writer_patch_be16(&packet.writer, 0, id);
	deliver_from(&off_link, T0 + 3);
	assert_int_equal(querier.counts.foreign, 4);
}

/* Ids are good as long as there are not too many newer ones. */
static void test_m12_old_ids(void **state)
{
	const struct querier_source off_link = { .port = 5353 };
	uint16_t id;

	(void)state;
	begin(CLOCK_NEVER);
	id = seen.query.id;
	for (unsigned int n = 1; n < QUERIER_IDS_MAX; n++)
		querier_ask_again(&querier, T0 + n), drain();
	put_service(ONE, "box.local", 1 << 24);
	writer_patch_be16(&packet.writer, 0, id);
	deliver_from(&off_link, T0 + 30);
	assert_int_equal(seen.n_found, 1);
	querier_ask_again(&querier, T0 + 40);
	drain();
	writer_patch_be16(&packet.writer, 0, id);
	deliver_from(&off_link, T0 + 50);
	assert_int_equal(querier.counts.foreign, 1);
}

/* A query of somebody else's, for TEXT. */
static void put_query(const char *text, uint16_t type, uint16_t class)
{
	struct dns_name name = name_of(text);

	packet_begin(&packet, 0);
	dns_query_question(&packet.writer, &name, type, false);
	writer_patch_be16(&packet.writer, writer_len(&packet.writer) - 2,
			  class);
	writer_patch_be16(&packet.writer, 4, 1);
}

static void test_m23_others_ask_the_same(void **state)
{
	int64_t due, now;

	(void)state;
	begin_watch();
	due = querier.browse_due;
	now = due - 500;
	run(now);
	/* Not the same: another type, QU, what we know not, cut short. */
	put_query("_y._tcp.local", DNS_TYPE_PTR, 1);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_SRV, 1);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_PTR, 0x8001);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_PTR, 3);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_PTR, 1);
	put_ptr(&packet, TYPE, TWO, 4500);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_PTR, 1);
	writer_patch_be16(&packet.writer, 2, 0x0200);
	deliver_from(&by_group, now);
	put_query(TYPE, DNS_TYPE_PTR, 1);
	deliver(now); /* not to the group */
	assert_int_equal(querier.browse_due, due);
	/* What we know, and what is none of our business. */
	put_query(TYPE, DNS_TYPE_PTR, 1);
	put_ptr(&packet, TYPE, ONE, 4500);
	put_ptr(&packet, "_y._tcp.local", "a._y._tcp.local", 4500);
	deliver_from(&by_group, now);
	assert_int_equal(querier.browse_due, now + 4000);
	run(now + 3900);
	assert_int_equal(seen.n_sent, 0);
	/* Not a second time. */
	put_query(TYPE, DNS_TYPE_PTR, 1);
	deliver_from(&by_group, now + 3950);
	tick(now + 4000);
	assert_int_equal(seen.n_sent, 1);
	/* Not long before ours would come. */
	due = querier.browse_due;
	put_query(TYPE, DNS_TYPE_PTR, 1);
	deliver_from(&by_group, due - 1001);
	assert_int_equal(querier.browse_due, due);
}

static void test_m7_known_answers_in_several_packets(void **state)
{
	struct dns_name types = name_of(TYPES);
	unsigned int n_answers = 0, n_packets = 0;
	bool more = true;
	char who[64];

	(void)state;
	begin_kind(QUERIER_TYPES, TYPES, CLOCK_NEVER);
	for (unsigned int i = 0; i < 60; i++) {
		snprintf(who, sizeof(who), "_long-name-%u._tcp.local", i);
		put_ptr(&packet, TYPES, who, 4500);
	}
	deliver(T0);
	assert_int_equal(seen.n_found, 60);
	querier_tick(&querier, querier_due(&querier));
	drain();
	/* On the ephemeral path what fits. */
	assert_int_equal(seen.n_sent, 1);
	assert_in_range(seen.query.n_records, 20, 59);
	querier_tick(&querier, querier_due(&querier));
	while (more) {
		struct querier_action action;
		struct dns_message query;
		struct dns_record record;

		assert_true(querier_next(&querier, &action));
		assert_int_equal(action.paths, QUERIER_GROUP);
		assert_int_equal(dns_message_open(action.packet, &query), 0);
		assert_int_equal(query.n_questions, n_packets++ == 0);
		while (dns_message_next(&query, &record)) {
			assert_true(dns_name_equal(&record.owner, &types));
			assert_true(dns_name_equal(
				&record.target,
				&querier.cache.instances[n_answers++].name));
		}
		more = query.truncated;
	}
	assert_int_equal(n_answers, 60);
	assert_true(n_packets > 1);
	drain();
	assert_int_equal(seen.n_sent, 0);
}

static void test_m24_ask_again(void **state)
{
	(void)state;
	begin_watch();
	run(T0 + 5000);
	querier_ask_again(&querier, T0 + 5000);
	drain();
	/* As at the start: one query, nothing known goes along. */
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.n_group, 0);
	assert_int_equal(seen.query.n_records, 0);
	assert_int_equal(querier_due(&querier), T0 + 5250);
	tick(T0 + 5250);
	assert_int_equal(seen.query.n_records, 1);
	run(T0 + 6400);
	assert_int_equal(seen.n_group, 1);
	/* What is known is not told again. */
	put_service(ONE, "box.local", 0x0a000001);
	deliver(T0 + 6500);
	assert_int_equal(seen.n_found, 0);
}

static void test_m17_subtypes(void **state)
{
	(void)state;
	begin_kind(QUERIER_BROWSE, "_c._sub._x._tcp.local", CLOCK_NEVER);
	put_ptr(&packet, TYPE, TWO, 4500); /* was not asked for */
	put_ptr(&packet, "_c._sub._x._tcp.local", "a._c._sub._x._tcp.local",
		4500);
	put_ptr(&packet, "_c._sub._x._tcp.local", ONE, 4500);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	PUT_TXT(&packet, ONE, "\1x");
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(querier.cache.n_instances, 1);
	assert_false(querier_is_complete(&querier));
}

static void test_m14_types(void **state)
{
	static const char *const not_types[] = { "one._http._tcp.local",
						 "http._tcp.local",
						 "_http._tcp.elsewhere",
						 "_http._sctp.local" };
	struct dns_name http = name_of("_http._tcp.local");

	(void)state;
	begin_kind(QUERIER_TYPES, TYPES, T0 + 5000);
	for (size_t i = 0; i < ARRAY_SIZE(not_types); i++)
		put_ptr(&packet, TYPES, not_types[i], 4500);
	put_ptr(&packet, TYPES, "_http._tcp.local", 4500);
	put_srv(&packet, "_http._tcp.local", 1, 0, 0, 80, "box.local", 120);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_true(dns_name_equal(&seen.found.name, &http));
	assert_int_equal(querier.cache.n_instances, 1);
	assert_int_equal(querier.cache.n_hosts, 0);
	put_ptr(&packet, TYPES, "_http._tcp.local", 0);
	deliver(T0 + 100);
	run(T0 + 1200);
	assert_int_equal(seen.n_lost, 1);
	assert_false(querier_is_complete(&querier));
}

static void test_m17_resolve(void **state)
{
	static const int64_t at[] = { 250, 1250 };

	(void)state;
	begin_kind(QUERIER_RESOLVE, ONE, CLOCK_NEVER);
	assert_int_equal(seen.query.n_questions, 2);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(querier_due(&querier), T0 + at[i]);
		tick(T0 + at[i]);
		assert_int_equal(seen.n_sent, 1);
	}
	run(T0 + 1400);
	assert_int_equal(seen.n_group, 1);
	/* A pointer is nobody's business here. */
	put_ptr(&packet, TYPE, TWO, 4500);
	put_ptr(&packet, TYPE, ONE, 0);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 120);
	deliver(T0 + 1500);
	assert_int_equal(querier.cache.n_instances, 1);
	assert_false(querier_is_complete(&querier));
	tick(T0 + 1520);
	assert_int_equal(seen.query.n_questions, 3); /* TXT, A, AAAA */
	PUT_TXT(&packet, ONE, "\1x");
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 1600);
	assert_int_equal(seen.n_found, 1);
	assert_true(querier_is_complete(&querier));
	/* Nothing is asked for before it is to be refreshed. */
	assert_true(querier_due(&querier) > T0 + 90000);
	querier_ask_again(&querier, T0 + 2000);
	drain();
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.query.n_questions, 4);
	run(T0 + 200000);
	assert_int_equal(seen.n_lost, 1);
}

static void test_m15_lookup(void **state)
{
	static const uint8_t ipv6[16] = { 0xfe, 0x80, [15] = 1 };
	static const char only_a[] = "\3box\5local\0\0\1\x40";

	(void)state;
	begin_kind(QUERIER_LOOKUP, "box.local", CLOCK_NEVER);
	assert_int_equal(seen.query.n_questions, 2);
	put_a(&packet, "other.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 0);
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 2);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.ipv4[0], 1 << 24);
	assert_false(querier_is_complete(&querier));
	put_data(&packet, "box.local", DNS_TYPE_NSEC, 1 | FLUSH, only_a,
		 sizeof(only_a) - 1);
	deliver(T0 + 3);
	assert_true(querier_is_complete(&querier));
	assert_true(querier_due(&querier) > T0 + 90000);
	/* It has got one since. */
	put_data(&packet, "box.local", DNS_TYPE_AAAA, 1, ipv6, 16);
	deliver(T0 + 4);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.n_ipv6, 1);
	assert_true(querier_is_complete(&querier));
	run(T0 + 130000);
	assert_int_equal(seen.n_lost, 1);
	assert_false(querier_is_complete(&querier));
	put_a(&packet, "box.local", 1, 1 << 24);
	deliver(T0 + 130010);
	assert_int_equal(seen.n_found, 1);
}

/* RFC 4343 §3: case is kept by who answers, and means nothing to who asks. */
static void test_m22_names_as_they_are_written(void **state)
{
	struct dns_name instance = name_of("One._X._tcp.local");
	struct dns_name host = name_of("Box.local");

	(void)state;
	begin_kind(QUERIER_RESOLVE, ONE, CLOCK_NEVER);
	put_srv(&packet, "One._X._tcp.local", 1, 0, 0, 80, "Box.local", 120);
	PUT_TXT(&packet, "ONE._x._TCP.local", "\1x");
	put_a(&packet, "bOX.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_memory_equal(seen.found.name.wire, instance.wire, instance.len);
	assert_memory_equal(seen.host.name.wire, host.wire, host.len);
	begin_kind(QUERIER_LOOKUP, "box.local", CLOCK_NEVER);
	put_a(&packet, "Box.local", 1, 1 << 24);
	deliver(T0 + 1);
	assert_memory_equal(seen.host.name.wire, host.wire, host.len);
}

static void put_alias(const char *from, const char *to)
{
	struct dns_name name = name_of(to);

	put_data(&packet, from, DNS_TYPE_CNAME, 1, name.wire, name.len);
}

static void test_m15_aliases_of_a_host(void **state)
{
	struct dns_name last = name_of("c.local");

	(void)state;
	begin_kind(QUERIER_LOOKUP, "box.local", CLOCK_NEVER);
	/* Backwards, with a circle, then in another packet. */
	put_alias("b.local", "box.local");
	put_alias("a.local", "b.local");
	put_alias("box.local", "a.local");
	put_alias("box.local", "z.local");
	put_a(&packet, "z.local", 1, 9 << 24);
	deliver(T0 + 1);
	assert_int_equal(querier.cache.n_hosts, 3);
	assert_int_equal(seen.n_found, 0);
	tick(T0 + 21);
	assert_int_equal(seen.query.n_questions, 2);
	assert_memory_equal(seen.bytes + 12, "\1b\5local", 8);
	put_alias("b.local", "c.local");
	put_a(&packet, "c.local", 1, 1 << 24);
	deliver(T0 + 30);
	assert_int_equal(seen.n_found, 1);
	assert_true(dns_name_equal(&seen.host.name, &last));
	/* They end, and what comes then is looked at from the first on. */
	run(T0 + 130000);
	assert_int_equal(seen.n_lost, 1);
	put_a(&packet, "box.local", 1, 2 << 24);
	deliver(T0 + 130100);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.host.ipv4[0], 2 << 24);
}

static void test_m15_too_many_aliases(void **state)
{
	char from[16] = "box.local", to[16];

	(void)state;
	begin_kind(QUERIER_LOOKUP, "box.local", CLOCK_NEVER);
	for (unsigned int n = 0; n <= CACHE_ALIASES_MAX; n++) {
		snprintf(to, sizeof(to), "a%u.local", n);
		put_alias(from, to);
		put_a(&packet, to, 1, 1 << 24);
		if (n < CACHE_ALIASES_MAX)
			packet_begin(&packet, 0x8400), put_alias(from, to);
		deliver(T0 + n);
		assert_int_equal(seen.n_found, 0);
		memcpy(from, to, sizeof(from));
	}
	assert_int_equal(querier.cache.n_hosts, 1 + CACHE_ALIASES_MAX);
}

/* New instances all the time do not make us ask all the time. */
static void test_m21_rounds_in_a_second(void **state)
{
	unsigned int n_sent = 0;
	char who[64];

	(void)state;
	begin(CLOCK_NEVER);
	for (int64_t now = T0; now < T0 + 10000; now += 5) {
		snprintf(who, sizeof(who), "s%u._x._tcp.local",
			 (unsigned int)now);
		put_ptr(&packet, TYPE, who, 4500);
		deliver(now);
		run(now);
		n_sent += seen.n_sent;
	}
	/* Of 96 instances three packets a round and path, and the schedule. */
	assert_in_range(n_sent, 10, 10 * (QUERIER_ROUNDS_MAX + 1) * 12);
}

/* Records that are to be refreshed all the time are so each second. */
static void test_m21_short_ttls(void **state)
{
	(void)state;
	begin(CLOCK_NEVER);
	for (int64_t now = T0; now < T0 + 60000; now += 100) {
		put_ptr(&packet, TYPE, ONE, 1);
		put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 1);
		PUT_TXT(&packet, ONE, "\1x");
		put_a(&packet, "box.local", 1, 1 << 24);
		deliver_from(&by_group, now);
		run(now + 99);
	}
	put_ptr(&packet, TYPE, ONE, 1);
	put_srv(&packet, ONE, 1, 0, 0, 80, "box.local", 1);
	deliver_from(&by_group, T0 + 60000);
	run(T0 + 61000);
	assert_in_range(seen.n_sent, 1, 4);
	assert_int_equal(seen.n_lost, 1);
}

/* Every event in the states that know none of it. */
static void test_states(void **state)
{
	struct dns_name type = name_of(TYPE);

	(void)state;
	querier_init(&querier, QUERIER_BROWSE, &type);
	packet_begin(&packet, 0x8400);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0);
	querier_tick(&querier, T0);
	querier_ask_again(&querier, T0);
	drain();
	assert_int_equal(seen.n_sent + seen.n_found + seen.n_done, 0);
	assert_int_equal(querier.state, QUERIER_IDLE);
	assert_int_equal(querier.counts.packets, 0);
	assert_true(querier_due(&querier) == CLOCK_NEVER);
	querier_stop(&querier, T0);
	drain();
	assert_int_equal(seen.n_done, 1);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0);
	querier_tick(&querier, T0 + 99999);
	querier_ask_again(&querier, T0 + 99999);
	querier_stop(&querier, T0 + 99999);
	drain();
	assert_int_equal(seen.n_sent + seen.n_found + seen.n_done, 0);
	assert_int_equal(querier.state, QUERIER_FINISHED);
	assert_true(querier_due(&querier) == CLOCK_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m23_group_once_it_answers),
		cmocka_unit_test(test_m11_expiry),
		cmocka_unit_test(test_m11_pointer_expires),
		cmocka_unit_test(test_m23_a_day),
		cmocka_unit_test(test_m10_changes_are_told),
		cmocka_unit_test(test_m10_change_without_flush),
		cmocka_unit_test(test_m11_goodbyes_of_records),
		cmocka_unit_test(test_m9_m12_off_the_link),
		cmocka_unit_test(test_m12_old_ids),
		cmocka_unit_test(test_m23_others_ask_the_same),
		cmocka_unit_test(test_m7_known_answers_in_several_packets),
		cmocka_unit_test(test_m24_ask_again),
		cmocka_unit_test(test_m17_subtypes),
		cmocka_unit_test(test_m14_types),
		cmocka_unit_test(test_m17_resolve),
		cmocka_unit_test(test_m15_lookup),
		cmocka_unit_test(test_m22_names_as_they_are_written),
		cmocka_unit_test(test_m15_aliases_of_a_host),
		cmocka_unit_test(test_m15_too_many_aliases),
		cmocka_unit_test(test_m21_rounds_in_a_second),
		cmocka_unit_test(test_m21_short_ttls),
		cmocka_unit_test(test_states),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(packet.block);
	return failed;
}
