/*
 * The links of the machine, and what is done with which: each NIC that is ours
 * to configure is brought up, and is then net_nic.h's. What changes is told by
 * rtnetlink; nothing waits for anything else.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "init/net_args.h"
#include "init/net_hooks.h"
#include "init/net_nic.h"
#include "init/net_plan.h"
#include "init/net_report.h"
#include "netlink/socket.h"

#define NET_NICS_MAX 16

struct net_manager {
	/* Set by the owner, the rest zero. */
	struct loop *loop;
	struct net_args args;
	struct net_plan plan;
	struct net_report report;
	/* All leases have been given back: net_manager_release(). */
	void (*released)(struct net_manager *manager);
	/* A NIC is configured, or no longer, or is new or gone. */
	void (*changed)(struct net_manager *manager);
	void *owner;

	/* The manager's own. */
	struct netlink requests;
	struct netlink monitor;
	struct loop_source monitor_source;
	struct net_hooks hooks;
	bool has_loopback;
	bool is_open;	     /* by net_manager_open() */
	unsigned int n_over; /* NICs there was no room for */
	unsigned int n_releasing;
	struct net_nic nics[NET_NICS_MAX];
};

/* Opens rtnetlink and takes the links that there are. 0, or -errno, which was
 * logged. */
MUST_CHECK int net_manager_start(struct net_manager *manager);

/* Takes what rtnetlink has told by now; the number of our NICs. */
unsigned int net_manager_count(struct net_manager *manager);

/* Gives all leases back and takes away what they configured. */
void net_manager_release(struct net_manager *manager);

/* This process ends: IPv6 is held no longer, as the links outlive it. */
void net_manager_end(struct net_manager *manager);

/* The first sessions are starting: soon IPv6 begins on all NICs where it was
 * held. */
void net_manager_open(struct net_manager *manager);

/* Process PID has ended. */
void net_manager_reaped(struct net_manager *manager, int pid, int status);

/* Whether NIC is there, and not on its way out. */
bool net_manager_has(const struct net_nic *nic);
