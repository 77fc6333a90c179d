/*
 * Supervision of one child process: when to start it, when to start it again,
 * when to kill it. Pure; the caller forks, reaps and kills.
 *
 *	state	  meaning			left by
 *	IDLE	  not wanted yet		want
 *	WAITING	  to be started at .due		its deadline, unwant
 *	RUNNING	  .pid is ours			its exit, unwant, its time limit
 *	STOPPING  TERM was sent, KILL at .due	its exit
 *	ENDED	  ran as often as it may	want
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"

/* A child that lived this long has not failed to start. */
#define SUPERVISE_STEADY_MS 10000
#define SUPERVISE_DELAY_MIN_MS 250
#define SUPERVISE_DELAY_MAX_MS 30000
#define SUPERVISE_TERM_MS 2000

enum supervise_state {
	SUPERVISE_IDLE,
	SUPERVISE_WAITING,
	SUPERVISE_RUNNING,
	SUPERVISE_STOPPING,
	SUPERVISE_ENDED,
};

enum supervise_policy {
	SUPERVISE_ALWAYS,   /* started again however it ended */
	SUPERVISE_ON_CRASH, /* again only when a signal ended it */
	SUPERVISE_ONCE,
};

enum supervise_action {
	SUPERVISE_NOTHING,
	SUPERVISE_START, /* fork; then supervise_started() or _failed() */
	SUPERVISE_TERM,	 /* TERM to the process group .pid */
	SUPERVISE_KILL,	 /* KILL to the process group .pid */
};

struct supervise {
	enum supervise_policy policy;
	enum supervise_state state;
	int pid;
	int64_t due; /* ms; INT64_MAX for none */
	int64_t started;
	int64_t delay;
	unsigned int n_starts;
	int64_t limit;	/* ms that it may run; 0: for ever */
	bool timed_out; /* the one that runs, or ran last, went over it */
	bool unwanted;	/* the one that runs is not to be followed by another */
	enum supervise_action action; /* what the caller has to do next */
};

void supervise_init(struct supervise *child, enum supervise_policy policy);

/* A process that runs longer than LIMIT ms is ended; 0 for none. Holds from
 * the next start on. */
void supervise_set_limit(struct supervise *child, int64_t limit);

/* The one that runs may do so for LIMIT ms from now on; 0: for ever. */
void supervise_grant(struct supervise *child, int64_t limit, int64_t now);

/* Someone wants it to run, or no longer. Idempotent. */
void supervise_want(struct supervise *child, int64_t now);
void supervise_unwant(struct supervise *child, int64_t now);

/* The one that runs goes on, and no other follows it. */
void supervise_retire(struct supervise *child);

/* What became of SUPERVISE_START: a process, or none could be made. */
void supervise_started(struct supervise *child, int pid, int64_t now);
void supervise_failed(struct supervise *child, int64_t now);

/* Its pid was reaped with a wait() STATUS. */
void supervise_exited(struct supervise *child, int status, int64_t now);

void supervise_tick(struct supervise *child, int64_t now);

/* The next thing to do, each once. */
enum supervise_action supervise_next(struct supervise *child);

/* "exited with status 3", "was killed by SIGSEGV", "took longer than 10s and
 * was ended", and "; again in 4s" when that is what comes. NOW as of supervise_exited(). */
void supervise_put_status(struct writer *writer, const struct supervise *child,
			  int status, int64_t now);

/* A wait() status as a shell's exit status: its own, or 128 and the signal. */
int supervise_exit_code(int status);

/* "SIGSEGV"; NULL for one that has no name worth telling. */
const char *supervise_signal_name(int signo);
