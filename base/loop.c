/* See loop.h. */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/signals.h"

#define SIGNALS_MAX 65
/* A blind turn's wait: short for who types, long for a processor. */
#define BLIND_MS 50

/*
 * What the signal handler may touch. A handler has no argument of ours, so
 * this is the exception to "no file-scope variables": written by handlers,
 * read by the one loop of the process that watches signals.
 */
static volatile sig_atomic_t pending[SIGNALS_MAX];
static volatile sig_atomic_t wake_fd = -1;

static void handle_signal(int signo)
{
	int saved = errno;

	pending[signo] = 1;
	/* A full pipe wakes the loop just as well. */
	if (write(wake_fd, "", 1) < 0)
		errno = saved;
	errno = saved;
}

static void tell_signals(struct loop *loop)
{
	for (int signo = 1; signo < SIGNALS_MAX; signo++) {
		if (!pending[signo])
			continue;
		/* Cleared first: what comes now is told in the next turn. */
		pending[signo] = 0;
		loop->signalled(loop, signo);
	}
}

static void wake_ready(struct loop *loop, struct loop_source *source,
		       short revents UNUSED)
{
	char drained[64];

	while (read(source->fd, drained, sizeof(drained)) > 0)
		continue;
	tell_signals(loop);
}

/* Takes the signals that are blocked, and those that come in the time WAIT. */
static void let_signals_in(struct loop *loop, const struct timespec *wait)
{
	sigset_t none, blocked;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &blocked);
	if (wait)
		nanosleep(wait, NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (loop->signalled)
		tell_signals(loop);
}

static bool lacks_pipe(const struct loop *loop)
{
	return loop->signalled && loop->wake.fd < 0;
}

int loop_init(struct loop *loop,
	      void (*signalled)(struct loop *loop, int signo), void *owner)
{
	int fds[2];
	int r;

	memset(loop, 0, sizeof(*loop));
	loop->now = clock_ms();
	loop->signalled = signalled;
	loop->owner = owner;
	loop->wake.fd = -1;
	if (!signalled)
		return 0;
	r = fd_pipe(fds);
	if (r < 0)
		return r;
	wake_fd = fds[1];
	loop->wake.fd = fds[0];
	loop->wake.events = POLLIN;
	loop->wake.ready = wake_ready;
	return loop_add(loop, &loop->wake);
}

int loop_watch_signal(struct loop *loop, int signo)
{
	struct sigaction action = { .sa_handler = handle_signal };
	sigset_t set;

	assert(signo > 0 && signo < SIGNALS_MAX);
	if (lacks_pipe(loop)) {
		sigemptyset(&set);
		sigaddset(&set, signo);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	action.sa_flags = SA_RESTART;
	signals_fill(&action.sa_mask);
	return sigaction(signo, &action, NULL) < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct loop_source *source)
{
	if (loop->n_sources == LOOP_SOURCES_MAX)
		return -ENOBUFS;
	loop->is_new[loop->n_sources] = true;
	loop->sources[loop->n_sources++] = source;
	return 0;
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	for (unsigned int i = 0; i < loop->n_sources; i++) {
		if (loop->sources[i] != source)
			continue;
		loop->sources[i] = loop->sources[--loop->n_sources];
		loop->is_new[i] = loop->is_new[loop->n_sources];
		return;
	}
}

static void forget_timer(struct loop *loop, struct loop_timer *timer)
{
	for (unsigned int i = 0; i < loop->n_timers; i++) {
		if (loop->timers[i] != timer)
			continue;
		loop->timers[i] = loop->timers[--loop->n_timers];
		return;
	}
}

void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t due)
{
	forget_timer(loop, timer);
	timer->due = due;
	if (due == CLOCK_NEVER)
		return;
	assert(loop->n_timers < LOOP_TIMERS_MAX);
	loop->timers[loop->n_timers++] = timer;
}

static bool is_due(const struct loop *loop, const struct loop_timer *timer)
{
	for (unsigned int i = 0; i < loop->n_timers; i++) {
		if (loop->timers[i] == timer)
			return timer->due <= loop->now;
	}
	return false;
}

/* Each that is due now is told once, the earliest first. What is set for now
 * meanwhile runs in the next turn: no endless turn, and no timer starves. */
