/* See json.h. */
#include "base/json.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* Writing. */

void json_begin(struct json *json, struct writer *writer)
{
	json->writer = writer;
	json->comma = false;
}

/* What comes before a key or value; COMMA is whether one follows it. */
static void separate(struct json *json, bool comma)
{
	if (json->comma)
		writer_u8(json->writer, ',');
	json->comma = comma;
}

void json_open(struct json *json, char bracket)
{
	separate(json, false);
	writer_u8(json->writer, (uint8_t)bracket);
}

void json_close(struct json *json, char bracket)
{
	writer_u8(json->writer, (uint8_t)bracket);
	json->comma = true;
}

static void put_quoted(struct writer *writer, struct span text)
{
	writer_u8(writer, '"');
	text_put_json(writer, text);
	writer_u8(writer, '"');
}

void json_key(struct json *json, struct span key)
{
	separate(json, false);
	put_quoted(json->writer, key);
	writer_u8(json->writer, ':');
}

void json_string(struct json *json, struct span value)
{
	separate(json, true);
	put_quoted(json->writer, value);
}

void json_i64(struct json *json, int64_t value)
{
	separate(json, true);
	if (value < 0)
		writer_u8(json->writer, '-');
	text_put_u64(json->writer,
		     value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void put_word(struct json *json, const char *word)
{
	separate(json, true);
	text_put(json->writer, word);
}

void json_bool(struct json *json, bool value)
{
	put_word(json, value ? "true" : "false");
}

void json_null(struct json *json)
{
	put_word(json, "null");
}

void json_put(struct json *json, const char *key, struct span value)
{
	json_key(json, span_of(key));
	json_string(json, value);
}

void json_put_i64(struct json *json, const char *key, int64_t value)
{
	json_key(json, span_of(key));
	json_i64(json, value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	json_key(json, span_of(key));
	json_bool(json, value);
}

/* Reading. */

void json_reader_init(struct json_reader *reader, struct span text)
{
	*reader = (struct json_reader){ .state = JSON_WANTS_VALUE };
	reader_from_span(&reader->reader, text);
}

/* The next byte, which stays; 0 at the end. */
static uint8_t peek(const struct reader *reader)
{
	return reader_left(reader) > 0 ? *reader->pos : 0;
}

static bool take(struct reader *reader, uint8_t byte)
{
	if (reader_left(reader) == 0 || peek(reader) != byte)
		return false;
	reader_skip(reader, 1);
	return true;
}

static void skip_blanks(struct reader *reader)
{
	while (take(reader, ' ') || take(reader, '\n') || take(reader, '\t') ||
	       take(reader, '\r'))
		;
}

/* The four digits of \u. */
static uint32_t read_hex(struct reader *reader)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		uint8_t byte = reader_u8(reader);
		uint8_t lower = byte | 0x20;

		if (byte >= '0' && byte <= '9')
			value = value << 4 | (byte - (uint32_t)'0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (lower - (uint32_t)'a' + 10);
		else
			reader_fail(reader);
	}
	return value;
}

static uint32_t read_escape(struct reader *reader)
{
	uint8_t byte = reader_u8(reader);
	uint32_t c, low;

	switch (byte) {
	case '"':
	case '\\':
	case '/':
		return byte;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		break;
	default:
		reader_fail(reader);
		return 0;
	}
	c = read_hex(reader);
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || reader_u8(reader) != '\\' || reader_u8(reader) != 'u')
		reader_fail(reader);
	low = read_hex(reader);
	if (low < 0xdc00 || low > 0xdfff)
		reader_fail(reader);
	return 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
}

/* One character of a string, decoded. */
static uint32_t read_char(struct reader *reader)
{
	struct span rest = { reader->pos, reader_left(reader) };
	uint32_t c = 0;
	size_t len;

	len = rest.len > 0 ? text_next_char(rest, &c) : 0;
	if (len == 0 || c < 0x20)
		reader_fail(reader);
	reader_skip(reader, len);
	return c == '\\' ? read_escape(reader) : c;
}

static struct span read_string(struct reader *reader)
{
	const uint8_t *start;

	if (!take(reader, '"'))
		reader_fail(reader);
	start = reader->pos;
	while (reader_left(reader) > 0 && peek(reader) != '"')
		read_char(reader);
	if (!take(reader, '"'))
		reader_fail(reader);
	if (reader_failed(reader))
		return (struct span){ NULL, 0 };
	return (struct span){ start, (size_t)(reader->pos - start) - 1 };
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static int64_t read_number(struct reader *reader)
{
	bool negative = take(reader, '-');
	struct span digits = { reader->pos, 0 };
	uint64_t max = INT64_MAX, value = 0;

	while (is_digit(peek(reader))) {
		reader_skip(reader, 1);
		digits.len++;
	}
	if ((digits.len > 1 && digits.data[0] == '0') ||
	    text_parse_u64(digits, max + negative, &value) < 0 ||
	    peek(reader) == '.' || (peek(reader) | 0x20) == 'e')
		reader_fail(reader);
	/* Without the value that has no positive: -2^63. */
	return negative && value > 0 ? -(int64_t)(value - 1) - 1 :
				       (int64_t)value;
}

static void read_word(struct reader *reader, const char *word)
{
	for (; *word; word++) {
		if (!take(reader, (uint8_t)*word))
			reader_fail(reader);
	}
}

static bool in_object(const struct json_reader *json)
{
	return json->depth > 0 && (json->objects >> (json->depth - 1) & 1);
}

static void enter(struct json_reader *json, bool object)
{
	if (json->depth == JSON_DEPTH_MAX) {
		reader_fail(&json->reader);
		return;
	}
	json->objects &= ~(1u << json->depth);
	json->objects |= (uint32_t)object << json->depth;
	json->depth++;
	json->state = JSON_WANTS_FIRST;
}

static void read_value(struct json_reader *json, struct json_token *token)
{
	struct reader *reader = &json->reader;

	json->state = JSON_WANTS_MORE;
	switch (peek(reader)) {
	case '{':
	case '[':
		token->type = peek(reader) == '{' ? JSON_OBJECT : JSON_ARRAY;
		reader_skip(reader, 1);
		enter(json, token->type == JSON_OBJECT);
		break;
	case '"':
		token->type = JSON_STRING;
		token->text = read_string(reader);
		break;
	case 't':
		token->type = JSON_TRUE;
		read_word(reader, "true");
		break;
	case 'f':
		token->type = JSON_FALSE;
		read_word(reader, "false");
		break;
	case 'n':
		token->type = JSON_NULL;
		read_word(reader, "null");
		break;
	default:
		token->type = JSON_NUMBER;
		token->number = read_number(reader);
		break;
	}
}

static void read_key(struct json_reader *json, struct json_token *token)
{
	struct reader *reader = &json->reader;

	token->type = JSON_KEY;
	token->text = read_string(reader);
	skip_blanks(reader);
	if (!take(reader, ':'))
		reader_fail(reader);
	json->state = JSON_WANTS_VALUE;
}

/* The end of what is open, if it is there. */
static bool read_end(struct json_reader *json, struct json_token *token)
{
	bool object = in_object(json);

	if (json->depth == 0 || !take(&json->reader, object ? '}' : ']'))
		return false;
	token->type = object ? JSON_OBJECT_END : JSON_ARRAY_END;
	json->depth--;
	json->state = JSON_WANTS_MORE;
	return true;
}

static void read_token(struct json_reader *json, struct json_token *token)
{
	switch (json->state) {
	case JSON_WANTS_MORE:
		if (json->depth == 0) {
			if (reader_left(&json->reader) > 0)
				reader_fail(&json->reader);
			return; /* JSON_END */
		}
		if (read_end(json, token))
			return;
		if (!take(&json->reader, ','))
			reader_fail(&json->reader);
		skip_blanks(&json->reader);
		break;
	case JSON_WANTS_FIRST:
		if (read_end(json, token))
			return;
		break;
	case JSON_WANTS_VALUE:
		read_value(json, token);
		return;
	case JSON_FAILED:
		reader_fail(&json->reader);
		return;
	}
	if (in_object(json))
		read_key(json, token);
	else
		read_value(json, token);
}

int json_next(struct json_reader *reader, struct json_token *ret_token)
{
	struct json_token token = { .type = JSON_END };

	skip_blanks(&reader->reader);
	read_token(reader, &token);
	if (reader_failed(&reader->reader)) {
		reader->state = JSON_FAILED;
		return -EBADMSG;
	}
	*ret_token = token;
	return 0;
}

int json_skip(struct json_reader *reader, struct json_token token)
{
	unsigned int depth = reader->depth;
	int r = 0;

	if (token.type == JSON_KEY)
		r = json_next(reader, &token);
	else if (token.type == JSON_OBJECT || token.type == JSON_ARRAY)
		depth--;
	while (r == 0 && reader->depth > depth)
		r = json_next(reader, &token);
	return r;
}

void json_decode(struct writer *writer, struct span text)
{
	struct reader reader;

	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		uint32_t c = read_char(&reader);

		if (!reader_failed(&reader))
			text_put_char(writer, c);
	}
}

int json_copy(char *buffer, size_t size, struct span text)
{
	struct writer writer;

	if (size == 0)
		return -ENOBUFS;
	writer_init(&writer, buffer, size - 1);
	json_decode(&writer, text);
	if (writer_failed(&writer))
		return -ENOBUFS;
	if (writer_len(&writer) > 0 && memchr(buffer, 0, writer_len(&writer)))
		return -EBADMSG;
	buffer[writer_len(&writer)] = '\0';
	return 0;
}

bool json_is(struct span text, const char *word)
{
	char buffer[64];

	return json_copy(buffer, sizeof(buffer), text) == 0 &&
	       span_is(span_of(buffer), word);
}
