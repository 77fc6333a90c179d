/* What a message says of hosts: their addresses, and that they have none. See
 * cache.h. */
#include <string.h>

#include "discover/address.h"
#include "discover/cache.h"

/* The addresses of one family that a host has. */
struct family {
	uint8_t *addresses;
	size_t size; /* of each */
	struct dns_life *lives;
	unsigned int *n;
};

static unsigned int find_address(const struct family *family,
				 const void *address)
{
	unsigned int i;

	for (i = 0; i < *family->n; i++) {
		if (memcmp(family->addresses + i * family->size, address,
			   family->size) == 0)
			break;
	}
	return i;
}

/* §10.2: all but AT are older than this answer, or came along with it. */
static void flush_addresses(struct cache *cache, const struct family *family,
			    unsigned int at)
{
	for (unsigned int i = 0; i < *family->n; i++) {
		if (i != at &&
		    cache->now - family->lives[i].at > CACHE_FLUSH_MS)
			cache_end_life(cache, &family->lives[i],
				       CACHE_FLUSH_MS);
	}
}

/* Where a new address goes: before those that are to end, so that it is used
 * rather than they, and in place of the last of them when there is no room. */
static int make_room(const struct family *family)
{
	unsigned int at = 0, last;

	while (at < *family->n && !dns_life_is_shortened(&family->lives[at]))
		at++;
	if (at == CACHE_ADDRESSES_MAX)
		return -1;
	last = *family->n < CACHE_ADDRESSES_MAX ? (*family->n)++ :
						  CACHE_ADDRESSES_MAX - 1;
	memmove(family->addresses + (at + 1) * family->size,
		family->addresses + at * family->size,
		(last - at) * family->size);
	memmove(&family->lives[at + 1], &family->lives[at],
		(last - at) * sizeof(family->lives[0]));
	return (int)at;
}

static void take_address(struct cache *cache, struct cache_host *host,
			 const struct family *family, const void *address,
			 const struct dns_record *record)
{
	bool is_first = host->n_ipv4 + host->n_ipv6 == 0;
	unsigned int at = find_address(family, address);
	int room;

	cache->is_touched = true;
	if (record->ttl == 0) {
		if (at < *family->n)
			cache_end_life(cache, &family->lives[at],
				       CACHE_GOODBYE_MS);
		return;
	}
	if (record->cache_flush)
		flush_addresses(cache, family, at);
	if (is_first && cache->kind == CACHE_HOST)
		host->name = record->owner; /* as it is written there */
	if (at == *family->n) {
		room = make_room(family);
		if (room < 0) {
			cache->counts.over_addresses++;
			return;
		}
		at = (unsigned int)room;
		memcpy(family->addresses + at * family->size, address,
		       family->size);
		cache_host_changed(cache, host);
		cache->n_news += is_first;
	}
	cache_begin_life(cache, &family->lives[at], record->ttl);
}

static void take_a(struct cache *cache, const struct dns_record *record)
{
	struct cache_host *host = cache_find_host(cache, &record->owner);
	struct family family;

	if (!host || !address_is_host_ipv4(record->ipv4))
		return;
	family.addresses = (uint8_t *)host->ipv4;
	family.size = sizeof(host->ipv4[0]);
	family.lives = host->ipv4_life;
	family.n = &host->n_ipv4;
	host->no_ipv4 = false;
	take_address(cache, host, &family, &record->ipv4, record);
}

static void take_aaaa(struct cache *cache, const struct dns_record *record)
{
	struct cache_host *host = cache_find_host(cache, &record->owner);
	struct family family;

	if (!host || !address_is_host_ipv6(record->ipv6))
		return;
	family.addresses = host->ipv6[0];
	family.size = sizeof(host->ipv6[0]);
	family.lives = host->ipv6_life;
	family.n = &host->n_ipv6;
	host->no_ipv6 = false;
	take_address(cache, host, &family, record->ipv6, record);
}

/* RFC 6762 §6.1: which types there are of the host's name, and no others. */
static void take_nsec(struct cache *cache, const struct dns_record *record)
{
	struct cache_host *host = cache_find_host(cache, &record->owner);

	if (!host || record->ttl == 0)
		return;
	cache->is_touched = true;
	host->no_ipv4 |= host->n_ipv4 == 0 && !dns_nsec_has(record, DNS_TYPE_A);
	host->no_ipv6 |= host->n_ipv6 == 0 &&
			 !dns_nsec_has(record, DNS_TYPE_AAAA);
}

void cache_take_addresses(struct cache *cache, struct dns_message *message)
{
	static const uint64_t types = DNS_TYPE_BIT(DNS_TYPE_A) |
				      DNS_TYPE_BIT(DNS_TYPE_AAAA) |
				      DNS_TYPE_BIT(DNS_TYPE_NSEC);
	struct dns_record record;

	dns_message_rewind(message);
	while (cache->n_hosts > 0 &&
	       dns_message_next_of(message, types, &record)) {
		if (record.type == DNS_TYPE_A)
			take_a(cache, &record);
		else if (record.type == DNS_TYPE_AAAA)
			take_aaaa(cache, &record);
		else
			take_nsec(cache, &record);
	}
}
