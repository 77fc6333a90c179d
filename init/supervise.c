/*
 * See supervise.h. Every event switches over every state; pairs that cannot
 * happen are asserted.
 */
#include "init/supervise.h"

#include <assert.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/text.h"

static void enter(struct supervise *child, enum supervise_state state,
		  int64_t due)
{
	child->state = state;
	child->due = due;
}

void supervise_init(struct supervise *child, enum supervise_policy policy)
{
	*child = (struct supervise){ .policy = policy };
	enter(child, SUPERVISE_IDLE, INT64_MAX);
}

void supervise_set_limit(struct supervise *child, int64_t limit)
{
	child->limit = limit;
}

void supervise_grant(struct supervise *child, int64_t limit, int64_t now)
{
	if (child->state == SUPERVISE_RUNNING)
		child->due = limit > 0 ? now + limit : INT64_MAX;
}

void supervise_want(struct supervise *child, int64_t now)
{
	switch (child->state) {
	case SUPERVISE_IDLE:
	case SUPERVISE_ENDED:
		child->delay = 0;
		enter(child, SUPERVISE_WAITING, now);
		supervise_tick(child, now);
		break;
	case SUPERVISE_WAITING:
	case SUPERVISE_RUNNING:
	case SUPERVISE_STOPPING: /* wanted too late; its exit ends it */
		break;
	}
}

void supervise_unwant(struct supervise *child, int64_t now)
{
	switch (child->state) {
	case SUPERVISE_WAITING:
		child->action = SUPERVISE_NOTHING;
		enter(child, SUPERVISE_ENDED, INT64_MAX);
		break;
	case SUPERVISE_RUNNING:
		child->unwanted = true;
		child->action = SUPERVISE_TERM;
		enter(child, SUPERVISE_STOPPING, now + SUPERVISE_TERM_MS);
		break;
	case SUPERVISE_IDLE:
		enter(child, SUPERVISE_ENDED, INT64_MAX);
		break;
	case SUPERVISE_STOPPING: /* perhaps only for its time limit */
		child->unwanted = true;
		break;
	case SUPERVISE_ENDED:
		break;
	}
}

void supervise_retire(struct supervise *child)
{
	switch (child->state) {
	case SUPERVISE_IDLE:
	case SUPERVISE_WAITING:
		child->action = SUPERVISE_NOTHING;
		enter(child, SUPERVISE_ENDED, INT64_MAX);
		break;
	case SUPERVISE_RUNNING:
	case SUPERVISE_STOPPING:
		child->policy = SUPERVISE_ONCE;
		break;
	case SUPERVISE_ENDED:
		break;
	}
}

void supervise_started(struct supervise *child, int pid, int64_t now)
{
	assert(child->state == SUPERVISE_WAITING);
	child->pid = pid;
	child->started = now;
	child->n_starts++;
	child->timed_out = false;
	child->unwanted = false;
	enter(child, SUPERVISE_RUNNING,
	      child->limit > 0 ? now + child->limit : INT64_MAX);
}

/* Waits before the next start, longer each time; not at all after a life that
 * was long enough. Who ends a shell in good order, and again, has not failed:
 * that is only kept from being a busy loop. */
static void wait_again(struct supervise *child, bool failed, int64_t now)
{
	if (child->state == SUPERVISE_RUNNING &&
	    now - child->started >= SUPERVISE_STEADY_MS)
		child->delay = 0;
	if (!failed && child->delay > SUPERVISE_DELAY_MIN_MS)
		child->delay = SUPERVISE_DELAY_MIN_MS;
	enter(child, SUPERVISE_WAITING, now + child->delay);
	if (child->delay == 0 || !failed)
		child->delay = SUPERVISE_DELAY_MIN_MS;
	else if (child->delay < SUPERVISE_DELAY_MAX_MS / 2)
		child->delay *= 2;
	else
		child->delay = SUPERVISE_DELAY_MAX_MS;
}

void supervise_failed(struct supervise *child, int64_t now)
{
	assert(child->state == SUPERVISE_WAITING);
	if (child->delay == 0)
		child->delay = SUPERVISE_DELAY_MIN_MS;
	wait_again(child, true, now);
}

