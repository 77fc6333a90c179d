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

/* Keeps the kernel from IPv6 on a link that is about to come up, IS_UP false;
 * nobody has chosen so who is not one of us. Whether that is so now: it may
 * have been before us, who has not come to an end with it. */
MUST_CHECK bool net_config6_hold(const char *name, bool is_up);

/* After that: lets it begin. An address is used while it is checked, and
 * routers are asked at once. */
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
