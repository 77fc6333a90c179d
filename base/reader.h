/*
 * Reading bytes that came from outside: packets, files, lines, parameters.
 *
 * The one place where a length from the wire becomes a pointer. A read past
 * the end latches failure: the read returns 0 or an empty span, and so does
 * every later one, so a decoder reads straight through and asks
 * reader_failed() once. Nothing is copied; spans point into the input and
 * live as long as it does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns; not terminated. */
struct span {
	const uint8_t *data;
	size_t len;
};

struct reader {
	const uint8_t *pos;
	const uint8_t *end;
	bool failed;
};

/* The bytes of a terminated string, without its terminator. */
struct span span_of(const char *string);

bool span_equal(struct span a, struct span b);

/* Whether SPAN holds exactly the characters of STRING. */
bool span_is(struct span span, const char *string);

/* As span_is(), with ASCII letters compared without case. */
bool span_is_nocase(struct span span, const char *string);

bool span_starts(struct span span, const char *prefix);

/* SPAN without its first COUNT bytes; empty when it has fewer. */
struct span span_skip(struct span span, size_t count);

/* SPAN without blanks (space, tab, CR, LF) at either end. */
struct span span_trim(struct span span);

void reader_init(struct reader *reader, const void *data, size_t len);
void reader_from_span(struct reader *reader, struct span span);

/* Bytes left; 0 once a read has failed. */
size_t reader_left(const struct reader *reader);
bool reader_failed(const struct reader *reader);

/* Latches failure, for a decoder that finds what it read impossible. */
void reader_fail(struct reader *reader);

/* Big-endian integers, in host order. */
uint8_t reader_u8(struct reader *reader);
uint16_t reader_be16(struct reader *reader);
uint32_t reader_be32(struct reader *reader);

/* The next LEN bytes as a span; empty, and failed, when there are fewer. */
struct span reader_span(struct reader *reader, size_t len);

/* The next LEN bytes copied to DEST; zeroes, and failed, when fewer. */
void reader_copy(struct reader *reader, void *dest, size_t len);

void reader_skip(struct reader *reader, size_t len);

/* A reader of the next LEN bytes, which this one skips. When there are fewer,
 * both have failed. */
struct reader reader_sub(struct reader *reader, size_t len);

/* All that is left. */
struct span reader_rest(struct reader *reader);

/* What comes before the next DELIMITER, which is skipped, or all that is left
 * when there is none. Never fails: ask reader_left() first. */
struct span reader_until(struct reader *reader, uint8_t delimiter);

/* The next word between blanks (space, tab, CR, LF); empty at the end. */
struct span reader_word(struct reader *reader);
