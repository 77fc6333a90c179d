/*
 * rtnetlink messages about routes, and with this header all others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/message.h"

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
