/*
 * Starting child processes of PID 1.
 */
#pragma once

#include <stdbool.h>

#include <stdint.h>

#include "base/compiler.h"
#include "init/window.h"

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
	/* What console_fit() needs to know; NULL: the size stays as it is. */
	const struct window *window;
	int64_t asked;
	const char *directory; /* to start in, or NULL */
	/* Called in place of path: the same program, without the time that it
	 * takes to start. Its state is what it was in PID 1. */
	int (*run)(int argc, char **argv);
	/* The same of a function that is given OWNER, and has the N_KEPT
	 * descriptors KEPT besides 0, 1 and 2; those that are -1 do not
	 * count. */
	int (*serve)(void *owner);
	void *owner;
	const int *kept;
	unsigned int n_kept;
	int input;  /* becomes 0; -1: /dev/null */
	int output; /* becomes 1; -1: PID 1's own */
};

/* How long a terminal may take to show what was written to it. */
#define PROCESS_DRAIN_S 10

/* fork(), for a process that has nothing of PID 1's loop: signals are as
 * after boot. 0 in the child, the pid, or -errno. */
MUST_CHECK int process_fork(void);

/* Waits, for so long at most, until the terminal FD has sent all that was
 * written to it. Not for PID 1 itself: it takes SIGALRM for that. */
void process_drain(int fd, unsigned int seconds);

/* Forks and executes; the child leads a session and so a process group of
 * its own. Signals are as after boot: default, none blocked. When the program
 * can't be executed the child says why on the console and exits with 127 (not
 * found) or 126. Returns the pid, or -errno of fork(). */
MUST_CHECK int process_start(const struct process_spec *spec);

/* In a child that was just forked: signals are as after boot. */
void process_reset_signals(void);
