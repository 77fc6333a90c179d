/* discover/dns_unicast.c: queries, answers, aliases, the reverse tree. */
#include <errno.h>
#include <stdio.h>

#include "base/compiler.h"
#include "discover/dns_unicast.h"
#include "tests/unit/test_discover_packet.h"

static struct packet packet;

static void test_query(void **state)
{
	static const uint8_t expected[] = {
		/* id, RD, one question, one additional record */
		0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1,
		/* x.org AAAA IN */
		1, 'x', 3, 'o', 'r', 'g', 0, 0, 28, 0, 1,
		/* OPT: 1232 bytes */
		0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0
	};
	struct dns_name name = name_of("x.org");
	const struct dns_question question = {
		.name = &name,
		.type = DNS_TYPE_AAAA,
		.id = 0x1234,
	};
	uint8_t buffer[DNS_UNICAST_QUERY_MAX];
	struct writer writer;

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_unicast_put_query(&writer, &question, true);
	assert_int_equal(writer_len(&writer), sizeof(expected));
	assert_memory_equal(buffer, expected, sizeof(expected));
	writer_init(&writer, buffer, sizeof(buffer));
	dns_unicast_put_query(&writer, &question, false);
	assert_int_equal(writer_len(&writer), sizeof(expected) - 11);
	assert_int_equal(buffer[11], 0);
	/* The longest name fits. */
	memset(name.wire, 1, sizeof(name.wire));
	name.len = DNS_NAME_MAX;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_unicast_put_query(&writer, &question, true);
	assert_false(writer_failed(&writer));
	assert_int_equal(writer_room(&writer), 0);
}

static bool is_answer(uint16_t flags, unsigned int n_questions)
{
	struct dns_name name = name_of("X.org");
	const struct dns_question question = {
		.name = &name,
		.type = DNS_TYPE_PTR,
		.id = 7,
	};
	struct dns_message message;

	packet_begin(&packet, flags);
	writer_patch_be16(&packet.writer, 0, 7);
	writer_patch_be16(&packet.writer, 4, (uint16_t)n_questions);
	for (unsigned int n = 0; n < n_questions; n++)
		dns_query_question(&packet.writer, &name, DNS_TYPE_PTR, false);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	return dns_unicast_is_answer(&message, &question);
}

static void test_answer(void **state)
{
	(void)state;
	assert_true(is_answer(0x8180, 1));
	assert_true(is_answer(0x8183, 1));
	assert_false(is_answer(0x0100, 1));
	assert_false(is_answer(0x8980, 1));
	assert_false(is_answer(0x8180, 2));
	assert_false(is_answer(0x8180, 0));
	assert_false(is_answer(0x8183, 0));
	assert_true(is_answer(0x8181, 0));
}

static void put_alias(const char *owner, uint16_t class, const char *target)
{
	struct dns_name name = name_of(target);

	put_data(&packet, owner, DNS_TYPE_CNAME, class, name.wire, name.len);
}

/* Where the aliases lead that PACKET has for "0.org". */
static int follow(struct dns_name *ret_name)
{
	struct dns_name name = name_of("0.ORG");
	struct dns_message message;

	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	return dns_unicast_follow(&message, &name, ret_name);
}

static void test_m15_aliases(void **state)
{
	struct dns_name name, expected;
	char owner[16], target[16];

	(void)state;
	packet_begin(&packet, 0x8180);
	put_a(&packet, "0.org", 1, 1);
	put_alias("1.org", 1, "2.org");
	put_alias("0.org", 3, "2.org"); /* of another class */
	assert_int_equal(follow(&name), 0);
	expected = name_of("0.org");
	assert_true(dns_name_equal(&name, &expected));
	/* As many as there may be, the last one first; then one more. */
	for (unsigned int n = 8; n < 10; n++) {
		packet_begin(&packet, 0x8180);
		for (unsigned int i = n; i-- > 0;) {
			snprintf(owner, sizeof(owner), "%u.org", i);
			snprintf(target, sizeof(target), "%u.org", i + 1);
			put_alias(owner, 1, target);
		}
		assert_int_equal(follow(&name), n == 8 ? 0 : -ELOOP);
	}
	expected = name_of("8.org");
	assert_true(dns_name_equal(&name, &expected));
	packet_begin(&packet, 0x8180);
	put_alias("0.org", 1, "1.org");
	put_alias("1.org", 1, "0.org");
	assert_int_equal(follow(&name), -ELOOP);
}

