/*
 * See socket.h. libmnl builds and reads messages (route.c) but has no part in
 * the sockets: its own take memory from the heap, and mnl_socket_recvfrom()
 * does not tell who the sender was.
 */
#include "netlink/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/fd.h"
#include "base/text.h"

/* Coldplug of a big machine sends some thousand uevents in a burst. The
 * kernel takes memory only for what waits. */
#define UEVENT_RECEIVE_BUFFER (2 * 1024 * 1024)
#define UEVENT_GROUP_KERNEL 1u

/* Requests in one datagram: so few that their answers have room in the
 * smallest receive buffer that is customary. */
#define MANY_MAX 16
#define PENDING 1 /* no verdict, which is 0 or negative */

static int open_socket(struct netlink *netlink, int protocol, int flags,
		       unsigned int groups)
{
	/* A port of the kernel's choice. */
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};

	*netlink = (struct netlink){
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags,
			     protocol),
	};
	if (netlink->fd < 0)
		return -errno;
	if (bind(netlink->fd, (const struct sockaddr *)&address,
		 sizeof(address)) < 0) {
		int r = -errno;

		netlink_close(netlink);
		return r;
	}
	return 0;
}

int netlink_open_request(struct netlink *netlink)
{
	int on = 1;
	int r = open_socket(netlink, NETLINK_ROUTE, 0, 0);

	if (r < 0)
		return r;
	/* Kernels before 4.2 and 4.12 have them not; nothing is lost. */
	(void)setsockopt(netlink->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on,
			 sizeof(on));
	(void)setsockopt(netlink->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on,
			 sizeof(on));
	return 0;
}

int netlink_open_monitor(struct netlink *netlink, uint32_t groups)
{
	return open_socket(netlink, NETLINK_ROUTE, SOCK_NONBLOCK, groups);
}

