/*
 * rtnetlink messages about neighbours: who on a link has which address, by
 * ARP or by neighbour discovery (RFC 4861).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/link.h"
#include "netlink/message.h"

struct route_neighbour {
	unsigned int ifindex;
	uint8_t family;	     /* AF_INET, AF_INET6 */
	uint8_t address[16]; /* in the order of the wire; IPv4: the first 4 */
	uint8_t mac[ROUTE_MAC_MAX];
	size_t mac_len; /* 0: not known */
	uint16_t state; /* NUD_REACHABLE, NUD_FAILED … */
	uint8_t flags;	/* NTF_ROUTER … */
	bool gone;	/* RTM_DELNEIGH */
};

/* RTM_GETNEIGH of a family: a dump. */
void route_build_get_neighbours(struct route_message *ret_message,
				uint8_t family);

void route_build_neighbour(struct route_message *ret_message,
			   enum route_verb verb,
			   const struct route_neighbour *neighbour);

/* An RTM_NEWNEIGH or RTM_DELNEIGH of IPv4 or IPv6. -ENOENT when the message is
 * neither, as with what bridges learn; -EBADMSG. */
MUST_CHECK int route_parse_neighbour(const struct route_header *header,
				     struct route_neighbour *ret_neighbour);
