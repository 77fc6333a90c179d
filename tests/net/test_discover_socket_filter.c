/* What the kernel lets through to the sockets of discover/socket.c, on this
 * machine's loopback: rows M4, M13 and M21 of the fault list. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "discover/message.h"
#include "discover/socket_filter.h"
#include "test_loopback.h"

#define DATA_MAX 10000

static const uint8_t response[] = { 0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t query[] = { 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

static int enter(void **state UNUSED)
{
	return enter_loopback();
}

static socklen_t loopback(struct sockaddr_storage *address, int family,
			  uint16_t port)
{
	struct sockaddr_in ipv4 = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};
	struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons(port),
	};

	memset(address, 0, sizeof(*address));
	if (family == AF_INET) {
		memcpy(address, &ipv4, sizeof(ipv4));
		return sizeof(ipv4);
	}
	memcpy(address, &ipv6, sizeof(ipv6));
	return sizeof(ipv6);
}

static int bound(int family, enum socket_filter filter, uint16_t port)
{
	struct sockaddr_storage here;
	socklen_t len = loopback(&here, family, port);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	socket_filter_attach(fd, filter);
	assert_int_equal(bind(fd, (struct sockaddr *)&here, len), 0);
	return fd;
}

/* Whether LEN bytes, which begin with DATA, come from PORT through FILTER. What
 * is sent over loopback has arrived when sendto() returns. */
static bool passes_over(int family, enum socket_filter filter, uint16_t port,
			const void *data, size_t n, size_t len)
{
	static uint8_t packet[DATA_MAX];
	struct sockaddr_storage to;
	socklen_t to_len = loopback(&to, family, 1);
	int from = bound(family, SOCKET_FILTER_NONE, port);
	int here = bound(family, filter, 0);
	ssize_t got;

	memset(packet, 0, sizeof(packet));
	memcpy(packet, data, n);
	assert_int_equal(getsockname(here, (struct sockaddr *)&to, &to_len), 0);
	assert_int_equal(
		sendto(from, packet, len, 0, (struct sockaddr *)&to, to_len),
		len);
	got = recv(here, packet, sizeof(packet), 0);
	if (got < 0)
		assert_int_equal(errno, EAGAIN);
	else
		/* Whole */
		assert_int_equal(got, len);
	close(from);
	close(here);
	return got >= 0;
}

static bool passes(enum socket_filter filter, uint16_t port, const void *data,
		   size_t n, size_t len)
{
	bool r = passes_over(AF_INET, filter, port, data, n, len);

	assert_int_equal(passes_over(AF_INET6, filter, port, data, n, len), r);
	return r;
}

#define PASSES(filter, port, what)                                             \
	passes(SOCKET_FILTER_##filter, port, what, sizeof(what), sizeof(what))

static void test_m13_mdns(void **state UNUSED)
{
	assert_true(PASSES(MDNS, 5353, response));
	assert_true(PASSES(MDNS, 5353, query));
	assert_false(PASSES(MDNS, 5354, response));
	assert_false(PASSES(MDNS, 53, query));
	assert_true(PASSES(MDNS_ANSWERS, 5353, response));
	assert_false(PASSES(MDNS_ANSWERS, 5353, query));
	assert_false(PASSES(MDNS_ANSWERS, 5354, response));
	assert_true(PASSES(NONE, 5354, query));
}

static void test_m4_lengths(void **state UNUSED)
{
	static const enum socket_filter filters[] = {
		SOCKET_FILTER_MDNS,
		SOCKET_FILTER_MDNS_ANSWERS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		assert_true(passes(filters[i], 5353, response, 12,
				   DNS_MESSAGE_MAX));
		assert_false(passes(filters[i], 5353, response, 12,
				    DNS_MESSAGE_MAX + 1));
	}
	/* Cut before what says that it is an answer. */
	assert_true(passes(SOCKET_FILTER_MDNS_ANSWERS, 5353, response, 3, 3));
	assert_false(passes(SOCKET_FILTER_MDNS_ANSWERS, 5353, response, 2, 2));
	assert_false(passes(SOCKET_FILTER_MDNS_ANSWERS, 5353, response, 0, 0));
	assert_false(passes(SOCKET_FILTER_DNS, 53, response, 2, 2));
	assert_false(passes(SOCKET_FILTER_SSDP, 1900, "NOT", 3, 3));
}

static void test_m21_ssdp(void **state UNUSED)
{
	static const char found[] = "HTTP/1.1 200 OK\r\n";
	static const char notify[] = "NOTIFY * HTTP/1.1\r\n";
	static const char search[] = "M-SEARCH * HTTP/1.1\r\n";

	/* Some answer from another port. */
	assert_true(PASSES(SSDP_ANSWERS, 1900, found));
	assert_true(PASSES(SSDP_ANSWERS, 49152, found));
	assert_false(PASSES(SSDP_ANSWERS, 1900, notify));
	assert_false(PASSES(SSDP_ANSWERS, 1900, search));
	assert_true(PASSES(SSDP, 1900, notify));
	assert_false(PASSES(SSDP, 1900, found));
	assert_false(PASSES(SSDP, 1900, search));
}

static void test_m21_dns(void **state UNUSED)
{
	assert_true(PASSES(DNS, 53, response));
	assert_true(passes(SOCKET_FILTER_DNS, 53, response, 12, DATA_MAX));
	assert_false(PASSES(DNS, 53, query));
	assert_false(PASSES(DNS, 5353, response));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m13_mdns),
		cmocka_unit_test(test_m4_lengths),
		cmocka_unit_test(test_m21_ssdp),
		cmocka_unit_test(test_m21_dns),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
