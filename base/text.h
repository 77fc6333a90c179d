/*
 * Text: putting numbers, addresses and foreign strings into a writer, and
 * parsing them from spans. No locale, no heap, no stdio.
 *
 * IPv4 addresses are uint32_t in host order throughout the pure code;
 * IPv6 and link-layer addresses are bytes in the order of the wire.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define TEXT_IPV4_MAX 16 /* 255.255.255.255 and the terminator */
#define TEXT_IPV6_MAX 40

void text_put(struct writer *writer, const char *string);
void text_put_u64(struct writer *writer, uint64_t value);

/* VALUE in lower-case hexadecimal, with leading zeroes up to DIGITS. */
void text_put_hex(struct writer *writer, uint64_t value, unsigned int digits);

/* Bytes in lower-case hexadecimal, SEPARATOR between them (0 for none): a MAC
 * address is text_put_hex_bytes(writer, mac, ':'). */
void text_put_hex_bytes(struct writer *writer, struct span bytes,
			char separator);

void text_put_ipv4(struct writer *writer, uint32_t address);

/* RFC 5952 form, without a zone. */
void text_put_ipv6(struct writer *writer, const uint8_t address[16]);

/* Milliseconds as people read them: 300ms, 2s, 1.5s. */
void text_put_duration(struct writer *writer, int64_t ms);

/* One UTF-8 character from the start of BYTES, which is not empty: its length,
 * 1 to 4, or 0 when it is not one (RFC 3629: no overlong form, no surrogate,
 * nothing over U+10FFFF). */
size_t text_next_char(struct span bytes, uint32_t *ret_char);

/* The character C, which is one, in UTF-8. */
void text_put_char(struct writer *writer, uint32_t c);

/* Foreign bytes made safe for a terminal: printable UTF-8 passes; controls
 * (C0, DEL, C1), bidirectional and other invisible format characters, line
 * and paragraph separators, and whatever is not UTF-8 become \xNN a byte, and
 * a backslash becomes two. */
void text_put_escaped(struct writer *writer, struct span bytes);

/* How many columns of a terminal ESCAPED takes, which is valid UTF-8. East
 * Asian wide characters and emoji take two, the combining marks of common
 * scripts none; those of others are counted as one, so that it is never too
 * few (base/text_width.c). */
size_t text_width(struct span escaped);

/* ESCAPED as a cell of a table: filled up with blanks to WIDTH columns, and
 * two more. A wider one is not cut. */
void text_put_cell(struct writer *writer, struct span escaped, size_t width);

/* ESCAPED in at most WIDTH columns: if it takes more, it is cut between two
 * characters and ends in an ellipsis. An escape of text_put_escaped() may be
 * cut too. Returns the columns it has taken. */
size_t text_put_cut(struct writer *writer, struct span escaped, size_t width);

/* Foreign bytes as the inside of a JSON string, quotes not included. What is
 * unsafe on a terminal becomes \uNNNN; a byte that is not UTF-8 becomes
 * \u00NN. */
void text_put_json(struct writer *writer, struct span bytes);

/* Foreign bytes as one shell word in single quotes. */
void text_put_shell(struct writer *writer, struct span bytes);

/* Terminates what was written, without counting the terminator, and returns
 * it. A writer without room for that loses its last byte. */
const char *text_end(struct writer *writer);

/* Copies SPAN, terminated, into DEST of SIZE bytes. -ENOBUFS when it does not
 * fit, -EBADMSG when it holds a NUL; DEST is then untouched. */
MUST_CHECK int text_copy(char *dest, size_t size, struct span span);

/* A decimal number of at most MAX, digits only. -EBADMSG when it is not. */
MUST_CHECK int text_parse_u64(struct span text, uint64_t max,
			      uint64_t *ret_value);

/* A duration: digits with an optional fraction, then ms, s, m or h; a bare
 * number is seconds. Up to 30 days; the rest is -EBADMSG. Result in ms. */
MUST_CHECK int text_parse_duration(struct span text, int64_t *ret_ms);

/* Four decimal octets of 0 to 255 without leading zeroes, in host order. */
MUST_CHECK int text_parse_ipv4(struct span text, uint32_t *ret_address);

/* RFC 4291 §2.2: eight groups, one "::", the last 32 bits as IPv4 at will.
 * -EBADMSG. */
MUST_CHECK int text_parse_ipv6(struct span text, uint8_t ret_address[16]);

/* The value of a hexadecimal digit, or -1. */
int text_hex_digit(uint8_t byte);

/* Bytes in hexadecimal, two digits each, with nothing or ':' or '-' between
 * all of them: a MAC address, a client identifier. At least one; -ENOBUFS when
 * they are more than SIZE, -EBADMSG. */
MUST_CHECK int text_parse_bytes(struct span text, size_t size,
				uint8_t *ret_bytes, size_t *ret_len);
