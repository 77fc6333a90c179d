/*
 * How PID 1 calls phase-discover (docs/phase-discover.8).
 */
#pragma once

#include "init/facts.h"
#include "init/params.h"

#define DISCOVERY_PATH "/sbin/phase-discover"
#define DISCOVERY_ARGUMENTS_MAX 20
#define DISCOVERY_EXIT_USAGE 2
/* It searches for 10 s; a second more is for a machine that is busy. */
#define DISCOVERY_LIMIT_MS 11000

/* Fills ARGV, of DISCOVERY_ARGUMENTS_MAX, from what the user wants and what
 * is known of the network. It points into both. */
void discovery_set_arguments(const char **argv, const struct params *params,
			     const struct facts *facts);
