/*
 * For the tests of discover/querier.c: a search, what goes in, what came out.
 */
#pragma once

#include <stdio.h>

#include "base/clock.h"
#include "discover/querier.h"
#include "tests/unit/test_discover_packet.h"

#define TYPE "_x._tcp.local"
#define ONE "one._x._tcp.local"
#define TWO "two._x._tcp.local"
#define T0 1000000

static const struct querier_source on_link = { .port = 5353, .on_link = true };
static const struct querier_source by_group = { .port = 5353,
						.to_group = true };
static struct querier querier;
static struct packet packet;

/* What was pulled of it last. */
static struct {
	unsigned int n_sent, n_group; /* n_group: of these, to the group path */
	unsigned int n_found, n_lost, n_done;
	struct dns_message query; /* the last one */
	uint8_t bytes[QUERIER_PACKET_MAX];
	struct cache_instance found;
	struct cache_host host;
} seen;

static inline void see_packet(const struct querier_action *action)
{
	memcpy(seen.bytes, action->packet.data, action->packet.len);
	assert_int_equal(dns_message_open((struct span){ seen.bytes,
							 action->packet.len },
					  &seen.query),
			 0);
	seen.n_sent++;
	assert_true(action->paths == QUERIER_EPHEMERAL ||
		    action->paths == QUERIER_GROUP);
	if (action->paths == QUERIER_GROUP) {
		assert_int_equal(seen.query.id, 0);
		seen.n_group++;
	} else {
		assert_int_not_equal(seen.query.id, 0);
		assert_false(seen.query.truncated);
	}
}

static inline void drain(void)
{
	struct querier_action action;

	memset(&seen, 0, sizeof(seen));
	while (querier_next(&querier, &action)) {
		switch (action.kind) {
		case QUERIER_SEND:
			see_packet(&action);
			break;
		case QUERIER_FOUND:
			if (action.instance)
				seen.found = *action.instance;
			if (action.host)
				seen.host = *action.host;
			assert_true(action.host ||
				    querier.kind == QUERIER_TYPES);
			assert_true(action.instance ||
				    querier.kind == QUERIER_LOOKUP);
			seen.n_found++;
			break;
		case QUERIER_LOST:
			seen.n_lost++;
			break;
		case QUERIER_DONE:
			seen.n_done++;
			break;
		}
	}
}

/* A search that has sent its first query at T0. */
static inline void begin_kind(enum querier_kind kind, const char *text,
			      int64_t end)
{
	struct dns_name name = name_of(text);

	querier_init(&querier, kind, &name);
	querier_seed(&querier, 1);
	assert_true(querier_due(&querier) == CLOCK_NEVER);
	querier_start(&querier, T0, end);
	drain();
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(seen.n_group, 0);
	packet_begin(&packet, 0x8400);
}

static inline void begin(int64_t end)
{
	begin_kind(QUERIER_BROWSE, TYPE, end);
}

static inline void deliver_from(const struct querier_source *source,
				int64_t now)
{
	querier_recv(&querier, packet_end(&packet), source, now);
	drain();
	packet_begin(&packet, 0x8400);
}

static inline void deliver(int64_t now)
{
	deliver_from(&on_link, now);
}

static inline void tick(int64_t now)
{
	assert_true(querier_due(&querier) <= now);
	querier_tick(&querier, now);
	drain();
	assert_true(querier_due(&querier) > now);
}

/* All ticks that come up to UNTIL; returns how many packets were sent. */
static inline unsigned int run(int64_t until)
{
	unsigned int n_sent = 0, n_lost = 0, n_found = 0, n_group = 0;

	while (querier_due(&querier) <= until) {
		tick(querier_due(&querier));
		n_sent += seen.n_sent;
		n_group += seen.n_group;
		n_lost += seen.n_lost;
		n_found += seen.n_found;
	}
	seen.n_sent = n_sent;
	seen.n_group = n_group;
	seen.n_lost = n_lost;
	seen.n_found = n_found;
	return n_sent;
}

static inline void put_service(const char *who, const char *host,
			       uint32_t address)
{
	put_ptr(&packet, TYPE, who, 4500);
	put_srv(&packet, who, 1 | FLUSH, 0, 0, 80, host, 120);
	PUT_TXT(&packet, who, "\3a=b");
	put_a(&packet, host, 1 | FLUSH, address);
}
