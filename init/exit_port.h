/*
 * QEMU's isa-debug-exit: an I/O port of x86 that ends the machine when a byte
 * is written to it, and makes QEMU's exit status of the byte. For kernels
 * that have no driver of virtio-serial ports.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"

/* Whether this architecture has I/O ports. */
bool exit_port_is_known(void);

/* Writes status_to_port(STATUS) to PORT. The machine is gone then, if that is
 * the device's port; else 0, or -errno. */
MUST_CHECK int exit_port_write(int port, int status);
