/* discover/manifest.c and manifest_scan.c: what is one, and what it says. */
#include <errno.h>
#include <stdio.h>

#include "discover/manifest.h"
#include "tests/unit/test_discover_packet.h"

#define FORM_A(signatures)                                                     \
	"{\"arch\":\"arm64\",\"artifacts\":{\"kernel\":{\"arch\":\"x\","       \
	"\"size_bytes\":11}},\"channel\":\"stable\","                          \
	"\"manifest_version\":1,\"signatures\":" signatures                    \
	",\"version\":\"0.1.0\"}"
#define FORM_C(rest)                                                           \
	"{\"payload\":{\"version\":\"7\",\"arch\":\"x86_64\","                 \
	"\"channel\":\"testing\",\"x\":{\"arch\":\"y\"}},"                     \
	"\"schema_version\":1" rest "}"

static struct manifest manifest;

/* All of it in pieces of STEP bytes, each in a block of its size. */
static int read_in(const char *text, size_t len, size_t step)
{
	manifest_init(&manifest);
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		uint8_t *block = malloc(n);

		assert_non_null(block);
		memcpy(block, text + at, n);
		(void)manifest_read(&manifest, (struct span){ block, n });
		free(block);
	}
	return manifest_end(&manifest);
}

/* However it is cut, it is the same. */
static void expect(const char *text, int expected)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len; step++) {
		if (read_in(text, len, step) != expected)
			fail_msg("state %d, step %zu: %s", manifest.state, step,
				 text);
	}
}

static void test_form_a(void **state)
{
	(void)state;
	expect(FORM_A("[]"), 0);
	assert_int_equal(manifest.form, MANIFEST_FORM_A);
	assert_false(manifest.is_signed);
	assert_string_equal(manifest.version, "0.1.0");
	assert_string_equal(manifest.arch, "arm64");
	assert_string_equal(manifest.channel, "stable");
	expect(FORM_A("[{\"algorithm\":\"ed25519\",\"signature\":\"00\"}]"), 0);
	assert_true(manifest.is_signed);
	/* What is no list of objects is no signature. */
	expect(FORM_A("[1,[{}],\"x\"]"), 0);
	assert_false(manifest.is_signed);
	expect(FORM_A("{\"a\":{}}"), 0);
	assert_false(manifest.is_signed);
	expect(FORM_A("\"x\""), 0);
	assert_false(manifest.is_signed);
	/* The other form's does not count here. */
	expect("{\"manifest_version\":1,\"signature\":\"00\"}", 0);
	assert_false(manifest.is_signed);
	/* One of an artifact is not the manifest's. */
	expect("{\"manifest_version\":1,\"a\":{\"signatures\":[{}]}}", 0);
	assert_false(manifest.is_signed);
}

static void test_form_c(void **state)
{
	(void)state;
	expect(FORM_C(",\"signature\":\"00\",\"signer_pubkey\":\"11\""), 0);
	assert_int_equal(manifest.form, MANIFEST_FORM_C);
	assert_true(manifest.is_signed);
	assert_string_equal(manifest.version, "7");
	assert_string_equal(manifest.arch, "x86_64");
	assert_string_equal(manifest.channel, "testing");
	expect(FORM_C(",\"signature\":\"\""), 0);
	assert_false(manifest.is_signed);
	expect(FORM_C(",\"signature\":null"), 0);
	assert_false(manifest.is_signed);
	expect(FORM_C(",\"signature\":[\"00\"]"), 0);
	assert_false(manifest.is_signed);
	expect(FORM_C(",\"signatures\":[{}]"), 0);
	assert_false(manifest.is_signed);
	expect(FORM_C(""), 0);
	assert_false(manifest.is_signed);
	/* A payload of another kind has no words. */
	expect("{\"schema_version\":1,\"payload\":[{\"arch\":\"x\"}]}", 0);
	assert_string_equal(manifest.arch, "");
}

static void test_not_a_manifest(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"1",
		"[]",
		"\"x\"",
		"null",
		"<html>",
		"{}",
		"{\"version\":\"1\"}",
		"{\"manifest_version\":2}",
		"{\"manifest_version\":10}",
		"{\"manifest_version\":1.0}",
		"{\"manifest_version\":\"1\"}",
		"{\"manifest_version\":[1]}",
		"{\"a\":{\"manifest_version\":1}}",
		"{\"manifest_version\":1,\"schema_version\":1}",
		/* Two readers, two meanings. */
		"{\"manifest_version\":1,\"manifest_version\":1}",
		"{\"manifest_version\":1,\"signatures\":[],\"signatures\":[{}]}",
		"{\"manifest_version\":1,\"arch\":\"a\",\"\\u0061rch\":\"b\"}",
		"{\"schema_version\":1,\"payload\":{\"arch\":\"a\",\"arch\":\"b\"}}",
		"{\"schema_version\":1,\"payload\":{},\"payload\":{}}",
		/* Not whole, or with something after it. */
		"{\"manifest_version\":1",
		"{\"manifest_version\":1}x",
		"{\"manifest_version\":1}{}",
		"{\"manifest_version\":1,}",
		"{,\"manifest_version\":1}",
		"{\"manifest_version\" 1}",
		"{\"manifest_version\"::1}",
		"{\"manifest_version\":1 \"a\":1}",
		"{\"manifest_version\":1,2}",
		"{manifest_version:1}",
		"{'manifest_version':1}",
		"\xef\xbb\xbf{\"manifest_version\":1}",
	};

	(void)state;
	assert_int_equal(read_in("", 0, 1), -EBADMSG);
	/* Said at once. */
	manifest_init(&manifest);
	assert_false(manifest_read(&manifest, span_of("[")));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect(bad[i], -EBADMSG);
}

