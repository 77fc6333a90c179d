/* base/json.c: the input is a text. What reads is written and read again, and
 * has the same tokens; and it may be skipped from anywhere. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct span decoded(struct span text, void *room, size_t size)
{
	struct writer writer;

	/* An escape is never shorter than what it stands for. */
	writer_init(&writer, room, size);
	json_decode(&writer, text);
	check(!writer_failed(&writer));
	return writer_span(&writer);
}

static void write_token(struct json *json, struct json_token token, void *room,
			size_t size)
{
	switch (token.type) {
	case JSON_END:
		break;
	case JSON_OBJECT:
		json_open(json, '{');
		break;
	case JSON_OBJECT_END:
		json_close(json, '}');
		break;
	case JSON_ARRAY:
		json_open(json, '[');
		break;
	case JSON_ARRAY_END:
		json_close(json, ']');
		break;
	case JSON_KEY:
		json_key(json, decoded(token.text, room, size));
		break;
	case JSON_STRING:
		json_string(json, decoded(token.text, room, size));
		break;
	case JSON_NUMBER:
		json_i64(json, token.number);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(json, token.type == JSON_TRUE);
		break;
	case JSON_NULL:
		json_null(json);
		break;
	}
}

/* Whether all of it was read. */
static bool copy(struct span text, struct json *json, void *room)
{
	struct json_reader reader, other;
	struct json_token token;

	json_reader_init(&reader, text);
	do {
		if (json_next(&reader, &token) < 0) {
			check(json_next(&reader, &token) < 0);
			return false;
		}
		check(reader.depth <= JSON_DEPTH_MAX);
		write_token(json, token, room, text.len);
		other = reader;
		if (json_skip(&other, token) == 0)
			check(other.depth <= reader.depth);
	} while (token.type != JSON_END);
	return true;
}

static void compare(struct span a, struct span b, char *room, size_t size)
{
	struct json_reader one, two;
	struct json_token token, same;

	json_reader_init(&one, a);
	json_reader_init(&two, b);
	do {
		struct span text;

		check(json_next(&one, &token) == 0);
		check(json_next(&two, &same) == 0);
		check(token.type == same.type && token.number == same.number);
		text = decoded(token.text, room, size);
		check(span_equal(text, decoded(same.text, room + size, size)));
	} while (token.type != JSON_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A control may be a byte in and six out; nothing grows after that. */
	size_t most = 6 * size + 64;
	struct span text = { data, size };
	char *room = malloc(2 * most);
	uint8_t *written = malloc(most);
	struct writer writer;
	struct json json;

	check(room && written);
	writer_init(&writer, written, most);
	json_begin(&json, &writer);
	if (copy(text, &json, room)) {
		check(!writer_failed(&writer));
		compare(text, writer_span(&writer), room, most);
	}
	free(room);
	free(written);
	return 0;
}
