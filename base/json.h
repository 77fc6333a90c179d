/*
 * JSON (RFC 8259): written value by value, and read as a stream of tokens.
 * No heap, no tree.
 *
 * Writing: commas and colons come by themselves; that brackets match and an
 * object's values have keys is the caller's part.
 *
 *	json_begin(&json, &writer);
 *	json_open(&json, '{');
 *	json_put_i64(&json, "port", 8080);
 *	json_close(&json, '}');
 *
 * WRITER may be emptied between values, so a text can be larger than any
 * buffer. What the strings hold is escaped by text_put_json().
 *
 * Reading is strict: what RFC 8259 does not allow ends it, and so do a depth
 * over JSON_DEPTH_MAX, a number that is no int64_t (fractions and exponents
 * included), text that is not UTF-8, and an escape of half a surrogate pair.
 * Keys that occur twice are not noticed: that is up to who reads the object.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct writer *writer;
	bool comma; /* before the next key or value */
};

void json_begin(struct json *json, struct writer *writer);

/* BRACKET is '{' or '['; '}' or ']'. */
void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);

/* A key, whose value comes next. */
void json_key(struct json *json, struct span key);

/* Values, in an array or after json_key(). */
void json_string(struct json *json, struct span value);
void json_i64(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);

/* A key and its value. */
void json_put(struct json *json, const char *key, struct span value);
void json_put_i64(struct json *json, const char *key, int64_t value);
void json_put_bool(struct json *json, const char *key, bool value);

enum json_type {
	JSON_END, /* the text is over, and was whole */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY, /* its value comes next */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_token {
	enum json_type type;
	struct span text; /* of KEY and STRING: between the quotes, encoded */
	int64_t number;
};

struct json_reader {
	struct reader reader;
	unsigned int depth;
	uint32_t objects; /* a bit for each level: it is an object */
	enum json_reader_state {
		JSON_WANTS_VALUE,
		JSON_WANTS_FIRST, /* of an array or object, or its end */
		JSON_WANTS_MORE,  /* a comma or an end */
		JSON_FAILED,
	} state;
};

void json_reader_init(struct json_reader *reader, struct span text);

/* The next token. -EBADMSG when the text is not as above, then and for ever
 * after. */
MUST_CHECK int json_next(struct json_reader *reader,
			 struct json_token *ret_token);

/* After OBJECT or ARRAY: reads on past its end. After any other value, does
 * nothing. After KEY: past its value. -EBADMSG. */
MUST_CHECK int json_skip(struct json_reader *reader, struct json_token token);

/* The text of KEY or STRING decoded into WRITER, which fails when it has no
 * room. */
void json_decode(struct writer *writer, struct span text);

/* The same as a terminated string; -ENOBUFS when it does not fit, -EBADMSG
 * when it holds a NUL. BUFFER's contents are then undefined. */
MUST_CHECK int json_copy(char *buffer, size_t size, struct span text);

/* Whether KEY or STRING TEXT decodes to WORD, of 63 characters at most. */
bool json_is(struct span text, const char *word);
