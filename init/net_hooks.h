/*
 * The programs of /etc/phase/net.d, run for each event of a NIC: one at a
 * time, in the background, in the order of their names, with the event as
 * their argument and what is known of the lease in their environment
 * (docs/phase-net.8).
 *
 * A program must be a regular file that its owner, root, and nobody else can
 * write, in a directory of which the same is true. One that takes longer than
 * NET_HOOKS_LIMIT_MS is killed with its process group. While one runs, events
 * wait; of each NIC only the newest.
 *
 * The owner reaps children and tells net_hooks_reaped() of each.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "base/reader.h"

#define NET_HOOKS_LIMIT_MS 30000
#define NET_HOOKS_WAITING_MAX 16
/* What the environment of a lease takes at most. */
#define NET_HOOKS_ENVIRONMENT_MAX 7168
#define NET_HOOKS_VARIABLES_MAX 162
#define NET_HOOKS_EVENT_MAX 16
#define NET_HOOKS_NAME_MAX 16 /* IFNAMSIZ */

struct net_hooks_event {
	char interface[NET_HOOKS_NAME_MAX]; /* empty: none */
	char name[NET_HOOKS_EVENT_MAX];
	size_t length; /* of the environment */
	char environment[NET_HOOKS_ENVIRONMENT_MAX];
};

struct net_hooks {
	/* Set by the owner: NULL for no hooks. Kept. */
	const char *directory;
	struct loop *loop;

	/* Its own. */
	struct loop_timer timer;
	int pid;		 /* of what runs, or 0 */
	char last[NAME_MAX + 1]; /* its name, or of what ran last */
	struct net_hooks_event current;
	unsigned int n_waiting; /* in the order in which they came */
	struct net_hooks_event waiting[NET_HOOKS_WAITING_MAX];
	unsigned int n_dropped;
};

void net_hooks_init(struct net_hooks *hooks, struct loop *loop,
		    const char *directory);

/*
 * Something happened to INTERFACE: NAME is bound, renew, deconfig, nak or
 * leasefail. ENVIRONMENT is strings KEY=VALUE, each with its terminator, which
 * are copied; PATH and interface are added. The first program starts at once
 * if none runs.
 *
 * 0; -ENOBUFS when the environment is too large, or events of too many NICs
 * wait: then it is dropped, and counted.
 */
MUST_CHECK int net_hooks_run(struct net_hooks *hooks, const char *interface,
			     const char *name, struct span environment);

/* PID was reaped with STATUS; false when it is none of ours. */
bool net_hooks_reaped(struct net_hooks *hooks, int pid, int status);

/* Whether something runs or waits. */
bool net_hooks_busy(const struct net_hooks *hooks);

/* Kills what runs and forgets what waits: before the process ends. */
void net_hooks_stop(struct net_hooks *hooks);
