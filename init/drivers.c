/* See drivers.h. */
#include "init/drivers.h"

#include <signal.h>

#include "base/log.h"

static void tell(struct drivers_child *drivers)
{
	if (drivers->told)
		return;
	drivers->told = true;
	loop_set_timer(drivers->child.loop, &drivers->silence, CLOCK_NEVER);
	drivers->coldplugged(drivers);
}

/* It is alive, as far as that matters still. */
static void await(struct drivers_child *drivers)
{
	if (!drivers->told)
		loop_set_timer(drivers->child.loop, &drivers->silence,
			       drivers->child.loop->now + DRIVERS_SILENCE_MS);
}

static void line(struct child *child, struct span text)
{
	struct drivers_child *drivers = child->owner;

	await(drivers);
	drivers->line(drivers, text);
}

void drivers_coldplugged(struct drivers_child *drivers)
{
	tell(drivers);
}

/* It has died, or could not be started. */
static void count_death(struct child *child)
{
	struct drivers_child *drivers = child->owner;

	if (++drivers->n_deaths < DRIVERS_DEATHS_MAX || drivers->told)
		return;
	log_warning("drivers: going on without those that are not loaded yet");
	tell(drivers);
}

static void ended(struct child *child, int status UNUSED)
{
	count_death(child);
}

static void silence_ended(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct drivers_child *drivers = timer->owner;

	log_warning("%s has said nothing for %d s, and is killed; going on "
		    "without it",
		    drivers->child.name, DRIVERS_SILENCE_MS / 1000);
	if (drivers->child.supervise.pid > 0)
		kill(-drivers->child.supervise.pid, SIGKILL);
	tell(drivers);
}

void drivers_start(struct drivers_child *drivers, struct loop *loop,
		   int (*run)(int argc, char **argv), const char *level)
{
	drivers->argv[0] = "phase-modules";
	drivers->argv[1] = "--child";
	drivers->argv[2] = "--log";
	drivers->argv[3] = level;
	drivers->child = (struct child){
		.name = "phase-modules",
		.policy = SUPERVISE_ALWAYS,
		.spec = { .argv = drivers->argv, .directory = "/", .run = run },
		.reports = true,
		.line = line,
		.failed = count_death,
		.ended = ended,
		.owner = drivers,
	};
	drivers->silence = (struct loop_timer){ CLOCK_NEVER, silence_ended,
						drivers };
	child_init(&drivers->child, loop);
	await(drivers);
	child_want(&drivers->child);
}
