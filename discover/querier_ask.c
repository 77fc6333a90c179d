/* What the querier sends: see querier.h. */
#include <string.h>

#include "base/writer.h"
#include "discover/querier.h"

/* splitmix64: spreads any seed. Not for secrets. */
uint32_t querier_random(struct querier *querier)
{
	uint64_t z = querier->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z >> 32);
}

/* RFC 6762 §18.1: 0 by multicast; a simple resolver has one. */
static uint16_t next_id(struct querier *querier, enum querier_path path)
{
	uint16_t id;

	if (path == QUERIER_GROUP)
		return 0;
	id = (uint16_t)(querier_random(querier) % 65535 + 1);
	querier->ids[querier->n_ids++ % QUERIER_IDS_MAX] = id;
	return id;
}

bool querier_has_asked(const struct querier *querier, uint16_t id)
{
	for (unsigned int n = 0; n < QUERIER_IDS_MAX; n++) {
		if (id != 0 && querier->ids[n] == id)
			return true;
	}
	return false;
}

static enum querier_path lowest_path(const struct querier_round *round)
{
	return round->paths & QUERIER_EPHEMERAL ? QUERIER_EPHEMERAL :
						  QUERIER_GROUP;
}

/* The round is over on its path. */
static void end_path(struct querier_round *round)
{
	round->paths &= ~(unsigned int)lowest_path(round);
	round->cursor = 0;
}

/*
 * The question for the pointers and, behind the cursor, the known answers. The
 * first query of all has none: after a change of the network everybody who is
 * still there is to answer.
 */
static struct span browse_query(struct querier *querier)
{
	struct querier_round *round = &querier->browse;
	enum querier_path path = lowest_path(round);
	bool has_question = round->cursor == 0, is_truncated = false;
	struct cache *cache = &querier->cache;
	unsigned int n_answers = 0;
	struct writer writer;

	writer_init(&writer, querier->packet, sizeof(querier->packet));
	dns_query_begin(&writer);
	if (has_question)
		dns_query_question(&writer, &cache->name, DNS_TYPE_PTR,
				   path == QUERIER_EPHEMERAL);
	for (; querier->n_asked > 1 && round->cursor < cache->n_instances;
	     round->cursor++) {
		const struct cache_instance *i =
			&cache->instances[round->cursor];
		uint32_t ttl = cache_known_answer(i, querier->now);
		struct writer saved = writer;

		if (ttl == 0)
			continue;
		dns_query_known_answer(&writer, &cache->name, &i->name, ttl);
		if (writer_failed(&writer)) {
			writer = saved;
			is_truncated = path == QUERIER_GROUP;
			break;
		}
		n_answers++;
	}
	dns_query_end(&writer, has_question, n_answers);
	dns_query_mark(&writer, next_id(querier, path), is_truncated);
	if (!is_truncated)
		end_path(round);
	return writer_span(&writer);
}

static unsigned int ask_instance(struct writer *writer,
				 const struct cache_instance *i, bool unicast)
{
	unsigned int n = 0;

	if (i->asks & CACHE_ASK_SRV) {
		dns_query_question(writer, &i->name, DNS_TYPE_SRV, unicast);
		n++;
	}
	if (i->asks & CACHE_ASK_TXT) {
		dns_query_question(writer, &i->name, DNS_TYPE_TXT, unicast);
		n++;
	}
	return n;
}

static unsigned int ask_host(struct writer *writer,
			     const struct cache_host *host, bool unicast)
{
	if (!(host->asks & CACHE_ASK_ADDRESS))
		return 0;
	dns_query_question(writer, &host->name, DNS_TYPE_A, unicast);
	dns_query_question(writer, &host->name, DNS_TYPE_AAAA, unicast);
	return 2;
}

/* Questions for what is marked, as many as fit; what does not goes into the
 * next packet, from the cursor on: instances first, then hosts. */
static struct span resolve_query(struct querier *querier)
{
	struct querier_round *round = &querier->resolve;
	enum querier_path path = lowest_path(round);
	bool unicast = path == QUERIER_EPHEMERAL;
	const struct cache *cache = &querier->cache;
	unsigned int n_questions = 0;
	struct writer writer;

	writer_init(&writer, querier->packet, sizeof(querier->packet));
	dns_query_begin(&writer);
	for (; round->cursor < cache->n_instances + cache->n_hosts;
	     round->cursor++) {
		struct writer saved = writer;
		unsigned int n;

		if (round->cursor < cache->n_instances)
			n = ask_instance(&writer,
					 &cache->instances[round->cursor],
					 unicast);
		else
			n = ask_host(&writer,
				     &cache->hosts[round->cursor -
						   cache->n_instances],
				     unicast);
		if (writer_failed(&writer)) {
			writer = saved;
			break;
		}
		n_questions += n;
	}
	if (round->cursor == cache->n_instances + cache->n_hosts) {
		end_path(round);
		if (round->paths == 0)
			cache_asked(&querier->cache);
	}
	if (n_questions == 0)
		return (struct span){ NULL, 0 };
	dns_query_end(&writer, n_questions, 0);
	dns_query_mark(&writer, next_id(querier, path), false);
	return writer_span(&writer);
}

/* The next packet; false when there is none. */
static bool next_packet(struct querier *querier,
			struct querier_action *ret_action)
{
	struct querier_action action = { .kind = QUERIER_SEND };

	while (querier->browse.paths != 0 || querier->resolve.paths != 0) {
		if (querier->browse.paths != 0) {
			action.paths = lowest_path(&querier->browse);
			action.packet = browse_query(querier);
		} else {
			action.paths = lowest_path(&querier->resolve);
			action.packet = resolve_query(querier);
		}
		if (action.packet.len == 0)
			continue;
		*ret_action = action;
		return true;
	}
	return false;
}

bool querier_next(struct querier *querier, struct querier_action *ret_action)
{
	if (next_packet(querier, ret_action) ||
	    querier_next_tale(querier, ret_action))
		return true;
	if (!querier->want_done)
		return false;
	querier->want_done = false;
	*ret_action = (struct querier_action){ .kind = QUERIER_DONE };
	return true;
}
