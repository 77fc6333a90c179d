/*
 * base/loop.c. The clock and ppoll() are this program's own: the clock stands
 * still until a deadline is waited for and then jumps there, so that a year
 * takes no time, and a wait that nothing could end fails the test instead of
 * hanging it. Pipes and signals are the kernel's.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/loop.h"

#define START 1000000

static int64_t now;
static unsigned int n_waits;
static int wait_error;
static void (*before_wait)(void);

int64_t clock_ms(void)
{
	return now;
}

int ppoll(struct pollfd *polls, nfds_t n_polls, const struct timespec *timeout,
	  const sigset_t *mask)
{
	static const struct timespec none;
	struct timespec zero = none;
	int n;

	/* No test takes as many turns: one that does runs in circles. */
	assert_true(++n_waits < 1000);
	if (before_wait)
		before_wait();
	if (wait_error) {
		errno = wait_error;
		wait_error = 0;
		return -1;
	}
	n = (int)syscall(SYS_ppoll, polls, n_polls, &zero, mask, 8);
	if (n != 0)
		return n;
	assert_non_null(timeout);
	assert_in_range(timeout->tv_nsec, 0, 999999999);
	now += (int64_t)timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000;
	return 0;
}

/* What was called, a letter each. */
static char calls[256];

static void called(char letter)
{
	size_t len = strlen(calls);

	assert_true(len + 1 < sizeof(calls));
	calls[len] = letter;
}

static int set_up(void **state)
{
	(void)state;
	now = START;
	n_waits = 0;
	wait_error = 0;
	before_wait = NULL;
	memset(calls, 0, sizeof(calls));
	return 0;
}

/* --- timers --- */

struct timed {
	struct loop_timer timer;
	char letter;
	int64_t again;	     /* sets itself to this from now, unless negative */
	struct timed *other; /* is set to .other_due by it */
	int64_t other_due;
	bool stops;
};

static void expired(struct loop *loop, struct loop_timer *timer)
{
	struct timed *timed = timer->owner;

	/* Off already, and never early. */
	assert_true(timer->due == CLOCK_NEVER);
	called(timed->letter);
	if (timed->again >= 0)
		loop_set_timer(loop, timer, loop->now + timed->again);
	if (timed->other)
		loop_set_timer(loop, &timed->other->timer, timed->other_due);
	if (timed->stops)
		loop->stopped = true;
}

static struct timed timed(char letter)
{
	return (struct timed){ .letter = letter,
			       .again = -1,
			       .timer.expired = expired };
}

static void set(struct loop *loop, struct timed *timed, int64_t due)
{
	timed->timer.owner = timed;
	loop_set_timer(loop, &timed->timer, due);
}

static void new_loop(struct loop *loop)
{
	memset(loop, 0xee, sizeof(*loop));
	assert_int_equal(loop_init(loop, NULL, NULL), 0);
	assert_int_equal(loop->now, START);
}

static void test_timers_in_order(void **state)
{
	struct timed a = timed('a'), b = timed('b'), c = timed('c'),
		     d = timed('d');
	struct loop loop;

	(void)state;
	new_loop(&loop);
	c.stops = true;
	set(&loop, &a, START + 20);
	set(&loop, &b, START + 10);
	set(&loop, &c, START + 31536000000); /* a year */
	set(&loop, &d, START + 1500);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "badc");
	assert_true(now == START + 31536000000);
	/* One wait for each, none in vain. */
	assert_int_equal(n_waits, 4);
	assert_int_equal(loop.n_timers, 0);
}

static void test_deadlines_past_and_now(void **state)
{
	struct timed a = timed('a'), b = timed('b'), c = timed('c'),
		     d = timed('d');
	struct loop loop;

	(void)state;
	new_loop(&loop);
	d.stops = true;
	set(&loop, &a, START);
	set(&loop, &b, INT64_MIN);
	set(&loop, &c, 0);
	set(&loop, &d, START + 1);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "bcad");
	assert_int_equal(now, START + 1);
	assert_int_equal(n_waits, 1);
}

static void test_timer_set_anew(void **state)
{
	struct timed a = timed('a'), b = timed('b'), c = timed('c');
	struct loop loop;

	(void)state;
	new_loop(&loop);
	c.stops = true;
	set(&loop, &a, START + 1);
	set(&loop, &a, START + 30);
	set(&loop, &b, START + 5);
	set(&loop, &b, CLOCK_NEVER);
	set(&loop, &b, CLOCK_NEVER);
	set(&loop, &c, START + 40);
	set(&loop, &c, START + 20);
	assert_int_equal(loop.n_timers, 2);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "c");
	assert_int_equal(now, START + 20);
	loop.stopped = false;
	set(&loop, &c, START + 50);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "cac");
}

