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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message, again;
	struct dns_record record, other;
	unsigned int n = 0;
	struct writer writer;

	if (dns_message_open((struct span){ data, size }, &message) < 0)
		return 0;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_query_begin(&writer);
	while (dns_message_next(&message, &record)) {
		if (record.type == DNS_TYPE_TXT)
			check_txt(record.txt);
		put_record(&writer, &record);
		/* Compression may have made it small; that is no fault. */
		if (writer_failed(&writer) ||
		    writer_len(&writer) > DNS_MESSAGE_MAX)
			return 0;
		n++;
	}
	dns_query_end(&writer, 0, n);
	if (dns_message_open(writer_span(&writer), &again) < 0)
		abort();
	dns_message_rewind(&message);
	while (n-- > 0) {
		if (!dns_message_next(&message, &record) ||
		    !dns_message_next(&again, &other) ||
		    record.type != other.type || record.ttl != other.ttl ||
		    record.cache_flush != other.cache_flush ||
		    !dns_name_equal(&record.owner, &other.owner))
			abort();
		if (record.type == DNS_TYPE_TXT &&
		    !span_equal(record.txt, other.txt))
			abort();
	}
	if (dns_message_next(&again, &other))
		abort();
	return 0;
}
