/*
 * init/supervise.c: P1 and P2, and every event in every state. A model in
 * this file says what each pair leads to; time is a number.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/supervise.h"

#define EXITED(status) ((status) << 8)
#define KILLED(signo) (signo)
#define NEVER INT64_MAX

#define NOW 1000000

enum event {
	WANT,
	UNWANT,
	RETIRE,
	STARTED,
	FAILED,
	EXITED_0,
	EXITED_3,
	CRASHED,
	TICK_EARLY,
	TICK_LATE,
	N_EVENTS,
};

#define N_STATES (SUPERVISE_ENDED + 1)
#define N_POLICIES (SUPERVISE_ONCE + 1)

/* A child brought into STATE by events alone, at NOW; what there was to do
 * has been done. */
static struct supervise in_state(enum supervise_state state,
				 enum supervise_policy policy)
{
	struct supervise child;

	memset(&child, 0xee, sizeof(child));
	supervise_init(&child, policy);
	if (state == SUPERVISE_IDLE)
		return child;
	supervise_want(&child, NOW);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	switch (state) {
	case SUPERVISE_IDLE:
		break;
	case SUPERVISE_WAITING:
		supervise_failed(&child, NOW);
		break;
	case SUPERVISE_RUNNING:
		supervise_started(&child, 42, NOW);
		break;
	case SUPERVISE_STOPPING:
		supervise_started(&child, 42, NOW);
		supervise_unwant(&child, NOW);
		assert_int_equal(supervise_next(&child), SUPERVISE_TERM);
		break;
	case SUPERVISE_ENDED:
		supervise_started(&child, 42, NOW);
		supervise_unwant(&child, NOW);
		supervise_exited(&child, EXITED(0), NOW);
		break;
	}
	assert_int_equal(child.state, state);
	assert_int_equal(child.action, SUPERVISE_NOTHING);
	return child;
}

static void apply(struct supervise *child, enum event event)
{
	switch (event) {
	case WANT:
		supervise_want(child, NOW + 100);
		break;
	case UNWANT:
		supervise_unwant(child, NOW + 100);
		break;
	case RETIRE:
		supervise_retire(child);
		break;
	case STARTED:
		supervise_started(child, 43, NOW + 100);
		break;
	case FAILED:
		supervise_failed(child, NOW + 100);
		break;
	case EXITED_0:
		supervise_exited(child, EXITED(0), NOW + 100);
		break;
	case EXITED_3:
		supervise_exited(child, EXITED(3), NOW + 100);
		break;
	case CRASHED:
		supervise_exited(child, KILLED(SIGSEGV), NOW + 100);
		break;
	case TICK_EARLY:
		supervise_tick(child, NOW + 100);
		break;
	case TICK_LATE:
		supervise_tick(child, NOW + 100000);
		break;
	case N_EVENTS:
		break;
	}
}

/* Whether EVENT in STATE is a mistake of the caller's. */
static bool is_impossible(enum supervise_state state, enum event event)
{
	switch (event) {
	case STARTED:
	case FAILED:
		return state != SUPERVISE_WAITING;
	case EXITED_0:
	case EXITED_3:
	case CRASHED:
		return state != SUPERVISE_RUNNING &&
		       state != SUPERVISE_STOPPING;
	case WANT:
	case UNWANT:
	case RETIRE:
	case TICK_EARLY:
	case TICK_LATE:
	case N_EVENTS:
		break;
	}
	return false;
}

struct outcome {
	enum supervise_state state;
	enum supervise_action action;
	int64_t due;
};

/* What the header's table promises, pair by pair. */
static struct outcome expected(enum supervise_state state,
			       enum supervise_policy policy, enum event event)
{
	const struct outcome start = { SUPERVISE_WAITING, SUPERVISE_START,
				       NEVER };
	const struct outcome ended = { SUPERVISE_ENDED, SUPERVISE_NOTHING,
				       NEVER };
	const struct outcome running = { SUPERVISE_RUNNING, SUPERVISE_NOTHING,
					 NEVER };
	/* in_state() has let one start fail. */
	const struct outcome waiting = { SUPERVISE_WAITING, SUPERVISE_NOTHING,
					 NOW + 250 };
	const struct outcome stopping = { SUPERVISE_STOPPING, SUPERVISE_NOTHING,
					  NOW + SUPERVISE_TERM_MS };
	bool again = policy == SUPERVISE_ALWAYS ||
		     (policy == SUPERVISE_ON_CRASH && event == CRASHED);

