/*
 * What router advertisements say about names, of all routers of a link: each
 * entry for as long as it was announced. RFC 8106 §5.3 and 6.
 *
 * When the table is full, what is new is left out and counted: a flood does
 * not push out what works.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dhcp/advert.h"
#include "dhcp/counters.h"

#define DHCP_RESOLVERS6_MAX 4

/* A plain value, which may be handed to another process: expires is in ms of
 * base/clock.h, CLOCK_NEVER without end. */
struct dhcp_resolvers6 {
	uint32_t n_dns;
	uint32_t n_domains;
	struct dhcp_resolver6 {
		struct dhcp_ip6 address;
		int64_t expires;
	} dns[DHCP_RESOLVERS6_MAX];
	struct dhcp_search6 {
		char name[DHCP_LEASE_NAME_MAX];
		int64_t expires;
	} domains[DHCP_RESOLVERS6_MAX];
	struct dhcp_raw portal; /* the last one that was announced */
	uint32_t mtu;		/* the same; 0 for none */
};

/* Zeroes: an empty table. */
void dhcp_resolvers6_init(struct dhcp_resolvers6 *table);

/* Takes in ADVERT; whether more than times changed. */
bool dhcp_resolvers6_add(struct dhcp_resolvers6 *table,
			 const struct dhcp_advert *advert,
			 struct dhcp_counters *counters, int64_t now);

/* Drops what has expired; whether anything has. */
bool dhcp_resolvers6_tick(struct dhcp_resolvers6 *table, int64_t now);

/* When to call dhcp_resolvers6_tick() next, or CLOCK_NEVER. */
int64_t dhcp_resolvers6_due(const struct dhcp_resolvers6 *table);

/* Whether TABLE, from a process that is not trusted, is one that the functions
 * above could have made. */
bool dhcp_resolvers6_is_valid(const struct dhcp_resolvers6 *table);
