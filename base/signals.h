/*
 * Blocking signals, without blocking those that say that the process itself
 * is wrong: the kernel kills a process for a fault whose signal is blocked,
 * and panics when that is process 1.
 */
#pragma once

#include <signal.h>

#include "base/compiler.h"

#define SIGNALS_FAULTS 7

/* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP. */
extern const int signals_faults[SIGNALS_FAULTS];

/* All signals but those. */
void signals_fill(sigset_t *ret_set);
