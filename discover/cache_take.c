/* What the records of a message do to the cache, but for addresses: those are
 * cache_address.c's. See cache.h. */
#include <assert.h>
#include <string.h>

#include "base/writer.h"
#include "discover/cache.h"

_Static_assert(CACHE_HOSTS_MAX >= CACHE_INSTANCES_MAX &&
		       CACHE_HOSTS_MAX > CACHE_ALIASES_MAX,
	       "every instance and every alias needs a host");

/*
 * Whether a record that says otherwise takes the place of one that there is
 * room for only once. With the cache-flush bit it does, unless both came in
 * the same second (§10.2). To a simple resolver that bit is never sent (§6.7):
 * so it does too once the old one has been asked for anew. If that still
 * holds, it is in the same answer.
 */
static bool is_replaced(const struct cache *cache, const struct dns_life *life,
			const struct dns_record *record)
{
	if (life->n_refreshes > 0)
		return true;
	return record->cache_flush && cache->now - life->at > CACHE_FLUSH_MS;
}

/* Whether nothing has come of it, nobody was told, and it had its time. That
 * is shorter against one that says where it is. */
static bool is_idle(const struct cache *cache, const struct cache_instance *i)
{
	int64_t time = cache->has_srv ? 1 : CACHE_INCOMPLETE_MS;

	return !i->is_told && !i->tell_found && !i->tell_lost &&
	       !cache_is_reachable(cache, i) && cache->now - i->since >= time;
}

/*
 * What gives up its place. First what is gone and told; then what cannot be
 * reached, the oldest first; then what nobody wants, as it lacks what the user
 * has asked for. What is told and wanted stays: a flood that looks like it
 * hides what comes later, but nobody sees services come and go because of it.
 */
static struct cache_instance *find_least(struct cache *cache)
{
	struct cache_instance *idle = NULL, *dismissed = NULL;

	for (unsigned int n = 0; n < cache->n_instances; n++) {
		struct cache_instance *i = &cache->instances[n];

		if (i->is_gone && !i->tell_lost)
			return i;
		if (is_idle(cache, i) && (!idle || i->since < idle->since))
			idle = i;
		if (i->is_dismissed && !i->tell_found && !i->tell_lost)
			dismissed = i;
	}
	return idle ? idle : dismissed;
}

/* A place for a new instance; NULL. */
static struct cache_instance *new_instance(struct cache *cache)
{
	struct cache_instance *least = NULL;

	if (cache->n_instances < cache->max)
		return &cache->instances[cache->n_instances++];
	/* Who announces thousands has us look in vain but once a message. */
	if (!cache->is_full)
		least = find_least(cache);
	cache->is_full = !least;
	if (!least || !least->is_gone)
		cache->counts.over_instances++;
	if (least)
		cache_drop_srv(cache, least);
	return least;
}

static bool is_our_target(const struct cache *cache,
			  const struct dns_name *target)
{
	if (cache->kind == CACHE_TYPES)
		return dns_name_is_type(target, &cache->parent);
	return dns_name_is_child(target, &cache->parent);
}

static void take_pointer(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i;

	if (!dns_name_equal(&record->owner, &cache->name) ||
	    !is_our_target(cache, &record->target))
		return;
	i = cache_find_instance(cache, &record->target);
	if (record->ttl == 0) {
		if (i && !i->is_gone)
			cache_end_life(cache, &i->pointer, CACHE_GOODBYE_MS);
		return;
	}
	if (!i) {
		i = new_instance(cache);
		if (!i)
			return;
		memset(i, 0, sizeof(*i));
		i->name = record->target;
		i->is_gone = true;
		cache->instance_hashes[i - cache->instances] =
			dns_name_hash(&i->name, cache->seed);
	}
	if (i->is_gone) {
		i->is_gone = false;
		i->since = cache->now;
		cache->n_news++;
	}
	cache_begin_life(cache, &i->pointer, record->ttl);
	cache->is_touched = true;
}

/* There is always room: an instance has one host, or none yet. */
static struct cache_host *new_host(struct cache *cache,
				   const struct dns_name *name)
{
	struct cache_host *host = NULL;

	for (unsigned int n = 0; n < cache->n_hosts && !host; n++) {
		if (cache->hosts[n].n_users == 0)
			host = &cache->hosts[n];
	}
	if (!host) {
		assert(cache->n_hosts < CACHE_HOSTS_MAX);
		host = &cache->hosts[cache->n_hosts++];
	}
	memset(host, 0, sizeof(*host));
	host->name = *name;
	cache->host_hashes[host - cache->hosts] = dns_name_hash(name,
								cache->seed);
	return host;
}

/*
 * An alias of the name that is looked up, or of one that an alias has led to.
 * One that leads back to a name that was passed is ignored.
 */
