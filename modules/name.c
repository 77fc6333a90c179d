/* See name.h. */
#include "modules/name.h"

#include <string.h>

/* Longer ones than the kernel opens. */
#define PATH_LEN_MAX 4095

static uint8_t fold(uint8_t byte)
{
	return byte == '-' ? '_' : byte;
}

bool modules_name_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (fold(a.data[i]) != fold(b.data[i]))
			return false;
	}
	return true;
}

/* FNV-1a */
uint32_t modules_name_hash(struct span name)
{
	uint32_t value = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		value = (value ^ fold(name.data[i])) * 16777619u;
	/* Its low bits alone are used. */
	return value ^ value >> 15;
}

struct span modules_path_name(struct span path)
{
	const uint8_t *slash = NULL;
	struct reader reader;

	if (path.len > 0)
		slash = memrchr(path.data, '/', path.len);
	reader_from_span(&reader, path);
	if (slash)
		reader_skip(&reader, (size_t)(slash - path.data) + 1);
	return reader_until(&reader, '.');
}

bool modules_path_is_good(struct span path)
{
	struct reader reader;

	if (path.len == 0 || path.len > PATH_LEN_MAX || path.data[0] == '/' ||
	    memchr(path.data, '\0', path.len))
		return false;
	reader_from_span(&reader, path);
	while (reader_left(&reader) > 0) {
		if (span_is(reader_until(&reader, '/'), ".."))
			return false;
	}
	return modules_path_name(path).len > 0;
}

/*
 * Reads a bracket expression that follows its `[`. False, with nothing read,
 * when it is never closed: the `[` then stands for itself.
 */
static bool match_bracket(struct reader *pattern, uint8_t c, bool *ret_matches)
{
	struct reader reader = *pattern;
	bool negated = false, matches = false, first = true;
	uint8_t low, high;

	if (reader_left(&reader) > 0 &&
	    (*reader.pos == '!' || *reader.pos == '^')) {
		negated = true;
		reader_skip(&reader, 1);
	}
	for (;; first = false) {
		low = reader_u8(&reader);
		if (low == ']' && !first)
			break;
		if (low == '\\')
			low = reader_u8(&reader);
		high = low;
		if (reader_left(&reader) >= 2 && reader.pos[0] == '-' &&
		    reader.pos[1] != ']') {
			reader_skip(&reader, 1);
			high = reader_u8(&reader);
			if (high == '\\')
				high = reader_u8(&reader);
		}
		if (reader_failed(&reader))
			return false;
		matches |= c >= low && c <= high;
	}
	*pattern = reader;
	*ret_matches = matches != negated;
	return true;
}

/* Takes one element, which is not `*`, off PATTERN and compares it. */
static bool match_one(struct reader *pattern, uint8_t c)
{
	uint8_t p = reader_u8(pattern);
	bool matches;

	if (p == '?')
		return true;
	if (p == '[' && match_bracket(pattern, c, &matches))
		return matches;
	if (p == '\\' && reader_left(pattern) > 0)
		p = reader_u8(pattern);
	return fold(p) == c;
}

static bool is_special(uint8_t byte)
{
	return byte == '*' || byte == '?' || byte == '[' || byte == '\\';
}

/*
 * Whether PATTERN and TEXT differ before anything special is met, or behind
 * the last of it: true for nearly all of the tens of thousands of patterns
 * that a device is held against. When not, the first *RET_SAME bytes match.
 */
static bool differ_early(struct span pattern, struct span text,
			 size_t *ret_same)
{
	size_t len = pattern.len < text.len ? pattern.len : text.len;
	size_t same, i;

	for (same = 0; same < len; same++) {
		uint8_t p = pattern.data[same];

		if (is_special(p))
			break;
		if (p != text.data[same] && fold(p) != fold(text.data[same]))
			return true;
	}
	for (i = 1; i <= len - same; i++) {
		uint8_t p = pattern.data[pattern.len - i];

		if (is_special(p) || p == ']')
			break;
		if (fold(p) != fold(text.data[text.len - i]))
			return true;
	}
	*ret_same = same;
	return false;
}

/* Takes off TEXT what a `*` before PATTERN takes at least, for the first byte
 * of PATTERN to match. False when nothing will do. */
static bool reach(const struct reader *pattern, struct reader *text)
{
	const uint8_t *found;
	uint8_t first;

	if (reader_left(pattern) == 0)
		return true;
	first = *pattern->pos;
	if (is_special(first) || fold(first) == '_')
		return true;
	if (reader_left(text) == 0)
		return false;
	found = memchr(text->pos, first, reader_left(text));
	if (!found)
		return false;
	reader_skip(text, (size_t)(found - text->pos));
	return true;
}

bool modules_glob(struct span pattern, struct span text)
{
	struct reader p, t, star_p, star_t;
	bool starred = false;
	size_t same;

	if (differ_early(pattern, text, &same))
		return false;
	if (pattern.len > MODULES_PATTERN_MAX || text.len > MODULES_ALIAS_MAX)
		return false;
	reader_from_span(&p, span_skip(pattern, same));
	reader_from_span(&t, span_skip(text, same));
	for (;;) {
		if (reader_left(&p) > 0 && *p.pos == '*') {
			/* Only the last star need be tried again: what the
			 * ones before it took fits in any case. */
			reader_skip(&p, 1);
			starred = true;
			if (!reach(&p, &t))
				return false;
			star_p = p;
			star_t = t;
			continue;
		}
		if (reader_left(&t) == 0 && reader_left(&p) == 0)
			return true;
		if (reader_left(&t) > 0 && reader_left(&p) > 0 &&
		    match_one(&p, fold(reader_u8(&t))))
			continue;
		if (!starred || reader_left(&star_t) == 0)
			return false;
		reader_skip(&star_t, 1);
		if (!reach(&star_p, &star_t))
			return false;
		p = star_p;
		t = star_t;
	}
}