/* An alias whose data is no name: the message is refused, or it is none. */
static void test_m4_broken_aliases(void **state)
{
	static const struct span data[] = {
		{ (const uint8_t *)"\1x\0y", 4 },
		{ (const uint8_t *)"\x40", 1 },
	};
	struct dns_name name = name_of("0.org"), to;
	struct dns_message message;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(data); n++) {
		packet_begin(&packet, 0x8180);
		put_data(&packet, "0.org", DNS_TYPE_CNAME, 1, data[n].data,
			 data[n].len);
		if (dns_message_open(packet_end(&packet), &message) < 0)
			continue;
		assert_int_equal(dns_unicast_follow(&message, &name, &to), 0);
		assert_true(dns_name_equal(&name, &to));
	}
}

static void test_join(void **state)
{
	struct dns_name domain = name_of("x.org"), name, expected;
	uint8_t labels[DNS_NAME_MAX];

	(void)state;
	assert_int_equal(
		dns_unicast_join(span_of("\5_http\4_tcp"), &domain, &name), 0);
	expected = name_of("_http._tcp.x.org");
	assert_true(dns_name_equal(&name, &expected));
	assert_int_equal(dns_unicast_join(span_of(""), &domain, &name), 0);
	assert_true(dns_name_equal(&name, &domain));
	memset(labels, 1, sizeof(labels));
	assert_int_equal(
		dns_unicast_join((struct span){ labels, 248 }, &domain, &name),
		0);
	assert_int_equal(name.len, DNS_NAME_MAX);
	assert_int_equal(
		dns_unicast_join((struct span){ labels, 249 }, &domain, &name),
		-ENOBUFS);
	assert_int_equal(name.len, DNS_NAME_MAX);
}

static void test_local(void **state)
{
	struct dns_name name;

	(void)state;
	name = name_of("local");
	assert_true(dns_unicast_is_local(&name));
	name = name_of("a.b.LOCAL.");
	assert_true(dns_unicast_is_local(&name));
	name = name_of("local.org");
	assert_false(dns_unicast_is_local(&name));
	name = name_of("nonlocal");
	assert_false(dns_unicast_is_local(&name));
	name = name_of(".");
	assert_false(dns_unicast_is_local(&name));
}

static void test_reverse(void **state)
{
	static const struct {
		struct dns_subnet subnet;
		const char *name;
	} cases[] = {
		{ { .address.ipv4 = 0xc0a80217, .prefix = 24 },
		  "0.2.168.192.in-addr.arpa" },
		{ { .address.ipv4 = 0xc0a80217, .prefix = 32 },
		  "23.2.168.192.in-addr.arpa" },
		{ { .address.ipv4 = 0xffffffff, .prefix = 0 },
		  "0.0.0.0.in-addr.arpa" },
		{ { .address.ipv4 = 0x0affffff, .prefix = 9 },
		  "0.0.128.10.in-addr.arpa" },
		{ { .address = { .is_ipv6 = true,
				 .ipv6 = { 0x20, 1, 0x0d, 0xb8, 0, 0, 0xab,
					   0xcf, 1, 2, 3, 4, 5, 6, 7, 8 } },
		    .prefix = 62 },
		  "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		  "c.c.b.a.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
	};
	struct dns_subnet bad = { .prefix = 33 };
	struct dns_name name, expected;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
		assert_int_equal(dns_unicast_reverse(&cases[n].subnet, &name),
				 0);
		expected = name_of(cases[n].name);
		assert_true(dns_name_equal(&name, &expected));
	}
	assert_int_equal(dns_unicast_reverse(&bad, &name), -EINVAL);
	bad = (struct dns_subnet){ .address.is_ipv6 = true, .prefix = 129 };
	assert_int_equal(dns_unicast_reverse(&bad, &name), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_m15_aliases),
		cmocka_unit_test(test_m4_broken_aliases),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_reverse),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(packet.block);
	return failed;
}
