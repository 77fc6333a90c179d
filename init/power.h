/*
 * The end: telling the host a status, and switching off.
 */
#pragma once

#include "base/compiler.h"

enum power_action {
	POWER_OFF,
	POWER_REBOOT,
	POWER_HALT,
};

/* "powering off", for messages. */
const char *power_action_name(enum power_action action);

/* Hands STATUS (0 to 255) to the host over the virtio-serial port named
 * "phase.status", as a decimal number and a newline. -ENOENT when the machine
 * has no such port; else 0 or -errno. */
MUST_CHECK int power_report_status(int status);

/* How many ways there are to ask the kernel for ACTION, and their names. The
 * first is reboot(2); the last is the kernel's emergency keys, which ask no
 * driver. */
unsigned int power_ways(enum power_action action);
const char *power_way_name(unsigned int way);

/* Asks the kernel. The call may never return, or end the process where the
 * machine can't be switched off: it is for a process of its own, never for
 * process 1. 0 when it is only a matter of time, or -errno. */
MUST_CHECK int power_ask(enum power_action action, unsigned int way);
