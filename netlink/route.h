/*
 * rtnetlink messages about routes, and with this header all others. IPv4
 * addresses are in host order, IPv6 addresses bytes in the order of the wire.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/message.h"
#include "netlink/neighbour.h"

/* A unicast route of the main table. Linux takes two routes with the same
 * destination and metric for one: ROUTE_REPLACE with another NIC's metric
 * takes that NIC's route away. */
struct route_route {
	unsigned int ifindex;
	uint32_t destination;
	unsigned int prefix; /* 0: the default route */
	uint32_t gateway;    /* 0: the destination is on the link */
	uint32_t metric;     /* 0 is the most preferred one */
	uint32_t source;     /* 0: the kernel's choice */
	bool onlink; /* the gateway is on the link though no address says so */
};

/* With RTPROT_DHCP for its origin; only such a route is deleted. */
void route_build_route(struct route_message *ret_message, enum route_verb verb,
		       const struct route_route *route);

/* The router's preference (RFC 4191 §2.1), as the kernel has it. */
enum route_preference {
	ROUTE_PREFERENCE_MEDIUM = 0,
	ROUTE_PREFERENCE_HIGH = 1,
	ROUTE_PREFERENCE_LOW = 3,
};

/* The same of IPv6. The kernel takes a metric of 0 for 1024. */
struct route_route6 {
	unsigned int ifindex;
	uint8_t destination[16];
	unsigned int prefix; /* 0: the default route */
	uint8_t gateway[16]; /* ::, the destination is on the link */
	uint32_t metric;
	uint8_t source[16]; /* ::, the kernel's choice */
	uint32_t expires;   /* seconds from now; 0: never */
	/* RTPROT_RA, RTPROT_DHCP: only a route of this origin is deleted. */
	uint8_t protocol;
	enum route_preference preference;
	bool onlink;
};

void route_build_route6(struct route_message *ret_message, enum route_verb verb,
			const struct route_route6 *route);
