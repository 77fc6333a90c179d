/* See text.h. */
#include "base/text.h"

#include <errno.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

void text_put(struct writer *writer, const char *string)
{
	writer_bytes(writer, string, strlen(string));
}

void text_put_u64(struct writer *writer, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	writer_bytes(writer, digits + i, sizeof(digits) - i);
}

void text_put_hex(struct writer *writer, uint64_t value, unsigned int digits)
{
	unsigned int needed = 1;

	while (needed < 16 && value >> (4 * needed) != 0)
		needed++;
	while (digits > needed) {
		writer_u8(writer, '0');
		digits--;
	}
	while (needed > 0) {
		needed--;
		writer_u8(writer,
			  (uint8_t)hex_digits[value >> (4 * needed) & 0xf]);
	}
}

void text_put_hex_bytes(struct writer *writer, struct span bytes,
			char separator)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (i > 0 && separator)
			writer_u8(writer, (uint8_t)separator);
		text_put_hex(writer, bytes.data[i], 2);
	}
}

void text_put_ipv4(struct writer *writer, uint32_t address)
{
	for (unsigned int shift = 32; shift > 0; shift -= 8) {
		text_put_u64(writer, address >> (shift - 8) & 0xff);
		if (shift > 8)
			writer_u8(writer, '.');
	}
}

