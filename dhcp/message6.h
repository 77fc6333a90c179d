/*
 * DHCPv6 messages: those that a client sends, written; those that it receives,
 * read into facts. What is made of the facts is the lease's and the client's.
 *
 * RFC 8415 §8, 16 and 21; RFC 7844 §4 for a client that shall not be known.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dhcp/counters.h"
#include "dhcp/ip6.h"

#define DHCP_PORT6_SERVER 547
#define DHCP_PORT6_CLIENT 546

/* A server sends ADVERTISE and REPLY; all but these are ignored. RECONFIGURE
 * too: it needs a key (RFC 8415 §20.4) that we never ask for. */
enum dhcp_type6 {
	DHCP_TYPE6_SOLICIT = 1,
	DHCP_TYPE6_ADVERTISE = 2,
	DHCP_TYPE6_REQUEST = 3,
	DHCP_TYPE6_CONFIRM = 4,
	DHCP_TYPE6_RENEW = 5,
	DHCP_TYPE6_REBIND = 6,
	DHCP_TYPE6_REPLY = 7,
	DHCP_TYPE6_RELEASE = 8,
	DHCP_TYPE6_DECLINE = 9,
	DHCP_TYPE6_RECONFIGURE = 10,
	DHCP_TYPE6_INFORMATION = 11,
};

enum dhcp_option6 {
	DHCP_OPTION6_CLIENT_ID = 1,
	DHCP_OPTION6_SERVER_ID = 2,
	DHCP_OPTION6_IA_NA = 3,
	DHCP_OPTION6_ADDRESS = 5,
	DHCP_OPTION6_REQUEST = 6,
	DHCP_OPTION6_PREFERENCE = 7,
	DHCP_OPTION6_ELAPSED = 8,
	DHCP_OPTION6_STATUS = 13,
	DHCP_OPTION6_RAPID_COMMIT = 14,
	DHCP_OPTION6_VENDOR_CLASS = 16,
	DHCP_OPTION6_VENDOR = 17,
	DHCP_OPTION6_DNS = 23,
	DHCP_OPTION6_DOMAINS = 24,
	DHCP_OPTION6_REFRESH = 32,
	DHCP_OPTION6_NTP = 56,
	DHCP_OPTION6_BOOT_FILE = 59,
	DHCP_OPTION6_BOOT_PARAMS = 60,
	DHCP_OPTION6_SOL_MAX_RT = 82,
	DHCP_OPTION6_INF_MAX_RT = 83,
	DHCP_OPTION6_PORTAL = 103,
};

enum dhcp_status6 {
	DHCP_STATUS6_SUCCESS = 0,
	DHCP_STATUS6_FAILED = 1,
	DHCP_STATUS6_NO_ADDRESSES = 2,
	DHCP_STATUS6_NO_BINDING = 3,
	DHCP_STATUS6_NOT_ON_LINK = 4,
};

/* RFC 8415 §11.1: 128 bytes and the type. */
#define DHCP_DUID_MAX 130

/* The longest that dhcp_message6_write() writes. */
#define DHCP_OUTGOING6_MAX 320

/* A message of ours. */
struct dhcp_outgoing6 {
	enum dhcp_type6 type;
	uint32_t xid; /* its lower 24 bits */
	uint16_t elapsed_cs;
	struct span client_id; /* empty leaves it out, and so below */
	struct span server_id;
	bool has_ia; /* with IAID, and ADDRESS unless it is NULL */
	uint32_t iaid;
	const struct dhcp_ip6 *address;
	bool rapid_commit;
	bool anonymous; /* ask for little, and say nothing of ourselves */
};

void dhcp_message6_write(struct writer *writer,
			 const struct dhcp_outgoing6 *outgoing);

/* What a received message says. Spans point into it. */
struct dhcp_message6 {
	uint8_t type;
	uint32_t xid;
	struct span client_id; /* empty when absent */
	struct span server_id;
	struct span options; /* all of them; each is whole */
};

/* Reads PAYLOAD, what is in a UDP datagram. 0, or -EBADMSG with the reason
 * counted: shorter than the fixed part, an option that is cut, an identifier
 * that is there twice or of an impossible size. */
MUST_CHECK int dhcp_message6_read(struct span payload,
				  struct dhcp_counters *counters,
				  struct dhcp_message6 *ret_message);

/* The next option of OPTIONS; false at the end, or when it is cut: OPTIONS has
 * then failed. */
bool dhcp_option6_next(struct reader *options, uint16_t *ret_code,
		       struct span *ret_value);

/* The first value of CODE. -ENOENT when there is none. */
MUST_CHECK int dhcp_option6_get(struct span options, uint16_t code,
				struct span *ret_value);

/* The same of a number. -EBADMSG when it is of another size. */
MUST_CHECK int dhcp_option6_get_u32(struct span options, uint16_t code,
				    uint32_t *ret_value);

/* The status code among OPTIONS, SUCCESS without one; one that is cut is
 * FAILED. */
uint16_t dhcp_option6_status(struct span options);
