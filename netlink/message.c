/* See message.h and attribute.h. */
#include "netlink/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "netlink/attribute.h"

struct nlmsghdr *route_start(struct route_message *message, uint16_t type,
			     uint16_t flags)
{
	struct nlmsghdr *header;

	memset(message, 0, sizeof(*message));
	header = mnl_nlmsg_put_header(message->bytes);
	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return header;
}

static uint16_t verb_flags(enum route_verb verb)
{
	switch (verb) {
	case ROUTE_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case ROUTE_REPLACE:
		return NLM_F_CREATE | NLM_F_REPLACE;
	case ROUTE_DELETE:
		return 0;
	}
	return 0;
}

struct nlmsghdr *route_start_verb(struct route_message *message,
				  enum route_verb verb, uint16_t new_type,
				  uint16_t delete_type)
{
	return route_start(message,
			   verb == ROUTE_DELETE ? delete_type : new_type,
			   verb_flags(verb));
}

/* An attribute is one more header, as mnl_nlmsg_put_extra_header() fills both
 * up with zeroes. libmnl's own share an object with all that reads them, which
 * base/reader.h does here: 3 KB. */
void route_put(struct nlmsghdr *header, uint16_t type, const void *value,
	       uint16_t len)
{
	struct nlattr *attribute =
		mnl_nlmsg_put_extra_header(header, sizeof(*attribute) + len);

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(sizeof(*attribute) + len);
	memcpy(attribute + 1, value, len);
}

void route_put_u32(struct nlmsghdr *header, uint16_t type, uint32_t value)
{
	route_put(header, type, &value, sizeof(value));
}

