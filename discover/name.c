/* See name.h. */
#include "discover/name.h"

#include <errno.h>
#include <string.h>

#define HEADER_LEN 12
#define TYPE_LABEL_MAX 16 /* RFC 6763 §7.2: 15 and the underscore */

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	/* Length bytes are below 64 and no letters: they need no care. */
	for (size_t i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

/* Adds a label (or the root: an empty one) to what WRITER holds. */
static void put_label(struct writer *writer, struct span label)
{
	writer_u8(writer, (uint8_t)label.len);
	writer_put(writer, label);
}

int dns_name_decode(struct span message, size_t offset,
		    struct dns_name *ret_name, size_t *ret_next)
{
	struct dns_name name = { .len = 0 };
	unsigned int n_pointers = 0;
	size_t lowest = offset, next = 0;
	struct reader reader;
	struct writer writer;

	reader_from_span(&reader, message);
	reader_skip(&reader, offset);
	writer_init(&writer, name.wire, sizeof(name.wire));
	for (;;) {
		uint8_t len = reader_u8(&reader);

		if (reader_failed(&reader))
			return -EBADMSG;
		if (len >= 0xc0) {
			size_t target = (size_t)(len & 0x3f) << 8;

			target |= reader_u8(&reader);
			if (reader_failed(&reader) || target >= lowest ||
			    target < HEADER_LEN ||
			    n_pointers++ == DNS_NAME_POINTERS_MAX)
				return -EBADMSG;
			if (n_pointers == 1)
				next = message.len - reader_left(&reader);
			lowest = target;
			reader_from_span(&reader, message);
			reader_skip(&reader, target);
			continue;
		}
		/* 01 and 10 are no label types any more (RFC 6891 §5). */
		if (len > DNS_LABEL_MAX)
			return -EBADMSG;
		put_label(&writer, reader_span(&reader, len));
		if (reader_failed(&reader) || writer_failed(&writer))
			return -EBADMSG;
		if (len == 0)
			break;
	}
	if (n_pointers == 0)
		next = message.len - reader_left(&reader);
	name.len = (uint8_t)writer_len(&writer);
	*ret_name = name;
	*ret_next = next;
	return 0;
}

void dns_name_encode(struct writer *writer, const struct dns_name *name)
{
	writer_bytes(writer, name->wire, name->len);
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && same_bytes(a->wire, b->wire, a->len);
}

struct span dns_name_first_label(const struct dns_name *name)
{
	struct reader reader;

	reader_init(&reader, name->wire, name->len);
	return reader_span(&reader, reader_u8(&reader));
}

bool dns_name_is_child(const struct dns_name *name,
		       const struct dns_name *parent)
{
	size_t first = dns_name_first_label(name).len + 1;

	return first > 1 && name->len == first + parent->len &&
	       same_bytes(name->wire + first, parent->wire, parent->len);
}

bool dns_name_ends_with(const struct dns_name *name, const struct dns_name *end)
{
	struct reader reader;

	reader_init(&reader, name->wire, name->len);
	while (reader_left(&reader) > end->len)
		reader_skip(&reader, reader_u8(&reader));
	return end->len > 0 && reader_left(&reader) == end->len &&
	       same_bytes(name->wire + (name->len - end->len), end->wire,
			  end->len);
}

bool dns_name_is_root(const struct dns_name *name)
{
	return name->len == 1;
}

struct dns_name dns_name_after(const struct dns_name *name, unsigned int n)
{
	struct dns_name rest = { .len = 0 };
	struct reader reader;
	struct span bytes;

	reader_init(&reader, name->wire, name->len);
	for (unsigned int i = 0; i < n; i++)
		reader_skip(&reader, reader_u8(&reader));
	bytes = reader_rest(&reader);
	rest.len = (uint8_t)bytes.len;
	if (bytes.len > 0)
		memcpy(rest.wire, bytes.data, bytes.len);
	return rest;
}

uint32_t dns_name_hash(const struct dns_name *name, uint32_t seed)
{
	uint32_t hash = seed ^ 2166136261u;

	for (size_t i = 0; i < name->len; i++)
		hash = (hash ^ lower(name->wire[i])) * 16777619u;
	return hash;
}

/* RFC 6763 §7: an underscore, and RFC 6335 §5.1; underscores are seen in the
 * wild. */
static bool is_service_label(struct span label)
{
	if (label.len < 2 || label.len > TYPE_LABEL_MAX || label.data[0] != '_')
		return false;
	for (size_t i = 1; i < label.len; i++) {
		uint8_t byte = lower(label.data[i]);

		if (!(byte >= 'a' && byte <= 'z') && byte != '-' &&
		    !(byte >= '0' && byte <= '9') && byte != '_')
			return false;
	}
	return true;
}

bool dns_name_is_type(const struct dns_name *name,
		      const struct dns_name *domain)
{
	struct dns_name protocol = dns_name_after(name, 1);
	struct span label = dns_name_first_label(&protocol);

	return is_service_label(dns_name_first_label(name)) &&
	       (span_is_nocase(label, "_tcp") ||
		span_is_nocase(label, "_udp")) &&
	       dns_name_is_child(&protocol, domain);
}

static void put_escaped(struct writer *writer, struct span label)
{
	for (size_t i = 0; i < label.len; i++) {
		uint8_t byte = label.data[i];

		if (byte == '.' || byte == '\\') {
			writer_u8(writer, '\\');
			writer_u8(writer, byte);
		} else if (byte > 0x20 && byte < 0x7f) {
			writer_u8(writer, byte);
		} else {
			writer_u8(writer, '\\');
			writer_u8(writer, (uint8_t)('0' + byte / 100));
			writer_u8(writer, (uint8_t)('0' + byte / 10 % 10));
			writer_u8(writer, (uint8_t)('0' + byte % 10));
		}
	}
}

void dns_name_put(struct writer *writer, const struct dns_name *name)
{
	struct reader reader;
	bool first = true;

	if (dns_name_is_root(name))
		writer_u8(writer, '.');
	reader_init(&reader, name->wire, name->len);
	while (reader_left(&reader) > 1) {
		if (!first)
			writer_u8(writer, '.');
		first = false;
		put_escaped(writer, reader_span(&reader, reader_u8(&reader)));
	}
}

static uint8_t read_decimal(struct reader *reader)
{
	unsigned int value = 0;

	for (unsigned int i = 0; i < 3; i++) {
		unsigned int digit = reader_u8(reader) - (unsigned int)'0';

		if (digit > 9)
			reader_fail(reader);
		value = value * 10 + digit;
	}
	if (value > 255)
		reader_fail(reader);
	return (uint8_t)value;
}

/* One label, up to its dot or the end; fails when it is empty or too long. */
static void parse_label(struct reader *reader, struct writer *name)
{
	uint8_t label[DNS_LABEL_MAX];
	struct writer writer;

	writer_init(&writer, label, sizeof(label));
	while (reader_left(reader) > 0) {
		uint8_t byte = reader_u8(reader);

		if (byte == '.')
			break;
		if (byte == '\\') {
			struct reader ahead = *reader;

			byte = reader_u8(reader);
			if (byte >= '0' && byte <= '9') {
				*reader = ahead;
				byte = read_decimal(reader);
			}
		}
		writer_u8(&writer, byte);
	}
	if (reader_failed(reader) || writer_failed(&writer) ||
	    writer_len(&writer) == 0)
		writer_fail(name);
	put_label(name, writer_span(&writer));
}

int dns_name_parse(struct span text, struct dns_name *ret_name)
{
	struct dns_name name = { .len = 0 };
	struct reader reader;
	struct writer writer;

	if (text.len == 0)
		return -EBADMSG;
	reader_from_span(&reader, text);
	if (span_is(text, "."))
		reader_skip(&reader, 1);
	writer_init(&writer, name.wire, sizeof(name.wire));
	while (reader_left(&reader) > 0 && !writer_failed(&writer))
		parse_label(&reader, &writer);
	writer_u8(&writer, 0);
	if (reader_failed(&reader) || writer_failed(&writer))
		return -EBADMSG;
	name.len = (uint8_t)writer_len(&writer);
	*ret_name = name;
	return 0;
}
