/* discover/http.c: the request and the response's head. */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "discover/http.h"
#include "tests/unit/test_discover_packet.h"

static struct http_response response;
static char body[HTTP_BODY_MAX];
static size_t body_len;

static void read_block(const uint8_t *block, size_t len)
{
	struct span bytes = { block, len }, piece;

	while (bytes.len > 0 && response.state != HTTP_DONE &&
	       response.state != HTTP_BROKEN) {
		http_response_read(&response, &bytes, &piece);
		assert_true(body_len + piece.len <= sizeof(body));
		if (piece.len > 0)
			memcpy(body + body_len, piece.data, piece.len);
		body_len += piece.len;
	}
}

/* All of it in pieces of STEP bytes, each in a block of its size. */
static enum http_state read_in(const char *text, size_t len, size_t step)
{
	http_response_init(&response);
	body_len = 0;
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		uint8_t *block = malloc(n);

		assert_non_null(block);
		memcpy(block, text + at, n);
		read_block(block, n);
		free(block);
	}
	return response.state;
}

/* However it is cut, it is the same. */
static void expect(const char *text, enum http_state state)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len; step++) {
		if (read_in(text, len, step) != state)
			fail_msg("state %d, step %zu: %s", response.state, step,
				 text);
	}
}

static void expect_body(const char *text, enum http_state state,
			const char *expected)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len; step++) {
		if (read_in(text, len, step) != state ||
		    body_len != strlen(expected) ||
		    memcmp(body, expected, body_len) != 0)
			fail_msg("state %d, step %zu, body %.*s: %s",
				 response.state, step, (int)body_len, body,
				 text);
	}
}

static void test_request(void **state)
{
	struct writer writer;
	char text[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	http_put_get(&writer, span_of("10.0.2.2:8080"), span_of("/health"));
	assert_string_equal(text_end(&writer),
			    "GET /health HTTP/1.1\r\nHost: 10.0.2.2:8080\r\n"
			    "Accept: */*\r\nConnection: close\r\n\r\n");
}

static void test_good(void **state)
{
	(void)state;
	expect("HTTP/1.1 200 OK\r\nServer: x\r\nContent-LENGTH: 42 \r\n\r\nbo",
	       HTTP_BODY);
	assert_true(http_has_head(&response));
	assert_int_equal(response.status, 200);
	assert_true(response.has_content_length);
	assert_int_equal(response.content_length, 42);
	expect("HTTP/1.0 503 Service Unavailable\n\n", HTTP_BODY);
	assert_int_equal(response.status, 503);
	assert_false(response.has_content_length);
	expect("HTTP/1.1 404 \r\n\r\n", HTTP_BODY);
	expect("HTTP/1.1 404\r\n\r\n", HTTP_BODY);
	expect("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n"
	       "HTTP/1.1 204 No\r\n\r\n",
	       HTTP_DONE);
	assert_int_equal(response.status, 204);
	assert_false(response.has_content_length);
	expect("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n"
	       "\r\n",
	       HTTP_BODY);
}

static void test_not_all_there_yet(void **state)
{
	(void)state;
	expect("H", HTTP_STATUS);
	expect("HTTP/1.1 200 OK", HTTP_STATUS);
	expect("HTTP/1.1 200 OK\r\n", HTTP_HEADERS);
	expect("HTTP/1.1 200 OK\r\nA: b\r\n", HTTP_HEADERS);
	expect("HTTP/1.1 100 x\r\n\r\n", HTTP_STATUS);
}

#define CHUNKED_HEAD(line)                                                     \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" line
#define CHUNKED CHUNKED_HEAD("") "\r\n"

static void test_bodies(void **state)
{
	(void)state;
	/* By its length; what follows is another's. */
	expect_body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
		    HTTP_DONE, "abc");
	expect_body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", HTTP_BODY,
		    "ab");
	assert_int_equal(http_response_end(&response), HTTP_BROKEN);
	expect_body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", HTTP_DONE,
		    "");
	assert_int_equal(
		read_in("HTTP/1.1 200 OK\nContent-Length: 0\n\n", 35, 1),
		HTTP_DONE);
	/* Until the connection ends. */
	expect_body("HTTP/1.0 200 OK\r\n\r\nabc", HTTP_BODY, "abc");
	assert_int_equal(http_response_end(&response), HTTP_DONE);
	assert_int_equal(http_response_end(&response), HTTP_DONE);
	/* None. */
	expect_body("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc",
		    HTTP_DONE, "");
	expect_body("HTTP/1.1 304 No\r\n\r\nabc", HTTP_DONE, "");
	expect("HTTP/1.1 200", HTTP_STATUS);
	assert_int_equal(http_response_end(&response), HTTP_BROKEN);
}

static void test_chunks(void **state)
{
	(void)state;
	expect_body(CHUNKED
		    "3\r\nabc\r\n00a;x=\"y\"\r\n0123456789\r\n0\r\n\r\nx",
		    HTTP_DONE, "abc0123456789");
	expect_body(CHUNKED "A \nabcdefghij\n0\nSum: 1\nContent-Length: x\n\n",
		    HTTP_DONE, "abcdefghij");
	expect_body("HTTP/1.1 200 OK\r\nTRANSFER-encoding:\tCHUNKED\r\n\r\n"
		    "1\r\na\r\n",
		    HTTP_CHUNK_SIZE, "a");
	assert_true(http_has_head(&response));
	assert_int_equal(http_response_end(&response), HTTP_BROKEN);
	expect_body(CHUNKED "5\r\nab", HTTP_CHUNK, "ab");
	expect_body(CHUNKED "2\r\nab", HTTP_CHUNK_END, "ab");
	expect_body(CHUNKED "0\r\nA: b\r\n", HTTP_TRAILERS, "");
	/* What was said before the response itself does not count. */
	expect_body("HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
		    HTTP_DONE, "a");
}