void supervise_exited(struct supervise *child, int status, int64_t now)
{
	bool again = child->policy == SUPERVISE_ALWAYS ||
		     (child->policy == SUPERVISE_ON_CRASH &&
		      WIFSIGNALED(status));

	switch (child->state) {
	case SUPERVISE_RUNNING:
		if (again)
			wait_again(child, status != 0, now);
		else
			enter(child, SUPERVISE_ENDED, INT64_MAX);
		break;
	case SUPERVISE_STOPPING:
		if (child->timed_out && child->policy == SUPERVISE_ALWAYS &&
		    !child->unwanted)
			wait_again(child, true, now);
		else
			enter(child, SUPERVISE_ENDED, INT64_MAX);
		break;
	case SUPERVISE_IDLE:
	case SUPERVISE_WAITING:
	case SUPERVISE_ENDED:
		assert(!"a child that does not run cannot exit");
	}
	child->pid = 0;
	child->action = SUPERVISE_NOTHING;
	supervise_tick(child, now);
}

void supervise_tick(struct supervise *child, int64_t now)
{
	if (now < child->due)
		return;
	switch (child->state) {
	case SUPERVISE_WAITING:
		child->action = SUPERVISE_START;
		child->due = INT64_MAX;
		break;
	case SUPERVISE_STOPPING:
		child->action = SUPERVISE_KILL;
		child->due = INT64_MAX;
		break;
	case SUPERVISE_RUNNING:
		child->timed_out = true;
		child->action = SUPERVISE_TERM;
		enter(child, SUPERVISE_STOPPING, now + SUPERVISE_TERM_MS);
		break;
	case SUPERVISE_IDLE:
	case SUPERVISE_ENDED:
		break;
	}
}

enum supervise_action supervise_next(struct supervise *child)
{
	enum supervise_action action = child->action;

	child->action = SUPERVISE_NOTHING;
	return action;
}

const char *supervise_signal_name(int signo)
{
	static const struct {
		int signo;
		char name[8];
	} names[] = {
		{ SIGHUP, "SIGHUP" },	{ SIGINT, "SIGINT" },
		{ SIGQUIT, "SIGQUIT" }, { SIGILL, "SIGILL" },
		{ SIGTRAP, "SIGTRAP" }, { SIGABRT, "SIGABRT" },
		{ SIGBUS, "SIGBUS" },	{ SIGFPE, "SIGFPE" },
		{ SIGKILL, "SIGKILL" }, { SIGUSR1, "SIGUSR1" },
		{ SIGSEGV, "SIGSEGV" }, { SIGUSR2, "SIGUSR2" },
		{ SIGPIPE, "SIGPIPE" }, { SIGALRM, "SIGALRM" },
		{ SIGTERM, "SIGTERM" }, { SIGXCPU, "SIGXCPU" },
		{ SIGSYS, "SIGSYS" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].signo == signo)
			return names[i].name;
	}
	return NULL;
}

void supervise_put_status(struct writer *writer, const struct supervise *child,
			  int status, int64_t now)
{
	if (child->timed_out) {
		text_put(writer, "took longer than ");
		text_put_duration(writer, child->limit);
		text_put(writer, " and was ended");
	} else if (WIFSIGNALED(status)) {
		const char *name = supervise_signal_name(WTERMSIG(status));

		text_put(writer, "was killed by ");
		if (name) {
			text_put(writer, name);
		} else {
			text_put(writer, "signal ");
			text_put_u64(writer, (uint64_t)WTERMSIG(status));
		}
	} else if (WEXITSTATUS(status) == 0) {
		text_put(writer, "ended");
	} else {
		text_put(writer, "exited with status ");
		text_put_u64(writer, (uint64_t)WEXITSTATUS(status));
	}
	if (child->state != SUPERVISE_WAITING)
		return;
	if (child->due == INT64_MAX || child->due <= now) {
		text_put(writer, "; again now");
	} else {
		text_put(writer, "; again in ");
		text_put_duration(writer, child->due - now);
	}
}

int supervise_exit_code(int status)
{
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}
