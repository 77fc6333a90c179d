/* See ending.h. */
#include "init/ending.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"

/* What processes get to end by themselves, and then to be killed in. */
#define TERM_MS 2000
#define KILL_MS 1000

static void finish(struct ending *ending)
{
	int r;

	loop_set_timer(ending->loop, &ending->timer, CLOCK_NEVER);
	r = power_report_status(ending->status);
	if (r < 0 && r != -ENOENT)
		log_warning("the host was not told status %d: %s",
			    ending->status, strerror(-r));
	ending->state = ENDING_OVER;
	r = power_switch(ending->action);
	log_error("%s failed: %s; you may switch the machine off",
		  power_action_name(ending->action), strerror(-r));
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct ending *ending = timer->owner;

	switch (ending->state) {
	case ENDING_TERMINATING:
		ending->state = ENDING_KILLING;
		kill(-1, SIGKILL);
		loop_set_timer(loop, timer, loop->now + KILL_MS);
		break;
	case ENDING_KILLING:
		log_warning("a process does not die; not waiting for it");
		finish(ending);
		break;
	case ENDING_NOT:
	case ENDING_OVER:
		break;
	}
}

void ending_init(struct ending *ending, struct loop *loop)
{
	*ending = (struct ending){
		.loop = loop,
		.timer = { CLOCK_NEVER, timer_expired, ending },
	};
}

void ending_begin(struct ending *ending, enum power_action action, int status)
{
	if (ending->state != ENDING_NOT)
		return;
	ending->state = ENDING_TERMINATING;
	ending->action = action;
	ending->status = status;
	log_info("%s", power_action_name(action));
	kill(-1, SIGTERM);
	/* Stopped ones have to run to die. */
	kill(-1, SIGCONT);
	loop_set_timer(ending->loop, &ending->timer,
		       ending->loop->now + TERM_MS);
}

void ending_no_child(struct ending *ending)
{
	switch (ending->state) {
	case ENDING_TERMINATING:
	case ENDING_KILLING:
		finish(ending);
		break;
	case ENDING_NOT:
	case ENDING_OVER:
		break;
	}
}

bool ending_is_near(const struct ending *ending)
{
	return ending->state != ENDING_NOT;
}
