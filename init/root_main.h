/*
 * phase-root: /init again, as a child of process 1. It waits for the device
 * of root=, which uevents announce, mounts its file system on /sysroot, and
 * looks for an init there. findfs(8), blkid(8) and mount(8) of the initramfs
 * know about file systems; the kernel loads their modules by modprobe(8).
 */
#pragma once

/* phase-root --child. Reads the kernel's command line; reports "root init=…"
 * and exits with 0, or says why not and exits with 1. */
int root_main(int argc, char **argv);