/* A timer that switches another off, or sets one later, that is due as well:
 * in either order, the one that came first has its way. */
static void test_timer_that_removes_another(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct timed a = timed('a'), b = timed('b'), c = timed('c');
		struct loop loop;

		memset(calls, 0, sizeof(calls));
		now = START;
		new_loop(&loop);
		a.other = &b;
		b.other = &a;
		a.other_due = b.other_due = i == 0 ? CLOCK_NEVER : START + 5;
		c.stops = true;
		set(&loop, &a, START);
		set(&loop, &b, START);
		set(&loop, &c, START + 2);
		assert_int_equal(loop_run(&loop), 0);
		assert_int_equal(strlen(calls), 2);
		assert_true(calls[0] == 'a' || calls[0] == 'b');
		assert_int_equal(calls[1], 'c');
		assert_int_equal(loop.n_timers, i);
	}
}

static void drain_and_stop(struct loop *loop, struct loop_source *source,
			   short revents)
{
	char byte;

	assert_int_equal(revents, POLLIN);
	assert_int_equal(read(source->fd, &byte, 1), 1);
	called('s');
	loop->stopped = true;
}

/* One that is set for now, and two that set each other for now, do not keep
 * the rest from its turn. */
static void test_no_endless_turn(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct timed a = timed('a'), b = timed('b');
		struct loop_source source = { .events = POLLIN,
					      .ready = drain_and_stop };
		struct loop loop;
		int fds[2];

		memset(calls, 0, sizeof(calls));
		new_loop(&loop);
		assert_int_equal(fd_pipe(fds), 0);
		source.fd = fds[0];
		assert_int_equal(loop_add(&loop, &source), 0);
		assert_int_equal(fd_write(fds[1], "x", 1), 0);
		if (i == 0) {
			a.again = 0;
		} else {
			a.other = &b;
			b.other = &a;
			a.other_due = b.other_due = START;
			b.timer.owner = &b;
		}
		set(&loop, &a, START);
		assert_int_equal(loop_run(&loop), 0);
		assert_int_equal(calls[strlen(calls) - 1], 's');
		assert_true(strlen(calls) <= 3);
		fd_close(&fds[0]);
		fd_close(&fds[1]);
	}
}

/* Of timers that are always due each is told in each turn. */
static void test_no_timer_starves(void **state)
{
	struct timed a = timed('a'), b = timed('b'), c = timed('c'),
		     later = timed('.');
	struct loop loop;

	(void)state;
	new_loop(&loop);
	a.again = b.again = c.again = 0;
	set(&loop, &a, START);
	set(&loop, &b, START);
	set(&loop, &c, START);
	set(&loop, &later, START + 1);
	for (unsigned int turn = 0; turn < 4; turn++) {
		/* The failing wait ends the turn. */
		wait_error = ENOMEM;
		assert_int_equal(loop_run(&loop), -ENOMEM);
		assert_int_equal(strlen(calls), 3 * (turn + 1));
		assert_non_null(strchr(calls + 3 * turn, 'a'));
		assert_non_null(strchr(calls + 3 * turn, 'b'));
		assert_non_null(strchr(calls + 3 * turn, 'c'));
	}
}

static void test_all_timers(void **state)
{
	static struct timed many[LOOP_TIMERS_MAX];
	struct loop loop;

	(void)state;
	new_loop(&loop);
	for (unsigned int i = 0; i < LOOP_TIMERS_MAX; i++) {
		many[i] = timed((char)('0' + i));
		/* Not in their order, and each once. */
		set(&loop, &many[i], START + 1 + i * 37 % LOOP_TIMERS_MAX);
	}
	for (unsigned int i = 0; i < LOOP_TIMERS_MAX; i++) {
		if (many[i].timer.due == START + LOOP_TIMERS_MAX)
			many[i].stops = true;
	}
	/* All on, and one of them set again: there is room for it. */
	set(&loop, &many[0], START + 1);
	assert_int_equal(loop_run(&loop), 0);
	for (unsigned int k = 0; k < LOOP_TIMERS_MAX; k++)
		assert_int_equal((calls[k] - '0') * 37 % LOOP_TIMERS_MAX, k);
	assert_int_equal(strlen(calls), LOOP_TIMERS_MAX);
}

