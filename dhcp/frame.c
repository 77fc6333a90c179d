/* See frame.h. */
#include "dhcp/frame.h"

#include <errno.h>

#define IP_HEADER 20
#define IP_DONT_FRAGMENT 0x4000
#define IP_MORE_OR_OFFSET 0x3fff
#define IP_CHECKSUM_AT 10
#define IP_TTL 64
#define IP_PROTOCOL_UDP 17
#define UDP_HEADER 8
#define UDP_CHECKSUM_AT (IP_HEADER + 6)

/* RFC 1071: the ones' complement sum, not yet complemented nor folded. At
 * most 64 KiB are added up, which 32 bits hold. */
static uint32_t sum_bytes(uint32_t sum, struct span bytes)
{
	struct reader reader;

	reader_from_span(&reader, bytes);
	while (reader_left(&reader) >= 2)
		sum += reader_be16(&reader);
	if (reader_left(&reader) == 1)
		sum += (uint32_t)reader_u8(&reader) << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 768: the pseudo header. */
static uint32_t sum_pseudo(uint32_t source, uint32_t destination, size_t len)
{
	return (source >> 16) + (source & 0xffff) + (destination >> 16) +
	       (destination & 0xffff) + IP_PROTOCOL_UDP + (uint32_t)len;
}

static int drop(struct dhcp_counters *counters, enum dhcp_count reason)
{
	dhcp_count(counters, reason);
	return -EBADMSG;
}

static int parse_udp(struct reader *reader, bool checksum_unfinished,
		     struct dhcp_counters *counters, struct dhcp_frame *frame)
{
	struct reader header = *reader;
	struct span datagram;
	uint16_t destination, len, checksum;

	/* Any source port: a relay may answer from another than 67. */
	reader_skip(&header, 2);
	destination = reader_be16(&header);
	len = reader_be16(&header);
	checksum = reader_be16(&header);
	if (reader_failed(&header))
		return drop(counters, DHCP_COUNT_CUT);
	if (destination != DHCP_PORT_CLIENT)
		return drop(counters, DHCP_COUNT_NOT_DHCP);
	datagram = reader_span(reader, len);
	if (reader_failed(reader) || len < UDP_HEADER)
		return drop(counters, DHCP_COUNT_CUT);
	/* 0 is "none computed". */
	if (checksum != 0 && !checksum_unfinished &&
	    sum_fold(sum_bytes(
		    sum_pseudo(frame->source, frame->destination, len),
		    datagram)) != 0xffff)
		return drop(counters, DHCP_COUNT_UDP_CHECKSUM);
	frame->payload = span_skip(datagram, UDP_HEADER);
	return 0;
}

int dhcp_frame_parse(struct span packet, bool checksum_unfinished,
		     struct dhcp_counters *counters,
		     struct dhcp_frame *ret_frame)
{
	struct dhcp_frame frame = { 0 };
	struct reader reader, header, body;
	uint16_t total, fragment;
	uint8_t first, protocol;
	size_t header_len;
	int r;

	reader_from_span(&reader, packet);
	header = reader;
	first = reader_u8(&header);
	reader_skip(&header, 1); /* type of service */
	total = reader_be16(&header);
	reader_skip(&header, 2); /* identification */
	fragment = reader_be16(&header);
	reader_skip(&header, 1); /* time to live */
	protocol = reader_u8(&header);
	reader_skip(&header, 2); /* checksum */
	frame.source = reader_be32(&header);
	frame.destination = reader_be32(&header);
	if (reader_failed(&header))
		return drop(counters, DHCP_COUNT_CUT);
	if (first >> 4 != 4)
		return drop(counters, DHCP_COUNT_NOT_DHCP);
	/* What is behind the total length is the link layer's padding. */
	body = reader_sub(&reader, total);
	header_len = (first & 0xfu) * 4;
	header = body;
	if (header_len < IP_HEADER)
		reader_fail(&body);
	reader_skip(&body, header_len);
	if (reader_failed(&body))
		return drop(counters, DHCP_COUNT_CUT);
	if (sum_fold(sum_bytes(0, reader_span(&header, header_len))) != 0xffff)
		return drop(counters, DHCP_COUNT_IP_CHECKSUM);
	if (fragment & IP_MORE_OR_OFFSET)
		return drop(counters, DHCP_COUNT_FRAGMENT);
	if (protocol != IP_PROTOCOL_UDP)
		return drop(counters, DHCP_COUNT_NOT_DHCP);
	r = parse_udp(&body, checksum_unfinished, counters, &frame);
	if (r < 0)
		return r;
	*ret_frame = frame;
	return 0;
}

void dhcp_frame_write(struct writer *writer, uint32_t source,
		      uint32_t destination, struct span payload)
{
	size_t udp_len = payload.len + UDP_HEADER;
	size_t total = udp_len + IP_HEADER;
	size_t at = writer_len(writer);
	struct span written;
	uint16_t checksum;

	if (total > UINT16_MAX) {
		writer_fail(writer);
		return;
	}
	writer_u8(writer, 4 << 4 | IP_HEADER / 4);
	writer_u8(writer, 0);
	writer_be16(writer, (uint16_t)total);
	writer_be16(writer, 0);
	writer_be16(writer, IP_DONT_FRAGMENT);
	writer_u8(writer, IP_TTL);
	writer_u8(writer, IP_PROTOCOL_UDP);
	writer_be16(writer, 0);
	writer_be32(writer, source);
	writer_be32(writer, destination);
	writer_be16(writer, DHCP_PORT_CLIENT);
	writer_be16(writer, DHCP_PORT_SERVER);
	writer_be16(writer, (uint16_t)udp_len);
	writer_be16(writer, 0);
	writer_put(writer, payload);
	written = span_skip(writer_span(writer), at);
	if (written.len == 0)
		return;
	checksum = (uint16_t)~sum_fold(
		sum_bytes(0, (struct span){ written.data, IP_HEADER }));
	writer_patch_be16(writer, at + IP_CHECKSUM_AT, checksum);
	checksum = (uint16_t)~sum_fold(
		sum_bytes(sum_pseudo(source, destination, udp_len),
			  span_skip(written, IP_HEADER)));
	/* RFC 768: 0 would say that there is none. */
	if (checksum == 0)
		checksum = 0xffff;
	writer_patch_be16(writer, at + UDP_CHECKSUM_AT, checksum);
}
