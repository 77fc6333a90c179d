/*
 * What process 1 does when it can do nothing else: it reaps, keeps a shell on
 * each console, and obeys the signals of poweroff, reboot and halt.
 *
 * It runs in a process whose memory may be damaged, perhaps in the handler of
 * the signal that said so. So it reads only what it is given and its own
 * variables, has no heap, and takes no lock.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "init/console.h"

struct rescue {
	struct consoles consoles;
	int exit_port; /* phase.exit-port=, or 0 */
};

/* Comes first: what brought us here may be the lack of descriptors. */
void rescue_prepare(void);

/* Writes TEXT, lines with newlines, to each console (to standard error where
 * there is none) and to /dev/kmsg. A console that takes nothing for a second
 * is given up. */
void rescue_say(const struct rescue *rescue, const char *text);

/* A shell on each console as soon as nobody else has it, until the machine is
 * switched off; no shells when not SHELLS. The shell is told WHY, a line with
 * its newline. */
NORETURN void rescue_run(const struct rescue *rescue, bool shells,
			 const char *why);

/* The status STATUS_CRASHED for the host; a driver of its port may come later
 * than what brought us here. Returns whether it has been told, now or before. */
bool rescue_tell_host(void);

/* What is to be written is written, to disks and to consoles, for at most
 * three seconds; then reboot(2) with COMMAND. It returns when the kernel
 * refuses. */
void rescue_reboot(const struct rescue *rescue, int command);

/* For a process that faults again: it only reaps. */
NORETURN void rescue_freeze(void);
