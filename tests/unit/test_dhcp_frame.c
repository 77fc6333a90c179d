/* dhcp/frame.c and counters.c: rows D7 to D10 of the fault list. */
#include "test_dhcp_server.h"

#include <errno.h>

#include "dhcp/frame.h"

static const char text[] = "a payload of odd length";

struct packet {
	uint8_t data[2048];
	size_t len;
	struct dhcp_counters counters;
};

static struct packet good_packet(void)
{
	struct packet packet = { .len = 0 };

	packet.len = make_packet(packet.data, SERVER, EVERYBODY, span_of(text));
	return packet;
}

static void fix_ip_checksum(struct packet *packet)
{
	uint16_t sum;

	packet->data[10] = packet->data[11] = 0;
	sum = checksum_of(0, packet->data, (packet->data[0] & 0xf) * 4);
	packet->data[10] = (uint8_t)(sum >> 8);
	packet->data[11] = (uint8_t)sum;
}

static int parse(struct packet *packet, bool unfinished)
{
	struct span copy = on_heap((struct span){ packet->data, packet->len });
	struct dhcp_frame frame = { .source = 1 };
	int r = dhcp_frame_parse(copy, unfinished, &packet->counters, &frame);

	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_int_equal(frame.source, 1); /* untouched */
	} else {
		assert_int_equal(frame.source, SERVER);
		assert_int_equal(frame.destination, EVERYBODY);
		assert_true(span_is(frame.payload, text));
	}
	free_span(copy);
	return r;
}

static void assert_dropped(struct packet *packet, enum dhcp_count reason)
{
	unsigned long before = packet->counters.n[reason];

	assert_int_equal(parse(packet, false), -EBADMSG);
	assert_int_equal(packet->counters.n[reason], before + 1);
}

static void test_accepts_what_a_server_sends(void **state UNUSED)
{
	struct packet packet = good_packet();

	assert_int_equal(parse(&packet, false), 0);
	for (size_t i = 0; i < DHCP_COUNT_N; i++)
		assert_int_equal(packet.counters.n[i], 0);
}

static void test_d7_bad_ip_checksum(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[8]--;
	assert_dropped(&packet, DHCP_COUNT_IP_CHECKSUM);
	/* An unfinished UDP checksum says nothing about this one. */
	assert_int_equal(parse(&packet, true), -EBADMSG);
	fix_ip_checksum(&packet);
	assert_int_equal(parse(&packet, false), 0);
}

