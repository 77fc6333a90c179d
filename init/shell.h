/*
 * Which shell this machine has.
 */
#pragma once

#include "base/writer.h"

#define SHELL_PATH "PATH=/sbin:/bin:/usr/sbin:/usr/bin"

/* What a shell finds set beside TERM, which depends on its terminal. */
#define SHELL_ENVIRONMENT                                                      \
	SHELL_PATH, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh"

/* The first that can be executed of the places where a shell may be: a
 * string that lives for ever; NULL when there is none. */
const char *shell_find(void);

/* The same for who wants one all the same: where there is none that is told,
 * with what there is instead. Never NULL. */
const char *shell_choose(void);

/* For people who find themselves without one: where it was looked for, and
 * what there is instead. One line, without its newline. */
void shell_put_missing(struct writer *writer);
