/* dhcp/message.c: what the client sends, and replies read into facts. */
#include "test_dhcp_server.h"

#include <errno.h>

#include "dhcp/message.h"

static struct dhcp_counters counters;

static int read_message(struct span payload, struct dhcp_message *ret_message)
{
	struct span copy = on_heap(payload);
	int r;

	memset(&counters, 0, sizeof(counters));
	r = dhcp_message_read(copy, &counters, ret_message);
	free_span(copy);
	return r;
}

static const struct dhcp_outgoing discover = {
	.type = DHCP_TYPE_DISCOVER,
	.xid = 0x01020304,
	.secs = 7,
	.broadcast = true,
	.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	.requested_address = ADDRESS,
	.max_size = 1500,
	.rapid_commit = true,
};

/* Written by OUTGOING, then read. */
static struct dhcp_message round_trip(const struct dhcp_outgoing *outgoing)
{
	uint8_t buffer[DHCP_OUTGOING_MAX];
	struct dhcp_message message;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_message_write(&writer, outgoing);
	assert_false(writer_failed(&writer));
	assert_true(writer_len(&writer) >= 300);
	assert_int_equal(read_message(writer_span(&writer), &message), 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_CUT], 0);
	return message;
}

static void test_discover_byte_by_byte(void **state UNUSED)
{
	static const uint8_t start[] = {
		1,    1,    6, 0,    1,	   2,	 3, 4, 0, 7, 0x80, 0, /* flags */
		0,    0,    0, 0,    0,	   0,	 0, 0, 0, 0, 0,	   0, 0,
		0,    0,    0, /* addresses */
		0x52, 0x54, 0, 0x12, 0x34, 0x56,
	};
	static const uint8_t end[] = {
		0x63, 0x82, 0x53, 0x63, 53,   1,  1,   61,  7,	 1,   0x52,
		0x54, 0,    0x12, 0x34, 0x56, 50, 4,   10,  0,	 2,   15,
		57,   2,    0x05, 0xdc, 55,   20, 1,   121, 3,	 6,   12,
		15,   26,   28,	  33,	42,   43, 51,  58,  59,	 66,  67,
		72,   114,  119,  125,	60,   9,  'P', 'h', 'a', 's', 'e',
		'B',  'o',  'o',  't',	80,   0,  255,
	};
	uint8_t buffer[DHCP_OUTGOING_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_message_write(&writer, &discover);
	assert_memory_equal(buffer, start, sizeof(start));
	for (size_t i = sizeof(start); i < 236; i++)
		assert_int_equal(buffer[i], 0);
	assert_memory_equal(buffer + 236, end, sizeof(end));
	/* The BOOTP minimum that some relays insist on. */
	assert_int_equal(writer_len(&writer), 300);
	for (size_t i = 236 + sizeof(end); i < 300; i++)
		assert_int_equal(buffer[i], 0);
}

static void test_request_for_an_offer(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	struct dhcp_message message;
	uint32_t value = 0;

	outgoing.type = DHCP_TYPE_REQUEST;
	outgoing.broadcast = false;
	outgoing.server_id = SERVER;
	outgoing.rapid_commit = false;
	outgoing.hostname = span_of("node-7");
	message = round_trip(&outgoing);
	assert_int_equal(message.op, DHCP_OP_REQUEST);
	assert_int_equal(message.type, DHCP_TYPE_REQUEST);
	assert_int_equal(message.xid, 0x01020304);
	assert_int_equal(message.secs, 7);
	assert_int_equal(message.flags, 0);
	assert_int_equal(message.ciaddr, 0);
	assert_int_equal(dhcp_options_get_u32(&message.options, 50, &value), 0);
	assert_int_equal(value, ADDRESS);
	assert_int_equal(dhcp_options_get_u32(&message.options, 54, &value), 0);
	assert_int_equal(value, SERVER);
	assert_true(span_is(dhcp_options_get(&message.options, 12), "node-7"));
	assert_false(dhcp_options_has(&message.options, 80));
}

/* RFC 2131 table 5: neither parameter list nor size, class or host name. */
static void test_decline_and_release_say_little(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	struct dhcp_message message;

	outgoing.server_id = SERVER;
	outgoing.hostname = span_of("node-7");
	outgoing.type = DHCP_TYPE_DECLINE;
	for (unsigned int i = 0; i < 4; i++) {
		outgoing.private = i & 2;
		message = round_trip(&outgoing);
		assert_int_equal(message.type, outgoing.type);
		assert_true(dhcp_options_has(&message.options, 54));
		assert_true(dhcp_options_has(&message.options, 61));
		assert_false(dhcp_options_has(&message.options, 12));
		assert_false(dhcp_options_has(&message.options, 55));
		assert_false(dhcp_options_has(&message.options, 57));
		assert_false(dhcp_options_has(&message.options, 60));
		assert_false(dhcp_options_has(&message.options, 80));
		outgoing.type = i & 1 ? DHCP_TYPE_DECLINE : DHCP_TYPE_RELEASE;
	}
}

static void test_longest_outgoing_fits(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	uint8_t text[65];
	struct dhcp_message message;

	memset(text, 'h', sizeof(text));
	outgoing.server_id = SERVER;
	outgoing.ipv6_only = true;
	outgoing.hostname = (struct span){ text, 63 };
	outgoing.vendor_class = (struct span){ text, 64 };
	outgoing.client_id = (struct span){ text, 64 };
	message = round_trip(&outgoing);
	assert_int_equal(dhcp_options_get(&message.options, 12).len, 63);
	assert_int_equal(dhcp_options_get(&message.options, 60).len, 64);
	assert_int_equal(dhcp_options_get(&message.options, 61).len, 64);
	/* RFC 1035: a label has 63; a longer name is not sent at all. */
	outgoing.hostname.len = 64;
	outgoing.vendor_class.len = 65;
	outgoing.client_id.len = 65;
	message = round_trip(&outgoing);
	assert_false(dhcp_options_has(&message.options, 12));
	assert_true(
		span_is(dhcp_options_get(&message.options, 60), "PhaseBoot"));
	assert_int_equal(dhcp_options_get(&message.options, 61).len, 7);
	/* RFC 2132 §9.14: two at least. */
	outgoing.client_id.len = 1;
	message = round_trip(&outgoing);
	assert_int_equal(dhcp_options_get(&message.options, 61).len, 7);
}

static bool asks_for(const struct dhcp_message *message, uint8_t code)
{
	struct span codes = dhcp_options_get(&message->options, 55);

	assert_true(codes.len > 0);
	return memchr(codes.data, code, codes.len) != NULL;
}

static void test_ids_of_the_users(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	struct dhcp_message message;

	outgoing.vendor_class = span_of("PXEClient:Arch:00011");
	outgoing.client_id = BYTES(255, 1, 2, 3, 4, 0, 3, 0, 1, 9);
	message = round_trip(&outgoing);
	assert_true(span_is(dhcp_options_get(&message.options, 60),
			    "PXEClient:Arch:00011"));
	assert_true(span_equal(dhcp_options_get(&message.options, 61),
			       outgoing.client_id));
	/* RFC 2131 §4.2: the same in what ends the lease. */
	outgoing.type = DHCP_TYPE_RELEASE;
	message = round_trip(&outgoing);
	assert_true(span_equal(dhcp_options_get(&message.options, 61),
			       outgoing.client_id));
}

/* D35: who cannot do without IPv4 must not ask for option 108. */
static void test_d35_ipv6_only_is_asked_for_where_it_may_be(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	struct dhcp_message message;

	for (unsigned int i = 0; i < 4; i++) {
		outgoing.ipv6_only = i & 1;
		outgoing.private = i & 2;
		message = round_trip(&outgoing);
		assert_int_equal(asks_for(&message, 108), outgoing.ipv6_only);
		assert_true(asks_for(&message, 121));
	}
}

/* RFC 7844: by the codes, and nothing that could be left out. */
static void test_private_byte_by_byte(void **state UNUSED)
{
	static const uint8_t end[] = {
		50,  4,	 10, 0, 2,    15,   53, 1,    3,    54,	  4,
		10,  0,	 2,  2, 55,   6,    1,	3,    6,    15,	  108,
		121, 61, 7,  1, 0x52, 0x54, 0,	0x12, 0x34, 0x56, 255,
	};
	struct dhcp_outgoing outgoing = discover;
	uint8_t buffer[DHCP_OUTGOING_MAX];
	struct writer writer;

	outgoing.type = DHCP_TYPE_REQUEST;
	outgoing.private = true;
	outgoing.ipv6_only = true;
	outgoing.server_id = SERVER;
	outgoing.hostname = span_of("node-7");
	outgoing.vendor_class = span_of("secret");
	outgoing.client_id = span_of("serial number");
	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_message_write(&writer, &outgoing);
	assert_memory_equal(buffer + 240, end, sizeof(end));
	for (size_t i = 240 + sizeof(end); i < 300; i++)
		assert_int_equal(buffer[i], 0);
	assert_int_equal(writer_len(&writer), 300);
}

/* RFC 2131 §4.4.3 and table 5 */
static void test_inform(void **state UNUSED)
{
	struct dhcp_outgoing outgoing = discover;
	struct dhcp_message message;

	outgoing.type = DHCP_TYPE_INFORM;
	outgoing.ciaddr = ADDRESS;
	outgoing.server_id = SERVER;
	outgoing.hostname = span_of("node-7");
	for (unsigned int i = 0; i < 2; i++) {
		outgoing.private = i;
		message = round_trip(&outgoing);
		assert_int_equal(message.type, 8);
		assert_int_equal(message.ciaddr, ADDRESS);
		assert_false(dhcp_options_has(&message.options, 50));
		assert_false(dhcp_options_has(&message.options, 51));
		assert_false(dhcp_options_has(&message.options, 54));
		assert_false(dhcp_options_has(&message.options, 80));
		assert_true(dhcp_options_has(&message.options, 61));
		assert_int_equal(dhcp_options_has(&message.options, 12), !i);
		assert_int_equal(dhcp_options_has(&message.options, 57), !i);
		assert_true(asks_for(&message, 6));
		assert_false(asks_for(&message, 51));
		assert_false(asks_for(&message, 58));
		assert_false(asks_for(&message, 59));
	}
}

static size_t put_ack(uint8_t *buffer, size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size);
	put_reply(&writer, 0xdeadbeef, ADDRESS);
	put_option(&writer, 53, BYTES(5));
	put_u32(&writer, 54, SERVER);
	put_u32(&writer, 51, 3600);
	writer_u8(&writer, 255);
	assert_false(writer_failed(&writer));
	return writer_len(&writer);
}

