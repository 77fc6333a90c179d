/* See neighbours.h. */
#include "discover/neighbours.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/writer.h"
#include "discover/address.h"

#define ECHO_REQUEST 128
#define ECHO_REPLY 129

void neighbours_init(struct neighbours *neighbours, uint64_t seed)
{
	memset(neighbours, 0, sizeof(*neighbours));
	neighbours->state = NEIGHBOURS_IDLE;
	neighbours->end = CLOCK_NEVER;
	neighbours->id = (uint16_t)seed;
	memcpy(neighbours->token, &seed, sizeof(neighbours->token));
	schedule_stop(&neighbours->schedule);
}

static void neighbours_enter(struct neighbours *neighbours,
			     enum neighbours_state state, int64_t now)
{
	neighbours->state = state;
	switch (state) {
	case NEIGHBOURS_IDLE:
		break;
	case NEIGHBOURS_ASKING:
		schedule_start(&neighbours->schedule, now);
		break;
	case NEIGHBOURS_FINISHED:
		neighbours->end = CLOCK_NEVER;
		schedule_stop(&neighbours->schedule);
		neighbours->want_send = false;
		neighbours->want_done = true;
		break;
	}
}

void neighbours_start(struct neighbours *neighbours, int64_t now, int64_t end)
{
	assert(neighbours->state == NEIGHBOURS_IDLE);
	neighbours->end = end;
	neighbours_enter(neighbours, NEIGHBOURS_ASKING, now);
	neighbours_tick(neighbours, now);
}

void neighbours_ask_again(struct neighbours *neighbours, int64_t now)
{
	if (neighbours->state != NEIGHBOURS_ASKING)
		return;
	schedule_start(&neighbours->schedule, now);
	neighbours_tick(neighbours, now);
}

void neighbours_stop(struct neighbours *neighbours, int64_t now)
{
	if (neighbours->state != NEIGHBOURS_FINISHED)
		neighbours_enter(neighbours, NEIGHBOURS_FINISHED, now);
}

void neighbours_tick(struct neighbours *neighbours, int64_t now)
{
	if (neighbours->state != NEIGHBOURS_ASKING)
		return;
	if (now >= neighbours->end)
		neighbours_enter(neighbours, NEIGHBOURS_FINISHED, now);
	else if (schedule_is_time(&neighbours->schedule, now))
		neighbours->want_send = true;
}

int64_t neighbours_due(const struct neighbours *neighbours)
{
	if (neighbours->state != NEIGHBOURS_ASKING)
		return CLOCK_NEVER;
	return neighbours->schedule.due < neighbours->end ?
		       neighbours->schedule.due :
		       neighbours->end;
}

/* Whether it answers one of our last requests, with all that was in it: the
 * data comes back as it was (RFC 4443 §4.2). */
static bool is_ours(const struct neighbours *neighbours, uint16_t id,
		    uint16_t sequence, struct span data)
{
	struct span token = { neighbours->token, sizeof(neighbours->token) };
	/* Sequence numbers wrap. */
	unsigned int age = (uint16_t)(neighbours->sequence - sequence);

	return id == neighbours->id && age < neighbours->n_sent &&
	       span_equal(data, token);
}

static void take(struct neighbours *neighbours, const uint8_t from[16])
{
	for (unsigned int n = 0; n < neighbours->n_addresses; n++) {
		if (memcmp(neighbours->addresses[n], from, 16) == 0)
			return;
	}
	if (neighbours->n_addresses == NEIGHBOURS_MAX) {
		neighbours->counts.over_addresses++;
		return;
	}
	memcpy(neighbours->addresses[neighbours->n_addresses++], from, 16);
}

void neighbours_recv(struct neighbours *neighbours, struct span packet,
		     const uint8_t from[16], int64_t now)
{
	uint16_t id, sequence;
	uint8_t type, code;
	struct reader reader;
	struct span data;

	if (neighbours->state != NEIGHBOURS_ASKING || now >= neighbours->end)
		return;
	neighbours->counts.packets++;
	reader_from_span(&reader, packet);
	type = reader_u8(&reader);
	code = reader_u8(&reader);
	reader_skip(&reader, 2); /* the checksum, which the kernel has read */
	id = reader_be16(&reader);
	sequence = reader_be16(&reader);
	data = reader_rest(&reader);
	if (reader_failed(&reader) || type != ECHO_REPLY || code != 0)
		neighbours->counts.malformed++;
	else if (!is_ours(neighbours, id, sequence, data) ||
		 !address_is_host_ipv6(from))
		neighbours->counts.foreign++;
	else
		take(neighbours, from);
}

static struct span echo_request(struct neighbours *neighbours)
{
	struct writer writer;

	neighbours->sequence++;
	if (neighbours->n_sent < NEIGHBOURS_WINDOW)
		neighbours->n_sent++;
	writer_init(&writer, neighbours->packet, sizeof(neighbours->packet));
	writer_u8(&writer, ECHO_REQUEST);
	writer_u8(&writer, 0);
	writer_be16(&writer, 0);
	writer_be16(&writer, neighbours->id);
	writer_be16(&writer, neighbours->sequence);
	writer_bytes(&writer, neighbours->token, sizeof(neighbours->token));
	return writer_span(&writer);
}

bool neighbours_next(struct neighbours *neighbours,
		     struct neighbours_action *ret_action)
{
	if (neighbours->want_send) {
		neighbours->want_send = false;
		*ret_action = (struct neighbours_action){
			.kind = NEIGHBOURS_SEND,
			.packet = echo_request(neighbours),
		};
		return true;
	}
	if (neighbours->n_told < neighbours->n_addresses) {
		*ret_action =
			(struct neighbours_action){ .kind = NEIGHBOURS_FOUND };
		memcpy(ret_action->address,
		       neighbours->addresses[neighbours->n_told++], 16);
		return true;
	}
	if (neighbours->want_done) {
		neighbours->want_done = false;
		*ret_action =
			(struct neighbours_action){ .kind = NEIGHBOURS_DONE };
		return true;
	}
	return false;
}
