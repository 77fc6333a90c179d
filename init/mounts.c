/* See mounts.h. */
#include "init/mounts.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"

struct mount_entry {
	const char *target;
	const char *type;
	unsigned long flags;
	const char *options;
	const char *config; /* what the kernel lacks when it can't */
};

#define SAFE (MS_NOSUID | MS_NOEXEC | MS_NODEV)

/* In this order: devpts and shm lie inside /dev. */
static const struct mount_entry table[] = {
	{ "/dev", "devtmpfs", MS_NOSUID, "mode=0755", "CONFIG_DEVTMPFS" },
	{ "/proc", "proc", SAFE, NULL, "CONFIG_PROC_FS" },
	{ "/sys", "sysfs", SAFE, NULL, "CONFIG_SYSFS" },
	{ "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	  "gid=5,mode=0620,ptmxmode=0666", "CONFIG_UNIX98_PTYS" },
	{ "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777",
	  "CONFIG_TMPFS" },
	{ "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755", "CONFIG_TMPFS" },
	{ "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", "CONFIG_TMPFS" },
};

void mounts_make(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct mount_entry *entry = &table[i];

		if (mkdir(entry->target, 0755) < 0 && errno != EEXIST)
			log_debug("mkdir %s: %s", entry->target,
				  strerror(errno));
		if (mount(entry->type, entry->target, entry->type, entry->flags,
			  entry->options) == 0 ||
		    errno == EBUSY)
			continue;
		if (errno == ENODEV)
			log_warning("%s is not mounted: this kernel has no %s",
				    entry->target, entry->config);
		else
			log_warning("cannot mount %s on %s: %s", entry->type,
				    entry->target, strerror(errno));
	}
}

void mounts_make_links(void)
{
	static const struct {
		const char *target;
		const char *path;
	} links[] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	/* An initramfs that somebody made by hand may lack it; it is where
	 * resolv.conf goes. */
	if (mkdir("/etc", 0755) < 0 && errno != EEXIST)
		log_debug("/etc: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (symlink(links[i].target, links[i].path) < 0 &&
		    errno != EEXIST)
			log_debug("%s: %s", links[i].path, strerror(errno));
	}
}
