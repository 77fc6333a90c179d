/*
 * The services that a search has found: their checks, their order, and when
 * it is over. It ends at its deadline, or sooner when nothing can come any
 * more, when what was asked for by name is known, or with --first once a good
 * service is there. With --watch it only ends when it is stopped.
 *
 * Order of a service's life: a source finds it, its health and manifest are
 * checked where it has any, and then it is settled: from then on it counts,
 * and is told. What is still being checked at the end is settled unchecked,
 * but for guesses, which then are none.
 *
 * Checks come again after intervals that double, and begin anew when the
 * network changes: at first of what could not be asked, since our own address
 * or the route is not there yet; in a watch then of all that has not answered
 * (the first time after a change, of everything), and at last of everything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "discover/options.h"
#include "discover/output.h"
#include "discover/probe.h"
#include "discover/search.h"
#include "discover/service.h"

/* More than all that multicast DNS keeps, whatever floods there are: see
 * search.h. */
#define FINDER_SERVICES_MAX 144
#define FINDER_PROBES_MAX 8
/* For one address to answer in: Linux sends a SYN that was lost again after a
 * second. */
#define FINDER_PROBE_MS 1500
/* How long a guess that has answered is held back after the start, and after
 * the network has changed: what is announced is better than a guess, and who
 * announces it may be who was guessed. */
#define FINDER_GUESS_MS 100
#define FINDER_RETRY_MS 300	    /* the first interval */
#define FINDER_RECHECK_MS 1200	    /* from here on what has not answered */
#define FINDER_RECHECK_MAX_MS 60000 /* everything; it grows no further */

enum finder_progress {
	FINDER_FREE,	 /* none, or gone */
	FINDER_WAITING,	 /* for a free probe */
	FINDER_CHECKING, /* a probe is at it */
	FINDER_HELD,	 /* a guess that has answered, too soon */
	FINDER_SETTLED,	 /* counts, and was told */
	FINDER_DROPPED,	 /* a guess that was none */
};

struct finder_service {
	enum finder_progress progress;
	bool is_told;
	bool is_mute; /* the last check could not begin */
	/* What was told last, to see what is new. */
	enum service_health told_health;
	enum service_manifest told_manifest;
	unsigned int told_address;
	bool has_changed; /* something else, since then */
	struct service service;
};

struct finder {
	/* Set by the owner. */
	const struct options *options;
	struct loop *loop;
	/* Something is new of SERVICE, which is the one to take or not. Not
	 * told after the end. */
	void (*changed)(struct finder *finder, enum output_event event,
			const struct service *service, bool is_best);
	/* The first search is over. Told once. */
	void (*searched)(struct finder *finder);
	void *owner;

	int64_t started, end;
	bool is_searched, is_over;
	struct loop_timer timer, guess_timer, recheck_timer;
	int64_t recheck_interval;
	unsigned int n_places;	  /* that were ever taken: the others' memory is
				* not touched */
	bool has_network_changed; /* since the last check of all */
	struct search_again again; /* of what did not answer */
	struct finder_service services[FINDER_SERVICES_MAX];
	const struct finder_service *best; /* NULL: none that suits */
	unsigned long n_over; /* services over FINDER_SERVICES_MAX */
	struct probe probes[FINDER_PROBES_MAX];
	struct search search;
};

/* Errors are those of search_open(). */
MUST_CHECK int finder_open(struct finder *finder, const char **ret_missing);

/* Begins. The loop stops at the end. */
void finder_start(struct finder *finder);

/* Ends it now. */
void finder_finish(struct finder *finder);

/* The network has changed: see search_take_record(). */
void finder_take_record(struct finder *finder, struct span line);

/* The services that were told, the best first; at most FINDER_SERVICES_MAX. */
unsigned int finder_rank(const struct finder *finder,
			 const struct service **ret_ranked);

/* Everything that a limit left out. */
unsigned long finder_n_over(const struct finder *finder);
