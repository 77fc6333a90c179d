/*
 * PID 1's side of phase-discover: when it runs, and who is told of what it
 * finds: the file /run/phase/services.json (providers_file.h), the sessions,
 * and who reads the console, in a few lines however many providers come and go.
 */
#pragma once

#include <stdbool.h>

#include "init/child.h"
#include "init/discovery.h"
#include "init/providers_file.h"
#include "init/quota.h"

struct boot;

struct searching {
	struct child child;
	const char *argv[DISCOVERY_ARGUMENTS_MAX];
	struct discovery discovery;
	bool is_off;  /* not wanted, or vain */
	bool is_over; /* the one that runs has said so */
	bool is_deaf; /* the one that runs does not read */
	struct providers_file file;
	struct quota quota; /* of lines on the console */
	struct loop_timer summary;
	bool told_over;
	bool is_alone;		  /* by searching_alone() */
	struct loop_timer linked; /* a carrier without an address */
};

/* Defines the child. */
void searching_init(struct boot *boot);

/* A line of phase-net, before it has become a fact: it may be for
 * phase-discover too. */
void searching_hear(struct boot *boot, struct span line);

/* A NIC has carrier: link-local addresses will do, if no other comes soon. */
void searching_carrier(struct boot *boot);

/* A NIC has an address that sessions may go by. */
void searching_address(struct boot *boot);

/* phase-net cannot be had. Where the kernel has an address of its own all the
 * same, the search begins. */
void searching_alone(struct boot *boot);

/* What has become of a record of phase-discover: a provider is new or has
 * changed, one has gone, the search is over. */
void searching_found(struct boot *boot, struct provider *provider);
void searching_lost(struct boot *boot);
void searching_over(struct boot *boot);
