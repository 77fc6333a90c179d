/* dhcp/message6.c: DHCPv6 messages, written and read. */
#include "test_dhcp6.h"

#include <errno.h>

#include "dhcp/message6.h"

static struct dhcp_counters counters;
static struct dhcp_message6 message;
static uint8_t buffer[512];

/* Reads what is never freed while MESSAGE points into it: BUFFER. */
static int read_whole(struct span payload)
{
	memset(&counters, 0, sizeof(counters));
	return dhcp_message6_read(payload, &counters, &message);
}

static struct span make(const struct dhcp_outgoing6 *outgoing)
{
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_message6_write(&writer, outgoing);
	assert_false(writer_failed(&writer));
	assert_true(writer_len(&writer) <= DHCP_OUTGOING6_MAX);
	return writer_span(&writer);
}

static void assert_bytes(struct span got, struct span expected)
{
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, expected.len);
}

static const struct dhcp_outgoing6 solicit = {
	.type = DHCP_TYPE6_SOLICIT,
	.xid = 0xff123456,
	.elapsed_cs = 0x0102,
	.client_id = { (const uint8_t *)"DUID", 4 },
	.has_ia = true,
	.iaid = 0xa1b2c3d4,
	.rapid_commit = true,
};

static void test_solicit(void **state UNUSED)
{
	assert_bytes(make(&solicit),
		     BYTES(1, 0x12, 0x34, 0x56, 0, 1, 0, 4, 'D', 'U', 'I', 'D',
			   0, 8, 0, 2, 1, 2, 0, 3, 0, 12, 0xa1, 0xb2, 0xc3,
			   0xd4, 0, 0, 0, 0, 0, 0, 0, 0, /* option request */
			   0, 6, 0, 18, 0, 23, 0, 24, 0, 82, 0, 83, 0, 17, 0,
			   56, 0, 59, 0, 60, 0,
			   103, /* rapid commit, vendor class */
			   0, 14, 0, 0, 0, 16, 0, 16, 0, 0, 0, 0, 0, 10, 'p',
			   'h', 'a', 's', 'e', '-', 'b', 'o', 'o', 't'));
}

static void test_request(void **state UNUSED)
{
	struct dhcp_outgoing6 outgoing = solicit;
	struct span value;

	outgoing.type = DHCP_TYPE6_REQUEST;
	outgoing.rapid_commit = false;
	outgoing.server_id = SERVER6;
	outgoing.address = &ip6_address;
	assert_int_equal(read_whole(make(&outgoing)), 0);
	assert_int_equal(message.type, 3);
	assert_int_equal(message.xid, 0x123456);
	assert_bytes(message.client_id, span_of("DUID"));
	assert_bytes(message.server_id, SERVER6);
	assert_int_equal(dhcp_option6_get(message.options, 14, &value),
			 -ENOENT);
	assert_int_equal(dhcp_option6_get(message.options, 3, &value), 0);
	assert_int_equal(value.len, 12 + 28);
	assert_bytes(span_skip(value, 12),
		     BYTES(0, 5, 0, 24, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0,
			   0, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0));
}

/* RFC 7844 §4: no name of ours, and not who we were. */
static void test_anonymous(void **state UNUSED)
{
	struct dhcp_outgoing6 outgoing = {
		.type = DHCP_TYPE6_INFORMATION,
		.xid = 1,
		.anonymous = true,
	};

	assert_bytes(make(&outgoing),
		     BYTES(11, 0, 0, 1, 0, 8, 0, 2, 0, 0, 0, 6, 0, 10, 0, 23, 0,
			   24, 0, 82, 0, 83, 0, 32));
	outgoing.type = DHCP_TYPE6_SOLICIT;
	assert_bytes(make(&outgoing), BYTES(1, 0, 0, 1, 0, 8, 0, 2, 0, 0, 0, 6,
					    0, 8, 0, 23, 0, 24, 0, 82, 0, 83));
}

