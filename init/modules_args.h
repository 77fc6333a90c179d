/*
 * The arguments of phase-modules(8).
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/writer.h"

enum modules_action {
	MODULES_ACTION_LOAD,
	MODULES_ACTION_SHOW,	/* --show-depends */
	MODULES_ACTION_RESOLVE, /* --resolve */
	MODULES_ACTION_HELP,
	MODULES_ACTION_VERSION,
};

/* Strings are the caller's; NULL when they were not given. */
struct modules_args {
	enum modules_action action;
	const char *root;
	const char *release;
	const char *cmdline;
	bool no_config;
	bool json;
	bool quiet;
	bool verbose;
	unsigned int n_names; /* left at the start of the vector */
};

/*
 * Parses ARGV, which ends with NULL and does not begin with the program's
 * name. Names may stand between options and are moved to its front. -EINVAL
 * with one line for people in REASON, without an end.
 */
MUST_CHECK int modules_args_parse(char **argv, struct modules_args *ret_args,
				  struct writer *reason);

void modules_args_put_help(struct writer *writer);
