/*
 * HTTP/1.1, as far as a health check needs it: a request, and the head of
 * the response. RFC 9110, RFC 9112.
 *
 * The response is read as it comes in, bounded in every respect. Its body is
 * not read: the status is all that is asked for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define HTTP_HEAD_MAX 16384 /* all lines before the body together */
#define HTTP_LINE_MAX 512   /* a longer line's end is not looked at */

/* GET PATH of HOST (with its port). No line tells who we are. */
void http_put_get(struct writer *writer, struct span host, const char *path);

enum http_state {
	HTTP_STATUS,  /* in the status line */
	HTTP_HEADERS, /* in the lines after it */
	HTTP_DONE,    /* status, content_length are good; more is the body */
	HTTP_BROKEN,  /* not HTTP, or over a bound; stays so */
};

struct http_response {
	enum http_state state;
	unsigned int status; /* 200 to 599 */
	bool has_content_length;
	uint64_t content_length;
	size_t head_len;
	size_t line_len; /* may be over HTTP_LINE_MAX; what fits is kept */
	uint8_t line[HTTP_LINE_MAX];
};

void http_response_init(struct http_response *response);

/* Reads on in BYTES, however they were cut, and returns the state. */
enum http_state http_response_read(struct http_response *response,
				   struct span bytes);
