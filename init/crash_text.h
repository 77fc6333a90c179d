/*
 * The words of a crash: what a fault's signal, code and address mean.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"

struct crash_cause {
	int signo;
	int code;	  /* siginfo's */
	int sender;	  /* pid, when somebody has sent it */
	uint64_t address; /* of the fault */
};

#define CRASH_CALLERS_MAX 16

/* Where it was; offsets are into the binary's file, as addr2line takes them. */
struct crash_place {
	uint64_t base; /* where the binary is in memory */
	bool is_fixed; /* and in its file: then its addresses are those */
	uint64_t size; /* of its code, from there on */
	uint64_t pc, sp;
	uint64_t callers[CRASH_CALLERS_MAX]; /* addresses; the nearest first */
	unsigned int n_callers;
};

/* "SIGSEGV at address 0x10: nothing is mapped there". */
void crash_put_cause(struct writer *writer, const struct crash_cause *cause);

/* "/at-0x40000000", where `make init BASE=0x40000000` has put the binary that
 * knows what its addresses are; nothing for one of no fixed address. */
void crash_put_directory(struct writer *writer,
			 const struct crash_place *place);

/* "init+0x1a2b, sp 0x7ffc..., called from init+0x..."; an address outside of
 * the code is told as it is. */
void crash_put_place(struct writer *writer, const struct crash_place *place);

/* Whether ADDRESS is in the code. */
bool crash_is_code(const struct crash_place *place, uint64_t address);
