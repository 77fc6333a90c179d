/*
 * From the initramfs to the real root.
 */
#pragma once

#include "base/compiler.h"

#define SWITCH_ROOT_PLACE "/sysroot"

/*
 * Makes the file system on /sysroot the root of this process, takes /dev,
 * /proc, /sys and /run along, and executes INIT of it, with ARGV (whose first
 * is set to INIT) and ENVP. What the initramfs holds is deleted by a process
 * of its own as soon as that has worked, for its memory. Returns only when it
 * failed, -errno, and everything is as before then.
 */
MUST_CHECK int switch_root(const char *init, char **argv, char **envp);
