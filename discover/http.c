/* See http.h. */
#include "discover/http.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

void http_put_get(struct writer *writer, struct span host, struct span path)
{
	text_put(writer, "GET ");
	writer_put(writer, path);
	text_put(writer, " HTTP/1.1\r\nHost: ");
	writer_put(writer, host);
	text_put(writer, "\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

void http_response_init(struct http_response *response)
{
	memset(response, 0, sizeof(*response));
	response->state = HTTP_STATUS;
}

/* "HTTP/1.1 200 OK": the text after the number may be missing, the number not
 * (RFC 9112 §4). */
static int read_status(struct http_response *response, struct span line)
{
	struct reader reader;
	struct span digits;
	uint64_t status;
	uint8_t minor;

	if (!span_starts(line, "HTTP/1.") || line.len < 12)
		return -EBADMSG;
	reader_from_span(&reader, span_skip(line, 7));
	minor = reader_u8(&reader);
	if (minor - (unsigned int)'0' > 9 || reader_u8(&reader) != ' ')
		return -EBADMSG;
	digits = reader_span(&reader, 3);
	if (text_parse_u64(digits, 599, &status) < 0 || status < 100)
		return -EBADMSG;
	if (reader_left(&reader) > 0 && reader_u8(&reader) != ' ')
		return -EBADMSG;
	response->status = (unsigned int)status;
	response->is_1_0 = minor == '0';
	return 0;
}

static int read_content_length(struct http_response *response,
			       struct span value)
{
	uint64_t length;

	if (text_parse_u64(value, INT64_MAX, &length) < 0)
		return -EBADMSG;
	/* Said twice and differently: RFC 9112 §6.3. */
	if (response->has_content_length && response->content_length != length)
		return -EBADMSG;
	response->has_content_length = true;
	response->content_length = length;
	return 0;
}

/* We have asked for no coding, and chunks can be nested in none (§6.1). */
static int read_transfer_encoding(struct http_response *response,
				  struct span value)
{
	if (response->is_chunked || !span_is_nocase(value, "chunked"))
		return -EBADMSG;
	response->is_chunked = true;
	return 0;
}

static int read_header(struct http_response *response, struct span line)
{
	struct reader reader;
	struct span name, value;

	reader_from_span(&reader, line);
	name = reader_until(&reader, ':');
	/* No name, no colon, or a blank before it: RFC 9112 §5.1, §5.2. */
	if (name.len == 0 || name.len == line.len ||
	    span_trim(name).len != name.len)
		return -EBADMSG;
	value = span_trim(reader_rest(&reader));
	/* What stands in a trailer changes nothing (§7.1.2). */
	if (response->state == HTTP_TRAILERS)
		return 0;
	if (span_is_nocase(name, "Content-Length"))
		return read_content_length(response, value);
	if (span_is_nocase(name, "Transfer-Encoding"))
		return read_transfer_encoding(response, value);
	return 0;
}

/* What frames the body: §6.3, in its order. */
static enum http_state begin_body(struct http_response *response)
{
	if (response->status == 204 || response->status == 304)
		return HTTP_DONE;
	/* Two answers to where it ends, or one that its version has not. */
	if (response->is_chunked &&
	    (response->has_content_length || response->is_1_0))
		return HTTP_BROKEN;
	if (response->is_chunked)
		return HTTP_CHUNK_SIZE;
	response->left = response->has_content_length ?
				 response->content_length :
				 UINT64_MAX;
	return response->left == 0 ? HTTP_DONE : HTTP_BODY;
}

/* The empty line. */
static enum http_state end_head(struct http_response *response)
{
	if (response->status >= 200)
		return begin_body(response);
	/* After 1xx the response itself follows (RFC 9110 §15.2). */
	response->has_content_length = false;
	response->is_chunked = false;
	return HTTP_STATUS;
}

/* Hexadecimal, and perhaps extensions after a semicolon, which nobody has to
 * understand (§7.1.1). */
static enum http_state read_chunk_size(struct http_response *response,
				       struct span line)
{
	struct reader reader;
	struct span digits;
	uint64_t size = 0;

	reader_from_span(&reader, line);
	digits = reader_until(&reader, ';');
	/* A blank before the semicolon, as some servers pad the number. */
	while (digits.len > 0 && (digits.data[digits.len - 1] == ' ' ||
				  digits.data[digits.len - 1] == '\t'))
		digits.len--;
	if (digits.len == 0 || digits.len > 8)
		return HTTP_BROKEN;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = text_hex_digit(digits.data[i]);

		if (digit < 0)
			return HTTP_BROKEN;
		size = size << 4 | (unsigned int)digit;
	}
	response->left = size;
	return size == 0 ? HTTP_TRAILERS : HTTP_CHUNK;
}

static bool is_framing(struct span line)
{
	struct reader reader;
	struct span name;

	reader_from_span(&reader, line);
	name = reader_until(&reader, ':');
	return span_is_nocase(name, "Content-Length") ||
	       span_is_nocase(name, "Transfer-Encoding");
}

static enum http_state end_line(struct http_response *response)
{
	bool is_long = response->line_len > HTTP_LINE_MAX;
	struct span line = { response->line,
			     is_long ? HTTP_LINE_MAX : response->line_len };

	response->line_len = 0;
	/* A bare LF ends a line as well (§2.2). */
	if (!is_long && line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	if (memchr(line.data, '\0', line.len) ||
	    memchr(line.data, '\r', line.len))
		return HTTP_BROKEN;
	switch (response->state) {
	case HTTP_STATUS:
		if (is_long || read_status(response, line) < 0)
			return HTTP_BROKEN;
		return HTTP_HEADERS;
	case HTTP_HEADERS:
		if (line.len == 0)
			return end_head(response);
		/* What frames the body must be known to its end. */
		if (read_header(response, line) < 0 ||
		    (is_long && is_framing(line)))
			return HTTP_BROKEN;
		return HTTP_HEADERS;
	case HTTP_CHUNK_SIZE:
		return is_long ? HTTP_BROKEN : read_chunk_size(response, line);
	case HTTP_CHUNK_END:
		return line.len == 0 ? HTTP_CHUNK_SIZE : HTTP_BROKEN;
	case HTTP_TRAILERS:
		if (line.len == 0)
			return HTTP_DONE;
		return read_header(response, line) < 0 ? HTTP_BROKEN :
							 HTTP_TRAILERS;
	case HTTP_BODY:
	case HTTP_CHUNK:
	case HTTP_DONE:
	case HTTP_BROKEN:
		break;
	}
	return response->state;
}

/* One byte of a line. */
static enum http_state read_byte(struct http_response *response, uint8_t byte)
{
	bool in_body = response->state == HTTP_CHUNK_SIZE ||
		       response->state == HTTP_CHUNK_END;
	size_t *len = in_body ? &response->body_len : &response->head_len;

	if (*len == (in_body ? HTTP_BODY_MAX : HTTP_HEAD_MAX))
		return HTTP_BROKEN;
	(*len)++;
	if (byte == '\n')
		return end_line(response);
	if (response->line_len < HTTP_LINE_MAX)
		response->line[response->line_len] = byte;
	response->line_len++;
	/* Not HTTP at all: said at once, and not after a line. */
	if (response->state == HTTP_STATUS && response->line_len == 5 &&
	    memcmp(response->line, "HTTP/", 5) != 0)
		return HTTP_BROKEN;
	return response->state;
}

/* Takes what is there of the body, or of the chunk. */
static struct span take_body(struct http_response *response, struct span *bytes)
{
	struct span piece = *bytes;

	if (piece.len > response->left)
		piece.len = (size_t)response->left;
	*bytes = span_skip(*bytes, piece.len);
	if (piece.len > HTTP_BODY_MAX - response->body_len) {
		response->state = HTTP_BROKEN;
		return (struct span){ NULL, 0 };
	}
	response->body_len += piece.len;
	/* Until the connection ends: that is known by it alone. */
	if (response->state == HTTP_BODY && !response->has_content_length)
		return piece;
	response->left -= piece.len;
	if (response->left == 0)
		response->state = response->state == HTTP_CHUNK ?
					  HTTP_CHUNK_END :
					  HTTP_DONE;
	return piece;
}

bool http_has_head(const struct http_response *response)
{
	switch (response->state) {
	case HTTP_STATUS:
	case HTTP_HEADERS:
	case HTTP_BROKEN:
		return false;
	case HTTP_BODY:
	case HTTP_CHUNK_SIZE:
	case HTTP_CHUNK:
	case HTTP_CHUNK_END:
	case HTTP_TRAILERS:
	case HTTP_DONE:
		break;
	}
	return true;
}

enum http_state http_response_read(struct http_response *response,
				   struct span *bytes, struct span *ret_body)
{
	bool had_head = http_has_head(response);

	*ret_body = (struct span){ NULL, 0 };
	while (bytes->len > 0) {
		if (response->state == HTTP_DONE ||
		    response->state == HTTP_BROKEN)
			break;
		if (response->state == HTTP_BODY ||
		    response->state == HTTP_CHUNK) {
			*ret_body = take_body(response, bytes);
			break;
		}
		response->state = read_byte(response, bytes->data[0]);
		*bytes = span_skip(*bytes, 1);
		if (!had_head && http_has_head(response))
			break;
	}
	return response->state;
}

enum http_state http_response_end(struct http_response *response)
{
	if (response->state == HTTP_BODY && !response->has_content_length)
		response->state = HTTP_DONE;
	else if (response->state != HTTP_DONE)
		response->state = HTTP_BROKEN;
	return response->state;
}
