/* base/text.c: numbers, addresses, durations, and foreign text made safe. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static uint8_t *block(const void *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* What PUT() made of bytes in a block of their own. */
static char result[8192];

static const char *put(void (*function)(struct writer *writer,
					struct span bytes),
		       const void *data, size_t len)
{
	uint8_t *copy = block(data, len);
	struct writer writer;

	writer_init(&writer, result, sizeof(result) - 1);
	function(&writer, (struct span){ copy, len });
	free(copy);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

/* --- numbers --- */

static void test_u64(void **state)
{
	static const uint64_t values[] = {
		0, 9, 10, 99, 100, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char text[24], wanted[24];
		struct writer writer;
		uint64_t back;
		size_t len;

		len = (size_t)snprintf(wanted, sizeof(wanted), "%llu",
				       (unsigned long long)values[i]);
		writer_init(&writer, text, len);
		text_put_u64(&writer, values[i]);
		assert_false(writer_failed(&writer));
		assert_int_equal(writer_len(&writer), len);
		assert_memory_equal(text, wanted, len);
		writer_init(&writer, text, len - 1);
		text_put_u64(&writer, values[i]);
		assert_true(writer_failed(&writer));
		assert_int_equal(
			text_parse_u64(span_of(wanted), UINT64_MAX, &back), 0);
		assert_true(back == values[i]);
	}
}

static int parse_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint8_t *copy = block(text, strlen(text));
	int r;

	*ret_value = 77;
	r = text_parse_u64((struct span){ copy, strlen(text) }, max, ret_value);
	free(copy);
	assert_true(r == 0 || r == -EBADMSG);
	if (r < 0)
		assert_int_equal(*ret_value, 77);
	return r;
}

static void test_parse_u64(void **state)
{
	static const char *const bad[] = {
		"",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1.0",
		"0x1",
		"1e1",
		"/",
		":",
		"\xb2",
		"1\n",
		"abc",
		"99999999999999999999",
		"18446744073709551616",
		"18446744073709551620",
		"184467440737095516150",
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_u64(bad[i], UINT64_MAX, &value),
				 -EBADMSG);
	assert_int_equal(text_parse_u64((struct span){ NULL, 0 }, 9, &value),
			 -EBADMSG);
	assert_int_equal(parse_u64("18446744073709551615", UINT64_MAX, &value),
			 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(
		parse_u64("000000000000000000000000000042", 42, &value), 0);
	assert_int_equal(value, 42);
}

/* Every limit against every number around it. */
static void test_parse_u64_limits(void **state)
{
	(void)state;
	for (uint64_t max = 0; max <= 120; max++) {
		for (uint64_t i = 0; i <= 1300; i++) {
			char text[8];
			uint64_t value;

			snprintf(text, sizeof(text), "%u", (unsigned int)i);
			assert_int_equal(parse_u64(text, max, &value),
					 i <= max ? 0 : -EBADMSG);
			assert_int_equal(value, i <= max ? i : 77);
		}
	}
}

static const char *hex(uint64_t value, unsigned int digits)
{
	struct writer writer;

	writer_init(&writer, result, sizeof(result));
	text_put_hex(&writer, value, digits);
	return text_end(&writer);
}

static void test_hex(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0xff };
	struct writer writer;

	(void)state;
	assert_string_equal(hex(0, 0), "0");
	assert_string_equal(hex(0, 1), "0");
	assert_string_equal(hex(0xab, 1), "ab");
	assert_string_equal(hex(0xab, 4), "00ab");
	assert_string_equal(hex(UINT64_MAX, 2), "ffffffffffffffff");
	assert_string_equal(hex(UINT64_MAX, 18), "00ffffffffffffffff");
	assert_string_equal(hex(1ull << 60, 0), "1000000000000000");

	writer_init(&writer, result, 17);
	text_put_hex_bytes(&writer, (struct span){ mac, 6 }, ':');
	assert_false(writer_failed(&writer));
	assert_memory_equal(result, "52:54:00:12:34:ff", 17);
	writer_init(&writer, result, sizeof(result));
	text_put_hex_bytes(&writer, (struct span){ mac, 6 }, '\0');
	assert_string_equal(text_end(&writer), "5254001234ff");
	writer_init(&writer, result, sizeof(result));
	text_put_hex_bytes(&writer, (struct span){ NULL, 0 }, ':');
	assert_string_equal(text_end(&writer), "");
}

