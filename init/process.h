/*
 * Starting child processes of PID 1.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"

struct process_spec {
	const char *path;
	const char *const *argv; /* ends with NULL */
	const char *const *envp; /* ends with NULL */
	/* A terminal to be the session's, its descriptors 0, 1 and 2; or NULL:
	 * a session without one, with the descriptors below. */
	const char *terminal;
	/* The terminal is given time to send what the program wrote when it
	 * ends. */
	bool drain;
	const char *directory; /* to start in, or NULL */
	int input;	       /* becomes 0; -1: /dev/null */
	int output;	       /* becomes 1; -1: PID 1's own */
};

/* Forks and executes; the child leads a session and so a process group of
 * its own. Signals are as after boot: default, none blocked. When the program
 * can't be executed the child says why on the console and exits with 127 (not
 * found) or 126. Returns the pid, or -errno of fork(). */
MUST_CHECK int process_start(const struct process_spec *spec);
