/*
 * What may be in a lease: the rules by which dhcp_lease_read() makes one of a
 * message and dhcp_lease_check() looks at one that another process made.
 *
 * RFC 1122 §3.2.1.3, RFC 791 §3.2, RFC 2132, RFC 3021, RFC 3442, RFC 3925.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "dhcp/lease.h"

#define DHCP_MTU_MIN 68		 /* RFC 2132 §5.1, RFC 791 */
#define DHCP_MAX_SIZE_MIN 576	 /* RFC 2132 §9.10 */
#define DHCP_V6ONLY_WAIT_MIN 300 /* RFC 8925 §3.4 */

/* Whether a host may have ADDRESS, as far as can be said without a mask:
 * 240/4 is left to who uses it. */
bool dhcp_is_host(uint32_t address);

/* The length of the mask of ADDRESS's class; 0 where there is none. */
uint8_t dhcp_class_prefix(uint32_t address);

/* Whether address, prefix and server of LEASE go together. */
bool dhcp_lease_has_address(const struct dhcp_lease *lease);

/* Whether BROADCAST is the subnet's last address, as everybody uses, or its
 * first, as very old hosts do: anything else would take a host's place. */
bool dhcp_lease_has_broadcast(const struct dhcp_lease *lease,
			      uint32_t broadcast);

/* Whether ROUTE may be added behind the routes that LEASE has: a possible
 * destination, a gateway that can be reached. Sets ROUTE->onlink. */
bool dhcp_lease_may_route(const struct dhcp_lease *lease,
			  struct dhcp_route *route);

/* The gateway of the first default route that has one, 0 when none. */
uint32_t dhcp_lease_find_router(const struct dhcp_lease *lease);

/* A name that may go into resolv.conf or to sethostname(); with SEVERAL, names
 * with spaces between. Each begins with a letter or digit. */
bool dhcp_is_name(struct span name, bool several);

/* Whether no control character is in TEXT. */
bool dhcp_is_text(struct span text);

/* Whether INFO is what option 125 may be (RFC 3925 §4). */
bool dhcp_is_vendor_info(struct span info);

/* Whether OTHERS is what struct dhcp_lease says it is. */
bool dhcp_is_others(struct span others);

/* Whether option CODE has a field of its own in the lease, or is part of the
 * exchange of messages. */
bool dhcp_is_typed(uint8_t code);
