/* The packet socket of dhcp/socket.c against this machine's kernel: rows D5 and
 * D27 of the fault list. */
#include "test_arp_link.h"

#include "dhcp/socket.h"

#define BOOTP_AT (14 + 20 + 8)

/* A reply of BOOTP's length for OUR_MAC, with this xid, as a frame. */
static void make_reply(uint8_t frame[BOOTP_AT + 240], uint32_t xid)
{
	static const uint8_t
		start[] = {
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* to */
			2,    0,    0,	  0,	0,    2,    /* from */
			8,    0,    0x45, 0,	1,    12,   0, 0,  0,
			0,    64,   17,	  0,	0,    10,   0, 0,  1, /* IPv4 */
			255,  255,  255,  255,	0,    67,   0, 68, 0,
			248,  0,    0, /* UDP */
			2,    1,    6,	  0,
		};

	memset(frame, 0, BOOTP_AT + 240);
	memcpy(frame, start, sizeof(start));
	for (unsigned int i = 0; i < 4; i++)
		frame[BOOTP_AT + 4 + i] = (uint8_t)(xid >> (24 - 8 * i));
	memcpy(frame + BOOTP_AT + 28, OUR_MAC, 6);
	memcpy(frame + BOOTP_AT + 236, "\x63\x82\x53\x63", 4);
}

/* Sends a reply, with the byte at OFFSET another one. */
static void send_reply(uint32_t xid, size_t offset, uint8_t flip)
{
	uint8_t frame[BOOTP_AT + 240];

	make_reply(frame, xid);
	frame[offset] ^= flip;
	assert_int_equal(send(peer_fd, frame, sizeof(frame), 0), sizeof(frame));
}

/* The xid of the next packet, which is waited for. */
static uint32_t receive_xid(int socket_fd)
{
	struct pollfd event = { .fd = socket_fd, .events = POLLIN };
	uint8_t buffer[DHCP_SOCKET_BUFFER];
	struct span packet;
	struct reader reader;
	bool unfinished;

	assert_int_equal(poll(&event, 1, -1), 1);
	assert_int_equal(dhcp_socket_receive(socket_fd, buffer, sizeof(buffer),
					     &packet, &unfinished),
			 0);
	assert_int_equal(packet.len, 20 + 8 + 240);
	reader_from_span(&reader, span_skip(packet, 20 + 8 + 4));
	return reader_be32(&reader);
}

static void test_d27_filter(void **state UNUSED)
{
	int socket_fd = -1;

	assert_int_equal(
		dhcp_socket_open(ifindex, (const uint8_t *)OUR_MAC, &socket_fd),
		0);
	send_reply(1, BOOTP_AT, 3);	 /* a request */
	send_reply(2, BOOTP_AT + 28, 1); /* D5: for another MAC */
	send_reply(3, BOOTP_AT + 33, 1);
	send_reply(4, BOOTP_AT + 236, 1); /* cookie */
	send_reply(5, 14, 0x20);	  /* IP version */
	send_reply(6, 14 + 9, 1);	  /* protocol */
	send_reply(7, 14 + 7, 1);	  /* fragment */
	send_reply(8, 14 + 20 + 3, 1);	  /* port */
	send_reply(9, 12, 1);		  /* ethertype */
	send_reply(10, 12, 0);
	assert_int_equal(receive_xid(socket_fd), 10);
	close(socket_fd);
}

/* Made by one, bound by another: nothing comes before that, and the descriptor
 * that was handed on has it then. */
static void test_create_and_bind(void **state UNUSED)
{
	int socket_fd = -1, other;

	assert_int_equal(dhcp_socket_create(&socket_fd), 0);
	other = dup(socket_fd);
	assert_true(other >= 0);
	send_reply(1, 12, 0);
	assert_int_equal(dhcp_socket_bind(other, ifindex + 100,
					  (const uint8_t *)OUR_MAC),
			 -ENODEV);
	assert_int_equal(
		dhcp_socket_bind(other, ifindex, (const uint8_t *)OUR_MAC), 0);
	close(other);
	send_reply(2, BOOTP_AT + 28, 1);
	send_reply(3, 12, 0);
	assert_int_equal(receive_xid(socket_fd), 3);
	close(socket_fd);
}

static void test_broadcast(void **state UNUSED)
{
	struct pollfd event = { .events = POLLIN };
	uint8_t frame[64] = { 0 };
	int socket_fd = -1;
	ssize_t n;

	/* Of all that ve1 hears */
	close(peer_fd);
	peer_fd = open_peer(ETH_P_IP);
	assert_int_equal(
		dhcp_socket_open(ifindex, (const uint8_t *)OUR_MAC, &socket_fd),
		0);
	assert_int_equal(dhcp_socket_send_broadcast(socket_fd, ifindex,
						    span_of("any bytes")),
			 0);
	event.fd = peer_fd;
	assert_int_equal(poll(&event, 1, -1), 1);
	n = recv(peer_fd, frame, sizeof(frame), 0);
	assert_int_equal(n, 14 + 9);
	assert_memory_equal(frame, "\377\377\377\377\377\377" OUR_MAC, 12);
	assert_memory_equal(frame + 12, "\10\0any bytes", 11);
	close(socket_fd);
}

static void send_unicast(int socket_fd)
{
	assert_int_equal(dhcp_socket_send_unicast(socket_fd, ifindex, ADDRESS,
						  FREE, span_of("any bytes")),
			 0);
}

/* What waits for ARP has not left. */
static void test_tell_sent(void **state UNUSED)
{
	struct pollfd event = { .events = 0 };

	run("ip address add 10.0.0.5/24 dev ve0");
	assert_int_equal(dhcp_socket_open_unicast(ADDRESS, &event.fd), 0);
	assert_int_equal(dhcp_socket_tell_sent(event.fd), 0);
	send_unicast(event.fd);
	assert_int_equal(heard_there().target, FREE);
	assert_int_equal(poll(&event, 1, 0), 0);
	send_from(FREE);
	assert_int_equal(poll(&event, 1, -1), 1);
	assert_int_equal(event.revents, POLLERR);

	/* That is forgotten, and the MAC is known from now on. */
	assert_int_equal(dhcp_socket_tell_sent(event.fd), 0);
	assert_int_equal(poll(&event, 1, 0), 0);
	send_unicast(event.fd);
	assert_int_equal(poll(&event, 1, -1), 1);
	close(event.fd);
}

static void test_tell_sent_of_what_is_no_socket(void **state UNUSED)
{
	assert_int_equal(dhcp_socket_tell_sent(-1), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_d27_filter),
		TEST(test_create_and_bind),
		TEST(test_broadcast),
		TEST(test_tell_sent),
		cmocka_unit_test(test_tell_sent_of_what_is_no_socket),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