static void test_d8_bad_udp_checksum(void **state UNUSED)
{
	struct packet packet = good_packet();

	/* Whatever bit of the datagram is another one. */
	for (size_t i = 28 * 8; i < packet.len * 8; i++) {
		packet.data[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_dropped(&packet, DHCP_COUNT_UDP_CHECKSUM);
		packet.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(parse(&packet, false), 0);
	packet.data[19] = 0; /* the pseudo header counts too */
	fix_ip_checksum(&packet);
	assert_dropped(&packet, DHCP_COUNT_UDP_CHECKSUM);
}

static void test_d8_udp_checksum_zero_is_none(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[26] = packet.data[27] = 0;
	assert_int_equal(parse(&packet, false), 0);
}

static void test_d8_udp_checksum_left_to_offload(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[26] ^= 0x55;
	assert_dropped(&packet, DHCP_COUNT_UDP_CHECKSUM);
	assert_int_equal(parse(&packet, true), 0);
}

static void test_d9_fragments(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[6] = 0x20; /* more fragments */
	fix_ip_checksum(&packet);
	assert_dropped(&packet, DHCP_COUNT_FRAGMENT);
	packet.data[6] = 0;
	packet.data[7] = 1; /* an offset */
	fix_ip_checksum(&packet);
	assert_dropped(&packet, DHCP_COUNT_FRAGMENT);
	packet.data[6] = 0x40; /* do not fragment */
	packet.data[7] = 0;
	fix_ip_checksum(&packet);
	assert_int_equal(parse(&packet, false), 0);
}

static void test_d10_cut_at_every_byte(void **state UNUSED)
{
	struct packet packet = good_packet();
	size_t whole = packet.len;

	for (packet.len = 0; packet.len < whole; packet.len++)
		assert_dropped(&packet, DHCP_COUNT_CUT);
	assert_int_equal(parse(&packet, false), 0);
}

static void test_padding_behind_the_total_length(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.len += 18;
	assert_int_equal(parse(&packet, false), 0);
}

static void test_lengths_that_contradict(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[3]--; /* the datagram goes past the total length */
	fix_ip_checksum(&packet);
	assert_dropped(&packet, DHCP_COUNT_CUT);

	for (uint8_t len = 0; len < 8; len++) {
		packet = good_packet();
		packet.data[25] = len;
		assert_dropped(&packet, DHCP_COUNT_CUT);
	}
	packet = good_packet();
	packet.data[24] = packet.data[25] = 0xff;
	assert_dropped(&packet, DHCP_COUNT_CUT);

	for (uint8_t words = 0; words < 5; words++) {
		packet = good_packet();
		packet.data[0] = 0x40 | words;
		assert_dropped(&packet, DHCP_COUNT_CUT);
	}
	packet = good_packet();
	packet.data[0] = 0x4f; /* 60 bytes of header, more than there are */
	assert_dropped(&packet, DHCP_COUNT_CUT);
}

static void test_ip_options_are_skipped(void **state UNUSED)
{
	struct packet packet = good_packet();

	memmove(packet.data + 24, packet.data + 20, packet.len - 20);
	memset(packet.data + 20, 1, 4);
	packet.len += 4;
	packet.data[0] = 0x46;
	packet.data[3] = (uint8_t)packet.len;
	fix_ip_checksum(&packet);
	assert_int_equal(parse(&packet, false), 0);
}

static void test_what_is_not_dhcp(void **state UNUSED)
{
	struct packet packet = good_packet();

	packet.data[0] = 0x65;
	assert_dropped(&packet, DHCP_COUNT_NOT_DHCP);
	packet = good_packet();
	packet.data[9] = 6;
	fix_ip_checksum(&packet);
	assert_dropped(&packet, DHCP_COUNT_NOT_DHCP);
	packet = good_packet();
	packet.data[23] = 67; /* D36: as our own packets */
	assert_dropped(&packet, DHCP_COUNT_NOT_DHCP);
}

static void test_writes_known_bytes(void **state UNUSED)
{
	static const uint8_t expected[] = {
		0x45, 0,    0,	 37,  0,   0,	0x40, 0,    64,	 17,
		0x22, 0xb8, 10,	 0,   2,   15,	10,   0,    2,	 2,
		0,    68,   0,	 67,  0,   17,	0xde, 0xbb, 'p', 'h',
		'a',  's',  'e', '-', 'b', 'o', 'o',
	};
	uint8_t buffer[64];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	writer_u8(&writer, 0xaa); /* it need not begin the buffer */
	dhcp_frame_write(&writer, ADDRESS, SERVER, span_of("phase-boo"));
	assert_false(writer_failed(&writer));
	assert_int_equal(writer_len(&writer), 1 + sizeof(expected));
	assert_memory_equal(buffer + 1, expected, sizeof(expected));
}

static void test_written_checksum_is_never_zero(void **state UNUSED)
{
	uint8_t buffer[64], payload[2] = { 0 };
	struct writer writer;
	uint16_t sum;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_frame_write(&writer, 0, EVERYBODY, (struct span){ payload, 2 });
	/* A payload that makes the sum 0xffff and its complement 0. */
	payload[0] = buffer[26];
	payload[1] = buffer[27];
	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_frame_write(&writer, 0, EVERYBODY, (struct span){ payload, 2 });
	sum = (uint16_t)(buffer[26] << 8 | buffer[27]);
	assert_int_equal(sum, 0xffff);
}

static void test_write_without_room(void **state UNUSED)
{
	static const uint8_t big[UINT16_MAX - 27];
	uint8_t buffer[40];
	struct writer writer;

	for (size_t size = 0; size < 28 + 9; size++) {
		writer_init(&writer, buffer, size);
		dhcp_frame_write(&writer, 0, EVERYBODY, span_of("phase-boo"));
		assert_true(writer_failed(&writer));
	}
	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_frame_write(&writer, 0, EVERYBODY,
			 (struct span){ big, sizeof(big) });
	assert_true(writer_failed(&writer));
}

static void test_every_counter_has_a_name(void **state UNUSED)
{
	for (unsigned int i = 0; i < DHCP_COUNT_N; i++) {
		const char *name = dhcp_count_name((enum dhcp_count)i);

		assert_non_null(name);
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(
				name, dhcp_count_name((enum dhcp_count)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_what_a_server_sends),
		cmocka_unit_test(test_d7_bad_ip_checksum),
		cmocka_unit_test(test_d8_bad_udp_checksum),
		cmocka_unit_test(test_d8_udp_checksum_zero_is_none),
		cmocka_unit_test(test_d8_udp_checksum_left_to_offload),
		cmocka_unit_test(test_d9_fragments),
		cmocka_unit_test(test_d10_cut_at_every_byte),
		cmocka_unit_test(test_padding_behind_the_total_length),
		cmocka_unit_test(test_lengths_that_contradict),
		cmocka_unit_test(test_ip_options_are_skipped),
		cmocka_unit_test(test_what_is_not_dhcp),
		cmocka_unit_test(test_writes_known_bytes),
		cmocka_unit_test(test_written_checksum_is_never_zero),
		cmocka_unit_test(test_write_without_room),
		cmocka_unit_test(test_every_counter_has_a_name),
	};

	return cmocka_run_group_tests_name("dhcp_frame", tests, NULL, NULL);
}
