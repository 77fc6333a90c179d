/*
 * What takes more than one request.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/neighbour.h"
#include "netlink/socket.h"

/*
 * netlink_dump(), again while its answer is not consistent, up to five times;
 * START is called before each, to forget what GOT has collected. -EAGAIN when
 * it was not consistent even then.
 */
MUST_CHECK int netlink_dump_whole(struct netlink *netlink,
				  struct route_message *message,
				  void (*start)(void *owner),
				  int (*got)(const struct route_header *header,
					     void *owner),
				  void *owner);

/*
 * Gives a link the address MAC (RFC 7844 §3). Most drivers take it at any
 * time; for one that does not (-EBUSY) the link is taken down and up again,
 * which takes IPv6 addresses and all routes of the link along: before it is
 * configured. -EADDRNOTAVAIL when MAC is no unicast address, -EOPNOTSUPP when
 * the driver cannot, -errno. A link that was down stays down.
 */
MUST_CHECK int netlink_set_mac(struct netlink *netlink, unsigned int ifindex,
			       const uint8_t *mac, size_t len);

/*
 * The neighbours of a family (AF_INET, AF_INET6) on a link, MAX at most; how
 * many there are, which may be more. Those that nobody had to be asked for
 * (NUD_NOARP: multicast, loopback) are left out. -errno.
 */
MUST_CHECK int netlink_read_neighbours(struct netlink *netlink, uint8_t family,
				       unsigned int ifindex,
				       struct route_neighbour *ret_neighbours,
				       unsigned int max);
