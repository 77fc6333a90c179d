/*
 * rtnetlink messages about addresses of links. IPv4 addresses are in host
 * order, lifetimes in seconds.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "netlink/message.h"

#define ROUTE_FOREVER UINT32_MAX /* a lifetime without an end */

struct route_address {
	unsigned int ifindex;
	uint32_t address;
	unsigned int prefix;
	uint32_t broadcast; /* 0: none */
	uint32_t valid;	    /* ROUTE_FOREVER: for good */
	uint32_t preferred;
	/* Of the on-link route that the kernel makes for it; 0: the kernel's
	 * choice. Tells two NICs on one subnet apart. Linux 4.18. */
	uint32_t metric;
};

/* RTM_GETADDR of all IPv4 addresses: a dump. */
void route_build_get_addresses(struct route_message *ret_message);

void route_build_address(struct route_message *ret_message,
			 enum route_verb verb,
			 const struct route_address *address);

/* An RTM_NEWADDR of IPv4. -ENOENT when the message is none, -EBADMSG. */
MUST_CHECK int route_parse_address(const struct route_header *header,
				   struct route_address *ret_address);
