/* See message.h. */
#include "dhcp/message.h"

#include <assert.h>
#include <errno.h>

#define BOOTP_MIN 300

/* 121 stands before 3 and 33, as RFC 3442 asks. */
static const uint8_t parameters[] = {
	DHCP_OPTION_SUBNET_MASK,
	DHCP_OPTION_CLASSLESS_ROUTES,
	DHCP_OPTION_ROUTER,
	DHCP_OPTION_DNS,
	DHCP_OPTION_HOST_NAME,
	DHCP_OPTION_DOMAIN_NAME,
	DHCP_OPTION_MTU,
	DHCP_OPTION_BROADCAST,
	DHCP_OPTION_STATIC_ROUTES,
	DHCP_OPTION_NTP,
	DHCP_OPTION_VENDOR,
	DHCP_OPTION_LEASE_TIME,
	DHCP_OPTION_T1,
	DHCP_OPTION_T2,
	DHCP_OPTION_TFTP_SERVER,
	DHCP_OPTION_BOOT_FILE,
	DHCP_OPTION_WWW,
	DHCP_OPTION_IPV6_ONLY,
	DHCP_OPTION_CAPTIVE_PORTAL,
	DHCP_OPTION_SEARCH,
	DHCP_OPTION_VENDOR_INFO,
};

/* RFC 7844 §3.6: few, and in ascending order as in others' lists. */
static const uint8_t parameters_private[] = {
	DHCP_OPTION_SUBNET_MASK, DHCP_OPTION_ROUTER,
	DHCP_OPTION_DNS,	 DHCP_OPTION_DOMAIN_NAME,
	DHCP_OPTION_IPV6_ONLY,	 DHCP_OPTION_CLASSLESS_ROUTES,
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
	assert(value.len <= UINT8_MAX);
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

static void write_parameters(struct writer *writer,
			     const struct dhcp_outgoing *outgoing)
{
	const uint8_t *codes = outgoing->private ? parameters_private :
						   parameters;
	size_t n = outgoing->private ? sizeof(parameters_private) :
				       sizeof(parameters);
	size_t start;

	writer_u8(writer, DHCP_OPTION_PARAMETERS);
	writer_u8(writer, 0);
	start = writer_len(writer);
	for (size_t i = 0; i < n; i++) {
		bool time = codes[i] == DHCP_OPTION_LEASE_TIME ||
			    codes[i] == DHCP_OPTION_T1 ||
			    codes[i] == DHCP_OPTION_T2;

		if ((time && outgoing->type == DHCP_TYPE_INFORM) ||
		    (codes[i] == DHCP_OPTION_IPV6_ONLY && !outgoing->ipv6_only))
			continue;
		writer_u8(writer, codes[i]);
	}
	writer_patch_u8(writer, start - 1,
			(uint8_t)(writer_len(writer) - start));
}

static void write_client_id(struct writer *writer,
			    const struct dhcp_outgoing *outgoing)
{
	if (!outgoing->private &&
	    outgoing->client_id.len >= DHCP_CLIENT_ID_MIN &&
	    outgoing->client_id.len <= DHCP_CLIENT_ID_MAX) {
		write_option(writer, DHCP_OPTION_CLIENT_ID,
			     outgoing->client_id);
		return;
	}
	writer_u8(writer, DHCP_OPTION_CLIENT_ID);
	writer_u8(writer, 1 + DHCP_MAC_LEN);
	writer_u8(writer, DHCP_HTYPE_ETHERNET);
	writer_bytes(writer, outgoing->mac, DHCP_MAC_LEN);
}

/* What names a program or a machine, and what both sides have to know. */
static void write_more(struct writer *writer,
		       const struct dhcp_outgoing *outgoing)
{
	struct span class = outgoing->vendor_class;

	if (class.len == 0 || class.len > DHCP_VENDOR_CLASS_MAX)
		class = span_of(DHCP_VENDOR_CLASS);
	write_option(writer, DHCP_OPTION_VENDOR_CLASS, class);
	if (outgoing->hostname.len > 0 &&
	    outgoing->hostname.len <= DHCP_HOST_NAME_MAX)
		write_option(writer, DHCP_OPTION_HOST_NAME, outgoing->hostname);
	if (outgoing->rapid_commit && outgoing->type != DHCP_TYPE_INFORM)
		write_option(writer, DHCP_OPTION_RAPID_COMMIT,
			     (struct span){ NULL, 0 });
}

static void write_options(struct writer *writer,
			  const struct dhcp_outgoing *outgoing)
{
	bool inform = outgoing->type == DHCP_TYPE_INFORM;
	/* Table 5: DECLINE and RELEASE wish nothing. */
	bool wishes = outgoing->type != DHCP_TYPE_DECLINE &&
		      outgoing->type != DHCP_TYPE_RELEASE;
	bool private = outgoing->private;
	uint32_t address = inform ? 0 : outgoing->requested_address;

	/* Private: by their codes. Else the type comes first, as there are
	 * servers that look for it there. */
	if (private && address)
		write_option_u32(writer, DHCP_OPTION_REQUESTED_ADDRESS,
				 address);
	writer_u8(writer, DHCP_OPTION_TYPE);
	writer_u8(writer, 1);
	writer_u8(writer, (uint8_t)outgoing->type);
	if (!private)
		write_client_id(writer, outgoing);
	if (!private && address)
		write_option_u32(writer, DHCP_OPTION_REQUESTED_ADDRESS,
				 address);
	if (outgoing->server_id && !inform)
		write_option_u32(writer, DHCP_OPTION_SERVER_ID,
				 outgoing->server_id);
	if (wishes && !private) {
		writer_u8(writer, DHCP_OPTION_MAX_SIZE);
		writer_u8(writer, 2);
		writer_be16(writer, outgoing->max_size);
	}
	if (wishes)
		write_parameters(writer, outgoing);
	if (wishes && !private)
		write_more(writer, outgoing);
	if (private)
		write_client_id(writer, outgoing);
	writer_u8(writer, DHCP_OPTION_END);
}

void dhcp_message_write(struct writer *writer,
			const struct dhcp_outgoing *outgoing)
{
	size_t start = writer_len(writer), len;

	write_fixed(writer, outgoing);
	write_options(writer, outgoing);
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
