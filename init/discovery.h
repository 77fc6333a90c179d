/*
 * How PID 1 calls phase-discover, and what it tells it (docs/phase-discover.8):
 * the records of phase-net about NICs and addresses, as they come; and all of
 * them at once to one that has just been started. Pure.
 */
#pragma once

#include "init/facts.h"
#include "init/params.h"

#define DISCOVERY_PATH "/sbin/phase-discover"
#define DISCOVERY_ARGUMENTS_MAX 16
#define DISCOVERY_EXIT_USAGE 2
/* It is done 10 s after it was started, or after the last news of the network;
 * a second more is for a machine that is busy. */
#define DISCOVERY_LIMIT_MS 11000
/* What is told of a NIC: no more than a pipe takes in one piece. */
#define DISCOVERY_NIC_MAX 4096

/* The leases as phase-net has told them: they say more than facts.h keeps. */
struct discovery {
	unsigned int n_leases;
	struct discovery_lease {
		char interface[FACTS_NAME_MAX];
		size_t len;
		uint8_t line[RECORD_LINE_MAX];
	} leases[FACTS_NICS_MAX];
};

/* Fills ARGV, of DISCOVERY_ARGUMENTS_MAX, from what the user wants. It points
 * into PARAMS. */
void discovery_set_arguments(const char **argv, const struct params *params);

/* Takes note of LINE of phase-net, without its newline. Whether it is for
 * phase-discover as well. */
bool discovery_hear(struct discovery *discovery, struct span line);

/* All that there is to tell of a NIC: DISCOVERY_NIC_MAX bytes at most. */
void discovery_put_nic(struct writer *writer, const struct discovery *discovery,
		       const struct facts_nic *nic);
