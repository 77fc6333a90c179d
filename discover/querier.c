/* See querier.h; the packets are made in querier_ask.c. */
#include "discover/querier.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"

static enum cache_kind cache_kind(enum querier_kind kind)
{
	switch (kind) {
	case QUERIER_BROWSE:
		return CACHE_POINTERS;
	case QUERIER_TYPES:
		return CACHE_TYPES;
	case QUERIER_RESOLVE:
		return CACHE_INSTANCE;
	case QUERIER_LOOKUP:
		break;
	}
	return CACHE_HOST;
}

/* Whether it is pointers that are asked for in the first place. */
static bool is_browsing(const struct querier *querier)
{
	return querier->kind == QUERIER_BROWSE ||
	       querier->kind == QUERIER_TYPES;
}

static bool is_running(const struct querier *querier)
{
	return querier->state == QUERIER_ASKING ||
	       querier->state == QUERIER_GATHERING;
}

void querier_init(struct querier *querier, enum querier_kind kind,
		  const struct dns_name *name)
{
	memset(querier, 0, offsetof(struct querier, cache));
	querier->kind = kind;
	cache_init(&querier->cache, cache_kind(kind), name, 0);
	querier->state = QUERIER_IDLE;
	querier->end = CLOCK_NEVER;
	querier->browse_due = CLOCK_NEVER;
	querier->resolve_due = CLOCK_NEVER;
	querier->refresh_due = CLOCK_NEVER;
	querier->group_due = CLOCK_NEVER;
	querier->tell_due = CLOCK_NEVER;
}

void querier_seed(struct querier *querier, uint64_t seed)
{
	struct dns_name name = querier->cache.name;

	assert(querier->state == QUERIER_IDLE);
	querier->random = seed;
	cache_init(&querier->cache, cache_kind(querier->kind), &name,
		   querier_random(querier));
}

static bool is_missing(const struct querier *querier)
{
	const struct cache *cache = &querier->cache;

	if (querier->kind == QUERIER_LOOKUP)
		return !cache_is_looked_up(cache);
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		if (!cache->instances[n].is_gone &&
		    !cache_is_complete(cache, &cache->instances[n]))
			return true;
	}
	return false;
}

static void querier_enter(struct querier *querier, enum querier_state state)
{
	int64_t now = querier->now;

	querier->state = state;
	switch (state) {
	case QUERIER_IDLE:
		break;
	case QUERIER_ASKING:
		querier->begun = now;
		querier->n_asked = 0;
		querier->is_group_used = false;
		querier->is_group_heard = false;
		querier->group_due = CLOCK_NEVER;
		if (is_browsing(querier)) {
			querier->browse_due = now;
			querier->browse_interval = QUERIER_EARLY_MS;
		} else {
			querier->resolve_due = now;
			querier->resolve_interval = QUERIER_EARLY_MS;
		}
		break;
	case QUERIER_GATHERING:
		/* Somebody hears us: the early query is not needed. */
		if (querier->browse_interval <= QUERIER_INTERVAL_MS &&
		    querier->browse_due < CLOCK_NEVER) {
			querier->browse_due = querier->browse_sent +
					      QUERIER_INTERVAL_MS;
			querier->browse_interval = 2 * QUERIER_INTERVAL_MS;
		}
		break;
	case QUERIER_FINISHED:
		querier_review(querier, true);
		querier->end = CLOCK_NEVER;
		querier->browse_due = CLOCK_NEVER;
		querier->resolve_due = CLOCK_NEVER;
		querier->refresh_due = CLOCK_NEVER;
		querier->group_due = CLOCK_NEVER;
		querier->tell_due = CLOCK_NEVER;
		querier->browse.paths = querier->resolve.paths = 0;
		querier->want_done = true;
		break;
	}
}

void querier_limit(struct querier *querier, unsigned int max)
{
	cache_limit(&querier->cache, max);
}

void querier_dismiss(struct querier *querier,
		     const struct cache_instance *instance)
{
	cache_dismiss(&querier->cache, instance);
}

void querier_start(struct querier *querier, int64_t now, int64_t end)
{
	assert(querier->state == QUERIER_IDLE);
	querier->now = now;
	querier->end = end;
	querier->refresh_sent = now - QUERIER_INTERVAL_MS;
	querier->window_from = now - QUERIER_INTERVAL_MS;
	if (querier->kind == QUERIER_RESOLVE)
		querier->cache.instances[0].since = now;
	querier_enter(querier, QUERIER_ASKING);
	querier_tick(querier, now);
}

void querier_ask_again(struct querier *querier, int64_t now)
{
	querier->now = now;
	if (!is_running(querier))
		return;
	querier_enter(querier, QUERIER_ASKING);
	querier_tick(querier, now);
}

