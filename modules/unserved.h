/*
 * The modaliases that devices asked for and nothing served, for a report:
 * each once, in the order of their coming.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

#define MODULES_UNSERVED_MAX 64
#define MODULES_UNSERVED_SIZE 6144

struct modules_unserved {
	unsigned int n_listed;
	unsigned int n_left_out; /* no room; each time that it was asked for */
	struct span list[MODULES_UNSERVED_MAX]; /* into text */
	size_t text_len;
	uint8_t text[MODULES_UNSERVED_SIZE];
};

void modules_unserved_init(struct modules_unserved *unserved);

/* Copies MODALIAS, unless it is there. */
void modules_unserved_add(struct modules_unserved *unserved,
			  struct span modalias);

/* Takes MODALIAS off the list. Its place in the text is not used again. */
void modules_unserved_remove(struct modules_unserved *unserved,
			     struct span modalias);