static void test_reads_a_reply(void **state UNUSED)
{
	uint8_t buffer[600];
	size_t len = put_ack(buffer, sizeof(buffer));
	struct dhcp_message message;
	uint32_t seconds = 0;

	memcpy(buffer + 20, (const uint8_t[]){ 10, 0, 2, 4 }, 4);
	memcpy(buffer + 24, (const uint8_t[]){ 10, 0, 9, 1 }, 4);
	memcpy(buffer + 44, "boot.example", 12);
	memset(buffer + 108, 'f', 128); /* full, without a zero */
	assert_int_equal(read_message((struct span){ buffer, len }, &message),
			 0);
	assert_int_equal(message.op, 2);
	assert_int_equal(message.htype, 1);
	assert_int_equal(message.hlen, 6);
	assert_int_equal(message.xid, 0xdeadbeef);
	assert_int_equal(message.yiaddr, ADDRESS);
	assert_int_equal(message.siaddr, IP(10, 0, 2, 4));
	assert_int_equal(message.giaddr, IP(10, 0, 9, 1));
	assert_memory_equal(message.chaddr, server_mac, 6);
	assert_int_equal(message.type, DHCP_TYPE_ACK);
	assert_int_equal(message.sname.len, 12);
	assert_int_equal(message.file.len, 128);
	assert_int_equal(dhcp_options_get_u32(&message.options, 51, &seconds),
			 0);
	assert_int_equal(seconds, 3600);
}

