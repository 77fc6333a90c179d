/*
 * Who each process becomes when it gives up what it does not need, and the
 * system calls that it is left with. docs/security.md has a reason for each;
 * tests/lint/filters compares the two.
 */
#pragma once

#include "base/syscall_filter.h"

/* User and group of the same number; rootfs/etc has their names. */
#define CONFINE_ID_NET 65501
#define CONFINE_ID_DISCOVER 65502

/* The client of a NIC: packets, and messages to who configures. */
extern const struct syscall_filter confine_calls_net_client;

/* Who configures the network. What its hooks may need is not refused, as a
 * filter stays over exec. */
extern const struct syscall_filter confine_calls_net_manager;

/* phase-discover, once its sockets for multicast DNS are open. */
extern const struct syscall_filter confine_calls_discover;
