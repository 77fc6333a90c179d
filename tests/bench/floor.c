/*
 * The floor of a boot, to be /init: what no other can do without, and nothing
 * else. It mounts, loads what /floor.modules names in that order, takes the
 * first DHCP offer there is, and becomes the shell.
 *
 * Nothing is checked or waited for but carrier and the two answers; it must not
 * be used for anything but to be measured. The kernel's log says "bench:
 * address" when the address is there.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* RFC 2131 §2, with options of a fixed order */
struct message {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16], sname[64], file[128], cookie[4], options[312];
} __attribute__((packed));

static char list[4096];

static void set_up_files(void)
{
	int console;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	console = open("/dev/console", O_RDWR);
	dup2(console, 0);
	dup2(console, 1);
	dup2(console, 2);
}

static void load_modules(void)
{
	int fd = open("/floor.modules", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, list, sizeof(list) - 1);

	for (char *path = strtok(list, "\n"); len > 0 && path;
	     path = strtok(NULL, "\n")) {
		bool packed = strcmp(path + strlen(path) - 3, ".ko") != 0;

		fd = open(path, O_RDONLY | O_CLOEXEC);
		syscall(SYS_finit_module, fd, "",
			packed ? MODULE_INIT_COMPRESSED_FILE : 0);
		close(fd);
	}
}

/* Of the carrier itself: that a link is RUNNING the kernel may say a second
 * later. */
static bool has_carrier(int udp, struct ifreq *request)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };

	request->ifr_data = (char *)&link;
	ioctl(udp, SIOCETHTOOL, request);
	return link.data;
}

static void wait_for_carrier(int udp, struct ifreq *request)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = RTMGRP_LINK };
	int events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	char buffer[8192];

	bind(events, (struct sockaddr *)&address, sizeof(address));
	ioctl(udp, SIOCGIFFLAGS, request);
	request->ifr_flags |= IFF_UP;
	ioctl(udp, SIOCSIFFLAGS, request);
	while (!has_carrier(udp, request))
		recv(events, buffer, sizeof(buffer), 0);
	close(events);
}

static const uint8_t *option(const struct message *message, uint8_t code)
{
	const uint8_t *at = message->options;

	while (at < message->options + 300 && *at != code)
		at += *at ? 2 + at[1] : 1;
	return at + 2;
}

static void exchange(int udp, struct message *message, const uint8_t *options,
		     size_t len)
{
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_port = htons(67),
				      .sin_addr.s_addr = INADDR_BROADCAST };

	message->op = 1;
	memcpy(message->options, options, len);
	do {
		sendto(udp, message, sizeof(*message), 0,
		       (struct sockaddr *)&server, sizeof(server));
	} while (recv(udp, message, sizeof(*message), 0) < 0);
}

/* The answer of the server is in MESSAGE then. */
static void ask_for_lease(int udp, struct message *message)
{
	static const uint8_t discover[] = { 53, 1, 1, 255 };
	uint8_t request[] = { 53, 1,  3, 50, 4, 0, 0, 0,
			      0,  54, 4, 0,  0, 0, 0, 255 };
	static const uint8_t cookie[] = { 99, 130, 83, 99 };

	message->htype = 1;
	message->hlen = 6;
	message->xid = 1;
	memcpy(message->cookie, cookie, sizeof(cookie));
	exchange(udp, message, discover, sizeof(discover));
	memcpy(request + 5, &message->yiaddr, 4);
	memcpy(request + 11, option(message, 54), 4);
	message->yiaddr = 0;
	exchange(udp, message, request, sizeof(request));
}

static void set_address(int udp, struct ifreq *request, unsigned long what,
			const void *value)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	memcpy(&address.sin_addr, value, 4);
	memcpy(&request->ifr_addr, &address, sizeof(address));
	ioctl(udp, what, request);
}

static void configure(int udp, struct ifreq *request,
		      const struct message *lease)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	struct sockaddr_in gateway = { .sin_family = AF_INET };

	set_address(udp, request, SIOCSIFADDR, &lease->yiaddr);
	set_address(udp, request, SIOCSIFNETMASK, option(lease, 1));
	memcpy(&gateway.sin_addr, option(lease, 3), 4);
	memcpy(&route.rt_gateway, &gateway, sizeof(gateway));
	route.rt_dst.sa_family = AF_INET;
	route.rt_genmask.sa_family = AF_INET;
	ioctl(udp, SIOCADDRT, &route);
}

static void get_network(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(68) };
	struct ifreq request = { .ifr_name = "eth0" };
	struct message message = { .flags = htons(0x8000) };
	/* The link may throw the first packet away. */
	struct timeval patience = { .tv_usec = 50000 };
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(udp, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
	setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	bind(udp, (struct sockaddr *)&any, sizeof(any));
	wait_for_carrier(udp, &request);
	ioctl(udp, SIOCGIFHWADDR, &request);
	memcpy(message.chaddr, request.ifr_hwaddr.sa_data, 6);
	ask_for_lease(udp, &message);
	configure(udp, &request, &message);
	close(udp);
}

int main(void)
{
	static const char mark[] = "<6>bench: address\n";
	static char *const shell[] = { "-sh", NULL };
	static char *const environment[] = { "TERM=vt220", NULL };
	ssize_t n;
	int fd;

	set_up_files();
	load_modules();
	get_network();
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	n = write(fd, mark, sizeof(mark) - 1);
	execve("/bin/sh", shell, environment);
	return n < 0;
}
