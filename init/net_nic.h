/*
 * One NIC, as its manager has it: the client process that speaks DHCP over it
 * (net_client.h), and the configuration that follows from what that says or
 * the command line.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "dhcp/wire.h"
#include "init/child.h"
#include "init/net_args.h"
#include "init/net_client.h"
#include "init/net_config.h"
#include "init/net_config6.h"
#include "init/net_hooks.h"
#include "init/net_plan.h"
#include "init/net_report.h"
#include "netlink/link.h"
#include "netlink/socket.h"

struct net_nic {
	bool used;
	bool seen;	/* by the dump of links that is under way */
	bool gone;	/* the link is, and its client will be */
	bool again;	/* its client is to end, and another to follow */
	bool releasing; /* its client is to end */
	/* Set by the owner. */
	struct loop *loop;
	struct netlink *netlink;
	struct net_hooks *hooks;
	const struct net_args *args;
	struct net_plan *plan;
	const struct net_report *report;
	/* The configuration has changed: /etc/resolv.conf is for all NICs
	 * together. */
	void (*changed)(struct net_nic *nic);
	/* Its client has ended, after net_nic_release(). */
	void (*released)(struct net_nic *nic);
	/* The MACs of all NICs, for the filter of ARP. */
	size_t (*list_macs)(struct net_nic *nic, uint8_t (*macs)[6],
			    size_t max);
	void *owner;

	unsigned int steps;	/* those that were reported, a bit each */
	struct route_link link; /* as last told by the kernel */
	const struct net_plan_device *device; /* NULL: not yet looked up */
	struct net_config config;
	struct net_config6 config6;
	uint32_t watched[DHCP_WIRE_WATCHED_MAX]; /* ARP about these comes in */
	int unicast_fd; /* bound to the lease's address, -1 without one */
	/* Of the end, when a RELEASE may have to wait for ARP. */
	bool tells_sent; /* the kernel does, by unicast_fd */
	bool is_leaving; /* the address stays until it has */
	struct loop_source leaving;
	struct loop_timer leaving_timer;
	struct loop_timer ipv6; /* as long as conf.holds_ipv6 */
	struct child client;
	char client_name[ROUTE_NAME_MAX + 16];
	struct net_client_conf conf; /* of the client that runs, or the next */
};

/* NIC is all zero but for what the owner sets. METRIC is that of its routes.
 * With HOLDS_IPV6, which is net_config6_hold()'s, IPv6 begins when IPv4 has had
 * its time. */
void net_nic_init(struct net_nic *nic, const struct route_link *link,
		  uint32_t metric, bool holds_ipv6);

/* The kernel tells of the link, at first or again: reports and follows what
 * has changed. */
void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new);

/* The kernel tells of an IPv6 address of the link. */
void net_nic_address6(struct net_nic *nic,
		      const struct route_address6 *address);

/* Where IPv6 is held it begins: in a moment, or now. */
void net_nic_postpone_ipv6(struct net_nic *nic);
void net_nic_begin_ipv6(struct net_nic *nic);

/* The MACs of the machine's NICs have changed. */
void net_nic_filter(struct net_nic *nic);

/* The link is no longer there. The NIC stays used until its client has ended. */
void net_nic_remove(struct net_nic *nic);

/* Gives the lease back, takes the configuration away, and ends the client:
 * released() is then called, at once when there is none. */
void net_nic_release(struct net_nic *nic);

/* Process PID has ended; false when it is not this NIC's. */
bool net_nic_reaped(struct net_nic *nic, int pid, int status);

/* Whether it has all that is wanted of it. */
bool net_nic_is_configured(const struct net_nic *nic);
