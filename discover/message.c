/* See message.h. */
#include "discover/message.h"

#include <errno.h>
#include <string.h>

#define FLAG_RESPONSE 0x8000
#define FLAG_TRUNCATED 0x0200
#define CLASS_TOP_BIT 0x8000 /* QU in a question, cache-flush in a record */
#define OFFSET_FLAGS 2
#define OFFSET_QDCOUNT 4
#define OFFSET_ANCOUNT 6
#define POINTER 0xc000 /* and the offset that it points to */

/* A reader of what follows OFFSET. */
static struct reader reader_at(struct span bytes, size_t offset)
{
	struct reader reader;

	reader_from_span(&reader, bytes);
	reader_skip(&reader, offset);
	return reader;
}

static int read_question(struct span bytes, size_t offset,
			 struct dns_asked *ret_asked, size_t *ret_next)
{
	struct reader reader;
	uint16_t class;
	int r;

	r = dns_name_decode(bytes, offset, &ret_asked->name, &offset);
	if (r < 0)
		return r;
	reader = reader_at(bytes, offset);
	ret_asked->type = reader_be16(&reader);
	class = reader_be16(&reader);
	if (reader_failed(&reader))
		return -EBADMSG;
	ret_asked->class = class & (CLASS_TOP_BIT - 1);
	ret_asked->unicast = class & CLASS_TOP_BIT;
	*ret_next = bytes.len - reader_left(&reader);
	return 0;
}

/* A name that must end where the record's data ends. */
static int read_target(struct span bytes, size_t offset, size_t end,
		       struct dns_name *ret_name)
{
	size_t next;
	int r;

	r = dns_name_decode(bytes, offset, ret_name, &next);
	if (r < 0)
		return r;
	return next == end ? 0 : -EBADMSG;
}

/* RFC 1035 §3.3.14: strings that fill the data exactly. No data at all is
 * taken as one empty string (RFC 6763 §6.1). */
static int check_txt(struct span txt)
{
	struct reader reader;

	reader_from_span(&reader, txt);
	while (reader_left(&reader) > 0)
		reader_skip(&reader, reader_u8(&reader));
	return reader_failed(&reader) ? -EBADMSG : 0;
}

/*
 * RFC 4034 §4.1, restricted by RFC 6762 §6.1: the record's own name, and the
 * bits of the first 256 types. What is not like that is nothing that we know,
 * and no fault: nobody relies on it.
 */
static bool read_nsec(struct span bytes, size_t offset, size_t end,
		      struct dns_record *record)
{
	struct reader reader, data;

	if (dns_name_decode(bytes, offset, &record->target, &offset) < 0 ||
	    offset > end || !dns_name_equal(&record->target, &record->owner))
		return false;
	reader = reader_at(bytes, offset);
	data = reader_sub(&reader, end - offset);
	if (reader_u8(&data) != 0)
		return false;
	record->nsec = reader_span(&data, reader_u8(&data));
	return !reader_failed(&data) && reader_left(&data) == 0;
}

/* The data of RECORD, which is at OFFSET and up to END. */
static int read_data(struct span bytes, size_t offset, size_t end,
		     struct dns_record *record)
{
	struct reader reader = reader_at(bytes, offset);
	struct reader data = reader_sub(&reader, end - offset);

	switch (record->type) {
	case DNS_TYPE_A:
		record->ipv4 = reader_be32(&data);
		break;
	case DNS_TYPE_AAAA:
		reader_copy(&data, record->ipv6, sizeof(record->ipv6));
		break;
	case DNS_TYPE_PTR:
	case DNS_TYPE_CNAME:
		return read_target(bytes, offset, end, &record->target);
	case DNS_TYPE_SRV:
		record->priority = reader_be16(&data);
		record->weight = reader_be16(&data);
		record->port = reader_be16(&data);
		if (reader_failed(&data))
			return -EBADMSG;
		return read_target(bytes, offset + 6, end, &record->target);
	case DNS_TYPE_TXT:
		record->txt = reader_rest(&data);
		return check_txt(record->txt);
	}
	return reader_failed(&data) || reader_left(&data) > 0 ? -EBADMSG : 0;
}

static bool is_known(uint16_t type, uint16_t class)
{
	if (class != DNS_CLASS_IN)
		return false;
	switch ((enum dns_type)type) {
	case DNS_TYPE_A:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
	case DNS_TYPE_TXT:
	case DNS_TYPE_AAAA:
	case DNS_TYPE_SRV:
	case DNS_TYPE_NSEC:
		return true;
	}
	return false;
}

