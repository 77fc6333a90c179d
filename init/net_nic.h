/*
 * One NIC: its DHCP client, the sockets of that, and the configuration that
 * follows from its lease.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "dhcp/client.h"
#include "init/net_config.h"
#include "netlink/route.h"
#include "netlink/socket.h"

struct net_nic {
	bool used;
	bool seen; /* by the dump of links that is under way */
	struct loop *loop;
	struct netlink *netlink;
	/* The leases' name servers have changed: /etc/resolv.conf is for all
	 * NICs together. */
	void (*resolvers_changed)(struct net_nic *nic);
	void *owner;
	unsigned int steps;	/* those that were reported, a bit each */
	struct route_link link; /* as last told by the kernel */
	struct net_config config;
	struct dhcp_client client;
	int packet_fd;	/* -1 until the NIC has carrier */
	int unicast_fd; /* bound to the lease's address, -1 without one */
	struct loop_source source;
	struct loop_timer timer;
};

/* NIC is all zero but for loop, netlink, resolvers_changed and owner. METRIC
 * is that of its routes. */
void net_nic_init(struct net_nic *nic, const struct route_link *link,
		  uint32_t metric);

/* The kernel tells of the link, at first or again: reports and follows what
 * has changed. */
void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new);

/* The link is no longer there. */
void net_nic_remove(struct net_nic *nic);