/* --- sources --- */

struct channel {
	struct loop_source source;
	char letter;
	int write_end;
	struct channel *removes;
	struct channel *renews; /* closed, opened anew and added again */
	bool stops;
	short revents;
};

static void open_channel(struct loop *loop, struct channel *channel)
{
	int fds[2];

	assert_int_equal(fd_pipe(fds), 0);
	channel->source.fd = fds[0];
	channel->write_end = fds[1];
	assert_int_equal(loop_add(loop, &channel->source), 0);
}

static void close_channel(struct loop *loop, struct channel *channel)
{
	loop_remove(loop, &channel->source);
	fd_close(&channel->source.fd);
	fd_close(&channel->write_end);
}

static void channel_ready(struct loop *loop, struct loop_source *source,
			  short revents)
{
	struct channel *channel = source->owner;
	char byte;

	called(channel->letter);
	channel->revents = revents;
	if (revents & POLLIN)
		assert_int_equal(read(source->fd, &byte, 1), 1);
	if (channel->removes)
		close_channel(loop, channel->removes);
	if (channel->renews) {
		struct channel *other = channel->renews;

		close_channel(loop, other);
		open_channel(loop, other);
	}
	if (channel->stops)
		loop->stopped = true;
}

static void start_channel(struct loop *loop, struct channel *channel,
			  char letter)
{
	*channel = (struct channel){ .letter = letter };
	channel->source.events = POLLIN;
	channel->source.ready = channel_ready;
	channel->source.owner = channel;
	open_channel(loop, channel);
}

static void put(struct channel *channel)
{
	assert_int_equal(fd_write(channel->write_end, "x", 1), 0);
}

static void test_sources(void **state)
{
	struct timed stop = timed('.');
	struct channel a, b, c;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	start_channel(&loop, &c, 'c');
	put(&c);
	put(&a);
	put(&a);
	stop.stops = true;
	set(&loop, &stop, START + 1);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "aca.");
	close_channel(&loop, &a);
	close_channel(&loop, &b);
	close_channel(&loop, &c);
	assert_int_equal(loop.n_sources, 0);
}

static void test_hang_up_comes_unasked(void **state)
{
	struct channel a;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	a.source.events = 0;
	a.removes = &a;
	a.stops = true;
	fd_close(&a.write_end);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "a");
	assert_int_equal(a.revents, POLLHUP);
	assert_int_equal(loop.n_sources, 0);
}

/* Whoever is called first removes the other one, which is as ready. */
static void test_source_that_removes_another(void **state)
{
	struct timed stop = timed('.');
	struct channel a, b, c;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	start_channel(&loop, &c, 'c');
	a.removes = &b;
	b.removes = &a;
	put(&a);
	put(&b);
	put(&c);
	stop.stops = true;
	set(&loop, &stop, START + 1);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "ac.");
	close_channel(&loop, &a);
	close_channel(&loop, &c);
}

static void test_source_that_removes_itself(void **state)
{
	struct timed stop = timed('.');
	struct channel a, b, c;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	start_channel(&loop, &c, 'c');
	a.removes = &a;
	c.removes = &c;
	put(&a);
	put(&b);
	put(&c);
	stop.stops = true;
	set(&loop, &stop, START + 1);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "abc.");
	assert_int_equal(loop.n_sources, 1);
	/* Again, and what was never there. */
	loop_remove(&loop, &a.source);
	assert_int_equal(loop.n_sources, 1);
	close_channel(&loop, &b);
}

/*
 * What poll() said of a descriptor that is closed is nothing about the one
 * that has taken its place: a child that dies and is started again at once
 * would have its new pipe taken for the one that hung up.
 */
static void test_p2_source_renewed_in_the_same_turn(void **state)
{
	struct timed stop = timed('.');
	struct channel a, b;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	a.renews = &b;
	put(&a);
	fd_close(&b.write_end);
	stop.stops = true;
	set(&loop, &stop, START + 1);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "a.");
	/* The new one is heard. */
	loop.stopped = false;
	put(&b);
	set(&loop, &stop, START + 2);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "a.b.");
	assert_int_equal(b.revents, POLLIN);
	close_channel(&loop, &a);
	close_channel(&loop, &b);
}

