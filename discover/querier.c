/* See querier.h. */
#include "discover/querier.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/writer.h"

void querier_init(struct querier *querier, enum querier_kind kind,
		  const struct dns_name *name)
{
	memset(querier, 0, sizeof(*querier));
	querier->kind = kind;
	cache_init(&querier->cache, name);
	querier->state = QUERIER_IDLE;
	querier->end = CLOCK_NEVER;
	querier->browse_due = CLOCK_NEVER;
	querier->resolve_due = CLOCK_NEVER;
}

void querier_seed(struct querier *querier, uint64_t seed)
{
	querier->random = seed;
}

static void tell(struct cache_instance *i)
{
	if (!i->is_told)
		i->tell_found = true;
}

/* The end: what can be reached is told, even if its TXT never came. */
static void tell_rest(struct querier *querier)
{
	for (unsigned int n = 0; n < querier->cache.n_instances; n++) {
		struct cache_instance *i = &querier->cache.instances[n];

		if (!i->is_gone && cache_is_reachable(&querier->cache, i))
			tell(i);
	}
}

static void querier_enter(struct querier *querier, enum querier_state state)
{
	int64_t now = querier->now;

	querier->state = state;
	switch (state) {
	case QUERIER_IDLE:
		break;
	case QUERIER_ASKING:
		querier->browse_due = now;
		querier->browse_interval = QUERIER_EARLY_MS;
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
		tell_rest(querier);
		querier->end = CLOCK_NEVER;
		querier->browse_due = CLOCK_NEVER;
		querier->resolve_due = CLOCK_NEVER;
		querier->want_browse = false;
		querier->want_resolve = false;
		querier->want_done = true;
		break;
	}
}

void querier_start(struct querier *querier, int64_t now, int64_t end)
{
	assert(querier->state == QUERIER_IDLE);
	querier->now = now;
	querier->end = end;
	querier_enter(querier, QUERIER_ASKING);
	querier_tick(querier, now);
}

void querier_stop(struct querier *querier, int64_t now)
{
	querier->now = now;
	if (querier->state != QUERIER_FINISHED)
		querier_enter(querier, QUERIER_FINISHED);
}

void querier_ask_again(struct querier *querier, int64_t now)
{
	querier->now = now;
	if (querier->state == QUERIER_IDLE ||
	    querier->state == QUERIER_FINISHED)
		return;
	querier->browse_interval = QUERIER_EARLY_MS;
	querier->browse_due = now;
	querier_tick(querier, now);
}

bool querier_is_complete(const struct querier *querier UNUSED)
{
	return false;
}

static int64_t doubled(int64_t interval)
{
	if (interval < QUERIER_INTERVAL_MS)
		return QUERIER_INTERVAL_MS;
	interval *= 2;
	return interval < QUERIER_INTERVAL_MAX_MS ? interval :
						    QUERIER_INTERVAL_MAX_MS;
}

void querier_tick(struct querier *querier, int64_t now)
{
	querier->now = now;
	switch (querier->state) {
	case QUERIER_IDLE:
	case QUERIER_FINISHED:
		return;
	case QUERIER_ASKING:
	case QUERIER_GATHERING:
		break;
	}
	cache_drop_gone(&querier->cache, now);
	if (now >= querier->end) {
		querier_enter(querier, QUERIER_FINISHED);
		return;
	}
	if (now >= querier->browse_due) {
		querier->want_browse = true;
		querier->browse_sent = now;
		querier->browse_due = now + querier->browse_interval;
		querier->browse_interval = doubled(querier->browse_interval);
	}
	if (now >= querier->resolve_due) {
		querier->want_resolve = true;
		querier->resolve_cursor = 0;
		querier->round++;
		querier->resolve_due = now + querier->resolve_interval;
		querier->resolve_interval = doubled(querier->resolve_interval);
	}
}

int64_t querier_due(const struct querier *querier)
{
	int64_t due = querier->end;

	if (querier->state == QUERIER_IDLE ||
	    querier->state == QUERIER_FINISHED)
		return CLOCK_NEVER;
	if (querier->browse_due < due)
		due = querier->browse_due;
	if (querier->resolve_due < due)
		due = querier->resolve_due;
	return cache_due(&querier->cache) < due ? cache_due(&querier->cache) :
						  due;
}

/* After a packet: tells what is complete, asks for what is not. */
static void review(struct querier *querier, bool learnt)
{
	bool missing = false;

	for (unsigned int n = 0; n < querier->cache.n_instances; n++) {
		struct cache_instance *i = &querier->cache.instances[n];

		if (i->is_gone)
			continue;
		if (!cache_is_complete(&querier->cache, i))
			missing = true;
		else if (cache_is_reachable(&querier->cache, i))
			tell(i);
	}
	if (!missing) {
		querier->resolve_due = CLOCK_NEVER;
		querier->want_resolve = false;
	} else if (learnt || querier->resolve_due == CLOCK_NEVER) {
		/* Never later than it was: a flood must not put it off. */
		if (querier->resolve_due > querier->now + QUERIER_GATHER_MS)
			querier->resolve_due = querier->now + QUERIER_GATHER_MS;
		querier->resolve_interval = QUERIER_EARLY_MS;
	}
}

