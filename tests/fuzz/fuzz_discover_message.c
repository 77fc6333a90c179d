/*
 * discover/message.c: the input is a message. The records that it has are
 * written into another, without compression, and read again: the same ones.
 */
#include <stdlib.h>
#include <string.h>

#include "discover/message.h"

static uint8_t buffer[1 << 20];

static void put_record(struct writer *writer, const struct dns_record *record)
{
	size_t start;

	dns_name_encode(writer, &record->owner);
	writer_be16(writer, record->type);
	writer_be16(writer, record->cache_flush ? 0x8001 : 1);
	writer_be32(writer, record->ttl);
	start = writer_len(writer);
	writer_be16(writer, 0);
	switch (record->type) {
	case DNS_TYPE_A:
		writer_be32(writer, record->ipv4);
		break;
	case DNS_TYPE_AAAA:
		writer_bytes(writer, record->ipv6, 16);
		break;
	case DNS_TYPE_PTR:
	case DNS_TYPE_CNAME:
		dns_name_encode(writer, &record->target);
		break;
	case DNS_TYPE_SRV:
		writer_be16(writer, record->priority);
		writer_be16(writer, record->weight);
		writer_be16(writer, record->port);
		dns_name_encode(writer, &record->target);
		break;
	case DNS_TYPE_TXT:
		writer_put(writer, record->txt);
		break;
	case DNS_TYPE_NSEC:
		dns_name_encode(writer, &record->owner);
		writer_u8(writer, 0);
		writer_u8(writer, (uint8_t)record->nsec.len);
		writer_put(writer, record->nsec);
		break;
	default:
		abort();
	}
	writer_patch_be16(writer, start,
			  (uint16_t)(writer_len(writer) - start - 2));
}

static void check_txt(struct span txt)
{
	struct span key, value;
	struct reader reader;
	size_t total = 0;
	bool flag;

	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (key.len == 0 || memchr(key.data, '=', key.len))
			abort();
		total += key.len + value.len;
		(void)dns_txt_is_first(txt, key);
	}
	if (total > txt.len)
		abort();
	if (dns_txt_get(txt, "arch", &value) == 0 && value.len > 255)
		abort();
}

static void put_question(struct writer *writer, const struct dns_asked *asked)
{
	dns_name_encode(writer, &asked->name);
	writer_be16(writer, asked->type);
	writer_be16(writer, asked->class | (asked->unicast ? 0x8000 : 0));
}

static bool same_data(const struct dns_record *a, const struct dns_record *b)
{
	switch ((enum dns_type)a->type) {
	case DNS_TYPE_A:
		return a->ipv4 == b->ipv4;
	case DNS_TYPE_AAAA:
		return memcmp(a->ipv6, b->ipv6, 16) == 0;
	case DNS_TYPE_PTR:
	case DNS_TYPE_CNAME:
		return dns_name_equal(&a->target, &b->target);
	case DNS_TYPE_SRV:
		return a->priority == b->priority && a->weight == b->weight &&
		       a->port == b->port &&
		       dns_name_equal(&a->target, &b->target);
	case DNS_TYPE_TXT:
		return span_equal(a->txt, b->txt);
	case DNS_TYPE_NSEC:
		return span_equal(a->nsec, b->nsec) &&
		       dns_nsec_has(a, DNS_TYPE_A) ==
			       dns_nsec_has(b, DNS_TYPE_A);
	}
	return false;
}

/* A known answer reads as what was written, whatever the names. */
static void check_known_answer(const struct dns_record *record)
{
	struct dns_message message;
	struct dns_record again;
	struct writer writer;
	uint8_t query[1024];

	writer_init(&writer, query, sizeof(query));
	dns_query_begin(&writer);
	dns_query_question(&writer, &record->owner, DNS_TYPE_PTR, false);
	dns_query_known_answer(&writer, &record->owner, &record->target, 7);
	dns_query_end(&writer, 1, 1);
	if (dns_message_open(writer_span(&writer), &message) < 0 ||
	    !dns_message_next(&message, &again) ||
	    !dns_name_equal(&again.owner, &record->owner) ||
	    !dns_name_equal(&again.target, &record->target))
		abort();
}

static void check_same(struct dns_message *message, struct dns_message *again,
		       unsigned int n_records)
{
	struct dns_record record, other;
	struct dns_asked asked, quoted;

	dns_message_rewind(message);
	while (dns_message_next_question(message, &asked)) {
		if (!dns_message_next_question(again, &quoted) ||
		    asked.type != quoted.type || asked.class != quoted.class ||
		    asked.unicast != quoted.unicast ||
		    !dns_name_equal(&asked.name, &quoted.name))
			abort();
	}
	while (n_records-- > 0) {
		if (!dns_message_next(message, &record) ||
		    !dns_message_next(again, &other) ||
		    record.type != other.type || record.ttl != other.ttl ||
		    record.cache_flush != other.cache_flush ||
		    !dns_name_equal(&record.owner, &other.owner) ||
		    !same_data(&record, &other) ||
		    !dns_message_has(message, record.type))
			abort();
		if (record.type == DNS_TYPE_PTR)
			check_known_answer(&record);
	}
	if (dns_message_next(again, &other) ||
	    dns_message_next_question(again, &quoted) ||
	    message->types != again->types)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message, again;
	struct dns_record record;
	struct dns_asked asked;
	struct writer writer;
	unsigned int n = 0;

	if (dns_message_open((struct span){ data, size }, &message) < 0)
		return 0;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_query_begin(&writer);
	while (dns_message_next_question(&message, &asked))
		put_question(&writer, &asked);
	while (dns_message_next(&message, &record)) {
		if (record.type == DNS_TYPE_TXT)
			check_txt(record.txt);
		put_record(&writer, &record);
		n++;
	}
	dns_query_end(&writer, message.n_questions, n);
	/* Compression may have made it small; that is no fault. */
	if (writer_failed(&writer) || writer_len(&writer) > DNS_MESSAGE_MAX)
		return 0;
	if (dns_message_open(writer_span(&writer), &again) < 0)
		abort();
	check_same(&message, &again, n);
	return 0;
}
