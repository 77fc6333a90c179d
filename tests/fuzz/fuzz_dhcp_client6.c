/*
 * dhcp/client6.c and its parts with a script of bytes:
 *
 *	+ N		N * N * 64 ms pass
 *	t u d c r	tick, link up, link down, conflict, release
 *	f F		a router's flags: managed 1, other 2
 *	p LEN BYTES	a packet of these bytes
 *	m TYPE SERVER SECONDS LEN BYTES
 *			a message to us with an address for so long and more
 *	o TYPE SERVER LEN BYTES
 *			the same without an address
 *
 * The first byte is 1 for rapid commit and 2 for an anonymous client. A lease
 * is told to be there and to be lost in turns, and each deadline is left.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/client6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct dhcp_client6 client;
	int64_t now;
	bool configured;
};

static const struct dhcp_ip6 server_address = { { 0xfe, 0x80, [15] = 1 } };

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void settle(struct fuzz *fuzz)
{
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_action6 action;
	struct dhcp_message6 message;
	unsigned int n = 0;

	while (dhcp_client6_next(&fuzz->client, &action)) {
		check(++n <= 4);
		switch (action.type) {
		case DHCP_ACTION6_LOST:
			check(fuzz->configured);
			fuzz->configured = false;
			break;
		case DHCP_ACTION6_LEASE:
			check(action.lease->has_address);
			check(dhcp_lease6_is_valid(action.lease));
			check(!action.unchanged || fuzz->configured);
			fuzz->configured = true;
			break;
		case DHCP_ACTION6_INFO:
			check(!action.lease->has_address);
			check(dhcp_lease6_is_valid(action.lease));
			break;
		case DHCP_ACTION6_SEND:
			check(dhcp_message6_read(action.payload, &counters,
						 &message) == 0);
			check(message.xid == fuzz->client.xid);
			break;
		}
	}
	check(fuzz->configured == (dhcp_client6_lease(&fuzz->client) != NULL));
	check(fuzz->configured ||
	      dhcp_client6_expires(&fuzz->client) == CLOCK_NEVER);
}

static void pass(struct fuzz *fuzz, int64_t ms)
{
	int64_t until = fuzz->now + ms;

	while (dhcp_client6_due(&fuzz->client) <= until) {
		if (dhcp_client6_due(&fuzz->client) > fuzz->now)
			fuzz->now = dhcp_client6_due(&fuzz->client);
		dhcp_client6_tick(&fuzz->client, fuzz->now);
		settle(fuzz);
		check(dhcp_client6_due(&fuzz->client) > fuzz->now);
	}
	fuzz->now = until;
}

static void message(struct fuzz *fuzz, struct reader *script, bool address)
{
	uint8_t type = reader_u8(script), server = reader_u8(script);
	uint8_t seconds = address ? reader_u8(script) : 0;
	struct span more = reader_span(script, reader_u8(script));
	uint8_t payload[400];
	struct writer writer;

	writer_init(&writer, payload, sizeof(payload));
	writer_be32(&writer, (uint32_t)type << 24 | fuzz->client.xid);
	writer_be16(&writer, DHCP_OPTION6_CLIENT_ID);
	writer_be16(&writer, fuzz->client.duid_len);
	writer_bytes(&writer, fuzz->client.duid, fuzz->client.duid_len);
	writer_be16(&writer, DHCP_OPTION6_SERVER_ID);
	writer_be16(&writer, 3);
	writer_be16(&writer, 2);
	writer_u8(&writer, server);
	if (address) {
		writer_be16(&writer, DHCP_OPTION6_IA_NA);
		writer_be16(&writer, 40);
		writer_be32(&writer, fuzz->client.iaid);
		writer_fill(&writer, 0, 8);
		writer_be16(&writer, DHCP_OPTION6_ADDRESS);
		writer_be16(&writer, 24);
		writer_fill(&writer, 0x20, 16);
		writer_be32(&writer, seconds);
		writer_be32(&writer, seconds);
	}
	writer_put(&writer, more);
	check(!writer_failed(&writer));
	dhcp_client6_recv(&fuzz->client, writer_span(&writer), &server_address,
			  fuzz->now);
}

static void step(struct fuzz *fuzz, struct reader *script)
{
	int64_t n;

	switch (reader_u8(script)) {
	case '+':
		n = reader_u8(script);
		pass(fuzz, n * n * 64);
		break;
	case 't':
		dhcp_client6_tick(&fuzz->client, fuzz->now);
		break;
	case 'u':
		dhcp_client6_link_up(&fuzz->client, fuzz->now);
		break;
	case 'd':
		dhcp_client6_link_down(&fuzz->client, fuzz->now);
		break;
	case 'c':
		dhcp_client6_conflict(&fuzz->client, fuzz->now);
		break;
	case 'r':
		dhcp_client6_release(&fuzz->client, fuzz->now);
		break;
	case 'f':
		n = reader_u8(script);
		dhcp_client6_advert(&fuzz->client, n & 1, n & 2, fuzz->now);
		break;
	case 'p':
		dhcp_client6_recv(&fuzz->client,
				  reader_span(script, reader_u8(script)),
				  &server_address, fuzz->now);
		break;
	case 'm':
		message(fuzz, script, true);
		break;
	case 'o':
		message(fuzz, script, false);
		break;
	default:
		break;
	}
	settle(fuzz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fuzz;
	struct dhcp_client6_conf conf = { .mac = { 2, 0, 0, 0, 0, 1 } };
	struct reader script;
	uint8_t flags;

	memset(&fuzz, 0, sizeof(fuzz));
	reader_init(&script, data, size);
	flags = reader_u8(&script);
	conf.rapid_commit = flags & 1;
	conf.anonymous = flags & 2;
	dhcp_client6_init(&fuzz.client, &conf, size);
	while (reader_left(&script) > 0)
		step(&fuzz, &script);
	return 0;
}
