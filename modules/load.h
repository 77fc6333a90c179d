/*
 * Which modules to load: the files of /lib/modules/RELEASE, and what the
 * machine's devices ask for.
 *
 *	modules_open(&modules, "", NULL, cmdline);
 *	modules_request_name(&modules, "virtio_pci");
 *	modules_coldplug(&modules, "/sys");
 *	while ((module = modules_next(&modules)))
 *		modules_done(&modules, module, modules_insert(…));
 *
 * and later, for each uevent with a MODALIAS,
 *
 *	modules_request_alias(&modules, uevent.modalias);
 *
 * and again what modules_next() has. Modules may be loaded several at once:
 * see plan.h, insert.h for the loading of one, and workers.h.
 *
 * The uevent socket is to be open before modules_coldplug(): loading a bus's
 * driver brings new devices, which are told of there only. No heap is used,
 * and nothing is retried.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "modules/index.h"
#include "modules/plan.h"
#include "modules/table.h"
#include "modules/unserved.h"

/* Modaliases that wait for modules_next(); more are looked up at once. */
#define MODULES_QUEUE_MAX 128
#define MODULES_QUEUE_SIZE 16384

struct modules {
	int directory; /* /lib/modules/RELEASE, -1 when it is not open */
	/* 0, or why no module can be loaded, as modules_open() returned it or
	 * the kernel made known later: -ENOSYS, -EPERM. */
	int error;
	struct modules_index index;
	struct modules_table table; /* index.table */
	struct modules_plan plan;
	struct modules_unserved unserved; /* modaliases, so far */
	unsigned int n_queued;
	struct span queue[MODULES_QUEUE_MAX]; /* into text */
	size_t text_len;
	uint8_t text[MODULES_QUEUE_SIZE];
	unsigned int n_loaded;
	unsigned int n_aliases; /* requested, those said twice left out */
	unsigned int n_too_long;
};

/*
 * Maps the files of ROOT/lib/modules/RELEASE and of modprobe.d below ROOT, see
 * files.h; ROOT is "" for the machine's own, RELEASE is uname's when NULL. CMDLINE, the kernel's, has the blacklists
 * and parameters and stays the caller's, alive as long as MODULES.
 * -ENOENT: there are no modules for this kernel, and a kernel with everything
 * built in needs none. Or -errno. Every other function may be called all the
 * same and then does nothing, or returns that error.
 */
MUST_CHECK int modules_open(struct modules *modules, const char *root,
			    const char *release, struct span cmdline);
void modules_close(struct modules *modules);

/* Whether the kernel has the call that loads them. */
bool modules_supported(void);

/* Where modules_open() found nothing: the releases that ROOT has modules of,
 * with commas between them, or an empty span. It lies in MODULES. */
struct span modules_other_releases(struct modules *modules, const char *root);

/* Wants a module by its name. As modules_plan_name(). */
MUST_CHECK int modules_request_name(struct modules *modules, const char *name);

/* Wants what a modalias asks for; one that nothing is known for is normal and
 * no error. -ENOBUFS when it is too long or the plan is full. */
MUST_CHECK int modules_request_alias(struct modules *modules,
				     struct span modalias);

/* Requests the modalias of each device in SYSFS/bus/<bus>/devices. 0, or
 * -errno when there is no such place; a device that goes meanwhile is none. */
MUST_CHECK int modules_coldplug(struct modules *modules, const char *sysfs);

/* The same for the devices of one bus alone. */
MUST_CHECK int modules_coldplug_bus(struct modules *modules, const char *sysfs,
				    const char *bus);

/* Takes out of modules->unserved what devices ask for that have a driver by
 * now: before Linux 6.18 most built-in drivers do not say which devices they
 * are for. For a report, when all is loaded. As modules_coldplug(). */
MUST_CHECK int modules_forget_driven(struct modules *modules,
				     const char *sysfs);

/* The next module to be loaded, as modules_plan_next(); what was requested is
 * looked up first. Whatever comes is to be told of with modules_done(), but
 * for one that has failed already. */
struct module *modules_next(struct modules *modules);

/* RESULT is 0 or -errno. */
void modules_done(struct modules *modules, struct module *module, int result);
