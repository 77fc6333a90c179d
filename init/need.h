/*
 * phase.need=: what of the network a command of phase.run cannot do without.
 * Pure.
 */
#pragma once

#include "init/facts.h"

enum need {
	NEED_NONE,
	NEED_NIC,
	NEED_LEASE,
	NEED_PROVIDER, /* one that suits */
};

/* 0 when there is what NEED asks for; else the status (status.h) of the first
 * thing that is missing, so that a provider that could not be found for want
 * of a lease is told as that. */
int need_missing(int need, const struct facts *facts);

/* "no lease", for a status of need_missing(). */
const char *need_text(int status);
