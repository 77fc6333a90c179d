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
