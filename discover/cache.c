/* See cache.h; what messages do to it is in cache_take.c. */
#include "discover/cache.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

void cache_init(struct cache *cache, enum cache_kind kind,
		const struct dns_name *name, uint32_t seed)
{
	struct dns_name second = dns_name_after(name, 1);

	/* What comes behind is cleared when it is used: most of it never is. */
	memset(cache, 0, offsetof(struct cache, instances));
	cache->kind = kind;
	cache->name = *name;
	cache->seed = seed;
	cache->max = CACHE_INSTANCES_MAX;
	cache->due = CLOCK_NEVER;
	switch (kind) {
	case CACHE_POINTERS:
		/* RFC 6763 §7.1: the instances of a subtype are named as those
		 * of its type. */
		cache->parent = *name;
		if (span_is_nocase(dns_name_first_label(&second), "_sub"))
			cache->parent = dns_name_after(name, 2);
		break;
	case CACHE_TYPES:
		/* _services._dns-sd._udp, and the domain of the types. */
		cache->parent = dns_name_after(name, 3);
		break;
	case CACHE_INSTANCE:
		cache->n_instances = 1;
		memset(cache->instances, 0, sizeof(cache->instances[0]));
		cache->instances[0].name = *name;
		cache->instance_hashes[0] = dns_name_hash(name, seed);
		break;
	case CACHE_HOST:
		cache->n_hosts = 1;
		memset(cache->hosts, 0, sizeof(cache->hosts[0]));
		cache->hosts[0].name = *name;
		cache->hosts[0].n_users = 1;
		cache->host_hashes[0] = dns_name_hash(name, seed);
		break;
	}
}

void cache_limit(struct cache *cache, unsigned int max)
{
	cache->max = max < CACHE_INSTANCES_MAX ? max : CACHE_INSTANCES_MAX;
}

void cache_dismiss(struct cache *cache, const struct cache_instance *instance)
{
	cache->instances[instance - cache->instances].is_dismissed = true;
}

struct cache_instance *cache_find_instance(struct cache *cache,
					   const struct dns_name *name)
{
	uint32_t hash = dns_name_hash(name, cache->seed);

	for (unsigned int n = 0; n < cache->n_instances; n++) {
		if (cache->instance_hashes[n] == hash &&
		    dns_name_equal(&cache->instances[n].name, name))
			return &cache->instances[n];
	}
	return NULL;
}

struct cache_host *cache_find_host(struct cache *cache,
				   const struct dns_name *name)
{
	uint32_t hash = dns_name_hash(name, cache->seed);

	for (unsigned int n = 0; n < cache->n_hosts; n++) {
		if (cache->host_hashes[n] == hash &&
		    cache->hosts[n].n_users > 0 &&
		    dns_name_equal(&cache->hosts[n].name, name))
			return &cache->hosts[n];
	}
	return NULL;
}

const struct cache_host *cache_host_of(const struct cache *cache,
				       const struct cache_instance *i)
{
	return i->has_srv && i->is_usable ? &cache->hosts[i->host] : NULL;
}

const struct cache_host *cache_looked_up(const struct cache *cache)
{
	return &cache->hosts[cache->n_hosts - 1];
}

static bool has_address(const struct cache_host *host)
{
	return host && (host->n_ipv4 > 0 || host->n_ipv6 > 0);
}

bool cache_is_reachable(const struct cache *cache,
			const struct cache_instance *i)
{
	if (i->is_gone)
		return false;
	return cache->kind == CACHE_TYPES ||
	       has_address(cache_host_of(cache, i));
}

bool cache_is_complete(const struct cache *cache,
		       const struct cache_instance *i)
{
	if (cache->kind == CACHE_TYPES)
		return true;
	if (!i->has_srv || !i->has_txt)
		return false;
	return !i->is_usable || has_address(cache_host_of(cache, i));
}

bool cache_is_looked_up(const struct cache *cache)
{
	const struct cache_host *host = cache_looked_up(cache);

	return (host->n_ipv4 > 0 || host->no_ipv4) &&
	       (host->n_ipv6 > 0 || host->no_ipv6);
}

void cache_begin_life(struct cache *cache, struct dns_life *life, uint32_t ttl)
{
	int64_t due;

	dns_life_begin(life, ttl, cache->now);
	due = dns_life_due(life, cache->seed);
	if (due < cache->due)
		cache->due = due;
}

void cache_end_life(struct cache *cache, struct dns_life *life, int64_t grace)
{
	dns_life_shorten(life, cache->now + grace);
	if (life->ends < cache->due)
		cache->due = life->ends;
}

void cache_host_changed(struct cache *cache, struct cache_host *host)
{
	if (cache->kind == CACHE_HOST)
		host = &cache->hosts[0];
	host->n_changes++;
}

void cache_drop_srv(struct cache *cache, struct cache_instance *i)
{
	if (i->has_srv && i->is_usable)
		cache->hosts[i->host].n_users--;
	i->has_srv = i->is_usable = false;
}

static void end_instance(struct cache *cache, struct cache_instance *i)
{
	cache_drop_srv(cache, i);
	i->has_txt = false;
	i->is_gone = true;
	i->asks = 0;
	i->tell_found = false;
	i->tell_lost |= i->is_told;
	i->is_told = false;
	cache->has_tales = true;
}

/* Of one record: whether it is over. What is not is looked at again then, and
 * marked, with IS_USED, when it is to be asked for anew. */
