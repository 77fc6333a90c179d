/*
 * DHCP messages: those that a client sends, written; those that it receives,
 * read into facts. What is made of the facts is the lease's and the client's.
 *
 * RFC 2131 §2, 4.3.1, 4.4.1; RFC 2132.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dhcp/counters.h"
#include "dhcp/option.h"

#define DHCP_OP_REQUEST 1
#define DHCP_OP_REPLY 2
#define DHCP_HTYPE_ETHERNET 1
#define DHCP_MAC_LEN 6
#define DHCP_COOKIE 0x63825363u
#define DHCP_FLAG_BROADCAST 0x8000
#define DHCP_SNAME_LEN 64
#define DHCP_FILE_LEN 128

/* Option 53. A server sends OFFER, ACK and NAK; all but these are ignored. */
enum dhcp_type {
	DHCP_TYPE_DISCOVER = 1,
	DHCP_TYPE_OFFER = 2,
	DHCP_TYPE_REQUEST = 3,
	DHCP_TYPE_DECLINE = 4,
	DHCP_TYPE_ACK = 5,
	DHCP_TYPE_NAK = 6,
	DHCP_TYPE_RELEASE = 7,
	DHCP_TYPE_INFORM = 8,
};

/*
 * A message of ours. Addresses in host order; 0 leaves an option out, and so
 * does a length that is none of the limits below.
 */
struct dhcp_outgoing {
	enum dhcp_type type;
	uint32_t xid;
	uint16_t secs;
	bool broadcast;
	uint32_t ciaddr;
	uint8_t mac[DHCP_MAC_LEN];
	uint32_t requested_address; /* option 50 */
	uint32_t server_id;	    /* option 54 */
	uint16_t max_size;	    /* option 57, with IP and UDP headers */
	bool rapid_commit;	    /* option 80 */
	struct span hostname;	    /* option 12; empty leaves it out */
	/* Option 60; empty is DHCP_VENDOR_CLASS. */
	struct span vendor_class;
	/* Option 61, its type byte first; empty is 01:MAC. */
	struct span client_id;
	/* RFC 7844: nothing that tells machines or programs apart. Options
	 * 12, 57, 60 and 80, and an identifier other than the MAC address, are
	 * left out, what is asked for is little, and all is in the order of
	 * the codes. */
	bool private;
	/* Ask for option 108: only who can do without IPv4 may (RFC 8925
	 * §3.2). */
	bool ipv6_only;
};

#define DHCP_VENDOR_CLASS "PhaseBoot"
#define DHCP_HOST_NAME_MAX 63 /* a label, RFC 1035 */
#define DHCP_VENDOR_CLASS_MAX 64
#define DHCP_CLIENT_ID_MIN 2 /* RFC 2132 §9.14 */
#define DHCP_CLIENT_ID_MAX 64

/* The longest that dhcp_message_write() writes. */
#define DHCP_OUTGOING_MAX 500

/*
 * Writes the message, its client identifier and, in DISCOVER, REQUEST and
 * INFORM, what we ask for (55). An INFORM has an address already: without
 * options 50, 54 and 80, and it asks for no times. Padded to the 300 bytes of
 * BOOTP, for relays that drop less.
 */
void dhcp_message_write(struct writer *writer,
			const struct dhcp_outgoing *outgoing);

/* What a received message says. Addresses in host order. */
struct dhcp_message {
	uint8_t op;
	uint8_t htype;
	uint8_t hlen;
	uint32_t xid;
	uint16_t secs;
	uint16_t flags;
	uint32_t ciaddr;
	uint32_t yiaddr;
	uint32_t siaddr;
	uint32_t giaddr;
	uint8_t chaddr[16];
	/* Empty when option 52 made options of them; not terminated, up to
	 * the first zero. They point into the message that was read. */
	struct span sname;
	struct span file;
	uint8_t type; /* option 53; 0 when missing or broken */
	struct dhcp_options options;
};

/* Reads PAYLOAD, what is in a UDP datagram. 0, or -EBADMSG with the reason
 * counted: shorter than the fixed part, no cookie, too long. */
MUST_CHECK int dhcp_message_read(struct span payload,
				 struct dhcp_counters *counters,
				 struct dhcp_message *ret_message);
