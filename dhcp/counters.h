/*
 * What became of the packets: one counter for each reason to take or to drop
 * one, and for each part of a reply that was passed over.
 */
#pragma once

#include <stddef.h>

enum dhcp_count {
	DHCP_COUNT_SENT,
	DHCP_COUNT_RECEIVED,
	DHCP_COUNT_ACCEPTED,

	/* The packet was dropped: frame */
	DHCP_COUNT_CUT,	     /* fewer bytes than a header announces */
	DHCP_COUNT_NOT_DHCP, /* not IPv4, not UDP, not to port 68 */
	DHCP_COUNT_IP_CHECKSUM,
	DHCP_COUNT_UDP_CHECKSUM,
	DHCP_COUNT_FRAGMENT,
	DHCP_COUNT_TAGGED, /* of a VLAN, or for another host; the shell's */
	DHCP_COUNT_SOURCE, /* IPv6: who cannot have sent it, or forwarded */
	/* message */
	DHCP_COUNT_TOO_LONG,  /* over what option 57 allows */
	DHCP_COUNT_COOKIE,    /* BOOTP, or something else */
	DHCP_COUNT_NOT_REPLY, /* op */
	DHCP_COUNT_NOT_OURS,  /* htype, hlen or chaddr */
	DHCP_COUNT_XID,
	DHCP_COUNT_CLIENT_ID, /* RFC 6842 §3 */
	DHCP_COUNT_TYPE,      /* option 53 missing, broken or not for clients */
	DHCP_COUNT_SERVER_ID, /* missing, broken or not the chosen one's */
	DHCP_COUNT_STATE,     /* nothing that is waited for now */
	DHCP_COUNT_AVOIDED,   /* offer of what failed us before, or no better */
	DHCP_COUNT_BAD_ADDRESS,
	DHCP_COUNT_BAD_MASK,
	DHCP_COUNT_BAD_LEASE_TIME,
	DHCP_COUNT_STATUS, /* DHCPv6: the server says no */

	/* The message was used without: */
	DHCP_COUNT_OPTION_CUT, /* an option that goes past its field's end */
	DHCP_COUNT_OPTION_BAD, /* an option of wrong size or value */
	DHCP_COUNT_ADDRESS_SKIPPED, /* an impossible router, server or route */
	DHCP_COUNT_NO_ROOM, /* what is over a capacity of dhcp/lease.h */

	DHCP_COUNT_N,
};

struct dhcp_counters {
	unsigned long n[DHCP_COUNT_N];
};

void dhcp_count(struct dhcp_counters *counters, enum dhcp_count what);

/* A name of lower-case letters and '-', as in "udp-checksum". */
const char *dhcp_count_name(enum dhcp_count what);
