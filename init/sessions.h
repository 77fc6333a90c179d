/*
 * The children that work for people: a shell on every console, or the command
 * of phase.run; and when they come, with the banner before them.
 */
#pragma once

#include <stdbool.h>

#include "init/child.h"
#include "init/console.h"

#define SESSION_ENVIRONMENT_MAX 8 /* TERM, SHELL_ENVIRONMENT, NULL */

struct boot;

struct session {
	struct child child;
	char name[CONSOLE_PATH_MAX + 16]; /* "shell on ttyAMA0" */
	const char *envp[SESSION_ENVIRONMENT_MAX];
};

struct sessions {
	bool started;
	unsigned int n;
	struct session list[CONSOLES_MAX];
	struct consoles consoles;
	struct window window; /* phase.console.size= */
	int64_t asked;	      /* as console_ask() returned it */
	const char *shell;    /* the program */
	char shell_name[32];  /* "-sh": a login shell */
	const char *shell_argv[2];
	const char *run_argv[4];
	struct loop_timer patience; /* when they come in any case */
	bool awaits_provider;	    /* there is a network to find one in */
	bool awaits_search;	    /* its end is not yet known */
	int64_t asked_ms; /* since when all in that network are asked */
	bool is_overdue;  /* it is drivers alone that they wait for */
	int64_t need_due; /* when what phase.need= asks for has to be there */
};

/* Early: what the terminals take time for. */
void sessions_prepare(struct boot *boot);

/* The drivers are loaded, and nobody has a lease yet: how long the sessions
 * wait for one. */
void sessions_await_lease(struct boot *boot);

/* There is a network to find providers in: how long they wait for that. */
void sessions_await_provider(struct boot *boot);

/* A provider is there: the others, which were asked when it was, have the rest
 * of a moment left, to be shown with it; if there is a network to use it in. */
void sessions_hurry(struct boot *boot);

/* Starts them when there is nothing left to wait for. */
void sessions_consider(struct boot *boot);

/* There will be no real root: they come. */
void sessions_root_failed(struct boot *boot);

/* Those that run go on, and no others come. */
void sessions_retire(struct boot *boot);

void sessions_end(struct boot *boot);

/* Whether PID was one of theirs. */
bool sessions_reaped(struct boot *boot, int pid, int status);