static void test_release_asks_for_nothing(void **state UNUSED)
{
	static const enum dhcp_type6 types[] = { DHCP_TYPE6_RELEASE,
						 DHCP_TYPE6_DECLINE,
						 DHCP_TYPE6_CONFIRM };
	struct dhcp_outgoing6 outgoing = solicit;
	struct span value;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		outgoing.type = types[i];
		assert_int_equal(read_whole(make(&outgoing)), 0);
		assert_int_equal(dhcp_option6_get(message.options, 6, &value),
				 -ENOENT);
		assert_int_equal(dhcp_option6_get(message.options, 16, &value),
				 -ENOENT);
	}
}

static void test_longest_fits(void **state UNUSED)
{
	static uint8_t duid[DHCP_DUID_MAX];
	struct dhcp_outgoing6 outgoing = solicit;

	outgoing.address = &ip6_address;
	outgoing.server_id = (struct span){ duid, sizeof(duid) };
	outgoing.client_id = (struct span){ duid, 14 };
	assert_true(make(&outgoing).len <= DHCP_OUTGOING6_MAX);
}

static void test_d11_cut_everywhere(void **state UNUSED)
{
	struct span whole = make(&solicit);
	unsigned int good = 0;

	for (size_t len = 0; len <= whole.len; len++) {
		struct span copy = on_heap((struct span){ whole.data, len });
		int r = read_whole(copy);

		if (r == 0)
			good++;
		else
			assert_int_equal(counters.n[DHCP_COUNT_CUT], 1);
		free_span(copy);
	}
	/* The header alone, and after each of its six options. */
	assert_int_equal(good, 1 + 6);
}

static void test_identifiers(void **state UNUSED)
{
	uint8_t payload[600];
	struct writer writer;
	static const struct {
		size_t first, second;
		int result;
	} cases[] = {
		{ 10, 0, 0 },  { 2, 0, -EBADMSG },   { 3, 0, 0 },
		{ 130, 0, 0 }, { 131, 0, -EBADMSG }, { 10, 10, -EBADMSG },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		uint16_t code = i % 2 ? 1 : 2;

		writer_init(&writer, payload, sizeof(payload));
		writer_be32(&writer, 0x07000001);
		writer_be16(&writer, code);
		writer_be16(&writer, (uint16_t)cases[i / 2].first);
		writer_fill(&writer, 7, cases[i / 2].first);
		if (cases[i / 2].second) {
			writer_be16(&writer, code);
			writer_be16(&writer, (uint16_t)cases[i / 2].second);
			writer_fill(&writer, 7, cases[i / 2].second);
		}
		assert_int_equal(read_whole(writer_span(&writer)),
				 cases[i / 2].result);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD],
				 cases[i / 2].result ? 1 : 0);
	}
}

static void test_numbers_and_status(void **state UNUSED)
{
	struct span options = on_heap(BYTES(0, 82, 0, 4, 0, 0, 1, 2, 0, 83, 0,
					    3, 1, 2, 3, 0, 82, 0, 4, 9, 9, 9,
					    9));
	uint32_t value = 5;

	assert_int_equal(dhcp_option6_get_u32(options, 82, &value), 0);
	assert_int_equal(value, 0x0102);
	assert_int_equal(dhcp_option6_get_u32(options, 83, &value), -EBADMSG);
	assert_int_equal(dhcp_option6_get_u32(options, 84, &value), -ENOENT);
	assert_int_equal(value, 0x0102);
	assert_int_equal(dhcp_option6_status(options), 0);
	free_span(options);
	assert_int_equal(dhcp_option6_status(BYTES(0, 13, 0, 2, 0, 4)), 4);
	assert_int_equal(dhcp_option6_status(BYTES(0, 13, 0, 3, 1, 4, 'x')),
			 260);
	assert_int_equal(dhcp_option6_status(BYTES(0, 13, 0, 1, 0)),
			 DHCP_STATUS6_FAILED);
	assert_int_equal(dhcp_option6_status(BYTES(0, 13, 0, 0)),
			 DHCP_STATUS6_FAILED);
	/* Cut, as only the options inside of an IA can be. */
	assert_int_equal(dhcp_option6_status(BYTES(0, 13, 0, 9, 0)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_solicit),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_release_asks_for_nothing),
		cmocka_unit_test(test_longest_fits),
		cmocka_unit_test(test_d11_cut_everywhere),
		cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_numbers_and_status),
	};

	return cmocka_run_group_tests_name("dhcp_message6", tests, NULL, NULL);
}
