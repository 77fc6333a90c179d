/* See socket_filter.h. */
#include "discover/socket_filter.h"

#include <sys/socket.h>

#include <linux/filter.h>

#include "base/compiler.h"
#include "discover/message.h"

#define PORT_DNS 53
#define PORT_MDNS 5353

/* Offsets from the start of the UDP header. */
#define UDP_SOURCE 0
#define PAYLOAD 8
#define DNS_FLAGS (PAYLOAD + 2)

#define DNS_RESPONSE 0x80 /* of the first byte of the flags */
#define HTTP 0x48545450
#define NOTI 0x4e4f5449

/* Each jump goes over the next instruction, or to it: that drops. A load past
 * the packet's end drops as well. */
#define DROP BPF_STMT(BPF_RET | BPF_K, 0)
#define KEEP BPF_STMT(BPF_RET | BPF_K, 0xffffffff)
#define UNLESS(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), 1, 0)
#define IF(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), 0, 1)
#define LOAD(size, offset) BPF_STMT(BPF_LD | (size) | BPF_ABS, (offset))
#define LOAD_LEN BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)

/* clang-format off */
static const struct sock_filter mdns_answers[] = {
	LOAD(BPF_B, DNS_FLAGS),
	UNLESS(BPF_JSET, DNS_RESPONSE), DROP,
	/* From here on as below. */
	LOAD(BPF_H, UDP_SOURCE),
	UNLESS(BPF_JEQ, PORT_MDNS), DROP,
	LOAD_LEN,
	IF(BPF_JGT, PAYLOAD + DNS_MESSAGE_MAX), DROP,
	KEEP,
};

static const struct sock_filter mdns[] = {
	LOAD(BPF_H, UDP_SOURCE),
	UNLESS(BPF_JEQ, PORT_MDNS), DROP,
	LOAD_LEN,
	IF(BPF_JGT, PAYLOAD + DNS_MESSAGE_MAX), DROP,
	KEEP,
};

static const struct sock_filter ssdp_answers[] = {
	LOAD(BPF_W, PAYLOAD),
	UNLESS(BPF_JEQ, HTTP), DROP,
	KEEP,
};

static const struct sock_filter ssdp[] = {
	LOAD(BPF_W, PAYLOAD),
	UNLESS(BPF_JEQ, NOTI), DROP,
	KEEP,
};

static const struct sock_filter dns[] = {
	LOAD(BPF_H, UDP_SOURCE),
	UNLESS(BPF_JEQ, PORT_DNS), DROP,
	LOAD(BPF_B, DNS_FLAGS),
	UNLESS(BPF_JSET, DNS_RESPONSE), DROP,
	KEEP,
};
/* clang-format on */

static void attach(int fd, const struct sock_filter *code, size_t len)
{
	/* The kernel only reads it. */
	struct sock_fprog program = {
		.len = (unsigned short)len,
		.filter = (struct sock_filter *)(uintptr_t)code,
	};

	(void)!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

void socket_filter_attach(int fd, enum socket_filter filter)
{
	switch (filter) {
	case SOCKET_FILTER_NONE:
		break;
	case SOCKET_FILTER_MDNS:
		attach(fd, mdns, ARRAY_SIZE(mdns));
		break;
	case SOCKET_FILTER_MDNS_ANSWERS:
		attach(fd, mdns_answers, ARRAY_SIZE(mdns_answers));
		break;
	case SOCKET_FILTER_SSDP_ANSWERS:
		attach(fd, ssdp_answers, ARRAY_SIZE(ssdp_answers));
		break;
	case SOCKET_FILTER_SSDP:
		attach(fd, ssdp, ARRAY_SIZE(ssdp));
		break;
	case SOCKET_FILTER_DNS:
		attach(fd, dns, ARRAY_SIZE(dns));
		break;
	}
}
