/*
 * The devices of sysfs and what they ask for.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/reader.h"

struct modules_device {
	int directory; /* of the bus's devices; SEEN's only during the call */
	const char *name;
};

typedef int modules_device_seen(void *owner, struct span modalias,
				const struct modules_device *device);

/* Calls SEEN with OWNER for each modalias of each device in
 * SYSFS/bus/<bus>/devices. 0; -errno when there is no such place, or the last
 * error of SEEN. A device that goes meanwhile is none. */
MUST_CHECK int modules_devices_list(const char *sysfs,
				    modules_device_seen *seen, void *owner);

/* The same for the one bus called BUS; a machine without it has no such
 * device, and that is no error. */
MUST_CHECK int modules_devices_list_bus(const char *sysfs, const char *bus,
					modules_device_seen *seen, void *owner);

bool modules_device_has_driver(const struct modules_device *device);