void querier_stop(struct querier *querier, int64_t now)
{
	querier->now = now;
	if (querier->state != QUERIER_FINISHED)
		querier_enter(querier, QUERIER_FINISHED);
}

static int64_t doubled(int64_t interval)
{
	if (interval < QUERIER_INTERVAL_MS)
		return QUERIER_INTERVAL_MS;
	interval *= 2;
	return interval < QUERIER_INTERVAL_MAX_MS ? interval :
						    QUERIER_INTERVAL_MAX_MS;
}

/*
 * Begins to send: out of which sockets, see querier.h. What only the group was
 * asked for, and did not bring an answer, is asked for on both paths again: a
 * link may let multicast through no longer.
 */
static void send_round(struct querier *querier, struct querier_round *round)
{
	int64_t now = querier->now;

	round->cursor = 0;
	round->paths = QUERIER_EPHEMERAL;
	if (now < querier->begun + QUERIER_GROUP_MS)
		return;
	if (querier->is_group_used)
		round->paths |= QUERIER_GROUP;
	else if (querier->group_due == CLOCK_NEVER)
		querier->group_due = now + QUERIER_JITTER_MIN_MS +
				     querier_random(querier) %
					     (QUERIER_JITTER_MAX_MS -
					      QUERIER_JITTER_MIN_MS + 1);
	if (querier->is_group_heard && !querier->cache.is_late)
		round->paths = QUERIER_GROUP;
}

static void tick_browse(struct querier *querier)
{
	querier->n_asked++;
	querier->is_suppressed = false;
	send_round(querier, &querier->browse);
	querier->browse_sent = querier->now;
	querier->browse_due = querier->now + querier->browse_interval;
	querier->browse_interval = doubled(querier->browse_interval);
}

static void tick_resolve(struct querier *querier)
{
	/* After a change of the network all of it, as at the start. */
	bool is_first = !is_browsing(querier) && querier->n_asked == 0;

	querier->resolve_due = CLOCK_NEVER;
	querier_review(querier, false);
	if (!cache_ask(&querier->cache, is_first))
		return;
	if (querier->now - querier->window_from >= QUERIER_INTERVAL_MS) {
		querier->window_from = querier->now;
		querier->n_rounds = 0;
	}
	querier->n_rounds++;
	if (!is_browsing(querier))
		querier->n_asked++;
	send_round(querier, &querier->resolve);
	querier->resolve_due = querier->now + querier->resolve_interval;
	querier->resolve_interval = doubled(querier->resolve_interval);
}

static void tick_refresh(struct querier *querier)
{
	struct cache *cache = &querier->cache;

	querier->refresh_due = CLOCK_NEVER;
	querier->refresh_sent = querier->now;
	if (cache->ask_pointer)
		send_round(querier, &querier->browse);
	send_round(querier, &querier->resolve);
	cache->ask_pointer = cache->is_marked = cache->is_late = false;
}

/* The first queries of the group path. */
static void tick_group(struct querier *querier)
{
	querier->group_due = CLOCK_NEVER;
	querier->is_group_used = true;
	if (is_browsing(querier)) {
		querier->browse.cursor = 0;
		querier->browse.paths |= QUERIER_GROUP;
	}
	if (cache_ask(&querier->cache, false)) {
		querier->resolve.cursor = 0;
		querier->resolve.paths |= QUERIER_GROUP;
	}
}

/* What has ended, and what is to be asked for anew: not more often than each
 * second, whatever the TTLs are. */
static void tick_cache(struct querier *querier)
{
	if (cache_tick(&querier->cache, querier->now)) {
		querier_review(querier, false);
		if (querier->resolve_due == CLOCK_NEVER &&
		    is_missing(querier)) {
			querier->resolve_due = querier->now;
			querier->resolve_interval = QUERIER_EARLY_MS;
		}
	}
	if (querier->cache.is_marked && querier->refresh_due == CLOCK_NEVER) {
		querier->refresh_due = querier->refresh_sent +
				       QUERIER_INTERVAL_MS;
		if (querier->refresh_due < querier->now)
			querier->refresh_due = querier->now;
	}
}

