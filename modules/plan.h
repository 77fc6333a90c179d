/*
 * The load plan: which modules are wanted, in the order of modprobe(8).
 * Before a module come the ones that it needs (modules.dep, read backwards),
 * and its soft dependencies before and after it; each comes once.
 *
 * Several modules may be on their way at once. A module is handed out when
 * those that go before it are loaded; one that fails takes those that need it
 * along. Soft dependencies are only an order: they hold up, and cancel nothing.
 * Whatever the files say, nothing ever waits for what comes later in the
 * order, so there is always one to go on with.
 *
 * With network_first those of kernel/net and drivers/net, virtio's transports,
 * and what they need, are handed out as soon as they can be, whatever was
 * wanted before them.
 *
 * The plan only grows. Later requests (a device that appeared) add to its
 * end, and a module that failed is not tried again, so that the machine says
 * so once.
 *
 * A blacklisted module is not loaded for its own sake nor as a soft
 * dependency, but still where another module needs it, as with modprobe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "modules/index.h"

/* A PC loads some 150. More are refused, request by request. */
#define MODULES_PLAN_MAX 512
#define MODULES_PLAN_CHAINS 256 /* a power of two */
/* Soft dependencies of soft dependencies; deeper ones are left out. */
#define MODULES_PLAN_DEPTH_MAX 16

enum modules_state {
	MODULES_WANTED,	 /* to be loaded when its turn comes */
	MODULES_LOADING, /* handed out, its result not told yet */
	MODULES_LATE,	 /* the same, but nobody should wait for it */
	MODULES_LOADED,
	MODULES_FAILED, /* see error; for good */
};

/* In the making of the plan. */
#define MODULES_MARK_VISITED 1u /* its needs are in the plan */
#define MODULES_MARK_ORDERED 2u /* it is itself */
#define MODULES_MARK_FILLED 4u	/* its soft dependencies are too */
/* Soft dependencies go before it: it waits for all that do. */
#define MODULES_MARK_AFTER 8u

struct module {
	struct span path; /* in modules.dep, below /lib/modules/RELEASE */
	struct span name;
	enum modules_state state;
	int error; /* -errno; -ECANCELED: a module that it needs failed */
	struct span culprit; /* the name of that module */
	uint16_t position;   /* in the order, once it is there */
	uint16_t blocked_by; /* a place that it was seen to wait for */
	bool is_network;     /* a part of the network, or what that needs */
	uint16_t chained;    /* 1 + the place of another of the same hash */
};

struct modules_plan {
	const struct modules_index *index;
	struct span cmdline;
	/* Off unless the owner sets it: what the network needs is handed out
	 * before the rest. */
	bool network_first;
	unsigned int n_modules;
	struct module modules[MODULES_PLAN_MAX];
	uint8_t marks[MODULES_PLAN_MAX];
	/* By the hash of a name: 1 + the place that came last. */
	uint16_t chains[MODULES_PLAN_CHAINS];
	unsigned int n_ordered;
	uint16_t order[MODULES_PLAN_MAX]; /* places in modules[] */
	unsigned int n_settled;	   /* of order[]: loaded or failed up to here */
	unsigned int n_handed_out; /* of order[] */
	unsigned int n_failed;	   /* modules */
	unsigned int n_refused;	   /* requests for which there was no room */
	unsigned int n_rejected;   /* requests with a path that is not good */
	unsigned int n_too_deep;   /* soft dependencies left out */
};

/* INDEX and CMDLINE (the kernel's, for the blacklists) stay the caller's and
 * live as long as the plan. */
void modules_plan_init(struct modules_plan *plan,
		       const struct modules_index *index, struct span cmdline);

/*
 * Wants module NAME, or what NAME is an alias of: to modprobe.d first, which
 * may so put another module in the place of one, then to depmod. 0 also when it is built in
 * or in the plan already. -ENOENT; -EPERM when it is blacklisted; -EBADMSG
 * when it or a module that it needs lies outside the module tree; -ENOBUFS
 * when the plan is full. A request that fails adds nothing.
 */
MUST_CHECK int modules_plan_name(struct modules_plan *plan, struct span name);

/* What came of a modalias; the larger one counts where there are several. */
enum modules_served {
	MODULES_SERVED_BY_NOTHING,
	MODULES_SERVED_MISSING, /* modules.alias or modprobe.d has a module for
				   it, which modules.dep has not */
	MODULES_SERVED_BLACKLISTED,
	MODULES_SERVED_REFUSED, /* no room in the plan, or outside the tree */
	MODULES_SERVED_BUILTIN,
	MODULES_SERVED_MODULE, /* it is in the plan, whatever came of it */
};

/* Wants the modules for COUNT modaliases: those that modprobe.d has an alias
 * for, then the others, going through modules.alias once, in its order, for
 * each MODULES_PASS_MAX of them. RET_SERVED, COUNT of them, tells what came
 * of each; it may be NULL. -ENOBUFS when one of them found no room; the others
 * are told of all the same. */
MUST_CHECK int modules_plan_aliases(struct modules_plan *plan,
				    const struct span *modaliases,
				    unsigned int count,
				    enum modules_served *ret_served);

/* Writes the parameters of module NAME: modprobe.d's, then the command
 * line's, of which the last one counts for the kernel. */
void modules_plan_put_options(const struct modules_plan *plan, struct span name,
			      struct writer *writer);

/*
 * The next module that need not wait: to be loaded, and then told of with
 * modules_plan_done(), or already failed with -ECANCELED, to be reported. NULL
 * when there is none before another one is done.
 */
struct module *modules_plan_next(struct modules_plan *plan);

/* MODULE was handed out and does not come back. Only what needs it goes on
 * waiting; it may still be done. */
void modules_plan_late(struct module *module);

/* RESULT is 0, or a negative number, which MODULE keeps as its error. */
void modules_plan_done(struct modules_plan *plan, struct module *module,
		       int result);

/* The module of that NAME in the plan, or NULL. */
const struct module *modules_plan_find(const struct modules_plan *plan,
				       struct span name);
