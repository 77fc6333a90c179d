/*
 * What the two processes of a NIC say to each other. The *client* reads what
 * the network sends and runs the state machines; it has no right to anything.
 * The *manager* changes the kernel's configuration and reads no packet. A
 * message is one of these structs, written to a pipe as a whole, and the
 * manager believes nothing in it that dhcp_wire_check() has not seen.
 *
 * Addresses are in host order.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "dhcp/lease.h"
#include "dhcp/lease6.h"
#include "dhcp/message.h"
#include "dhcp/resolvers6.h"

/* Addresses that ARP is listened to for: the lease's, and a link-local one. */
#define DHCP_WIRE_WATCHED_MAX 2

enum dhcp_wire_type {
	/* Of the client. */
	DHCP_WIRE_LEASE,      /* configure .lease; CONFIGURED answers */
	DHCP_WIRE_LOST,	      /* take its address and routes away again */
	DHCP_WIRE_INFORMED,   /* .lease has options for a static address */
	DHCP_WIRE_SEND,	      /* .datagram, out of the lease's address */
	DHCP_WIRE_WATCH,      /* let ARP about .watch through, and no other */
	DHCP_WIRE_LINK_LOCAL, /* .address of 169.254/16 is ours; 0: none is */
	DHCP_WIRE_CONFLICT,   /* .conflict, for people */
	DHCP_WIRE_SILENCE,    /* no server has answered so far, for people */
	DHCP_WIRE_LEASE6, /* .lease6: configure its address, if it has one */
	DHCP_WIRE_LOST6,  /* take away what the last .lease6 brought */
	DHCP_WIRE_RESOLVERS6, /* .resolvers6 is what routers say now */

	/* Of the manager. */
	DHCP_WIRE_LINK,	      /* .link has changed */
	DHCP_WIRE_IPV6,	      /* the kernel has begun with IPv6 on the link */
	DHCP_WIRE_CONFIGURED, /* .error is what came of LEASE */
	DHCP_WIRE_UNSENT,     /* SEND did not work */
	DHCP_WIRE_CONFLICT6,  /* the address of .lease6 is somebody else's */
	DHCP_WIRE_RELEASE,    /* give the leases back, and end */

	DHCP_WIRE_N,
};

/* What happened first when, for the boot report. */
enum dhcp_wire_step {
	DHCP_WIRE_DISCOVER,
	DHCP_WIRE_OFFER,
	DHCP_WIRE_REQUEST,
	DHCP_WIRE_ACK,

	DHCP_WIRE_STEPS,
};

struct dhcp_wire {
	uint32_t type;
	/* Of the client: clock_ns(), or 0 as long as it has not come to it. */
	int64_t steps[DHCP_WIRE_STEPS];
	union {
		struct dhcp_lease lease;
		struct dhcp_lease6 lease6;
		struct dhcp_resolvers6 resolvers6;
		struct {
			uint32_t source;
			uint32_t destination;
			uint32_t len;
			uint8_t payload[DHCP_OUTGOING_MAX];
		} datagram;
		struct {
			uint32_t n;
			uint32_t addresses[DHCP_WIRE_WATCHED_MAX];
		} watch;
		uint32_t address;
		struct {
			uint32_t address;
			uint8_t mac[DHCP_MAC_LEN];
		} conflict;
		struct {
			uint32_t usable; /* 0 or 1 */
			uint32_t mtu;
		} link;
		int32_t error; /* 0 or -errno */
	};
};

/* Whether a message of LEN bytes that came from a client is one that a client
 * may send. 0 or -EBADMSG. */
MUST_CHECK int dhcp_wire_check(const struct dhcp_wire *wire, size_t len);
