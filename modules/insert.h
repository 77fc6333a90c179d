/*
 * Loading one module into the kernel: finit_module(2), and why it failed.
 */
#pragma once

#include "base/compiler.h"
#include "base/reader.h"
#include "modules/plan.h"

/* A larger file is no module: the kernel would read it into memory whole. */
#define MODULES_FILE_MAX (256L * 1024 * 1024)

/*
 * Loads MODULE from DIRECTORY, a descriptor of /lib/modules/RELEASE, with the
 * parameters that PLAN has for it. KMSG, of modules_insert_listen(), tells
 * what the kernel says about a failure; -1 for nothing. A failure is logged,
 * with what can be done about it. 0, also when it was there before; or -errno,
 * of what is wrong with the file or of the kernel. May take for ever.
 */
MUST_CHECK int modules_insert(int directory, const struct module *module,
			      const struct modules_plan *plan, int kmsg);

/* A descriptor that reads the kernel's log, or -1. The caller's to close. */
int modules_insert_listen(void);

/* One line about a module that was not loaded because of module->error, of
 * modules_plan_next(). */
void modules_insert_cancelled(const struct module *module);