/* VALUE as that of a key that nobody asks for. */
static void expect_inner(const char *value, int expected)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"manifest_version\":1,\"x\":%s}",
		 value);
	expect(text, expected);
	snprintf(text, sizeof(text),
		 " {\n\"manifest_version\" :\t1 , \"x\": [0, %s\r]}", value);
	expect(text, expected);
}

static void test_values(void **state)
{
	static const char *const good[] = {
		"0",
		"-0",
		"10",
		"-12",
		"0.5",
		"-1.25e10",
		"1E+2",
		"1e-2",
		"0e0",
		"true",
		"false",
		"null",
		"[]",
		"{}",
		"[ ]",
		"{ }",
		"[1,2]",
		"[[],{}]",
		"{\"a\":1,\"b\":[{}]}",
		"\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u00e9\\uD83D\\uDe00\"",
		"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\x7f\"",
		"\"\xee\x80\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf\"",
		"\"\xe0\xa0\x80\xf0\x90\x80\x80\"",
	};
	static const char *const bad[] = {
		"",
		"00",
		"01",
		"-",
		"+1",
		".5",
		"1.",
		"1.e1",
		"1e",
		"1e+",
		"-a",
		"0x1",
		"1 2",
		"NaN",
		"tru",
		"trux",
		"True",
		"nul",
		"falsE",
		"[",
		"]",
		"}",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{1:2}",
		"[}",
		"{]",
		"\"",
		"\"\\x\"",
		"\"\\u12g4\"",
		"\"\\u123\"",
		"\"\\ud83d\"",
		"\"\\ud83dx\"",
		"\"\\ud83d\\n\"",
		"\"\\ud83d\\u0041\"",
		"\"\\udc00\"",
		"\"\n\"",
		"\"\x1f\"",
		"\"\x80\"",
		"\"\xc0\x80\"",
		"\"\xc1\xbf\"",
		"\"\xc3\"",
		"\"\xc3(\"",
		"\"\xe0\x9f\xbf\"",
		"\"\xed\xa0\x80\"",
		"\"\xf0\x8f\xbf\xbf\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\xf5\x80\"",
		"\"\xe2\x82\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		expect_inner(good[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_inner(bad[i], -EBADMSG);
	/* A NUL is no blank, and not the end of a text. */
	assert_int_equal(read_in("{\"manifest_version\":1}\0", 23, 1),
			 -EBADMSG);
	assert_int_equal(read_in("{\"manifest_version\":1,\"\\\0\":1}", 29, 1),
			 -EBADMSG);
}

static void test_words(void **state)
{
	(void)state;
	/* Keys and words are what they say, not how they are written. */
	expect("{\"manifest\\u005Fversion\":1,\"\\u0061rch\":\"a\\u0072m\\/64\"}",
	       0);
	assert_string_equal(manifest.arch, "arm/64");
	/* What is not for eyes, or has no room, is left out. */
	expect("{\"manifest_version\":1,\"arch\":\"a\\u001b\",\"version\":"
	       "\"\xc3\xa9\",\"channel\":\"\\u00e9\"}",
	       0);
	assert_string_equal(manifest.arch, "");
	assert_string_equal(manifest.version, "");
	assert_string_equal(manifest.channel, "");
	expect("{\"manifest_version\":1,\"version\":"
	       "\"0123456789012345678901234567890\",\"channel\":"
	       "\"01234567890123456789012345678901\",\"arch\":1}",
	       0);
	assert_string_equal(manifest.version,
			    "0123456789012345678901234567890");
	assert_string_equal(manifest.channel, "");
	assert_string_equal(manifest.arch, "");
	/* Longer than any key of ours, and one that begins like one. */
	expect("{\"manifest_version\":1,\"signatures_and_many_more_of_this_\":1,"
	       "\"arch\\u0000\":\"x\"}",
	       0);
	assert_string_equal(manifest.arch, "");
}

static void test_bounds(void **state)
{
	static char text[MANIFEST_SIZE_MAX + 1];
	size_t len;

	(void)state;
	for (unsigned int depth = 30; depth < 34; depth++) {
		len = (size_t)snprintf(text, sizeof(text),
				       "{\"manifest_version\":1,\"x\":");
		memset(text + len, '[', depth);
		memset(text + len + depth, ']', depth);
		len += 2 * depth;
		text[len++] = '}';
		assert_int_equal(read_in(text, len, 7),
				 depth + 1 <= MANIFEST_DEPTH_MAX ? 0 :
								   -EBADMSG);
	}
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"manifest_version\":1}", 22);
	assert_int_equal(read_in(text, MANIFEST_SIZE_MAX, 4096), 0);
	assert_int_equal(read_in(text, MANIFEST_SIZE_MAX + 1, 4096), -EBADMSG);
	/* Refused for good. */
	assert_false(manifest_read(&manifest, (struct span){ NULL, 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form_a),
		cmocka_unit_test(test_form_c),
		cmocka_unit_test(test_not_a_manifest),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
