/* dhcp/acd.c and linklocal.c against the kernels at both ends of a link: rows
 * D23, D24 and D40 of the fault list. Their time is the test's. */
#include "test_arp_link.h"

#include "base/clock.h"
#include "dhcp/linklocal.h"

/* Carries out what ACD wants, until it has told of a conflict or there is
 * nothing to be done before its deadline. */
static bool finds_conflict(struct acd *acd)
{
	struct acd_action action;

	while (acd_next(acd, &action)) {
		switch (action.type) {
		case ACD_ACTION_SEND:
			assert_int_equal(
				arp_socket_send(fd, ifindex, action.payload),
				0);
			break;
		case ACD_ACTION_CONFLICT:
			assert_memory_equal(action.mac, PEER_MAC, 6);
			return true;
		case ACD_ACTION_READY:
			break;
		}
	}
	return false;
}

/* D23: the server gave us what the stranger has. His kernel answers the probe,
 * though we have the address too. */
static void test_d23_owner_answers(void **state UNUSED)
{
	struct acd acd;

	run_there("ip addr add 10.0.0.5/24 dev ve1");
	run("ip addr add 10.0.0.5/24 dev ve0");
	ready(&plain);
	acd_init(&acd, (const uint8_t *)OUR_MAC, 1);
	acd_start(&acd, ADDRESS, ACD_BACKGROUND, 0);
	assert_false(finds_conflict(&acd));
	assert_int_equal(heard_there().sender, 0);
	acd_recv(&acd, receive_packet(), 0);
	assert_true(finds_conflict(&acd));
}

/* Why it is probed though it is announced: to an announcement that same kernel
 * says nothing. */
static void test_d23_owner_is_silent_to_announcements(void **state UNUSED)
{
	uint8_t payload[ARP_LEN];
	struct writer writer;

	run_there("ip addr add 10.0.0.5/24 dev ve1");
	ready(&plain);
	writer_init(&writer, payload, sizeof(payload));
	arp_write_announcement(&writer, (const uint8_t *)OUR_MAC, ADDRESS);
	assert_int_equal(arp_socket_send(fd, ifindex, writer_span(&writer)), 0);
	assert_int_equal(heard_there().sender, ADDRESS);
	assert_int_equal(count(), 0);
}

/* Nobody has it: all packets leave, and no answer comes. */
static void test_d40_free_address(void **state UNUSED)
{
	static const uint32_t senders[] = { 0, 0, 0, FREE, FREE };
	struct arp_filter filter = plain;
	struct acd acd;
	int64_t now = 0;

	run_there("ip addr add 10.0.0.5/24 dev ve1");
	filter.addresses[0] = FREE;
	ready(&filter);
	acd_init(&acd, (const uint8_t *)OUR_MAC, 1);
	acd_start(&acd, FREE, ACD_PROBE_FIRST, now);
	while (acd_due(&acd) != CLOCK_NEVER) {
		now = acd_due(&acd);
		acd_tick(&acd, now);
		assert_false(finds_conflict(&acd));
	}
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		struct arp arp = heard_there();

		assert_int_equal(arp.sender, senders[i]);
		assert_int_equal(arp.target, FREE);
		assert_int_equal(arp.operation, ARP_REQUEST);
	}
	assert_int_equal(count(), 0);
}

/* D24: he takes it later, and tells; we answer, then give way. */
static void test_d24_defence(void **state UNUSED)
{
	struct acd acd;
	int64_t now = 0;

	ready(&plain);
	acd_init(&acd, (const uint8_t *)OUR_MAC, 1);
	acd_start(&acd, ADDRESS, ACD_BACKGROUND, now);
	while (acd_due(&acd) != CLOCK_NEVER) {
		now = acd_due(&acd);
		acd_tick(&acd, now);
		assert_false(finds_conflict(&acd));
		heard_there();
	}
	send_from(ADDRESS);
	acd_recv(&acd, receive_packet(), now);
	assert_false(finds_conflict(&acd));
	assert_int_equal(heard_there().sender, ADDRESS);
	send_from(ADDRESS);
	acd_recv(&acd, receive_packet(), now + 2000);
	assert_true(finds_conflict(&acd));
}

/* Two interfaces of one machine on one link: our own kernel answers on one for
 * the address of the other. Only with the MACs of both is that no conflict. */
