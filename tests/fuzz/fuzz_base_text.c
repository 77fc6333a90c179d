/*
 * base/text.c: the input is foreign text. What is made of it is safe, and
 * says again what went in; what parses comes out equal when it is put.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct span put(void (*function)(struct writer *writer,
					struct span bytes),
		       struct span bytes, uint8_t *buffer, size_t room)
{
	struct writer writer;

	writer_init(&writer, buffer, room);
	function(&writer, bytes);
	check(!writer_failed(&writer));
	return writer_span(&writer);
}

static uint8_t hex(uint8_t byte)
{
	check((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'));
	return byte <= '9' ? (uint8_t)(byte - '0') : (uint8_t)(byte - 'a' + 10);
}

/* No control, no C1 (0xc2 0x80 to 0x9f), no U+2028 to U+202E. */
static void check_safe(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t *c = text.data + i;
		size_t left = text.len - i;

		check(c[0] >= 0x20 && c[0] != 0x7f);
		if (c[0] < 0xc0)
			continue;
		check(left >= 2 && c[1] >= 0x80 && c[1] < 0xc0);
		check(c[0] != 0xc2 || c[1] >= 0xa0);
		if (c[0] == 0xe2 && c[1] == 0x80)
			check(left >= 3 && (c[2] < 0xa8 || c[2] > 0xae));
	}
}

static void check_escaped(struct span bytes, struct span text)
{
	struct reader reader;

	check_safe(text);
	reader_from_span(&reader, text);
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t byte = reader_u8(&reader);

		if (byte == '\\') {
			byte = reader_u8(&reader);
			check(byte == '\\' || byte == 'x');
			if (byte == 'x') {
				uint8_t high = hex(reader_u8(&reader));

				byte = (uint8_t)(high << 4 |
						 hex(reader_u8(&reader)));
			}
		}
		check(byte == bytes.data[i]);
	}
	check(reader_left(&reader) == 0 && !reader_failed(&reader));
}

static void check_json(struct span text)
{
	struct reader reader;

	check_safe(text);
	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		uint8_t byte = reader_u8(&reader);

		check(byte != '"');
		if (byte != '\\')
			continue;
		byte = reader_u8(&reader);
		check(byte == '\\' || byte == '"' || byte == 'u');
		for (int i = 0; byte == 'u' && i < 4; i++)
			hex(reader_u8(&reader));
	}
	check(!reader_failed(&reader));
}

/* As a shell reads it: one word, nothing in it but what went in. */
static void check_shell(struct span bytes, struct span text)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];

		if (byte == '\'') {
			quoted = !quoted;
			continue;
		}
		if (!quoted) {
			check(byte == '\\' && i + 1 < text.len &&
			      text.data[i + 1] == '\'');
			byte = text.data[++i];
		}
		check(n < bytes.len && bytes.data[n] == byte);
		n++;
	}
	check(!quoted && n == bytes.len);
}

static void check_numbers(struct span text)
{
	char buffer[64];
	struct writer writer;
	uint64_t number, number_back;
	uint32_t address, address_back;
	int64_t ms, ms_back;

	if (text_parse_u64(text, UINT64_MAX, &number) == 0) {
		writer_init(&writer, buffer, sizeof(buffer));
		text_put_u64(&writer, number);
		check(text_parse_u64(writer_span(&writer), number,
				     &number_back) == 0);
		check(number == number_back);
		if (number > 0)
			check(text_parse_u64(text, number - 1, &number_back) <
			      0);
	}
	if (text_parse_duration(text, &ms) == 0) {
		check(ms >= 0 && ms <= 2592000000);
		writer_init(&writer, buffer, sizeof(buffer));
		text_put_duration(&writer, ms);
		check(text_parse_duration(writer_span(&writer), &ms_back) == 0);
		check(ms == ms_back);
	}
	if (text_parse_ipv4(text, &address) == 0) {
		writer_init(&writer, buffer, TEXT_IPV4_MAX - 1);
		text_put_ipv4(&writer, address);
		check(span_equal(text, writer_span(&writer)));
		check(text_parse_ipv4(writer_span(&writer), &address_back) ==
		      0);
		check(address == address_back);
	}
	if (text.len >= 16) {
		writer_init(&writer, buffer, TEXT_IPV6_MAX - 1);
		text_put_ipv6(&writer, text.data);
		check(!writer_failed(&writer));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { data, size };
	size_t room = 6 * size + 2;
	uint8_t *buffer = malloc(room);
	char *copy = malloc(size + 1);

	check(buffer != NULL && copy != NULL);
	check_escaped(bytes, put(text_put_escaped, bytes, buffer, room));
	check_json(put(text_put_json, bytes, buffer, room));
	check_shell(bytes, put(text_put_shell, bytes, buffer, room));
	check_numbers(bytes);
	check(text_copy(copy, size, bytes) < 0);
	if (text_copy(copy, size + 1, bytes) == 0)
		check(span_is(bytes, copy));
	else
		check(memchr(data, 0, size) != NULL);
	free(copy);
	free(buffer);
	return 0;
}
