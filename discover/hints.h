/*
 * What a DHCP lease says that helps to find providers: DNS servers, domains,
 * gateways, and providers that its options name. docs/dhcp-hints.md has the
 * table. RFC 2132 (options 43, 60, 66, 67), RFC 3925 (125), RFC 8910 (114).
 *
 * The lease comes key by key, from a record "lease" of phase-net or from its
 * .lease file; of another key than ours nothing is kept. What a name is to be
 * resolved for first, or what is not safe, is left out and counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "discover/name.h"
#include "discover/service.h"
#include "discover/url.h"

#define HINTS_SERVERS_MAX 4
#define HINTS_DOMAINS_MAX 4
#define HINTS_GATEWAYS_MAX 4
#define HINTS_PROVIDERS_MAX 8
#define HINTS_PATH_MAX 256 /* of option 67, with its terminator */

struct hints {
	char interface[URL_ZONE_MAX]; /* or empty */
	/* The address and its prefix: what is on the link. 0: not known. */
	uint32_t address;
	uint8_t prefix;
	unsigned int n_servers;
	struct url_address servers[HINTS_SERVERS_MAX];
	unsigned int n_domains;
	struct dns_name domains[HINTS_DOMAINS_MAX];
	unsigned int n_gateways;
	uint32_t gateways[HINTS_GATEWAYS_MAX]; /* host order */
	unsigned int n_providers;
	unsigned long n_ignored; /* a name, or not safe */
	unsigned long n_over;	 /* over a bound above */
	bool is_pxe;		 /* option 60: 43 is PXE's */
	/* Options 66 and 67 belong together, in either order. */
	struct url_address boot_server;
	bool has_boot_server;
	char boot_path[HINTS_PATH_MAX];
	/* Last: hints_init() leaves it alone, so that it takes no memory. */
	struct service providers[HINTS_PROVIDERS_MAX];
};

void hints_init(struct hints *hints);

/* A pair of the lease, its value decoded. KEY with '-' or '_' alike; lists
 * with commas or blanks. "interface", "address" and "prefix" come first, as
 * phase-net writes them. */
void hints_take(struct hints *hints, struct span key, struct span value);

/* A whole .lease file: lines key='value'. */
void hints_take_file(struct hints *hints, struct span text);
