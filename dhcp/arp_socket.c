/* See arp_socket.h. */
#include "dhcp/arp_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/fd.h"
#include "dhcp/packet.h"

/* Offsets, where dhcp/arp.c has no names for them */
#define SIZES 4
#define OPERATION 6
#define SENDER_MAC 8
#define SENDER 14
#define TARGET 24

#define ETHERNET_AND_IPV4 (1 << 16 | ETH_P_IP)
#define MAC_AND_IPV4_LENGTHS 0x0604

/* A filter that grows. It has no jumps but over the next instructions, so none
 * needs to know where the end is. The longest fits exactly. */
struct program {
	struct sock_filter
		code[17 + 5 * ARP_FILTER_MACS + 4 * ARP_FILTER_ADDRESSES];
	size_t len;
};

static void emit(struct program *program, uint16_t code, uint32_t k,
		 uint8_t skip_if, uint8_t skip_else)
{
	program->code[program->len++] =
		(struct sock_filter)BPF_JUMP(code, k, skip_if, skip_else);
}

/* A load past the packet's end drops it. */
static void load(struct program *program, uint16_t size, uint32_t offset)
{
	emit(program, BPF_LD | BPF_ABS | size, offset, 0, 0);
}

static void done(struct program *program, bool keep)
{
	emit(program, BPF_RET | BPF_K, keep ? 0xffff : 0, 0, 0);
}

static void drop_unless(struct program *program, uint32_t value)
{
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	done(program, false);
}

/* Drops or keeps what was loaded, when it is VALUE. */
static void done_if(struct program *program, uint32_t value, bool keep)
{
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	done(program, keep);
}

static void drop_mac(struct program *program, const uint8_t *mac)
{
	load(program, BPF_W, SENDER_MAC);
	emit(program, BPF_JMP | BPF_JEQ | BPF_K,
	     (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 |
		     (uint32_t)mac[2] << 8 | mac[3],
	     0, 3);
	load(program, BPF_H, SENDER_MAC + 4);
	done_if(program, (uint32_t)mac[4] << 8 | mac[5], false);
}

static void keep_addresses(struct program *program,
			   const struct arp_filter *filter)
{
	for (size_t i = 0; i < ARP_FILTER_ADDRESSES; i++)
		if (filter->addresses[i])
			done_if(program, filter->addresses[i], true);
}

int arp_socket_filter(int fd, const struct arp_filter *filter)
{
	struct program program = { .len = 0 };

	if (filter->n_macs > ARP_FILTER_MACS)
		return -ENOBUFS;
	/* Another host's is also what a tagged packet becomes whose VLAN has no
	 * device here. */
	load(&program, BPF_B, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	done_if(&program, PACKET_OTHERHOST, false);
	load(&program, BPF_W, 0);
	drop_unless(&program, ETHERNET_AND_IPV4);
	load(&program, BPF_H, SIZES);
	drop_unless(&program, MAC_AND_IPV4_LENGTHS);
	for (size_t i = 0; i < filter->n_macs; i++)
		drop_mac(&program, filter->macs[i]);
	load(&program, BPF_W, SENDER);
	keep_addresses(&program, filter);
	drop_unless(&program, 0);
	load(&program, BPF_H, OPERATION);
	drop_unless(&program, 1);
	load(&program, BPF_W, TARGET);
	keep_addresses(&program, filter);
	done(&program, false);
	return packet_filter(fd, program.code, program.len);
}

int arp_socket_open(int *ret_fd)
{
	const struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
	int fd AUTO_CLOSE = -1;
	int r;

	r = packet_open(&fd);
	if (r < 0)
		return r;
	r = packet_filter(fd, &drop_all, 1);
	if (r < 0)
		return r;
	*ret_fd = fd_take(&fd);
	return 0;
}

int arp_socket_bind(int fd, int ifindex)
{
	return packet_bind(fd, ifindex, ETH_P_ARP);
}

int arp_socket_receive(int fd, void *buffer, size_t size,
		       struct span *ret_packet)
{
	ssize_t n;

	do
		n = recv(fd, buffer, size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_packet = (struct span){ buffer, (size_t)n };
	return 0;
}

int arp_socket_send(int fd, int ifindex, struct span payload)
{
	return packet_broadcast(fd, ifindex, ETH_P_ARP, payload);
}