	switch (state) {
	case SUPERVISE_IDLE:
		if (event == WANT)
			return start;
		if (event == UNWANT || event == RETIRE)
			return ended;
		return (struct outcome){ SUPERVISE_IDLE, SUPERVISE_NOTHING,
					 NEVER };
	case SUPERVISE_WAITING:
		if (event == UNWANT || event == RETIRE)
			return ended;
		if (event == STARTED)
			return running;
		if (event == FAILED)
			return (struct outcome){ SUPERVISE_WAITING,
						 SUPERVISE_NOTHING,
						 NOW + 100 + 500 };
		if (event == TICK_LATE)
			return start;
		return waiting;
	case SUPERVISE_RUNNING:
		if (event == UNWANT)
			return (struct outcome){ SUPERVISE_STOPPING,
						 SUPERVISE_TERM,
						 NOW + 100 +
							 SUPERVISE_TERM_MS };
		if (event == EXITED_0 || event == EXITED_3 || event == CRASHED)
			return again ? start : ended;
		return running;
	case SUPERVISE_STOPPING:
		if (event == EXITED_0 || event == EXITED_3 || event == CRASHED)
			return ended;
		if (event == TICK_LATE)
			return (struct outcome){ SUPERVISE_STOPPING,
						 SUPERVISE_KILL, NEVER };
		return stopping;
	case SUPERVISE_ENDED:
		return event == WANT ? start : ended;
	}
	return ended;
}

/* Runs APPLY in a process of its own, which has to abort. */
static void expect_abort(enum supervise_state state,
			 enum supervise_policy policy, enum event event)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit none = { 0, 0 };
		struct supervise child = in_state(state, policy);

		setrlimit(RLIMIT_CORE, &none);
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		apply(&child, event);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_every_event_in_every_state(void **state)
{
	unsigned int n_pairs = 0;

	(void)state;
	for (enum supervise_policy policy = 0; policy < N_POLICIES; policy++) {
		for (unsigned int i = 0; i < N_STATES * N_EVENTS; i++) {
			enum supervise_state from = i / N_EVENTS;
			enum event event = i % N_EVENTS;
			struct supervise child;
			struct outcome wanted;

			if (is_impossible(from, event)) {
				if (policy == SUPERVISE_ALWAYS)
					expect_abort(from, policy, event);
				continue;
			}
			child = in_state(from, policy);
			wanted = expected(from, policy, event);
			apply(&child, event);
			assert_int_equal(child.state, wanted.state);
			assert_int_equal(child.due, wanted.due);
			/* Each thing to do is told once. */
			assert_int_equal(supervise_next(&child), wanted.action);
			assert_int_equal(supervise_next(&child),
					 SUPERVISE_NOTHING);
			n_pairs++;
		}
	}
	assert_int_equal(n_pairs, 3 * (N_STATES * N_EVENTS - 4 * 2 - 3 * 3));
}

/*
 * Every sequence of six events, with what there is to do done at once, late
 * or never. Whatever comes: a signal is only ever sent to a process that is
 * ours, a start is only asked for while none runs, and a deadline runs where
 * something is awaited.
 */
static void walk(const struct supervise *from, unsigned int depth,
		 unsigned long *n_walked)
{
	bool is_alive = from->state == SUPERVISE_RUNNING ||
			from->state == SUPERVISE_STOPPING;

	++*n_walked;
	assert_int_equal(from->pid > 0, is_alive);
	switch (from->action) {
	case SUPERVISE_START:
		assert_int_equal(from->state, SUPERVISE_WAITING);
		break;
	case SUPERVISE_TERM:
	case SUPERVISE_KILL:
		assert_int_equal(from->state, SUPERVISE_STOPPING);
		break;
	case SUPERVISE_NOTHING:
		break;
	}
	switch (from->state) {
	case SUPERVISE_IDLE:
	case SUPERVISE_ENDED:
		assert_int_equal(from->action, SUPERVISE_NOTHING);
		assert_true(from->due == NEVER);
		break;
	case SUPERVISE_RUNNING:
		assert_true(from->due == NEVER);
		break;
	case SUPERVISE_WAITING:
	case SUPERVISE_STOPPING:
		break;
	}
	if (depth == 0)
		return;
	for (enum event event = 0; event < N_EVENTS; event++) {
		struct supervise child = *from;

		if (is_impossible(child.state, event))
			continue;
		/* A process is made after START was taken, not before. */
		if (event == STARTED || event == FAILED) {
			if (supervise_next(&child) != SUPERVISE_START)
				continue;
		}
		apply(&child, event);
		walk(&child, depth - 1, n_walked);
		if (child.action == SUPERVISE_TERM ||
		    child.action == SUPERVISE_KILL) {
			(void)supervise_next(&child);
			walk(&child, depth - 1, n_walked);
		}
	}
}

