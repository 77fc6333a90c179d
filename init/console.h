/*
 * The console: PID 1's own descriptors, and the terminals of the shells.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "init/consoles.h"
#include "init/window.h"

/* Descriptors 0, 1 and 2 become /dev/console, or /dev/null where that does
 * not open, whatever they were; called again once /dev is mounted. PID 1
 * writes to the console without blocking. Returns 0 or -errno of the
 * console. */
MUST_CHECK int console_open(void);

/* The terminals for shells: those that LIST names, separated by commas; when
 * it is empty, those that the kernel has as consoles, the preferred first;
 * else what CMDLINE says; and /dev/console when none of them is there. One
 * that does not open, or has no hardware behind it, is left out and told. */
void console_find(struct consoles *consoles, const char *list,
		  struct span cmdline);

/* Whether a terminal is not there that LIST, as in console_find(), or CMDLINE
 * names: its driver may not be loaded yet. */
bool console_is_absent(const char *list, struct span cmdline);

/* Whether PATH is what stands behind /dev/console. */
bool console_is_main(const char *path);

/* Asks the main console for the size of its window, unless that is known; the
 * answer comes while the machine boots. Returns when it asked (clock_ms()), 0
 * when it did not. */
int64_t console_ask(void);

/* Nobody will read that answer: the console is again as it was. */
void console_ask_no_more(void);

/* In a child: a session of its own with PATH as its controlling terminal and
 * its descriptors 0, 1 and 2. 0 or -errno. */
MUST_CHECK int console_take(const char *path);

/* In a child that has taken its console: gives it a size when it has none.
 * TOLD, when it is known; else the terminal's own answer, which may take
 * until ASKED and CONSOLE_ANSWER_MS; ASKED is 0 when nobody asked yet. What
 * was typed meanwhile is kept. */
void console_fit(const struct window *told, int64_t asked);

#define CONSOLE_ANSWER_MS 150

/* Writes TEXT to the terminal PATH without blocking; what it does not take is
 * lost. 0 or -errno. */
MUST_CHECK int console_write(const char *path, struct span text);
