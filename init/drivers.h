/*
 * Drivers: modules for the devices that are there at boot (coldplug) and for
 * those that appear later (uevents). Composes modules/ and netlink/.
 */
#pragma once

#include "base/loop.h"
#include "base/reader.h"
#include "modules/load.h"
#include "netlink/socket.h"

struct drivers {
	struct modules modules;
	struct netlink uevents;
	struct loop_source source;
};

/* Loads what the machine's devices ask for, and the packet sockets; returns
 * when no device known so far wants more. From then on LOOP serves what is
 * plugged in. CMDLINE, the kernel's, stays the caller's for good. What cannot
 * be had is logged, and the boot goes on. */
void drivers_start(struct drivers *drivers, struct loop *loop,
		   struct span cmdline);
