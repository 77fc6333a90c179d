/* See http.h. */
#include "discover/http.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

void http_put_get(struct writer *writer, struct span host, const char *path)
{
	text_put(writer, "GET ");
	text_put(writer, path);
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
static int read_status(struct span line, unsigned int *ret_status)
{
	struct reader reader;
	struct span digits;
	uint64_t status;

	if (!span_starts(line, "HTTP/1.") || line.len < 12)
		return -EBADMSG;
	reader_from_span(&reader, span_skip(line, 7));
	if (reader_u8(&reader) - (unsigned int)'0' > 9 ||
	    reader_u8(&reader) != ' ')
		return -EBADMSG;
	digits = reader_span(&reader, 3);
	if (text_parse_u64(digits, 599, &status) < 0 || status < 100)
		return -EBADMSG;
	if (reader_left(&reader) > 0 && reader_u8(&reader) != ' ')
		return -EBADMSG;
	*ret_status = (unsigned int)status;
	return 0;
}

static int read_header(struct http_response *response, struct span line)
{
	struct reader reader;
	uint64_t length;
	struct span name;

	reader_from_span(&reader, line);
	name = reader_until(&reader, ':');
	/* No name, no colon, or a blank before it: RFC 9112 §5.1, §5.2. */
	if (name.len == 0 || name.len == line.len ||
	    span_trim(name).len != name.len)
		return -EBADMSG;
	if (!span_is_nocase(name, "Content-Length"))
		return 0;
	if (text_parse_u64(span_trim(reader_rest(&reader)), INT64_MAX,
			   &length) < 0)
		return -EBADMSG;
	/* Said twice and differently: §6.3. */
	if (response->has_content_length && response->content_length != length)
		return -EBADMSG;
	response->has_content_length = true;
	response->content_length = length;
	return 0;
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
		if (is_long || read_status(line, &response->status) < 0)
			return HTTP_BROKEN;
		return HTTP_HEADERS;
	case HTTP_HEADERS:
		if (line.len == 0 && response->status >= 200)
			return HTTP_DONE;
		/* After 1xx the response itself follows (RFC 9110 §15.2). */
		if (line.len == 0) {
			response->has_content_length = false;
			return HTTP_STATUS;
		}
		return read_header(response, line) < 0 ? HTTP_BROKEN :
							 HTTP_HEADERS;
	case HTTP_DONE:
	case HTTP_BROKEN:
		break;
	}
	return response->state;
}

enum http_state http_response_read(struct http_response *response,
				   struct span bytes)
{
	struct reader reader;

	reader_from_span(&reader, bytes);
	while (reader_left(&reader) > 0) {
		uint8_t byte = reader_u8(&reader);

		if (response->state == HTTP_DONE ||
		    response->state == HTTP_BROKEN)
			break;
		if (response->head_len++ == HTTP_HEAD_MAX) {
			response->state = HTTP_BROKEN;
			break;
		}
		if (byte == '\n') {
			response->state = end_line(response);
			continue;
		}
		if (response->line_len < HTTP_LINE_MAX)
			response->line[response->line_len] = byte;
		response->line_len++;
		/* Not HTTP at all: said at once, and not after a line. */
		if (response->state == HTTP_STATUS && response->line_len == 5 &&
		    memcmp(response->line, "HTTP/", 5) != 0)
			response->state = HTTP_BROKEN;
	}
	return response->state;
}