static void test_capacity_of_sources(void **state)
{
	static struct loop_source many[LOOP_SOURCES_MAX + 1];
	struct loop loop;

	(void)state;
	new_loop(&loop);
	for (unsigned int i = 0; i < LOOP_SOURCES_MAX; i++)
		assert_int_equal(loop_add(&loop, &many[i]), 0);
	assert_int_equal(loop_add(&loop, &many[LOOP_SOURCES_MAX]), -ENOBUFS);
	loop_remove(&loop, &many[LOOP_SOURCES_MAX]);
	assert_int_equal(loop.n_sources, LOOP_SOURCES_MAX);
	loop_remove(&loop, &many[7]);
	assert_int_equal(loop_add(&loop, &many[LOOP_SOURCES_MAX]), 0);
	assert_int_equal(loop_add(&loop, &many[7]), -ENOBUFS);
}

static void test_stopped_in_a_callback(void **state)
{
	struct channel a, b;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	a.stops = true;
	put(&a);
	put(&b);
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "a");
	/* And from the beginning: no wait at all. */
	n_waits = 0;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_waits, 0);
	/* What was ready then is so still. */
	loop.stopped = false;
	b.stops = true;
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "ab");
	close_channel(&loop, &a);
	close_channel(&loop, &b);
}

static void test_p9_failing_poll(void **state)
{
	struct channel a;
	struct loop loop;

	(void)state;
	new_loop(&loop);
	start_channel(&loop, &a, 'a');
	a.stops = true;
	put(&a);
	wait_error = ENOMEM;
	assert_int_equal(loop_run(&loop), -ENOMEM);
	assert_string_equal(calls, "");
	/* An interruption is no failure, and nothing is ready then. */
	wait_error = EINTR;
	assert_int_equal(loop_run(&loop), 0);
	assert_string_equal(calls, "a");
	close_channel(&loop, &a);
}

/* --- signals --- */

static unsigned int told[65], wanted[65];
static int raise_again;

static void signalled(struct loop *loop, int signo)
{
	told[signo]++;
	if (raise_again > 0) {
		raise_again--;
		raise(signo);
	}
	for (int i = 1; i < 65; i++) {
		if (told[i] < wanted[i])
			return;
	}
	loop->stopped = true;
}

static void new_signal_loop(struct loop *loop)
{
	memset(told, 0, sizeof(told));
	memset(wanted, 0, sizeof(wanted));
	raise_again = 0;
	assert_int_equal(loop_init(loop, signalled, NULL), 0);
}

static void end_signal_loop(struct loop *loop)
{
	fd_close(&loop->wake.fd);
}

static void test_p4_storm(void **state)
{
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	assert_int_equal(loop_watch_signal(&loop, SIGUSR1), 0);
	assert_int_equal(loop_watch_signal(&loop, SIGCHLD), 0);
	/* More than the pipe holds: told once, with nothing lost after it. */
	for (int i = 0; i < 100000; i++)
		raise(SIGUSR1);
	raise(SIGCHLD);
	wanted[SIGUSR1] = wanted[SIGCHLD] = 1;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGUSR1], 1);
	assert_int_equal(told[SIGCHLD], 1);
	loop.stopped = false;
	wanted[SIGCHLD] = 2;
	raise(SIGCHLD);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGUSR1], 1);
	assert_int_equal(told[SIGCHLD], 2);
	end_signal_loop(&loop);
}

/* One that comes while it is told comes again: whoever reaps then may have
 * looked just before. */
static void test_p4_signal_while_it_is_told(void **state)
{
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	assert_int_equal(loop_watch_signal(&loop, SIGCHLD), 0);
	raise_again = 5;
	wanted[SIGCHLD] = 6;
	raise(SIGCHLD);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGCHLD], 6);
	end_signal_loop(&loop);
}

static int to_raise;

static void raise_before_wait(void)
{
	int signo = to_raise;

	to_raise = 0;
	if (signo) {
		raise(signo);
		wait_error = EINTR;
	}
}

/* Between the look at the timers and the wait, which it interrupts. */
static void test_p4_signal_just_before_the_wait(void **state)
{
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	assert_int_equal(loop_watch_signal(&loop, SIGTERM), 0);
	wanted[SIGTERM] = 1;
	to_raise = SIGTERM;
	before_wait = raise_before_wait;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGTERM], 1);
	end_signal_loop(&loop);
}

