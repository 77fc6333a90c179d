/*
 * HTTP/1.1, as far as the check of a provider needs it: a request, and the
 * response. RFC 9110, RFC 9112.
 *
 * The response is read as it comes in, bounded in every respect. Its body is
 * handed on piece by piece, whatever frames it: a length, chunks, or the end
 * of the connection (RFC 9112 §6.3). Nothing of it is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define HTTP_HEAD_MAX 16384	/* all lines before the body together */
#define HTTP_LINE_MAX 512	/* a longer line's end is not looked at */
#define HTTP_BODY_MAX (2 << 20) /* what frames it included */

/* GET PATH of HOST (with its port). No line tells who we are. */
void http_put_get(struct writer *writer, struct span host, struct span path);

enum http_state {
	HTTP_STATUS,	 /* in the status line */
	HTTP_HEADERS,	 /* in the lines after it */
	HTTP_BODY,	 /* of a length, or until the connection ends */
	HTTP_CHUNK_SIZE, /* in the line before a chunk (§7.1) */
	HTTP_CHUNK,	 /* in its bytes */
	HTTP_CHUNK_END,	 /* in the line end after them */
	HTTP_TRAILERS,	 /* in the lines after the last one */
	HTTP_DONE,	 /* all of it was there; what follows is not read */
	HTTP_BROKEN,	 /* not HTTP, or over a bound; stays so */
};

struct http_response {
	enum http_state state;
	/* Good once http_has_head(). */
	unsigned int status; /* 200 to 599 */
	bool has_content_length;
	uint64_t content_length;
	bool is_chunked;
	bool is_1_0;
	uint64_t left;	 /* bytes of the body, or of the chunk, to come */
	size_t head_len; /* of heads and trailers */
	size_t body_len;
	size_t line_len; /* may be over HTTP_LINE_MAX; what fits is kept */
	uint8_t line[HTTP_LINE_MAX];
};

void http_response_init(struct http_response *response);

/*
 * Reads on in *BYTES, however they were cut: up to the end of the head, of a
 * piece of the body or of BYTES. *BYTES is then what is left, and *RET_BODY
 * the piece, which points into it, or empty. To be called until *BYTES is
 * empty or the state HTTP_DONE or HTTP_BROKEN. Returns the state.
 */
enum http_state http_response_read(struct http_response *response,
				   struct span *bytes, struct span *ret_body);

/* The connection has ended: HTTP_DONE when that ends the response as well,
 * else HTTP_BROKEN. */
enum http_state http_response_end(struct http_response *response);

/* Whether the status is there, and all that came before the body. */
bool http_has_head(const struct http_response *response);
