/* See message6.h. */
#include "dhcp/message6.h"

#include <errno.h>

#define IA_FIXED 12
#define ADDRESS_LEN 24
#define DUID_MIN 3 /* RFC 8415 §11.1 */

static const char vendor_class[] = "phase-boot";

/* What a client asks for that shall not be known comes first: RFC 7844 §4.5. */
static const uint8_t wishes[] = {
	DHCP_OPTION6_DNS,	  DHCP_OPTION6_DOMAINS,
	DHCP_OPTION6_SOL_MAX_RT,  DHCP_OPTION6_INF_MAX_RT,
	DHCP_OPTION6_REFRESH,	  DHCP_OPTION6_VENDOR,
	DHCP_OPTION6_NTP,	  DHCP_OPTION6_BOOT_FILE,
	DHCP_OPTION6_BOOT_PARAMS, DHCP_OPTION6_PORTAL,
};

#define WISHES_ANONYMOUS 5

static void write_option(struct writer *writer, uint16_t code,
			 struct span value)
{
	writer_be16(writer, code);
	writer_be16(writer, (uint16_t)value.len);
	writer_put(writer, value);
}

static void write_optional(struct writer *writer, uint16_t code,
			   struct span value)
{
	if (value.len > 0)
		write_option(writer, code, value);
}

/* T1, T2 and the lifetimes are the server's to say: §21.4, 21.6. */
static void write_ia(struct writer *writer,
		     const struct dhcp_outgoing6 *outgoing)
{
	writer_be16(writer, DHCP_OPTION6_IA_NA);
	writer_be16(writer,
		    outgoing->address ? IA_FIXED + 4 + ADDRESS_LEN : IA_FIXED);
	writer_be32(writer, outgoing->iaid);
	writer_fill(writer, 0, 8);
	if (!outgoing->address)
		return;
	writer_be16(writer, DHCP_OPTION6_ADDRESS);
	writer_be16(writer, ADDRESS_LEN);
	writer_bytes(writer, outgoing->address->bytes, 16);
	writer_fill(writer, 0, 8);
}

/* Options that CONFIRM, RELEASE and DECLINE do without. */
static void write_wishes(struct writer *writer,
			 const struct dhcp_outgoing6 *outgoing)
{
	bool inform = outgoing->type == DHCP_TYPE6_INFORMATION;
	size_t n = outgoing->anonymous ? WISHES_ANONYMOUS : sizeof(wishes);

	/* §21.23: only in an INFORMATION-REQUEST. */
	writer_be16(writer, DHCP_OPTION6_REQUEST);
	writer_be16(writer, (uint16_t)(2 * (inform ? n : n - 1)));
	for (size_t i = 0; i < n; i++) {
		if (inform || wishes[i] != DHCP_OPTION6_REFRESH)
			writer_be16(writer, wishes[i]);
	}
	if (outgoing->rapid_commit)
		write_option(writer, DHCP_OPTION6_RAPID_COMMIT,
			     (struct span){ NULL, 0 });
	if (outgoing->anonymous)
		return;
	/* Enterprise number 0, which is nobody's: we have none. */
	writer_be16(writer, DHCP_OPTION6_VENDOR_CLASS);
	writer_be16(writer, 4 + 2 + sizeof(vendor_class) - 1);
	writer_be32(writer, 0);
	writer_be16(writer, sizeof(vendor_class) - 1);
	writer_bytes(writer, vendor_class, sizeof(vendor_class) - 1);
}

void dhcp_message6_write(struct writer *writer,
			 const struct dhcp_outgoing6 *outgoing)
{
	writer_be32(writer, (uint32_t)outgoing->type << 24 |
				    (outgoing->xid & 0xffffff));
	write_optional(writer, DHCP_OPTION6_CLIENT_ID, outgoing->client_id);
	write_optional(writer, DHCP_OPTION6_SERVER_ID, outgoing->server_id);
	writer_be16(writer, DHCP_OPTION6_ELAPSED);
	writer_be16(writer, 2);
	writer_be16(writer, outgoing->elapsed_cs);
	if (outgoing->has_ia)
		write_ia(writer, outgoing);
	if (outgoing->type != DHCP_TYPE6_CONFIRM &&
	    outgoing->type != DHCP_TYPE6_RELEASE &&
	    outgoing->type != DHCP_TYPE6_DECLINE)
		write_wishes(writer, outgoing);
}

bool dhcp_option6_next(struct reader *options, uint16_t *ret_code,
		       struct span *ret_value)
{
	uint16_t code;
	struct span value;

	if (reader_left(options) == 0)
		return false;
	code = reader_be16(options);
	value = reader_span(options, reader_be16(options));
	if (reader_failed(options))
		return false;
	*ret_code = code;
	*ret_value = value;
	return true;
}

int dhcp_option6_get(struct span options, uint16_t code, struct span *ret_value)
{
	struct reader reader;
	struct span value;
	uint16_t found;

	reader_from_span(&reader, options);
	while (dhcp_option6_next(&reader, &found, &value)) {
		if (found == code) {
			*ret_value = value;
			return 0;
		}
	}
	return -ENOENT;
}

int dhcp_option6_get_u32(struct span options, uint16_t code,
			 uint32_t *ret_value)
{
	struct reader reader;
	struct span value;
	int r = dhcp_option6_get(options, code, &value);

	if (r < 0)
		return r;
	if (value.len != 4)
		return -EBADMSG;
	reader_from_span(&reader, value);
	*ret_value = reader_be32(&reader);
	return 0;
}

uint16_t dhcp_option6_status(struct span options)
{
	struct reader reader;
	struct span value;
	uint16_t status;

	if (dhcp_option6_get(options, DHCP_OPTION6_STATUS, &value) < 0)
		return DHCP_STATUS6_SUCCESS;
	reader_from_span(&reader, value);
	status = reader_be16(&reader);
	return reader_failed(&reader) ? DHCP_STATUS6_FAILED : status;
}

int dhcp_message6_read(struct span payload, struct dhcp_counters *counters,
		       struct dhcp_message6 *ret_message)
{
	struct dhcp_message6 message = { 0 };
	struct reader reader;
	struct span value;
	uint16_t code;
	uint32_t word;

	reader_from_span(&reader, payload);
	word = reader_be32(&reader);
	message.type = (uint8_t)(word >> 24);
	message.xid = word & 0xffffff;
	message.options = span_skip(payload, 4);
	while (dhcp_option6_next(&reader, &code, &value)) {
		struct span *id = code == DHCP_OPTION6_CLIENT_ID ?
					  &message.client_id :
				  code == DHCP_OPTION6_SERVER_ID ?
					  &message.server_id :
					  NULL;

		if (!id)
			continue;
		if (id->len > 0 || value.len < DUID_MIN ||
		    value.len > DHCP_DUID_MAX) {
			dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
			return -EBADMSG;
		}
		*id = value;
	}
	if (reader_failed(&reader)) {
		dhcp_count(counters, DHCP_COUNT_CUT);
		return -EBADMSG;
	}
	*ret_message = message;
	return 0;
}
