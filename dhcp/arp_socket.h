/*
 * A packet socket that receives the ARP packets that matter to the addresses
 * of a link, and no others: a busy link has thousands a second.
 *
 * It is opened, bound and given its filter by who may; who has lost all rights
 * by then sends and receives with it. dhcp/packet.h; RFC 5227.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

#define ARP_FILTER_MACS 16
#define ARP_FILTER_ADDRESSES 2

/* What passes: packets of who uses one of the ADDRESSES (host order), or
 * probes for it, and is none of MACS. */
struct arp_filter {
	/* Of all interfaces of this machine, as two of them may be on one link:
	 * the kernel answers on each for the addresses of all. */
	uint8_t macs[ARP_FILTER_MACS][6];
	size_t n_macs;
	uint32_t addresses[ARP_FILTER_ADDRESSES]; /* 0 is none */
};

/* A non-blocking socket without a link, which receives nothing. 0; errors of
 * packet_open(); -ENOPROTOOPT when the kernel has no socket filters. */
MUST_CHECK int arp_socket_open(int *ret_fd);

/* Ties it to the link IFINDEX, where it receives what the filter says; before
 * there is one, nothing. 0; -ENODEV when the link is gone; -errno. */
MUST_CHECK int arp_socket_bind(int fd, int ifindex);

/* The filter from now on. Works on any descriptor of the socket, also after
 * another one was handed on. 0; -ENOBUFS for more MACs than there is room
 * for: the filter is then the one before; -errno. */
MUST_CHECK int arp_socket_filter(int fd, const struct arp_filter *filter);

/*
 * The next packet, without the link's header, into BUFFER; of one that is
 * longer, as much as there is room for, and ARP_LEN bytes of dhcp/arp.h are
 * enough. One that passed an earlier filter may still come.
 *
 * 0; -EAGAIN when there is none; -ENETDOWN, once, when the link went down: the
 * socket stays good. -errno.
 */
MUST_CHECK int arp_socket_receive(int fd, void *buffer, size_t size,
				  struct span *ret_packet);

/* Sends PAYLOAD, an ARP packet, to the broadcast address of the link. 0 or
 * -errno: -ENETDOWN, -ENXIO, -ENOBUFS, -EAGAIN. */
MUST_CHECK int arp_socket_send(int fd, int ifindex, struct span payload);
