/*
 * The one place where a process gives up, for good, what it does not need:
 * capabilities(7), prctl(2), getrlimit(2), seccomp(2). base/confine_lists.h
 * says who keeps what.
 *
 * Descriptors that are open stay; the caller closes first what it could get
 * out by, such as those of directories.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/syscall_filter.h"
#include "base/writer.h"

enum confine_part {
	/* Its root becomes a directory that is empty and deleted, so that
	 * nothing can be made in it. */
	CONFINE_ROOT = 1 << 0,
	/* User, group, and no supplementary groups. */
	CONFINE_USER = 1 << 1,
	/* The bounding, inheritable, permitted, effective and ambient sets. */
	CONFINE_CAPABILITIES = 1 << 2,
	/* no_new_privs; not dumpable, so that no other process of its user
	 * traces it; no core files. */
	CONFINE_PRIVILEGES = 1 << 3,
	/* RLIMIT_FSIZE 0: regular files do not grow. */
	CONFINE_FILES = 1 << 4,
	/* RLIMIT_NPROC 0; it does not count for uid 0. */
	CONFINE_PROCESSES = 1 << 5,
	/* RLIMIT_NOFILE */
	CONFINE_DESCRIPTORS = 1 << 6,
	/* The filter. */
	CONFINE_CALLS = 1 << 7,

	CONFINE_ALL = (1 << 8) - 1,
};

struct confine {
	unsigned int parts; /* of enum confine_part */
	uint32_t id;	    /* user and group */
	/* Those that stay, a bit each, as in linux/capability.h. Who changes
	 * its user keeps none. */
	uint64_t capabilities;
	/* No descriptor of this number or a larger one can be opened, and
	 * ppoll() takes no more than these. */
	uint32_t n_descriptors;
	const struct syscall_filter *filter;
};

/*
 * As much of it as the kernel lets this process do. Returns the parts that are
 * not done, or not wholly; the others are, in whatever order they come. Of a
 * process that is not root, what only root can give up does not count.
 */
MUST_CHECK unsigned int confine(const struct confine *confine);

#define CONFINE_MISSING_MAX 192

/* "user, system calls (no CONFIG_SECCOMP_FILTER)": what confine() returned to
 * this process, for people; nothing for none. At most CONFINE_MISSING_MAX bytes. */
void confine_put_missing(struct writer *writer, unsigned int missing);
