/* See ending.h. */
#include "init/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/exit_port.h"
#include "init/process.h"

/* What terminals get to send what they hold: 4 KB at 9600 baud. */
#define DRAIN_S 5
/* What processes get to end by themselves, and then to be killed in. */
#define TERM_MS 2000
#define KILL_MS 1000
/* How long disks may do nothing while there is something to do, and how long
 * all of it may take. */
#define SYNC_MS 10000
#define SYNC_MAX_MS (15 * 60 * 1000)
#define NAMES_MS 1000
/* How long a way to switch off may take before the next is tried. Drivers
 * spin disks down. */
#define SWITCH_MS 10000
/* For our own last words. */
#define LAST_DRAIN_S 2

static void enter(struct ending *ending, enum ending_state state, int64_t ms)
{
	ending->state = state;
	ending->n_helpers = 0;
	loop_set_timer(ending->loop, &ending->timer,
		       ms < 0 ? CLOCK_NEVER : ending->loop->now + ms);
}

/* Processes that may hang. The state that has started one awaits it. */

typedef int helper_function(const struct ending *ending, const char *argument);

static int help_drain(const struct ending *ending UNUSED, const char *path)
{
	int fd AUTO_CLOSE = open(path,
				 O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		process_drain(fd, DRAIN_S);
	return 0;
}

static int help_sync(const struct ending *ending UNUSED,
		     const char *argument UNUSED)
{
	return unmount_all();
}

static int help_switch(const struct ending *ending, const char *argument UNUSED)
{
	int r;

	process_drain(STDERR_FILENO, LAST_DRAIN_S);
	/* A machine that is to start again, or to halt, is not to end. */
	if (ending->exit_port && !ending->told && ending->way == 0 &&
	    ending->action == POWER_OFF) {
		r = exit_port_write(ending->exit_port, ending->status);
		if (r < 0)
			log_error("phase.exit-port=: %s", strerror(-r));
	}
	return -power_ask(ending->action, ending->way);
}

static int start_helper(struct ending *ending, helper_function *helper,
			const char *argument)
{
	int pid = process_fork();

	if (pid == 0)
		_exit(helper(ending, argument));
	if (pid > 0 && ending->n_helpers < ENDING_HELPERS_MAX)
		ending->helpers[ending->n_helpers++] = pid;
	return pid < 0 ? pid : 0;
}

/* The steps, from the last to the first. */

static void give_up(struct ending *ending)
{
	enter(ending, ENDING_OVER, -1);
	log_error("%s failed; the machine may be switched off by hand, and "
		  "ctrl-alt-del tries to restart it",
		  power_action_name(ending->action));
}

static void switch_off(struct ending *ending, unsigned int way)
{
	int r;

	while (way < power_ways(ending->action)) {
		ending->way = way++;
		enter(ending, ENDING_SWITCHING, SWITCH_MS);
		r = start_helper(ending, help_switch, NULL);
		if (r == 0)
			return;
		/* No process to be had: then PID 1 takes the risk. */
		r = help_switch(ending, NULL);
		if (r == 0)
			return;
		log_error("%s by %s: %s", power_action_name(ending->action),
			  power_way_name(ending->way), strerror(r));
	}
	give_up(ending);
}

static void end_file_systems(struct ending *ending)
{
	int r;

	/* First, as this needs no disk. */
	r = power_report_status(ending->status);
	ending->told = r == 0;
	if (r < 0 && (r != -ENOENT || ending->exit_port))
		log_write(r == -ENOENT ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
			  "the host was not told status %d: %s", ending->status,
			  r == -ENOENT ? "no such port" : strerror(-r));
	unmount_look(&ending->progress);
	ending->sync_until = ending->loop->now + SYNC_MAX_MS;
	enter(ending, ENDING_SYNCING, SYNC_MS);
	r = start_helper(ending, help_sync, NULL);
	if (r < 0) {
		log_error("file systems are not unmounted: %s", strerror(-r));
		sync();
		switch_off(ending, 0);
	}
}

/* Slow is not dead: disks that do something are waited for. */
static void sync_takes_long(struct ending *ending)
{
	int64_t now = ending->loop->now;
	struct unmount_progress progress;
	unsigned long long left;

	unmount_look(&progress);
	left = progress.left / 1024;
	if ((progress.left < ending->progress.left ||
	     progress.done > ending->progress.done) &&
	    now < ending->sync_until) {
		log_notice("waiting for the disks, %llu KB are to be written",
			   left);
		ending->progress = progress;
		loop_set_timer(ending->loop, &ending->timer, now + SYNC_MS);
		return;
	}
	log_error("the disks do not go on, and are not waited for; %llu KB "
		  "were to be written",
		  left);
	kill(ending->helpers[0], SIGTERM);
	ending->state = ENDING_GIVING_UP;
	loop_set_timer(ending->loop, &ending->timer, now + NAMES_MS);
}

static void ask_the_rest(struct ending *ending)
{
	enter(ending, ENDING_TERMINATING, TERM_MS);
	ending->stop(ending->owner);
}

static void drain_terminals(struct ending *ending)
{
	const char *path;

	enter(ending, ENDING_DRAINING, DRAIN_S * 1000);
	for (unsigned int i = 0; i < ENDING_HELPERS_MAX; i++) {
		path = ending->terminal(ending->owner, i);
		if (!path)
			break;
		if (start_helper(ending, help_drain, path) < 0)
			log_debug("%s is not waited for", path);
	}
	if (ending->n_helpers == 0)
		ask_the_rest(ending);
}

/* Events. */

static void timer_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct ending *ending = timer->owner;

	switch (ending->state) {
	case ENDING_DRAINING:
		ask_the_rest(ending);
		break;
	case ENDING_TERMINATING:
		kill(-1, SIGKILL);
		enter(ending, ENDING_KILLING, KILL_MS);
		break;
	case ENDING_KILLING:
		log_warning("a process does not die; not waiting for it");
		end_file_systems(ending);
		break;
	case ENDING_SYNCING:
		sync_takes_long(ending);
		break;
	case ENDING_GIVING_UP:
		switch_off(ending, 0);
		break;
	case ENDING_SWITCHING:
		log_error("%s by %s hangs", power_action_name(ending->action),
			  power_way_name(ending->way));
		switch_off(ending, ending->way + 1);
		break;
	case ENDING_NOT:
	case ENDING_OVER:
		break;
	}
}

