/* See socket.h. */
#include "dhcp/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>

#include "base/fd.h"
#include "dhcp/packet.h"

#define PORT_SERVER 67
#define PORT_CLIENT 68

/* Offsets from the start of the UDP header, in X. */
#define UDP_DESTINATION 2
#define BOOTP_OP 8
#define BOOTP_CHADDR (8 + 28)
#define BOOTP_COOKIE (8 + 236)
#define BOOTP_REPLY 2
#define COOKIE 0x63825363

/* The index of the instruction that drops; each jump knows its own. */
#define DROP 19
#define KEEP_IF(at, value)                                                     \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, DROP - (at)-1)

static int attach_filter(int fd, const uint8_t mac[6])
{
	const uint32_t mac_high = (uint32_t)mac[0] << 24 |
				  (uint32_t)mac[1] << 16 |
				  (uint32_t)mac[2] << 8 | mac[3];
	const uint32_t mac_low = (uint32_t)mac[4] << 8 | mac[5];
	/* A load past the packet's end drops it. */
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		KEEP_IF(2, 0x40),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		KEEP_IF(4, IPPROTO_UDP),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, DROP - 6 - 1, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, UDP_DESTINATION),
		KEEP_IF(9, PORT_CLIENT),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, BOOTP_OP),
		KEEP_IF(11, BOOTP_REPLY),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, BOOTP_CHADDR),
		KEEP_IF(13, mac_high),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, BOOTP_CHADDR + 4),
		KEEP_IF(15, mac_low),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, BOOTP_COOKIE),
		KEEP_IF(17, COOKIE),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	_Static_assert(ARRAY_SIZE(code) == DROP + 1,
		       "DROP is the last instruction");
	return packet_filter(fd, code, ARRAY_SIZE(code));
}

int dhcp_socket_create(int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int on = 1;
	int r;

	r = packet_open(&fd);
	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

int dhcp_socket_bind(int fd, int ifindex, const uint8_t mac[6])
{
	int r = attach_filter(fd, mac);

	/* Nothing is received until the filter is there. */
	return r < 0 ? r : packet_bind(fd, ifindex, ETH_P_IP);
}

int dhcp_socket_open(int ifindex, const uint8_t mac[6], int *ret_fd)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = dhcp_socket_create(&fd);
	if (r < 0)
		return r;
	r = dhcp_socket_bind(fd, ifindex, mac);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* What the kernel says beside the packet; zeroes when it says nothing. */
static struct tpacket_auxdata find_auxdata(struct msghdr *message)
{
	struct tpacket_auxdata auxdata = { 0 };

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_PACKET &&
		    header->cmsg_type == PACKET_AUXDATA &&
		    header->cmsg_len >= CMSG_LEN(sizeof(auxdata)))
			memcpy(&auxdata, CMSG_DATA(header), sizeof(auxdata));
	}
	return auxdata;
}

int dhcp_socket_receive(int fd, void *buffer, size_t size,
			struct span *ret_packet, bool *ret_checksum_unfinished)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from = { 0 };
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct tpacket_auxdata auxdata;
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (message.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	/* OTHERHOST is also what a tagged packet becomes whose VLAN has no
	 * device here. VLAN 0 is only a priority. */
	if (from.sll_pkttype == PACKET_OTHERHOST ||
	    from.sll_pkttype == PACKET_OUTGOING)
		return -EBADMSG;
	auxdata = find_auxdata(&message);
	if (auxdata.tp_status & TP_STATUS_VLAN_VALID &&
	    (auxdata.tp_vlan_tci & 0xfff) != 0)
		return -EBADMSG;
	*ret_packet = (struct span){ buffer, (size_t)n };
	*ret_checksum_unfinished = auxdata.tp_status & TP_STATUS_CSUMNOTREADY;
	return 0;
}

int dhcp_socket_send_broadcast(int fd, int ifindex, struct span frame)
{
	return packet_broadcast(fd, ifindex, ETH_P_IP, frame);
}

int dhcp_socket_open_unicast(uint32_t address, int *ret_fd)
{
	const struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sockaddr_in local = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT_CLIENT),
		.sin_addr.s_addr = htonl(address),
	};
	int fd AUTO_CLOSE = -1;
	int on = 1;
	int r;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = packet_filter(fd, &drop_all, 1);
	if (r < 0)
		return r;
	/* The same address may be on two links. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

int dhcp_socket_send_unicast(int fd, int ifindex, uint32_t source,
			     uint32_t destination, struct span payload)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT_SERVER),
		.sin_addr.s_addr = htonl(destination),
	};
	/* The link, without SO_BINDTODEVICE, which wants a privilege. */
	struct in_pktinfo info = {
		.ipi_ifindex = ifindex,
		.ipi_spec_dst.s_addr = htonl(source),
	};
	struct iovec iov = { .iov_base = (void *)payload.data,
			     .iov_len = payload.len };
	struct msghdr message = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	do
		n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int dhcp_socket_tell_sent(int fd)
{
	const int what = SOF_TIMESTAMPING_TX_SCHED |
			 SOF_TIMESTAMPING_OPT_TSONLY;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &what, sizeof(what)) <
	    0)
		return -errno;
	/* Of no bytes: the message is without the packet. */
	while (recv(fd, NULL, 0, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		continue;
	return 0;
}
