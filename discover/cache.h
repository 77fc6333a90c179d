/*
 * What multicast DNS has said on one interface about what was asked for: the
 * instances and the hosts that they are on. RFC 6762 §5.2 (refreshing), §10
 * (TTLs, cache-flush and goodbye), RFC 6763 §4 to §7 and §9, RFC 2782 (SRV).
 *
 * Nothing is kept that nobody asked for: instances that a pointer of our
 * question named, SRV and TXT of these only, addresses of hosts only that
 * their SRV records named. CNAMEs are followed from the name that is looked
 * up, CACHE_ALIASES_MAX of them, across packets; not from SRV records, whose
 * target must not be an alias (RFC 2782).
 *
 * Every record has its own life. One that ends and is not heard of again takes
 * along what hangs on it: without pointer, SRV record or address an instance
 * is not there any more. Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "discover/life.h"
#include "discover/message.h"
#include "discover/name.h"

/* About 140 KB an interface, of which only what is used takes memory. */
#define CACHE_INSTANCES_MAX 96
#define CACHE_HOSTS_MAX 96
#define CACHE_ADDRESSES_MAX 4 /* of each family, for a host */
#define CACHE_TXT_MAX 512
#define CACHE_ALIASES_MAX 8

#define CACHE_GOODBYE_MS 1000 /* RFC 6762 §10.1 */
#define CACHE_FLUSH_MS 1000   /* RFC 6762 §10.2 */
/* For so long an instance that nothing more was said about keeps its place
 * from others of which no more is said. */
#define CACHE_INCOMPLETE_MS 1000

enum cache_kind {
	CACHE_POINTERS, /* instances by pointers, with all about them */
	CACHE_TYPES,	/* pointers only: to types */
	CACHE_INSTANCE, /* one instance, which needs no pointer */
	CACHE_HOST,	/* one host, which needs no instance */
};

/* What is to be asked for in the next packets. */
enum cache_ask {
	CACHE_ASK_SRV = 1,
	CACHE_ASK_TXT = 2,
	CACHE_ASK_ADDRESS = 4,
};

struct cache_host {
	struct dns_name name;
	unsigned int n_ipv4, n_ipv6;
	uint32_t ipv4[CACHE_ADDRESSES_MAX];
	uint8_t ipv6[CACHE_ADDRESSES_MAX][16];
	struct dns_life ipv4_life[CACHE_ADDRESSES_MAX];
	struct dns_life ipv6_life[CACHE_ADDRESSES_MAX];
	bool no_ipv4, no_ipv6; /* it says that it has none: RFC 6762 §6.1 */
	unsigned int n_users;  /* instances on it; 0: its place is free */
	unsigned int n_changes;
	uint8_t asks;
	/* Kept for the querier, of CACHE_HOST only: as of an instance. */
	bool is_told, tell_found, tell_lost;
	unsigned int told_changes;
};

struct cache_instance {
	struct dns_name name;
	int64_t since;		 /* when it was heard of first */
	struct dns_life pointer; /* its PTR record */
	bool is_gone;
	bool is_dismissed; /* see cache_dismiss() */
	/* Kept for the querier: what it has told, and what it has to. */
	bool is_told;
	bool tell_found, tell_lost;
	unsigned int told_changes, told_host_changes;
	int64_t tales_from; /* n_tales since then */
	unsigned int n_tales;
	unsigned int n_changes; /* of what SRV and TXT say */
	uint8_t asks;
	bool has_srv, has_txt;
	bool is_usable; /* the SRV record names a port and a host */
	struct dns_life srv, txt_life;
	uint16_t priority, weight, port;
	unsigned int host; /* index, good while has_srv and is_usable */
	uint16_t txt_len;
	uint8_t txt[CACHE_TXT_MAX];
};

/* What did not fit, for the user to see. */
struct cache_counts {
	unsigned long over_instances;
	unsigned long over_addresses;
	unsigned long over_txt; /* strings of TXT records */
};

