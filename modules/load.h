/*
 * Loading modules into the kernel: the files of /lib/modules/RELEASE, what
 * the machine's devices ask for, and finit_module(2).
 *
 *	modules_open(&modules, "", NULL, cmdline);
 *	modules_request_name(&modules, "virtio_pci");
 *	modules_coldplug(&modules, "/sys");
 *	modules_run(&modules);
 *
 * and later, for each uevent with a MODALIAS,
 *
 *	modules_request_alias(&modules, uevent.modalias);
 *	modules_run(&modules);
 *
 * The uevent socket is to be open before modules_coldplug(): loading a bus's
 * driver brings new devices, which are told of there only. No heap is used,
 * and nothing is retried. Failures are logged, each once; whoever goes on
 * does without the module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "modules/index.h"
#include "modules/plan.h"

/* Modaliases that wait for modules_run(); more are looked up at once. */
#define MODULES_QUEUE_MAX 128
#define MODULES_QUEUE_SIZE 16384
/* A larger file is no module: the kernel would read it into memory whole. */
#define MODULES_FILE_MAX (256L * 1024 * 1024)

struct modules {
	int directory; /* /lib/modules/RELEASE, -1 when it is not open */
	/* 0, or why no module can be loaded, as modules_open() returned it or
	 * the kernel made known later: -ENOSYS, -EPERM. */
	int error;
	struct modules_index index;
	struct modules_plan plan;
	unsigned int n_queued;
	struct span queue[MODULES_QUEUE_MAX]; /* into text */
	size_t text_len;
	uint8_t text[MODULES_QUEUE_SIZE];
	unsigned int n_loaded;
	unsigned int n_aliases; /* requested, those said twice left out */
	unsigned int n_too_long;
};

/*
 * Maps the files of ROOT/lib/modules/RELEASE; ROOT is "" for the machine's
 * own, RELEASE is uname's when NULL. CMDLINE, the kernel's, has the blacklists
 * and parameters and stays the caller's, alive as long as MODULES.
 * -ENOENT: there are no modules for this kernel, and a kernel with everything
 * built in needs none. Or -errno. Every other function may be called all the
 * same and then does nothing, or returns that error.
 */
MUST_CHECK int modules_open(struct modules *modules, const char *root,
			    const char *release, struct span cmdline);
void modules_close(struct modules *modules);

/* Wants a module by its name. As modules_plan_name(). */
MUST_CHECK int modules_request_name(struct modules *modules, const char *name);

/* Wants what a modalias asks for; one that nothing is known for is normal and
 * no error. -ENOBUFS when it is too long or the plan is full. */
MUST_CHECK int modules_request_alias(struct modules *modules,
				     struct span modalias);

/* Requests the modalias of each device in SYSFS/bus/<bus>/devices. 0, or
 * -errno when there is no such place; a device that goes meanwhile is none. */
MUST_CHECK int modules_coldplug(struct modules *modules, const char *sysfs);

/* Loads what was wanted since the last time, in order. Returns how many
 * modules the kernel has taken. */
unsigned int modules_run(struct modules *modules);
