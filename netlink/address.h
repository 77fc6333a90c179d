/*
 * rtnetlink messages about addresses of links. IPv4 addresses are in host
 * order, IPv6 addresses bytes in the order of the wire, lifetimes in seconds.
 *
 * The kernel refuses a valid lifetime of 0 (-EINVAL), and a preferred one that
 * is longer: delete, or cut. ROUTE_REPLACE changes lifetimes, flags and metric
 * of the address that is there; a broadcast address stays what it was.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/message.h"

#define ROUTE_FOREVER UINT32_MAX /* a lifetime without an end */

/* Flags that are ours to set; the others of IFA_F_… are the kernel's:
 * TENTATIVE and DADFAILED say what became of duplicate address detection (the
 * kernel deletes a duplicate that has a lifetime: gone, and DADFAILED),
 * PERMANENT that there is no lifetime, SECONDARY that an IPv4 address goes
 * with another one of its subnet (promote_secondaries of ip-sysctl). */
#define ROUTE_ADDRESS_SETTABLE                                                 \
	(IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_MANAGETEMPADDR |               \
	 IFA_F_NOPREFIXROUTE)

struct route_address {
	unsigned int ifindex;
	uint32_t address; /* in 169.254/16: with link scope */
	unsigned int prefix;
	uint32_t broadcast; /* 0: none */
	uint32_t valid;	    /* ROUTE_FOREVER: for good */
	uint32_t preferred;
	/* Of the on-link route that the kernel makes for it; 0: the kernel's
	 * choice. Tells two NICs on one subnet apart. Linux 4.18. */
	uint32_t metric;
	uint32_t flags; /* IFA_F_… */
	uint8_t scope;	/* RT_SCOPE_…; what was read, builders do not ask */
	bool gone;	/* RTM_DELADDR; the same */
};

struct route_address6 {
	unsigned int ifindex;
	uint8_t address[16];
	unsigned int prefix;
	uint32_t valid;
	uint32_t preferred;
	uint32_t metric; /* Linux 4.18, as IPv4's */
	/* With IFA_F_NOPREFIXROUTE from the start the kernel makes no on-link
	 * route: what is on the link says the router (RFC 5942 §4). One that
	 * is there stays when the flag comes later. */
	uint32_t flags;
	uint8_t scope;
	bool gone;
};

/* RTM_GETADDR of all addresses of a family: dumps. */
void route_build_get_addresses(struct route_message *ret_message);
void route_build_get_addresses6(struct route_message *ret_message);

void route_build_address(struct route_message *ret_message,
			 enum route_verb verb,
			 const struct route_address *address);
void route_build_address6(struct route_message *ret_message,
			  enum route_verb verb,
			  const struct route_address6 *address);

/* An RTM_NEWADDR or RTM_DELADDR of the one family. -ENOENT when the message
 * is none, -EBADMSG. */
MUST_CHECK int route_parse_address(const struct route_header *header,
				   struct route_address *ret_address);
MUST_CHECK int route_parse_address6(const struct route_header *header,
				    struct route_address6 *ret_address);
