/*
 * discover/neighbours.c: the input is a list of events, each a byte (0: the
 * network has changed, 1: a tick, 2: a good reply, 3: one with another byte in
 * it, 4 to 255: a packet), the milliseconds since the one before, of two
 * bytes, and
 *
 *	for 2 and 3: the last byte of who sent it;
 *	for 3: which byte, and what it becomes;
 *	for a packet: who sent it, of 16 bytes, its length and its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "discover/address.h"
#include "discover/neighbours.h"

static struct neighbours neighbours;
static struct {
	int64_t now;
	unsigned int n_found;
	uint8_t found[NEIGHBOURS_MAX][16];
	uint8_t reply[NEIGHBOURS_PACKET];
	bool is_done;
} world;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_found(const uint8_t address[16])
{
	check(address_is_host_ipv6(address));
	check(world.n_found < NEIGHBOURS_MAX);
	for (unsigned int n = 0; n < world.n_found; n++)
		check(memcmp(world.found[n], address, 16) != 0);
	memcpy(world.found[world.n_found++], address, 16);
}

static void drain(void)
{
	struct neighbours_action action;

	while (neighbours_next(&neighbours, &action)) {
		check(!world.is_done);
		switch (action.kind) {
		case NEIGHBOURS_SEND:
			check(action.packet.len == sizeof(world.reply));
			memcpy(world.reply, action.packet.data,
			       sizeof(world.reply));
			check(world.reply[0] == 128);
			world.reply[0] = 129;
			break;
		case NEIGHBOURS_FOUND:
			check_found(action.address);
			break;
		case NEIGHBOURS_DONE:
			world.is_done = true;
			break;
		}
	}
	check(neighbours_due(&neighbours) > world.now);
}

static void deliver(struct span packet, const uint8_t from[16])
{
	uint8_t *block = malloc(packet.len);

	if (block && packet.len > 0)
		memcpy(block, packet.data, packet.len);
	neighbours_recv(&neighbours, (struct span){ block, packet.len }, from,
			world.now);
	free(block);
}

/* A reply as it should be, but for CHANGED. */
static void reply(struct reader *reader, bool changed)
{
	uint8_t from[16] = { 0xfe, 0x80 };
	uint8_t packet[NEIGHBOURS_PACKET];

	from[15] = reader_u8(reader);
	memcpy(packet, world.reply, sizeof(packet));
	if (changed) {
		size_t at = reader_u8(reader) % sizeof(packet);

		packet[at] = reader_u8(reader);
	}
	deliver((struct span){ packet, sizeof(packet) }, from);
}

static void recv_packet(struct reader *reader)
{
	uint8_t from[16];

	reader_copy(reader, from, sizeof(from));
	deliver(reader_span(reader, reader_be16(reader)), from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader;

	reader_init(&reader, data, size);
	memset(&world, 0, sizeof(world));
	world.now = 10000;
	neighbours_init(&neighbours, 0x0123456789abcdef);
	neighbours_start(&neighbours, world.now, world.now + 600000);
	drain();
	while (reader_left(&reader) > 0) {
		uint8_t event = reader_u8(&reader);

		world.now += reader_be16(&reader);
		neighbours_tick(&neighbours, world.now);
		drain();
		if (event == 0)
			neighbours_ask_again(&neighbours, world.now);
		else if (event == 2 || event == 3)
			reply(&reader, event == 3);
		else if (event >= 4)
			recv_packet(&reader);
		drain();
	}
	neighbours_stop(&neighbours, world.now);
	drain();
	check(world.is_done && neighbours_due(&neighbours) == CLOCK_NEVER);
	return 0;
}
