/*
 * The multicast DNS querier of one interface. RFC 6762 (multicast DNS),
 * RFC 6763 (service discovery), RFC 2782 (SRV).
 *
 * It looks for the instances of a type, the types there are, one instance or
 * one host, and may do so for days: what has been found is told, again when
 * something about it has changed, and told to be lost when its goodbye or its
 * TTL is over. What is in use is asked for anew before that (§5.2).
 *
 * Two paths. QUERIER_EPHEMERAL, a socket of an ephemeral port, comes first: to
 * a responder it is a simple resolver (§6.7) that wants a unicast answer, and
 * that passes where no multicast comes in, as in QEMU's user network. After
 * QUERIER_GROUP_MS queries leave from port 5353 as well, QUERIER_GROUP; and
 * only from there once such an answer has come by multicast, which everybody
 * on the link can use. Queries on the first path have the QU bit (§5.4), a
 * random id, and as many known answers as fit in one packet: those who answer
 * simple resolvers do not wait for more (§7.2). On the second they have no QU
 * bit, the id 0, and all known answers, in several packets with the TC bit.
 *
 * Schedule: at once; again after QUERIER_EARLY_MS if nobody has answered at
 * all, because interfaces that have just come up lose packets; then after 1 s
 * and doubled each time (§5.2). The random delay of 20 to 120 ms before the
 * first query, against everybody asking at once after a power failure, is for
 * the group alone: a question to be answered to one port burdens only those
 * who answer, and a machine that boots is waited for. Known answers go along
 * (§7.1). SRV, TXT, A and AAAA that did not come with the pointer are asked
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
#define QUERIER_GROUP_MS 1000 /* after the start: the group path begins */
#define QUERIER_JITTER_MIN_MS 20
#define QUERIER_JITTER_MAX_MS 120
/* How long an instance that can be reached waits for its TXT record, which it
 * must have (RFC 6763 §6), to be told without. */
#define QUERIER_PATIENCE_MS 1000
/* Rounds of questions for what is missing, in a second: who announces new
 * instances all the time does not make us ask all the time. */
#define QUERIER_ROUNDS_MAX 8
/* How often an instance is told to be there, or another, in a second. */
#define QUERIER_TALES_MAX 4
/* Ids of queries whose answers are still waited for. */
#define QUERIER_IDS_MAX 16

#define QUERIER_PORT 5353

enum querier_kind {
	QUERIER_BROWSE,	 /* NAME is a type, or a subtype (RFC 6763 §7.1) */
	QUERIER_TYPES,	 /* NAME is _services._dns-sd._udp.local (§9) */
	QUERIER_RESOLVE, /* NAME is an instance: it needs no pointer */
	QUERIER_LOOKUP,	 /* NAME is a host */
};

enum querier_state {
	/* Not started: nothing is sent, packets are ignored, no deadline. Left
	 * by querier_start(). */
	QUERIER_IDLE,
	/* Nobody has answered: queries go out on the schedule, with the early
	 * one. Left by an answer to the question, or the end. */
	QUERIER_ASKING,
	/* Somebody has answered: queries go out more slowly, and questions
	 * for what is missing. Left by querier_ask_again(), and the end. */
	QUERIER_GATHERING,
	/* The end has passed: packets are ignored, no deadline. Not left. */
	QUERIER_FINISHED,
};

/* The sockets that a query goes out of, over each family there is. */
enum querier_path {
	QUERIER_EPHEMERAL = 1,
	QUERIER_GROUP = 2, /* port 5353, a member of the group */
};

/* Packets, for the user to see what was not used. */
struct querier_counts {
	unsigned long packets;	 /* all that came */
	unsigned long malformed; /* broken: dropped whole */
	unsigned long foreign;	 /* not from port 5353, or from off the link */
	unsigned long ignored;	 /* queries, other opcodes, errors */
};

/* Questions that are being sent: the packets are made when they are pulled. */
struct querier_round {
	unsigned int paths;  /* those that it has still to go out of */
	unsigned int cursor; /* what comes next on the lowest of them */
};

struct querier {
	enum querier_kind kind;
	enum querier_state state;
	int64_t now;   /* of the last event */
	int64_t begun; /* when the network was asked from the beginning */
	int64_t end;
	int64_t browse_due, browse_interval, browse_sent;
	int64_t resolve_due, resolve_interval;
	int64_t refresh_due, refresh_sent;
	int64_t group_due;   /* the first query of the group path */
	int64_t window_from; /* n_rounds since then */
	unsigned int n_rounds;
	int64_t changes_from; /* n_changes since then */
	unsigned int n_changes;
	int64_t tell_due;     /* what was one too many */
	unsigned int n_asked; /* queries of the schedule, since BEGUN */
	bool is_group_used, is_group_heard;
	bool is_suppressed; /* the query that was due: §7.3 */
	bool want_done;
	struct querier_round browse, resolve;
	uint64_t random;
	unsigned int n_ids;
	uint16_t ids[QUERIER_IDS_MAX];
	struct querier_counts counts;
	struct cache cache;
	uint8_t packet[QUERIER_PACKET_MAX];
};

/* Where a packet came from, as the shell saw it. */
struct querier_source {
	uint16_t port;
	bool to_group; /* it was sent to the group */
	/* That is proven: the TTL is 255, or the address link-local or of a
	 * subnet of ours. */
	bool on_link;
};

enum querier_action_kind {
	QUERIER_SEND,  /* packet to the group, out of the paths */
	QUERIER_FOUND, /* reachable; and when something about it has changed */
	QUERIER_LOST,  /* not there or not reachable any more, but was found */
	QUERIER_DONE,  /* the end has come; the last action */
};

struct querier_action {
	enum querier_action_kind kind;
	unsigned int paths; /* of enum querier_path, a bit each */
	struct span packet; /* good until the next call */
	/* NULL of a LOOKUP. Of TYPES its name is the type, and no more. */
	const struct cache_instance *instance;
	/* NULL of TYPES, and of LOST when it is not known. */
	const struct cache_host *host;
};

/* NAME is what dns_name_parse() makes. */
void querier_init(struct querier *querier, enum querier_kind kind,
		  const struct dns_name *name);

/* Random bits for ids and delays, before the start. Without them ids can be
 * foreseen. */
void querier_seed(struct querier *querier, uint64_t seed);

/* See cache_limit() and cache_dismiss(). */
void querier_limit(struct querier *querier, unsigned int max);
void querier_dismiss(struct querier *querier,
		     const struct cache_instance *instance);

/* Begins to search, until the absolute END; CLOCK_NEVER: until stopped. */
void querier_start(struct querier *querier, int64_t now, int64_t end);

/* The network has changed: asks as at the start, keeping what is known. */
void querier_ask_again(struct querier *querier, int64_t now);

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

/* Whether all is known that a RESOLVE or LOOKUP has asked for: nothing more is
 * to be waited for. Never of the other kinds. */
bool querier_is_complete(const struct querier *querier);

/* querier_tale.c: what is known well enough to be told, and what is not any
 * more; and the next of it to be pulled. Once IS_OVER there is nothing to be
 * waited for. */
void querier_review(struct querier *querier, bool is_over);
bool querier_next_tale(struct querier *querier,
		       struct querier_action *ret_action);

/* Between querier.c and querier_ask.c: the next random number, and whether ID
 * is of one of the last queries on the ephemeral path. */
uint32_t querier_random(struct querier *querier);
bool querier_has_asked(const struct querier *querier, uint16_t id);
