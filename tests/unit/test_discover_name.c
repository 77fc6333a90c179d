/* discover/name.c: DNS names. */
#include <errno.h>

#include "base/text.h"

#include "tests/unit/test_discover_packet.h"

static uint8_t *block;

/* Decodes at OFFSET of a message that is a header of zeroes and then DATA. */
static int decode(const void *data, size_t len, size_t offset,
		  struct dns_name *ret_name, size_t *ret_next)
{
	free(block);
	block = calloc(1, 12 + len);
	assert_non_null(block);
	if (len > 0)
		memcpy(block + 12, data, len);
	return dns_name_decode((struct span){ block, 12 + len }, offset,
			       ret_name, ret_next);
}

#define DECODE(literal, offset, name, next)                                    \
	decode(literal, sizeof(literal) - 1, offset, name, next)

static void assert_text(const struct dns_name *name, const char *expected)
{
	struct writer writer;
	char text[1100];

	writer_init(&writer, text, sizeof(text));
	dns_name_put(&writer, name);
	assert_string_equal(text_end(&writer), expected);
}

static void test_plain(void **state)
{
	struct dns_name name;
	size_t next;

	(void)state;
	assert_int_equal(DECODE("\3box\5local\0rest", 12, &name, &next), 0);
	assert_int_equal(next, 12 + 11);
	assert_int_equal(name.len, 11);
	assert_text(&name, "box.local");
	assert_int_equal(DECODE("\0", 12, &name, &next), 0);
	assert_true(dns_name_is_root(&name));
	assert_text(&name, ".");
}

static void test_pointer_backwards(void **state)
{
	struct dns_name name;
	size_t next;

	(void)state;
	/* local at 12, b.local at 19, a.b.local at 23 */
	assert_int_equal(
		DECODE("\5local\0\1b\xc0\x0c\1a\xc0\x13zz", 23, &name, &next),
		0);
	assert_text(&name, "a.b.local");
	assert_int_equal(next, 27);
}

