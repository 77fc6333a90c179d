/* See devices.h. */
#include "modules/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/format.h"

struct walk {
	modules_device_seen *seen;
	void *owner;
};

bool modules_device_has_driver(const struct modules_device *device)
{
	char path[NAME_MAX + sizeof("/driver")];
	struct stat status;

	return text_print(path, sizeof(path), "%s/driver", device->name) == 0 &&
	       fstatat(device->directory, path, &status, 0) == 0;
}

/* A device's modalias, if it has one; ACPI devices may have two, a line
 * each. */
static int list_device(int devices, const char *name, void *owner)
{
	const struct modules_device device = { devices, name };
	const struct walk *walk = owner;
	char path[NAME_MAX + sizeof("/modalias")];
	char text[4096]; /* sysfs writes a page at most */
	int fd AUTO_CLOSE = -1;
	struct reader lines;
	int result = 0;
	ssize_t n;

	if (text_print(path, sizeof(path), "%s/modalias", name) < 0)
		return -ENAMETOOLONG;
	fd = openat(devices, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return 0;
	do {
		n = read(fd, text, sizeof(text));
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	reader_init(&lines, text, (size_t)n);
	while (reader_left(&lines) > 0) {
		struct span modalias = span_trim(reader_until(&lines, '\n'));
		int r = 0;

		if (modalias.len > 0)
			r = walk->seen(walk->owner, modalias, &device);
		if (r < 0)
			result = r;
	}
	return result;
}

static int list_bus(int buses, const char *name, void *owner)
{
	int bus AUTO_CLOSE = openat(buses, name,
				    O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (bus < 0)
		return 0;
	r = dir_list(bus, "devices", list_device, owner);
	return r == -ENOENT ? 0 : r;
}

int modules_devices_list_bus(const char *sysfs, const char *bus,
			     modules_device_seen *seen, void *owner)
{
	struct walk walk = { seen, owner };
	char path[PATH_MAX];
	int r;

	if (text_print(path, sizeof(path), "%s/bus/%s/devices", sysfs, bus) < 0)
		return -ENAMETOOLONG;
	r = dir_list(AT_FDCWD, path, list_device, &walk);
	return r == -ENOENT ? 0 : r;
}

int modules_devices_list(const char *sysfs, modules_device_seen *seen,
			 void *owner)
{
	struct walk walk = { seen, owner };
	char path[PATH_MAX];

	if (text_print(path, sizeof(path), "%s/bus", sysfs) < 0)
		return -ENAMETOOLONG;
	return dir_list(AT_FDCWD, path, list_bus, &walk);
}
