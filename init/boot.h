/*
 * What process 1 does, from its first instruction to the end of the machine:
 * boot.c starts everything and hears signals, services.c has the children that
 * work for the boot, searching.c the one of them that looks for providers,
 * sessions.c those that work for people, and when they come.
 */
#pragma once

#include <sys/utsname.h>

#include "base/cmdline.h"
#include "base/loop.h"
#include "init/child.h"
#include "init/ending.h"
#include "init/environment.h"
#include "init/facts.h"
#include "init/need.h"
#include "init/params.h"
#include "init/reporting.h"
#include "init/root.h"
#include "init/searching.h"
#include "init/services.h"
#include "init/sessions.h"

struct boot {
	struct loop loop;
	int64_t started_ns;
	struct reporting reporting;
	struct utsname kernel;
	char cmdline[CMDLINE_MAX + 1];
	size_t cmdline_len;
	struct params params;
	struct facts facts;
	struct environment environment;
	bool coldplugged; /* the drivers of what was there are loaded */
	struct services services;
	struct searching searching;
	struct sessions sessions;
	struct root root;
	struct ending ending;
};

/* ARGV is main()'s: the init of a real root gets it. */
NORETURN void boot_run(char **argv);

/* Ends everything, and then does ACTION; STATUS is for the host. The first
 * caller decides. */
void boot_end(struct boot *boot, enum power_action action, int status);

/* Users are about to come: what only they need is made ready, and what is not
 * known by now made up. Nothing that the network waits for. */
void boot_complete(struct boot *boot);

/* The kernel's command line. */
struct span boot_cmdline(const struct boot *boot);
