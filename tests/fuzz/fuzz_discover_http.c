/*
 * discover/http.c: the input is the length of the pieces and a response. It
 * means the same in pieces as at once.
 */
#include <stdlib.h>

#include "discover/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_response whole, pieces;
	struct span rest;
	struct reader reader;
	size_t step;

	reader_init(&reader, data, size);
	step = 1u + reader_u8(&reader);
	rest = reader_rest(&reader);
	http_response_init(&whole);
	http_response_read(&whole, rest);
	http_response_init(&pieces);
	while (rest.len > 0) {
		struct span piece = rest;

		if (piece.len > step)
			piece.len = step;
		http_response_read(&pieces, piece);
		rest = span_skip(rest, step);
	}
	if (whole.state != pieces.state || whole.status != pieces.status ||
	    whole.content_length != pieces.content_length ||
	    whole.head_len != pieces.head_len)
		abort();
	if (whole.state == HTTP_DONE &&
	    (whole.status < 200 || whole.status > 599))
		abort();
	return 0;
}
