/* base/json.c: what is written, and what a strict reader takes and refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/text.h"

static void test_write(void **state UNUSED)
{
	char buffer[512];
	struct writer writer;
	struct json json;

	writer_init(&writer, buffer, sizeof(buffer));
	json_begin(&json, &writer);
	json_open(&json, '{');
	json_put(&json, "text",
		 span_of("a \"b\" \\ \n\x7f\xc2\x9b\xff\xc3\xa9"));
	json_put_i64(&json, "least", INT64_MIN);
	json_put_i64(&json, "most", INT64_MAX);
	json_put_bool(&json, "yes", true);
	json_key(&json, span_of("list"));
	json_open(&json, '[');
	json_i64(&json, 0);
	json_open(&json, '{');
	json_close(&json, '}');
	json_null(&json);
	json_string(&json, span_of(""));
	json_bool(&json, false);
	json_close(&json, ']');
	json_key(&json, span_of("k\ty"));
	json_null(&json);
	json_close(&json, '}');
	assert_string_equal(
		text_end(&writer),
		"{\"text\":\"a \\\"b\\\" \\\\ \\u000a\\u007f\\u009b\\u00ff\xc3\xa9\","
		"\"least\":-9223372036854775808,"
		"\"most\":9223372036854775807,\"yes\":true,"
		"\"list\":[0,{},null,\"\",false],\"k\\u0009y\":null}");
}

static void test_writer_without_room(void **state UNUSED)
{
	const char *whole = "{\"a\":\"b\"}";
	struct writer writer;
	struct json json;

	for (size_t size = 0; size <= strlen(whole); size++) {
		char *buffer = malloc(size > 0 ? size : 1);

		assert_non_null(buffer);
		writer_init(&writer, buffer, size);
		json_begin(&json, &writer);
		json_open(&json, '{');
		json_put(&json, "a", span_of("b"));
		json_close(&json, '}');
		assert_int_equal(writer_failed(&writer), size < strlen(whole));
		free(buffer);
	}
}

/* The text in a block of exactly its size. */
static uint8_t *block;

static struct span exactly(const char *text, size_t len)
{
	free(block);
	block = malloc(len > 0 ? len : 1);
	assert_non_null(block);
	memcpy(block, text, len);
	return (struct span){ block, len };
}

static int teardown(void **state UNUSED)
{
	free(block);
	block = NULL;
	return 0;
}

/* The types of all tokens, a letter each; '!' where it fails. */
static const char *tokens_of(const char *text, size_t len)
{
	static const char letters[] = {
		[JSON_END] = '.',    [JSON_OBJECT] = '{',
		[JSON_ARRAY] = '[',  [JSON_OBJECT_END] = '}',
		[JSON_KEY] = 'k',    [JSON_ARRAY_END] = ']',
		[JSON_STRING] = 's', [JSON_NUMBER] = '1',
		[JSON_TRUE] = 't',   [JSON_FALSE] = 'f',
		[JSON_NULL] = 'n',
	};
	static char types[256];
	struct json_reader reader;
	struct json_token token;
	size_t n = 0;

	json_reader_init(&reader, exactly(text, len));
	do {
		assert_true(n < sizeof(types) - 1);
		if (json_next(&reader, &token) < 0) {
			types[n++] = '!';
			assert_int_equal(json_next(&reader, &token), -EBADMSG);
			assert_int_equal(json_next(&reader, &token), -EBADMSG);
			break;
		}
		types[n++] = letters[token.type];
	} while (token.type != JSON_END);
	types[n] = '\0';
	return types;
}

