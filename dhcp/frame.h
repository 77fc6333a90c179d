/*
 * IPv4 and UDP around a DHCP message, as a packet socket of type SOCK_DGRAM
 * gives and takes them: from the IP header on, no link-layer header.
 *
 * RFC 791, 768, 1071, 1122.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dhcp/counters.h"

#define DHCP_PORT_SERVER 67
#define DHCP_PORT_CLIENT 68

/* Our own IPv4 header has no options. */
#define DHCP_FRAME_HEADER 28
/* The largest datagram, headers included, that we take. Option 57 says so. */
#define DHCP_FRAME_MAX 1500

struct dhcp_frame {
	uint32_t source; /* host order */
	uint32_t destination;
	struct span payload; /* into the packet */
};

/*
 * Takes PACKET apart. CHECKSUM_UNFINISHED says that the UDP checksum was left
 * to a device that never saw the packet (TP_STATUS_CSUMNOTREADY), so that what
 * stands in its place means nothing. Fragments are not put together: a reply
 * to us always fits (option 57).
 *
 * 0; or -EBADMSG, with the reason counted.
 */
MUST_CHECK int dhcp_frame_parse(struct span packet, bool checksum_unfinished,
				struct dhcp_counters *counters,
				struct dhcp_frame *ret_frame);

/* Writes a datagram with PAYLOAD from port 68 of SOURCE to port 67 of
 * DESTINATION; addresses in host order. */
void dhcp_frame_write(struct writer *writer, uint32_t source,
		      uint32_t destination, struct span payload);
