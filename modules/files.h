/*
 * The files that say what is to be loaded, mapped: those of depmod(8) in
 * /lib/modules/RELEASE, and the configuration of modprobe(8).
 */
#pragma once

#include "base/compiler.h"
#include "modules/index.h"
#include "modules/table.h"

/*
 * Opens ROOT/lib/modules/RELEASE, maps what is there into INDEX and builds its
 * TABLE. ROOT is "" for the machine's own, RELEASE is uname's when NULL. Then
 * the *.conf of etc/modprobe.d, run/modprobe.d, usr/local/lib/modprobe.d,
 * usr/lib/modprobe.d and lib/modprobe.d below ROOT, of which the first of a
 * name counts; what is wrong or not supported in them is logged, no error.
 *
 * Returns the directory's descriptor, the caller's, or -errno with nothing
 * mapped; -ENOENT when there is no such directory or no modules.dep in it.
 * INDEX points to TABLE.
 */
MUST_CHECK int modules_files_open(const char *root, const char *release,
				  struct modules_index *index,
				  struct modules_table *table);

/* Unmaps it all. */
void modules_files_close(struct modules_index *index);
