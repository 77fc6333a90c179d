/* discover/http.c: the request and the response's head. */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "discover/http.h"
#include "tests/unit/test_discover_packet.h"

static struct http_response response;

/* All of it in pieces of STEP bytes, each in a block of its size. */
static enum http_state read_in(const char *text, size_t len, size_t step)
{
	http_response_init(&response);
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		uint8_t *block = malloc(n);

		assert_non_null(block);
		memcpy(block, text + at, n);
		http_response_read(&response, (struct span){ block, n });
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

static void test_request(void **state)
{
	struct writer writer;
	char text[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	http_put_get(&writer, span_of("10.0.2.2:8080"), "/health");
	assert_string_equal(text_end(&writer),
			    "GET /health HTTP/1.1\r\nHost: 10.0.2.2:8080\r\n"
			    "Accept: */*\r\nConnection: close\r\n\r\n");
}

static void test_good(void **state)
{
	(void)state;
	expect("HTTP/1.1 200 OK\r\nServer: x\r\nContent-LENGTH: 42 \r\n\r\nbo",
	       HTTP_DONE);
	assert_int_equal(response.status, 200);
	assert_true(response.has_content_length);
	assert_int_equal(response.content_length, 42);
	expect("HTTP/1.0 503 Service Unavailable\n\n", HTTP_DONE);
	assert_int_equal(response.status, 503);
	assert_false(response.has_content_length);
	expect("HTTP/1.1 404 \r\n\r\n", HTTP_DONE);
	expect("HTTP/1.1 404\r\n\r\n", HTTP_DONE);
	expect("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n"
	       "HTTP/1.1 204 No\r\n\r\n",
	       HTTP_DONE);
	assert_int_equal(response.status, 204);
	assert_false(response.has_content_length);
	expect("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n"
	       "\r\n",
	       HTTP_DONE);
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
	assert_int_equal(read_in(text, len, 100), HTTP_DONE);
	len = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 %02000d\r\n",
			       1);
	assert_int_equal(read_in(text, len, 100), HTTP_BROKEN);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_not_all_there_yet),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