/* The last helper of the state is gone. STATUS is as of waitpid(). */
static void helpers_ended(struct ending *ending, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	switch (ending->state) {
	case ENDING_DRAINING:
		ask_the_rest(ending);
		break;
	case ENDING_SYNCING:
	case ENDING_GIVING_UP:
		switch_off(ending, 0);
		break;
	case ENDING_SWITCHING:
		/* Without an error it is only a matter of time. */
		if (code == 0)
			break;
		log_error("%s by %s: %s", power_action_name(ending->action),
			  power_way_name(ending->way), strerror(code));
		switch_off(ending, ending->way + 1);
		break;
	case ENDING_NOT:
	case ENDING_TERMINATING:
	case ENDING_KILLING:
	case ENDING_OVER:
		break;
	}
}

bool ending_reaped(struct ending *ending, int pid, int status)
{
	for (unsigned int i = 0; i < ending->n_helpers; i++) {
		if (ending->helpers[i] != pid)
			continue;
		ending->helpers[i] = ending->helpers[--ending->n_helpers];
		if (ending->n_helpers == 0)
			helpers_ended(ending, status);
		return true;
	}
	return false;
}

void ending_no_child(struct ending *ending)
{
	switch (ending->state) {
	case ENDING_TERMINATING:
	case ENDING_KILLING:
		end_file_systems(ending);
		break;
	case ENDING_NOT:
	case ENDING_DRAINING:
	case ENDING_SYNCING:
	case ENDING_GIVING_UP:
	case ENDING_SWITCHING:
	case ENDING_OVER:
		break;
	}
}

void ending_init(struct ending *ending, struct loop *loop)
{
	ending->loop = loop;
	ending->state = ENDING_NOT;
	ending->n_helpers = 0;
	ending->timer = (struct loop_timer){ CLOCK_NEVER, timer_expired,
					     ending };
}

void ending_begin(struct ending *ending, enum power_action action, int status)
{
	if (ending->state != ENDING_NOT && ending->state != ENDING_OVER)
		return;
	ending->action = action;
	log_info("%s", power_action_name(action));
	if (ending->state == ENDING_OVER) {
		switch_off(ending, 0);
		return;
	}
	ending->status = status;
	kill(-1, SIGTERM);
	/* Stopped ones have to run to die. */
	kill(-1, SIGCONT);
	drain_terminals(ending);
}

bool ending_is_near(const struct ending *ending)
{
	return ending->state != ENDING_NOT;
}
