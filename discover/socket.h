/*
 * The sockets of a search: ip(7), ipv6(7), RFC 6762 §11 about the hop limit.
 *
 * Each interface has its own for multicast, so that a flood on one does not
 * fill the buffers of the others. They send through it by its index: neither
 * an address nor a route is needed. All are non-blocking.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "discover/interfaces.h"
#include "discover/socket_filter.h"
#include "discover/url.h"

/* A group of multicast, and the port that it is spoken to at. */
struct socket_group {
	uint32_t ipv4;
	uint8_t ipv6[16];
	uint16_t port;
	uint8_t hops; /* how far packets to it may go */
	/* What comes to it, and to who has asked it. */
	enum socket_filter said, answered;
};

/* 224.0.0.251 and ff02::fb, 5353: RFC 6762 §3 */
extern const struct socket_group socket_mdns;
/* 239.255.255.250 and ff02::c, 1900: UPnP Device Architecture §1 */
extern const struct socket_group socket_ssdp;

/* Where a packet came from. */
struct socket_sender {
	struct url_address address;
	uint16_t port;
	unsigned int ifindex; /* 0 when the kernel does not tell */
	/* Surely of the link: no router lets a hop limit of 255 through, nor
	 * a link-local address (RFC 6762 §11). */
	bool on_link;
};

/* An ephemeral port that sends to GROUP through INTERFACE and hears what is
 * answered to it. 0 or -errno. */
MUST_CHECK int socket_open_ephemeral(const struct interface *interface,
				     bool is_ipv6,
				     const struct socket_group *group,
				     int *ret_fd);

/* Hears what is said to GROUP over INTERFACE, and nothing else; what it sends
 * comes from the group's port. Others on this machine may have the same port.
 * 0 or -errno. */
MUST_CHECK int socket_open_group(const struct interface *interface,
				 bool is_ipv6, const struct socket_group *group,
				 int *ret_fd);

/* An ephemeral port that hears DNS servers. 0 or -errno. */
MUST_CHECK int socket_open_dns(bool is_ipv6, int *ret_fd);

/* ICMPv6 echo replies of all interfaces: RFC 4443 §4.2. It wants CAP_NET_RAW.
 * 0 or -errno. */
MUST_CHECK int socket_open_echo(int *ret_fd);

/* To GROUP through INTERFACE. 0 or -errno: -EADDRNOTAVAIL when there is no
 * address of that family yet. */
MUST_CHECK int socket_send_group(int fd, const struct interface *interface,
				 bool is_ipv6, const struct socket_group *group,
				 struct span packet);

/* To ADDRESS. 0 or -errno. */
MUST_CHECK int socket_send(int fd, const struct url_address *address,
			   uint16_t port, struct span packet);

/* An echo request to all nodes of INTERFACE, ff02::1. 0 or -errno. */
MUST_CHECK int socket_send_echo(int fd, const struct interface *interface,
				struct span packet);

/* A packet and its sender. A packet over SIZE is cut to it. -EAGAIN when there
 * is none, or another -errno. */
MUST_CHECK int socket_recv(int fd, void *buffer, size_t size, size_t *ret_len,
			   struct socket_sender *ret_sender);

/* Begins to connect, without waiting; ZONE is the interface of a link-local
 * address, or empty. IS_LOCAL: over no router. Once it can be
 * written to, socket_error() tells. 0 or -errno. */
MUST_CHECK int socket_connect(const struct url_address *address,
			      const char *zone, uint16_t port, bool is_local,
			      int *ret_fd);

/* What became of a connection: 0 or -errno. */
MUST_CHECK int socket_error(int fd);
