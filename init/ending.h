/*
 * How PID 1 ends: everybody is asked to end, then made to; the host is told a
 * status, the file systems are written out, and the machine is switched off.
 * Each wait is bounded, and what may hang is left to processes that nobody
 * needs: PID 1 itself can be relied on to the last.
 */
#pragma once

#include <stdbool.h>

#include "base/loop.h"
#include "init/power.h"
#include "init/unmount.h"

/*
 * Each state lasts until what it waits for is there, or its time is over.
 * The times are in ending.c.
 *
 *	state		waits for			then
 *	NOT
 *	DRAINING	terminals to be empty		asks the shells
 *	TERMINATING	all processes to be gone	KILL to all
 *	KILLING		the same			file systems
 *	SYNCING		the file systems' end		asks the kernel
 *	GIVING_UP	names of those that hang	asks the kernel
 *	SWITCHING	the end of us all		the next way, or OVER
 *	OVER		somebody to try it again
 */
enum ending_state {
	ENDING_NOT,
	ENDING_DRAINING, /* TERM was sent to all, and the shells still run */
	ENDING_TERMINATING,
	ENDING_KILLING,
	ENDING_SYNCING,
	ENDING_GIVING_UP,
	ENDING_SWITCHING,
	ENDING_OVER,
};

#define ENDING_HELPERS_MAX 16

struct ending {
	/* Set by the owner before ending_init(). */
	/* The path of each terminal that is to send what was written to it
	 * before it goes; NULL after the last. */
	const char *(*terminal)(void *owner, unsigned int index);
	/* Ends the children that heed no TERM. */
	void (*stop)(void *owner);
	void *owner;
	int exit_port; /* see exit_port.h; 0 for none */

	/* Its own. */
	struct loop *loop;
	struct loop_timer timer;
	enum ending_state state;
	enum power_action action;
	int status; /* for the host */
	bool told;  /* the host was */
	unsigned int way;
	struct unmount_progress progress; /* when that was last looked at */
	int64_t sync_until;		  /* it is waited for no longer */
	unsigned int n_helpers;
	int helpers[ENDING_HELPERS_MAX]; /* processes that the state awaits */
};

void ending_init(struct ending *ending, struct loop *loop);

/* Sends TERM to all processes. ACTION follows when none is left, or when they
 * have had their time; STATUS is for the host. The first call decides; after
 * the kernel has refused, ACTION is tried again. */
void ending_begin(struct ending *ending, enum power_action action, int status);

/* PID was reaped with STATUS; false when it is none of the ending's. */
bool ending_reaped(struct ending *ending, int pid, int status);

/* Every process descends from PID 1, and it has no child any more: nothing is
 * left to wait for. */
void ending_no_child(struct ending *ending);

bool ending_is_near(const struct ending *ending);
