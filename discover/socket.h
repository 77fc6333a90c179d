/*
 * What the program asks of the kernel: interfaces, UDP sockets for multicast
 * DNS, TCP connections for the health check, the default gateways. See
 * ip(7), ipv6(7), netdevice(7), and RFC 6762 §11 about the hop limit.
 *
 * Each interface has sockets of its own, one for each family, on ephemeral
 * ports, which send through it by its index: neither an address nor a route
 * is needed. What comes in on a socket so belongs to its interface, without
 * control messages, which not every kernel has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "discover/url.h"

struct socket_interface {
	char name[URL_ZONE_MAX];
	unsigned int index; /* 0: whatever the kernel takes */
};

/*
 * The interfaces that are up and can do multicast, at most MAX of them;
 * loopback is left out. A carrier is not asked for: it may come a moment
 * later, and the schedule of queries is made for that. *RET_COUNT may be more than MAX: that
 * many there are. Where the kernel has no list, it is one of index 0 and no
 * name. 0 or -errno.
 */
MUST_CHECK int socket_list_interfaces(struct socket_interface *interfaces,
				      size_t max, size_t *ret_count);

/* One by name, whatever its state. -ENODEV. */
MUST_CHECK int socket_find_interface(const char *name,
				     struct socket_interface *ret_interface);

/* A non-blocking socket that sends to the group through INTERFACE. */
MUST_CHECK int socket_open_mdns(const struct socket_interface *interface,
				bool is_ipv6, int *ret_fd);

/* To the group of multicast DNS, 224.0.0.251 or ff02::fb. 0 or -errno. */
MUST_CHECK int socket_send_mdns(int fd,
				const struct socket_interface *interface,
				bool is_ipv6, struct span packet);

/* A packet, and the port that it came from. A packet over SIZE is cut to it.
 * -EAGAIN when there is none, or another -errno. */
MUST_CHECK int socket_recv(int fd, void *buffer, size_t size, size_t *ret_len,
			   uint16_t *ret_port);

/* Begins to connect, without waiting; ZONE is the interface of a link-local
 * address, or empty. Once it can be written to, socket_error() tells. */
MUST_CHECK int socket_connect(const struct url_address *address,
			      const char *zone, uint16_t port, int *ret_fd);

/* What became of a connection: 0 or -errno. */
MUST_CHECK int socket_error(int fd);

/* The gateways of the default routes of IPv4, as /proc/net/route has them, at
 * most MAX. Returns how many; none where there is no such file. */
size_t socket_default_gateways(uint32_t *gateways, size_t max);
