/*
 * Going through modules.alias, which has 30,000 lines on a full kernel, for
 * many modaliases at once. Its lines come in runs of one bus (`pci:`, `of:`),
 * for most of which a machine has few devices or none: these are passed over
 * quickly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

#define MODULES_PASS_MAX 128

struct modules_pass {
	struct reader lines;
	const struct span *texts;
	unsigned int count;
	const bool *closed;
	struct span bus;     /* of the line before; empty: none */
	unsigned int n_near; /* texts of that bus, all where it is none */
	uint8_t near[MODULES_PASS_MAX]; /* their places in texts */
};

/* Begins with FILE for COUNT modaliases or names, MODULES_PASS_MAX at most,
 * but those that are CLOSED; it may be NULL. They all stay the caller's. */
void modules_pass_begin(struct modules_pass *pass, struct span file,
			const struct span *texts, unsigned int count,
			const bool *closed);

/* The next line, a pattern and the name of a module, that may be of some of
 * the texts: those that are near. They are to be matched. */
bool modules_pass_next(struct modules_pass *pass, struct span *ret_pattern,
		       struct span *ret_name);
