/* See arp.h. */
#include "dhcp/arp.h"

#include <errno.h>

#define HARDWARE_ETHERNET 1
#define PROTOCOL_IPV4 0x0800
#define SIZES (ARP_MAC_LEN << 8 | 4)

int arp_parse(struct span packet, struct arp *ret_arp)
{
	struct reader reader;
	struct arp arp;
	uint16_t operation;

	reader_from_span(&reader, packet);
	if (reader_be16(&reader) != HARDWARE_ETHERNET ||
	    reader_be16(&reader) != PROTOCOL_IPV4 ||
	    reader_be16(&reader) != SIZES)
		return -EBADMSG;
	operation = reader_be16(&reader);
	if (operation != ARP_REQUEST && operation != ARP_REPLY)
		return -EBADMSG;
	arp.operation = (enum arp_operation)operation;
	reader_copy(&reader, arp.sender_mac, ARP_MAC_LEN);
	arp.sender = reader_be32(&reader);
	reader_skip(&reader, ARP_MAC_LEN);
	arp.target = reader_be32(&reader);
	if (reader_failed(&reader))
		return -EBADMSG;
	*ret_arp = arp;
	return 0;
}

static void write_request(struct writer *writer, const uint8_t *mac,
			  uint32_t sender, uint32_t target)
{
	writer_be16(writer, HARDWARE_ETHERNET);
	writer_be16(writer, PROTOCOL_IPV4);
	writer_be16(writer, SIZES);
	writer_be16(writer, ARP_REQUEST);
	writer_bytes(writer, mac, ARP_MAC_LEN);
	writer_be32(writer, sender);
	/* RFC 5227 §2.1.1: it is ignored, and should be zeroes. */
	writer_fill(writer, 0, ARP_MAC_LEN);
	writer_be32(writer, target);
}

void arp_write_probe(struct writer *writer, const uint8_t mac[ARP_MAC_LEN],
		     uint32_t address)
{
	write_request(writer, mac, 0, address);
}

void arp_write_announcement(struct writer *writer,
			    const uint8_t mac[ARP_MAC_LEN], uint32_t address)
{
	write_request(writer, mac, address, address);
}
