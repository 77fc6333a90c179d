/*
 * The file systems that are there before anything else runs, and those that
 * only people need.
 */
#pragma once

#include "init/reporting.h"

/* Mounts what is missing of proc, sysfs, devtmpfs, /dev/shm, /run and /tmp; what
 * is mounted already stays. A file system that the kernel does not have is
 * named with its CONFIG, once, and the boot goes on; without devtmpfs the nodes
 * that are the same on every machine are made in /dev. */
void mounts_make(struct reporting *reporting);

/* Of a machine that is about to have users: in the same way devpts, and cgroup2
 * where the kernel offers it; /etc, and the links /dev/fd, stdin, stdout and
 * stderr. Again it does nothing. */
void mounts_complete(struct reporting *reporting);
