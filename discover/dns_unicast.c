/* See dns_unicast.h. */
#include "discover/dns_unicast.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define FLAG_RECURSION_DESIRED 0x0100
#define TYPE_OPT 41

void dns_unicast_put_query(struct writer *writer,
			   const struct dns_question *question, bool edns)
{
	writer_be16(writer, question->id);
	writer_be16(writer, FLAG_RECURSION_DESIRED);
	writer_be16(writer, 1);
	writer_be16(writer, 0);
	writer_be16(writer, 0);
	writer_be16(writer, edns);
	dns_query_question(writer, question->name, question->type, false);
	if (!edns)
		return;
	/* RFC 6891 §6.1.2: the class is the size that we take; version 0, no
	 * flags, no options. */
	writer_u8(writer, 0);
	writer_be16(writer, TYPE_OPT);
	writer_be16(writer, DNS_UNICAST_PAYLOAD);
	writer_be32(writer, 0);
	writer_be16(writer, 0);
}

/* A reader of what follows the name at OFFSET. False at a broken one. */
static bool read_name(const struct dns_message *message, size_t offset,
		      struct dns_name *ret_name, struct reader *ret_reader)
{
	if (dns_name_decode(message->bytes, offset, ret_name, &offset) < 0)
		return false;
	reader_from_span(ret_reader, span_skip(message->bytes, offset));
	return true;
}

bool dns_unicast_is_answer(const struct dns_message *message,
			   const struct dns_question *question)
{
	struct reader reader;
	struct dns_name name;

	if (!message->is_response || message->opcode != 0 ||
	    message->id != question->id)
		return false;
	if (message->n_questions == 0)
		return message->rcode == DNS_RCODE_FORMAT;
	return message->n_questions == 1 &&
	       read_name(message, DNS_HEADER_LEN, &name, &reader) &&
	       dns_name_equal(&name, question->name) &&
	       reader_be16(&reader) == (uint16_t)question->type &&
	       reader_be16(&reader) == DNS_CLASS_IN;
}

/* The alias that MESSAGE has for NAME, whether or not dns_message_next() knows
 * what aliases are. */
static bool find_alias(const struct dns_message *message,
		       const struct dns_name *name, struct dns_name *ret_target)
{
	size_t offset = message->records;

	for (unsigned int i = 0; i < message->n_records; i++) {
		uint16_t type, class;
		struct dns_name owner;
		struct reader reader;
		size_t len, data, next;

		/* It was read once already and cannot fail now. */
		if (!read_name(message, offset, &owner, &reader))
			return false;
		type = reader_be16(&reader);
		class = reader_be16(&reader);
		reader_skip(&reader, 4);
		len = reader_be16(&reader);
		data = message->bytes.len - reader_left(&reader);
		offset = data + len;
		if (type == DNS_TYPE_CNAME && class == DNS_CLASS_IN &&
		    dns_name_equal(&owner, name))
			return dns_name_decode(message->bytes, data, ret_target,
					       &next) == 0 &&
			       next == offset;
	}
	return false;
}

int dns_unicast_follow(const struct dns_message *message,
		       const struct dns_name *name, struct dns_name *ret_name)
{
	struct dns_name at = *name, target;

	for (unsigned int i = 0; i <= DNS_UNICAST_ALIASES_MAX; i++) {
		if (!find_alias(message, &at, &target)) {
			*ret_name = at;
			return 0;
		}
		at = target;
	}
	return -ELOOP;
}

int dns_unicast_join(struct span labels, const struct dns_name *domain,
		     struct dns_name *ret_name)
{
	struct dns_name name = { .len = 0 };
	struct writer writer;

	writer_init(&writer, name.wire, sizeof(name.wire));
	writer_put(&writer, labels);
	dns_name_encode(&writer, domain);
	if (writer_failed(&writer))
		return -ENOBUFS;
	name.len = (uint8_t)writer_len(&writer);
	*ret_name = name;
	return 0;
}

bool dns_unicast_is_local(const struct dns_name *name)
{
	struct span last = { NULL, 0 };
	struct reader reader;

	reader_init(&reader, name->wire, name->len);
	while (reader_left(&reader) > 1)
		last = reader_span(&reader, reader_u8(&reader));
	return span_is_nocase(last, "local");
}

static void put_reverse_ipv4(struct writer *writer, uint32_t address)
{
	for (unsigned int i = 0; i < 4; i++) {
		text_put_u64(writer, address >> 8 * i & 0xff);
		text_put(writer, ".");
	}
	text_put(writer, "in-addr.arpa");
}

static void put_reverse_ipv6(struct writer *writer, const uint8_t address[16])
{
	for (unsigned int i = 16; i-- > 0;) {
		text_put_hex(writer, address[i] & 0xf, 1);
		text_put(writer, ".");
		text_put_hex(writer, address[i] >> 4, 1);
		text_put(writer, ".");
	}
	text_put(writer, "ip6.arpa");
}

int dns_unicast_reverse(const struct dns_subnet *subnet,
			struct dns_name *ret_name)
{
	char text[80];
	struct writer writer;

	if (subnet->prefix > (subnet->address.is_ipv6 ? 128 : 32))
		return -EINVAL;
	writer_init(&writer, text, sizeof(text));
	if (subnet->address.is_ipv6) {
		uint8_t base[16];

		memcpy(base, subnet->address.ipv6, sizeof(base));
		for (unsigned int bit = subnet->prefix; bit < 128; bit++)
			base[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		put_reverse_ipv6(&writer, base);
	} else {
		uint32_t mask = subnet->prefix == 0 ?
					0 :
					UINT32_MAX << (32 - subnet->prefix);

		put_reverse_ipv4(&writer, subnet->address.ipv4 & mask);
	}
	return dns_name_parse(writer_span(&writer), ret_name);
}
