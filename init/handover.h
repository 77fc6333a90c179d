/*
 * Handing something to the host: virtio-serial ports, which have names.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"

/* Opens the port that the host has called NAME, to be written to. -ENOENT when
 * the machine has none of that name. */
MUST_CHECK int handover_open(const char *name, int *ret_fd);

/* Writes all of DATA, and waits for a host that is slow, but not for one that
 * takes nothing for half a second, nor for one that has not opened its end
 * (-EPIPE). 0 or -errno. */
MUST_CHECK int handover_write(int fd, const void *data, size_t len);