static void test_p4_handler_keeps_errno(void **state)
{
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	assert_int_equal(loop_watch_signal(&loop, SIGUSR2), 0);
	for (int i = 0; i < 70000; i++) {
		/* Also when the pipe is full and the write fails. */
		errno = ENOTTY;
		raise(SIGUSR2);
		assert_int_equal(errno, ENOTTY);
	}
	wanted[SIGUSR2] = 1;
	assert_int_equal(loop_run(&loop), 0);
	end_signal_loop(&loop);
}

static void test_p4_every_signal(void **state)
{
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	for (int signo = 1; signo < 65; signo++) {
		/* These cannot be caught, mean a crash of the test itself, or
		 * are libc's. */
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGSEGV ||
		    signo == SIGABRT || signo == SIGBUS || signo == SIGILL ||
		    signo == SIGFPE || signo == SIGTRAP ||
		    (signo >= 32 && signo < 36))
			continue;
		assert_int_equal(loop_watch_signal(&loop, signo), 0);
		/* User-mode emulation lacks the last ones. */
		wanted[signo] = raise(signo) == 0;
	}
	assert_int_equal(loop_run(&loop), 0);
	assert_memory_equal(told, wanted, sizeof(told));
	for (int signo = 1; signo < 65; signo++) {
		if (wanted[signo])
			signal(signo, SIG_DFL);
	}
	end_signal_loop(&loop);
}

/* Without a pipe nothing is lost either, though a source is always ready. */
static void test_p9_no_pipe(void **state)
{
	struct rlimit old, none;
	struct channel busy;
	struct loop loop;
	sigset_t unblocked;

	(void)state;
	memset(told, 0, sizeof(told));
	memset(wanted, 0, sizeof(wanted));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(loop_init(&loop, signalled, NULL), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	sigprocmask(SIG_SETMASK, NULL, &unblocked);
	assert_int_equal(loop_watch_signal(&loop, SIGUSR1), 0);
	assert_int_equal(loop_watch_signal(&loop, SIGCHLD), 0);
	raise(SIGUSR1);
	raise(SIGCHLD);
	assert_int_equal(told[SIGUSR1], 0);
	wanted[SIGUSR1] = wanted[SIGCHLD] = 1;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGUSR1], 1);
	assert_int_equal(told[SIGCHLD], 1);
	loop.stopped = false;
	start_channel(&loop, &busy, 'b');
	put(&busy);
	wanted[SIGCHLD] = 2;
	raise(SIGCHLD);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(told[SIGCHLD], 2);
	close_channel(&loop, &busy);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
}

/* Every source is asked, and signals and new timers are heeded. */
static void test_p9_blind_turn(void **state)
{
	struct channel a, b;
	struct loop loop;

	(void)state;
	new_signal_loop(&loop);
	assert_int_equal(loop_watch_signal(&loop, SIGUSR1), 0);
	start_channel(&loop, &a, 'a');
	start_channel(&loop, &b, 'b');
	put(&a);
	put(&b);
	a.removes = &b;
	raise(SIGUSR1);
	wanted[SIGUSR1] = 2;
	loop_turn_blindly(&loop);
	assert_int_equal(told[SIGUSR1], 1);
	assert_string_equal(calls, "a");
	assert_int_equal(a.revents, POLLIN);
	close_channel(&loop, &a);
	end_signal_loop(&loop);
}

#define LOOP_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP_TEST(test_timers_in_order),
		LOOP_TEST(test_deadlines_past_and_now),
		LOOP_TEST(test_timer_set_anew),
		LOOP_TEST(test_timer_that_removes_another),
		LOOP_TEST(test_no_endless_turn),
		LOOP_TEST(test_no_timer_starves),
		LOOP_TEST(test_all_timers),
		LOOP_TEST(test_sources),
		LOOP_TEST(test_hang_up_comes_unasked),
		LOOP_TEST(test_source_that_removes_another),
		LOOP_TEST(test_source_that_removes_itself),
		LOOP_TEST(test_p2_source_renewed_in_the_same_turn),
		LOOP_TEST(test_capacity_of_sources),
		LOOP_TEST(test_stopped_in_a_callback),
		LOOP_TEST(test_p9_failing_poll),
		LOOP_TEST(test_p9_no_pipe),
		LOOP_TEST(test_p9_blind_turn),
		LOOP_TEST(test_p4_storm),
		LOOP_TEST(test_p4_signal_while_it_is_told),
		LOOP_TEST(test_p4_signal_just_before_the_wait),
		LOOP_TEST(test_p4_handler_keeps_errno),
		LOOP_TEST(test_p4_every_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
