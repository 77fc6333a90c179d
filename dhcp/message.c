/* See message.h. */
#include "dhcp/message.h"

#include <errno.h>

#define BOOTP_MIN 300
#define CLIENT_ID_LEN (1 + DHCP_MAC_LEN)
#define HOSTNAME_MAX 63

static const char vendor_class[] = "phase-boot";

/* 121 stands before 3, as RFC 3442 asks. */
static const uint8_t parameters[] = {
	DHCP_OPTION_SUBNET_MASK, DHCP_OPTION_CLASSLESS_ROUTES,
	DHCP_OPTION_ROUTER,	 DHCP_OPTION_DNS,
	DHCP_OPTION_HOST_NAME,	 DHCP_OPTION_DOMAIN_NAME,
	DHCP_OPTION_MTU,	 DHCP_OPTION_BROADCAST,
	DHCP_OPTION_NTP,	 DHCP_OPTION_VENDOR,
	DHCP_OPTION_LEASE_TIME,	 DHCP_OPTION_T1,
	DHCP_OPTION_T2,		 DHCP_OPTION_TFTP_SERVER,
	DHCP_OPTION_BOOT_FILE,	 DHCP_OPTION_CAPTIVE_PORTAL,
};

static void write_fixed(struct writer *writer,
			const struct dhcp_outgoing *outgoing)
{
	writer_u8(writer, DHCP_OP_REQUEST);
	writer_u8(writer, DHCP_HTYPE_ETHERNET);
	writer_u8(writer, DHCP_MAC_LEN);
	writer_u8(writer, 0); /* hops */
	writer_be32(writer, outgoing->xid);
	writer_be16(writer, outgoing->secs);
	writer_be16(writer, outgoing->broadcast ? DHCP_FLAG_BROADCAST : 0);
	writer_be32(writer, outgoing->ciaddr);
	writer_be32(writer, 0); /* yiaddr */
	writer_be32(writer, 0); /* siaddr */
	writer_be32(writer, 0); /* giaddr */
	writer_bytes(writer, outgoing->mac, DHCP_MAC_LEN);
	writer_fill(writer, 0, 16 - DHCP_MAC_LEN);
	writer_fill(writer, 0, DHCP_SNAME_LEN);
	writer_fill(writer, 0, DHCP_FILE_LEN);
	writer_be32(writer, DHCP_COOKIE);
}

static void write_option(struct writer *writer, uint8_t code, struct span value)
{
	if (value.len > UINT8_MAX) {
		writer_fail(writer);
		return;
	}
	writer_u8(writer, code);
	writer_u8(writer, (uint8_t)value.len);
	writer_put(writer, value);
}

static void write_option_u32(struct writer *writer, uint8_t code,
			     uint32_t value)
{
	writer_u8(writer, code);
	writer_u8(writer, 4);
	writer_be32(writer, value);
}

/* RFC 2131 table 5: DECLINE and RELEASE carry none of these. */
static void write_wishes(struct writer *writer,
			 const struct dhcp_outgoing *outgoing)
{
	writer_u8(writer, DHCP_OPTION_MAX_SIZE);
	writer_u8(writer, 2);
	writer_be16(writer, outgoing->max_size);
	write_option(writer, DHCP_OPTION_PARAMETERS,
		     (struct span){ parameters, sizeof(parameters) });
	if (!outgoing->private)
		write_option(writer, DHCP_OPTION_VENDOR_CLASS,
			     span_of(vendor_class));
	if (!outgoing->private && outgoing->hostname.len > 0 &&
	    outgoing->hostname.len <= HOSTNAME_MAX)
		write_option(writer, DHCP_OPTION_HOST_NAME, outgoing->hostname);
	if (outgoing->rapid_commit)
		write_option(writer, DHCP_OPTION_RAPID_COMMIT,
			     (struct span){ NULL, 0 });
}

static void write_client_id(struct writer *writer,
			    const struct dhcp_outgoing *outgoing)
{
	if (outgoing->client_id.len > 0) {
		write_option(writer, DHCP_OPTION_CLIENT_ID,
			     outgoing->client_id);
		return;
	}
	writer_u8(writer, DHCP_OPTION_CLIENT_ID);
	writer_u8(writer, CLIENT_ID_LEN);
	writer_u8(writer, DHCP_HTYPE_ETHERNET);
	writer_bytes(writer, outgoing->mac, DHCP_MAC_LEN);
}

void dhcp_message_write(struct writer *writer,
			const struct dhcp_outgoing *outgoing)
{
	size_t start = writer_len(writer), len;

	write_fixed(writer, outgoing);
	writer_u8(writer, DHCP_OPTION_TYPE);
	writer_u8(writer, 1);
	writer_u8(writer, (uint8_t)outgoing->type);
	write_client_id(writer, outgoing);
	if (outgoing->requested_address)
		write_option_u32(writer, DHCP_OPTION_REQUESTED_ADDRESS,
				 outgoing->requested_address);
	if (outgoing->server_id)
		write_option_u32(writer, DHCP_OPTION_SERVER_ID,
				 outgoing->server_id);
	if (outgoing->type == DHCP_TYPE_DISCOVER ||
	    outgoing->type == DHCP_TYPE_REQUEST ||
	    outgoing->type == DHCP_TYPE_INFORM)
		write_wishes(writer, outgoing);
	writer_u8(writer, DHCP_OPTION_END);
	len = writer_len(writer) - start;
	if (len < BOOTP_MIN)
		writer_fill(writer, DHCP_OPTION_PAD, BOOTP_MIN - len);
}

static struct span until_zero(struct span field)
{
	struct reader reader;

	reader_from_span(&reader, field);
	return reader_until(&reader, 0);
}

int dhcp_message_read(struct span payload, struct dhcp_counters *counters,
		      struct dhcp_message *ret_message)
{
	struct dhcp_message message = { 0 };
	struct reader reader;
	struct span sname, file;
	uint32_t cookie;

	reader_from_span(&reader, payload);
	message.op = reader_u8(&reader);
	message.htype = reader_u8(&reader);
	message.hlen = reader_u8(&reader);
	reader_skip(&reader, 1); /* hops */
	message.xid = reader_be32(&reader);
	message.secs = reader_be16(&reader);
	message.flags = reader_be16(&reader);
	message.ciaddr = reader_be32(&reader);
	message.yiaddr = reader_be32(&reader);
	message.siaddr = reader_be32(&reader);
	message.giaddr = reader_be32(&reader);
	reader_copy(&reader, message.chaddr, sizeof(message.chaddr));
	sname = reader_span(&reader, DHCP_SNAME_LEN);
	file = reader_span(&reader, DHCP_FILE_LEN);
	cookie = reader_be32(&reader);
	if (reader_failed(&reader)) {
		dhcp_count(counters, DHCP_COUNT_CUT);
		return -EBADMSG;
	}
	if (cookie != DHCP_COOKIE) {
		dhcp_count(counters, DHCP_COUNT_COOKIE);
		return -EBADMSG;
	}
	if (dhcp_options_parse(reader_rest(&reader), file, sname, counters,
			       &message.options) < 0) {
		dhcp_count(counters, DHCP_COUNT_TOO_LONG);
		return -EBADMSG;
	}
	if (!(message.options.overload & DHCP_OVERLOAD_FILE))
		message.file = until_zero(file);
	if (!(message.options.overload & DHCP_OVERLOAD_SNAME))
		message.sname = until_zero(sname);
	if (dhcp_options_get_u8(&message.options, DHCP_OPTION_TYPE,
				&message.type) < 0)
		message.type = 0;
	*ret_message = message;
	return 0;
}
