/*
 * The event loop: ppoll, absolute deadlines, and signals through a pipe to
 * ourselves. Nothing newer, so that it runs on kernels without signalfd and
 * timerfd, and nothing is polled: it wakes for an event or a deadline.
 *
 * Sources and timers are embedded in their owners, who remove them before
 * they go. A callback may add and remove any of them, itself included.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/compiler.h"

#define LOOP_SOURCES_MAX 64
#define LOOP_TIMERS_MAX 64

struct loop;

struct loop_source {
	int fd;
	short events; /* POLLIN, POLLOUT */
	/* POLLERR and POLLHUP come unasked. */
	void (*ready)(struct loop *loop, struct loop_source *source,
		      short revents);
	void *owner;
};

struct loop_timer {
	int64_t due; /* clock_ms(), or CLOCK_NEVER */
	/* Called once due; the timer is then off until it is set again. */
	void (*expired)(struct loop *loop, struct loop_timer *timer);
	void *owner;
};

struct loop {
	int64_t now; /* clock_ms(), read once a turn */
	bool stopped;
	unsigned int n_sources;
	struct loop_source *sources[LOOP_SOURCES_MAX];
	bool is_new[LOOP_SOURCES_MAX]; /* added since the last wait */
	unsigned int n_timers;
	struct loop_timer *timers[LOOP_TIMERS_MAX];
	void (*signalled)(struct loop *loop, int signo);
	void *owner;
	/* The pipe; without one, signals are let in while we wait only. */
	struct loop_source wake;
};

/* 0, or -errno when there is no pipe for signals: the loop works without one
 * as well. SIGNALLED may be NULL when no signal is watched. */
MUST_CHECK int loop_init(struct loop *loop,
			 void (*signalled)(struct loop *loop, int signo),
			 void *owner);

/* From now on SIGNO reaches loop->signalled(); several that come before the
 * loop's turn are told once, and none is lost. One loop a process may. 0 or
 * -errno. */
MUST_CHECK int loop_watch_signal(struct loop *loop, int signo);

/* -ENOBUFS when LOOP_SOURCES_MAX are there. */
MUST_CHECK int loop_add(struct loop *loop, struct loop_source *source);
void loop_remove(struct loop *loop, struct loop_source *source);

/* Sets TIMER to the absolute DUE; CLOCK_NEVER switches it off. A loop has
 * room for LOOP_TIMERS_MAX that are on; more are a mistake of ours. */
void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t due);

/* Runs until loop->stopped. A failing ppoll is not fatal: -errno, to be
 * called again. */
MUST_CHECK int loop_run(struct loop *loop);

/* One turn without ppoll, for a process that must go on though it fails: after
 * a moment every source is taken for ready. None may block. */
void loop_turn_blindly(struct loop *loop);