/* --- addresses --- */

static void test_ipv4_is_equal_when_read_back(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t address = (uint32_t)next_random(&seed), back = 0;
		char text[TEXT_IPV4_MAX], wanted[TEXT_IPV4_MAX];
		struct in_addr in = { .s_addr = htonl(address) };
		struct writer writer;

		writer_init(&writer, text, sizeof(text));
		text_put_ipv4(&writer, address);
		assert_non_null(
			inet_ntop(AF_INET, &in, wanted, sizeof(wanted)));
		assert_string_equal(text_end(&writer), wanted);
		assert_int_equal(text_parse_ipv4(span_of(text), &back), 0);
		assert_int_equal(back, address);
	}
}

static void test_parse_ipv4(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"1.2.3",
		"1.2.3.",
		"1.2.3.4.",
		".1.2.3.4",
		"1..2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1.1.1.256",
		"01.2.3.4",
		"1.2.3.00",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.-4",
		"0x1.2.3.4",
		"1.2.3.4/8",
		"1.2.3.4\n",
		"...",
		"....",
		"1,2,3,4",
		"4294967296.0.0.0",
		"1.2.3.99999999999999999999",
	};
	static const struct {
		const char *text;
		uint32_t address;
	} good[] = {
		{ "0.0.0.0", 0 },
		{ "255.255.255.255", 0xffffffff },
		{ "10.0.2.15", 0x0a00020f },
		{ "1.2.3.0", 0x01020300 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t *copy = block(bad[i], strlen(bad[i]));
		struct span text = { copy, strlen(bad[i]) };
		uint32_t address = 77;

		assert_int_equal(text_parse_ipv4(text, &address), -EBADMSG);
		assert_int_equal(address, 77);
		free(copy);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint8_t *copy = block(good[i].text, strlen(good[i].text));
		struct span text = { copy, strlen(good[i].text) };
		uint32_t address = 77;

		assert_int_equal(text_parse_ipv4(text, &address), 0);
		assert_int_equal(address, good[i].address);
		free(copy);
	}
	assert_int_equal(
		text_parse_ipv4(
			(struct span){ (const uint8_t *)"1.2.3.4\0", 8 },
			&(uint32_t){ 0 }),
		-EBADMSG);
}

