/*
 * What all packet sockets of this directory have in common. They are opened,
 * bound and given filters by who may do that, and then used by who may not.
 *
 * packet(7); Linux Documentation/networking/filter.rst.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

struct sock_filter;

/* A non-blocking packet socket that receives nothing: it has neither link nor
 * protocol. 0; -EAFNOSUPPORT when the kernel has no packet sockets
 * (CONFIG_PACKET, or its module af_packet is not loaded); -EPERM or -EACCES
 * without CAP_NET_RAW; -errno. */
MUST_CHECK int packet_open(int *ret_fd);

/* Lets nothing through but what CODE, of LEN instructions, lets through; in
 * place of the filter before, and at once. Any descriptor of the socket will
 * do. 0; -ENOPROTOOPT when the kernel has no socket filters; -errno. */
MUST_CHECK int packet_filter(int fd, const struct sock_filter *code,
			     size_t len);

/* From here on the socket receives packets of PROTOCOL (host order) on the
 * link IFINDEX. 0; -ENODEV when the link is gone; -errno. */
MUST_CHECK int packet_bind(int fd, int ifindex, uint16_t protocol);

/* Sends PAYLOAD to the broadcast address of the link. 0 or -errno: -ENETDOWN,
 * -ENXIO, -ENOBUFS, -EAGAIN. */
MUST_CHECK int packet_broadcast(int fd, int ifindex, uint16_t protocol,
				struct span payload);
