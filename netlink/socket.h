/*
 * Netlink sockets: requests that the kernel answers at once, and monitors
 * that report what changed. A datagram counts only when its sender's port is
 * the kernel's, 0: anyone on the machine may send to our socket
 * (CVE-2012-2320).
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "netlink/route.h"

/* The kernel cuts a dump into pieces of at most this much. */
#define NETLINK_RECEIVE_SIZE 32768

struct netlink {
	int fd; /* for the event loop; -1 when it is closed */
	uint32_t seq;
	/* The kernel's own text (NLMSGERR_ATTR_MSG) for the first refusal of
	 * the last call, escaped; empty when it gave none. */
	char reason[96];
	unsigned long n_foreign; /* datagrams from others than the kernel */
};

/* A closed one, which netlink_close() may be called on. */
#define NETLINK_CLOSED                                                         \
	{                                                                      \
		.fd = -1                                                       \
	}

/*
 * 0 or -errno; -EPROTONOSUPPORT, -EAFNOSUPPORT, and what else a kernel without
 * netlink says. A failed one is closed.
 */
MUST_CHECK int netlink_open_request(struct netlink *netlink);

/* A non-blocking monitor of the groups of a mask (RTMGRP_LINK …). */
MUST_CHECK int netlink_open_monitor(struct netlink *netlink, uint32_t groups);

/* A non-blocking monitor of the kernel's uevents. */
MUST_CHECK int netlink_open_uevent(struct netlink *netlink);

void netlink_close(struct netlink *netlink);

/* Sends MESSAGE, asking for an acknowledgement, and waits for it: 0, or the
 * -errno of the kernel's refusal or of the socket. */
MUST_CHECK int netlink_request(struct netlink *netlink,
			       struct route_message *message);

/*
 * The same for N of them, 16 at a time in one system call. The kernel carries
 * them out in their order, and goes on after a refusal. RET_RESULTS has N
 * verdicts, as of netlink_request(). 0 when all were answered; otherwise the
 * socket's -errno, which those without an answer have for a result: nobody
 * knows what became of them.
 */
MUST_CHECK int netlink_request_many(struct netlink *netlink,
				    struct route_message *messages,
				    unsigned int n, int *ret_results);

/*
 * Sends MESSAGE, a dump, and calls GOT for each message of the answer, until
 * one call returns a negative number, which is then returned when the dump is
 * over; it may not use NETLINK meanwhile. MESSAGE can be sent again. -EAGAIN: something changed meanwhile and the answer may not be
 * consistent; ask again. -EBADMSG, -EMSGSIZE, or -errno.
 */
MUST_CHECK int netlink_dump(struct netlink *netlink,
			    struct route_message *message,
			    int (*got)(const struct route_header *header,
				       void *owner),
			    void *owner);

/*
 * The next datagram of a monitor, into BUFFER. -EAGAIN when none is waiting;
 * -ENOBUFS when the kernel had to drop some, so that what we know must be
 * asked for anew, after netlink_drain(); -EMSGSIZE when one did not fit and was dropped; -errno.
 */
MUST_CHECK int netlink_receive(struct netlink *netlink, void *buffer,
			       size_t size, struct span *ret_datagram);

/*
 * Throws away what a monitor has waiting, when news were lost and before all is
 * asked for. What waits then is older than the loss: a link that was made,
 * whose end was lost, would come back from the dead if it were read after the
 * dump. What comes after this is read as ever: it is whole, so the last word
 * on each thing is in the dump or comes after it.
 */
void netlink_drain(struct netlink *monitor);

/* Takes every IPv4 address off a link. 0 or the first -errno. */
MUST_CHECK int netlink_flush_addresses(struct netlink *netlink,
				       unsigned int ifindex);

/* Deletes the IPv4 addresses of a link that have a lifetime, but not KEEP:
 * what a DHCP client that is no more has left. */
MUST_CHECK int netlink_flush_dynamic(struct netlink *netlink,
				     unsigned int ifindex, uint32_t keep);