/* The record at OFFSET; *RET_KNOWN says whether there is anything in it. */
static int read_record(struct span bytes, size_t offset,
		       struct dns_record *record, bool *ret_known,
		       size_t *ret_next)
{
	struct reader reader;
	uint16_t class;
	size_t len, end;
	int r;

	record->target.len = 0;
	r = dns_name_decode(bytes, offset, &record->owner, &offset);
	if (r < 0)
		return r;
	reader = reader_at(bytes, offset);
	record->type = reader_be16(&reader);
	class = reader_be16(&reader);
	record->ttl = reader_be32(&reader);
	len = reader_be16(&reader);
	offset = bytes.len - reader_left(&reader);
	reader_skip(&reader, len);
	if (reader_failed(&reader))
		return -EBADMSG;
	end = bytes.len - reader_left(&reader);
	record->cache_flush = class & CLASS_TOP_BIT;
	*ret_known = is_known(record->type, class & (CLASS_TOP_BIT - 1));
	if (*ret_known && record->type == DNS_TYPE_NSEC) {
		*ret_known = read_nsec(bytes, offset, end, record);
	} else if (*ret_known) {
		r = read_data(bytes, offset, end, record);
		if (r < 0)
			return r;
	}
	*ret_next = end;
	return 0;
}

int dns_message_open(struct span bytes, struct dns_message *ret_message)
{
	struct dns_message message = { .bytes = bytes };
	struct dns_record record;
	struct dns_asked asked;
	struct reader reader;
	uint16_t flags;
	size_t offset, names = 0;
	bool known;
	int r;

	if (bytes.len > DNS_MESSAGE_MAX)
		return -EBADMSG;
	reader_from_span(&reader, bytes);
	message.id = reader_be16(&reader);
	flags = reader_be16(&reader);
	message.is_response = flags & FLAG_RESPONSE;
	message.truncated = flags & FLAG_TRUNCATED;
	message.opcode = flags >> 11 & 0xf;
	message.rcode = flags & 0xf;
	message.n_questions = reader_be16(&reader);
	for (unsigned int i = 0; i < 3; i++)
		message.n_records += reader_be16(&reader);
	if (reader_failed(&reader))
		return -EBADMSG;
	offset = DNS_HEADER_LEN;
	for (unsigned int i = 0; i < message.n_questions; i++) {
		r = read_question(bytes, offset, &asked, &offset);
		if (r < 0)
			return r;
		names += asked.name.len;
		if (names > DNS_MESSAGE_NAMES_MAX)
			return -EBADMSG;
	}
	message.records = offset;
	for (unsigned int i = 0; i < message.n_records; i++) {
		r = read_record(bytes, offset, &record, &known, &offset);
		if (r < 0)
			return r;
		if (known)
			message.types |= DNS_TYPE_BIT(record.type);
		names += record.owner.len + record.target.len;
		if (names > DNS_MESSAGE_NAMES_MAX)
			return -EBADMSG;
	}
	dns_message_rewind(&message);
	*ret_message = message;
	return 0;
}

void dns_message_rewind(struct dns_message *message)
{
	message->next = message->records;
	message->left = message->n_records;
	message->next_question = DNS_HEADER_LEN;
	message->questions_left = message->n_questions;
}

bool dns_message_next_question(struct dns_message *message,
			       struct dns_asked *ret_asked)
{
	if (message->questions_left == 0)
		return false;
	message->questions_left--;
	/* It was read once already and cannot fail now. */
	return read_question(message->bytes, message->next_question, ret_asked,
			     &message->next_question) == 0;
}

bool dns_message_has(const struct dns_message *message, enum dns_type type)
{
	return message->types >> type & 1;
}

bool dns_nsec_has(const struct dns_record *record, enum dns_type type)
{
	struct reader reader;

	/* RFC 4034 §4.1.2: bit 0 is the highest. */
	reader_from_span(&reader, record->nsec);
	reader_skip(&reader, (size_t)type / 8);
	return reader_u8(&reader) & 0x80 >> type % 8;
}

/* The type of the record at OFFSET, and where the next one is. All of it was
 * read once already. */
static uint16_t peek_type(struct span bytes, size_t offset, size_t *ret_next)
{
	struct reader reader = reader_at(bytes, offset);
	uint16_t type;
	uint8_t len;

	do {
		len = reader_u8(&reader);
		reader_skip(&reader, len >= 0xc0 ? 1 : len);
	} while (len > 0 && len < 0xc0);
	type = reader_be16(&reader);
	reader_skip(&reader, 6);
	reader_skip(&reader, reader_be16(&reader));
	*ret_next = bytes.len - reader_left(&reader);
	return type;
}

