/* See socket.h. */
#include "discover/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

#define MDNS_PORT 5353
#define MDNS_GROUP_IPV4 0xe00000fbu
#define MDNS_GROUP_IPV6                                                        \
	{                                                                      \
		{                                                              \
			{                                                      \
				0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
					0, 0, 0xfb                             \
			}                                                      \
		}                                                              \
	}
#define MDNS_HOPS 255
#define PROC_MAX 16384

/* The beginning of a file of /proc, as far as it fits. */
static int read_proc(const char *path, char *buffer, size_t size,
		     struct span *ret_text)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size) {
		ssize_t n = read(fd, buffer + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_text = (struct span){ (const uint8_t *)buffer, len };
	return 0;
}

static int open_any(int type)
{
	return socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int fill_index(int fd, struct socket_interface *interface)
{
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, interface->name, sizeof(interface->name));
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	interface->index = (unsigned int)request.ifr_ifindex;
	return 0;
}

static bool is_useful(int fd, const struct socket_interface *interface)
{
	const int needed = IFF_UP | IFF_MULTICAST;
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, interface->name, sizeof(interface->name));
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return false;
	return (request.ifr_flags & needed) == needed &&
	       !(request.ifr_flags & IFF_LOOPBACK);
}

int socket_list_interfaces(struct socket_interface *interfaces, size_t max,
			   size_t *ret_count)
{
	char buffer[PROC_MAX];
	int fd AUTO_CLOSE = -1;
	struct reader reader;
	struct span text;
	size_t count = 0;

	/* if_nameindex() would need netlink and memory. */
	if (read_proc("/proc/net/dev", buffer, sizeof(buffer), &text) < 0) {
		interfaces[0] = (struct socket_interface){ .index = 0 };
		*ret_count = 1;
		return 0;
	}
	fd = open_any(SOCK_DGRAM);
	if (fd < 0)
		return -errno;
	reader_from_span(&reader, text);
	/* Two lines of headings; then a name and its colon in each line. */
	(void)reader_until(&reader, '\n');
	(void)reader_until(&reader, '\n');
	while (reader_left(&reader) > 0) {
		struct socket_interface interface = { .index = 0 };
		struct reader line;
		struct span name;

		reader_from_span(&line, reader_until(&reader, '\n'));
		name = span_trim(reader_until(&line, ':'));
		if (reader_left(&line) == 0 ||
		    text_copy(interface.name, sizeof(interface.name), name) <
			    0 ||
		    !is_useful(fd, &interface) ||
		    fill_index(fd, &interface) < 0)
			continue;
		if (count < max)
			interfaces[count] = interface;
		count++;
	}
	*ret_count = count;
	return 0;
}

int socket_find_interface(const char *name,
			  struct socket_interface *ret_interface)
{
	struct socket_interface interface = { .index = 0 };
	int fd AUTO_CLOSE = open_any(SOCK_DGRAM);
	int r;

	if (fd < 0)
		return -errno;
	r = text_copy(interface.name, sizeof(interface.name), span_of(name));
	if (r < 0)
		return -ENODEV;
	r = fill_index(fd, &interface);
	if (r < 0)
		return r;
	*ret_interface = interface;
	return 0;
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ?
		       -errno :
		       0;
}

static int prepare_ipv4(int fd, const struct socket_interface *interface)
{
	struct ip_mreqn through = { .imr_ifindex = (int)interface->index };
	struct sockaddr_in any = { .sin_family = AF_INET };
	int r;

	if (interface->index != 0 && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
						&through, sizeof(through)) < 0)
		return -errno;
	r = set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, MDNS_HOPS);
	if (r < 0 && interface->index != 0)
		return r;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	return 0;
}

static int prepare_ipv6(int fd, const struct socket_interface *interface)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	int r;

	r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (r < 0)
		return r;
	r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface->index);
	if (r < 0)
		return r;
	r = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, MDNS_HOPS);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	return 0;
}

