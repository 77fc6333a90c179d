/*
 * Cutting a stream into lines, in a fixed buffer. A line that is longer than
 * the buffer is dropped whole and counted; what follows it is read again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/reader.h"

#define LINES_SIZE 2049 /* RECORD_LINE_MAX and its newline */

struct lines {
	uint8_t buffer[LINES_SIZE];
	size_t start;  /* of what no line has been made of yet */
	size_t len;    /* of what is in the buffer, from its beginning */
	bool skipping; /* inside a line that was too long */
	unsigned long n_dropped;
};

void lines_init(struct lines *lines);

/* Where the next bytes of the stream go, and how many may; never 0 once
 * lines_next() has returned false. */
void *lines_place(struct lines *lines, size_t *ret_room);

/* COUNT bytes have been put there. */
void lines_filled(struct lines *lines, size_t count);

/* The next whole line, without its newline; false when there is none. The
 * line is good until the next call of any of these. */
bool lines_next(struct lines *lines, struct span *ret_line);
