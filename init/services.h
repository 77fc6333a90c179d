/*
 * The children that work for the boot: the one that loads drivers, phase-net,
 * and phase-discover (searching.h). What they find comes back as records
 * (facts.h).
 */
#pragma once

#include <stdbool.h>

#include "init/child.h"
#include "init/drivers.h"

struct boot;

struct services {
	struct drivers_child drivers;
	struct child net;
	/* Why there is no network at all, or NULL. */
	const char *net_trouble;
	/* Storage of the children's arguments. */
	char log_level[2];
	const char *net_argv[10];
	char boot_wait[16];
};

/* Defines the children and starts the first two: phase-net is up when the
 * first NIC is. */
void services_start(struct boot *boot);

/* The machine is to be switched off: services_end() gives leases back. */
void services_release(struct boot *boot);

/* The first sessions are starting. */
void services_open(struct boot *boot);

void services_end(struct boot *boot);

/* They are wanted all the same. */
void services_resume(struct boot *boot);

/* A record of phase-discover. */
void services_discovered(struct boot *boot, struct span line);

/* Whether PID was one of theirs. */
bool services_reaped(struct boot *boot, int pid, int status);
