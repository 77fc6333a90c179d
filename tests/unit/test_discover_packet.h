/*
 * For the tests of discover/: DNS messages put together byte by byte, and
 * handed out in heap blocks of exactly their size, so that a sanitizer sees
 * one byte too many.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/reader.h"
#include "base/writer.h"
#include "discover/message.h"
#include "discover/name.h"

struct packet {
	uint8_t buffer[20000];
	struct writer writer;
	unsigned int n_records;
	uint8_t *block;
};

#define FLUSH 0x8000

static inline struct dns_name name_of(const char *text)
{
	struct dns_name name;

	assert_int_equal(dns_name_parse(span_of(text), &name), 0);
	return name;
}

/* The header of an answer; its record count comes with packet_end(). */
static inline void packet_begin(struct packet *packet, uint16_t flags)
{
	writer_init(&packet->writer, packet->buffer, sizeof(packet->buffer));
	packet->n_records = 0;
	writer_be16(&packet->writer, 0);
	writer_be16(&packet->writer, flags);
	writer_fill(&packet->writer, 0, 8);
}

/* All but the data. */
static inline void put_head(struct packet *packet, const char *owner,
			    uint16_t type, uint16_t class, uint32_t ttl,
			    size_t len)
{
	struct dns_name name = name_of(owner);

	dns_name_encode(&packet->writer, &name);
	writer_be16(&packet->writer, type);
	writer_be16(&packet->writer, class);
	writer_be32(&packet->writer, ttl);
	writer_be16(&packet->writer, (uint16_t)len);
	packet->n_records++;
}

static inline void put_ptr(struct packet *packet, const char *owner,
			   const char *target, uint32_t ttl)
{
	struct dns_name name = name_of(target);

	put_head(packet, owner, DNS_TYPE_PTR, 1, ttl, name.len);
	dns_name_encode(&packet->writer, &name);
}

static inline void put_srv(struct packet *packet, const char *owner,
			   uint16_t class, uint16_t priority, uint16_t weight,
			   uint16_t port, const char *target, uint32_t ttl)
{
	struct dns_name name = name_of(target);

	put_head(packet, owner, DNS_TYPE_SRV, class, ttl, 6u + name.len);
	writer_be16(&packet->writer, priority);
	writer_be16(&packet->writer, weight);
	writer_be16(&packet->writer, port);
	dns_name_encode(&packet->writer, &name);
}

static inline void put_data(struct packet *packet, const char *owner,
			    uint16_t type, uint16_t class, const void *data,
			    size_t len)
{
	put_head(packet, owner, type, class, 120, len);
	writer_bytes(&packet->writer, data, len);
}

#define PUT_TXT(packet, owner, literal)                                        \
	put_data(packet, owner, DNS_TYPE_TXT, 1 | FLUSH, literal,              \
		 sizeof(literal) - 1)

static inline void put_a(struct packet *packet, const char *owner,
			 uint16_t class, uint32_t address)
{
	put_head(packet, owner, DNS_TYPE_A, class, 120, 4);
	writer_be32(&packet->writer, address);
}

/* The message, of LESS bytes less than were written, until the next call. */
static inline struct span packet_cut(struct packet *packet, size_t less)
{
	size_t len;

	assert_false(writer_failed(&packet->writer));
	len = writer_len(&packet->writer) - less;
	if (writer_len(&packet->writer) >= 12)
		writer_patch_be16(&packet->writer, 6,
				  (uint16_t)packet->n_records);
	free(packet->block);
	packet->block = malloc(len > 0 ? len : 1);
	assert_non_null(packet->block);
	memcpy(packet->block, packet->buffer, len);
	return (struct span){ packet->block, len };
}

static inline struct span packet_end(struct packet *packet)
{
	return packet_cut(packet, 0);
}
