/*
 * How long a record of multicast DNS counts, and when it is to be asked for
 * anew. RFC 6762 §5.2 (refreshing), §7.1 (known answers), §10 (TTLs).
 * Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DNS_LIFE_TTL_MAX 604800 /* seconds; RFC 8767 §4 */

struct dns_life {
	int64_t at;   /* when it came last */
	int64_t ends; /* a goodbye's second is sooner than the TTL's end */
	uint32_t ttl; /* seconds */
	uint8_t n_refreshes; /* how often it had to be asked for anew: 0 to 4 */
};

/* It has come, with a TTL of seconds. */
void dns_life_begin(struct dns_life *life, uint32_t ttl, int64_t now);

/* It ends at ENDS if not before. */
void dns_life_shorten(struct dns_life *life, int64_t ends);

/* Whether its end was brought forward: nobody wants it any more. */
bool dns_life_is_shortened(const struct dns_life *life);

bool dns_life_is_over(const struct dns_life *life, int64_t now);

/* When the next of what follows is to be looked at: its end, or the time to
 * ask for it anew. SEED is to differ between machines. */
int64_t dns_life_due(const struct dns_life *life, uint32_t seed);

/* Whether it is to be asked for anew now: once each when 80, 85, 90 and 95
 * percent of the TTL are over, and up to 2 more, by chance. */
bool dns_life_refresh(struct dns_life *life, uint32_t seed, int64_t now);

/* Seconds that are left, for a known answer; 0 when it can be none. */
uint32_t dns_life_known(const struct dns_life *life, int64_t now);
