/*
 * Drivers, as PID 1 sees them: the child that loads modules (drivers_main.h),
 * and for how long the boot waits for it.
 *
 * The child says "coldplugged" when no device wants more, and never waits for
 * a driver. It is not trusted to: when it says nothing for DRIVERS_SILENCE_MS,
 * or dies or cannot be started DRIVERS_DEATHS_MAX times, the boot goes on without it. It is started
 * again all the same.
 */
#pragma once

#include "init/child.h"

#define DRIVERS_SILENCE_MS 30000
#define DRIVERS_DEATHS_MAX 3

struct drivers_child {
	/* Set by the owner before drivers_start(). */
	/* Records of the child. */
	void (*line)(struct drivers_child *drivers, struct span line);
	/* The boot can go on; called once. */
	void (*coldplugged)(struct drivers_child *drivers);
	void *owner;

	/* Its own; .child is for child_reaped() and child_unwant(). */
	struct child child;
	struct loop_timer silence;
	bool told; /* .coldplugged() was called */
	unsigned int n_deaths;
	const char *argv[5];
};

/* Starts the child, which is RUN, forked without exec: on the way to the
 * first NIC that time counts. LEVEL, a digit, stays the caller's. */
void drivers_start(struct drivers_child *drivers, struct loop *loop,
		   int (*run)(int argc, char **argv), const char *level);

/* A record has said that no device wants more. */
void drivers_coldplugged(struct drivers_child *drivers);
