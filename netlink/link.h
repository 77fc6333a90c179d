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
/* What it was before is the caller's to remember, and to bring back. */
void route_build_link_mtu(struct route_message *ret_message,
			  unsigned int ifindex, uint32_t mtu);

/* LEN is what the link's address has, or -EINVAL is the kernel's answer. A
 * driver may want the link down for it (-EBUSY): netlink_set_mac(). */
void route_build_link_mac(struct route_message *ret_message,
			  unsigned int ifindex, const uint8_t *mac, size_t len);

/* Makes the link NAME for what is tagged with the VLAN's ID (IEEE 802.1Q) on
 * the link LOWER. -EINVAL when NAME has no room or is empty, or ID is over
 * 4094. The kernel's answer is -EOPNOTSUPP when it has no VLANs, -EEXIST when
 * there is such a one. */
MUST_CHECK int route_build_vlan(struct route_message *ret_message,
				const char *name, unsigned int lower,
				unsigned int id);

/* Only what is made of software can be deleted; -EOPNOTSUPP. */
void route_build_link_delete(struct route_message *ret_message,
			     unsigned int ifindex);

struct route_link {
	unsigned int ifindex;
	bool gone;		   /* RTM_DELLINK */
	uint32_t flags;		   /* IFF_UP, IFF_LOOPBACK … */
	uint16_t hardware;	   /* ARPHRD_ETHER … */
	char name[ROUTE_NAME_MAX]; /* may hold any byte but '/' and NUL */
	uint8_t mac[ROUTE_MAC_MAX];
	size_t mac_len;
	/* What the hardware came with, as long as MAC. Linux 5.6. */
	bool has_permanent_mac;
	uint8_t permanent_mac[ROUTE_MAC_MAX];
	uint32_t mtu;
	uint32_t min_mtu; /* 0: not told, as max_mtu */
	uint32_t max_mtu;
	/* IFLA_CARRIER; a kernel without it has IFF_LOWER_UP say it. */
	bool carrier;
	/* How often it came or went: the kernel tells of it a moment later,
	 * and of two changes in that moment once. Linux 3.15. */
	uint32_t carrier_changes;
	uint8_t operstate;	   /* IF_OPER_UP …, RFC 2863 */
	char kind[ROUTE_KIND_MAX]; /* veth, bridge …; empty: a device */
	/* IFLA_LINK: what a VLAN is made on, a veth's peer …; 0: none */
	unsigned int lower;
	uint16_t vlan_id; /* of a VLAN */
};

/* An RTM_NEWLINK or RTM_DELLINK. -ENOENT when the message is neither,
 * -EBADMSG. */
MUST_CHECK int route_parse_link(const struct route_header *header,
				struct route_link *ret_link);
