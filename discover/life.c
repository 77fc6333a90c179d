/* See life.h. */
#include "discover/life.h"

#include "base/clock.h"

#define REFRESHES_MAX 4
#define REFRESH_PERCENT 80
#define REFRESH_STEP 5
#define REFRESH_CHANCE 2

static int64_t natural_end(const struct dns_life *life)
{
	return life->at + (int64_t)life->ttl * 1000;
}

void dns_life_begin(struct dns_life *life, uint32_t ttl, int64_t now)
{
	life->at = now;
	life->ttl = ttl < DNS_LIFE_TTL_MAX ? ttl : DNS_LIFE_TTL_MAX;
	life->n_refreshes = 0;
	life->ends = natural_end(life);
}

void dns_life_shorten(struct dns_life *life, int64_t ends)
{
	if (ends < life->ends)
		life->ends = ends;
}

bool dns_life_is_shortened(const struct dns_life *life)
{
	return life->ends < natural_end(life);
}

bool dns_life_is_over(const struct dns_life *life, int64_t now)
{
	return now >= life->ends;
}

static int64_t refresh_at(const struct dns_life *life, uint32_t seed)
{
	/* A percent of the TTL: 10 ms for each second. */
	int64_t percent = (int64_t)life->ttl * 10;
	uint32_t chance = ((uint32_t)life->at ^ seed) * 2654435761u;

	if (life->n_refreshes == REFRESHES_MAX || dns_life_is_shortened(life))
		return CLOCK_NEVER;
	return life->at +
	       percent * (REFRESH_PERCENT + REFRESH_STEP * life->n_refreshes) +
	       (int64_t)(chance >> 8) % (percent * REFRESH_CHANCE + 1);
}

int64_t dns_life_due(const struct dns_life *life, uint32_t seed)
{
	int64_t refresh = refresh_at(life, seed);

	return refresh < life->ends ? refresh : life->ends;
}

bool dns_life_refresh(struct dns_life *life, uint32_t seed, int64_t now)
{
	bool is_due = false;

	while (refresh_at(life, seed) <= now) {
		life->n_refreshes++;
		is_due = true;
	}
	return is_due;
}

uint32_t dns_life_known(const struct dns_life *life, int64_t now)
{
	int64_t left = (life->ends - now) / 1000;

	/* §7.1: not what has lived for half its time. */
	if (dns_life_is_shortened(life) || left < (int64_t)life->ttl / 2)
		return 0;
	return (uint32_t)left;
}
