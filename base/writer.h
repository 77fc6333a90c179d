/*
 * Writing bytes into a buffer of the caller's. A write that does not fit
 * latches failure and changes nothing, and so does every later one; an
 * encoder writes straight through and asks writer_failed() once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

struct writer {
	uint8_t *start;
	uint8_t *pos;
	uint8_t *end;
	bool failed;
};

/* BUFFER stays the caller's, who keeps it alive as long as the writer. */
void writer_init(struct writer *writer, void *buffer, size_t size);

bool writer_failed(const struct writer *writer);
void writer_fail(struct writer *writer);

/* Bytes written so far; also the offset of the next one. */
size_t writer_len(const struct writer *writer);
size_t writer_room(const struct writer *writer);

/* What has been written; empty when the writer has failed. */
struct span writer_span(const struct writer *writer);

/* Integers are given in host order and written big-endian. */
void writer_u8(struct writer *writer, uint8_t value);
void writer_be16(struct writer *writer, uint16_t value);
void writer_be32(struct writer *writer, uint32_t value);
void writer_bytes(struct writer *writer, const void *data, size_t len);
void writer_put(struct writer *writer, struct span span);
void writer_fill(struct writer *writer, uint8_t value, size_t len);

/* Writes over bytes already written, at OFFSET; fails when they are not. */
void writer_patch_u8(struct writer *writer, size_t offset, uint8_t value);
void writer_patch_be16(struct writer *writer, size_t offset, uint16_t value);
