/* See socket.h. */
#include "discover/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* After the libc's: numbers that musl does not name. */
#include <linux/icmpv6.h>

#include "base/fd.h"

/* What may wait to be read, in bytes of the kernel's counting, which takes
 * twice as much: some two hundred answers that come at once, while a machine
 * that boots has other things to do. */
#define BUFFER (256 * 1024)

/* Of a packet that no router has passed on: RFC 6762 §11. */
#define HOPS_LOCAL 255

const struct socket_group socket_mdns = {
	.ipv4 = 0xe00000fb,
	.ipv6 = { 0xff, 2, [15] = 0xfb },
	.port = 5353,
	.hops = HOPS_LOCAL,
	.said = SOCKET_FILTER_MDNS,
	.answered = SOCKET_FILTER_MDNS_ANSWERS,
};

const struct socket_group socket_ssdp = {
	.ipv4 = 0xeffffffa,
	.ipv6 = { 0xff, 2, [15] = 0x0c },
	.port = 1900,
	.hops = 2, /* §1.3.2 */
	.said = SOCKET_FILTER_SSDP,
	.answered = SOCKET_FILTER_SSDP_ANSWERS,
};

static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

union endpoint {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ?
		       -errno :
		       0;
}

/* --- addresses ---------------------------------------------------------- */

static socklen_t fill(union endpoint *to, bool is_ipv6, uint32_t ipv4,
		      const uint8_t ipv6[16], uint16_t port)
{
	memset(to, 0, sizeof(*to));
	if (!is_ipv6) {
		to->ipv4.sin_family = AF_INET;
		to->ipv4.sin_port = htons(port);
		to->ipv4.sin_addr.s_addr = htonl(ipv4);
		return sizeof(to->ipv4);
	}
	to->ipv6.sin6_family = AF_INET6;
	to->ipv6.sin6_port = htons(port);
	memcpy(&to->ipv6.sin6_addr, ipv6, 16);
	return sizeof(to->ipv6);
}

static socklen_t fill_group(union endpoint *to,
			    const struct interface *interface, bool is_ipv6,
			    const struct socket_group *group)
{
	socklen_t len = fill(to, is_ipv6, group->ipv4, group->ipv6,
			     group->port);

	if (is_ipv6)
		to->ipv6.sin6_scope_id = interface->index;
	return len;
}

/* --- opening ------------------------------------------------------------ */

static int open_udp(bool is_ipv6, enum socket_filter filter, int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r = 0;

	fd = socket(is_ipv6 ? AF_INET6 : AF_INET,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (is_ipv6)
		r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (r < 0)
		return r;
	socket_filter_attach(fd, filter);
	/* Who may gets it all, others up to net.core.rmem_max. */
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0)
		(void)!set_int(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	*ret_fd = fd_take(&fd);
	return 0;
}

/* Another interface's packets stay out. Kernels before 5.7 let only the
 * privileged do this; without it the port alone tells. */
static int bind_to(int fd, const struct interface *interface)
{
	if (interface->index != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface->name,
		       (socklen_t)strlen(interface->name)) < 0 &&
	    errno == ENODEV)
		return -ENODEV;
	return 0;
}

static int prepare_ipv4(int fd, const struct interface *interface,
			const struct socket_group *group)
{
	struct ip_mreqn through = { .imr_ifindex = (int)interface->index };
	int r;

	if (interface->index != 0 && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
						&through, sizeof(through)) < 0)
		return -errno;
	r = set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, group->hops);
	if (r < 0 && interface->index != 0)
		return r;
	/* Without it nobody is proven to be on the link. */
	(void)!set_int(fd, IPPROTO_IP, IP_RECVTTL, 1);
	return 0;
}

static int prepare_ipv6(int fd, const struct interface *interface,
			const struct socket_group *group)
{
	int r;

	r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface->index);
	if (r < 0)
		return r;
	r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, group->hops);
	if (r < 0)
		return r;
	(void)!set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	return 0;
}

