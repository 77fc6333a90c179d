/* base/reader.c and writer.c: the input is a program of reads, with what is
 * read in the same bytes, and what it reads is written. */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

#define ROOM 64

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* SPAN is LEFT bytes or less from the reader's place, or empty. */
static void check_inside(struct span span, const uint8_t *place, size_t left)
{
	if (span.len > 0)
		check(span.data >= place && span.len <= left &&
		      (size_t)(span.data - place) <= left - span.len);
}

static void step(struct reader *reader, struct writer *writer, uint8_t code,
		 size_t len)
{
	const uint8_t *place = reader->pos;
	size_t left = reader_left(reader), written = writer_len(writer);
	bool had_failed = reader_failed(reader);
	uint8_t copy[256];
	struct reader sub;
	struct span span;

	switch (code % 12) {
	case 0:
		writer_u8(writer, reader_u8(reader));
		break;
	case 1:
		writer_be16(writer, reader_be16(reader));
		break;
	case 2:
		writer_be32(writer, reader_be32(reader));
		break;
	case 3:
		span = reader_span(reader, len);
		check_inside(span, place, left);
		check(span.len == (reader_failed(reader) ? 0 : len));
		writer_put(writer, span);
		break;
	case 4:
		memset(copy, 0xee, sizeof(copy));
		reader_copy(reader, copy, len);
		writer_bytes(writer, copy, len);
		break;
	case 5:
		reader_skip(reader, len);
		break;
	case 6:
		sub = reader_sub(reader, len);
		check(reader_failed(&sub) == reader_failed(reader));
		check_inside(reader_rest(&sub), place, left);
		break;
	case 7:
		check_inside(reader_until(reader, (uint8_t)len), place, left);
		check(reader_failed(reader) == had_failed);
		break;
	case 8:
		span = reader_word(reader);
		check_inside(span, place, left);
		check(span.len == span_trim(span).len);
		break;
	case 9:
		writer_fill(writer, 0, len);
		break;
	case 10:
		writer_patch_u8(writer, len, 1);
		break;
	case 11:
		writer_patch_be16(writer, len, 1);
		break;
	}
	check(reader->pos <= reader->end && reader_left(reader) <= left);
	check(!had_failed || (reader_failed(reader) && left == 0));
	check(!reader_failed(reader) || reader_left(reader) == 0);
	check(writer_len(writer) >= written);
	check(writer_len(writer) + writer_room(writer) == ROOM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *room = malloc(ROOM);
	struct reader reader;
	struct writer writer;

	check(room != NULL);
	reader_init(&reader, data, size);
	writer_init(&writer, room, ROOM);
	for (size_t i = 0; i + 1 < size; i += 2)
		step(&reader, &writer, data[i], data[i + 1]);
	free(room);
	return 0;
}