static void test_tokens(void **state UNUSED)
{
	static const struct {
		const char *text, *types;
	} cases[] = {
		{ "null", "n." },
		{ " true ", "t." },
		{ "false\n", "f." },
		{ "\"\"", "s." },
		{ "-0", "1." },
		{ "[]", "[]." },
		{ "{}", "{}." },
		{ "[[],{}]", "[[]{}]." },
		{ "\t[ 1 , \"a\" , null ]\r\n", "[1sn]." },
		{ "{\"a\":1,\"b\":{\"c\":[true]}}", "{k1k{k[t]}}." },
		{ "{ \"a\" : { } , \"a\" : [ ] }", "{k{}k[]}." },
		{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
		  "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]." },
		{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[!" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", "s." },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(
			tokens_of(cases[i].text, strlen(cases[i].text)),
			cases[i].types);
}

static void test_refused(void **state UNUSED)
{
	static const struct {
		const char *text, *types;
	} cases[] = {
		{ "", "!" },
		{ " ", "!" },
		{ "1 2", "1!" },
		{ "{}}", "{}!" },
		{ "nul", "!" },
		{ "nulll", "n!" },
		{ "True", "!" },
		{ "[1,]", "[1!" },
		{ "[,1]", "[!" },
		{ "[1 2]", "[1!" },
		{ "[1}", "[1!" },
		{ "[1", "[1!" },
		{ "{\"a\"}", "{!" },
		{ "{\"a\" 1}", "{!" },
		{ "{\"a\":}", "{k!" },
		{ "{\"a\":1,}", "{k1!" },
		{ "{,}", "{!" },
		{ "{1:2}", "{!" },
		{ "{\"a\":1]", "{k1!" },
		{ "]", "!" },
		{ "01", "!" },
		{ "-01", "!" },
		{ "-", "!" },
		{ "+1", "!" },
		{ "1.5", "!" },
		{ "1.0", "!" },
		{ "1e3", "!" },
		{ "1E3", "!" },
		{ ".5", "!" },
		{ "0x10", "1!" },
		{ "9223372036854775808", "!" },
		{ "-9223372036854775809", "!" },
		{ "\"a", "!" },
		{ "\"a\\\"", "!" },
		{ "'a'", "!" },
		{ "\"\\x41\"", "!" },
		{ "\"\\u12\"", "!" },
		{ "\"\\u12g4\"", "!" },
		{ "\"\\ud800\"", "!" },
		{ "\"\\ud800\\u0041\"", "!" },
		{ "\"\\udc00\"", "!" },
		{ "\"a\nb\"", "!" },
		{ "\"\xff\"", "!" },
		{ "\"\xc0\x80\"", "!" },
		{ "\"\xed\xa0\x80\"", "!" },
		{ "// a\n1", "!" },
		{ "\xef\xbb\xbf{}", "!" },
		{ "\v1", "!" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(
			tokens_of(cases[i].text, strlen(cases[i].text)),
			cases[i].types);
	assert_string_equal(tokens_of("1\0", 2), "1!");
	assert_string_equal(tokens_of("\"\0\"", 3), "!");
}

static void expect_number(const char *text, int64_t number)
{
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, exactly(text, strlen(text)));
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_NUMBER);
	assert_true(token.number == number);
}

static void test_numbers(void **state UNUSED)
{
	expect_number("0", 0);
	expect_number("-0", 0);
	expect_number("-1", -1);
	expect_number("42", 42);
	expect_number("9223372036854775807", INT64_MAX);
	expect_number("-9223372036854775808", INT64_MIN);
}

static void test_strings(void **state UNUSED)
{
	const char *text = "\"a\\u0000b\\\\\\/\\u00E9\\ud83d\\ude00\xc3\xa9\"";
	struct json_reader reader;
	struct json_token token;
	struct writer writer;
	char buffer[32];

	json_reader_init(&reader, exactly(text, strlen(text)));
	assert_int_equal(json_next(&reader, &token), 0);
	writer_init(&writer, buffer, sizeof(buffer));
	json_decode(&writer, token.text);
	assert_int_equal(writer_len(&writer), 13);
	assert_memory_equal(buffer, "a\0b\\/\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9",
			    13);
	assert_int_equal(json_copy(buffer, sizeof(buffer), token.text),
			 -EBADMSG);
	json_reader_init(&reader, exactly("\"\\u0061\\u0062c\"", 15));
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(json_copy(buffer, 3, token.text), -ENOBUFS);
	assert_int_equal(json_copy(buffer, 0, token.text), -ENOBUFS);
	assert_int_equal(json_copy(buffer, 4, token.text), 0);
	assert_string_equal(buffer, "abc");
	assert_true(json_is(token.text, "abc"));
	assert_false(json_is(token.text, "ab"));
	assert_false(json_is(token.text, "abcd"));
}

static void test_skip(void **state UNUSED)
{
	const char *text = "{\"a\":{\"b\":[1,{}]},\"c\":[[2],3],\"d\":4}";
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, exactly(text, strlen(text)));
	assert_int_equal(json_next(&reader, &token), 0);
	/* After a key, */
	assert_int_equal(json_next(&reader, &token), 0);
	assert_true(json_is(token.text, "a"));
	assert_int_equal(json_skip(&reader, token), 0);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_true(json_is(token.text, "c"));
	/* after a bracket, */
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_ARRAY);
	assert_int_equal(json_skip(&reader, token), 0);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_true(json_is(token.text, "d"));
	/* after a value. */
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(json_skip(&reader, token), 0);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_OBJECT_END);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_END);
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(token.type, JSON_END);
	json_reader_init(&reader, exactly("[[1", 3));
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(json_skip(&reader, token), -EBADMSG);
}

/* What is written is read back, whatever the bytes. */
static void test_there_and_back(void **state UNUSED)
{
	char buffer[4096], back[1024];
	uint8_t bytes[256];
	struct json_reader reader;
	struct json_token token;
	struct writer writer;
	struct json json;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	bytes[255] = 'x';
	writer_init(&writer, buffer, sizeof(buffer));
	json_begin(&json, &writer);
	json_string(&json, (struct span){ bytes, sizeof(bytes) });
	json_reader_init(&reader, writer_span(&writer));
	assert_int_equal(json_next(&reader, &token), 0);
	assert_int_equal(json_copy(back, sizeof(back), token.text), 0);
	/* ASCII is as it was, the rest as Latin-1. */
	assert_int_equal(strlen(back), 127 + 2 * 128 + 1);
	assert_memory_equal(back, bytes, 127);
	assert_memory_equal(back + 127, "\xc2\x80\xc2\x81", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_writer_without_room),
		cmocka_unit_test_teardown(test_tokens, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_numbers, teardown),
		cmocka_unit_test_teardown(test_strings, teardown),
		cmocka_unit_test_teardown(test_skip, teardown),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
