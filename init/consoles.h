/*
 * Which terminals get a shell: the consoles of the kernel, or those that the
 * user names. Pure; console.c opens them.
 *
 * The kernel's list is /proc/consoles (fs/proc/consoles.c), a line each:
 *	ttyAMA0              -W- (EC   a)  204:64
 * The one that it prefers, behind /dev/console, has a C. One without a device
 * number is no terminal, such as netconsole.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"

#define CONSOLES_MAX 8
#define CONSOLE_PATH_MAX 64

struct consoles {
	unsigned int n;
	char paths[CONSOLES_MAX][CONSOLE_PATH_MAX]; /* "/dev/ttyAMA0" */
	unsigned int n_over;			    /* there was no room for */
	unsigned int n_bad; /* names that cannot be one */
};

void consoles_init(struct consoles *consoles);

/* Adds /dev/NAME unless it is there already. NAME may begin with /dev/.
 * tty0 stands for whichever virtual terminal is in front and becomes tty1: a
 * session can't have it. */
void consoles_add(struct consoles *consoles, struct span name);

/* Adds what a text like /proc/consoles lists, the preferred one first. */
void consoles_add_listed(struct consoles *consoles, struct span text);

/* Adds what console= of the kernel's command line says, the last one, which is
 * the preferred, first. */
void consoles_add_cmdline(struct consoles *consoles, struct span cmdline);

/* Adds the names of a comma-separated list. */
void consoles_add_names(struct consoles *consoles, struct span list);

/* Whether PATH is a virtual terminal of the kernel's own, /dev/ttyN: one that
 * has a screen, not a line. */
bool consoles_is_virtual(const char *path);
