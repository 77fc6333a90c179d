/* See interfaces.h. */
#include "discover/interfaces.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/text.h"

#define PROC_MAX 16384

static int open_any(int type)
{
	return socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int fill_index(int fd, struct interface *interface)
{
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, interface->name, sizeof(interface->name));
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	interface->index = (unsigned int)request.ifr_ifindex;
	return 0;
}

/* 1, or 0; -ENOTTY on a kernel that does not tell of any. */
static int is_useful(int fd, const struct interface *interface)
{
	const int needed = IFF_UP | IFF_MULTICAST;
	struct ifreq request = { .ifr_flags = 0 };

	memcpy(request.ifr_name, interface->name, sizeof(interface->name));
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return errno == ENOTTY ? -ENOTTY : 0;
	return (request.ifr_flags & needed) == needed &&
	       !(request.ifr_flags & IFF_LOOPBACK);
}

static int list_unknown(struct interface *interfaces, size_t *ret_count)
{
	interfaces[0] = (struct interface){ .index = 0 };
	*ret_count = 1;
	return 0;
}

int interfaces_list(struct interface *interfaces, size_t max, size_t *ret_count)
{
	char buffer[PROC_MAX];
	int fd AUTO_CLOSE = -1;
	struct reader reader;
	struct span text;
	size_t count = 0;

	/* if_nameindex() would need netlink and memory. */
	if (fd_read_beginning("/proc/net/dev", buffer, sizeof(buffer), &text) <
	    0)
		return list_unknown(interfaces, ret_count);
	fd = open_any(SOCK_DGRAM);
	if (fd < 0)
		return -errno;
	reader_from_span(&reader, text);
	/* Two lines of headings; then a name and its colon in each line. */
	(void)reader_until(&reader, '\n');
	(void)reader_until(&reader, '\n');
	while (reader_left(&reader) > 0) {
		struct interface interface = { .index = 0 };
		struct reader line;
		struct span name;
		int r;

		reader_from_span(&line, reader_until(&reader, '\n'));
		name = span_trim(reader_until(&line, ':'));
		if (reader_left(&line) == 0 ||
		    text_copy(interface.name, sizeof(interface.name), name) < 0)
			continue;
		r = is_useful(fd, &interface);
		if (r < 0)
			return list_unknown(interfaces, ret_count);
		if (r == 0 || fill_index(fd, &interface) < 0)
			continue;
		if (count < max)
			interfaces[count] = interface;
		count++;
	}
	*ret_count = count;
	return 0;
}

int interfaces_find(const char *name, struct interface *ret_interface)
{
	struct interface interface = { .index = 0 };
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

size_t interfaces_gateways(uint32_t *gateways, size_t max)
{
	char buffer[PROC_MAX];
	struct reader reader;
	struct span text;
	size_t n = 0;

	if (fd_read_beginning("/proc/net/route", buffer, sizeof(buffer),
			      &text) < 0)
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
