/* See manifest.h: JSON byte by byte, RFC 8259. */
#include <string.h>

#include "base/text.h"
#include "discover/manifest_part.h"

/* RFC 8259 §6, after each of its parts. */
enum number {
	NUMBER_MINUS,
	NUMBER_ZERO, /* nothing but a point or an exponent follows */
	NUMBER_INTEGER,
	NUMBER_POINT,
	NUMBER_FRACTION,
	NUMBER_E,
	NUMBER_SIGN,
	NUMBER_EXPONENT,
};

bool manifest_in_object(const struct manifest *manifest)
{
	return manifest->depth > 0 &&
	       (manifest->objects >> (manifest->depth - 1) & 1);
}

static void refuse(struct manifest *manifest)
{
	manifest->state = MANIFEST_REFUSED;
}

static void put_word(struct manifest *manifest, uint8_t byte)
{
	if (manifest->word_len < sizeof(manifest->word))
		manifest->word[manifest->word_len] = (char)byte;
	/* It is enough to know that it was too long. */
	if (manifest->word_len <= sizeof(manifest->word))
		manifest->word_len++;
}

/* What comes after a value. */
static void end_value(struct manifest *manifest)
{
	manifest->state = manifest->depth > 0 ? MANIFEST_MORE : MANIFEST_WHOLE;
}

static void open_level(struct manifest *manifest, bool is_object)
{
	if (is_object)
		manifest_take_object(manifest);
	if (manifest->depth == MANIFEST_DEPTH_MAX) {
		refuse(manifest);
		return;
	}
	manifest->objects &= ~((uint32_t)1 << manifest->depth);
	manifest->objects |= (uint32_t)is_object << manifest->depth;
	manifest->depth++;
	manifest->state = MANIFEST_FIRST;
}

static void close_level(struct manifest *manifest)
{
	manifest->depth--;
	end_value(manifest);
}

static void begin_string(struct manifest *manifest, bool is_key)
{
	manifest->is_key = is_key;
	manifest->word_len = 0;
	manifest->state = MANIFEST_STRING;
}

