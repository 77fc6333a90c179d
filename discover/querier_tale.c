/* What the querier tells of what it knows: see querier.h. */
#include "base/clock.h"
#include "discover/querier.h"

/*
 * Who is told of an instance may connect to it. So that nobody makes us do that
 * all the time, by an SRV record that is better each time, it is told but so
 * often in a second, and then when that is over.
 */
static bool may_tell(struct querier *querier, struct cache_instance *i)
{
	int64_t over = i->tales_from + QUERIER_INTERVAL_MS;

	if (i->n_tales == 0 || querier->now >= over) {
		i->tales_from = querier->now;
		i->n_tales = 0;
	}
	if (i->n_tales < QUERIER_TALES_MAX) {
		i->n_tales++;
		return true;
	}
	if (over < querier->tell_due)
		querier->tell_due = over;
	return false;
}

static void tell(struct querier *querier, struct cache_instance *i,
		 bool is_over)
{
	const struct cache_host *host = cache_host_of(&querier->cache, i);

	if (i->tell_found ||
	    (i->is_told && i->told_changes == i->n_changes &&
	     (!host || i->told_host_changes == host->n_changes)))
		return;
	if (!may_tell(querier, i) && !is_over)
		return;
	i->tell_found = true;
	querier->cache.has_tales = true;
}

static void tell_no_more(struct querier *querier, struct cache_instance *i)
{
	i->tell_lost |= i->is_told;
	i->is_told = i->tell_found = false;
	querier->cache.has_tales = true;
}

/* What is known well enough, and what is not any more. Once IS_OVER an
 * instance is well enough known without its TXT record, and before if it had
 * its time to come. */
static void review_instance(struct querier *querier, struct cache_instance *i,
			    bool is_over)
{
	bool is_waited_for = querier->now - i->since < QUERIER_PATIENCE_MS;

	if (i->is_gone)
		return;
	if (!cache_is_reachable(&querier->cache, i))
		tell_no_more(querier, i);
	else if (cache_is_complete(&querier->cache, i) || is_over ||
		 !is_waited_for)
		tell(querier, i, is_over);
}

static void review_host(struct querier *querier)
{
	struct cache_host *asked = &querier->cache.hosts[0];
	const struct cache_host *host = cache_looked_up(&querier->cache);

	if (host->n_ipv4 + host->n_ipv6 == 0) {
		asked->tell_lost |= asked->is_told;
		asked->is_told = asked->tell_found = false;
	} else if (!asked->is_told || asked->told_changes != asked->n_changes) {
		asked->tell_found = true;
	}
	querier->cache.has_tales = true;
}

void querier_review(struct querier *querier, bool is_over)
{
	querier->tell_due = CLOCK_NEVER;
	for (unsigned int n = 0; n < querier->cache.n_instances; n++)
		review_instance(querier, &querier->cache.instances[n], is_over);
	if (querier->kind == QUERIER_LOOKUP)
		review_host(querier);
}

/* Of an instance. Lost first: it may have been found again since. */
static void pull_instance(struct querier *querier, struct cache_instance *i,
			  struct querier_action *ret_action)
{
	const struct cache_host *host = cache_host_of(&querier->cache, i);

	*ret_action = (struct querier_action){
		.kind = i->tell_lost ? QUERIER_LOST : QUERIER_FOUND,
		.instance = i,
		.host = host,
	};
	if (i->tell_lost) {
		i->tell_lost = false;
		return;
	}
	i->tell_found = i->is_dismissed = false;
	i->is_told = true;
	i->told_changes = i->n_changes;
	i->told_host_changes = host ? host->n_changes : 0;
}

/* Of the host that is looked up. */
static void pull_host(struct querier *querier,
		      struct querier_action *ret_action)
{
	struct cache_host *asked = &querier->cache.hosts[0];

	*ret_action = (struct querier_action){
		.kind = asked->tell_lost ? QUERIER_LOST : QUERIER_FOUND,
		.host = cache_looked_up(&querier->cache),
	};
	if (asked->tell_lost) {
		asked->tell_lost = false;
		return;
	}
	asked->tell_found = false;
	asked->is_told = true;
	asked->told_changes = asked->n_changes;
}

bool querier_next_tale(struct querier *querier,
		       struct querier_action *ret_action)
{
	struct cache *cache = &querier->cache;

	if (!cache->has_tales)
		return false;
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		struct cache_instance *i = &cache->instances[n];

		if (!i->tell_found && !i->tell_lost)
			continue;
		pull_instance(querier, i, ret_action);
		return true;
	}
	if (querier->kind == QUERIER_LOOKUP &&
	    (cache->hosts[0].tell_found || cache->hosts[0].tell_lost)) {
		pull_host(querier, ret_action);
		return true;
	}
	cache->has_tales = false;
	return false;
}