static void test_retired_runs_to_its_end(void **state)
{
	struct supervise child = in_state(SUPERVISE_RUNNING, SUPERVISE_ALWAYS);

	(void)state;
	supervise_retire(&child);
	assert_int_equal(child.state, SUPERVISE_RUNNING);
	supervise_exited(&child, KILLED(SIGSEGV), NOW + 100);
	assert_int_equal(child.state, SUPERVISE_ENDED);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
}

static void test_time_limit(void **state)
{
	char buffer[96];
	struct supervise child;
	struct writer words;

	(void)state;
	supervise_init(&child, SUPERVISE_ONCE);
	supervise_set_limit(&child, 11000);
	supervise_want(&child, NOW);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	supervise_started(&child, 42, NOW);
	assert_int_equal(child.due, NOW + 11000);
	supervise_tick(&child, NOW + 10999);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	supervise_tick(&child, NOW + 11000);
	assert_int_equal(supervise_next(&child), SUPERVISE_TERM);
	assert_int_equal(child.due, NOW + 11000 + SUPERVISE_TERM_MS);
	supervise_tick(&child, child.due);
	assert_int_equal(supervise_next(&child), SUPERVISE_KILL);
	supervise_exited(&child, KILLED(SIGKILL), NOW + 13001);
	assert_int_equal(child.state, SUPERVISE_ENDED);
	writer_init(&words, buffer, sizeof(buffer));
	supervise_put_status(&words, &child, KILLED(SIGKILL), NOW + 13001);
	assert_string_equal(text_end(&words),
			    "took longer than 11s and was ended");
	/* The next one gets its own time, and its own end. */
	supervise_want(&child, NOW + 20000);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	supervise_started(&child, 43, NOW + 20000);
	assert_false(child.timed_out);
	assert_int_equal(child.due, NOW + 31000);
}

/* One that is always wanted comes again, unless it was not wanted meanwhile. */
static void test_time_limit_and_policy(void **state)
{
	(void)state;
	for (int unwanted = 0; unwanted < 2; unwanted++) {
		struct supervise child;

		supervise_init(&child, SUPERVISE_ALWAYS);
		supervise_set_limit(&child, 500);
		supervise_want(&child, NOW);
		(void)supervise_next(&child);
		supervise_started(&child, 42, NOW);
		supervise_tick(&child, NOW + 500);
		assert_int_equal(supervise_next(&child), SUPERVISE_TERM);
		if (unwanted)
			supervise_unwant(&child, NOW + 600);
		supervise_exited(&child, KILLED(SIGTERM), NOW + 700);
		assert_int_equal(child.state, unwanted ? SUPERVISE_ENDED :
							 SUPERVISE_WAITING);
		assert_int_equal(supervise_next(&child),
				 unwanted ? SUPERVISE_NOTHING :
					    SUPERVISE_START);
	}
}

/* Its time begins anew, or has no end any more; only that of the one that
 * runs. */
static void test_more_time(void **state)
{
	struct supervise child;

	(void)state;
	supervise_init(&child, SUPERVISE_ALWAYS);
	supervise_set_limit(&child, 500);
	supervise_grant(&child, 100, NOW);
	assert_int_equal(child.due, NEVER);
	supervise_want(&child, NOW);
	(void)supervise_next(&child);
	supervise_started(&child, 42, NOW);
	supervise_grant(&child, 500, NOW + 400);
	supervise_tick(&child, NOW + 899);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	supervise_grant(&child, 0, NOW + 899);
	supervise_tick(&child, NOW + 1000000);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	supervise_exited(&child, KILLED(SIGSEGV), NOW + 1000000);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	supervise_started(&child, 43, NOW + 1000000);
	assert_int_equal(child.due, NOW + 1000500);
	supervise_tick(&child, NOW + 1000500);
	assert_int_equal(supervise_next(&child), SUPERVISE_TERM);
	/* Too late. */
	supervise_grant(&child, 0, NOW + 1000501);
	supervise_tick(&child, NOW + 1000500 + SUPERVISE_TERM_MS);
	assert_int_equal(supervise_next(&child), SUPERVISE_KILL);
}

