/*
 * Making a lease real: addresses, routes, the MTU, and the files about them.
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
	bool has_lease;
	struct dhcp_lease lease; /* what is installed, when .has_lease */
};

/* Brings the NIC from the lease it has, if any, to LEASE: what stays the same
 * is not touched, so connections survive a renewal. 0, or the -errno of what
 * failed first of what the NIC needs to be used; the rest is logged. */
MUST_CHECK int net_config_apply(struct netlink *netlink,
				struct net_config *config,
				const struct dhcp_lease *lease);

/* Takes address and routes away again, at once. */
void net_config_remove(struct netlink *netlink, struct net_config *config);

/* /run/phase/net/NAME.lease: the lease as key='value' for shells. */
void net_config_write_lease(const struct net_config *config);
void net_config_remove_lease(const struct net_config *config);

/* /etc/resolv.conf of the leases of all NICs, in their order. */
void net_config_write_resolv(const struct net_config *const *configs,
			     unsigned int n_configs);