static void test_m1_pointers_that_lead_nowhere(void **state)
{
	struct dns_name name = { .len = 77 };
	size_t next = 88;

	(void)state;
	/* itself, forward, into the header, to each other, past the end */
	assert_int_equal(DECODE("\xc0\x0c", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\xc0\x0f\0\1x\0", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\xc0\x00", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\xc0\x0b", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\xc0\x0e\xc0\x0c", 14, &name, &next),
			 -EBADMSG);
	assert_int_equal(DECODE("\1a\xc0\x0c", 14, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\xff\xff", 12, &name, &next), -EBADMSG);
	/* cut short, in each of its parts */
	assert_int_equal(DECODE("\xc0", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\3bo", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("\3box", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("", 12, &name, &next), -EBADMSG);
	assert_int_equal(DECODE("", 13, &name, &next), -EBADMSG);
	/* outputs stay as they were */
	assert_int_equal(name.len, 77);
	assert_int_equal(next, 88);
}

static void test_m1_a_long_chain_of_pointers(void **state)
{
	uint8_t data[2 * 200 + 1] = { 0 };
	struct dns_name name;
	size_t next;

	(void)state;
	/* A root, and then pointers each to the one before. */
	for (unsigned int i = 0; i < 200; i++) {
		unsigned int target = i == 0 ? 12 : 13 + 2 * (i - 1);

		data[1 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
		data[2 + 2 * i] = (uint8_t)target;
	}
	assert_int_equal(decode(data, sizeof(data),
				13 + 2 * (DNS_NAME_POINTERS_MAX - 1), &name,
				&next),
			 0);
	assert_int_equal(decode(data, sizeof(data),
				13 + 2 * DNS_NAME_POINTERS_MAX, &name, &next),
			 -EBADMSG);
}

static void test_m2_label_types(void **state)
{
	struct dns_name name;
	uint8_t data[130];
	size_t next;

	(void)state;
	memset(data, 'x', sizeof(data));
	for (unsigned int first = 64; first < 0xc0; first++) {
		data[0] = (uint8_t)first;
		assert_int_equal(decode(data, sizeof(data), 12, &name, &next),
				 -EBADMSG);
	}
	data[0] = 63;
	data[64] = 0;
	assert_int_equal(decode(data, sizeof(data), 12, &name, &next), 0);
	assert_int_equal(name.len, 65);
}

static void test_m2_total_length(void **state)
{
	uint8_t data[300];
	struct dns_name name;
	size_t next, at = 0;

	(void)state;
	/* Three labels of 63 and one of 61 make 255 with the root. */
	memset(data, 'x', sizeof(data));
	for (unsigned int i = 0; i < 3; i++, at += 64)
		data[at] = 63;
	data[at] = 61;
	data[at + 62] = 0;
	assert_int_equal(decode(data, at + 63, 12, &name, &next), 0);
	assert_int_equal(name.len, 255);
	data[at] = 62;
	data[at + 63] = 0;
	assert_int_equal(decode(data, at + 64, 12, &name, &next), -EBADMSG);
}

static void test_m6_case(void **state)
{
	struct dns_name a = name_of("Plasmd-BOX._phase-IMAGE._TCP.Local");
	struct dns_name b = name_of("plasmd-box._PHASE-image._tcp.local");
	struct dns_name other = name_of("plasmd-bix._PHASE-image._tcp.local");
	struct dns_name at = name_of("@"), backtick = name_of("`");

	(void)state;
	assert_true(dns_name_equal(&a, &b));
	assert_false(dns_name_equal(&a, &other));
	/* Letters only: '@' and '`' differ by the same bit. */
	assert_false(dns_name_equal(&at, &backtick));
}

static void test_child(void **state)
{
	struct dns_name type = name_of("_x._tcp.local");
	struct dns_name child = name_of("An Instance._X._tcp.local");
	struct dns_name deeper = name_of("a.b._x._tcp.local");
	struct dns_name label = name_of("a\\.b._x._tcp.local");

	(void)state;
	assert_true(dns_name_is_child(&child, &type));
	assert_true(dns_name_is_child(&label, &type));
	assert_false(dns_name_is_child(&deeper, &type));
	assert_false(dns_name_is_child(&type, &type));
	assert_true(span_is(dns_name_first_label(&child), "An Instance"));
	assert_true(span_is(dns_name_first_label(&label), "a.b"));
}

static void test_m22_presentation(void **state)
{
	struct dns_name name, again;
	size_t next;

	(void)state;
	assert_int_equal(
		DECODE("\10a.b\\ \x1b\xff\"\5local\0", 12, &name, &next), 0);
	assert_text(&name, "a\\.b\\\\\\032\\027\\255\".local");
	again = name_of("a\\.b\\\\\\032\\027\\255\".local.");
	assert_int_equal(again.len, name.len);
	assert_memory_equal(again.wire, name.wire, name.len);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"", "..", "a..b", ".a", "a\\", "a\\25", "a\\256", "a\\2x5",
	};
	struct dns_name name;
	char longest[70];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(dns_name_parse(span_of(bad[i]), &name),
				 -EBADMSG);
	memset(longest, 'x', 64);
	longest[64] = '\0';
	assert_int_equal(dns_name_parse(span_of(longest), &name), -EBADMSG);
	longest[63] = '\0';
	assert_int_equal(dns_name_parse(span_of(longest), &name), 0);
	assert_int_equal(dns_name_parse(span_of("."), &name), 0);
	assert_true(dns_name_is_root(&name));
}

static void test_ends_and_labels(void **state)
{
	struct dns_name name = name_of("One._x._tcp.local"), rest;
	struct dns_name end = name_of("_X._tcp.LOCAL");
	struct dns_name none = { .len = 0 };
	struct dns_name root = name_of(".");

	(void)state;
	rest = dns_name_after(&name, 0);
	assert_true(dns_name_equal(&rest, &name));
	rest = dns_name_after(&name, 1);
	assert_true(dns_name_equal(&rest, &end));
	assert_int_equal(dns_name_hash(&rest, 5), dns_name_hash(&end, 5));
	assert_int_not_equal(dns_name_hash(&end, 6), dns_name_hash(&end, 5));
	assert_int_not_equal(dns_name_hash(&name, 5), dns_name_hash(&end, 5));
	rest = dns_name_after(&name, 4);
	assert_true(dns_name_is_root(&rest));
	rest = dns_name_after(&name, 9);
	assert_int_equal(rest.len, 0);
	assert_true(dns_name_ends_with(&name, &name));
	assert_true(dns_name_ends_with(&name, &end));
	assert_true(dns_name_ends_with(&name, &root));
	assert_false(dns_name_ends_with(&end, &name));
	assert_false(dns_name_ends_with(&name, &none));
	/* The bytes are there, but not where a label begins. */
	name = name_of("a\\002_x\\004_tcp.local");
	end = name_of("_x._tcp.local");
	assert_false(dns_name_ends_with(&name, &end));
}

static void test_is_type(void **state)
{
	struct dns_name local = name_of("local"), name;
	static const char *const good[] = { "_http._tcp.local",
					    "_a-b_1._UDP.Local" };
	static const char *const bad[] = {
		"_tcp.local",	      "http._tcp.local",
		"_._tcp.local",	      "_http._sctp.local",
		"_http._tcp",	      "_http._tcp.x.local",
		"x._http._tcp.local", "_seventeen-letters._tcp.local",
		"_a b._tcp.local"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		name = name_of(good[i]);
		assert_true(dns_name_is_type(&name, &local));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		name = name_of(bad[i]);
		assert_false(dns_name_is_type(&name, &local));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_pointer_backwards),
		cmocka_unit_test(test_m1_pointers_that_lead_nowhere),
		cmocka_unit_test(test_m1_a_long_chain_of_pointers),
		cmocka_unit_test(test_m2_label_types),
		cmocka_unit_test(test_m2_total_length),
		cmocka_unit_test(test_m6_case),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_m22_presentation),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_ends_and_labels),
		cmocka_unit_test(test_is_type),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(block);
	return failed;
}