static void test_every_sequence(void **state)
{
	unsigned long n_walked = 0;

	(void)state;
	for (enum supervise_policy policy = 0; policy < N_POLICIES; policy++) {
		struct supervise child;

		supervise_init(&child, policy);
		walk(&child, 7, &n_walked);
	}
	assert_true(n_walked > 10000);
}

/* Starts CHILD, lets it live for LIFE and crash. Returns how long it waits
 * after that, NEVER when not at all. */
static int64_t crash(struct supervise *child, int64_t *now, int64_t life)
{
	assert_int_equal(supervise_next(child), SUPERVISE_START);
	supervise_started(child, 42, *now);
	*now += life;
	supervise_exited(child, KILLED(SIGSEGV), *now);
	if (child->action == SUPERVISE_START)
		return 0;
	if (child->due == NEVER)
		return NEVER;
	return child->due - *now;
}

/* Steps to the deadline; a millisecond before it nothing is due. */
static void wait_due(struct supervise *child, int64_t *now)
{
	if (child->due == NEVER)
		return;
	supervise_tick(child, child->due - 1);
	assert_int_equal(child->action, SUPERVISE_NOTHING);
	*now = child->due;
	supervise_tick(child, *now);
}

static void test_p2_delay_grows(void **state)
{
	static const int64_t delays[] = { 0,	250,   500,   1000,  2000, 4000,
					  8000, 16000, 30000, 30000, 30000 };
	struct supervise child;
	int64_t now = NOW;

	(void)state;
	supervise_init(&child, SUPERVISE_ALWAYS);
	supervise_want(&child, now);
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		assert_int_equal(crash(&child, &now, 0), delays[i]);
		wait_due(&child, &now);
	}
	assert_int_equal(child.n_starts, ARRAY_SIZE(delays));
	/* It has lived long enough: as at first. */
	assert_int_equal(crash(&child, &now, SUPERVISE_STEADY_MS - 1), 30000);
	wait_due(&child, &now);
	assert_int_equal(crash(&child, &now, SUPERVISE_STEADY_MS), 0);
	assert_int_equal(crash(&child, &now, 0), 250);
}

static void test_p20_fork_fails(void **state)
{
	static const int64_t delays[] = { 250,	500,   1000,  2000, 4000,
					  8000, 16000, 30000, 30000 };
	struct supervise child;
	int64_t now = NOW;

	(void)state;
	supervise_init(&child, SUPERVISE_ONCE);
	supervise_want(&child, now);
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		assert_int_equal(supervise_next(&child), SUPERVISE_START);
		supervise_failed(&child, now);
		assert_int_equal(child.due - now, delays[i]);
		wait_due(&child, &now);
	}
	assert_int_equal(child.n_starts, 0);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	supervise_started(&child, 42, now);
	supervise_exited(&child, EXITED(0), now);
	assert_int_equal(child.state, SUPERVISE_ENDED);
}

