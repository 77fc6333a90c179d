/*
 * What the pure parts cost: cases of a size that is asked for, to be timed
 * (tests/bench/growth.py) or counted in instructions (tests/lint/instructions).
 * Input is made beforehand and is not measured; the same size is the same
 * input, everywhere and always.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define COST_INPUT_MAX (32u << 20)
#define COST_PACKETS_MAX 100000

struct cost {
	unsigned int n;
	void *state; /* of the part that is measured; zero, and its own pages */
	struct writer input;
	/* The packets of input, or its lines */
	unsigned int n_packets;
	struct span packets[COST_PACKETS_MAX];
};

struct cost_case {
	const char *name;
	unsigned int counted; /* the size that instructions are counted at */
	size_t state_size;
	void (*make)(struct cost *cost);
	void (*run)(struct cost *cost);
};

/* What was written to cost->input since START is a packet. */
void cost_packet(struct cost *cost, size_t start);

/* Ends the program unless R is 0: the case does not do what it says. */
void cost_check(int r, const char *what);

/* Each ends with a case without a name. */
extern const struct cost_case cost_modules[];
extern const struct cost_case cost_discover[];
extern const struct cost_case cost_boot[];
