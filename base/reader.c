/*
 * See reader.h. `end - pos` is never negative, so every comparison is made
 * with what is left and no pointer is formed before it is known to be good.
 */
#include "base/reader.h"

#include <string.h>

struct span span_of(const char *string)
{
	return (struct span){ (const uint8_t *)string, strlen(string) };
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool span_is(struct span span, const char *string)
{
	return span_equal(span, span_of(string));
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

bool span_is_nocase(struct span span, const char *string)
{
	struct span other = span_of(string);

	if (span.len != other.len)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		if (lower(span.data[i]) != lower(other.data[i]))
			return false;
	}
	return true;
}

bool span_starts(struct span span, const char *prefix)
{
	size_t len = strlen(prefix);

	return span.len >= len &&
	       (len == 0 || memcmp(span.data, prefix, len) == 0);
}

struct span span_skip(struct span span, size_t count)
{
	if (count >= span.len)
		return (struct span){ NULL, 0 };
	return (struct span){ span.data + count, span.len - count };
}

static bool is_blank(uint8_t byte)
{
	/* The first test ends it for nearly every byte. */
	return byte <= ' ' &&
	       (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r');
}

struct span span_trim(struct span span)
{
	while (span.len > 0 && is_blank(span.data[0])) {
		span.data++;
		span.len--;
	}
	while (span.len > 0 && is_blank(span.data[span.len - 1]))
		span.len--;
	return span;
}

void reader_init(struct reader *reader, const void *data, size_t len)
{
	/* Arithmetic on a null pointer is undefined even for a length of 0. */
	static const uint8_t nothing[1];

	reader->pos = len > 0 ? data : nothing;
	reader->end = reader->pos + len;
	reader->failed = false;
}

void reader_from_span(struct reader *reader, struct span span)
{
	reader_init(reader, span.data, span.len);
}

size_t reader_left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->pos);
}

bool reader_failed(const struct reader *reader)
{
	return reader->failed;
}

void reader_fail(struct reader *reader)
{
	reader->failed = true;
	reader->pos = reader->end;
}

struct span reader_span(struct reader *reader, size_t len)
{
	struct span span;

	if (reader->failed || len > reader_left(reader)) {
		reader_fail(reader);
		return (struct span){ NULL, 0 };
	}
	span = (struct span){ reader->pos, len };
	reader->pos += len;
	return span;
}

uint8_t reader_u8(struct reader *reader)
{
	struct span span = reader_span(reader, 1);

	return span.len == 1 ? span.data[0] : 0;
}

uint16_t reader_be16(struct reader *reader)
{
	struct span span = reader_span(reader, 2);

	if (span.len != 2)
		return 0;
	return (uint16_t)(span.data[0] << 8 | span.data[1]);
}

uint32_t reader_be32(struct reader *reader)
{
	struct span span = reader_span(reader, 4);

	if (span.len != 4)
		return 0;
	return (uint32_t)span.data[0] << 24 | (uint32_t)span.data[1] << 16 |
	       (uint32_t)span.data[2] << 8 | span.data[3];
}

void reader_copy(struct reader *reader, void *dest, size_t len)
{
	struct span span = reader_span(reader, len);

	if (span.len == len && len > 0)
		memcpy(dest, span.data, len);
	else if (len > 0)
		memset(dest, 0, len);
}

void reader_skip(struct reader *reader, size_t len)
{
	(void)reader_span(reader, len);
}

struct reader reader_sub(struct reader *reader, size_t len)
{
	struct span span = reader_span(reader, len);
	struct reader sub;

	reader_from_span(&sub, span);
	sub.failed = reader->failed;
	return sub;
}

struct span reader_rest(struct reader *reader)
{
	return reader_span(reader, reader_left(reader));
}

struct span reader_until(struct reader *reader, uint8_t delimiter)
{
	size_t left = reader_left(reader);
	const uint8_t *found = NULL;
	struct span span;

	if (left > 0)
		found = memchr(reader->pos, delimiter, left);
	if (!found)
		return reader_rest(reader);
	span = reader_span(reader, (size_t)(found - reader->pos));
	reader_skip(reader, 1);
	return span;
}

struct span reader_word(struct reader *reader)
{
	const uint8_t *end = reader->pos + reader_left(reader);
	const uint8_t *pos = reader->pos;

	while (pos < end && is_blank(*pos))
		pos++;
	reader->pos = pos;
	while (pos < end && !is_blank(*pos))
		pos++;
	return reader_span(reader, (size_t)(pos - reader->pos));
}
