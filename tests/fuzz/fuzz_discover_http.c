/*
 * discover/http.c: the input is the length of the pieces and a response. It
 * means the same in pieces as at once, its body too.
 */
#include <stdlib.h>

#include "discover/http.h"

struct result {
	struct http_response response;
	size_t body_len;
	uint32_t sum; /* of the body's bytes and places */
};

static void read_piece(struct result *result, struct span bytes)
{
	struct span before, body;

	while (bytes.len > 0) {
		before = bytes;
		http_response_read(&result->response, &bytes, &body);
		if (result->response.state == HTTP_DONE ||
		    result->response.state == HTTP_BROKEN)
			before.len = 0;
		else if (bytes.len >= before.len)
			abort();
		for (size_t i = 0; i < body.len; i++)
			result->sum = result->sum * 31 + body.data[i];
		result->body_len += body.len;
		if (before.len == 0)
			break;
	}
}

static void check(const struct result *result)
{
	const struct http_response *response = &result->response;

	if (http_has_head(response) &&
	    (response->status < 200 || response->status > 599))
		abort();
	if (result->body_len > response->body_len ||
	    response->body_len > HTTP_BODY_MAX ||
	    response->head_len > HTTP_HEAD_MAX)
		abort();
	if (response->state == HTTP_DONE && !response->is_chunked &&
	    response->has_content_length && response->status != 204 &&
	    response->status != 304 &&
	    result->body_len != response->content_length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct result whole, pieces;
	struct reader reader;
	struct span rest;
	size_t step;

	reader_init(&reader, data, size);
	step = 1u + reader_u8(&reader);
	rest = reader_rest(&reader);
	whole = pieces = (struct result){ .body_len = 0 };
	http_response_init(&whole.response);
	read_piece(&whole, rest);
	http_response_init(&pieces.response);
	while (rest.len > 0) {
		struct span piece = rest;

		if (piece.len > step)
			piece.len = step;
		read_piece(&pieces, piece);
		rest = span_skip(rest, step);
	}
	check(&whole);
	if (http_response_end(&whole.response) !=
		    http_response_end(&pieces.response) ||
	    whole.response.status != pieces.response.status ||
	    whole.response.content_length != pieces.response.content_length ||
	    whole.response.head_len != pieces.response.head_len ||
	    whole.response.body_len != pieces.response.body_len ||
	    whole.body_len != pieces.body_len || whole.sum != pieces.sum)
		abort();
	return 0;
}