static void run_timers(struct loop *loop)
{
	struct loop_timer *due[LOOP_TIMERS_MAX];
	unsigned int n_due = 0;

	for (unsigned int i = 0; i < loop->n_timers; i++) {
		struct loop_timer *timer = loop->timers[i];
		unsigned int k;

		if (timer->due > loop->now)
			continue;
		for (k = n_due++; k > 0 && due[k - 1]->due > timer->due; k--)
			due[k] = due[k - 1];
		due[k] = timer;
	}
	for (unsigned int i = 0; i < n_due && !loop->stopped; i++) {
		/* An earlier callback may have switched this one off. */
		if (!is_due(loop, due[i]))
			continue;
		/* Off before it is told, so that it can be set again. */
		loop_set_timer(loop, due[i], CLOCK_NEVER);
		due[i]->expired(loop, due[i]);
	}
}

static int64_t next_due(const struct loop *loop)
{
	int64_t due = CLOCK_NEVER;

	for (unsigned int i = 0; i < loop->n_timers; i++) {
		if (loop->timers[i]->due < due)
			due = loop->timers[i]->due;
	}
	return due;
}

static int wait_for_events(struct loop *loop, struct pollfd *polls)
{
	struct timespec timeout, *limit = NULL;
	int64_t due = next_due(loop);
	sigset_t none;
	int n;

	if (due != CLOCK_NEVER) {
		int64_t ms = due > loop->now ? due - loop->now : 0;

		timeout.tv_sec = (time_t)(ms / 1000);
		timeout.tv_nsec = (long)(ms % 1000) * 1000000;
		limit = &timeout;
	}
	for (unsigned int i = 0; i < loop->n_sources; i++) {
		polls[i].fd = loop->sources[i]->fd;
		polls[i].events = loop->sources[i]->events;
		polls[i].revents = 0;
		loop->is_new[i] = false;
	}
	/* Whatever is blocked, for want of a pipe or by a fork() that could not
	 * restore the mask, is let in here. */
	sigemptyset(&none);
	n = ppoll(polls, loop->n_sources, limit,
		  loop->signalled ? &none : NULL);
	if (n < 0 && errno != EINTR)
		return -errno;
	return n < 0 ? 0 : n;
}

/* Whether SOURCE is what has been waited for: an earlier callback may have
 * removed it, and added it again for another descriptor. */
static bool was_polled(const struct loop *loop,
		       const struct loop_source *source)
{
	for (unsigned int i = 0; i < loop->n_sources; i++) {
		if (loop->sources[i] == source)
			return !loop->is_new[i];
	}
	return false;
}

int loop_run(struct loop *loop)
{
	struct loop_source *sources[LOOP_SOURCES_MAX];
	struct pollfd polls[LOOP_SOURCES_MAX];

	while (!loop->stopped) {
		unsigned int n_sources;
		int n;

		loop->now = clock_ms();
		run_timers(loop);
		if (loop->stopped)
			break;
		n_sources = loop->n_sources;
		memcpy(sources, loop->sources, sizeof(sources));
		n = wait_for_events(loop, polls);
		if (n < 0)
			return n;
		loop->now = clock_ms();
		for (unsigned int i = 0; n > 0 && i < n_sources; i++) {
			if (polls[i].revents && was_polled(loop, sources[i]))
				sources[i]->ready(loop, sources[i],
						  polls[i].revents);
			if (loop->stopped)
				return 0;
		}
		/* Those whose byte is not in the pipe. Without a pipe ppoll()
		 * takes none when a source is ready. */
		if (lacks_pipe(loop))
			let_signals_in(loop, NULL);
		else if (loop->signalled)
			tell_signals(loop);
	}
	return 0;
}

void loop_turn_blindly(struct loop *loop)
{
	const struct timespec moment = { 0, BLIND_MS * 1000000 };
	struct loop_source *sources[LOOP_SOURCES_MAX];
	unsigned int n_sources = loop->n_sources;

	memcpy(sources, loop->sources, sizeof(sources));
	memset(loop->is_new, 0, sizeof(loop->is_new));
	let_signals_in(loop, &moment);
	loop->now = clock_ms();
	for (unsigned int i = 0; i < n_sources; i++) {
		if (was_polled(loop, sources[i]))
			sources[i]->ready(loop, sources[i], POLLIN);
	}
}