static void test_d11_cut_at_every_byte(void **state UNUSED)
{
	uint8_t buffer[600];
	size_t whole = put_ack(buffer, sizeof(buffer));
	struct dhcp_message message;

	for (size_t len = 0; len < 240; len++) {
		assert_int_equal(
			read_message((struct span){ buffer, len }, &message),
			-EBADMSG);
		assert_int_equal(counters.n[DHCP_COUNT_CUT], 1);
	}
	for (size_t len = 240; len <= whole; len++) {
		assert_int_equal(
			read_message((struct span){ buffer, len }, &message),
			0);
		/* What is whole is there, what is not is not. */
		assert_int_equal(message.type, len >= 243 ? 5 : 0);
		assert_int_equal(dhcp_options_has(&message.options, 54),
				 len >= 249);
		assert_int_equal(dhcp_options_has(&message.options, 51),
				 len >= 255);
	}
}

static void test_d11_unusable_type(void **state UNUSED)
{
	uint8_t buffer[600];
	struct dhcp_message message;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	put_reply(&writer, 1, ADDRESS);
	put_option(&writer, 53, BYTES(5, 5));
	assert_int_equal(read_message(writer_span(&writer), &message), 0);
	assert_int_equal(message.type, 0);
}

static void test_d5_no_cookie(void **state UNUSED)
{
	uint8_t buffer[600];
	size_t len = put_ack(buffer, sizeof(buffer));
	struct dhcp_message message;

	buffer[239] ^= 1;
	assert_int_equal(read_message((struct span){ buffer, len }, &message),
			 -EBADMSG);
	assert_int_equal(counters.n[DHCP_COUNT_COOKIE], 1);
}

