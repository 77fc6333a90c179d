/*
 * rtnetlink messages (rtnetlink(7)): building requests about links, IPv4
 * addresses and IPv4 routes, and reading what the kernel sends.
 *
 * Builders fill a message of the caller's; its sequence number and the
 * request for an acknowledgement are the sender's matter (socket.h). What is
 * read goes through the reader: an attribute's length is checked there.
 *
 * IPv4 addresses are in host order, lifetimes in seconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

#define ROUTE_MESSAGE_MAX 256
#define ROUTE_NAME_MAX 16 /* IFNAMSIZ, terminator included */
#define ROUTE_MAC_MAX 32  /* MAX_ADDR_LEN */
#define ROUTE_KIND_MAX 16
#define ROUTE_FOREVER UINT32_MAX /* a lifetime without an end */

/* One request, complete with its header, which says its length. */
struct route_message {
	_Alignas(8) uint8_t bytes[ROUTE_MESSAGE_MAX];
};

/* What to do with an address or a route. */
enum route_verb {
	ROUTE_ADD,     /* -EEXIST when it is there */
	ROUTE_REPLACE, /* make it, or bring the one that is there up to date */
	ROUTE_DELETE,  /* -EADDRNOTAVAIL or -ESRCH when it is not there */
};

struct route_address {
	unsigned int ifindex;
	uint32_t address;
	unsigned int prefix;
	uint32_t broadcast; /* 0: none */
	uint32_t valid;	    /* ROUTE_FOREVER: for good */
	uint32_t preferred;
	/* Of the on-link route that the kernel makes for it; 0: the kernel's
	 * choice. Tells two NICs on one subnet apart. Linux 4.18. */
	uint32_t metric;
};

/* A unicast route of the main table. Linux takes two routes with the same
 * destination and metric for one: ROUTE_REPLACE with another NIC's metric
 * takes that NIC's route away. */
struct route_route {
	unsigned int ifindex;
	uint32_t destination;
	unsigned int prefix; /* 0: the default route */
	uint32_t gateway;    /* 0: the destination is on the link */
	uint32_t metric;     /* 0 is the most preferred one */
	uint32_t source;     /* 0: the kernel's choice */
	bool onlink; /* the gateway is on the link though no address says so */
};

/* RTM_GETLINK of all links, and RTM_GETADDR of all IPv4 addresses: dumps. */
void route_build_get_links(struct route_message *ret_message);
void route_build_get_addresses(struct route_message *ret_message);

void route_build_link_up(struct route_message *ret_message,
			 unsigned int ifindex, bool up);
void route_build_link_mtu(struct route_message *ret_message,
			  unsigned int ifindex, uint32_t mtu);

void route_build_address(struct route_message *ret_message,
			 enum route_verb verb,
			 const struct route_address *address);
/* With RTPROT_DHCP for its origin; only such a route is deleted. */
void route_build_route(struct route_message *ret_message, enum route_verb verb,
		       const struct route_route *route);

/* The message's bytes, as long as its header says. */
struct span route_message_span(const struct route_message *message);

/* One message out of a datagram. */
struct route_header {
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	uint32_t port;
	struct span body; /* after the header */
};

/* The next message of a datagram. -ENOENT at its end, -EBADMSG when what
 * follows is not one, which drops the rest. */
MUST_CHECK int route_next(struct reader *datagram,
			  struct route_header *ret_header);

/* The verdict of a NLMSG_ERROR, or of a NLMSG_DONE, which may carry one: 0,
 * or the kernel's -errno. *RET_REASON is the kernel's own text for it
 * (NLMSGERR_ATTR_MSG, Linux 4.12), or empty. -EBADMSG as a return value when
 * the message is not one. */
MUST_CHECK int route_parse_error(const struct route_header *header,
				 int *ret_error, struct span *ret_reason);

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

/* An RTM_NEWADDR of IPv4. -ENOENT when the message is none, -EBADMSG. */
MUST_CHECK int route_parse_address(const struct route_header *header,
				   struct route_address *ret_address);
