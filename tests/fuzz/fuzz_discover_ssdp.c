/*
 * discover/ssdp.c: the input is a list of events, each a byte (0: the network
 * has changed, 1 to 3: a tick, 4 to 255: a packet), the milliseconds since the
 * one before and, for a packet, the last byte of who sent it, its length, of
 * two bytes each, and its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "discover/ssdp.h"

static struct ssdp ssdp;
static struct {
	int64_t now, told[SSDP_DEVICES_MAX];
	bool is_found[SSDP_DEVICES_MAX];
	bool is_done;
} world;

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Found and lost take turns, and not all the time, unless it is the end. */
static void check_device(const struct ssdp_action *action)
{
	size_t n = (size_t)(action->device - ssdp.devices);
	bool is_found = action->kind == SSDP_FOUND;

	check(n < ssdp.n_devices);
	check(is_found || world.is_found[n]);
	check(ssdp.state == SSDP_FINISHED ||
	      world.now >= world.told[n] + SSDP_QUIET_MS);
	world.is_found[n] = is_found;
	world.told[n] = world.now;
	check(action->device->usn[0] &&
	      memchr(action->device->usn, 0, SSDP_USN_MAX) &&
	      memchr(action->device->st, 0, SSDP_TARGET_MAX) &&
	      memchr(action->device->location, 0, SSDP_LOCATION_MAX) &&
	      memchr(action->device->server, 0, SSDP_SERVER_MAX));
	check(ssdp_target_matches(ssdp.target, span_of(action->device->st)));
}

static void drain(void)
{
	struct ssdp_action action;
	struct ssdp_message message;

	while (ssdp_next(&ssdp, &action)) {
		check(!world.is_done);
		switch (action.kind) {
		case SSDP_SEND:
			check(ssdp_message_parse(action.packet, &message) == 0);
			check(message.kind == SSDP_OTHER);
			break;
		case SSDP_FOUND:
		case SSDP_LOST:
			check_device(&action);
			break;
		case SSDP_DONE:
			world.is_done = true;
			break;
		}
	}
	check(ssdp_due(&ssdp) > world.now);
	check(ssdp.n_devices <= SSDP_DEVICES_MAX);
}

static void recv_packet(struct reader *reader)
{
	struct url_address from = { .ipv4 = 0x0a000000 | reader_u8(reader) };
	struct span packet = reader_span(reader, reader_be16(reader));
	uint8_t *block = malloc(packet.len);

	if (block && packet.len > 0)
		memcpy(block, packet.data, packet.len);
	ssdp_recv(&ssdp, (struct span){ block, packet.len }, &from, world.now);
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const targets[] = { "ssdp:all", "upnp:rootdevice",
					       "uuid:1", "urn:x:1" };
	struct reader reader;

	reader_init(&reader, data, size);
	memset(&world, 0, sizeof(world));
	world.now = 10000;
	ssdp_init(&ssdp, span_of(targets[reader_u8(&reader) % 4]));
	ssdp_start(&ssdp, world.now, world.now + 600000);
	drain();
	while (reader_left(&reader) > 0) {
		uint8_t event = reader_u8(&reader);

		world.now += reader_be16(&reader);
		/* The shell's timer comes first. */
		ssdp_tick(&ssdp, world.now);
		drain();
		if (event >= 4)
			recv_packet(&reader);
		else if (event == 0)
			ssdp_ask_again(&ssdp, world.now);
		drain();
	}
	ssdp_stop(&ssdp, world.now);
	drain();
	check(world.is_done && ssdp_due(&ssdp) == CLOCK_NEVER);
	return 0;
}