static void test_d23_two_interfaces(void **state UNUSED)
{
	struct arp_filter filter = plain;
	uint8_t payload[ARP_LEN];
	struct writer writer;
	struct arp arp;

	run("ip link add vx0 address 02:00:00:00:00:04 type veth "
	    "peer vx1 address 02:00:00:00:00:05;"
	    "ip link set vx0 up; ip link set vx1 up;"
	    "ip addr add 10.0.0.5/24 dev vx0");
	await_running("vx0");
	await_running("vx1");
	memcpy(filter.macs[0], "\2\0\0\0\0\4", 6);
	ifindex = (int)if_nametoindex("vx0");
	ready(&filter);
	writer_init(&writer, payload, sizeof(payload));
	arp_write_probe(&writer, filter.macs[0], ADDRESS);
	assert_int_equal(arp_socket_send(fd, ifindex, writer_span(&writer)), 0);
	arp = receive();
	assert_memory_equal(arp.sender_mac, "\2\0\0\0\0\5", 6);
	assert_int_equal(arp.sender, ADDRESS);

	memcpy(filter.macs[1], "\2\0\0\0\0\5", 6);
	filter.n_macs = 2;
	assert_int_equal(arp_socket_filter(fd, &filter), 0);
	assert_int_equal(arp_socket_send(fd, ifindex, writer_span(&writer)), 0);
	/* The mark: a packet of vx1's side that is nobody's. */
	writer_init(&writer, payload, sizeof(payload));
	arp_write_announcement(&writer, (const uint8_t *)OTHER_MAC, MARK);
	assert_int_equal(arp_socket_send(fd, (int)if_nametoindex("vx1"),
					 writer_span(&writer)),
			 0);
	assert_int_equal(receive().sender, MARK);
	run("ip link del vx0");
}

/* Carries out what LINKLOCAL wants; the address that it adds, if any. How many
 * probes it sends is added to N_PROBES. */
static uint32_t carry_out(struct linklocal *linklocal, unsigned int *n_probes)
{
	struct linklocal_action action;
	uint32_t added = 0;

	while (linklocal_next(linklocal, &action)) {
		switch (action.type) {
		case LINKLOCAL_ACTION_SEND:
			assert_int_equal(
				arp_socket_send(fd, ifindex, action.payload),
				0);
			*n_probes += heard_there().sender == 0;
			break;
		case LINKLOCAL_ACTION_ADD:
			added = action.address;
			break;
		case LINKLOCAL_ACTION_REMOVE:
			fail();
		}
	}
	return added;
}

/* D40: the stranger has the address that we had the last time. */
static void test_d40_linklocal(void **state UNUSED)
{
	struct linklocal_conf conf = { .address = 0xa9fe4d03 };
	struct arp_filter filter = plain;
	struct linklocal linklocal;
	unsigned int n_probes = 0;
	uint32_t added = 0;
	int64_t now = 0;

	run_there("ip addr add 169.254.77.3/16 dev ve1");
	memcpy(conf.mac, OUR_MAC, 6);
	filter.addresses[0] = conf.address;
	ready(&filter);
	linklocal_init(&linklocal, &conf, 1);
	linklocal_start(&linklocal, now, 0);
	while (n_probes == 0) {
		now = linklocal_due(&linklocal);
		linklocal_tick(&linklocal, now);
		assert_int_equal(carry_out(&linklocal, &n_probes), 0);
	}
	assert_int_equal(linklocal_watched(&linklocal), conf.address);
	linklocal_recv(&linklocal, receive_packet(), now);
	assert_int_equal(carry_out(&linklocal, &n_probes), 0);
	filter.addresses[0] = linklocal_watched(&linklocal);
	assert_int_not_equal(filter.addresses[0], conf.address);
	assert_int_equal(arp_socket_filter(fd, &filter), 0);
	while (!added) {
		now = linklocal_due(&linklocal);
		linklocal_tick(&linklocal, now);
		added = carry_out(&linklocal, &n_probes);
	}
	assert_int_equal(added, filter.addresses[0]);
	assert_int_equal(n_probes, 4);
	assert_int_equal(count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_d23_owner_answers),
		TEST(test_d23_owner_is_silent_to_announcements),
		TEST(test_d40_free_address),
		TEST(test_d24_defence),
		TEST(test_d23_two_interfaces),
		TEST(test_d40_linklocal),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
