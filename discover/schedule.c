/* See schedule.h. */
#include "discover/schedule.h"

#include "base/clock.h"
#include "base/compiler.h"

void schedule_start(struct schedule *schedule, int64_t now)
{
	schedule->n_asked = 0;
	schedule->due = now;
}

void schedule_stop(struct schedule *schedule)
{
	schedule->due = CLOCK_NEVER;
}

bool schedule_is_time(struct schedule *schedule, int64_t now)
{
	static const int64_t quick_ms[] = { 250, 750 };

	if (now < schedule->due)
		return false;
	if (schedule->n_asked < ARRAY_SIZE(quick_ms))
		schedule->due = now + quick_ms[schedule->n_asked++];
	else
		schedule->due = now + SCHEDULE_INTERVAL_MS;
	return true;
}
