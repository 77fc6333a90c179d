/*
 * The file systems that are there before anything else runs.
 */
#pragma once

#include "init/reporting.h"

/* Mounts what is missing of proc, sysfs, devtmpfs, devpts, /dev/shm, /run and
 * /tmp, and cgroup2 where the kernel offers it; what is mounted already stays.
 * A file system that the kernel does not have is named with its CONFIG, once,
 * and the boot goes on; without devtmpfs the nodes that are the same on every
 * machine are made in /dev. */
void mounts_make(struct reporting *reporting);

/* /etc, and the links /dev/fd, stdin, stdout and stderr that users expect. */
void mounts_make_links(void);
