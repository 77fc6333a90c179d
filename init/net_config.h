/*
 * Making a lease real: addresses, routes and the MTU of a NIC.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "dhcp/lease.h"
#include "netlink/socket.h"

/* One NIC's configuration. Names and leases are the caller's. */
struct net_config {
	unsigned int ifindex;
	const char *name;
	uint32_t metric; /* of its routes; each NIC's is different */
	bool is_idle;	 /* the kernel is not told, only noted what would be */
	bool has_lease;
	struct dhcp_lease lease; /* what is installed, when .has_lease */
	uint32_t link_local;	 /* address of 169.254/16, or 0 */
	uint32_t mtu;		 /* before a lease set another; 0: none did */
};

/* Brings the NIC from the lease it has, if any, to LEASE: what stays the same
 * is not touched, so connections survive a renewal. MTU is the device's of
 * now. 0, or the -errno of what failed first of what the NIC needs to be used;
 * the rest is logged. */
MUST_CHECK int net_config_apply(struct netlink *netlink,
				struct net_config *config,
				const struct dhcp_lease *lease, uint32_t mtu);

/* The device's own MTU, which leases may make smaller, is MTU from now on. */
void net_config_set_device_mtu(struct netlink *netlink,
			       const struct net_config *config, uint32_t mtu);

/* Takes address, routes and MTU away again, at once. */
void net_config_remove(struct netlink *netlink, struct net_config *config);

/* The address of 169.254/16 is ADDRESS from now on; 0 for none. 0 or -errno. */
MUST_CHECK int net_config_set_link_local(struct netlink *netlink,
					 struct net_config *config,
					 uint32_t address);
