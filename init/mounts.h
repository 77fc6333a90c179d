/*
 * The file systems that are there before anything else runs.
 */
#pragma once

/* Mounts what is missing of proc, sysfs, devtmpfs, devpts, /dev/shm, /run and
 * /tmp; what is mounted already stays. A file system that the kernel does
 * not have is named with its CONFIG, once, and the boot goes on. */
void mounts_make(void);

/* /etc, and the links /dev/fd, stdin, stdout and stderr that users expect. */
void mounts_make_links(void);
