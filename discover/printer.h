/*
 * What people and programs see of a search, while it goes on and at its end:
 * a table, lines of JSON, records, lines of a template, warnings.
 *
 * What is asked of the terminal and the environment is asked in
 * printer_init(), before the program gives up its privileges; later nothing
 * is called but write().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "discover/finder.h"
#include "discover/options.h"
#include "discover/output.h"
#include "discover/service.h"
#include "discover/table.h"

enum exit_status {
	EXIT_FOUND = 0,
	EXIT_NOTHING = 1,
	EXIT_USAGE = 2,
};

struct printer {
	const struct options *options;
	bool is_terminal;    /* standard output is one */
	bool is_interactive; /* so is standard error */
	bool has_colour;
	bool has_progress;   /* a line that is to be wiped off the terminal */
	bool has_found;	     /* something that suits */
	bool has_failed;     /* standard output takes nothing any more */
	size_t limit;	     /* columns of standard output; 0 if no terminal */
	struct table stream; /* with --watch */
};

/* OPTIONS is the caller's and stays. */
void printer_init(struct printer *printer, const struct options *options);

/* Says what is searched for, to people who wait. */
void printer_begin(struct printer *printer, const struct finder *finder);

/* SERVICE was found, has changed or is gone. IS_BEST: of all that are known
 * now, it is the one to take. ELAPSED_MS: since the search began. */
void printer_change(struct printer *printer, enum output_event event,
		    const struct service *service, bool is_best,
		    int64_t elapsed_ms);

/* The first search is over: the record "done". Told once. */
void printer_searched(struct printer *printer, const struct finder *finder,
		      int64_t elapsed_ms);

/* The end of it: what is left to be printed, and the exit status. */
enum exit_status printer_conclude(struct printer *printer,
				  const struct finder *finder);
