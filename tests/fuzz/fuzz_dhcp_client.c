/*
 * dhcp/client.c with any sequence of events. The input is a script: a byte
 * says what happens, the ones after it how.
 *
 *	'+' N		N * N * 64 ms go by, the client being called when due
 *	't'		the client is called too early
 *	'u' 'd'		the link comes up, goes down
 *	'c' 'r'		conflict, release
 *	'x' 'n'		the lease is refused, a packet was not sent
 *	'C' N		a new client, configured by the bits of N
 *	'p' L bytes	a packet of these L bytes
 *	'm' T S L bytes	a reply to us of type T from 10.0.2.S with these options,
 *			after those of a lease of a minute
 *	'o' T S L bytes	the same with these options alone
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS 0x0a00020fu

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

struct fuzz {
	struct dhcp_client client;
	int64_t now;
	bool configured;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void settle(struct fuzz *fuzz)
{
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_message message;
	struct dhcp_action action;
	unsigned int taken = 0;

	while (dhcp_client_next(&fuzz->client, &action)) {
		check(!(taken & 1u << action.type));
		taken |= 1u << action.type;
		switch (action.type) {
		case DHCP_ACTION_LOST:
			check(fuzz->configured);
			fuzz->configured = false;
			break;
		case DHCP_ACTION_LEASE:
			check(fuzz->configured || !action.unchanged);
			fuzz->configured = true;
			break;
		case DHCP_ACTION_INFORMED:
			check(!fuzz->configured);
			check(action.lease->address == ADDRESS);
			check(action.lease->lease_s == DHCP_LEASE_INFINITE);
			break;
		case DHCP_ACTION_SEND:
			check(dhcp_message_read(action.payload, &counters,
						&message) == 0);
			check(message.op == DHCP_OP_REQUEST && message.type);
			check(!action.source || fuzz->configured ||
			      message.type == DHCP_TYPE_INFORM);
			break;
		}
	}
	check(fuzz->configured == (dhcp_client_lease(&fuzz->client) != NULL));
	check(fuzz->configured ||
	      dhcp_client_expires(&fuzz->client) == CLOCK_NEVER);
}

static void pass(struct fuzz *fuzz, int64_t ms)
{
	int64_t until = fuzz->now + ms;

	while (dhcp_client_due(&fuzz->client) <= until) {
		if (dhcp_client_due(&fuzz->client) > fuzz->now)
			fuzz->now = dhcp_client_due(&fuzz->client);
		dhcp_client_tick(&fuzz->client, fuzz->now);
		settle(fuzz);
		check(dhcp_client_due(&fuzz->client) > fuzz->now);
	}
	fuzz->now = until;
}

static void put_u32(struct writer *writer, uint8_t code, uint32_t value)
{
	writer_u8(writer, code);
	writer_u8(writer, 4);
	writer_be32(writer, value);
}

static void reply(struct fuzz *fuzz, struct reader *script, bool whole)
{
	uint8_t type = reader_u8(script), server = reader_u8(script);
	struct span more = reader_span(script, reader_u8(script));
	uint8_t payload[640], packet[700];
	struct writer writer, frame;

	writer_init(&writer, payload, sizeof(payload));
	writer_u8(&writer, DHCP_OP_REPLY);
	writer_u8(&writer, DHCP_HTYPE_ETHERNET);
	writer_u8(&writer, DHCP_MAC_LEN);
	writer_u8(&writer, 0);
	writer_be32(&writer, fuzz->client.xid);
	writer_fill(&writer, 0, 8);
	writer_be32(&writer, ADDRESS);
	writer_fill(&writer, 0, 8);
	writer_bytes(&writer, mac, sizeof(mac));
	writer_fill(&writer, 0, 10 + DHCP_SNAME_LEN + DHCP_FILE_LEN);
	writer_be32(&writer, DHCP_COOKIE);
	writer_u8(&writer, DHCP_OPTION_TYPE);
	writer_u8(&writer, 1);
	writer_u8(&writer, type);
	if (whole) {
		put_u32(&writer, DHCP_OPTION_SERVER_ID, 0x0a000200u | server);
		put_u32(&writer, DHCP_OPTION_SUBNET_MASK, 0xffffff00);
		put_u32(&writer, DHCP_OPTION_LEASE_TIME, 60);
	}
	writer_put(&writer, more);
	writer_init(&frame, packet, sizeof(packet));
	dhcp_frame_write(&frame, 0x0a000202, UINT32_MAX, writer_span(&writer));
	/* Ours go to port 67; of the ports only this is another. */
	writer_patch_be16(&frame, 22, DHCP_PORT_CLIENT);
	check(!writer_failed(&frame));
	dhcp_client_recv(&fuzz->client, writer_span(&frame), true, fuzz->now);
}

/* A new client; N = 0 is the one that init has. */
static void make_client(struct fuzz *fuzz, unsigned int n, uint64_t seed)
{
	struct dhcp_client_conf conf = {
		.mtu = n & 1 ? 0 : 1500,
		.rapid_commit = !(n & 2),
		.broadcast = n & 4,
		.private = n & 8,
		.wants_boot = n & 16,
		.offer_window_ms = n & 16 ? 1000 : 0,
		.address = n & 32 ? ADDRESS : 0,
		.inform_address = n & 64 ? ADDRESS : 0,
		.inform_prefix = n & 128 ? 24 : 0,
		.client_id_len = n & 128 ? DHCP_CLIENT_ID_MAX : 0,
	};

	memcpy(conf.mac, mac, sizeof(mac));
	memset(conf.hostname, n & 128 ? 'h' : 0, sizeof(conf.hostname));
	dhcp_client_init(&fuzz->client, &conf, seed);
	fuzz->configured = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fuzz;
	struct reader script;
	int64_t n;

	memset(&fuzz, 0, sizeof(fuzz));
	make_client(&fuzz, 0, size);
	reader_init(&script, data, size);
	while (reader_left(&script) > 0) {
		switch (reader_u8(&script)) {
		case 'C':
			make_client(&fuzz, reader_u8(&script), size);
			break;
		case 'x':
			dhcp_client_refused(&fuzz.client, fuzz.now);
			break;
		case 'n':
			dhcp_client_unsent(&fuzz.client, fuzz.now);
			break;
		case '+':
			n = reader_u8(&script);
			pass(&fuzz, n * n * 64);
			break;
		case 't':
			dhcp_client_tick(&fuzz.client, fuzz.now);
			break;
		case 'u':
			dhcp_client_link_up(&fuzz.client, fuzz.now);
			break;
		case 'd':
			dhcp_client_link_down(&fuzz.client, fuzz.now);
			break;
		case 'c':
			dhcp_client_conflict(&fuzz.client, fuzz.now);
			break;
		case 'r':
			dhcp_client_release(&fuzz.client, fuzz.now);
			break;
		case 'p':
			dhcp_client_recv(
				&fuzz.client,
				reader_span(&script, reader_u8(&script)), false,
				fuzz.now);
			break;
		case 'm':
			reply(&fuzz, &script, true);
			break;
		case 'o':
			reply(&fuzz, &script, false);
			break;
		default:
			break;
		}
		settle(&fuzz);
	}
	return 0;
}
