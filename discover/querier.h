/*
 * The multicast DNS querier: browses one service type on one interface.
 * RFC 6762 (multicast DNS), RFC 6763 (service discovery), RFC 2782 (SRV).
 *
 * It is a one-shot querier of an ephemeral port (RFC 6762 §5.1, §6.7) for a
 * search of seconds: it asks, gathers, asks for what is missing, and ends at
 * its deadline. TTLs are therefore not waited for, with one exception: a
 * goodbye takes an instance away after a second (§10.1). Every query carries
 * the QU bit, since a multicast answer cannot reach an ephemeral port; an
 * answer of either kind is read all the same.
 *
 * Schedule: at once; again after QUERIER_EARLY_MS if nobody has answered at
 * all, because interfaces that have just come up lose packets; then after 1 s
 * and doubled each time (§5.2). Known answers go along from the second query
 * on (§7.1). SRV, TXT, A and AAAA that did not come with the pointer are asked
 * for after QUERIER_GATHER_MS, in which other packets of the same answer may
 * bring them, and again on the same schedule (RFC 6763 §12).
 *
 * The shell feeds packets and time in and then pulls actions until there are
 * none. Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "discover/cache.h"
#include "discover/name.h"

#define QUERIER_PACKET_MAX 1400

#define QUERIER_GATHER_MS 20
#define QUERIER_EARLY_MS 250
#define QUERIER_INTERVAL_MS 1000
#define QUERIER_INTERVAL_MAX_MS 3600000 /* RFC 6762 §5.2 */

#define QUERIER_PORT 5353

enum querier_state {
	/* Not started: nothing is sent, packets are ignored, no deadline. Left
	 * by querier_start(). */
	QUERIER_IDLE,
	/* Nobody has answered: queries go out on the schedule, with the early
	 * one. Left by an answer with a pointer to an instance, or the end. */
	QUERIER_ASKING,
	/* Some instance is known: queries go out more slowly, and questions
	 * for what is missing. Left by the end. */
	QUERIER_GATHERING,
	/* The end has passed: packets are ignored, no deadline. Not left. */
	QUERIER_FINISHED,
};

/* Packets, for the user to see what was not used. */
struct querier_counts {
	unsigned long packets;	 /* all that came */
	unsigned long malformed; /* broken: dropped whole */
	unsigned long foreign;	 /* not from port 5353, or from off the link */
	unsigned long ignored;	 /* queries, other opcodes, errors */
};

struct querier {
	enum querier_state state;
	int64_t now; /* of the last event */
	int64_t end;
	int64_t browse_due, resolve_due;
	int64_t browse_sent;
	int64_t browse_interval, resolve_interval;
	bool want_browse, want_resolve, want_done;
	unsigned int resolve_cursor;
	unsigned int round;
	struct querier_counts counts;
	struct cache cache;
	uint8_t packet[QUERIER_PACKET_MAX];
};

/* Where a packet came from, as the shell saw it. */
struct querier_source {
	uint16_t port;
	bool on_link;
};

enum querier_action_kind {
	QUERIER_SEND,  /* packet to the group, over each family there is */
	QUERIER_FOUND, /* instance and host: reachable somewhere, once each */
	QUERIER_LOST,  /* instance: said goodbye, after it had been found */
	QUERIER_DONE,  /* the end has come; the last action */
};

struct querier_action {
	enum querier_action_kind kind;
	struct span packet; /* good until the next call */
	const struct cache_instance *instance;
	const struct cache_host *host;
};

/* TYPE is what dns_name_from_type() makes. */
void querier_init(struct querier *querier, const struct dns_name *type);

/* Begins to search, until the absolute END. */
void querier_start(struct querier *querier, int64_t now, int64_t end);

void querier_recv(struct querier *querier, struct span packet,
		  const struct querier_source *source, int64_t now);

/* To be called once querier_due() has come. */
void querier_tick(struct querier *querier, int64_t now);

/* Ends the search now. What is known well enough is still told. */
void querier_stop(struct querier *querier, int64_t now);

/* The absolute time of the next tick; CLOCK_NEVER when there is none. */
int64_t querier_due(const struct querier *querier);

/* Pulls the next thing to be done; false when there is nothing. */
bool querier_next(struct querier *querier, struct querier_action *ret_action);