static bool tick_life(struct cache *cache, struct dns_life *life, bool is_used,
		      bool *ret_ask)
{
	int64_t due;

	if (dns_life_is_over(life, cache->now))
		return true;
	if (dns_life_refresh(life, cache->seed, cache->now) && is_used) {
		*ret_ask = true;
		cache->is_marked = true;
		cache->is_late |= life->n_refreshes > 1;
	}
	due = dns_life_due(life, cache->seed);
	if (due < cache->due)
		cache->due = due;
	return false;
}

static bool tick_instance(struct cache *cache, struct cache_instance *i)
{
	bool ask_srv = false, ask_txt = false, is_removed = false;

	if (cache->kind != CACHE_INSTANCE &&
	    tick_life(cache, &i->pointer, i->is_told, &cache->ask_pointer)) {
		end_instance(cache, i);
		return true;
	}
	if (i->has_srv && tick_life(cache, &i->srv, i->is_told, &ask_srv)) {
		cache_drop_srv(cache, i);
		is_removed = true;
	}
	if (i->has_txt &&
	    tick_life(cache, &i->txt_life, i->is_told, &ask_txt)) {
		i->has_txt = false;
		is_removed = true;
	}
	i->asks |= (uint8_t)((ask_srv ? CACHE_ASK_SRV : 0) |
			     (ask_txt ? CACHE_ASK_TXT : 0));
	return is_removed;
}

/* Of the addresses of one family, of SIZE bytes each. Returns how many stay. */
static unsigned int tick_addresses(struct cache *cache, void *addresses,
				   size_t size, struct dns_life *lives,
				   unsigned int n, bool *ret_ask)
{
	uint8_t *bytes = addresses;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (tick_life(cache, &lives[i], true, ret_ask))
			continue;
		memmove(bytes + kept * size, bytes + i * size, size);
		lives[kept++] = lives[i];
	}
	return kept;
}

static bool tick_host(struct cache *cache, struct cache_host *host)
{
	unsigned int n_ipv4 = host->n_ipv4, n_ipv6 = host->n_ipv6;
	bool ask = false;

	host->n_ipv4 = tick_addresses(cache, host->ipv4, sizeof(host->ipv4[0]),
				      host->ipv4_life, n_ipv4, &ask);
	host->n_ipv6 = tick_addresses(cache, host->ipv6, sizeof(host->ipv6[0]),
				      host->ipv6_life, n_ipv6, &ask);
	if (ask)
		host->asks = CACHE_ASK_ADDRESS;
	if (host->n_ipv4 == n_ipv4 && host->n_ipv6 == n_ipv6)
		return false;
	cache_host_changed(cache, host);
	return true;
}

bool cache_tick(struct cache *cache, int64_t now)
{
	bool is_removed = false;

	cache->now = now;
	if (now < cache->due)
		return false;
	cache->due = CLOCK_NEVER;
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		if (!cache->instances[n].is_gone)
			is_removed |= tick_instance(cache,
						    &cache->instances[n]);
	}
	for (unsigned int n = 0; n < cache->n_hosts; n++) {
		if (cache->hosts[n].n_users > 0)
			is_removed |= tick_host(cache, &cache->hosts[n]);
	}
	/* What the aliases led to has gone: perhaps they lead elsewhere now. */
	if (cache->kind == CACHE_HOST && is_removed &&
	    !has_address(cache_looked_up(cache)))
		cache->n_hosts = 1;
	return is_removed;
}

int64_t cache_due(const struct cache *cache)
{
	return cache->due;
}

static void ask_host(struct cache_host *host, bool *ret_any)
{
	host->asks = CACHE_ASK_ADDRESS;
	*ret_any = true;
}

bool cache_ask(struct cache *cache, bool all)
{
	bool any = false;

	if (cache->kind == CACHE_HOST && (all || !cache_is_looked_up(cache)))
		ask_host(&cache->hosts[cache->n_hosts - 1], &any);
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		struct cache_instance *i = &cache->instances[n];

		if (cache->kind == CACHE_TYPES || i->is_gone)
			continue;
		if (all || !i->has_srv)
			i->asks |= CACHE_ASK_SRV;
		if (all || !i->has_txt)
			i->asks |= CACHE_ASK_TXT;
		any |= i->asks != 0;
		if (i->has_srv && i->is_usable &&
		    (all || !has_address(&cache->hosts[i->host])))
			ask_host(&cache->hosts[i->host], &any);
	}
	return any;
}

void cache_asked(struct cache *cache)
{
	for (unsigned int n = 0; n < cache->n_instances; n++)
		cache->instances[n].asks = 0;
	for (unsigned int n = 0; n < cache->n_hosts; n++)
		cache->hosts[n].asks = 0;
}

uint32_t cache_known_answer(const struct cache_instance *i, int64_t now)
{
	return i->is_gone ? 0 : dns_life_known(&i->pointer, now);
}

bool cache_knows(struct cache *cache, const struct dns_name *target,
		 int64_t now)
{
	const struct cache_instance *i = cache_find_instance(cache, target);

	return i && cache_known_answer(i, now) > 0;
}

unsigned int cache_knowledge(const struct cache *cache)
{
	return cache->n_news;
}

unsigned int cache_n_incomplete(const struct cache *cache)
{
	unsigned int n_incomplete = 0;

	for (unsigned int n = 0; n < cache->n_instances; n++) {
		const struct cache_instance *i = &cache->instances[n];

		if (!i->is_gone && !cache_is_reachable(cache, i) &&
		    !(i->has_srv && !i->is_usable))
			n_incomplete++;
	}
	return n_incomplete;
}