static void test_parse_bytes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint8_t bytes[4];
		size_t len;
	} cases[] = {
		{ "00", 0, { 0 }, 1 },
		{ "0aFf", 0, { 0x0a, 0xff }, 2 },
		{ "01:52:Af", 0, { 1, 0x52, 0xaf }, 3 },
		{ "01-52-af-09", 0, { 1, 0x52, 0xaf, 9 }, 4 },
		{ "0102030405", -ENOBUFS, { 0 }, 0 },
		{ "01:02:03:04:05", -ENOBUFS, { 0 }, 0 },
		{ "", -EBADMSG, { 0 }, 0 },
		{ "0", -EBADMSG, { 0 }, 0 },
		{ "001", -EBADMSG, { 0 }, 0 },
		{ "0g", -EBADMSG, { 0 }, 0 },
		{ "g0", -EBADMSG, { 0 }, 0 },
		{ ":00", -EBADMSG, { 0 }, 0 },
		{ "00:", -EBADMSG, { 0 }, 0 },
		{ "00::01", -EBADMSG, { 0 }, 0 },
		{ "00:01-02", -EBADMSG, { 0 }, 0 },
		{ "00:0102", -EBADMSG, { 0 }, 0 },
		{ "0001:02", -EBADMSG, { 0 }, 0 },
		{ "00:1", -EBADMSG, { 0 }, 0 },
		{ "00.01", -EBADMSG, { 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t *copy = block(cases[i].text, strlen(cases[i].text));
		struct span text = { copy, strlen(cases[i].text) };
		uint8_t bytes[4] = { 0x77, 0x77, 0x77, 0x77 };
		size_t len = 77;

		assert_int_equal(
			text_parse_bytes(text, sizeof(bytes), bytes, &len),
			cases[i].r);
		if (cases[i].r == 0) {
			assert_int_equal(len, cases[i].len);
			assert_memory_equal(bytes, cases[i].bytes, len);
		} else {
			assert_int_equal(len, 77);
			assert_int_equal(bytes[0], 0x77);
		}
		free(copy);
	}
}

static const char *ipv6(const uint8_t address[16])
{
	struct writer writer;

	writer_init(&writer, result, TEXT_IPV6_MAX);
	text_put_ipv6(&writer, address);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

/* RFC 5952 §4: no leading zeroes, lower case, the longest run of zero groups
 * shortened, the first of equals, a single group never. */
static void test_ipv6_rfc5952(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "0:0:0:0:0:0:0:1", "::1" },
		{ "1:0:0:0:0:0:0:0", "1::" },
		{ "2001:0db8::0001", "2001:db8::1" },
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:DB8::ABCD:EF", "2001:db8::abcd:ef" },
		{ "0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1" },
		{ "0:0:1:1:1:1:1:1", "::1:1:1:1:1:1" },
		{ "1:1:1:1:1:1:0:0", "1:1:1:1:1:1::" },
		{ "0:1:1:1:1:1:1:0", "0:1:1:1:1:1:1:0" },
		{ "0:0:1:0:0:0:1:0", "0:0:1::1:0" },
		{ "0:1:1:1:1:1:0:0", "0:1:1:1:1:1::" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "fe80:0:0:0:5054:ff:fe12:3456", "fe80::5054:ff:fe12:3456" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t address[16];

		assert_int_equal(inet_pton(AF_INET6, cases[i].text, address),
				 1);
		assert_string_equal(ipv6(address), cases[i].wanted);
	}
}

/* The same by exhaustion: every run is tried, the best one taken. */
static void plain_ipv6(const uint8_t address[16], char *text)
{
	unsigned int from = 8, len = 1;

	for (unsigned int first = 0; first < 8; first++) {
		unsigned int n = 0;

		while (first + n < 8 && !address[2 * (first + n)] &&
		       !address[2 * (first + n) + 1])
			n++;
		if (n > len) {
			len = n;
			from = first;
		}
	}
	text[0] = '\0';
	for (unsigned int i = 0; i < 8; i++) {
		if (i == from)
			strcat(text, "::");
		if (i >= from && i < from + len)
			continue;
		sprintf(text + strlen(text), "%s%x",
			i == 0 || i == from + len ? "" : ":",
			address[2 * i] << 8 | address[2 * i + 1]);
	}
}

static void test_ipv6_random(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		uint8_t address[16], back[16];
		char wanted[64];

		for (unsigned int k = 0; k < 16; k++)
			address[k] = (uint8_t)next_random(&seed);
		/* Zero groups after a mask, so that every pattern comes. */
		for (unsigned int k = 0; k < 8; k++) {
			if (i >> k & 1)
				address[2 * k] = address[2 * k + 1] = 0;
		}
		plain_ipv6(address, wanted);
		assert_string_equal(ipv6(address), wanted);
		assert_int_equal(inet_pton(AF_INET6, result, back), 1);
		assert_memory_equal(address, back, 16);
	}
}

/* --- durations --- */

static int parse_duration(const char *text, int64_t *ret_ms)
{
	uint8_t *copy = block(text, strlen(text));
	int r;

	*ret_ms = 77;
	r = text_parse_duration((struct span){ copy, strlen(text) }, ret_ms);
	free(copy);
	return r;
}

