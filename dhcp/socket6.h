/*
 * The sockets of IPv6: one that receives router advertisements and asks for
 * them, one for DHCPv6. Both are tied to one interface when they are opened,
 * by a process that may do that, and then serve one that may nothing: they
 * are used with recvmsg(2) and sendto(2) alone.
 *
 * ipv6(7), raw(7), RFC 3542, RFC 4861 §6.3.7, RFC 8415 §7.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/ip6.h"

/* What fits into a frame of Ethernet, and one byte more to see what is cut. */
#define DHCP_SOCKET6_BUFFER 1501

/*
 * A non-blocking raw socket on INTERFACE that receives router advertisements
 * and nothing else; the kernel verifies their checksum.
 *
 * 0; -EAFNOSUPPORT when the kernel has no IPv6; -EPERM without CAP_NET_RAW;
 * -ENODEV when there is no such interface; -errno.
 */
MUST_CHECK int dhcp_socket6_open_advert(const char *interface, int *ret_fd);

/* A non-blocking UDP socket at port 546 of INTERFACE. As above; -EADDRINUSE
 * when another client has it; port 546 wants CAP_NET_BIND_SERVICE. */
MUST_CHECK int dhcp_socket6_open_client(const char *interface, int *ret_fd);

/*
 * The next packet of either socket into BUFFER, from the ICMPv6 header on or
 * what is in the UDP datagram; who sent it; and its hop limit, 0 when the
 * kernel does not say.
 *
 * 0; -EAGAIN when there is none; -EBADMSG for one that is longer than BUFFER:
 * go on with the next. -ENETDOWN, -errno.
 */
MUST_CHECK int dhcp_socket6_receive(int fd, void *buffer, size_t size,
				    struct span *ret_packet,
				    struct dhcp_ip6 *ret_source,
				    unsigned int *ret_hop_limit);

/* Sends PAYLOAD through the client's socket to all servers and relays of the
 * link, ff02::1:2. 0 or -errno: -EADDRNOTAVAIL as long as the link-local
 * address is being checked, -ENETUNREACH, -ENETDOWN, -ENOBUFS, -EAGAIN. */
MUST_CHECK int dhcp_socket6_send(int fd, int ifindex, struct span payload);

/* Asks all routers for an advertisement, through the advertisements' socket.
 * 0 or -errno, as above. The kernel asks too, but up to a second later. */
MUST_CHECK int dhcp_socket6_solicit(int fd, int ifindex);

/* The same through a packet socket (dhcp/socket.h), from the unspecified
 * address: before there is one that may be used. 0 or -errno. */
MUST_CHECK int dhcp_socket6_solicit_early(int fd, int ifindex);
