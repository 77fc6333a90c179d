/*
 * The fields of a lease one by one, with their names: what all texts of it are
 * made of.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"
#include "dhcp/lease.h"

enum dhcp_field_kind {
	DHCP_FIELD_NUMBER,
	DHCP_FIELD_ADDRESS, /* in NUMBER */
	DHCP_FIELD_HOSTS,
	DHCP_FIELD_ROUTES,
	DHCP_FIELD_TEXT,
	DHCP_FIELD_NAMES, /* text with spaces between names */
	DHCP_FIELD_HEX,	  /* bytes that are no text */
};

struct dhcp_field {
	const char *key; /* lower-case letters, digits and '_' */
	const char *env; /* as udhcpc calls it */
	enum dhcp_field_kind kind;
	bool present;
	uint32_t number;
	unsigned int digits; /* of NUMBER in an option, hexadecimal */
	const uint32_t *hosts;
	uint32_t n_hosts;
	struct span span; /* TEXT, NAMES and HEX */
};

/* Fields 0 to ALWAYS - 1 are there even when they are 0; those to FIXED - 1
 * are of limited length, those to RECORD - 1 are in the record too. */
#define DHCP_FIELDS_ALWAYS 6
#define DHCP_FIELDS_FIXED 13
#define DHCP_FIELDS_RECORD 22
#define DHCP_FIELDS_N 28

/* The longest that dhcp_field_put() writes. */
#define DHCP_FIELD_MAX (DHCP_LEASE_ROUTES_MAX * 36)
_Static_assert(DHCP_FIELD_MAX >= 2 * DHCP_LEASE_RAW_MAX, "hexadecimal");

/* Field I of LEASE, 0 to DHCP_FIELDS_N - 1. Points into LEASE. */
struct dhcp_field dhcp_lease_field(const struct dhcp_lease *lease,
				   unsigned int i);

/* Its value as text, SEPARATOR between the items of a list; a route is
 * DESTINATION/PREFIX:GATEWAY, without the gateway where there is none. */
void dhcp_field_put(struct writer *writer, const struct dhcp_lease *lease,
		    const struct dhcp_field *field, char separator);

/* DESTINATION/PREFIX */
void dhcp_route_put(struct writer *writer, const struct dhcp_route *route);