uint16_t route_address_len(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

void route_ipv4_bytes(uint32_t address, uint8_t ret_bytes[4])
{
	ret_bytes[0] = (uint8_t)(address >> 24);
	ret_bytes[1] = (uint8_t)(address >> 16);
	ret_bytes[2] = (uint8_t)(address >> 8);
	ret_bytes[3] = (uint8_t)address;
}

void route_put_ipv4(struct nlmsghdr *header, uint16_t type, uint32_t address)
{
	uint8_t bytes[4];

	route_ipv4_bytes(address, bytes);
	route_put(header, type, bytes, sizeof(bytes));
}

struct span route_message_span(const struct route_message *message)
{
	uint32_t len;

	memcpy(&len, message->bytes, sizeof(len));
	return (struct span){ message->bytes,
			      len <= sizeof(message->bytes) ? len : 0 };
}

/* Messages and attributes start at multiples of four. */
static void skip_padding(struct reader *reader, size_t len)
{
	size_t padding = (4 - len % 4) % 4;

	/* The last one need not be padded. */
	if (padding > reader_left(reader))
		padding = reader_left(reader);
	reader_skip(reader, padding);
}

int route_next(struct reader *datagram, struct route_header *ret_header)
{
	struct nlmsghdr header;
	struct span body;

	if (reader_failed(datagram))
		return -EBADMSG;
	if (reader_left(datagram) == 0)
		return -ENOENT;
	reader_copy(datagram, &header, sizeof(header));
	if (reader_failed(datagram) || header.nlmsg_len < sizeof(header)) {
		reader_fail(datagram);
		return -EBADMSG;
	}
	body = reader_span(datagram, header.nlmsg_len - sizeof(header));
	if (reader_failed(datagram))
		return -EBADMSG;
	skip_padding(datagram, body.len);
	*ret_header = (struct route_header){
		.type = header.nlmsg_type,
		.flags = header.nlmsg_flags,
		.seq = header.nlmsg_seq,
		.port = header.nlmsg_pid,
		.body = body,
	};
	return 0;
}

bool route_next_attribute(struct reader *reader, unsigned int *ret_type,
			  struct reader *ret_value)
{
	struct nlattr header;

	if (reader_left(reader) == 0)
		return false;
	reader_copy(reader, &header, sizeof(header));
	if (reader_failed(reader) || header.nla_len < sizeof(header)) {
		reader_fail(reader);
		return false;
	}
	*ret_value = reader_sub(reader, header.nla_len - sizeof(header));
	if (reader_failed(reader))
		return false;
	skip_padding(reader, header.nla_len);
	*ret_type = header.nla_type & (unsigned int)NLA_TYPE_MASK;
	return true;
}

void route_take(struct reader *reader, struct reader *value, void *ret_bytes,
		size_t len)
{
	reader_copy(value, ret_bytes, len);
	if (reader_failed(value))
		reader_fail(reader);
}

uint32_t route_take_u32(struct reader *reader, struct reader *value)
{
	uint32_t result;

	route_take(reader, value, &result, sizeof(result));
	return result;
}

uint8_t route_take_u8(struct reader *reader, struct reader *value)
{
	uint8_t result;

	route_take(reader, value, &result, sizeof(result));
	return result;
}

size_t route_take_mac(struct reader *reader, struct reader *value,
		      uint8_t ret_mac[ROUTE_MAC_MAX])
{
	size_t len = reader_left(value);

	if (len > ROUTE_MAC_MAX) {
		reader_fail(reader);
		return 0;
	}
	route_take(reader, value, ret_mac, len);
	return len;
}

int route_parse_error(const struct route_header *header, int *ret_error,
		      struct span *ret_reason)
{
	struct span reason = { NULL, 0 };
	struct reader reader, value;
	unsigned int type;
	int32_t error;

	if (header->type != NLMSG_ERROR && header->type != NLMSG_DONE)
		return -EBADMSG;
	reader_from_span(&reader, header->body);
	/* A NLMSG_DONE without a verdict is a good one. */
	if (header->type == NLMSG_DONE && reader_left(&reader) == 0) {
		*ret_error = 0;
		*ret_reason = reason;
		return 0;
	}
	reader_copy(&reader, &error, sizeof(error));
	if (reader_failed(&reader) || error > 0 || error < -4095)
		return -EBADMSG;
	if (header->type == NLMSG_ERROR) {
		struct nlmsghdr request;

		reader_copy(&reader, &request, sizeof(request));
		/* The request comes back whole unless the flag says no. */
		if (!(header->flags & NLM_F_CAPPED) &&
		    request.nlmsg_len > sizeof(request)) {
			size_t len = request.nlmsg_len - sizeof(request);

			reader_skip(&reader, len);
			skip_padding(&reader, len);
		}
	}
	/* What explains the verdict is not needed to have one. */
	while ((header->flags & NLM_F_ACK_TLVS) &&
	       route_next_attribute(&reader, &type, &value)) {
		/* With its terminator, as the kernel writes strings. */
		if (type == NLMSGERR_ATTR_MSG)
			reason = reader_until(&value, '\0');
	}
	*ret_error = error;
	*ret_reason = reason;
	return 0;
}

enum route_outcome route_outcome(enum route_verb verb, int error)
{
	switch (-error) {
	case 0:
		return ROUTE_DONE;
	case EEXIST:
		return verb == ROUTE_DELETE ? ROUTE_REFUSED : ROUTE_ALREADY;
	case ENOENT:
	case EADDRNOTAVAIL:
	case ESRCH:
		return verb == ROUTE_DELETE ? ROUTE_ALREADY : ROUTE_REFUSED;
	case ENODEV:
	case ENXIO:
		return verb == ROUTE_DELETE ? ROUTE_ALREADY : ROUTE_NO_LINK;
	case EPERM:
		return ROUTE_DENIED;
	case EACCES:
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return ROUTE_UNSUPPORTED;
	case ENETDOWN:
	case ENOBUFS:
	case ENOMEM:
	case EBUSY:
	case EAGAIN:
		return ROUTE_LATER;
	default:
		return ROUTE_REFUSED;
	}
}
