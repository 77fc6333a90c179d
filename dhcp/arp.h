/*
 * ARP packets of IPv4 over Ethernet, as a packet socket of type SOCK_DGRAM has
 * them: without the link's header. RFC 826; RFC 5227 §1.1 for the names of
 * those that we send.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define ARP_LEN 28
#define ARP_MAC_LEN 6

enum arp_operation {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

/* Addresses in host order. The target's MAC is left out: nobody asks. */
struct arp {
	enum arp_operation operation;
	uint8_t sender_mac[ARP_MAC_LEN];
	uint32_t sender;
	uint32_t target;
};

/* The facts of PACKET; what follows them is the padding of short frames. 0;
 * -EBADMSG when it is cut short, or not a request or reply of this kind. */
MUST_CHECK int arp_parse(struct span packet, struct arp *ret_arp);

/* "Does anybody use ADDRESS?", from who does not use it: no cache is changed. */
void arp_write_probe(struct writer *writer, const uint8_t mac[ARP_MAC_LEN],
		     uint32_t address);

/* "ADDRESS is at MAC", to all. */
void arp_write_announcement(struct writer *writer,
			    const uint8_t mac[ARP_MAC_LEN], uint32_t address);