void querier_tick(struct querier *querier, int64_t now)
{
	querier->now = now;
	if (!is_running(querier))
		return;
	tick_cache(querier);
	if (now >= querier->end) {
		querier_enter(querier, QUERIER_FINISHED);
		return;
	}
	if (now >= querier->browse_due)
		tick_browse(querier);
	if (now >= querier->refresh_due)
		tick_refresh(querier);
	if (now >= querier->resolve_due)
		tick_resolve(querier);
	if (now >= querier->group_due)
		tick_group(querier);
	if (now >= querier->tell_due)
		querier_review(querier, false);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t querier_due(const struct querier *querier)
{
	int64_t due = earlier(querier->browse_due, querier->resolve_due);

	if (!is_running(querier))
		return CLOCK_NEVER;
	due = earlier(due, earlier(querier->refresh_due, querier->group_due));
	due = earlier(due, querier->tell_due);
	return earlier(earlier(due, querier->end), cache_due(&querier->cache));
}

/* After an answer: tells what is complete, asks for what is not. */
static void follow_up(struct querier *querier, bool learnt)
{
	int64_t due = querier->now + QUERIER_GATHER_MS;

	querier_review(querier, false);
	if (!is_missing(querier)) {
		querier->resolve_due = CLOCK_NEVER;
	} else if (learnt || querier->resolve_due == CLOCK_NEVER) {
		if (querier->n_rounds >= QUERIER_ROUNDS_MAX &&
		    due < querier->window_from + QUERIER_INTERVAL_MS)
			due = querier->window_from + QUERIER_INTERVAL_MS;
		/* Never later than it was: a flood must not put it off. */
		querier->resolve_due = earlier(querier->resolve_due, due);
		querier->resolve_interval = QUERIER_EARLY_MS;
	}
}

/*
 * RFC 6762 §7.3: somebody else has asked the group what we are to ask in a
 * moment, knowing nothing that we do not know: we shall hear the answer as
 * well. Once only, then it is our turn: or who asks all the time could keep us
 * from it for ever.
 */
static void hear_query(struct querier *querier, struct dns_message *message)
{
	struct dns_name *name = &querier->cache.name;
	struct dns_record record;
	struct dns_asked asked;
	bool is_ours = false;

	if (!querier->is_group_heard || querier->is_suppressed ||
	    message->truncated ||
	    querier->browse_due - querier->now > QUERIER_INTERVAL_MS)
		return;
	while (dns_message_next_question(message, &asked))
		is_ours |= asked.type == DNS_TYPE_PTR && !asked.unicast &&
			   asked.class == DNS_CLASS_IN &&
			   dns_name_equal(&asked.name, name);
	while (is_ours && dns_message_next(message, &record)) {
		if (record.type == DNS_TYPE_PTR &&
		    dns_name_equal(&record.owner, name))
			is_ours = cache_knows(&querier->cache, &record.target,
					      querier->now);
	}
	if (!is_ours)
		return;
	querier->is_suppressed = true;
	querier->browse_due = querier->now + querier->browse_interval;
	querier->browse_interval = doubled(querier->browse_interval);
}

/*
 * RFC 6762 §6, §11: answers come from port 5353. What was sent to the group
 * has not passed a router, whatever its source is. What was sent to us alone
 * has to prove that it is of our link, or to quote the id of a query that is
 * under way, as an answer to a simple resolver does (§6.7).
 *
 * That second way is there for QEMU's user network, whose answers have the
 * address of a host that is not on the link. It opens what any resolver of
 * unicast DNS has open: who is not on the way must guess the port and the id,
 * and gains no more than anybody on the link has anyhow; what is found is not
 * trusted for having been found. By multicast ids mean nothing (§18.1).
 */
static bool is_for_us(const struct querier *querier,
		      const struct querier_source *source,
		      const struct dns_message *message)
{
	if (source->port != QUERIER_PORT)
		return false;
	if (source->to_group || source->on_link)
		return true;
	return message->is_response && querier_has_asked(querier, message->id);
}

void querier_recv(struct querier *querier, struct span packet,
		  const struct querier_source *source, int64_t now)
{
	struct dns_message message;
	unsigned int known;

	querier->now = now;
	if (!is_running(querier))
		return;
	querier->counts.packets++;
	if (dns_message_open(packet, &message) < 0) {
		querier->counts.malformed++;
		return;
	}
	if (!is_for_us(querier, source, &message)) {
		querier->counts.foreign++;
		return;
	}
	/* §18.3, §18.11. The TC bit of an answer says nothing (§18.5). */
	if (!message.is_response || message.opcode != 0 || message.rcode != 0) {
		querier->counts.ignored++;
		if (!message.is_response && message.opcode == 0 &&
		    source->to_group)
			hear_query(querier, &message);
		return;
	}
	tick_cache(querier);
	known = cache_knowledge(&querier->cache);
	if (!cache_take(&querier->cache, &message, now))
		return;
	if (source->to_group && querier->is_group_used)
		querier->is_group_heard = true;
	if (querier->state == QUERIER_ASKING)
		querier_enter(querier, QUERIER_GATHERING);
	follow_up(querier, cache_knowledge(&querier->cache) != known);
}

bool querier_is_complete(const struct querier *querier)
{
	const struct cache *cache = &querier->cache;

	switch (querier->kind) {
	case QUERIER_BROWSE:
	case QUERIER_TYPES:
		break;
	case QUERIER_RESOLVE:
		return cache_is_complete(cache, &cache->instances[0]);
	case QUERIER_LOOKUP:
		return cache_is_looked_up(cache);
	}
	return false;
}
