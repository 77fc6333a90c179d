/* base/lines.c: the first byte says into what pieces the rest, a stream, is
 * cut; the lines are the same as those of the whole. */
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The next line of STREAM that is not too long; false when there is none. */
static bool next_line(struct reader *stream, struct span *ret_line,
		      unsigned long *n_dropped)
{
	while (reader_left(stream) > 0) {
		struct span rest = { stream->pos, reader_left(stream) };

		if (!memchr(rest.data, '\n', rest.len)) {
			*n_dropped += rest.len >= LINES_SIZE;
			return false;
		}
		*ret_line = reader_until(stream, '\n');
		if (ret_line->len < LINES_SIZE)
			return true;
		++*n_dropped;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines *lines = malloc(sizeof(*lines));
	struct reader input, stream;
	unsigned long n_dropped = 0;
	struct span line, wanted;
	size_t piece;

	check(lines != NULL);
	lines_init(lines);
	reader_init(&input, data, size);
	/* 1 to 128 bytes, or 32 to 4096 */
	piece = reader_u8(&input);
	piece = piece < 128 ? piece + 1 : (piece - 127) * 32;
	stream = input;
	while (reader_left(&input) > 0) {
		size_t room, n = reader_left(&input);
		void *place = lines_place(lines, &room);

		check(room > 0);
		n = n < piece ? n : piece;
		n = n < room ? n : room;
		reader_copy(&input, place, n);
		lines_filled(lines, n);
		while (lines_next(lines, &line)) {
			check(next_line(&stream, &wanted, &n_dropped));
			check(span_equal(line, wanted));
		}
	}
	check(!next_line(&stream, &wanted, &n_dropped));
	check(lines->n_dropped == n_dropped);
	free(lines);
	return 0;
}
