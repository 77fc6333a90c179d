/* See quota.h. */
#include "init/quota.h"

bool quota_take(struct quota *quota, int64_t now)
{
	if (now >= quota->until) {
		quota->until = now + QUOTA_MS;
		quota->n = 0;
	}
	if (quota->n == QUOTA_MAX) {
		quota->n_held++;
		return false;
	}
	quota->n++;
	return true;
}

unsigned long quota_held(struct quota *quota)
{
	unsigned long n_held = quota->n_held;

	quota->n_held = 0;
	return n_held;
}