static void begin_literal(struct manifest *manifest, const char *rest)
{
	manifest->literal = rest;
	manifest->state = MANIFEST_LITERAL;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static void begin_number(struct manifest *manifest, uint8_t byte)
{
	if (byte != '-' && !is_digit(byte)) {
		refuse(manifest);
		return;
	}
	manifest->number = byte == '-' ? NUMBER_MINUS :
			   byte == '0' ? NUMBER_ZERO :
					 NUMBER_INTEGER;
	manifest->word_len = 0;
	put_word(manifest, byte);
	manifest->state = MANIFEST_NUMBER;
}

static void begin_value(struct manifest *manifest, uint8_t byte)
{
	/* A manifest is an object, and nothing else is worth reading. */
	if (manifest->depth == 0 && byte != '{') {
		refuse(manifest);
		return;
	}
	switch (byte) {
	case '{':
	case '[':
		open_level(manifest, byte == '{');
		break;
	case '"':
		begin_string(manifest, false);
		break;
	case 't':
		begin_literal(manifest, "rue");
		break;
	case 'f':
		begin_literal(manifest, "alse");
		break;
	case 'n':
		begin_literal(manifest, "ull");
		break;
	default:
		begin_number(manifest, byte);
		break;
	}
}

static void read_more(struct manifest *manifest, uint8_t byte)
{
	bool is_object = manifest_in_object(manifest);

	if (byte == ',')
		manifest->state = is_object ? MANIFEST_KEY : MANIFEST_VALUE;
	else if (byte == (is_object ? '}' : ']'))
		close_level(manifest);
	else
		refuse(manifest);
}

static void read_first(struct manifest *manifest, uint8_t byte)
{
	bool is_object = manifest_in_object(manifest);

	if (byte == (is_object ? '}' : ']'))
		close_level(manifest);
	else if (!is_object)
		begin_value(manifest, byte);
	else if (byte == '"')
		begin_string(manifest, true);
	else
		refuse(manifest);
}

/* The part that BYTE begins or goes on with; -1 when it does neither. */
static int next_part(enum number part, uint8_t byte)
{
	bool is_e = (byte | 0x20) == 'e';

	switch (part) {
	case NUMBER_MINUS:
		if (byte == '0')
			return NUMBER_ZERO;
		return is_digit(byte) ? NUMBER_INTEGER : -1;
	case NUMBER_INTEGER:
		if (is_digit(byte))
			return NUMBER_INTEGER;
		FALLTHROUGH;
	case NUMBER_ZERO:
		if (byte == '.')
			return NUMBER_POINT;
		return is_e ? NUMBER_E : -1;
	case NUMBER_POINT:
		return is_digit(byte) ? NUMBER_FRACTION : -1;
	case NUMBER_FRACTION:
		if (is_digit(byte))
			return NUMBER_FRACTION;
		return is_e ? NUMBER_E : -1;
	case NUMBER_E:
		if (byte == '+' || byte == '-')
			return NUMBER_SIGN;
		FALLTHROUGH;
	case NUMBER_SIGN:
	case NUMBER_EXPONENT:
		return is_digit(byte) ? NUMBER_EXPONENT : -1;
	}
	return -1;
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* A number ends with whatever comes after it. */
static void read_number(struct manifest *manifest, uint8_t byte)
{
	enum number part = (enum number)manifest->number;
	int next = next_part(part, byte);

	if (next >= 0) {
		manifest->number = (uint8_t)next;
		put_word(manifest, byte);
		return;
	}
	if (part != NUMBER_ZERO && part != NUMBER_INTEGER &&
	    part != NUMBER_FRACTION && part != NUMBER_EXPONENT) {
		refuse(manifest);
		return;
	}
	end_value(manifest);
	manifest_take_number(manifest);
	if (manifest->state == MANIFEST_MORE && !is_blank(byte))
		read_more(manifest, byte);
}

static void read_literal(struct manifest *manifest, uint8_t byte)
{
	if (byte != (uint8_t)*manifest->literal)
		refuse(manifest);
	else if (*++manifest->literal == '\0')
		end_value(manifest);
}

static void end_string(struct manifest *manifest)
{
	if (manifest->is_key) {
		manifest->state = MANIFEST_COLON;
		manifest_take_key(manifest);
	} else {
		end_value(manifest);
		manifest_take_string(manifest);
	}
}

/* The first byte of a character of several: RFC 3629 §4. */
static void begin_char(struct manifest *manifest, uint8_t byte)
{
	manifest->utf8_least = 0x80;
	manifest->utf8_most = 0xbf;
	if (byte >= 0xc2 && byte <= 0xdf)
		manifest->utf8_left = 1;
	else if (byte >= 0xe0 && byte <= 0xef)
		manifest->utf8_left = 2;
	else if (byte >= 0xf0 && byte <= 0xf4)
		manifest->utf8_left = 3;
	else
		refuse(manifest);
	/* No overlong form, no half of a pair, nothing over U+10FFFF. */
	if (byte == 0xe0)
		manifest->utf8_least = 0xa0;
	else if (byte == 0xed)
		manifest->utf8_most = 0x9f;
	else if (byte == 0xf0)
		manifest->utf8_least = 0x90;
	else if (byte == 0xf4)
		manifest->utf8_most = 0x8f;
}

static void read_string(struct manifest *manifest, uint8_t byte)
{
	if (manifest->utf8_left > 0) {
		if (byte < manifest->utf8_least || byte > manifest->utf8_most) {
			refuse(manifest);
			return;
		}
		manifest->utf8_left--;
		manifest->utf8_least = 0x80;
		manifest->utf8_most = 0xbf;
		put_word(manifest, byte);
	} else if (byte == '"') {
		end_string(manifest);
	} else if (byte == '\\') {
		manifest->state = MANIFEST_ESCAPE;
	} else if (byte < 0x20) {
		refuse(manifest);
	} else {
		put_word(manifest, byte);
		if (byte >= 0x80)
			begin_char(manifest, byte);
	}
}

static void begin_hex(struct manifest *manifest, bool is_second)
{
	manifest->hex_left = 4;
	manifest->unit = 0;
	manifest->is_second = is_second;
	manifest->state = MANIFEST_HEX;
}

static void read_escape(struct manifest *manifest, uint8_t byte)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *letter = byte ? strchr(letters, byte) : NULL;

	if (byte == 'u') {
		begin_hex(manifest, false);
		return;
	}
	if (!letter) {
		refuse(manifest);
		return;
	}
	put_word(manifest, (uint8_t)bytes[letter - letters]);
	manifest->state = MANIFEST_STRING;
}

/* Keys and words of ours are ASCII: any other character just differs. */
static void put_unit(struct manifest *manifest)
{
	put_word(manifest,
		 manifest->unit < 0x80 ? (uint8_t)manifest->unit : 0x80);
	manifest->state = MANIFEST_STRING;
}

static void end_hex(struct manifest *manifest)
{
	bool is_high = manifest->unit >= 0xd800 && manifest->unit <= 0xdbff;
	bool is_low = manifest->unit >= 0xdc00 && manifest->unit <= 0xdfff;

	if (manifest->is_second != is_low)
		refuse(manifest);
	else if (is_high)
		manifest->state = MANIFEST_PAIR;
	else
		put_unit(manifest);
}

static void read_hex(struct manifest *manifest, uint8_t byte)
{
	int digit = text_hex_digit(byte);

	if (digit < 0) {
		refuse(manifest);
		return;
	}
	manifest->unit = manifest->unit << 4 | (uint32_t)digit;
	if (--manifest->hex_left == 0)
		end_hex(manifest);
}

static void expect(struct manifest *manifest, uint8_t byte, uint8_t expected,
		   enum manifest_state next)
{
	manifest->state = byte == expected ? next : MANIFEST_REFUSED;
}

static void read_byte(struct manifest *manifest, uint8_t byte)
{
	switch (manifest->state) {
	case MANIFEST_VALUE:
		if (!is_blank(byte))
			begin_value(manifest, byte);
		break;
	case MANIFEST_FIRST:
		if (!is_blank(byte))
			read_first(manifest, byte);
		break;
	case MANIFEST_KEY:
		if (byte == '"')
			begin_string(manifest, true);
		else if (!is_blank(byte))
			refuse(manifest);
		break;
	case MANIFEST_COLON:
		if (!is_blank(byte))
			expect(manifest, byte, ':', MANIFEST_VALUE);
		break;
	case MANIFEST_MORE:
		if (!is_blank(byte))
			read_more(manifest, byte);
		break;
	case MANIFEST_STRING:
		read_string(manifest, byte);
		break;
	case MANIFEST_ESCAPE:
		read_escape(manifest, byte);
		break;
	case MANIFEST_HEX:
		read_hex(manifest, byte);
		break;
	case MANIFEST_PAIR:
		expect(manifest, byte, '\\', MANIFEST_PAIR_U);
		break;
	case MANIFEST_PAIR_U:
		if (byte == 'u')
			begin_hex(manifest, true);
		else
			refuse(manifest);
		break;
	case MANIFEST_NUMBER:
		read_number(manifest, byte);
		break;
	case MANIFEST_LITERAL:
		read_literal(manifest, byte);
		break;
	case MANIFEST_WHOLE:
		if (!is_blank(byte))
			refuse(manifest);
		break;
	case MANIFEST_REFUSED:
		break;
	}
}

bool manifest_read(struct manifest *manifest, struct span bytes)
{
	if (bytes.len > MANIFEST_SIZE_MAX - manifest->len) {
		refuse(manifest);
		return false;
	}
	manifest->len += bytes.len;
	for (size_t i = 0; i < bytes.len; i++)
		read_byte(manifest, bytes.data[i]);
	return manifest->state != MANIFEST_REFUSED;
}
