/*
 * Who each process becomes when it gives up what it does not need, and the
 * system calls that it is left with. docs/security.md has a reason for each;
 * tests/lint/filters compares the two.
 */
#pragma once

#include <linux/capability.h>

#include "base/syscall_filter.h"

/* User and group of the same number; rootfs/etc has their names. */
#define CONFINE_ID_NET 65501
#define CONFINE_ID_DISCOVER 65502

/* The client of a NIC: packets, and messages to who configures. */
extern const struct syscall_filter confine_calls_net_client;

/* Who configures the network. What its hooks may need is not refused, as a
 * filter stays over exec. */
extern const struct syscall_filter confine_calls_net_manager;

/* What it and its hooks have of root's: the network, and what it confines its
 * clients with and ends them. Files are root's without any. */
#define CONFINE_CAPABILITIES_NET_MANAGER                                       \
	(1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW |                             \
	 1u << CAP_NET_BIND_SERVICE | 1u << CAP_SETUID | 1u << CAP_SETGID |    \
	 1u << CAP_SETPCAP | 1u << CAP_SYS_CHROOT | 1u << CAP_KILL)

/* phase-discover, once its sockets for multicast DNS are open. */
extern const struct syscall_filter confine_calls_discover;
