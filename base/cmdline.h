/*
 * The kernel's command line, cut into words as the kernel itself does
 * (lib/cmdline.c, next_arg()): blanks separate, double quotes keep blanks
 * together and are dropped around a whole word or a whole value, there is no
 * escape, and what follows a lone "--" is for init's own argument list.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"

/* What the kernel takes (COMMAND_LINE_SIZE is 2048 on both, 4096 at most). */
#define CMDLINE_MAX 4096

struct cmdline_word {
	struct span name;
	struct span value; /* empty without one */
	bool has_value;	   /* there was a '=' */
};

/* The kernel's isspace(): ASCII's, and the no-break space of Latin-1. */
bool cmdline_is_space(uint8_t byte);

/* The next word of READER, which stands on the command line; false at its
 * end, and at "--". The word points into the command line. */
bool cmdline_next(struct reader *reader, struct cmdline_word *ret_word);
