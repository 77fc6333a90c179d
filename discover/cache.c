/* See cache.h. */
#include "discover/cache.h"

#include <string.h>

#include "base/clock.h"
#include "base/writer.h"

void cache_init(struct cache *cache, const struct dns_name *type)
{
	memset(cache, 0, sizeof(*cache));
	cache->type = *type;
}

const struct cache_host *cache_host_of(const struct cache *cache,
				       const struct cache_instance *i)
{
	return i->has_srv && i->is_usable ? &cache->hosts[i->host] : NULL;
}

static bool has_address(const struct cache_host *host)
{
	return host && (host->n_ipv4 > 0 || host->n_ipv6 > 0);
}

bool cache_is_complete(const struct cache *cache,
		       const struct cache_instance *i)
{
	if (!i->has_srv || !i->has_txt)
		return false;
	return !i->is_usable || has_address(cache_host_of(cache, i));
}

bool cache_is_reachable(const struct cache *cache,
			const struct cache_instance *i)
{
	return has_address(cache_host_of(cache, i));
}

void cache_drop_gone(struct cache *cache, int64_t now)
{
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		struct cache_instance *i = &cache->instances[n];

		if (i->gone_at > now)
			continue;
		i->gone_at = CLOCK_NEVER;
		i->is_gone = true;
		i->has_srv = i->has_txt = false;
		i->tell_found = false;
		if (i->is_told)
			i->tell_lost = true;
		i->is_told = false;
	}
}

int64_t cache_due(const struct cache *cache)
{
	int64_t due = CLOCK_NEVER;

	for (unsigned int n = 0; n < cache->n_instances; n++) {
		if (cache->instances[n].gone_at < due)
			due = cache->instances[n].gone_at;
	}
	return due;
}

static struct cache_instance *find_instance(struct cache *cache,
					    const struct dns_name *name)
{
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		if (dns_name_equal(&cache->instances[n].name, name))
			return &cache->instances[n];
	}
	return NULL;
}

static struct cache_host *find_host(struct cache *cache,
				    const struct dns_name *name)
{
	for (unsigned int n = 0; n < cache->n_hosts; n++) {
		if (dns_name_equal(&cache->hosts[n].name, name))
			return &cache->hosts[n];
	}
	return NULL;
}

/* RFC 6762 §10.1: a goodbye is a TTL of 0, and counts one second later. */
static void say_goodbye(struct cache *cache, struct cache_instance *i)
{
	if (i->gone_at == CLOCK_NEVER && !i->is_gone)
		i->gone_at = cache->now + CACHE_GOODBYE_MS;
}

/* A place for a new instance: one that is gone and told gives up its own. */
static struct cache_instance *new_instance(struct cache *cache)
{
	if (cache->n_instances < CACHE_INSTANCES_MAX)
		return &cache->instances[cache->n_instances++];
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		struct cache_instance *i = &cache->instances[n];

		if (i->is_gone && !i->tell_lost)
			return i;
	}
	cache->counts.over_instances++;
	return NULL;
}

static void take_pointer(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i;

	if (!dns_name_equal(&record->owner, &cache->type) ||
	    !dns_name_is_child(&record->target, &cache->type))
		return;
	i = find_instance(cache, &record->target);
	if (record->ttl == 0) {
		if (i)
			say_goodbye(cache, i);
		return;
	}
	if (!i) {
		i = new_instance(cache);
		if (!i)
			return;
		memset(i, 0, sizeof(*i));
		i->name = record->target;
	}
	i->pointer_at = cache->now;
	i->pointer_ttl = record->ttl;
	i->gone_at = CLOCK_NEVER;
	i->is_gone = false;
}

/* RFC 2782: the lowest priority, then the greatest weight. Its lottery among
 * weights is for many clients; here the same network gives the same answer. */
static bool is_better(const struct cache_instance *i, bool usable,
		      const struct dns_record *record)
{
	if (usable != i->is_usable)
		return usable;
	if (record->priority != i->priority)
		return record->priority < i->priority;
	return record->weight > i->weight;
}

static void take_srv(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i = find_instance(cache, &record->owner);
	/* RFC 2782: a target of "." says that there is no such service. */
	bool usable = record->port != 0 && !dns_name_is_root(&record->target);
	struct cache_host *host = NULL;

	if (!i || i->is_gone)
		return;
	if (record->ttl == 0) {
		say_goodbye(cache, i);
		return;
	}
	/* §10.2: with the cache-flush bit, what is older than a second goes. */
	if (record->cache_flush && i->has_srv &&
	    cache->now - i->srv_at > CACHE_FLUSH_MS)
		i->has_srv = false;
	if (i->has_srv && !is_better(i, usable, record))
		return;
	if (usable) {
		host = find_host(cache, &record->target);
		if (!host) {
			if (cache->n_hosts == CACHE_HOSTS_MAX) {
				cache->counts.over_hosts++;
				return;
			}
			host = &cache->hosts[cache->n_hosts++];
			memset(host, 0, sizeof(*host));
			host->name = record->target;
		}
		i->host = (unsigned int)(host - cache->hosts);
	}
	i->has_srv = true;
	i->is_usable = usable;
	i->srv_at = cache->now;
	i->priority = record->priority;
	i->weight = record->weight;
	i->port = record->port;
}

