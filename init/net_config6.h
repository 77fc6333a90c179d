/*
 * The IPv6 configuration of a NIC, beside what the kernel makes of router
 * advertisements by itself: DHCPv6's address, a static one, and names.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "dhcp/lease6.h"
#include "dhcp/resolvers6.h"
#include "init/net_plan.h"
#include "netlink/address.h"
#include "netlink/socket.h"

struct net_config6 {
	unsigned int ifindex;
	const char *name;
	uint32_t metric;
	bool is_idle; /* the kernel is not told */
	bool has_lease;
	struct dhcp_lease6 lease; /* which may have no address */
	struct dhcp_resolvers6 resolvers;
	/* The last one that the kernel has told of and that is for the world;
	 * zeroes for none. */
	struct dhcp_ip6 address;
};

/* For a link that is not up yet: an address is used while it is checked, and
 * routers are asked at once. */
void net_config6_hurry(const char *name);

/* Keeps the kernel from IPv6 on a link, unless it IS_UP or somebody else has
 * decided about it. Whether it is kept from it now: a manager may have done so
 * that died before net_config6_begin(). */
MUST_CHECK bool net_config6_hold(const char *name, bool is_up);

/* After net_config6_hold(): IPv6 begins, in a hurry. */
void net_config6_begin(const char *name);

/* The kernel does by itself no more than is wanted. */
void net_config6_limit(const struct net_config6 *config,
		       const struct net_plan_device *device);

/* The address that ip= says, and its gateway. */
void net_config6_set_static(struct netlink *netlink,
			    const struct net_config6 *config,
			    const struct net_plan_device *device);

/* Brings the NIC from the lease it has, if any, to LEASE. 0 or -errno. */
MUST_CHECK int net_config6_apply(struct netlink *netlink,
				 struct net_config6 *config,
				 const struct dhcp_lease6 *lease);
void net_config6_remove(struct netlink *netlink, struct net_config6 *config);

/* Whether ADDRESS is the lease's, and duplicate address detection has found
 * another owner. */
bool net_config6_is_refused(const struct net_config6 *config,
			    const struct route_address6 *address);