int socket_open_mdns(const struct socket_interface *interface, bool is_ipv6,
		     int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r;

	fd = socket(is_ipv6 ? AF_INET6 : AF_INET,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Another interface's answers stay out. Kernels before 5.7 let only
	 * the privileged do this; without it the port alone tells. */
	if (interface->index != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface->name,
		       (socklen_t)strlen(interface->name)) < 0 &&
	    errno == ENODEV)
		return -ENODEV;
	r = is_ipv6 ? prepare_ipv6(fd, interface) : prepare_ipv4(fd, interface);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

int socket_send_mdns(int fd, const struct socket_interface *interface,
		     bool is_ipv6, struct span packet)
{
	struct sockaddr_in6 group6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(MDNS_PORT),
		.sin6_addr = MDNS_GROUP_IPV6,
		.sin6_scope_id = interface->index,
	};
	struct sockaddr_in group4 = {
		.sin_family = AF_INET,
		.sin_port = htons(MDNS_PORT),
		.sin_addr.s_addr = htonl(MDNS_GROUP_IPV4),
	};
	ssize_t n;

	do {
		if (is_ipv6)
			n = sendto(fd, packet.data, packet.len, 0,
				   (struct sockaddr *)&group6, sizeof(group6));
		else
			n = sendto(fd, packet.data, packet.len, 0,
				   (struct sockaddr *)&group4, sizeof(group4));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int socket_recv(int fd, void *buffer, size_t size, size_t *ret_len,
		uint16_t *ret_port)
{
	/* sin_port and sin6_port are at the same place, but say so. */
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} from = { .any.sa_family = AF_UNSPEC };
	socklen_t from_len = sizeof(from);
	ssize_t n;

	do {
		n = recvfrom(fd, buffer, size, 0, &from.any, &from_len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_port = ntohs(from.any.sa_family == AF_INET6 ? from.ipv6.sin6_port :
							   from.ipv4.sin_port);
	*ret_len = (size_t)n;
	return 0;
}

int socket_connect(const struct url_address *address, const char *zone,
		   uint16_t port, int *ret_fd)
{
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in to4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(address->ipv4),
	};
	struct socket_interface interface;
	int fd AUTO_CLOSE = -1;
	int r;

	if (url_is_link_local(address)) {
		r = socket_find_interface(zone, &interface);
		if (r < 0)
			return r;
		to6.sin6_scope_id = interface.index;
	}
	memcpy(&to6.sin6_addr, address->ipv6, sizeof(to6.sin6_addr));
	fd = socket(address->is_ipv6 ? AF_INET6 : AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (address->is_ipv6)
		r = connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	else
		r = connect(fd, (struct sockaddr *)&to4, sizeof(to4));
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

/* Eight digits, of the bytes as they are in memory. False when they are not
 * that. */
static bool parse_hex_address(struct span text, uint32_t *ret_address)
{
	uint32_t value = 0;

	if (text.len != 8)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];

		value <<= 4;
		if (byte >= '0' && byte <= '9')
			value |= byte - '0' + 0u;
		else if (byte >= 'A' && byte <= 'F')
			value |= byte - 'A' + 10u;
		else
			return false;
	}
	*ret_address = ntohl(value);
	return true;
}

size_t socket_default_gateways(uint32_t *gateways, size_t max)
{
	char buffer[PROC_MAX];
	struct reader reader;
	struct span text;
	size_t n = 0;

	if (read_proc("/proc/net/route", buffer, sizeof(buffer), &text) < 0)
		return 0;
	reader_from_span(&reader, text);
	(void)reader_until(&reader, '\n');
	while (reader_left(&reader) > 0 && n < max) {
		uint32_t destination, gateway, mask;
		struct span words[8];
		struct reader line;
		size_t i;

		reader_from_span(&line, reader_until(&reader, '\n'));
		/* Iface Destination Gateway Flags RefCnt Use Metric Mask */
		for (i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = reader_word(&line);
		if (!parse_hex_address(words[1], &destination) ||
		    !parse_hex_address(words[2], &gateway) ||
		    !parse_hex_address(words[7], &mask) || destination != 0 ||
		    mask != 0 || gateway == 0)
			continue;
		for (i = 0; i < n && gateways[i] != gateway; i++)
			continue;
		if (i == n)
			gateways[n++] = gateway;
	}
	return n;
}