static void test_d12_overloaded_fields_are_no_names(void **state UNUSED)
{
	uint8_t buffer[600];
	struct dhcp_message message;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	put_reply(&writer, 1, ADDRESS);
	memcpy(buffer + 44, (const uint8_t[]){ 12, 1, 's', 255 }, 4);
	memcpy(buffer + 108, (const uint8_t[]){ 15, 1, 'f', 255 }, 4);
	put_option(&writer, 52, BYTES(2));
	assert_int_equal(read_message(writer_span(&writer), &message), 0);
	assert_int_equal(message.sname.len, 0);
	assert_int_equal(message.file.len, 4);
	assert_true(span_is(dhcp_options_get(&message.options, 12), "s"));
	assert_false(dhcp_options_has(&message.options, 15));

	writer_init(&writer, buffer + 240, sizeof(buffer) - 240);
	put_option(&writer, 52, BYTES(1));
	assert_int_equal(read_message((struct span){ buffer, 243 }, &message),
			 0);
	assert_int_equal(message.sname.len, 4);
	assert_int_equal(message.file.len, 0);
	assert_true(span_is(dhcp_options_get(&message.options, 15), "f"));
}

static void test_d26_large_and_too_large(void **state UNUSED)
{
	uint8_t buffer[3000];
	struct dhcp_message message;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	put_reply(&writer, 1, ADDRESS);
	put_option(&writer, 53, BYTES(5));
	/* 576 bytes with the headers, and on to 1500 */
	while (writer_len(&writer) + 257 <= 1500 - 28) {
		writer_u8(&writer, 43);
		writer_u8(&writer, 255);
		writer_fill(&writer, 'v', 255);
	}
	assert_int_equal(read_message(writer_span(&writer), &message), 0);
	assert_int_equal(dhcp_options_get(&message.options, 43).len, 4 * 255);
	writer_fill(&writer, 0, 1000);
	assert_int_equal(read_message(writer_span(&writer), &message),
			 -EBADMSG);
	assert_int_equal(counters.n[DHCP_COUNT_TOO_LONG], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discover_byte_by_byte),
		cmocka_unit_test(test_request_for_an_offer),
		cmocka_unit_test(test_decline_and_release_say_little),
		cmocka_unit_test(test_longest_outgoing_fits),
		cmocka_unit_test(test_ids_of_the_users),
		cmocka_unit_test(
			test_d35_ipv6_only_is_asked_for_where_it_may_be),
		cmocka_unit_test(test_private_byte_by_byte),
		cmocka_unit_test(test_inform),
		cmocka_unit_test(test_reads_a_reply),
		cmocka_unit_test(test_d11_cut_at_every_byte),
		cmocka_unit_test(test_d11_unusable_type),
		cmocka_unit_test(test_d5_no_cookie),
		cmocka_unit_test(test_d12_overloaded_fields_are_no_names),
		cmocka_unit_test(test_d26_large_and_too_large),
	};

	return cmocka_run_group_tests_name("dhcp_message", tests, NULL, NULL);
}