void querier_recv(struct querier *querier, struct span packet,
		  const struct querier_source *source, int64_t now)
{
	struct dns_message message;
	unsigned int known;

	querier->now = now;
	switch (querier->state) {
	case QUERIER_IDLE:
	case QUERIER_FINISHED:
		return;
	case QUERIER_ASKING:
	case QUERIER_GATHERING:
		break;
	}
	querier->counts.packets++;
	/* RFC 6762 §6, §11: answers come from port 5353 and from the link. */
	if (source->port != QUERIER_PORT || !source->on_link) {
		querier->counts.foreign++;
		return;
	}
	if (dns_message_open(packet, &message) < 0) {
		querier->counts.malformed++;
		return;
	}
	/* §18.3, §18.11. The id and the TC bit of an answer say nothing
	 * (§18.1, §18.5). */
	if (!message.is_response || message.opcode != 0 || message.rcode != 0) {
		querier->counts.ignored++;
		return;
	}
	cache_drop_gone(&querier->cache, now);
	known = cache_knowledge(&querier->cache);
	cache_take(&querier->cache, &message, now);
	if (querier->state == QUERIER_ASKING && querier->cache.n_instances > 0)
		querier_enter(querier, QUERIER_GATHERING);
	review(querier, cache_knowledge(&querier->cache) != known);
}

/*
 * The question for the type, with what we know already. Answers that do not
 * fit are left out: who announced them says so once more, which costs less
 * than the packets of §7.2.
 */
static struct span browse_query(struct querier *querier)
{
	unsigned int n_answers = 0;
	struct writer writer;

	writer_init(&writer, querier->packet, sizeof(querier->packet));
	dns_query_begin(&writer);
	dns_query_question(&writer, &querier->cache.type, DNS_TYPE_PTR, true);
	for (unsigned int n = 0; n < querier->cache.n_instances; n++) {
		const struct cache_instance *i = &querier->cache.instances[n];
		int64_t age = (querier->now - i->pointer_at) / 1000;
		struct writer saved = writer;

		/* §7.1: not what has lived for half its time. */
		if (i->is_gone || i->gone_at != CLOCK_NEVER ||
		    age > i->pointer_ttl / 2)
			continue;
		dns_query_known_answer(&writer, &querier->cache.type, &i->name,
				       (uint32_t)(i->pointer_ttl - age));
		if (writer_failed(&writer)) {
			writer = saved;
			break;
		}
		n_answers++;
	}
	dns_query_end(&writer, 1, n_answers);
	return writer_span(&writer);
}

static unsigned int ask_for(struct querier *querier, struct writer *writer,
			    const struct cache_instance *i)
{
	unsigned int n = 0;

	if (!i->has_srv) {
		dns_query_question(writer, &i->name, DNS_TYPE_SRV, true);
		n++;
	}
	if (!i->has_txt) {
		dns_query_question(writer, &i->name, DNS_TYPE_TXT, true);
		n++;
	}
	if (i->has_srv && i->is_usable &&
	    !cache_is_reachable(&querier->cache, i)) {
		struct cache_host *host = &querier->cache.hosts[i->host];

		if (host->asked_round == querier->round)
			return n;
		dns_query_question(writer, &host->name, DNS_TYPE_A, true);
		dns_query_question(writer, &host->name, DNS_TYPE_AAAA, true);
		if (!writer_failed(writer))
			host->asked_round = querier->round;
		n += 2;
	}
	return n;
}

/* Questions for what is missing, as many as fit; what does not fit goes into
 * the next packet, from the cursor on. */
static struct span resolve_query(struct querier *querier)
{
	unsigned int n_questions = 0;
	struct writer writer;

	writer_init(&writer, querier->packet, sizeof(querier->packet));
	dns_query_begin(&writer);
	while (querier->resolve_cursor < querier->cache.n_instances) {
		const struct cache_instance *i =
			&querier->cache.instances[querier->resolve_cursor];
		struct writer saved = writer;
		unsigned int n = 0;

		if (!i->is_gone && !cache_is_complete(&querier->cache, i))
			n = ask_for(querier, &writer, i);
		if (writer_failed(&writer)) {
			writer = saved;
			break;
		}
		n_questions += n;
		querier->resolve_cursor++;
	}
	if (querier->resolve_cursor == querier->cache.n_instances)
		querier->want_resolve = false;
	dns_query_end(&writer, n_questions, 0);
	if (n_questions == 0)
		return (struct span){ NULL, 0 };
	return writer_span(&writer);
}

static bool next_tale(struct querier *querier,
		      struct querier_action *ret_action)
{
	for (unsigned int n = 0; n < querier->cache.n_instances; n++) {
		struct cache_instance *i = &querier->cache.instances[n];

		if (!i->tell_found && !i->tell_lost)
			continue;
		/* Lost first: it may have been found again since. */
		*ret_action = (struct querier_action){
			.kind = i->tell_lost ? QUERIER_LOST : QUERIER_FOUND,
			.instance = i,
			.host = cache_host_of(&querier->cache, i),
		};
		if (i->tell_lost) {
			i->tell_lost = false;
		} else {
			i->tell_found = false;
			i->is_told = true;
		}
		return true;
	}
	return false;
}

bool querier_next(struct querier *querier, struct querier_action *ret_action)
{
	if (querier->want_browse) {
		querier->want_browse = false;
		*ret_action = (struct querier_action){
			.kind = QUERIER_SEND,
			.paths = QUERIER_EPHEMERAL,
			.packet = browse_query(querier),
		};
		return true;
	}
	while (querier->want_resolve) {
		struct span packet = resolve_query(querier);

		if (packet.len == 0)
			continue;
		*ret_action = (struct querier_action){
			.kind = QUERIER_SEND,
			.paths = QUERIER_EPHEMERAL,
			.packet = packet,
		};
		return true;
	}
	if (next_tale(querier, ret_action))
		return true;
	if (querier->want_done) {
		querier->want_done = false;
		*ret_action = (struct querier_action){ .kind = QUERIER_DONE };
		return true;
	}
	return false;
}