bool dns_message_next_of(struct dns_message *message, uint64_t types,
			 struct dns_record *ret_record)
{
	while (message->left > 0) {
		bool known = false;
		size_t next;
		uint16_t type = peek_type(message->bytes, message->next, &next);

		message->left--;
		if (type < 64 && (types & DNS_TYPE_BIT(type)) != 0 &&
		    read_record(message->bytes, message->next, ret_record,
				&known, &next) < 0)
			return false;
		message->next = next;
		if (known)
			return true;
	}
	return false;
}

bool dns_message_next(struct dns_message *message,
		      struct dns_record *ret_record)
{
	return dns_message_next_of(message, UINT64_MAX, ret_record);
}

void dns_query_begin(struct writer *writer)
{
	/* RFC 6762 §18: id 0, and every flag clear; the counts come last. */
	writer_fill(writer, 0, DNS_HEADER_LEN);
}

void dns_query_question(struct writer *writer, const struct dns_name *name,
			enum dns_type type, bool unicast)
{
	dns_name_encode(writer, name);
	writer_be16(writer, (uint16_t)type);
	writer_be16(writer, DNS_CLASS_IN | (unicast ? CLASS_TOP_BIT : 0));
}

/* TARGET, with a pointer in place of what QUESTION ends with as well.
 * QUESTION's name is the first thing in the packet. */
static void put_shortened(struct writer *writer,
			  const struct dns_name *question,
			  const struct dns_name *target)
{
	struct dns_name rest = *target;

	while (!dns_name_is_root(&rest)) {
		struct span label = dns_name_first_label(&rest);

		if (dns_name_ends_with(question, &rest)) {
			writer_be16(writer,
				    (uint16_t)(POINTER |
					       (DNS_HEADER_LEN + question->len -
						rest.len)));
			return;
		}
		writer_u8(writer, (uint8_t)label.len);
		writer_put(writer, label);
		rest = dns_name_after(&rest, 1);
	}
	writer_u8(writer, 0);
}

void dns_query_known_answer(struct writer *writer,
			    const struct dns_name *question,
			    const struct dns_name *target, uint32_t ttl)
{
	size_t start;

	if (writer_len(writer) == DNS_HEADER_LEN)
		dns_name_encode(writer, question);
	else
		writer_be16(writer, POINTER | DNS_HEADER_LEN);
	writer_be16(writer, DNS_TYPE_PTR);
	writer_be16(writer, DNS_CLASS_IN);
	writer_be32(writer, ttl);
	start = writer_len(writer);
	writer_be16(writer, 0);
	put_shortened(writer, question, target);
	writer_patch_be16(writer, start,
			  (uint16_t)(writer_len(writer) - start - 2));
}

void dns_query_end(struct writer *writer, unsigned int n_questions,
		   unsigned int n_answers)
{
	writer_patch_be16(writer, OFFSET_QDCOUNT, (uint16_t)n_questions);
	writer_patch_be16(writer, OFFSET_ANCOUNT, (uint16_t)n_answers);
}

void dns_query_mark(struct writer *writer, uint16_t id, bool truncated)
{
	writer_patch_be16(writer, 0, id);
	writer_patch_be16(writer, OFFSET_FLAGS, truncated ? FLAG_TRUNCATED : 0);
}

bool dns_txt_next(struct reader *txt, struct span *ret_key,
		  struct span *ret_value, bool *ret_flag)
{
	while (reader_left(txt) > 0) {
		struct reader string = reader_sub(txt, reader_u8(txt));
		size_t len = reader_left(&string);
		struct span key = reader_until(&string, '=');

		if (key.len == 0)
			continue;
		*ret_key = key;
		*ret_flag = key.len == len;
		*ret_value = reader_rest(&string);
		return true;
	}
	return false;
}

int dns_txt_get(struct span txt, const char *name, struct span *ret_value)
{
	struct span key, value;
	struct reader reader;
	bool flag;

	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!span_is_nocase(key, name))
			continue;
		if (flag)
			return -ENOENT;
		*ret_value = value;
		return 0;
	}
	return -ENOENT;
}

static bool same_key(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		uint8_t x = a.data[i], y = b.data[i];

		x = x >= 'A' && x <= 'Z' ? (uint8_t)(x | 0x20) : x;
		y = y >= 'A' && y <= 'Z' ? (uint8_t)(y | 0x20) : y;
		if (x != y)
			return false;
	}
	return true;
}

bool dns_txt_is_first(struct span txt, struct span key)
{
	struct span other, value;
	struct reader reader;
	bool flag;

	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &other, &value, &flag)) {
		if (same_key(other, key))
			return other.data == key.data;
	}
	return false;
}
