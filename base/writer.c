/* See writer.h. */
#include "base/writer.h"

#include <string.h>

#include "base/compiler.h"

/* Short, but called from a hundred places. */
NOINLINE void writer_init(struct writer *writer, void *buffer, size_t size)
{
	writer->start = buffer;
	writer->pos = buffer;
	writer->end = writer->start + size;
	writer->failed = false;
}

bool writer_failed(const struct writer *writer)
{
	return writer->failed;
}

void writer_fail(struct writer *writer)
{
	writer->failed = true;
}

size_t writer_len(const struct writer *writer)
{
	return (size_t)(writer->pos - writer->start);
}

size_t writer_room(const struct writer *writer)
{
	return (size_t)(writer->end - writer->pos);
}

struct span writer_span(const struct writer *writer)
{
	if (writer->failed)
		return (struct span){ NULL, 0 };
	return (struct span){ writer->start, writer_len(writer) };
}

/* Room for LEN bytes, or NULL with the failure latched. */
static uint8_t *claim(struct writer *writer, size_t len)
{
	uint8_t *place = writer->pos;

	if (writer->failed || len > writer_room(writer)) {
		writer->failed = true;
		return NULL;
	}
	writer->pos += len;
	return place;
}

void writer_u8(struct writer *writer, uint8_t value)
{
	uint8_t *place = claim(writer, 1);

	if (place)
		place[0] = value;
}

void writer_be16(struct writer *writer, uint16_t value)
{
	uint8_t *place = claim(writer, 2);

	if (place) {
		place[0] = (uint8_t)(value >> 8);
		place[1] = (uint8_t)value;
	}
}

void writer_be32(struct writer *writer, uint32_t value)
{
	uint8_t *place = claim(writer, 4);

	if (place) {
		place[0] = (uint8_t)(value >> 24);
		place[1] = (uint8_t)(value >> 16);
		place[2] = (uint8_t)(value >> 8);
		place[3] = (uint8_t)value;
	}
}

void writer_bytes(struct writer *writer, const void *data, size_t len)
{
	uint8_t *place = claim(writer, len);

	if (place && len > 0)
		memcpy(place, data, len);
}

void writer_put(struct writer *writer, struct span span)
{
	writer_bytes(writer, span.data, span.len);
}

void writer_fill(struct writer *writer, uint8_t value, size_t len)
{
	uint8_t *place = claim(writer, len);

	if (place && len > 0)
		memset(place, value, len);
}

void writer_patch_u8(struct writer *writer, size_t offset, uint8_t value)
{
	if (writer->failed || offset >= writer_len(writer)) {
		writer->failed = true;
		return;
	}
	writer->start[offset] = value;
}

void writer_patch_be16(struct writer *writer, size_t offset, uint16_t value)
{
	if (writer->failed || writer_len(writer) < 2 ||
	    offset > writer_len(writer) - 2) {
		writer->failed = true;
		return;
	}
	writer->start[offset] = (uint8_t)(value >> 8);
	writer->start[offset + 1] = (uint8_t)value;
}