static void test_parse_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 },
		{ "0ms", 0 },
		{ "1", 1000 },
		{ "1.5", 1500 },
		{ "300ms", 300 },
		{ "2s", 2000 },
		{ "1.5s", 1500 },
		{ "0.001", 1 },
		{ "0.0009", 0 },
		{ "0.05s", 50 },
		{ "1.000", 1000 },
		{ "1.9ms", 1 },
		{ "3m", 180000 },
		{ "0.5m", 30000 },
		{ "2h", 7200000 },
		{ "1.25h", 4500000 },
		{ "007", 7000 },
		{ "1.99999999999999999999999999999s", 1999 },
		{ "720h", 2592000000 },
		{ "43200m", 2592000000 },
		{ "2592000", 2592000000 },
		{ "2592000.0", 2592000000 },
		{ "2591999.999", 2591999999 },
		{ "2592000000ms", 2592000000 },
	};
	static const char *const bad[] = {
		"",
		".",
		".5",
		"1.",
		"1.s",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1 s",
		"s",
		"ms",
		"1S",
		"1MS",
		"1d",
		"1mss",
		"1sm",
		"1.5.5",
		"1,5",
		"1e3",
		"0x10",
		"1s1",
		"1s\n",
		"inf",
		"nan",
		"721h",
		"43201m",
		"2592001",
		"2592000001ms",
		"99999999999999999999",
		"18446744073709551616",
		"18446744073709551615",
		"9223372036854775807h",
		"99999999999999999999.5ms",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_duration(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse_duration(bad[i], &ms), -EBADMSG);
		assert_int_equal(ms, 77);
	}
	assert_int_equal(text_parse_duration((struct span){ NULL, 0 }, &ms),
			 -EBADMSG);
	assert_int_equal(
		text_parse_duration((struct span){ (const uint8_t *)"1\0", 2 },
				    &ms),
		-EBADMSG);
}

/* 30 days are the limit of the whole, not of what stands before the point. */
static void test_parse_duration_fraction_over_the_limit(void **state)
{
	static const char *const bad[] = { "2592000.5", "2592000.001s",
					   "43200.5m", "720.999999h" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse_duration(bad[i], &ms), -EBADMSG);
		assert_int_equal(ms, 77);
	}
}

static const char *duration(int64_t ms)
{
	struct writer writer;

	writer_init(&writer, result, sizeof(result));
	text_put_duration(&writer, ms);
	return text_end(&writer);
}

static void test_put_duration(void **state)
{
	(void)state;
	assert_string_equal(duration(0), "0ms");
	assert_string_equal(duration(1), "1ms");
	assert_string_equal(duration(999), "999ms");
	assert_string_equal(duration(1000), "1s");
	assert_string_equal(duration(1001), "1.001s");
	assert_string_equal(duration(1010), "1.01s");
	assert_string_equal(duration(1100), "1.1s");
	assert_string_equal(duration(59999), "59.999s");
	assert_string_equal(duration(60000), "60s");
	assert_string_equal(duration(-1), "-1ms");
	assert_string_equal(duration(-1500), "-1.5s");
	assert_string_equal(duration(INT64_MAX), "9223372036854775.807s");
	assert_string_equal(duration(INT64_MIN), "-9223372036854775.808s");
}

static void test_duration_is_equal_when_read_back(void **state)
{
	int64_t back;

	(void)state;
	for (int64_t ms = 0; ms <= 2592000000; ms += 1 + ms / 1000) {
		assert_int_equal(parse_duration(duration(ms), &back), 0);
		assert_int_equal(back, ms);
	}
}

/* --- foreign text --- */

