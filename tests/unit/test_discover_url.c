/* discover/url.c: URLs and IPv6 addresses. */
#include <errno.h>

#include "base/text.h"
#include "discover/url.h"
#include "tests/unit/test_discover_packet.h"

static char *block;

/* In a heap block of exactly its size. */
static struct span in_block(const char *text)
{
	size_t len = strlen(text);

	free(block);
	block = malloc(len > 0 ? len : 1);
	assert_non_null(block);
	memcpy(block, text, len);
	return (struct span){ (const uint8_t *)block, len };
}

static void test_good(void **state)
{
	struct url url;

	(void)state;
	assert_int_equal(url_parse(in_block("http://10.0.2.2:8080/a/b"), &url),
			 0);
	assert_true(url.has_address);
	assert_int_equal(url.address.ipv4, 0x0a000202);
	assert_int_equal(url.port, 8080);
	assert_true(span_is(url.path, "/a/b"));
	assert_int_equal(url_parse(in_block("HTTP://box.local"), &url), 0);
	assert_false(url.has_address);
	assert_int_equal(url.port, 80);
	assert_true(span_is(url.host, "box.local"));
	assert_int_equal(url.path.len, 0);
	assert_int_equal(
		url_parse(in_block("http://[fe80::1%25eth0]:8080"), &url), 0);
	assert_true(url.has_address && url.address.is_ipv6);
	assert_string_equal(url.zone, "eth0");
	assert_true(url_is_link_local(&url.address));
	assert_int_equal(url_parse(in_block("http://[2001:db8::2]/"), &url), 0);
	assert_false(url_is_link_local(&url.address));
	assert_string_equal(url.zone, "");
}

static void test_m25_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"http",
		"http:",
		"http:/x",
		"http://",
		"//evil",
		"http:///x",
		"http://u@h/",
		"http://h:/",
		"http://h:0/",
		"http://h:65536/",
		"http://h:8o/",
		"http://h/..",
		"http://h/a/../b",
		"http://h/./b",
		"http://h//evil",
		"http://h/%2e%2E/x",
		"http://h/%2e./x",
		"http://h/a%2fb",
		"http://h/a\r\nX: y",
		"http://h/a b",
		"http://h/a%0d",
		"http://h/%",
		"http://h/%4",
		"http://h/%zz",
		"http://h/a\\b",
		"http://h/%5c",
		"http://h/#f",
		"http://h/\xc3\xa4",
		"http://h\\x/",
		"http://h?x",
		"http://-h/",
		"http://.h/",
		"http://[::1",
		"http://[::1]x",
		"http://[::1%eth0]/",
		"http://[::1%25]/",
		"http://[::1%25a/b]/",
		"http://[]/",
		"http://[fe80::1%25sixteencharslong]/",
		"http://h/\x7f",
	};
	struct url url = { .port = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (url_parse(in_block(bad[i]), &url) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
	assert_int_equal(url_parse(in_block("https://h/"), &url),
			 -EPROTONOSUPPORT);
	assert_int_equal(url_parse(in_block("file:///etc"), &url),
			 -EPROTONOSUPPORT);
	assert_int_equal(url.port, 7);
}

static void test_m25_paths(void **state)
{
	static const char *const good[] = {
		"/",	  "/a",	    "/a/b.json", "/...",  "/.well-known/x",
		"/a?b=c", "/a%20b", "/a/",	 "/a//b", "/..a/b..",
	};
	static const char *const bad[] = {
		"",	"a",	    "//a",  "/..", "/a/..", "/../a", "/.",
		"/a/.", "/a?/../b", "/a\n", "/\1", "/a\tb", "/%00",  "/a/..?x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (!url_path_is_safe(in_block(good[i])))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (url_path_is_safe(in_block(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	}
	assert_false(
		url_path_is_safe((struct span){ (const uint8_t *)"/a\0b", 4 }));
}

static void test_ipv6(void **state)
{
	static const char *const same[] = {
		"::",
		"::1",
		"1::",
		"fe80::1:2",
		"1:2:3:4:5:6:7:8",
		"2001:db8::a",
		"1::8",
		"::2:3:4:5:6:7:8",
	};
	static const char *const bad[] = {
		"",
		":",
		":::",
		"1",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1::2::3",
		"12345::",
		"g::",
		"1:",
		"::1:",
		":1::",
		"::1.2.3",
		"1.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::1.2.3.4:5",
		"1:2:3:4:5:6:7::8:9",
		"1:2:3:4::5:6:7:8:9",
	};
	uint8_t address[16];
	struct writer writer;
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		if (text_parse_ipv6(in_block(same[i]), address) < 0)
			fail_msg("refused: %s", same[i]);
		/* "::2:3:…" is written with its one zero group. */
		if (i == ARRAY_SIZE(same) - 1)
			continue;
		writer_init(&writer, text, sizeof(text));
		text_put_ipv6(&writer, address);
		assert_string_equal(text_end(&writer), same[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (text_parse_ipv6(in_block(bad[i]), address) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
	assert_int_equal(
		text_parse_ipv6(in_block("64:ff9b::192.0.2.33"), address), 0);
	assert_memory_equal(address,
			    "\0\x64\xff\x9b\0\0\0\0\0\0\0\0\xc0\0\2\x21", 16);
	assert_int_equal(
		text_parse_ipv6(in_block("1:2:3:4:5:6:7.8.9.10"), address), 0);
}

static void test_base(void **state)
{
	struct url_address address = { .ipv4 = 0x0a000001 };
	struct writer writer;
	char text[64];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	url_put_base(&writer, &address, "eth0", 80);
	assert_string_equal(text_end(&writer), "http://10.0.0.1:80");
	address.is_ipv6 = true;
	assert_int_equal(text_parse_ipv6(span_of("fe80::1"), address.ipv6), 0);
	writer_init(&writer, text, sizeof(text));
	url_put_base(&writer, &address, "eth0", 80);
	assert_string_equal(text_end(&writer), "http://[fe80::1%25eth0]:80");
	address.ipv6[0] = 0x20;
	writer_init(&writer, text, sizeof(text));
	url_put_base(&writer, &address, "eth0", 80);
	assert_string_equal(text_end(&writer), "http://[2080::1]:80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_m25_refused),
		cmocka_unit_test(test_m25_paths),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_base),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(block);
	return failed;
}
