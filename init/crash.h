/*
 * When process 1 itself faults, or an assertion fails: it says on all
 * consoles and in the kernel's log what happened, where, and what came
 * before; then it goes on as a rescuer (rescue.h), reboots, or freezes. It
 * does not end, so that the kernel does not panic.
 *
 * The handlers need nothing of the process but what crash_configure() was
 * given, which lies in memory that cannot be written to meanwhile, and the
 * last messages of the log. They have a stack of their own.
 */
#pragma once

#include "base/compiler.h"
#include "init/params.h"
#include "init/rescue.h"

struct crash {
	int action; /* enum params_crash */
	struct rescue rescue;
};

/* Installs the handlers, with a shell on /dev/console as the action. For
 * process 1 alone; in a child of its own that has not executed anything yet
 * a fault kills the child, as ever. */
void crash_arm(void);

/* What to do from now on; CRASH is copied. */
void crash_configure(const struct crash *crash);
