/*
 * A supervised child with its pipes: supervise.h decides, process.h starts,
 * and the lines that the child writes reach the owner.
 */
#pragma once

#include <sys/types.h>

#include "base/lines.h"
#include "base/loop.h"
#include "init/process.h"
#include "init/supervise.h"

struct child {
	/* Set by the owner before child_init(). */
	const char *name; /* for messages: "shell on ttyAMA0" */
	enum supervise_policy policy;
	/* .input and .output are set by child_init() and for children that
	 * report. */
	struct process_spec spec;
	/* From this exit status on, or only after it, another try would do no
	 * better: there is none, whatever the policy. 0: there is no such
	 * status. */
	int vain;
	bool is_only_vain;
	/* Its standard output is records for line(), and its standard input
	 * what child_command() says. Such a child's process group ends with
	 * it. */
	bool reports;
	void (*started)(struct child *child);
	void (*line)(struct child *child, struct span line);
	/* In place of line, for reports that are none: takes one from FD and
	 * returns its bytes; 0 or less when there is none. */
	ssize_t (*message)(struct child *child, int fd);
	/* No process could be had for it; told before the next try. */
	void (*failed)(struct child *child);
	/* Its process is gone; told before it is started again. */
	void (*ended)(struct child *child, int status);
	void *owner;

	/* The child's own. */
	struct supervise supervise;
	struct loop *loop;
	struct loop_timer timer;
	struct loop_source source;
	struct lines lines;
	int control; /* our end of its standard input */
};

void child_init(struct child *child, struct loop *loop);

void child_want(struct child *child);
void child_unwant(struct child *child);

/* The process that runs goes on, and no other follows it. */
void child_retire(struct child *child);

/* The process that runs may do so for LIMIT ms from now on; 0: for ever. */
void child_grant(struct child *child, int64_t limit);

/* The process that runs is ended at once; it is as if it had crashed. */
void child_kill(struct child *child);

/* PID was reaped with STATUS; false when it is not this child's. */
bool child_reaped(struct child *child, int pid, int status);

/* Writes TEXT, or LEN bytes of DATA, to a reporting child's standard input, if
 * it runs. 0, or -errno when it does not read, which has been told. */
void child_command(struct child *child, const char *text);
int child_send(struct child *child, const void *data, size_t len);
