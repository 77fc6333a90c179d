/*
 * The phase.* words of the kernel's command line: one table that says for
 * each its name, its form, its default and its help. `init --help`, the
 * parser and the warnings all come from it.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"
#include "base/writer.h"
#include "init/window.h"

#define PARAMS_RUN_MAX 1024
#define PARAMS_URL_MAX 512
#define PARAMS_CHANNEL_MAX 64
#define PARAMS_LIST_MAX 256
#define PARAMS_PATH_MAX 256
#define PARAMS_NAME_MAX 65
#define PARAMS_ID_MAX 37

enum params_mode {
	PARAMS_MODE_INTERNET, /* everything may be asked */
	PARAMS_MODE_LOCAL,    /* nothing leaves the link */
	PARAMS_MODE_PRIVATE,  /* nothing sent identifies us */
};

enum params_discover {
	PARAMS_DISCOVER_OFF,
	PARAMS_DISCOVER_ONCE,  /* until a search is over */
	PARAMS_DISCOVER_WATCH, /* as long as the machine runs */
};

/* What follows when process 1 crashes. */
enum params_crash {
	PARAMS_CRASH_SHELL,
	PARAMS_CRASH_REBOOT,
	PARAMS_CRASH_FREEZE,
};

struct params {
	int mode;      /* enum params_mode */
	int log_level; /* 3 to 7, the kernel's numbers */
	int crash;     /* enum params_crash */
	int discover;  /* enum params_discover */
	int64_t wait_ms;
	int64_t net_timeout_ms;
	int64_t net_boot_wait_ms; /* what phase-net waits for boot options */
	int64_t root_timeout_ms;
	int need;		/* enum need */
	int64_t run_timeout_ms; /* 0: none */
	int exit_port;		/* 0: none */
	char channel[PARAMS_CHANNEL_MAX];
	char provider[PARAMS_URL_MAX];
	char run[PARAMS_RUN_MAX]; /* empty: a shell */
	char shell[PARAMS_PATH_MAX];
	char console[PARAMS_LIST_MAX]; /* empty: the kernel's consoles */
	struct window window;	       /* of these */
	char hostname[PARAMS_NAME_MAX];
	char machine_id[PARAMS_ID_MAX];
};

/* The defaults of the table. */
void params_init(struct params *params);

/* Takes over what the text of a command line says; of equal names the last
 * one counts. What is wrong is told to COMPLAIN, a line a call, with foreign
 * bytes escaped, and the parameter keeps the value that it had. */
void params_parse(struct params *params, struct span cmdline,
		  void (*complain)(const char *message));

const char *params_mode_name(int mode);

/* The table for people, a line a parameter. */
void params_put_help(struct writer *writer);
