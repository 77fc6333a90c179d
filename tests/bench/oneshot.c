/*
 * The least that can find a service: what phase-discover's time is compared
 * with (tests/bench/discover.py).
 *
 *	oneshot nothing                 ends at once: what a program's start costs
 *	oneshot NIC TYPE [ADDRESS PORT] asks once for TYPE.local's pointers over
 *	                                IPv4, from an ephemeral port, and ends with
 *	                                the first packet that comes back; looks at
 *	                                nothing in it. With ADDRESS it then gets
 *	                                /health there.
 *	oneshot stream RATE MS FILE     the other side: to the first query on port
 *	                                5353 the packets of FILE, each with its
 *	                                length before it, RATE of them in a second,
 *	                                over and over, for MS milliseconds; prints
 *	                                how many went out
 *	oneshot serve PORT              a provider's health, one answer after the
 *	                                other, over IPv6 and IPv4
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 5353
#define GROUP "224.0.0.251"
/* As many at a time: the clock is looked at in between. */
#define BURST 64

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(const char *text, unsigned int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};

	if (inet_pton(AF_INET, text, &to.sin_addr) != 1)
		die(text);
	return to;
}

/* --- the asking side ---------------------------------------------------- */

/* TYPE is two labels: "_http._tcp". */
static size_t make_query(uint8_t *packet, const char *type)
{
	static const uint8_t header[12] = { 0x12, 0x34, [5] = 1 };
	static const uint8_t tail[] = { 5, 'l', 'o', 'c',  'a', 'l',
					0, 0,	12,  0x80, 1 };
	size_t len = sizeof(header);

	memcpy(packet, header, sizeof(header));
	while (*type) {
		size_t label = strcspn(type, ".");

		packet[len++] = (uint8_t)label;
		memcpy(packet + len, type, label);
		len += label;
		type += label + (type[label] == '.');
	}
	memcpy(packet + len, tail, sizeof(tail));
	return len + sizeof(tail);
}

static void ask(const char *nic, const char *type)
{
	const struct sockaddr_in to = address_of(GROUP, PORT);
	const struct ip_mreqn through = {
		.imr_ifindex = (int)if_nametoindex(nic),
	};
	uint8_t packet[9000];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &through,
				 sizeof(through)) < 0)
		die("socket");
	if (sendto(fd, packet, make_query(packet, type), 0,
		   (const struct sockaddr *)&to, sizeof(to)) < 0)
		die("sendto");
	if (recv(fd, packet, sizeof(packet), 0) < 0)
		die("recv");
}

static void get(const char *address, const char *port)
{
	static const char request[] = "GET /health HTTP/1.1\r\nHost: x\r\n"
				      "Connection: close\r\n\r\n";
	const struct sockaddr_in to = address_of(address,
						 (unsigned int)atoi(port));
	char answer[512];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	if (send(fd, request, sizeof(request) - 1, 0) < 0)
		die("send");
	if (recv(fd, answer, sizeof(answer), 0) <= 0)
		die("recv");
}

/* --- the answering side ------------------------------------------------- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int listen_to_group(void)
{
	const struct sockaddr_in any = address_of("0.0.0.0", PORT);
	const struct ip_mreqn group = {
		.imr_multiaddr = address_of(GROUP, 0).sin_addr,
		.imr_ifindex = 0,
	};
	const int one = 1, hops = 255;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof(hops)) < 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		die("bind");
	for (const struct if_nameindex *i = if_nameindex(); i->if_index; i++) {
		struct ip_mreqn on = group;

		on.imr_ifindex = (int)i->if_index;
		(void)!setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &on,
				  sizeof(on));
	}
	return fd;
}

struct packet {
	size_t len;
	uint8_t *data;
};

static size_t read_packets(const char *path, struct packet **ret_packets)
{
	FILE *file = fopen(path, "rb");
	struct packet *packets = NULL;
	uint8_t head[2];
	size_t n = 0;

	if (!file)
		die(path);
	while (fread(head, sizeof(head), 1, file) == 1) {
		size_t len = (size_t)head[0] << 8 | head[1];

		packets = realloc(packets, (n + 1) * sizeof(*packets));
		packets[n] = (struct packet){ len, malloc(len) };
		if (fread(packets[n++].data, len, 1, file) != 1)
			die(path);
	}
	fclose(file);
	*ret_packets = packets;
	return n;
}

static void stream(int64_t rate, int64_t ms, const char *path)
{
	struct packet *packets;
	size_t n_packets = read_packets(path, &packets);
	int fd = listen_to_group();
	struct sockaddr_in to;
	socklen_t len = sizeof(to);
	uint8_t query[9000];
	int64_t start, now, n = 0;

	puts("ready");
	fflush(stdout);
	if (recvfrom(fd, query, sizeof(query), 0, (struct sockaddr *)&to,
		     &len) < 0)
		die("recvfrom");
	/* An answer has its query's number: RFC 6762 §6.7 */
	for (size_t i = 0; i < n_packets; i++)
		memcpy(packets[i].data, query, 2);
	start = now_us();
	while ((now = now_us()) - start < ms * 1000) {
		int64_t wanted = (now - start) * rate / 1000000;

		if (wanted <= n)
			usleep(200);
		for (int i = 0; i < BURST && n < wanted; i++, n++) {
			const struct packet *p =
				&packets[(size_t)n % n_packets];

			/* Nobody may be there any more. */
			(void)!sendto(fd, p->data, p->len, 0,
				      (const struct sockaddr *)&to, len);
		}
	}
	printf("%lld\n", (long long)n);
}

static void answer(int fd)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
				   "Connection: close\r\n\r\n{}";
	static const char none[] = "HTTP/1.1 404 Not Found\r\n"
				   "Content-Length: 0\r\n"
				   "Connection: close\r\n\r\n";
	char request[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, request + len, sizeof(request) - 1 - len, 0)) >
	       0) {
		len += (size_t)n;
		request[len] = 0;
		if (!strstr(request, "\r\n\r\n"))
			continue;
		if (strncmp(request, "GET /health ", 12) == 0)
			(void)!send(fd, good, strlen(good), MSG_NOSIGNAL);
		else
			(void)!send(fd, none, strlen(none), MSG_NOSIGNAL);
		break;
	}
	close(fd);
}

static void serve(const char *port)
{
	const struct sockaddr_in6 here = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)atoi(port)),
	};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
	    listen(fd, 128) < 0)
		die("listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer >= 0)
			answer(peer);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "stream") == 0) {
		stream(atoll(argv[2]), atoll(argv[3]), argv[4]);
	} else if (argc == 3 && strcmp(argv[1], "serve") == 0) {
		serve(argv[2]);
	} else if (argc >= 3) {
		ask(argv[1], argv[2]);
		if (argc == 5)
			get(argv[3], argv[4]);
	}
	return 0;
}