static void take_txt(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i = find_instance(cache, &record->owner);
	struct reader reader;
	struct writer writer;

	if (!i || i->is_gone || record->ttl == 0)
		return;
	if (i->has_txt &&
	    !(record->cache_flush && cache->now - i->txt_at > CACHE_FLUSH_MS))
		return;
	writer_init(&writer, i->txt, sizeof(i->txt));
	reader_from_span(&reader, record->txt);
	while (reader_left(&reader) > 0) {
		struct span string = reader_span(&reader, reader_u8(&reader));

		if (writer_room(&writer) < string.len + 1) {
			cache->counts.over_txt++;
			continue;
		}
		writer_u8(&writer, (uint8_t)string.len);
		writer_put(&writer, string);
	}
	i->txt_len = (uint16_t)writer_len(&writer);
	i->has_txt = true;
	i->txt_at = cache->now;
}

/* RFC 1122 §3.2.1.3: neither "this network", nor loopback, nor a group, nor
 * what is reserved, is where a service can be. */
static bool is_host_ipv4(uint32_t address)
{
	uint32_t top = address >> 24;

	return top != 0 && top != 127 && top < 224;
}

/* RFC 4291 §2.5: not unspecified, loopback, IPv4-mapped, or a group. */
static bool is_host_ipv6(const uint8_t address[16])
{
	static const uint8_t zeroes[10];

	return address[0] != 0xff &&
	       memcmp(address, zeroes, sizeof(zeroes)) != 0;
}

static void take_ipv4(struct cache *cache, struct cache_host *host,
		      const struct dns_record *record)
{
	unsigned int kept = 0, n;

	if (!is_host_ipv4(record->ipv4) || record->ttl == 0)
		return;
	for (n = 0; n < host->n_ipv4; n++) {
		if (record->cache_flush && host->ipv4[n] != record->ipv4 &&
		    cache->now - host->ipv4_at[n] > CACHE_FLUSH_MS)
			continue;
		host->ipv4[kept] = host->ipv4[n];
		host->ipv4_at[kept] = host->ipv4_at[n];
		kept++;
	}
	host->n_ipv4 = kept;
	for (n = 0; n < kept && host->ipv4[n] != record->ipv4; n++)
		continue;
	if (n == CACHE_ADDRESSES_MAX) {
		cache->counts.over_addresses++;
		return;
	}
	host->ipv4[n] = record->ipv4;
	host->ipv4_at[n] = cache->now;
	if (n == kept)
		host->n_ipv4++;
}

static void take_ipv6(struct cache *cache, struct cache_host *host,
		      const struct dns_record *record)
{
	unsigned int kept = 0, n;

	if (!is_host_ipv6(record->ipv6) || record->ttl == 0)
		return;
	for (n = 0; n < host->n_ipv6; n++) {
		if (record->cache_flush &&
		    memcmp(host->ipv6[n], record->ipv6, 16) != 0 &&
		    cache->now - host->ipv6_at[n] > CACHE_FLUSH_MS)
			continue;
		memmove(host->ipv6[kept], host->ipv6[n], 16);
		host->ipv6_at[kept] = host->ipv6_at[n];
		kept++;
	}
	host->n_ipv6 = kept;
	for (n = 0; n < kept; n++) {
		if (memcmp(host->ipv6[n], record->ipv6, 16) == 0)
			break;
	}
	if (n == CACHE_ADDRESSES_MAX) {
		cache->counts.over_addresses++;
		return;
	}
	memcpy(host->ipv6[n], record->ipv6, 16);
	host->ipv6_at[n] = cache->now;
	if (n == kept)
		host->n_ipv6++;
}

static void take_address(struct cache *cache, const struct dns_record *record)
{
	struct cache_host *host = find_host(cache, &record->owner);

	if (!host)
		return;
	if (record->type == DNS_TYPE_A)
		take_ipv4(cache, host, record);
	else
		take_ipv6(cache, host, record);
}

/*
 * Three rounds make the order inside the packet not matter, and leave out what
 * nobody asked for.
 */
void cache_take(struct cache *cache, struct dns_message *message, int64_t now)
{
	struct dns_record record;

	cache->now = now;
	dns_message_rewind(message);
	while (dns_message_next(message, &record)) {
		if (record.type == DNS_TYPE_PTR)
			take_pointer(cache, &record);
	}
	dns_message_rewind(message);
	while (dns_message_next(message, &record)) {
		if (record.type == DNS_TYPE_SRV)
			take_srv(cache, &record);
		else if (record.type == DNS_TYPE_TXT)
			take_txt(cache, &record);
	}
	dns_message_rewind(message);
	while (dns_message_next(message, &record)) {
		if (record.type == DNS_TYPE_A || record.type == DNS_TYPE_AAAA)
			take_address(cache, &record);
	}
}

unsigned int cache_knowledge(const struct cache *cache)
{
	unsigned int known = 0;

	for (unsigned int n = 0; n < cache->n_instances; n++) {
		const struct cache_instance *i = &cache->instances[n];

		if (!i->is_gone)
			known += 1u + i->has_srv + i->has_txt +
				 cache_is_reachable(cache, i);
	}
	return known;
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
