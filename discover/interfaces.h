/*
 * The machine's network interfaces, and the gateways of its routing table, as
 * the kernel tells without netlink: netdevice(7), proc(5).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "discover/url.h"

struct interface {
	char name[URL_ZONE_MAX];
	unsigned int index; /* 0: whatever the kernel takes */
};

/*
 * The interfaces that are up and can do multicast, at most MAX of them;
 * loopback is left out. A carrier is not asked for: it may come a moment
 * later, and the schedule of queries is made for that. *RET_COUNT may be more
 * than MAX: that many there are. Where the kernel has no list, it is one of
 * index 0 and no name. 0 or -errno.
 */
MUST_CHECK int interfaces_list(struct interface *interfaces, size_t max,
			       size_t *ret_count);

/* One by name, whatever its state. -ENODEV. */
MUST_CHECK int interfaces_find(const char *name,
			       struct interface *ret_interface);

/* The gateways of the default routes of IPv4, as /proc/net/route has them, at
 * most MAX. Returns how many; none where there is no such file. */
size_t interfaces_gateways(uint32_t *gateways, size_t max);
