/*
 * When a question to a whole link is asked again: at once, after 250 ms and
 * after 1 s, as interfaces that have just come up lose packets; then every
 * minute, as long as its owner goes on.
 *
 * Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_INTERVAL_MS 60000

struct schedule {
	unsigned int n_asked; /* since the start, up to the last quick one */
	int64_t due;	      /* CLOCK_NEVER while stopped */
};

/* The first one is due at NOW; what was planned before is forgotten. */
void schedule_start(struct schedule *schedule, int64_t now);

void schedule_stop(struct schedule *schedule);

/* Whether to ask at NOW. One that comes late asks once, and the next one
 * counts from there: no burst after a suspend. */
bool schedule_is_time(struct schedule *schedule, int64_t now);