static int open_multicast(const struct interface *interface, bool is_ipv6,
			  const struct socket_group *group,
			  enum socket_filter filter, int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = open_udp(is_ipv6, filter, &fd);
	if (r < 0)
		return r;
	r = bind_to(fd, interface);
	if (r < 0)
		return r;
	r = is_ipv6 ? prepare_ipv6(fd, interface, group) :
		      prepare_ipv4(fd, interface, group);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

static int bind_any(int fd, bool is_ipv6)
{
	static const uint8_t any[16];
	union endpoint to;
	socklen_t len = fill(&to, is_ipv6, INADDR_ANY, any, 0);

	return bind(fd, &to.any, len) < 0 ? -errno : 0;
}

int socket_open_ephemeral(const struct interface *interface, bool is_ipv6,
			  const struct socket_group *group, int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = open_multicast(interface, is_ipv6, group, group->answered, &fd);
	if (r < 0)
		return r;
	r = bind_any(fd, is_ipv6);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* Of this interface only, not of those that another socket has joined. */
static int join(int fd, const struct interface *interface, bool is_ipv6,
		const struct socket_group *group)
{
	struct ip_mreqn ipv4 = {
		.imr_multiaddr.s_addr = htonl(group->ipv4),
		.imr_ifindex = (int)interface->index,
	};
	struct ipv6_mreq ipv6 = { .ipv6mr_interface = interface->index };
	int r;

	if (!is_ipv6) {
		(void)!set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
		r = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &ipv4,
			       sizeof(ipv4));
		return r < 0 ? -errno : 0;
	}
	memcpy(&ipv6.ipv6mr_multiaddr, group->ipv6, sizeof(group->ipv6));
	(void)!set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	r = setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &ipv6, sizeof(ipv6));
	return r < 0 ? -errno : 0;
}

int socket_open_group(const struct interface *interface, bool is_ipv6,
		      const struct socket_group *group, int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	union endpoint here;
	socklen_t len;
	int r;

	r = open_multicast(interface, is_ipv6, group, group->said, &fd);
	if (r < 0)
		return r;
	r = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r < 0)
		return r;
	/* Some of those who have the port want it of the others as well. */
	(void)!set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	/* Bound to the group, it takes no unicast away from them. */
	len = fill_group(&here, interface, is_ipv6, group);
	if (bind(fd, &here.any, len) < 0)
		return -errno;
	r = join(fd, interface, is_ipv6, group);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

int socket_open_dns(bool is_ipv6, int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = open_udp(is_ipv6, SOCKET_FILTER_DNS, &fd);
	if (r < 0)
		return r;
	r = bind_any(fd, is_ipv6);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

int socket_open_echo(int *ret_fd)
{
	struct icmp6_filter replies;
	int fd AUTO_CLOSE = -1;
	int r;

	fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;
	memset(&replies, 0xff, sizeof(replies));
	replies.data[ICMPV6_ECHO_REPLY / 32] &= ~(1u
						  << (ICMPV6_ECHO_REPLY % 32));
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &replies,
		       sizeof(replies)) < 0)
		return -errno;
	/* Neighbours are on the link, and are not we. */
	r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
	if (r == 0)
		r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (r < 0)
		return r;
	r = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* --- packets ------------------------------------------------------------ */

static int send_to(int fd, const union endpoint *to, socklen_t len,
		   struct span packet)
{
	ssize_t n;

