/* base/record.c: the lines in which children report, and hostile ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/record.h"
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

/* The record of TEXT and of every beginning of it; each in a block of its
 * own, so that a read past the end is seen. */
static int parse(const char *text)
{
	int r = 0;

	for (size_t len = 0; len <= strlen(text); len++) {
		uint8_t *copy = block(text, len);
		struct record record;

		r = record_parse((struct span){ copy, len }, &record);
		if (r == 0) {
			char value[16];

			(void)!record_get(&record, "a", value, sizeof(value));
		}
		free(copy);
	}
	return r;
}

static int get(const char *text, const char *key, char *value, size_t size)
{
	uint8_t *copy = block(text, strlen(text));
	struct record record;
	int r;

	assert_int_equal(
		record_parse((struct span){ copy, strlen(text) }, &record), 0);
	r = record_get(&record, key, value, size);
	free(copy);
	return r;
}

static void test_lines_that_are_records(void **state)
{
	(void)state;
	assert_int_equal(parse("done"), 0);
	assert_int_equal(parse("done found=3"), 0);
	assert_int_equal(parse("lease interface=eth0 address=10.0.2.15"), 0);
	assert_int_equal(parse("a-b-9 c-8=x"), 0);
	assert_int_equal(parse("x a="), 0);
	assert_int_equal(parse("x a=b=c"), 0);
	assert_int_equal(parse("x a==="), 0);
}

static void test_lines_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",	   " ",	    " a=b",    "Event",	    "event!",
		"=",	   "a=b",   "x =b",    "x a",	    "x  a=b",
		"x a=b  ", "x A=b", "x a_b=c", "x a\t=c",   "x\ta=b",
		"x a=b c", "x\n",   "\x1b[2J", "x\xc3\xa9", "x %61=b",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse(bad[i]), -EBADMSG);
}

static void test_values(void **state)
{
	char value[8];

	(void)state;
	assert_int_equal(get("x a=b%20c", "a", value, 8), 0);
	assert_string_equal(value, "b c");
	assert_int_equal(get("x a=%ff%0a%25", "a", value, 8), 0);
	assert_string_equal(value, "\xff\n%");
	assert_int_equal(get("x a=", "a", value, 1), 0);
	assert_string_equal(value, "");
	assert_int_equal(get("x a=./:,@_", "a", value, 8), 0);
	assert_string_equal(value, "./:,@_");
	assert_int_equal(get("x a=+-", "a", value, 8), 0);
	/* The first of equal keys counts. */
	assert_int_equal(get("x a=1 b=2 a=3", "a", value, 8), 0);
	assert_string_equal(value, "1");
	assert_int_equal(get("x a=1", "b", value, 8), -ENOENT);
	assert_int_equal(get("x", "a", value, 8), -ENOENT);
	assert_int_equal(get("x ab=1", "a", value, 8), -ENOENT);
	assert_int_equal(get("x a=1", "ab", value, 8), -ENOENT);
}

static void test_values_that_are_malformed(void **state)
{
	static const char *const bad[] = {
		"x a=%",     "x a=%4",	 "x a=%4 b=1", "x a=%gg",  "x a=%0G",
		"x a=%00",   "x a=b%00", "x a=%AB",    "x a=%%",   "x a=b%",
		"x a=\"b\"", "x a=\x1b", "x a=\xff",   "x a=b=c",  "x a=b\t",
		"x a=\n",    "x a=~",	 "x a=(",      "x a=\x7f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char value[8];

		assert_int_equal(get(bad[i], "a", value, sizeof(value)),
				 -EBADMSG);
	}
}