static bool take_alias(struct cache *cache, const struct dns_record *record)
{
	const struct cache_host *last = cache_looked_up(cache);
	struct cache_host *host;

	if (record->ttl == 0 || cache->n_hosts > CACHE_ALIASES_MAX ||
	    last->n_ipv4 > 0 || last->n_ipv6 > 0 ||
	    !dns_name_equal(&record->owner, &last->name) ||
	    cache_find_host(cache, &record->target))
		return false;
	cache->host_hashes[cache->n_hosts] = dns_name_hash(&record->target,
							   cache->seed);
	host = &cache->hosts[cache->n_hosts++];
	memset(host, 0, sizeof(*host));
	host->name = record->target;
	host->n_users = 1;
	cache_host_changed(cache, host);
	cache->n_news++;
	cache->is_touched = true;
	return true;
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

static bool is_same_srv(const struct cache *cache,
			const struct cache_instance *i, bool usable,
			const struct dns_record *record)
{
	if (!i->has_srv || usable != i->is_usable ||
	    record->priority != i->priority || record->weight != i->weight ||
	    record->port != i->port)
		return false;
	return !usable ||
	       dns_name_equal(&cache->hosts[i->host].name, &record->target);
}

static void set_srv(struct cache *cache, struct cache_instance *i, bool usable,
		    const struct dns_record *record)
{
	struct cache_host *host = NULL;

	if (usable) {
		host = cache_find_host(cache, &record->target);
		if (host)
			host->n_users++;
	}
	cache_drop_srv(cache, i);
	if (usable && !host) {
		host = new_host(cache, &record->target);
		host->n_users++;
	}
	i->has_srv = true;
	i->is_usable = usable;
	i->host = host ? (unsigned int)(host - cache->hosts) : 0;
	i->priority = record->priority;
	i->weight = record->weight;
	i->port = record->port;
	i->n_changes++;
	cache_begin_life(cache, &i->srv, record->ttl);
	cache->n_news++;
}

static void take_srv(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i = cache_find_instance(cache, &record->owner);
	/* RFC 2782: a target of "." says that there is no such service. */
	bool usable = record->port != 0 && !dns_name_is_root(&record->target);
	bool is_same;

	if (!i || i->is_gone)
		return;
	cache->is_touched = true;
	is_same = is_same_srv(cache, i, usable, record);
	if (record->ttl == 0) {
		if (is_same)
			cache_end_life(cache, &i->srv, CACHE_GOODBYE_MS);
	} else if (is_same) {
		cache_begin_life(cache, &i->srv, record->ttl);
	} else if (!i->has_srv || is_replaced(cache, &i->srv, record) ||
		   is_better(i, usable, record)) {
		/* Not as it was asked for, but as it is written there. */
		if (cache->kind == CACHE_INSTANCE)
			i->name = record->owner;
		set_srv(cache, i, usable, record);
	}
}

/* The strings of a TXT record that there is room for. */
static void put_strings(struct cache *cache, struct writer *writer,
			struct span txt)
{
	struct reader reader;

	reader_from_span(&reader, txt);
	while (reader_left(&reader) > 0) {
		struct span string = reader_span(&reader, reader_u8(&reader));

		if (writer_room(writer) < string.len + 1) {
			cache->counts.over_txt++;
			continue;
		}
		writer_u8(writer, (uint8_t)string.len);
		writer_put(writer, string);
	}
}

static void take_txt(struct cache *cache, const struct dns_record *record)
{
	struct cache_instance *i = cache_find_instance(cache, &record->owner);
	uint8_t txt[CACHE_TXT_MAX];
	struct writer writer;
	bool is_same;

	if (!i || i->is_gone)
		return;
	cache->is_touched = true;
	writer_init(&writer, txt, sizeof(txt));
	put_strings(cache, &writer, record->txt);
	is_same = span_equal(writer_span(&writer),
			     (struct span){ i->txt, i->txt_len });
	if (record->ttl == 0) {
		if (i->has_txt && is_same)
			cache_end_life(cache, &i->txt_life, CACHE_GOODBYE_MS);
		return;
	}
	if (!is_same) {
		if (i->has_txt && !is_replaced(cache, &i->txt_life, record))
			return;
		i->txt_len = (uint16_t)writer_len(&writer);
		memcpy(i->txt, txt, i->txt_len);
		i->n_changes++;
	}
	cache->n_news += !i->has_txt;
	i->has_txt = true;
	cache_begin_life(cache, &i->txt_life, record->ttl);
}

static void take_pointers(struct cache *cache, struct dns_message *message)
{
	struct dns_record record;

	if (!dns_message_has(message, DNS_TYPE_PTR) ||
	    (cache->kind != CACHE_POINTERS && cache->kind != CACHE_TYPES))
		return;
	dns_message_rewind(message);
	while (dns_message_next_of(message, DNS_TYPE_BIT(DNS_TYPE_PTR),
				   &record))
		take_pointer(cache, &record);
}

/* As often as one leads on: they may come in any order. */
static void take_aliases(struct cache *cache, struct dns_message *message)
{
	struct dns_record record;
	bool leads_on = dns_message_has(message, DNS_TYPE_CNAME) &&
			cache->kind == CACHE_HOST;

	while (leads_on) {
		leads_on = false;
		dns_message_rewind(message);
		while (dns_message_next_of(
			message, DNS_TYPE_BIT(DNS_TYPE_CNAME), &record))
			leads_on |= take_alias(cache, &record);
	}
}

static void take_services(struct cache *cache, struct dns_message *message)
{
	struct dns_record record;

	if (cache->kind == CACHE_TYPES ||
	    (!dns_message_has(message, DNS_TYPE_SRV) &&
	     !dns_message_has(message, DNS_TYPE_TXT)))
		return;
	dns_message_rewind(message);
	while (dns_message_next_of(message,
				   DNS_TYPE_BIT(DNS_TYPE_SRV) |
					   DNS_TYPE_BIT(DNS_TYPE_TXT),
				   &record)) {
		if (record.type == DNS_TYPE_SRV)
			take_srv(cache, &record);
		else
			take_txt(cache, &record);
	}
}

/*
 * Rounds make the order inside the packet not matter, and leave out what
 * nobody asked for.
 */
bool cache_take(struct cache *cache, struct dns_message *message, int64_t now)
{
	cache->now = now;
	cache->is_touched = cache->is_full = false;
	cache->has_srv = dns_message_has(message, DNS_TYPE_SRV);
	take_pointers(cache, message);
	take_aliases(cache, message);
	take_services(cache, message);
	cache_take_addresses(cache, message);
	return cache->is_touched;
}
