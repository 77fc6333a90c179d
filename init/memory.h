/*
 * When memory runs out: whom the kernel may kill for it, and whom it has
 * killed. Process 1 itself it may not; nor does that take any from the heap.
 */
#pragma once

#include <stdbool.h>

/* From now on the kernel passes this process over; a child says the contrary
 * for itself. */
void memory_protect(void);
void memory_unprotect(void);

/* Whether the kernel's log says that PID, killed by SIGKILL, was killed for
 * want of memory. */
bool memory_was_short(int pid);
