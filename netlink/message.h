/*
 * rtnetlink messages (rtnetlink(7)): what all of them have in common. Links,
 * addresses, routes and neighbours have a file each.
 *
 * Builders fill a message of the caller's; its sequence number and the
 * request for an acknowledgement are the sender's matter (socket.h). What is
 * read goes through the reader: an attribute's length is checked there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

#define ROUTE_MESSAGE_MAX 256

/* One request, complete with its header, which says its length. */
struct route_message {
	_Alignas(8) uint8_t bytes[ROUTE_MESSAGE_MAX];
};

/* What to do with an address, a route or a neighbour. */
enum route_verb {
	ROUTE_ADD,     /* -EEXIST when it is there */
	ROUTE_REPLACE, /* make it, or bring the one that is there up to date */
	ROUTE_DELETE,  /* -EADDRNOTAVAIL or -ESRCH when it is not there */
};

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

/* What a verdict comes to. */
enum route_outcome {
	ROUTE_DONE,
	ROUTE_ALREADY, /* it was so before: as good as done */
	ROUTE_NO_LINK, /* the link has gone, and all with it */
	ROUTE_LATER,   /* the link is down, or memory short: again, later */
	ROUTE_DENIED,  /* without CAP_NET_ADMIN: nothing will be changed */
	/* The kernel is without it, or the family is switched off on the link:
	 * disable_ipv6 answers -EACCES. */
	ROUTE_UNSUPPORTED,
	ROUTE_REFUSED, /* what was asked for makes no sense to the kernel */
};

/*
 * Of ERROR, 0 or -errno, the kernel's answer to VERB. What is there already is
 * no reason to fail when it was to be made, nor is what is not there when it
 * was to be deleted, which the kernel calls -EADDRNOTAVAIL (an address),
 * -ESRCH (a route), -ENOENT (a neighbour) or, with its link, -ENODEV.
 * ROUTE_REPLACE of an IPv4 route that stands behind another one of the same
 * destination and metric is -EEXIST, too.
 */
enum route_outcome route_outcome(enum route_verb verb, int error);
