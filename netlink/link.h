/*
 * rtnetlink messages about links.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "netlink/message.h"

#define ROUTE_NAME_MAX 16 /* IFNAMSIZ, terminator included */
#define ROUTE_MAC_MAX 32  /* MAX_ADDR_LEN */
#define ROUTE_KIND_MAX 16

/* RTM_GETLINK of all links: a dump. */
void route_build_get_links(struct route_message *ret_message);

void route_build_link_up(struct route_message *ret_message,
			 unsigned int ifindex, bool up);
void route_build_link_mtu(struct route_message *ret_message,
			  unsigned int ifindex, uint32_t mtu);

struct route_link {
	unsigned int ifindex;
	bool gone;		   /* RTM_DELLINK */
	uint32_t flags;		   /* IFF_UP, IFF_LOOPBACK … */
	uint16_t hardware;	   /* ARPHRD_ETHER … */
	char name[ROUTE_NAME_MAX]; /* may hold any byte but '/' and NUL */
	uint8_t mac[ROUTE_MAC_MAX];
	size_t mac_len;
	uint32_t mtu;
	uint32_t min_mtu; /* 0: not told, as max_mtu */
	uint32_t max_mtu;
	/* IFLA_CARRIER; a kernel without it has IFF_LOWER_UP say it. */
	bool carrier;
	uint8_t operstate;	   /* IF_OPER_UP …, RFC 2863 */
	char kind[ROUTE_KIND_MAX]; /* veth, bridge …; empty: a device */
};

/* An RTM_NEWLINK or RTM_DELLINK. -ENOENT when the message is neither,
 * -EBADMSG. */
MUST_CHECK int route_parse_link(const struct route_header *header,
				struct route_link *ret_link);
