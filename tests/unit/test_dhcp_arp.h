/*
 * For the tests of dhcp/arp.c, acd.c and linklocal.c: ARP packets, made by hand
 * and not with the code under test.
 */
#pragma once

#include "test_dhcp_server.h"

#include "dhcp/arp.h"

static const uint8_t our_mac[6] UNUSED = { 2, 0, 0, 0, 0, 1 };
static const uint8_t other_mac[6] UNUSED = { 2, 0, 0, 0, 0, 2 };

#define REQUEST 1
#define REPLY 2

/* To be freed with free_span(). */
UNUSED static struct span arp_packet(uint16_t operation, const uint8_t *mac,
				     uint32_t sender, uint32_t target)
{
	uint8_t bytes[28] = { 0, 1, 8, 0, 6, 4 };

	bytes[6] = (uint8_t)(operation >> 8);
	bytes[7] = (uint8_t)operation;
	memcpy(bytes + 8, mac, 6);
	for (unsigned int i = 0; i < 4; i++) {
		bytes[14 + i] = (uint8_t)(sender >> (24 - 8 * i));
		bytes[24 + i] = (uint8_t)(target >> (24 - 8 * i));
	}
	return on_heap((struct span){ bytes, sizeof(bytes) });
}

/* Whether PAYLOAD is our packet, down to the last bit. */
UNUSED static bool is_ours(struct span payload, uint32_t sender,
			   uint32_t target)
{
	struct span packet = arp_packet(REQUEST, our_mac, sender, target);
	bool equal = span_equal(payload, packet);

	free_span(packet);
	return equal;
}
