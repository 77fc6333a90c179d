/*
 * The console: PID 1's own descriptors, and the terminal of the shell.
 */
#pragma once

#include "base/compiler.h"

#define CONSOLE_PATH_MAX 64

/* Descriptors 0, 1 and 2 become /dev/console, or /dev/null where that does
 * not open, whatever they were; called again once /dev is mounted. PID 1
 * writes to the console without blocking. Returns 0 or -errno of the
 * console. */
MUST_CHECK int console_open(void);

/* The device that can be a shell's controlling terminal: what stands behind
 * /dev/console. RET_PATH takes CONSOLE_PATH_MAX bytes. */
void console_find(char *ret_path);

/* In a child: a session of its own with PATH as its controlling terminal and
 * its descriptors 0, 1 and 2. 0 or -errno. */
MUST_CHECK int console_take(const char *path);
