/*
 * Processes that load modules, each one at a time: finit_module(2) does not
 * come back before the driver's probe does, which may be never.
 *
 * As many are at work as the machine has processors. One that has been at its
 * module for WORKERS_BUSY_MS does not count any longer: it waits for a device.
 * With a plan that has network_first it is WORKERS_NETWORK_MS for a module of
 * the network, which the others would slow down.
 * They are forked when there is work and none is idle, and stay. A worker has
 * the same files mapped at the same places as we do, as these were opened
 * before, so that a job is a struct module. One that does not come back in
 * WORKERS_PATIENCE_MS is told of as late and left alone; its result is taken
 * whenever it comes.
 *
 * SIGCHLD is to be ignored by the process, so that nobody need be reaped.
 */
#pragma once

#include <stdbool.h>

#include "base/loop.h"
#include "modules/load.h"

#define WORKERS_ACTIVE_MAX 8
/* Late ones included; with so many left behind nothing is started any more. */
#define WORKERS_MAX 24
#define WORKERS_BUSY_MS 100
#define WORKERS_NETWORK_MS 500
#define WORKERS_PATIENCE_MS 5000

struct workers;

struct workers_result {
	int error;	  /* 0 or -errno; -ECHILD: the worker was killed */
	int64_t start_ns; /* clock_ns() */
	int64_t end_ns;
};

struct worker {
	struct workers *workers;
	bool used;	       /* there is a process */
	bool slow;	       /* WORKERS_BUSY_MS have passed */
	bool late;	       /* and WORKERS_PATIENCE_MS */
	struct module *module; /* what it is at, or NULL */
	int64_t start_ns;
	int jobs;		    /* our end of its input */
	struct loop_source results; /* and of its output */
	struct loop_timer patience;
};

struct workers {
	/* Set by the owner before workers_init(). MODULES is open. */
	struct loop *loop;
	const struct modules *modules;
	unsigned int n_processors;
	void (*done)(struct workers *workers, struct module *module,
		     const struct workers_result *result);
	/* There is room again. */
	void (*room)(struct workers *workers);
	/* MODULE has not come back so far; it may still be done. */
	void (*late)(struct workers *workers, struct module *module);
	void *owner;

	/* The workers' own. */
	unsigned int n_active; /* at work, late ones not counted */
	unsigned int n_slow;   /* of them */
	unsigned int n_late;
	bool gives_way;
	struct worker workers[WORKERS_MAX];
};

void workers_init(struct workers *workers);

/* Whether one more module can be loaded now. */
bool workers_have_room(const struct workers *workers);

/* Whether one of them is at a module of the network, late ones not counted. */
bool workers_serve_network(const struct workers *workers);

/* This process and the workers give way to all others, or no longer. */
void workers_give_way(struct workers *workers, bool wanted);

/* Has MODULE, of workers->modules, loaded, which then comes to done(). -errno
 * when there is no process for it. */
MUST_CHECK int workers_load(struct workers *workers, struct module *module);
