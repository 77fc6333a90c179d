/* dhcp/arp.c: the packets of rows D23, D24 and D40 of the fault list. */
#include "test_dhcp_arp.h"

#include <errno.h>

static int parse(struct span packet, struct arp *ret_arp)
{
	struct span copy = on_heap(packet);
	int r = arp_parse(copy, ret_arp);

	free_span(copy);
	return r;
}

static const uint8_t reply[] = {
	0,  1, 8, 0,  6, 4, 0, 2, 2, 0, 0,    0, 0, 2, /* from */
	10, 0, 2, 15, 2, 0, 0, 0, 0, 1, 0x0a, 0, 2, 2, /* to */
};

static void test_parse(void **state UNUSED)
{
	struct arp arp;

	assert_int_equal(parse((struct span){ reply, sizeof(reply) }, &arp), 0);
	assert_int_equal(arp.operation, ARP_REPLY);
	assert_memory_equal(arp.sender_mac, other_mac, 6);
	assert_int_equal(arp.sender, ADDRESS);
	assert_int_equal(arp.target, SERVER);
}

/* A frame has 60 bytes at least. */
static void test_padding(void **state UNUSED)
{
	uint8_t padded[46] = { 0 };
	struct arp arp;

	memcpy(padded, reply, sizeof(reply));
	memset(padded + sizeof(reply), 0xff, sizeof(padded) - sizeof(reply));
	assert_int_equal(parse((struct span){ padded, sizeof(padded) }, &arp),
			 0);
	assert_int_equal(arp.sender, ADDRESS);
	assert_int_equal(arp.target, SERVER);
}

static void test_cut(void **state UNUSED)
{
	struct arp arp = { .sender = 1 };

	for (size_t len = 0; len < sizeof(reply); len++)
		assert_int_equal(parse((struct span){ reply, len }, &arp),
				 -EBADMSG);
	/* Untouched. */
	assert_int_equal(arp.sender, 1);
}

/* Each byte of the fixed part, with each of its bits. */
static void test_other_kinds(void **state UNUSED)
{
	struct arp arp;

	for (size_t i = 0; i < 8; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			uint8_t bytes[sizeof(reply)];

			memcpy(bytes, reply, sizeof(reply));
			bytes[i] ^= (uint8_t)(1 << bit);
			assert_int_equal(
				parse((struct span){ bytes, sizeof(bytes) },
				      &arp),
				-EBADMSG);
		}
	}
}

static void test_operations(void **state UNUSED)
{
	for (unsigned int operation = 0; operation <= UINT16_MAX; operation++) {
		struct span packet = arp_packet((uint16_t)operation, other_mac,
						ADDRESS, SERVER);
		bool known = operation == REQUEST || operation == REPLY;
		struct arp arp;

		assert_int_equal(arp_parse(packet, &arp), known ? 0 : -EBADMSG);
		if (known)
			assert_int_equal(arp.operation, operation);
		free_span(packet);
	}
}

static void test_write(void **state UNUSED)
{
	uint8_t buffer[ARP_LEN];
	struct writer writer;
	struct arp arp;

	writer_init(&writer, buffer, sizeof(buffer));
	arp_write_probe(&writer, our_mac, ADDRESS);
	assert_true(is_ours(writer_span(&writer), 0, ADDRESS));
	assert_int_equal(arp_parse(writer_span(&writer), &arp), 0);
	assert_int_equal(arp.sender, 0);
	assert_int_equal(arp.target, ADDRESS);

	writer_init(&writer, buffer, sizeof(buffer));
	arp_write_announcement(&writer, our_mac, ADDRESS);
	assert_true(is_ours(writer_span(&writer), ADDRESS, ADDRESS));
	assert_int_equal(arp_parse(writer_span(&writer), &arp), 0);
	assert_int_equal(arp.operation, ARP_REQUEST);
	assert_memory_equal(arp.sender_mac, our_mac, 6);

	writer_init(&writer, buffer, sizeof(buffer) - 1);
	arp_write_probe(&writer, our_mac, ADDRESS);
	assert_true(writer_failed(&writer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests_name("dhcp_arp", tests, NULL, NULL);
}
