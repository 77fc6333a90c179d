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

/* Writes out file systems, makes them read-only, and asks the kernel. Returns
 * -errno when the kernel refused. */
MUST_CHECK int power_switch(enum power_action action);
