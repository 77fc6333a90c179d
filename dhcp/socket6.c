/* See socket6.h. */
#include "dhcp/socket6.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/fd.h"
#include "dhcp/message6.h"

#define TYPE_SOLICIT 133
#define TYPE_ADVERT 134
#define HOP_LIMIT 255 /* RFC 4861 §4.1 */

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno :
									0;
}

/* What both have in common. */
static int open_socket(const char *interface, int type, int protocol,
		       int *ret_fd)
{
	int fd AUTO_CLOSE =
		socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface)) < 0)
		return -errno;
	/* We do not hear ourselves. */
	r = set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

int dhcp_socket6_open_advert(const char *interface, int *ret_fd)
{
	struct icmp6_filter filter;
	int fd AUTO_CLOSE = -1;
	int r = open_socket(interface, SOCK_RAW, IPPROTO_ICMPV6, &fd);

	if (r < 0)
		return r;
	memset(&filter, 0xff, sizeof(filter)); /* a set bit is kept out */
	filter.data[TYPE_ADVERT >> 5] &= ~(1u << (TYPE_ADVERT & 31));
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &filter,
		       sizeof(filter)) < 0)
		return -errno;
	r = set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOP_LIMIT);
	if (r == 0)
		r = set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	if (r == 0)
		*ret_fd = fd_take(&fd);
	return r;
}

int dhcp_socket6_open_client(const char *interface, int *ret_fd)
{
	struct sockaddr_in6 local = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(DHCP_PORT6_CLIENT),
	};
	int fd AUTO_CLOSE = -1;
	int r = open_socket(interface, SOCK_DGRAM, 0, &fd);

	if (r == 0)
		r = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

int dhcp_socket6_receive(int fd, void *buffer, size_t size,
			 struct span *ret_packet, struct dhcp_ip6 *ret_source,
			 unsigned int *ret_hop_limit)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sockaddr_in6 from = { 0 };
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int hop_limit = 0;
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (message.msg_flags & MSG_TRUNC || from.sin6_family != AF_INET6)
		return -EBADMSG;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level == IPPROTO_IPV6 &&
		    header->cmsg_type == IPV6_HOPLIMIT &&
		    header->cmsg_len >= CMSG_LEN(sizeof(hop_limit)))
			memcpy(&hop_limit, CMSG_DATA(header),
			       sizeof(hop_limit));
	}
	*ret_packet = (struct span){ buffer, (size_t)n };
	memcpy(ret_source->bytes, &from.sin6_addr, sizeof(ret_source->bytes));
	*ret_hop_limit = (unsigned int)hop_limit;
	return 0;
}

static int send_to(int fd, struct span payload, const void *address, size_t len)
{
	ssize_t n;

	do
		n = sendto(fd, payload.data, payload.len,
			   MSG_DONTWAIT | MSG_NOSIGNAL, address,
			   (socklen_t)len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* To the group ff02::HIGH:LOW of the link. */
static int send_to_group(int fd, int ifindex, uint8_t high, uint8_t low,
			 uint16_t port, struct span payload)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_scope_id = (uint32_t)ifindex,
	};

	to.sin6_addr.s6_addr[0] = 0xff;
	to.sin6_addr.s6_addr[1] = 0x02;
	to.sin6_addr.s6_addr[13] = high;
	to.sin6_addr.s6_addr[15] = low;
	return send_to(fd, payload, &to, sizeof(to));
}

int dhcp_socket6_send(int fd, int ifindex, struct span payload)
{
	return send_to_group(fd, ifindex, 1, 2, DHCP_PORT6_SERVER, payload);
}

/* IPv6 from :: to ff02::2, and the solicitation behind it. Without our
 * link-layer address, as it has to be when there is no source. */
static const uint8_t solicitation[] = {
	0x60,
	0,
	0,
	0,
	0,
	8,
	IPPROTO_ICMPV6,
	HOP_LIMIT,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0xff,
	0x02,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	TYPE_SOLICIT,
	0,
	0x7b,
	0xb8,
	0,
	0,
	0,
	0,
};

int dhcp_socket6_solicit(int fd, int ifindex)
{
	/* The kernel makes a checksum of its own. */
	return send_to_group(
		fd, ifindex, 0, 2, 0,
		(struct span){ solicitation + sizeof(solicitation) - 8, 8 });
}

int dhcp_socket6_solicit_early(int fd, int ifindex)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IPV6),
		.sll_ifindex = ifindex,
		.sll_halen = ETH_ALEN,
		.sll_addr = { 0x33, 0x33, 0, 0, 0, 2 },
	};

	return send_to(fd, (struct span){ solicitation, sizeof(solicitation) },
		       &to, sizeof(to));
}
