/* See root.h. */
#include "init/root.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/record.h"
#include "init/switch_root.h"

/* The child knows its deadline; when it is over by this it hangs. */
#define GRACE_MS 5000
/* What children get to end in when they were told to, and then to be killed
 * in. Supervision sends them KILL after 2 s. */
#define LEAVE_MS 4000
#define KILL_MS 1000

static void fail(struct root *root)
{
	root->state = ROOT_STATE_FAILED;
	loop_set_timer(root->child.loop, &root->timer, CLOCK_NEVER);
	root->failed(root);
}

static void leave(struct root *root)
{
	int r;

	loop_set_timer(root->child.loop, &root->timer, CLOCK_NEVER);
	log_notice("going over to %s of the root file system", root->init);
	r = switch_root(root->init, root->argv, environ);
	log_error("cannot go over to %s of the root file system: %s",
		  root->init, strerror(-r));
	fail(root);
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct root *root = timer->owner;

	switch (root->state) {
	case ROOT_STATE_NONE:
	case ROOT_STATE_FAILED:
		break;
	case ROOT_STATE_AWAITED:
		log_error("the root file system: its disk does not answer");
		/* First, or its end would be another failure. */
		root->state = ROOT_STATE_FAILED;
		child_unwant(&root->child);
		fail(root);
		break;
	case ROOT_STATE_LEAVING:
		/* What does not die then is left to the new init. */
		if (root->killed) {
			leave(root);
			break;
		}
		root->killed = true;
		kill(-1, SIGKILL);
		loop_set_timer(loop, timer, loop->now + KILL_MS);
		break;
	}
}

/* "root init=/sbin/init" */
static void line(struct child *child, struct span text)
{
	struct root *root = child->owner;
	struct record record;

	if (record_parse(text, &record) < 0 || !span_is(record.event, "root") ||
	    record_get(&record, "init", root->init, sizeof(root->init)) < 0)
		log_warning("phase-root: a record that is none");
}

static void ended(struct child *child, int status)
{
	struct root *root = child->owner;

	if (root->state != ROOT_STATE_AWAITED)
		return;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !root->init[0]) {
		fail(root);
		return;
	}
	root->state = ROOT_STATE_LEAVING;
	loop_set_timer(child->loop, &root->timer, child->loop->now + LEAVE_MS);
	root->ready(root);
}

void root_start(struct root *root, struct loop *loop,
		const struct root_spec *spec, int64_t timeout_ms)
{
	if (spec->kind == ROOT_NONE)
		return;
	root->child.name = "phase-root";
	root->child.policy = SUPERVISE_ONCE;
	root->child.reports = true;
	root->child.line = line;
	root->child.ended = ended;
	root->child.owner = root;
	root->timer = (struct loop_timer){ CLOCK_NEVER, timer_expired, root };
	child_init(&root->child, loop);
	root->state = ROOT_STATE_AWAITED;
	if (spec->timeout_ms > timeout_ms)
		timeout_ms = spec->timeout_ms;
	loop_set_timer(loop, &root->timer, loop->now + timeout_ms + GRACE_MS);
	child_want(&root->child);
}

void root_no_child(struct root *root)
{
	if (root->state == ROOT_STATE_LEAVING)
		leave(root);
}

bool root_is_awaited(const struct root *root)
{
	return root->state == ROOT_STATE_AWAITED ||
	       root->state == ROOT_STATE_LEAVING;
}

bool root_is_leaving(const struct root *root)
{
	return root->state == ROOT_STATE_LEAVING;
}
