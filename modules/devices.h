/*
 * The devices of sysfs and what they ask for.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/reader.h"

/* Calls SEEN with OWNER for each modalias of each device in
 * SYSFS/bus/<bus>/devices; DRIVEN tells whether the device has a driver. 0;
 * -errno when there is no such place, or the last error of SEEN. A device
 * that goes meanwhile is none. */
MUST_CHECK int modules_devices_list(const char *sysfs,
				    int (*seen)(void *owner,
						struct span modalias,
						bool driven),
				    void *owner);