static void test_policies(void **state)
{
	static const struct {
		enum supervise_policy policy;
		int status;
		bool again;
	} cases[] = {
		{ SUPERVISE_ALWAYS, EXITED(0), true },
		{ SUPERVISE_ALWAYS, EXITED(1), true },
		{ SUPERVISE_ALWAYS, KILLED(SIGKILL), true },
		{ SUPERVISE_ON_CRASH, EXITED(0), false },
		{ SUPERVISE_ON_CRASH, EXITED(255), false },
		{ SUPERVISE_ON_CRASH, KILLED(SIGTERM), true },
		/* With a core dump. */
		{ SUPERVISE_ON_CRASH, KILLED(SIGSEGV) | 0x80, true },
		{ SUPERVISE_ONCE, EXITED(0), false },
		{ SUPERVISE_ONCE, KILLED(SIGSEGV), false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct supervise child = in_state(SUPERVISE_RUNNING,
						  cases[i].policy);

		supervise_exited(&child, cases[i].status, NOW);
		assert_int_equal(supervise_next(&child),
				 cases[i].again ? SUPERVISE_START :
						  SUPERVISE_NOTHING);
		assert_int_equal(child.pid, 0);
	}
}

/* TERM, two seconds, KILL, and no more: not even when it ends in between. */
static void test_p19_killed_at_the_deadline(void **state)
{
	struct supervise child = in_state(SUPERVISE_STOPPING, SUPERVISE_ALWAYS);
	int64_t now = NOW;

	(void)state;
	assert_int_equal(child.due, NOW + SUPERVISE_TERM_MS);
	wait_due(&child, &now);
	assert_int_equal(supervise_next(&child), SUPERVISE_KILL);
	assert_int_equal(child.pid, 42);
	supervise_tick(&child, now + 1000000);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	supervise_exited(&child, KILLED(SIGKILL), now);
	assert_int_equal(child.state, SUPERVISE_ENDED);

	child = in_state(SUPERVISE_STOPPING, SUPERVISE_ALWAYS);
	supervise_tick(&child, child.due);
	supervise_exited(&child, EXITED(0), child.due);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	assert_int_equal(child.pid, 0);
}

static void test_wanted_anew(void **state)
{
	struct supervise child = in_state(SUPERVISE_ENDED, SUPERVISE_ONCE);

	(void)state;
	supervise_want(&child, NOW);
	supervise_want(&child, NOW);
	assert_int_equal(supervise_next(&child), SUPERVISE_START);
	supervise_want(&child, NOW);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
	/* A start that was asked for is taken back. */
	child = in_state(SUPERVISE_ENDED, SUPERVISE_ONCE);
	supervise_want(&child, NOW);
	supervise_unwant(&child, NOW);
	assert_int_equal(supervise_next(&child), SUPERVISE_NOTHING);
}

static const char *status_text(const struct supervise *child, int status,
			       int64_t now)
{
	static char text[128];
	struct writer writer;

	writer_init(&writer, text, sizeof(text) - 1);
	supervise_put_status(&writer, child, status, now);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static void test_p1_status_in_words(void **state)
{
	struct supervise child = in_state(SUPERVISE_RUNNING, SUPERVISE_ALWAYS);
	int64_t now = NOW;

	(void)state;
	assert_string_equal(status_text(&child, EXITED(0), NOW), "ended");
	assert_string_equal(status_text(&child, EXITED(3), NOW),
			    "exited with status 3");
	assert_string_equal(status_text(&child, EXITED(255), NOW),
			    "exited with status 255");
	assert_string_equal(status_text(&child, KILLED(SIGSEGV), NOW),
			    "was killed by SIGSEGV");
	assert_string_equal(status_text(&child, KILLED(SIGSEGV) | 0x80, NOW),
			    "was killed by SIGSEGV");
	assert_string_equal(status_text(&child, KILLED(63), NOW),
			    "was killed by signal 63");
	supervise_exited(&child, EXITED(3), now);
	assert_string_equal(status_text(&child, EXITED(3), now),
			    "exited with status 3; again now");
	(void)crash(&child, &now, 0);
	assert_string_equal(status_text(&child, KILLED(SIGKILL), now),
			    "was killed by SIGKILL; again in 250ms");
	wait_due(&child, &now);
	(void)crash(&child, &now, 0);
	wait_due(&child, &now);
	(void)crash(&child, &now, 0);
	assert_string_equal(status_text(&child, EXITED(0), now),
			    "ended; again in 1s");
}

static void test_exit_codes(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++)
		assert_int_equal(supervise_exit_code(EXITED(i)), i);
	for (int i = 1; i < 65; i++) {
		assert_int_equal(supervise_exit_code(KILLED(i)), 128 + i);
		assert_int_equal(supervise_exit_code(KILLED(i) | 0x80),
				 128 + i);
	}
}

/* Who leaves a shell ten times in a row has not made it fail. */
static void test_p1_delay_does_not_grow_after_an_orderly_end(void **state)
{
	struct supervise child;
	int64_t now = 0;

	(void)state;
	supervise_init(&child, SUPERVISE_ALWAYS);
	supervise_want(&child, now);
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(supervise_next(&child), SUPERVISE_START);
		supervise_started(&child, 42, now);
		supervise_exited(&child, 0, now);
		if (child.action == SUPERVISE_START)
			continue;
		assert_in_range(child.due - now, 1, SUPERVISE_DELAY_MIN_MS);
		now = child.due;
		supervise_tick(&child, now);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_in_every_state),
		cmocka_unit_test(test_retired_runs_to_its_end),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_time_limit_and_policy),
		cmocka_unit_test(test_more_time),
		cmocka_unit_test(test_every_sequence),
		cmocka_unit_test(
			test_p1_delay_does_not_grow_after_an_orderly_end),
		cmocka_unit_test(test_p2_delay_grows),
		cmocka_unit_test(test_p20_fork_fails),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_p19_killed_at_the_deadline),
		cmocka_unit_test(test_wanted_anew),
		cmocka_unit_test(test_p1_status_in_words),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