static size_t encode(uint32_t c, uint8_t *bytes)
{
	if (c < 0x80) {
		bytes[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		bytes[0] = (uint8_t)(0xc0 | c >> 6);
		bytes[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		bytes[0] = (uint8_t)(0xe0 | c >> 12);
		bytes[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		bytes[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	bytes[0] = (uint8_t)(0xf0 | c >> 18);
	bytes[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	bytes[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	bytes[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* All BYTES as \xNN. */
static void escape(const uint8_t *bytes, size_t len, char *text)
{
	text[0] = '\0';
	for (size_t i = 0; i < len; i++)
		sprintf(text + 4 * i, "\\x%02x", bytes[i]);
}

/* What must not reach a terminal: Unicode's Cc, Zl and Zp, its Cf without the
 * signs that are shown (U+0600 and the like), and the non-characters at the
 * end of each plane. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
	{ 0x061c, 0x061c },   { 0x180e, 0x180e },   { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x2064 },   { 0x2066, 0x206f },
	{ 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },   { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 },
	{ 0xe0020, 0xe007f },
};

/* What has to stay readable. */
static const struct {
	uint32_t first, last;
} readable[] = {
	{ 0x0020, 0x005b },   { 0x005d, 0x007e },   { 0x00a1, 0x00ac },
	{ 0x00ae, 0x05ff },   { 0x0620, 0x06dc },   { 0x1e00, 0x1fff },
	{ 0x2010, 0x2027 },   { 0x2030, 0x205e },   { 0x20a0, 0x2bff },
	{ 0x3040, 0xa4cf },   { 0xac00, 0xd7a3 },   { 0xff01, 0xffee },
	{ 0x1d100, 0x1d172 }, { 0x1f300, 0x1f9ff }, { 0x20000, 0x2fffd },
};

static void test_escaped_unsafe_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unsafe); i++) {
		for (uint32_t c = unsafe[i].first; c <= unsafe[i].last; c++) {
			uint8_t bytes[4];
			size_t len = encode(c, bytes);
			char wanted[17];

			escape(bytes, len, wanted);
			assert_string_equal(put(text_put_escaped, bytes, len),
					    wanted);
		}
	}
	for (uint32_t plane = 0; plane <= 0x10; plane++) {
		for (uint32_t c = 0xfffe; c <= 0xffff; c++) {
			uint8_t bytes[4];
			size_t len = encode(plane << 16 | c, bytes);
			char wanted[17];

			escape(bytes, len, wanted);
			assert_string_equal(put(text_put_escaped, bytes, len),
					    wanted);
		}
	}
}

static void test_escaped_readable_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(readable); i++) {
		for (uint32_t c = readable[i].first; c <= readable[i].last;
		     c++) {
			uint8_t bytes[4];
			size_t len = encode(c, bytes);
			const char *text = put(text_put_escaped, bytes, len);

			assert_int_equal(strlen(text), len);
			assert_memory_equal(text, bytes, len);
			text = put(text_put_json, bytes, len);
			if (c != '"') {
				assert_int_equal(strlen(text), len);
				assert_memory_equal(text, bytes, len);
			}
		}
	}
	assert_string_equal(put(text_put_escaped, "\\", 1), "\\\\");
	assert_string_equal(put(text_put_escaped, "\\x1b", 4), "\\\\x1b");
	assert_string_equal(put(text_put_escaped, "", 0), "");
	assert_string_equal(put(text_put_escaped, "a\0b", 3), "a\\x00b");
}

/* Unicode's table 3-7 of well-formed sequences, by first and second byte. */
static size_t well_formed(const uint8_t *bytes, size_t len)
{
	static const struct {
		uint8_t first[2], second[2];
		size_t len;
	} rows[] = {
		{ { 0xc2, 0xdf }, { 0x80, 0xbf }, 2 },
		{ { 0xe0, 0xe0 }, { 0xa0, 0xbf }, 3 },
		{ { 0xe1, 0xec }, { 0x80, 0xbf }, 3 },
		{ { 0xed, 0xed }, { 0x80, 0x9f }, 3 },
		{ { 0xee, 0xef }, { 0x80, 0xbf }, 3 },
		{ { 0xf0, 0xf0 }, { 0x90, 0xbf }, 4 },
		{ { 0xf1, 0xf3 }, { 0x80, 0xbf }, 4 },
		{ { 0xf4, 0xf4 }, { 0x80, 0x8f }, 4 },
	};

	if (bytes[0] < 0x80)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (bytes[0] < rows[i].first[0] || bytes[0] > rows[i].first[1])
			continue;
		if (len < rows[i].len || bytes[1] < rows[i].second[0] ||
		    bytes[1] > rows[i].second[1])
			return 0;
		for (size_t k = 2; k < rows[i].len; k++) {
			if (bytes[k] < 0x80 || bytes[k] > 0xbf)
				return 0;
		}
		return rows[i].len;
	}
	return 0;
}

/* Every first byte with every class of continuation byte, whole and cut:
 * overlong forms, surrogates, what is over U+10FFFF, stray bytes. */
static void test_escaped_ill_formed(void **state)
{
	static const uint8_t next[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
					0x9f, 0xa0, 0xbf, 0xc0, 0xff };
	const size_t n = ARRAY_SIZE(next);

	(void)state;
	for (unsigned int first = 0x80; first < 0x100; first++) {
		for (size_t i = 0; i < n * n * n; i++) {
			uint8_t bytes[4] = { (uint8_t)first, next[i % n],
					     next[i / n % n], next[i / n / n] };
			size_t len = 1 + i % 4;
			char wanted[5];
			const char *text;

			if (well_formed(bytes, len) > 0)
				continue;
			escape(bytes, 1, wanted);
			text = put(text_put_escaped, bytes, len);
			assert_memory_equal(text, wanted, 4);
			sprintf(wanted, "%04x", first);
			text = put(text_put_json, bytes, len);
			assert_memory_equal(text, "\\u", 2);
			assert_memory_equal(text + 2, wanted, 4);
		}
	}
}

static void test_escaped_named_cases(void **state)
{
	(void)state;
	/* Overlong NUL, slash and ESC. */
	assert_string_equal(put(text_put_escaped, "\xc0\x80", 2), "\\xc0\\x80");
	assert_string_equal(put(text_put_escaped, "\xe0\x80\xaf", 3),
			    "\\xe0\\x80\\xaf");
	assert_string_equal(put(text_put_escaped, "\xc0\x9b[2J", 5),
			    "\\xc0\\x9b[2J");
	/* Surrogates, as CESU-8 has them. */
	assert_string_equal(put(text_put_escaped, "\xed\xa0\x80", 3),
			    "\\xed\\xa0\\x80");
	/* CSI as C1, in UTF-8 and as a byte. */
	assert_string_equal(put(text_put_escaped,
				"\xc2\x9b"
				"2J",
				4),
			    "\\xc2\\x9b2J");
	assert_string_equal(put(text_put_escaped,
				"\x9b"
				"2J",
				3),
			    "\\x9b2J");
	/* Right-to-left override. */
	assert_string_equal(put(text_put_escaped,
				"a\xe2\x80\xae"
				"gpj",
				7),
			    "a\\xe2\\x80\\xaegpj");
	/* A character that the end cuts off, between whole ones. */
	assert_string_equal(put(text_put_escaped, "\xc3\xa9\xe2\x82", 4),
			    "\xc3\xa9\\xe2\\x82");
	/* U+110000. */
	assert_string_equal(put(text_put_escaped, "\xf4\x90\x80\x80", 4),
			    "\\xf4\\x90\\x80\\x80");
}

static void test_json(void **state)
{
	(void)state;
	assert_string_equal(put(text_put_json, "a\"b\\c/", 6), "a\\\"b\\\\c/");
	assert_string_equal(put(text_put_json, "\0\n\x1b\x7f", 4),
			    "\\u0000\\u000a\\u001b\\u007f");
	assert_string_equal(put(text_put_json, "\xff\xc2\x9b", 3),
			    "\\u00ff\\u009b");
	assert_string_equal(put(text_put_json, "\xe2\x80\xa8", 3), "\\u2028");
	/* Over U+FFFF: a surrogate pair. */
	assert_string_equal(put(text_put_json, "\xf3\xa0\x80\x81", 4),
			    "\\udb40\\udc01");
	assert_string_equal(put(text_put_json, "\xf4\x8f\xbf\xbf", 4),
			    "\\udbff\\udfff");
	assert_string_equal(put(text_put_json, "\xf0\x9f\x98\x80", 4),
			    "\xf0\x9f\x98\x80");
}

static void test_d42_shell_word(void **state)
{
	(void)state;
	assert_string_equal(put(text_put_shell, "", 0), "''");
	assert_string_equal(put(text_put_shell, "a b", 3), "'a b'");
	assert_string_equal(put(text_put_shell, "$(x)`y`\"\\\n", 10),
			    "'$(x)`y`\"\\\n'");
	assert_string_equal(put(text_put_shell, "it's", 4), "'it'\\''s'");
	assert_string_equal(put(text_put_shell, "''", 2), "''\\'''\\'''");
}

/* --- ends and copies --- */

static void test_end(void **state)
{
	uint8_t *buffer = block("xxxx", 4);
	struct writer writer;

	(void)state;
	writer_init(&writer, buffer, 0);
	assert_string_equal(text_end(&writer), "");
	assert_int_equal(buffer[0], 'x');
	writer_init(&writer, buffer, 1);
	assert_string_equal(text_end(&writer), "");
	writer_init(&writer, buffer, 4);
	text_put(&writer, "abc");
	assert_string_equal(text_end(&writer), "abc");
	assert_int_equal(writer_len(&writer), 3);
	/* Again, and on: the terminator does not count. */
	assert_string_equal(text_end(&writer), "abc");
	text_put(&writer, "d");
	assert_false(writer_failed(&writer));
	assert_memory_equal(buffer, "abcd", 4);
	assert_string_equal(text_end(&writer), "abc");
	/* What did not fit is not there; what did is. */
	writer_init(&writer, buffer, 4);
	text_put(&writer, "ab");
	text_put(&writer, "cde");
	assert_true(writer_failed(&writer));
	assert_string_equal(text_end(&writer), "ab");
	free(buffer);
}

static void test_copy(void **state)
{
	struct span abc = { block("abc", 3), 3 };
	uint8_t *exact = block("xxxx", 4);
	char dest[8] = "old";

	(void)state;
	assert_int_equal(text_copy((char *)exact, 4, abc), 0);
	assert_memory_equal(exact, "abc", 4);
	assert_int_equal(text_copy(dest, 3, abc), -ENOBUFS);
	assert_int_equal(text_copy(dest, 0, abc), -ENOBUFS);
	assert_int_equal(text_copy(dest, 0, (struct span){ NULL, 0 }),
			 -ENOBUFS);
	assert_int_equal(
		text_copy(dest, 8, (struct span){ (const uint8_t *)"a\0b", 3 }),
		-EBADMSG);
	assert_string_equal(dest, "old");
	assert_int_equal(text_copy(dest, 1, (struct span){ NULL, 0 }), 0);
	assert_string_equal(dest, "");
	free((void *)(uintptr_t)abc.data);
	free(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_parse_u64),
		cmocka_unit_test(test_parse_u64_limits),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_ipv4_is_equal_when_read_back),
		cmocka_unit_test(test_parse_ipv4),
		cmocka_unit_test(test_parse_bytes),
		cmocka_unit_test(test_ipv6_rfc5952),
		cmocka_unit_test(test_ipv6_random),
		cmocka_unit_test(test_parse_duration),
		cmocka_unit_test(test_parse_duration_fraction_over_the_limit),
		cmocka_unit_test(test_put_duration),
		cmocka_unit_test(test_duration_is_equal_when_read_back),
		cmocka_unit_test(test_escaped_unsafe_characters),
		cmocka_unit_test(test_escaped_readable_characters),
		cmocka_unit_test(test_escaped_ill_formed),
		cmocka_unit_test(test_escaped_named_cases),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_d42_shell_word),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
