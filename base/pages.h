/*
 * Memory of a command's own that is too large for a stack. As static variables
 * it would take as little before it is touched, but lie between the code and
 * what process 1 has: on arm64 code reaches a megabyte around it in a single
 * instruction, and is built for that (the Makefile's CPU_FLAGS_arm64).
 */
#pragma once

#include <stddef.h>

/* SIZE zeroed bytes until the process ends, or NULL and errno. */
void *pages_take(size_t size);