static void test_broken(void **state)
{
	static const char *const bad[] = {
		"\r\n",
		"SSH-2.0-x\r\n",
		"HTTP/2 200\r\n",
		"HTTP/1.1 20\r\n",
		"HTTP/1.1 2000\r\n",
		"HTTP/1.1 099 x\r\n",
		"HTTP/1.1 600 x\r\n",
		"HTTP/1.1  200 x\r\n",
		"HTTP/1.1 -20 x\r\n",
		"HTTP/1.x 200 x\r\n",
		"HTTP/1.1200 OK\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n",
		"HTTP/1.1 200 OK\r\n: x\r\n",
		"HTTP/1.1 200 OK\r\nA : x\r\n",
		"HTTP/1.1 200 OK\r\n folded: x\r\n",
		"HTTP/1.1 200 OK\r\nA: x\ry\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
		CHUNKED_HEAD("Transfer-Encoding: chunked\r\n"),
		CHUNKED_HEAD("Content-Length: 1\r\n") "\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		CHUNKED "x\r\n",
		CHUNKED "\r\n",
		CHUNKED ";a\r\n",
		CHUNKED "-1\r\n",
		CHUNKED "0x1\r\n",
		CHUNKED " 1\r\n",
		CHUNKED "123456789\r\n",
		CHUNKED "1\r\naa\r\n",
		CHUNKED "1\r\na\r\r\n",
		CHUNKED "1\r\na1\r\n",
		CHUNKED "0\r\nno colon\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect(bad[i], HTTP_BROKEN);
	assert_int_equal(read_in("HTTP/1.1 200 \0\r\n", 16, 16), HTTP_BROKEN);
	/* Said after five bytes, not after a line that never ends. */
	assert_int_equal(read_in("SSH-2", 5, 1), HTTP_BROKEN);
}

static void test_bounds(void **state)
{
	static char text[HTTP_HEAD_MAX + 1000];
	size_t len;

	(void)state;
	/* A long header is passed over; a long status line is none. */
	len = (size_t)snprintf(text, sizeof(text),
			       "HTTP/1.1 200 OK\r\nX: %02000d\r\n\r\n", 1);
	assert_int_equal(read_in(text, len, 100), HTTP_BODY);
	len = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 %02000d\r\n",
			       1);
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
	/* A length whose end was not looked at is none. */
	len = (size_t)snprintf(text, sizeof(text),
			       "HTTP/1.1 200 OK\r\nContent-Length: %*d\r\n\r\n",
			       HTTP_LINE_MAX - 15, 77);
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
	len = (size_t)snprintf(text, sizeof(text),
			       "HTTP/1.1 200 OK\r\nContent-Length: %*d\r\n\r\n",
			       HTTP_LINE_MAX - 17, 77);
	assert_int_equal(read_in(text, len, 100), HTTP_BODY);
	assert_int_equal(response.content_length, 77);
	/* Lines without end, and a line without end. */
	len = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n");
	while (len + 6 < sizeof(text))
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"A: b\r\n");
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
	memset(text + 17, 'x', sizeof(text) - 17);
	assert_int_equal(read_in(text, HTTP_HEAD_MAX, 100), HTTP_HEADERS);
	assert_int_equal(read_in(text, HTTP_HEAD_MAX + 1, 100), HTTP_BROKEN);
}

static void test_body_bounds(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	static char text[sizeof(head) + HTTP_BODY_MAX];
	const size_t head_len = sizeof(head) - 1;
	size_t len;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, head, head_len);
	assert_int_equal(read_in(text, head_len + HTTP_BODY_MAX, 4096),
			 HTTP_BODY);
	assert_int_equal(body_len, HTTP_BODY_MAX);
	assert_int_equal(read_in(text, head_len + HTTP_BODY_MAX + 1, 4096),
			 HTTP_BROKEN);
	/* Chunks without end, of one byte each: their frames count as well. */
	len = (size_t)snprintf(text, sizeof(text), "%s", CHUNKED);
	while (len + 8 < sizeof(text))
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"1\r\na\r\n");
	read_in(text, len, 4096);
	assert_int_equal(response.state, HTTP_CHUNK_SIZE);
	assert_true(response.body_len + 100 > HTTP_BODY_MAX);
	while (response.state != HTTP_BROKEN) {
		read_block((const uint8_t *)"1\r\na\r\n", 6);
		assert_true(response.body_len <= HTTP_BODY_MAX);
	}
	/* A line before a chunk without end, and trailers. */
	len = (size_t)snprintf(text, sizeof(text), CHUNKED "1;%0600d\r\n", 1);
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
	len = (size_t)snprintf(text, sizeof(text), CHUNKED "0\r\n");
	while (len < HTTP_HEAD_MAX + 100)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"A: b\r\n");
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_not_all_there_yet),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_body_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
