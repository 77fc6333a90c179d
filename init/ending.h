/*
 * How PID 1 ends: everybody is asked to end, then made to, the host is told a
 * status, and the machine is switched off. Each wait is bounded.
 */
#pragma once

#include <stdbool.h>

#include "base/loop.h"
#include "init/power.h"

enum ending_state {
	ENDING_NOT,
	ENDING_TERMINATING, /* TERM was sent to all */
	ENDING_KILLING,	    /* KILL was */
	ENDING_OVER,	    /* the kernel refused to switch off */
};

struct ending {
	struct loop *loop;
	struct loop_timer timer;
	enum ending_state state;
	enum power_action action;
	int status; /* for the host */
};

void ending_init(struct ending *ending, struct loop *loop);

/* Sends TERM to all processes. ACTION follows when none is left, or when they
 * have had their time; STATUS is for the host. The first call decides. */
void ending_begin(struct ending *ending, enum power_action action, int status);

/* Every process descends from PID 1, and it has no child any more: nothing is
 * left to wait for. */
void ending_no_child(struct ending *ending);

bool ending_is_near(const struct ending *ending);