void text_put_ipv6(struct writer *writer, const uint8_t address[16])
{
	unsigned int best = 8, best_len = 1, run = 0;
	unsigned int group[8];

	for (unsigned int i = 0; i < 8; i++)
		group[i] = (unsigned int)address[2 * i] << 8 |
			   address[2 * i + 1];
	/* The longest run of two or more zero groups, the first of equals. */
	for (unsigned int i = 0; i < 8; i++) {
		run = group[i] == 0 ? run + 1 : 0;
		if (run > best_len) {
			best_len = run;
			best = i + 1 - run;
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		if (i == best) {
			text_put(writer, "::");
			i += best_len - 1;
			continue;
		}
		if (i > 0 && i != best + best_len)
			writer_u8(writer, ':');
		text_put_hex(writer, group[i], 1);
	}
}

void text_put_duration(struct writer *writer, int64_t ms)
{
	/* Of the least number there is no negative one. */
	uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;

	if (ms < 0)
		writer_u8(writer, '-');
	if (left < 1000) {
		text_put_u64(writer, left);
		text_put(writer, "ms");
		return;
	}
	text_put_u64(writer, left / 1000);
	left %= 1000;
	if (left > 0) {
		unsigned int digits = 3;

		while (left % 10 == 0) {
			left /= 10;
			digits--;
		}
		writer_u8(writer, '.');
		for (uint64_t unit = digits == 3 ? 100 :
				     digits == 2 ? 10 :
						   1;
		     unit > 0; unit /= 10)
			writer_u8(writer, (uint8_t)('0' + left / unit % 10));
	}
	writer_u8(writer, 's');
}

size_t text_next_char(struct span bytes, uint32_t *ret_char)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = bytes.data[0];
	uint32_t value;
	size_t len;

	if (first < 0x80) {
		*ret_char = first;
		return 1;
	}
	if (first >= 0xc2 && first < 0xe0)
		len = 2;
	else if (first >= 0xe0 && first < 0xf0)
		len = 3;
	else if (first >= 0xf0 && first < 0xf5)
		len = 4;
	else
		return 0;
	if (bytes.len < len)
		return 0;
	value = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((bytes.data[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes.data[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	*ret_char = value;
	return len;
}

void text_put_char(struct writer *writer, uint32_t c)
{
	unsigned int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t first[] = { 0, 0xc0, 0xe0, 0xf0 };

	writer_u8(writer, (uint8_t)(first[more] | c >> (6 * more)));
	while (more-- > 0)
		writer_u8(writer, (uint8_t)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* Whether a terminal may do something else with it than show it. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
	       (c & 0xfffe) == 0xfffe || (c >= 0x13430 && c <= 0x1343f) ||
	       (c >= 0x1bca0 && c <= 0x1bca3) ||
	       (c >= 0x1d173 && c <= 0x1d17a) || (c >= 0xe0000 && c <= 0xe0fff);
}

void text_put_escaped(struct writer *writer, struct span bytes)
{
	while (bytes.len > 0) {
		uint32_t c = 0;
		size_t len = text_next_char(bytes, &c);

		if (c == '\\') {
			text_put(writer, "\\\\");
		} else if (len > 0 && !is_unsafe(c)) {
			writer_bytes(writer, bytes.data, len);
		} else {
			len = len > 0 ? len : 1;
			for (size_t i = 0; i < len; i++) {
				text_put(writer, "\\x");
				text_put_hex(writer, bytes.data[i], 2);
			}
		}
		bytes = span_skip(bytes, len);
	}
}

static void put_json_char(struct writer *writer, uint32_t c)
{
	if (c >= 0x10000) {
		c -= 0x10000;
		put_json_char(writer, 0xd800 | c >> 10);
		c = 0xdc00 | (c & 0x3ff);
	}
	text_put(writer, "\\u");
	text_put_hex(writer, c, 4);
}

void text_put_json(struct writer *writer, struct span bytes)
{
	while (bytes.len > 0) {
		uint32_t c = 0;
		size_t len = text_next_char(bytes, &c);

		if (len == 0) {
			put_json_char(writer, bytes.data[0]);
			len = 1;
		} else if (c == '"' || c == '\\') {
			writer_u8(writer, '\\');
			writer_u8(writer, (uint8_t)c);
		} else if (is_unsafe(c)) {
			put_json_char(writer, c);
		} else {
			writer_bytes(writer, bytes.data, len);
		}
		bytes = span_skip(bytes, len);
	}
}

void text_put_shell(struct writer *writer, struct span bytes)
{
	writer_u8(writer, '\'');
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.data[i] == '\'')
			text_put(writer, "'\\''");
		else
			writer_u8(writer, bytes.data[i]);
	}
	writer_u8(writer, '\'');
}

const char *text_end(struct writer *writer)
{
	if (writer->pos == writer->end && writer->pos > writer->start)
		writer->pos--;
	if (writer->pos == writer->end)
		return "";
	*writer->pos = '\0';
	return (const char *)writer->start;
}

int text_copy(char *dest, size_t size, struct span span)
{
	if (span.len >= size)
		return -ENOBUFS;
	if (span.len > 0 && memchr(span.data, 0, span.len))
		return -EBADMSG;
	if (span.len > 0)
		memcpy(dest, span.data, span.len);
	dest[span.len] = '\0';
	return 0;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

int text_parse_u64(struct span text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.len == 0)
		return -EBADMSG;
	for (size_t i = 0; i < text.len; i++) {
		unsigned int digit = text.data[i] - (unsigned int)'0';

		if (!is_digit(text.data[i]) || value > (max - digit) / 10 ||
		    digit > max)
			return -EBADMSG;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

int text_parse_duration(struct span text, int64_t *ret_ms)
{
	static const struct {
		char name[3];
		uint64_t ms;
	} units[] = {
		{ "", 1000 },	{ "ms", 1 },	  { "s", 1000 },
		{ "m", 60000 }, { "h", 3600000 },
	};
	const uint64_t max_ms = 30ull * 24 * 3600 * 1000;
	uint64_t whole, ms, divisor = 1, fraction = 0;
	struct span digits = text;
	size_t i = 0;

	while (i < text.len && is_digit(text.data[i]))
		i++;
	digits.len = i;
	if (text_parse_u64(digits, max_ms, &whole) < 0)
		return -EBADMSG;
	if (i < text.len && text.data[i] == '.') {
		size_t first = ++i;

		for (; i < text.len && is_digit(text.data[i]); i++) {
			/* Digits below a thousandth of a unit do not count. */
			if (divisor >= 1000000)
				continue;
			fraction = fraction * 10 + (text.data[i] - '0' + 0u);
			divisor *= 10;
		}
		if (i == first)
			return -EBADMSG;
	}
	for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
		if (!span_is(span_skip(text, i), units[u].name))
			continue;
		ms = units[u].ms;
		if (whole > max_ms / ms)
			return -EBADMSG;
		ms = whole * ms + fraction * ms / divisor;
		if (ms > max_ms)
			return -EBADMSG;
		*ret_ms = (int64_t)ms;
		return 0;
	}
	return -EBADMSG;
}

int text_parse_ipv4(struct span text, uint32_t *ret_address)
{
	struct reader reader;
	uint32_t address = 0;

	reader_from_span(&reader, text);
	if (text.len == 0 || text.data[text.len - 1] == '.')
		return -EBADMSG;
	for (unsigned int i = 0; i < 4; i++) {
		struct span octet = reader_until(&reader, '.');
		uint64_t value;

		if (text_parse_u64(octet, 255, &value) < 0 ||
		    (octet.len > 1 && octet.data[0] == '0'))
			return -EBADMSG;
		address = address << 8 | (uint32_t)value;
	}
	if (reader_left(&reader) > 0)
		return -EBADMSG;
	*ret_address = address;
	return 0;
}

int text_hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

int text_parse_ipv6(struct span text, uint8_t ret_address[16])
{
	uint8_t bytes[16] = { 0 };
	size_t n = 0, gap = 17;
	struct reader reader;

	reader_from_span(&reader, text);
	if (span_starts(text, "::")) {
		reader_skip(&reader, 2);
		gap = 0;
	}
	while (reader_left(&reader) > 0) {
		size_t left = reader_left(&reader);
		struct reader ahead = reader;
		struct span group = reader_until(&reader, ':');
		bool more = group.len < left;
		unsigned int value = 0;
		uint32_t ipv4;

		if (group.len == 0) {
			/* The second colon of "::", behind a group. */
			if (gap < 17 || n == 0)
				return -EBADMSG;
			gap = n;
			continue;
		}
		if (!more && n <= 12 &&
		    text_parse_ipv4(reader_rest(&ahead), &ipv4) == 0) {
			for (unsigned int shift = 32; shift > 0; shift -= 8)
				bytes[n++] = (uint8_t)(ipv4 >> (shift - 8));
			break;
		}
		if (group.len > 4 || n == 16)
			return -EBADMSG;
		for (size_t i = 0; i < group.len; i++) {
			int digit = text_hex_digit(group.data[i]);

			if (digit < 0)
				return -EBADMSG;
			value = value << 4 | (unsigned int)digit;
		}
		bytes[n++] = (uint8_t)(value >> 8);
		bytes[n++] = (uint8_t)value;
		/* One colon at the end belongs to nothing. */
		if (more && reader_left(&reader) == 0)
			return -EBADMSG;
	}
	if (gap == 17 ? n != 16 : n > 14)
		return -EBADMSG;
	memset(ret_address, 0, 16);
	if (gap == 17)
		gap = n;
	memcpy(ret_address, bytes, gap);
	memcpy(ret_address + 16 - (n - gap), bytes + gap, n - gap);
	return 0;
}

int text_parse_bytes(struct span text, size_t size, uint8_t *ret_bytes,
		     size_t *ret_len)
{
	uint8_t separator = 0;
	size_t n = 0, i = 0;

	if (text.len > 2 && (text.data[2] == ':' || text.data[2] == '-'))
		separator = text.data[2];
	while (i < text.len) {
		int high = text_hex_digit(text.data[i]);
		int low = i + 1 < text.len ? text_hex_digit(text.data[i + 1]) :
					     -1;

		if (high < 0 || low < 0)
			return -EBADMSG;
		if (n++ == size)
			return -ENOBUFS;
		i += 2;
		if (!separator || i == text.len)
			continue;
		if (text.data[i] != separator || ++i == text.len)
			return -EBADMSG;
	}
	if (n == 0)
		return -EBADMSG;
	/* It is whole: only now is the result touched. */
	for (i = 0; i < n; i++) {
		size_t at = i * (separator ? 3 : 2);

		ret_bytes[i] = (uint8_t)(text_hex_digit(text.data[at]) << 4 |
					 text_hex_digit(text.data[at + 1]));
	}
	*ret_len = n;
	return 0;
}
