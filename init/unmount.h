/*
 * The end of the file systems: what is still to be written gets out, and
 * they are unmounted, or made read-only where that cannot be. Any of these
 * calls waits for ever when a device has died, and nothing ends a process
 * that does: so each is made in a process of its own, and nobody waits longer
 * than unmount_look() sees progress.
 */
#pragma once

#include <stdint.h>

/* Writes everything out, switches swap off, and ends all file systems. To be
 * run in a process of its own, which may take any time: SIGTERM has it name
 * what it waits for, and return. Returns how many did not end. */
int unmount_all(void);

/* How far the kernel is. While less is left than was, or disks have done more
 * than they had, it is worth waiting: disks have work that is not counted as
 * left, such as a journal. Both are 0 where the kernel does not tell. */
struct unmount_progress {
	uint64_t left; /* bytes still to be written */
	uint64_t done; /* requests that disks have done */
};

void unmount_look(struct unmount_progress *ret_progress);