int netlink_open_uevent(struct netlink *netlink)
{
	int size = UEVENT_RECEIVE_BUFFER;
	int r = open_socket(netlink, NETLINK_KOBJECT_UEVENT, SOCK_NONBLOCK,
			    UEVENT_GROUP_KERNEL);

	if (r < 0)
		return r;
	/* The plain option stops at net.core.rmem_max, and is better than
	 * nothing without the right to the other. */
	if (setsockopt(netlink->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		(void)setsockopt(netlink->fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	fd_close(&netlink->fd);
}

int netlink_receive(struct netlink *netlink, void *buffer, size_t size,
		    struct span *ret_datagram)
{
	for (;;) {
		struct sockaddr_nl sender = { 0 };
		struct iovec part = { buffer, size };
		struct msghdr datagram = {
			.msg_name = &sender,
			.msg_namelen = sizeof(sender),
			.msg_iov = &part,
			.msg_iovlen = 1,
		};
		ssize_t n = recvmsg(netlink->fd, &datagram, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (datagram.msg_namelen != sizeof(sender) ||
		    sender.nl_family != AF_NETLINK || sender.nl_pid != 0) {
			netlink->n_foreign++;
			continue;
		}
		if (datagram.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		*ret_datagram = (struct span){ buffer, (size_t)n };
		return 0;
	}
}

void netlink_drain(struct netlink *monitor)
{
	uint8_t byte;

	/* An overrun meanwhile is one more of the same. */
	while (read(monitor->fd, &byte, sizeof(byte)) >= 0 ||
	       errno == ENOBUFS || errno == EINTR)
		continue;
}

/* Numbers MESSAGES, MANY_MAX of them at most, and sends them. */
static int send_messages(struct netlink *netlink,
			 struct route_message *messages, unsigned int n,
			 uint16_t flags)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec parts[MANY_MAX];
	struct msghdr datagram = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = parts,
		.msg_iovlen = n,
	};
	ssize_t sent;

	for (unsigned int i = 0; i < n; i++) {
		struct nlmsghdr *header = (struct nlmsghdr *)messages[i].bytes;

		header->nlmsg_seq = ++netlink->seq;
		header->nlmsg_flags |= flags;
		/* A multiple of four, where the next one has to start. */
		parts[i] = (struct iovec){ header, header->nlmsg_len };
	}
	do {
		sent = sendmsg(netlink->fd, &datagram, 0);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* The kernel's reason is its own text, but may quote what it was given. */
static int verdict(struct netlink *netlink, const struct route_header *header)
{
	struct writer writer;
	struct span reason;
	int error;
	int r = route_parse_error(header, &error, &reason);

	if (r < 0)
		return r;
	if (error == 0 || netlink->reason[0] != '\0')
		return error;
	writer_init(&writer, netlink->reason, sizeof(netlink->reason) - 1);
	text_put_escaped(&writer, reason);
	text_end(&writer);
	return error;
}

/* What comes before the verdict on a dump. */
struct dump {
	int (*got)(const struct route_header *header, void *owner);
	void *owner;
	int stopped;	  /* GOT's error */
	bool interrupted; /* not consistent */
};

/*
 * Sends N messages with FLAGS and reads until each has its result; those that
 * have none are PENDING. DUMP is NULL for those that are none.
 */
static int exchange(struct netlink *netlink, struct route_message *messages,
		    unsigned int n, uint16_t flags, int *results,
		    struct dump *dump)
{
	_Alignas(8) uint8_t buffer[NETLINK_RECEIVE_SIZE];
	uint32_t first = netlink->seq + 1;
	unsigned int n_pending = n;
	int r = send_messages(netlink, messages, n, flags);

	while (r == 0 && n_pending > 0) {
		struct route_header header;
		struct span datagram;
		struct reader reader;

		r = netlink_receive(netlink, buffer, sizeof(buffer), &datagram);
		if (r < 0)
			break;
		reader_from_span(&reader, datagram);
		while ((r = route_next(&reader, &header)) == 0) {
			uint32_t i = header.seq - first;

			/* An answer that an interrupted request left. */
			if (i >= n || results[i] != PENDING)
				continue;
			if (dump && (header.flags & NLM_F_DUMP_INTR))
				dump->interrupted = true;
			if (header.type == NLMSG_ERROR ||
			    header.type == NLMSG_DONE) {
				results[i] = verdict(netlink, &header);
				n_pending--;
			} else if (dump && dump->stopped == 0) {
				dump->stopped = dump->got(&header, dump->owner);
				if (dump->stopped > 0)
					dump->stopped = 0;
			}
		}
		r = r == -ENOENT ? 0 : r;
	}
	return r;
}

int netlink_dump(struct netlink *netlink, struct route_message *message,
		 int (*got)(const struct route_header *header, void *owner),
		 void *owner)
{
	struct dump dump = { .got = got, .owner = owner };
	int result = PENDING;
	int r;

	netlink->reason[0] = '\0';
	r = exchange(netlink, message, 1, NLM_F_DUMP, &result, &dump);
	if (r == 0)
		r = result;
	if (r == 0)
		r = dump.stopped;
	if (r == 0 && dump.interrupted)
		r = -EAGAIN;
	return r;
}

int netlink_request_many(struct netlink *netlink,
			 struct route_message *messages, unsigned int n,
			 int *ret_results)
{
	int r = 0;

	netlink->reason[0] = '\0';
	for (unsigned int i = 0; i < n; i++)
		ret_results[i] = PENDING;
	for (unsigned int i = 0; i < n && r == 0; i += MANY_MAX)
		r = exchange(netlink, messages + i,
			     n - i < MANY_MAX ? n - i : MANY_MAX, NLM_F_ACK,
			     ret_results + i, NULL);
	for (unsigned int i = 0; i < n; i++) {
		if (ret_results[i] == PENDING)
			ret_results[i] = r;
	}
	return r;
}

int netlink_request(struct netlink *netlink, struct route_message *message)
{
	int result;
	int r = netlink_request_many(netlink, message, 1, &result);

	return r < 0 ? r : result;
}

#define FLUSH_MAX 64

struct flush {
	unsigned int ifindex;
	bool dynamic; /* only those that end by themselves */
	uint32_t keep;
	unsigned int n_addresses;
	struct route_address addresses[FLUSH_MAX];
};

static int flush_got(const struct route_header *header, void *owner)
{
	struct flush *flush = owner;
	struct route_address address;

	/* What we cannot read is not ours to delete. */
	if (route_parse_address(header, &address) < 0 ||
	    address.ifindex != flush->ifindex)
		return 0;
	if (flush->dynamic &&
	    (address.valid == ROUTE_FOREVER || address.address == flush->keep))
		return 0;
	if (flush->n_addresses == FLUSH_MAX)
		return -ENOBUFS;
	flush->addresses[flush->n_addresses++] = address;
	return 0;
}

static int run_flush(struct netlink *netlink, struct flush *flush)
{
	struct route_message message;
	int first;

	route_build_get_addresses(&message);
	first = netlink_dump(netlink, &message, flush_got, flush);
	for (unsigned int i = 0; i < flush->n_addresses; i++) {
		int r;

		route_build_address(&message, ROUTE_DELETE,
				    &flush->addresses[i]);
		r = netlink_request(netlink, &message);
		/* Secondary addresses go with their primary one. */
		if (r < 0 && r != -EADDRNOTAVAIL && first == 0)
			first = r;
	}
	return first;
}

int netlink_flush_addresses(struct netlink *netlink, unsigned int ifindex)
{
	struct flush flush = { .ifindex = ifindex };

	return run_flush(netlink, &flush);
}

int netlink_flush_dynamic(struct netlink *netlink, unsigned int ifindex,
			  uint32_t keep)
{
	struct flush flush = {
		.ifindex = ifindex,
		.dynamic = true,
		.keep = keep,
	};

	return run_flush(netlink, &flush);
}
