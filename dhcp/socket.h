/*
 * The client's sockets: a packet socket that receives all replies and sends
 * what goes to everybody, from before there is an address; and a UDP socket
 * that sends to the server of a lease.
 *
 * packet(7), udp(7); Linux Documentation/networking/filter.rst.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

/* As long as dhcp/frame.h's largest, and one byte more to see what is cut. */
#define DHCP_SOCKET_BUFFER 1501

/* A non-blocking packet socket that receives nothing yet, for a link that need
 * not be there yet; and its privileged half. Errors as of packet_open(). */
MUST_CHECK int dhcp_socket_create(int *ret_fd);

/* From here on it receives on the link IFINDEX. The kernel lets nothing through
 * to it but BOOTP replies for MAC over IPv4 and UDP to port 68 that are no
 * fragments. 0; -ENODEV when the link is gone; -ENOPROTOOPT when the kernel has
 * no socket filters; -errno. */
MUST_CHECK int dhcp_socket_bind(int fd, int ifindex, const uint8_t mac[6]);

/* Both, with the errors of both. */
MUST_CHECK int dhcp_socket_open(int ifindex, const uint8_t mac[6], int *ret_fd);

/*
 * The next packet, from its IPv4 header on, into BUFFER; and whether its UDP
 * checksum was left to a device, as on every veth and virtio.
 *
 * 0; -EAGAIN when there is none; -EBADMSG for a packet that was taken and is
 * not for us (of a VLAN, for another host, longer than BUFFER): go on with the
 * next. -ENETDOWN, once, when the link went down: the socket stays good and
 * works again after the link came up. When the link is gone for good
 * (-ENXIO, -ENODEV, or rtnetlink says so) it has to be opened anew. -errno.
 */
MUST_CHECK int dhcp_socket_receive(int fd, void *buffer, size_t size,
				   struct span *ret_packet,
				   bool *ret_checksum_unfinished);

/* Sends FRAME, from its IPv4 header on, to the broadcast address of the link.
 * 0 or -errno: -ENETDOWN, -ENXIO, -ENOBUFS, -EAGAIN. */
MUST_CHECK int dhcp_socket_send_broadcast(int fd, int ifindex,
					  struct span frame);

/*
 * A UDP socket at port 68 of ADDRESS (host order), which must be the link's
 * already. It only sends; as long as it is open the kernel does not answer
 * unicast replies with "port unreachable". Whatever arrives is dropped in the
 * kernel: the packet socket has it.
 *
 * 0; -EADDRNOTAVAIL when the address is not there; -errno.
 */
MUST_CHECK int dhcp_socket_open_unicast(uint32_t address, int *ret_fd);

/* Sends PAYLOAD over the link IFINDEX from SOURCE, the address that the socket
 * was opened for, to port 67 of DESTINATION. 0 or -errno: -ENETUNREACH,
 * -EHOSTUNREACH, -ENOBUFS, -EAGAIN. */
MUST_CHECK int dhcp_socket_send_unicast(int fd, int ifindex, uint32_t source,
					uint32_t destination,
					struct span payload);

/*
 * From here on poll() tells by POLLERR that a datagram has left: that the
 * neighbour's MAC is known, and the packet in its device's queue, whence it is
 * not taken away with the address any more. What was told before is forgotten.
 *
 * 0; -EINVAL when the kernel cannot (before Linux 4.0); -errno.
 * Linux Documentation/networking/timestamping.rst, SOF_TIMESTAMPING_TX_SCHED.
 */
MUST_CHECK int dhcp_socket_tell_sent(int fd);