	do {
		n = sendto(fd, packet.data, packet.len, MSG_NOSIGNAL, &to->any,
			   len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int socket_send_group(int fd, const struct interface *interface, bool is_ipv6,
		      const struct socket_group *group, struct span packet)
{
	union endpoint to;
	socklen_t len = fill_group(&to, interface, is_ipv6, group);

	return send_to(fd, &to, len, packet);
}

int socket_send(int fd, const struct url_address *address, uint16_t port,
		struct span packet)
{
	union endpoint to;
	socklen_t len = fill(&to, address->is_ipv6, address->ipv4,
			     address->ipv6, port);

	return send_to(fd, &to, len, packet);
}

int socket_send_echo(int fd, const struct interface *interface,
		     struct span packet)
{
	union endpoint to;
	socklen_t len = fill(&to, true, 0, all_nodes, 0);

	to.ipv6.sin6_scope_id = interface->index;
	return send_to(fd, &to, len, packet);
}

static int int_of(const struct cmsghdr *header)
{
	int value = 0;

	if (header->cmsg_len >= CMSG_LEN(sizeof(value)))
		memcpy(&value, CMSG_DATA(header), sizeof(value));
	return value;
}

/* What the kernel says beside the packet. */
static void read_control(struct msghdr *message, struct socket_sender *sender)
{
	struct in6_pktinfo info;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		bool is_ipv6 = header->cmsg_level == IPPROTO_IPV6;

		if (is_ipv6 && header->cmsg_type == IPV6_PKTINFO &&
		    header->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(header), sizeof(info));
			sender->ifindex = info.ipi6_ifindex;
		} else if ((is_ipv6 && header->cmsg_type == IPV6_HOPLIMIT) ||
			   (header->cmsg_level == IPPROTO_IP &&
			    header->cmsg_type == IP_TTL)) {
			sender->on_link |= int_of(header) == HOPS_LOCAL;
		}
	}
}

static void read_address(const union endpoint *from,
			 struct socket_sender *sender)
{
	if (from->any.sa_family != AF_INET6) {
		sender->address.ipv4 = ntohl(from->ipv4.sin_addr.s_addr);
		sender->port = ntohs(from->ipv4.sin_port);
		sender->on_link = sender->address.ipv4 >> 16 == 0xa9fe;
		return;
	}
	sender->address.is_ipv6 = true;
	memcpy(sender->address.ipv6, &from->ipv6.sin6_addr, 16);
	sender->port = ntohs(from->ipv6.sin6_port);
	sender->on_link = url_is_link_local(&sender->address);
}

int socket_recv(int fd, void *buffer, size_t size, size_t *ret_len,
		struct socket_sender *ret_sender)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int)) +
			   CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	union endpoint from = { .any.sa_family = AF_UNSPEC };
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	do {
		n = recvmsg(fd, &message, 0);
	} while (n < 0 && errno == EINTR);
	/* Where there is nothing but plain UDP, nothing is said beside it. */
	if (n < 0 && errno == ENOSYS) {
		message.msg_controllen = 0;
		n = recvfrom(fd, buffer, size, 0, &from.any,
			     &message.msg_namelen);
	}
	if (n < 0)
		return -errno;
	*ret_sender = (struct socket_sender){ .ifindex = 0 };
	read_address(&from, ret_sender);
	read_control(&message, ret_sender);
	*ret_len = (size_t)n;
	return 0;
}

/* --- connections -------------------------------------------------------- */

int socket_connect(const struct url_address *address, const char *zone,
		   uint16_t port, bool is_local, int *ret_fd)
{
	struct interface interface;
	int fd AUTO_CLOSE = -1;
	union endpoint to;
	socklen_t len = fill(&to, address->is_ipv6, address->ipv4,
			     address->ipv6, port);
	int r;

	if (url_is_link_local(address)) {
		r = interfaces_find(zone, &interface);
		if (r < 0)
			return r;
		to.ipv6.sin6_scope_id = interface.index;
	}
	fd = socket(address->is_ipv6 ? AF_INET6 : AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (is_local) {
		/* IPv6 does not heed SO_DONTROUTE: what a router gets there, it
		 * drops (RFC 8200 §3, Hop Limit). */
		r = address->is_ipv6 ?
			    set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1) :
			    set_int(fd, SOL_SOCKET, SO_DONTROUTE, 1);
		if (r < 0)
			return r;
	}
	r = connect(fd, &to.any, len);
	if (r < 0 && errno != EINPROGRESS && errno != EINTR)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

int socket_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}
