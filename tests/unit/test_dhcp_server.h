/*
 * For the tests of dhcp/: what a server sends, made by hand and not with the
 * code under test, in heap blocks of exactly the size of what is in them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define IP(a, b, c, d)                                                         \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
	 (uint32_t)(d))

#define SERVER IP(10, 0, 2, 2)
#define OTHER_SERVER IP(10, 0, 2, 3)
#define ADDRESS IP(10, 0, 2, 15)
#define EVERYBODY 0xffffffffu

static const uint8_t server_mac[6] UNUSED = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

#define BYTES(...)                                                             \
	((struct span){ (const uint8_t[]){ __VA_ARGS__ },                      \
			sizeof((const uint8_t[]){ __VA_ARGS__ }) })

/* A copy that a sanitizer sees the end of; to be freed. */
UNUSED static struct span on_heap(struct span span)
{
	uint8_t *copy;

	if (span.len == 0)
		return (struct span){ NULL, 0 };
	copy = malloc(span.len);
	assert_non_null(copy);
	memcpy(copy, span.data, span.len);
	return (struct span){ copy, span.len };
}

UNUSED static void free_span(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

UNUSED static uint16_t checksum_of(uint32_t sum, const uint8_t *data,
				   size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum ^ 0xffff);
}

/* The packet from SOURCE with PAYLOAD to port 68 of DESTINATION. */
UNUSED static size_t make_packet(uint8_t *packet, uint32_t source,
				 uint32_t destination, struct span payload)
{
	size_t udp_len = payload.len + 8, total = udp_len + 20;
	const uint8_t header[28] = {
		0x45,
		0,
		(uint8_t)(total >> 8),
		(uint8_t)total,
		0x12,
		0x34,
		0,
		0,
		64,
		17,
		0,
		0,
		(uint8_t)(source >> 24),
		(uint8_t)(source >> 16),
		(uint8_t)(source >> 8),
		(uint8_t)source,
		(uint8_t)(destination >> 24),
		(uint8_t)(destination >> 16),
		(uint8_t)(destination >> 8),
		(uint8_t)destination,
		0,
		67,
		0,
		68,
		(uint8_t)(udp_len >> 8),
		(uint8_t)udp_len,
	};
	uint16_t sum;

	memcpy(packet, header, sizeof(header));
	if (payload.len > 0)
		memcpy(packet + 28, payload.data, payload.len);
	sum = checksum_of(0, packet, 20);
	packet[10] = (uint8_t)(sum >> 8);
	packet[11] = (uint8_t)sum;
	sum = checksum_of((source >> 16) + (source & 0xffff) +
				  (destination >> 16) + (destination & 0xffff) +
				  17 + (uint32_t)udp_len,
			  packet + 20, udp_len);
	if (sum == 0)
		sum = 0xffff;
	packet[26] = (uint8_t)(sum >> 8);
	packet[27] = (uint8_t)sum;
	return total;
}

/* The fixed part of a reply, and the cookie. */
UNUSED static void put_reply(struct writer *writer, uint32_t xid,
			     uint32_t yiaddr)
{
	writer_u8(writer, 2);
	writer_u8(writer, 1);
	writer_u8(writer, 6);
	writer_u8(writer, 0);
	writer_be32(writer, xid);
	writer_be32(writer, 0);
	writer_be32(writer, 0);
	writer_be32(writer, yiaddr);
	writer_be32(writer, 0);
	writer_be32(writer, 0);
	writer_bytes(writer, server_mac, 6);
	writer_fill(writer, 0, 10 + 64 + 128);
	writer_be32(writer, 0x63825363);
}

UNUSED static void put_option(struct writer *writer, uint8_t code,
			      struct span value)
{
	writer_u8(writer, code);
	writer_u8(writer, (uint8_t)value.len);
	writer_put(writer, value);
}

UNUSED static void put_u32(struct writer *writer, uint8_t code, uint32_t value)
{
	writer_u8(writer, code);
	writer_u8(writer, 4);
	writer_be32(writer, value);
}

UNUSED static void put_text(struct writer *writer, uint8_t code,
			    const char *text)
{
	put_option(writer, code, span_of(text));
}