static void test_value_in_a_buffer_of_its_size(void **state)
{
	uint8_t *buffer = block("", 1);
	char *value;

	(void)state;
	assert_int_equal(get("x a=", "a", (char *)buffer, 0), -ENOBUFS);
	assert_int_equal(get("x a=b", "a", (char *)buffer, 0), -ENOBUFS);
	assert_int_equal(get("x a=b", "a", (char *)buffer, 1), -ENOBUFS);
	free(buffer);
	for (size_t size = 1; size <= 5; size++) {
		value = (char *)block("....", size);
		assert_int_equal(get("x a=b%20c", "a", value, size),
				 size >= 4 ? 0 : -ENOBUFS);
		free(value);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *line;
		int r;
		uint64_t value;
	} cases[] = {
		{ "x a=0", 0, 0 },
		{ "x a=100", 0, 100 },
		{ "x a=101", -EBADMSG, 0 },
		{ "x a=", -EBADMSG, 0 },
		{ "x a=-1", -EBADMSG, 0 },
		{ "x a=1%30", 0, 10 },
		{ "x a=1%20", -EBADMSG, 0 },
		{ "x a=00000000000000000000007", 0, 7 },
		{ "x a=000000000000000000000007", -EBADMSG, 0 },
		{ "x a=99999999999999999999", -EBADMSG, 0 },
		{ "x a=18446744073709551617", -EBADMSG, 0 },
		{ "x b=1", -ENOENT, 0 },
		{ "x", -ENOENT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record record;
		uint64_t value = 77;

		assert_int_equal(record_parse(span_of(cases[i].line), &record),
				 0);
		assert_int_equal(record_get_u64(&record, "a", 100, &value),
				 cases[i].r);
		assert_int_equal(value, cases[i].r ? 77 : cases[i].value);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *line;
		int r;
	} cases[] = {
		{ "x a=10.0.2.15", 0 },
		{ "x a=255.255.255.255", 0 },
		{ "x a=255.255.255.2555", -EBADMSG },
		{ "x a=10.0.2", -EBADMSG },
		{ "x a=", -EBADMSG },
		{ "x a=fe80::1", -EBADMSG },
		{ "x", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record record;
		uint32_t address = 77;

		assert_int_equal(record_parse(span_of(cases[i].line), &record),
				 0);
		assert_int_equal(record_get_ipv4(&record, "a", &address),
				 cases[i].r);
		if (cases[i].r < 0)
			assert_int_equal(address, 77);
	}
}

static void test_capacities(void **state)
{
	char line[RECORD_LINE_MAX + 2];
	struct record record;
	struct writer writer;

	(void)state;
	for (unsigned int n = 0; n <= RECORD_FIELDS_MAX + 1; n++) {
		writer_init(&writer, line, sizeof(line));
		record_begin(&writer, "x");
		for (unsigned int i = 0; i < n; i++)
			record_put_u64(&writer, "k", i);
		record.n_fields = 77;
		assert_int_equal(record_parse(writer_span(&writer), &record),
				 n <= RECORD_FIELDS_MAX ? 0 : -ENOBUFS);
		/* Left alone when it fails. */
		assert_int_equal(record.n_fields,
				 n <= RECORD_FIELDS_MAX ? n : 77);
	}
	memset(line, 'x', sizeof(line));
	for (size_t len = RECORD_LINE_MAX - 1; len <= RECORD_LINE_MAX + 1;
	     len++) {
		uint8_t *copy = block(line, len);

		assert_int_equal(
			record_parse((struct span){ copy, len }, &record),
			len <= RECORD_LINE_MAX ? 0 : -EBADMSG);
		free(copy);
	}
}

/* All that can be in a value comes out as it was, and the line in between is
 * plain ASCII whatever it was. */
static void test_encoded_and_decoded_is_equal(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = next_random(&seed) % 40;
		uint64_t number = next_random(&seed), back_number;
		uint32_t address = (uint32_t)next_random(&seed), back_address;
		char text[64], back[64], line[512];
		struct record record;
		struct writer writer;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + next_random(&seed) % 255);
		text[len] = '\0';
		writer_init(&writer, line, sizeof(line));
		record_begin(&writer, "event");
		record_put(&writer, "text", span_of(text));
		record_put_u64(&writer, "number", number);
		record_put_ipv4(&writer, "address", address);
		record_end(&writer);
		assert_false(writer_failed(&writer));
		for (size_t i = 0; i + 1 < writer_len(&writer); i++)
			assert_in_range(line[i], ' ', '~');
		assert_int_equal(line[writer_len(&writer) - 1], '\n');

		assert_int_equal(
			record_parse((struct span){ (uint8_t *)line,
						    writer_len(&writer) - 1 },
				     &record),
			0);
		assert_true(span_is(record.event, "event"));
		assert_int_equal(record.n_fields, 3);
		assert_int_equal(record_get(&record, "text", back, len + 1), 0);
		assert_string_equal(back, text);
		assert_int_equal(record_get_u64(&record, "number", UINT64_MAX,
						&back_number),
				 0);
		assert_true(back_number == number);
		assert_int_equal(
			record_get_ipv4(&record, "address", &back_address), 0);
		assert_int_equal(back_address, address);
	}
}

static void test_put_does_not_fit(void **state)
{
	static const char wanted[] = "x a=%1b%1b n=42 i=1.2.3.4\n";

	(void)state;
	for (size_t size = 0; size < sizeof(wanted); size++) {
		uint8_t *buffer = block(wanted, size);
		struct writer writer;

		writer_init(&writer, buffer, size);
		record_begin(&writer, "x");
		record_put(&writer, "a", span_of("\x1b\x1b"));
		record_put_u64(&writer, "n", 42);
		record_put_ipv4(&writer, "i", 0x01020304);
		record_end(&writer);
		assert_int_equal(writer_failed(&writer),
				 size < sizeof(wanted) - 1);
		free(buffer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_are_records),
		cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_that_are_malformed),
		cmocka_unit_test(test_value_in_a_buffer_of_its_size),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_capacities),
		cmocka_unit_test(test_encoded_and_decoded_is_equal),
		cmocka_unit_test(test_put_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
