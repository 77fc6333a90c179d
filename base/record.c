/* See record.h. */
#include "base/record.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static bool is_plain(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') ||
	       (byte != 0 && strchr("./:,@_+-", byte));
}

static bool is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i];

		if (!((byte >= 'a' && byte <= 'z') ||
		      (byte >= '0' && byte <= '9') || byte == '-'))
			return false;
	}
	return name.len > 0;
}

void record_begin(struct writer *writer, const char *event)
{
	text_put(writer, event);
}

void record_put(struct writer *writer, const char *key, struct span value)
{
	writer_u8(writer, ' ');
	text_put(writer, key);
	writer_u8(writer, '=');
	for (size_t i = 0; i < value.len; i++) {
		if (is_plain(value.data[i])) {
			writer_u8(writer, value.data[i]);
		} else {
			writer_u8(writer, '%');
			text_put_hex(writer, value.data[i], 2);
		}
	}
}

void record_put_u64(struct writer *writer, const char *key, uint64_t value)
{
	writer_u8(writer, ' ');
	text_put(writer, key);
	writer_u8(writer, '=');
	text_put_u64(writer, value);
}

void record_put_ipv4(struct writer *writer, const char *key, uint32_t address)
{
	writer_u8(writer, ' ');
	text_put(writer, key);
	writer_u8(writer, '=');
	text_put_ipv4(writer, address);
}

void record_end(struct writer *writer)
{
	writer_u8(writer, '\n');
}

int record_parse(struct span line, struct record *ret_record)
{
	struct record record = { .n_fields = 0 };
	struct reader reader;

	if (line.len > RECORD_LINE_MAX)
		return -EBADMSG;
	reader_from_span(&reader, line);
	record.event = reader_until(&reader, ' ');
	if (!is_name(record.event))
		return -EBADMSG;
	while (reader_left(&reader) > 0) {
		struct span word = reader_until(&reader, ' ');
		struct reader field;
		struct span key;

		reader_from_span(&field, word);
		key = reader_until(&field, '=');
		if (!is_name(key) || key.len == word.len)
			return -EBADMSG;
		if (record.n_fields == RECORD_FIELDS_MAX)
			return -ENOBUFS;
		record.fields[record.n_fields].key = key;
		record.fields[record.n_fields].value = reader_rest(&field);
		record.n_fields++;
	}
	*ret_record = record;
	return 0;
}

static int hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return -1;
}

int record_get(const struct record *record, const char *key, char *buffer,
	       size_t size)
{
	struct span value = { NULL, 0 };
	struct reader reader;
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < record->n_fields; i++) {
		if (span_is(record->fields[i].key, key))
			break;
	}
	if (i == record->n_fields)
		return -ENOENT;
	value = record->fields[i].value;
	reader_from_span(&reader, value);
	while (reader_left(&reader) > 0) {
		uint8_t byte = reader_u8(&reader);

		if (byte == '%') {
			int high = hex_value(reader_u8(&reader));
			int low = hex_value(reader_u8(&reader));

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return -EBADMSG;
			byte = (uint8_t)(high << 4 | low);
		} else if (!is_plain(byte)) {
			return -EBADMSG;
		}
		if (len + 1 >= size)
			return -ENOBUFS;
		buffer[len++] = (char)byte;
	}
	if (size == 0)
		return -ENOBUFS;
	buffer[len] = '\0';
	return 0;
}

int record_get_u64(const struct record *record, const char *key, uint64_t max,
		   uint64_t *ret_value)
{
	char text[24];
	int r;

	r = record_get(record, key, text, sizeof(text));
	if (r < 0)
		return r == -ENOENT ? r : -EBADMSG;
	return text_parse_u64(span_of(text), max, ret_value);
}

int record_get_ipv4(const struct record *record, const char *key,
		    uint32_t *ret_address)
{
	char text[TEXT_IPV4_MAX];
	int r;

	r = record_get(record, key, text, sizeof(text));
	if (r < 0)
		return r == -ENOENT ? r : -EBADMSG;
	return text_parse_ipv4(span_of(text), ret_address);
}