struct cache {
	enum cache_kind kind;
	struct dns_name name;	/* that is asked for */
	struct dns_name parent; /* of the pointers' targets */
	int64_t now;		/* of the last event */
	int64_t due;		/* not after what cache_tick() is for */
	uint32_t seed;
	unsigned int max;    /* instances there is room for */
	unsigned int n_news; /* see cache_knowledge() */
	/* Of the message that is being taken: it was about what is asked for;
	 * it says where instances are; and there was no place for one. */
	bool is_touched, has_srv, is_full;
	/* What cache_tick() wants to be asked for anew: pointers; anything;
	 * and something that an earlier question has brought no answer for. */
	bool ask_pointer, is_marked, is_late;
	bool has_tales; /* something may have to be told */
	struct cache_counts counts;
	unsigned int n_instances;
	unsigned int n_hosts;
	uint32_t instance_hashes[CACHE_INSTANCES_MAX];
	uint32_t host_hashes[CACHE_HOSTS_MAX];
	struct cache_instance instances[CACHE_INSTANCES_MAX];
	struct cache_host hosts[CACHE_HOSTS_MAX];
};

/* NAME is what is asked for. SEED is random, against names that are chosen to
 * make finding others slow. */
void cache_init(struct cache *cache, enum cache_kind kind,
		const struct dns_name *name, uint32_t seed);

/* Room for no more than MAX instances, and CACHE_INSTANCES_MAX. Those that are
 * there stay. */
void cache_limit(struct cache *cache, unsigned int max);

/* Nobody wants INSTANCE as it is now, and nobody misses it: it gives up its
 * place when there is none left. Until it is told anew. */
void cache_dismiss(struct cache *cache, const struct cache_instance *instance);

/*
 * Takes what MESSAGE, an answer, says. Every section is read alike: a
 * responder puts SRV, TXT and addresses where it likes (RFC 6763 §12).
 * Returns whether anything in it was about what is asked for.
 */
bool cache_take(struct cache *cache, struct dns_message *message, int64_t now);

/* Removes what has ended, and marks what is to be asked for anew: once 80,
 * 85, 90 and 95 percent of the TTL are over, and up to 2 more (RFC 6762
 * §5.2). True when something has been removed. */
bool cache_tick(struct cache *cache, int64_t now);

/* When cache_tick() has something to do next; CLOCK_NEVER. */
int64_t cache_due(const struct cache *cache);

/* Marks what is to be asked for: what is not known yet, or ALL that could be;
 * false when there is nothing. */
bool cache_ask(struct cache *cache, bool all);

/* Takes all marks away. */
void cache_asked(struct cache *cache);

/* Leaves out what a record said; it is no fault when there was none. */
void cache_drop_srv(struct cache *cache, struct cache_instance *instance);

/* The host that the instance is on; NULL while no usable SRV has named it. */
const struct cache_host *cache_host_of(const struct cache *cache,
				       const struct cache_instance *instance);

/* Of CACHE_HOST: what the aliases have led to. */
const struct cache_host *cache_looked_up(const struct cache *cache);

/* Whether it is there, and its host's address is known if it has a host. */
bool cache_is_reachable(const struct cache *cache,
			const struct cache_instance *instance);

/* Whether nothing is to be asked about it any more. */
bool cache_is_complete(const struct cache *cache,
		       const struct cache_instance *instance);

/* Seconds that the pointer of INSTANCE has left, to go along as a known answer
 * (RFC 6762 §7.1); 0 when it is none. */
uint32_t cache_known_answer(const struct cache_instance *instance, int64_t now);

/* Whether a pointer to TARGET would be one of our known answers. */
bool cache_knows(struct cache *cache, const struct dns_name *target,
		 int64_t now);

/* By name; NULL. */
struct cache_instance *cache_find_instance(struct cache *cache,
					   const struct dns_name *name);
struct cache_host *cache_find_host(struct cache *cache,
				   const struct dns_name *name);

/* What cache_take() does with the addresses of a message. */
void cache_take_addresses(struct cache *cache, struct dns_message *message);

/* A record of the cache has come, or ends after GRACE ms: a goodbye is a TTL of
 * 0 and counts one second later (RFC 6762 §10.1), and so does what others have
 * taken the place of (§10.2). */
void cache_begin_life(struct cache *cache, struct dns_life *life, uint32_t ttl);
void cache_end_life(struct cache *cache, struct dns_life *life, int64_t grace);

/* Of hosts that are looked up the first one counts: it is what was asked for.
 * To be called when the addresses of HOST are others than before. */
void cache_host_changed(struct cache *cache, struct cache_host *host);

/* Counts what has become known: changes when there is a reason to ask anew. */
unsigned int cache_knowledge(const struct cache *cache);

/* The same of the host that is looked up: its addresses of both families are
 * known, or that there are none. */
bool cache_is_looked_up(const struct cache *cache);

/* How many instances there are that cannot be reached, because who announced
 * them did not say where they are. */
unsigned int cache_n_incomplete(const struct cache *cache);
