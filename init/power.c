/* See power.h. */
#include "init/power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/reader.h"

#define PORTS "/sys/class/virtio-ports"

const char *power_action_name(enum power_action action)
{
	switch (action) {
	case POWER_OFF:
		return "powering off";
	case POWER_REBOOT:
		return "rebooting";
	case POWER_HALT:
		return "halting";
	}
	return "";
}

/* Whether DEVICE of /sys/class/virtio-ports is the one for statuses. */
static int is_status_port(const char *device)
{
	char path[288], name[64];
	size_t len;

	snprintf(path, sizeof(path), PORTS "/%s/name", device);
	if (fd_read_file(path, name, sizeof(name), &len) < 0)
		return 0;
	return span_is(span_trim(span_of(name)), "phase.status");
}

int power_report_status(int status)
{
	char path[288], text[16];
	struct dirent *entry;
	int r = -ENOENT;
	DIR *ports;

	ports = opendir(PORTS);
	if (!ports)
		return -ENOENT;
	while (r == -ENOENT && (entry = readdir(ports))) {
		int fd AUTO_CLOSE = -1;
		int len;

		if (entry->d_name[0] == '.' || !is_status_port(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		/* A host that does not read must not hold us up. */
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0) {
			r = -errno;
			break;
		}
		len = snprintf(text, sizeof(text), "%d\n", status & 0xff);
		r = fd_write(fd, text, (size_t)len);
	}
	closedir(ports);
	return r;
}

int power_switch(enum power_action action)
{
	int command = RB_POWER_OFF;

	sync();
	/* The initramfs itself refuses; that does no harm. */
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		log_debug("/ stays writable: %s", strerror(errno));
	switch (action) {
	case POWER_OFF:
		command = RB_POWER_OFF;
		break;
	case POWER_REBOOT:
		command = RB_AUTOBOOT;
		break;
	case POWER_HALT:
		command = RB_HALT_SYSTEM;
		break;
	}
	reboot(command);
	return -errno;
}
