/* dhcp/arp_socket.c against this machine's kernel: rows D23, D24 and D37 of the
 * fault list. */
#include "test_arp_link.h"

static void test_d23_filter_keeps(void **state UNUSED)
{
	struct frame frame = usual;

	ready(&plain);
	assert_int_equal(count(), 0);
	/* Who uses it: asks, answers, announces; to all or to us; padded, and
	 * longer than any. */
	frame.target = 0x0a000001;
	send_frame(&frame);
	frame.operation = 2;
	send_frame(&frame);
	frame.to = OUR_MAC;
	frame.len = 46;
	send_frame(&frame);
	frame.len = 1500;
	send_frame(&frame);
	send_from(ADDRESS);
	/* Who probes for it. */
	frame = usual;
	frame.sender = 0;
	send_frame(&frame);
	assert_int_equal(count(), 6);
}

static void test_d23_filter_drops(void **state UNUSED)
{
	struct arp_filter filter = plain;
	struct frame frame;

	memcpy(filter.macs[1], OTHER_MAC, 6);
	filter.n_macs = 2;
	ready(&filter);
#define DROPPED(field, value)                                                  \
	do {                                                                   \
		frame = usual;                                                 \
		frame.field = (value);                                         \
		send_frame(&frame);                                            \
		assert_int_equal(count(), 0);                                  \
	} while (0)
	DROPPED(sender, FREE);
	DROPPED(sender, 0x0a000001);
	DROPPED(sender_mac, OUR_MAC);
	DROPPED(sender_mac, OTHER_MAC);
	DROPPED(to, OTHER_MAC); /* to another host */
	DROPPED(htype, 6);
	DROPPED(ptype, 0x86dd);
	DROPPED(sizes, 0x0610);
	DROPPED(len, 17);
#undef DROPPED
	frame = usual;
	frame.sender = 0;
	frame.target = FREE;
	send_frame(&frame); /* a probe for another one */
	frame.target = ADDRESS;
	frame.operation = 2;
	send_frame(&frame); /* no probe */
	frame.operation = 1;
	frame.sender_mac = OTHER_MAC;
	send_frame(&frame); /* ours */
	assert_int_equal(count(), 0);
	/* The control, and MACs that are alike in part. */
	frame = usual;
	send_frame(&frame);
	frame.sender_mac = "\2\0\0\0\1\1";
	send_frame(&frame);
	frame.sender_mac = "\2\0\1\0\0\1";
	send_frame(&frame);
	assert_int_equal(count(), 3);
}

/* All of it that there is room for: the last one counts as the first. */
static void test_d23_filter_full(void **state UNUSED)
{
	struct arp_filter filter = { .n_macs = ARP_FILTER_MACS,
				     .addresses = { ADDRESS, MARK } };
	struct frame frame = usual;

	memcpy(filter.macs[0], OUR_MAC, 6);
	memcpy(filter.macs[ARP_FILTER_MACS - 1], OTHER_MAC, 6);
	ready(&filter);
	frame.sender_mac = OTHER_MAC;
	send_frame(&frame);
	assert_int_equal(count(), 0);
	filter.n_macs--;
	assert_int_equal(arp_socket_filter(fd, &filter), 0);
	send_frame(&frame);
	assert_int_equal(count(), 1);
	filter.n_macs = ARP_FILTER_MACS + 1;
	assert_int_equal(arp_socket_filter(fd, &filter), -ENOBUFS);
	send_frame(&frame);
	assert_int_equal(count(), 1);
}

/* Before there is a filter nothing comes in; then what it says, and what
 * another one says, put onto the socket's other descriptor. */
static void test_d24_filter_replaced(void **state UNUSED)
{
	struct arp_filter filter = plain;
	int other = dup(fd);

	assert_true(other >= 0);
	assert_int_equal(arp_socket_bind(fd, ifindex), 0);
	send_from(ADDRESS);
	send_from(MARK);
	assert_int_equal(arp_socket_filter(other, &plain), 0);
	assert_int_equal(count(), 0);
	send_from(ADDRESS);
	send_from(FREE);
	assert_int_equal(count(), 1);

	filter.addresses[0] = FREE;
	assert_int_equal(arp_socket_filter(other, &filter), 0);
	send_from(ADDRESS);
	send_from(FREE);
	send_from(FREE);
	assert_int_equal(count(), 2);

	/* None at all: not the probes that everybody has a 0 in, either. */
	filter.addresses[0] = filter.addresses[1] = 0;
	assert_int_equal(arp_socket_filter(other, &filter), 0);
	send_from(FREE);
	send_from(0);
	assert_int_equal(arp_socket_filter(other, &plain), 0);
	assert_int_equal(count(), 0);
	close(other);
}

static void test_d37_link_goes(void **state UNUSED)
{
	struct span payload = { (const uint8_t *)"", 1 };
	uint8_t buffer[ARP_LEN];
	struct span packet;

	ready(&plain);
	assert_int_equal(
		arp_socket_receive(fd, buffer, sizeof(buffer), &packet),
		-EAGAIN);
	run("ip link set ve0 down");
	assert_int_equal(
		arp_socket_receive(fd, buffer, sizeof(buffer), &packet),
		-ENETDOWN);
	assert_int_equal(
		arp_socket_receive(fd, buffer, sizeof(buffer), &packet),
		-EAGAIN);
	assert_int_equal(arp_socket_send(fd, ifindex, payload), -ENETDOWN);
	run("ip link set ve0 up");
	await_running("ve0");
	send_from(ADDRESS);
	assert_int_equal(count(), 1);
	run("ip link del ve0");
	assert_int_equal(arp_socket_send(fd, ifindex, payload), -ENXIO);
	assert_int_equal(arp_socket_bind(fd, ifindex), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_d23_filter_keeps), TEST(test_d23_filter_drops),
		TEST(test_d23_filter_full),  TEST(test_d24_filter_replaced),
		TEST(test_d37_link_goes),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
