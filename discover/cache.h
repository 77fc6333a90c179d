/*
 * What multicast DNS has said about one service type on one interface: the
 * instances and the hosts that they are on. RFC 6762 §10 (cache-flush and
 * goodbye), RFC 6763 §4 to §6, RFC 2782 (SRV).
 *
 * Nothing is kept that nobody asked for: SRV and TXT of instances only that
 * a pointer of our type named, addresses of hosts only that their SRV records
 * named. Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "discover/message.h"
#include "discover/name.h"

#define CACHE_INSTANCES_MAX 64
#define CACHE_HOSTS_MAX 64
#define CACHE_ADDRESSES_MAX 4 /* of each family, for a host */
#define CACHE_TXT_MAX 512

#define CACHE_GOODBYE_MS 1000 /* RFC 6762 §10.1 */
#define CACHE_FLUSH_MS 1000   /* RFC 6762 §10.2 */

struct cache_host {
	struct dns_name name;
	unsigned int n_ipv4, n_ipv6;
	uint32_t ipv4[CACHE_ADDRESSES_MAX];
	int64_t ipv4_at[CACHE_ADDRESSES_MAX];
	uint8_t ipv6[CACHE_ADDRESSES_MAX][16];
	int64_t ipv6_at[CACHE_ADDRESSES_MAX];
	unsigned int asked_round; /* the querier's, see there */
};

struct cache_instance {
	struct dns_name name;
	int64_t pointer_at;   /* when its PTR came last */
	uint32_t pointer_ttl; /* seconds */
	int64_t gone_at;      /* CLOCK_NEVER, or a goodbye's second is over */
	bool is_gone;
	/* Kept for the querier: what it has told, and what it has to. */
	bool is_told;
	bool tell_found, tell_lost;
	bool has_srv, has_txt;
	bool is_usable; /* the SRV record names a port and a host */
	int64_t srv_at, txt_at;
	uint16_t priority, weight, port;
	unsigned int host; /* index, good while is_usable */
	uint16_t txt_len;
	uint8_t txt[CACHE_TXT_MAX];
};

/* What did not fit, for the user to see. */
struct cache_counts {
	unsigned long over_instances;
	unsigned long over_hosts;
	unsigned long over_addresses;
	unsigned long over_txt; /* strings of TXT records */
};

struct cache {
	struct dns_name type;
	int64_t now; /* of the last event */
	struct cache_counts counts;
	unsigned int n_instances;
	struct cache_instance instances[CACHE_INSTANCES_MAX];
	unsigned int n_hosts;
	struct cache_host hosts[CACHE_HOSTS_MAX];
};

void cache_init(struct cache *cache, const struct dns_name *type);

/*
 * Takes what MESSAGE, an answer, says. Every section is read alike: a
 * responder puts SRV, TXT and addresses where it likes (RFC 6763 §12).
 */
void cache_take(struct cache *cache, struct dns_message *message, int64_t now);

/* Removes the instances whose goodbye is over. */
void cache_drop_gone(struct cache *cache, int64_t now);

/* When cache_drop_gone() has something to do next; CLOCK_NEVER. */
int64_t cache_due(const struct cache *cache);

/* The host that the instance is on; NULL while no usable SRV has named it. */
const struct cache_host *cache_host_of(const struct cache *cache,
				       const struct cache_instance *instance);

/* Whether its host's address is known. */
bool cache_is_reachable(const struct cache *cache,
			const struct cache_instance *instance);

/* Whether nothing is to be asked about it any more. */
bool cache_is_complete(const struct cache *cache,
		       const struct cache_instance *instance);

/* How much is known: changes when there is a reason to ask anew. */
unsigned int cache_knowledge(const struct cache *cache);

/* How many instances there are that cannot be reached, because who announced
 * them did not say where they are. */
unsigned int cache_n_incomplete(const struct cache *cache);
