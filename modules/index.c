/* See index.h. */
#include "modules/index.h"

#include <errno.h>
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

/* Whether the two differ before anything special is met: true for nearly all
 * of the tens of thousands of patterns that a device is held against. */
static bool differ_early(struct span pattern, struct span text)
{
	size_t len = pattern.len < text.len ? pattern.len : text.len;

	for (size_t i = 0; i < len; i++) {
		uint8_t p = pattern.data[i];

		if (p == '*' || p == '?' || p == '[' || p == '\\')
			return false;
		if (p != text.data[i] && fold(p) != fold(text.data[i]))
			return true;
	}
	return false;
}

bool modules_glob(struct span pattern, struct span text)
{
	struct reader p, t, star_p, star_t;
	bool starred = false;

	if (differ_early(pattern, text))
		return false;
	if (pattern.len > MODULES_PATTERN_MAX || text.len > MODULES_ALIAS_MAX)
		return false;
	reader_from_span(&p, pattern);
	reader_from_span(&t, text);
	for (;;) {
		if (reader_left(&p) > 0 && *p.pos == '*') {
			/* Only the last star need be tried again: what the
			 * ones before it took fits in any case. */
			reader_skip(&p, 1);
			starred = true;
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
		p = star_p;
		t = star_t;
	}
}

int modules_index_find(const struct modules_index *index, struct span name,
		       struct span *ret_path, struct span *ret_deps)
{
	struct reader reader;

	reader_from_span(&reader, index->dep);
	while (reader_left(&reader) > 0) {
		/* kernel/x.ko: kernel/y.ko … */
		struct span line = reader_until(&reader, '\n');
		struct reader parts;
		struct span path;

		reader_from_span(&parts, line);
		path = reader_until(&parts, ':');
		if (path.len == line.len ||
		    !modules_name_equal(modules_path_name(path), name))
			continue;
		if (!modules_path_is_good(path))
			return -EBADMSG;
		*ret_path = path;
		*ret_deps = span_trim(reader_rest(&parts));
		return 0;
	}
	return -ENOENT;
}

bool modules_last_dep(struct span *deps, struct span *ret_path)
{
	struct span rest = span_trim(*deps);
	size_t start = rest.len;

	if (rest.len == 0)
		return false;
	while (start > 0 && rest.data[start - 1] != ' ' &&
	       rest.data[start - 1] != '\t')
		start--;
	*ret_path = span_skip(rest, start);
	*deps = (struct span){ rest.data, start };
	return true;
}

bool modules_index_is_builtin(const struct modules_index *index,
			      struct span name)
{
	struct reader reader;

	reader_from_span(&reader, index->builtin);
	while (reader_left(&reader) > 0) {
		struct span path = span_trim(reader_until(&reader, '\n'));

		if (path.len > 0 &&
		    modules_name_equal(modules_path_name(path), name))
			return true;
	}
	return false;
}

bool modules_next_alias(struct reader *aliases, struct span *ret_pattern,
			struct span *ret_name)
{
	while (reader_left(aliases) > 0) {
		struct span line = reader_until(aliases, '\n');
		struct span pattern, name;
		struct reader words;

		if (!span_starts(line, "alias "))
			continue;
		reader_from_span(&words, span_skip(line, 6));
		pattern = reader_word(&words);
		name = reader_word(&words);
		if (name.len == 0)
			continue;
		*ret_pattern = pattern;
		*ret_name = name;
		return true;
	}
	return false;
}

bool modules_next_softdep(struct reader *softdeps, struct span *ret_name,
			  struct reader *ret_words)
{
	while (reader_left(softdeps) > 0) {
		struct span line = reader_until(softdeps, '\n');
		struct reader words;
		struct span name;

		if (!span_starts(line, "softdep "))
			continue;
		reader_from_span(&words, span_skip(line, 8));
		name = reader_word(&words);
		if (name.len == 0)
			continue;
		*ret_name = name;
		*ret_words = words;
		return true;
	}
	return false;
}

bool modules_next_softdep_word(struct reader *words, enum modules_softdep *kind,
			       struct span *ret_word)
{
	for (;;) {
		struct span word = reader_word(words);

		if (word.len == 0)
			return false;
		if (span_is(word, "pre:")) {
			*kind = MODULES_SOFTDEP_PRE;
		} else if (span_is(word, "post:")) {
			*kind = MODULES_SOFTDEP_POST;
		} else if (*kind != MODULES_SOFTDEP_NONE) {
			*ret_word = word;
			return true;
		}
	}
}
