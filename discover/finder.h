/*
 * The search: queriers on every interface and health checks, all at once, and
 * what they have found. It ends at its deadline, or sooner when nothing can
 * come any more or, with --first, once a good service is there.
 *
 * Order of a service's life: the querier finds it (or it was given, or
 * guessed), its health is checked where it has any, and then it is settled:
 * from then on it counts, and is told. What is still being checked at the
 * deadline is settled unchecked, but for guesses, which then are none.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "discover/options.h"
#include "discover/output.h"
#include "discover/probe.h"
#include "discover/querier.h"
#include "discover/service.h"
#include "discover/socket.h"

#define FINDER_INTERFACES_MAX OPTIONS_INTERFACES_MAX
#define FINDER_SERVICES_MAX 128
#define FINDER_PROBES_MAX 16
#define FINDER_PROBE_MS 1000 /* for one address to answer in */
/* Packets of one socket in one turn of the loop, so that a flood on one
 * interface does not keep the others waiting. */
#define FINDER_BURST 16

enum finder_progress {
	FINDER_WAITING,	 /* for a free probe */
	FINDER_CHECKING, /* a probe is at it */
	FINDER_SETTLED,	 /* counts, and was told */
	FINDER_DROPPED,	 /* gone, or a guess that was none */
};

struct finder_service {
	enum finder_progress progress;
	struct service service;
};

struct finder_nic {
	struct finder *finder;
	struct socket_interface interface;
	struct loop_source
		sources[2]; /* IPv4, IPv6; fd -1 when there is none */
	struct loop_timer timer;
	struct querier querier;
};

struct finder {
	const struct options *options;
	struct loop *loop;
	/* Told when a service settles or is lost; not after the end. */
	void (*changed)(struct finder *finder, enum output_event event,
			const struct service *service);
	void *owner;
	int64_t started, end;
	bool is_over;
	struct loop_timer timer;
	unsigned int n_nics;
	struct finder_nic nics[FINDER_INTERFACES_MAX];
	unsigned int n_services;
	struct finder_service services[FINDER_SERVICES_MAX];
	struct probe probes[FINDER_PROBES_MAX];
	unsigned long n_over; /* services over FINDER_SERVICES_MAX */
};

/* Opens the sockets of the interfaces. -ENODEV when one that was named does
 * not exist, with its name in *RET_MISSING. */
MUST_CHECK int finder_open(struct finder *finder, struct loop *loop,
			   const struct options *options,
			   const char **ret_missing);

/* Begins; GATEWAYS are tried at their ports. The loop stops at the end. */
void finder_start(struct finder *finder, const struct options_gateway *gateways,
		  unsigned int n_gateways);

/* The settled services, the best first; at most FINDER_SERVICES_MAX. */
unsigned int finder_rank(const struct finder *finder,
			 const struct service **ret_ranked);

/* Everything that a cap left out. */
unsigned long finder_n_over(const struct finder *finder);
