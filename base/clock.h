/*
 * The one clock: time since boot, suspend included. Deadlines are absolute
 * and in its milliseconds; CLOCK_NEVER is after all of them.
 */
#pragma once

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* CLOCK_BOOTTIME, or CLOCK_MONOTONIC where the kernel has only that. */
int64_t clock_ms(void);
int64_t clock_ns(void);
