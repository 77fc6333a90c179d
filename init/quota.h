/*
 * How often something may be said: QUOTA_MAX times, and again when QUOTA_MS
 * have passed since the first of them. What is held back is counted. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define QUOTA_MAX 8
#define QUOTA_MS 10000

struct quota {
	int64_t until; /* ms; when it may be said again */
	unsigned int n;
	unsigned long n_held;
};

/* Whether it may be said at NOW; then it is. */
bool quota_take(struct quota *quota, int64_t now);

/* How many were held back since the last call. */
unsigned long quota_held(struct quota *quota);
