/* See mounts.h. */
#include "init/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"

struct mount_entry {
	char target[15];
	char type[9];
	unsigned long flags;
	const char *options;
	char config[19]; /* what the kernel lacks when it can't */
	bool optional;	 /* few miss it */
};

#define SAFE (MS_NOSUID | MS_NOEXEC | MS_NODEV)

/* In this order: shm lies inside /dev. */
static const struct mount_entry first[] = {
	{ "/dev", "devtmpfs", MS_NOSUID, "mode=0755", "CONFIG_DEVTMPFS",
	  false },
	{ "/proc", "proc", SAFE, NULL, "CONFIG_PROC_FS", false },
	{ "/sys", "sysfs", SAFE, NULL, "CONFIG_SYSFS", false },
	{ "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777",
	  "CONFIG_TMPFS", false },
	{ "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755", "CONFIG_TMPFS",
	  false },
	{ "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", "CONFIG_TMPFS",
	  false },
};

static const struct mount_entry rest[] = {
	{ "/sys/fs/cgroup", "cgroup2", SAFE, NULL, "CONFIG_CGROUPS", true },
	{ "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	  "gid=5,mode=0620,ptmxmode=0666", "CONFIG_UNIX98_PTYS", false },
};

/* What everybody expects, where no devtmpfs brings it. */
static void make_nodes(void)
{
	static const struct {
		char path[13];
		mode_t mode;
		unsigned int major, minor;
	} nodes[] = {
		{ "/dev/console", 0600, 5, 1 }, { "/dev/tty", 0666, 5, 0 },
		{ "/dev/null", 0666, 1, 3 },	{ "/dev/zero", 0666, 1, 5 },
		{ "/dev/full", 0666, 1, 7 },	{ "/dev/random", 0666, 1, 8 },
		{ "/dev/urandom", 0666, 1, 9 }, { "/dev/kmsg", 0600, 1, 11 },
	};

	mode_t mask = umask(0);

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (mknod(nodes[i].path, S_IFCHR | nodes[i].mode,
			  makedev(nodes[i].major, nodes[i].minor)) < 0 &&
		    errno != EEXIST)
			log_debug("%s: %s", nodes[i].path, strerror(errno));
	}
	umask(mask);
}

/* What several would need is named once. */
static void complain(const struct mount_entry *entry, int error)
{
	static const char *told;
	/* Without CONFIG_TMPFS there is a tmpfs, for the kernel's own use. */
	bool missing = error == ENODEV ||
		       (error == EINVAL && strcmp(entry->type, "tmpfs") == 0);
	const char *lack = error == ENOSYS ? "mount(2)" : entry->config;

	if (!missing && error != ENOSYS) {
		log_warning("cannot mount %s on %s: %s", entry->type,
			    entry->target, strerror(error));
	} else if (!told || strcmp(told, lack) != 0) {
		log_warning("%s is not mounted%s: this kernel has no %s",
			    entry->target, missing ? "" : " by us", lack);
		told = lack;
	}
}

static void make(struct reporting *reporting, const struct mount_entry *table,
		 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct mount_entry *entry = &table[i];
		int error = 0;

		/* The kernel has the directory when it has the file system. */
		if (entry->optional && access(entry->target, F_OK) < 0) {
			log_info("%s is not there: this kernel has no %s",
				 entry->target, entry->config);
			continue;
		}
		reporting_begin(reporting, REPORT_MOUNT, entry->target);
		if (mkdir(entry->target, 0755) < 0 && errno != EEXIST)
			log_debug("mkdir %s: %s", entry->target,
				  strerror(errno));
		if (mount(entry->type, entry->target, entry->type, entry->flags,
			  entry->options) < 0 &&
		    errno != EBUSY)
			error = errno;
		reporting_end(reporting, REPORT_MOUNT, entry->target,
			      error ? strerror(error) : NULL);
		if (!error)
			continue;
		complain(entry, error);
		if (strcmp(entry->type, "devtmpfs") == 0)
			make_nodes();
	}
}

void mounts_make(struct reporting *reporting)
{
	make(reporting, first, ARRAY_SIZE(first));
	/* An initramfs that somebody made by hand may lack it; it is where
	 * resolv.conf goes. */
	if (mkdir("/etc", 0755) < 0 && errno != EEXIST)
		log_debug("/etc: %s", strerror(errno));
}

static void make_links(void)
{
	static const struct {
		char target[16];
		char path[12];
	} links[] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (symlink(links[i].target, links[i].path) < 0 &&
		    errno != EEXIST)
			log_debug("%s: %s", links[i].path, strerror(errno));
	}
}

void mounts_complete(struct reporting *reporting)
{
	static bool made;

	if (made)
		return;
	made = true;
	make(reporting, rest, ARRAY_SIZE(rest));
	make_links();
}
