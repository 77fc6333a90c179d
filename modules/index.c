/* See index.h. */
#include "modules/index.h"

#include <errno.h>

/* Takes a line off READER, "kernel/x.ko: kernel/y.ko …". False when it is not
 * one of module NAME. */
static bool read_dep(struct reader *reader, struct span name,
		     struct span *ret_path, struct span *ret_deps)
{
	struct span line = reader_until(reader, '\n');
	struct reader parts;
	struct span path;

	reader_from_span(&parts, line);
	path = reader_until(&parts, ':');
	if (path.len == line.len ||
	    !modules_name_equal(modules_path_name(path), name))
		return false;
	*ret_path = path;
	*ret_deps = reader_rest(&parts);
	return true;
}

static bool find_in_table(const struct modules_index *index, struct span name,
			  struct span *ret_path, struct span *ret_deps)
{
	const struct modules_table *table = index->table;
	uint32_t place = modules_table_first(table, name);
	struct reader reader;

	for (; table->places[place] != 0;
	     place = modules_table_after(table, place)) {
		reader_from_span(&reader, index->dep);
		reader_skip(&reader, table->places[place] - 1);
		if (read_dep(&reader, name, ret_path, ret_deps))
			return true;
	}
	return false;
}

static bool find_by_line(const struct modules_index *index, struct span name,
			 struct span *ret_path, struct span *ret_deps)
{
	struct reader reader;

	reader_from_span(&reader, index->dep);
	while (reader_left(&reader) > 0) {
		if (read_dep(&reader, name, ret_path, ret_deps))
			return true;
	}
	return false;
}

int modules_index_find(const struct modules_index *index, struct span name,
		       struct span *ret_path, struct span *ret_deps)
{
	struct span path, deps;
	bool found;

	if (index->table && index->table->size > 0)
		found = find_in_table(index, name, &path, &deps);
	else
		found = find_by_line(index, name, &path, &deps);
	if (!found)
		return -ENOENT;
	if (!modules_path_is_good(path))
		return -EBADMSG;
	*ret_path = path;
	*ret_deps = span_trim(deps);
	return 0;
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

		/* "kernel/" has no name, and nothing is called so. */
		if (name.len > 0 &&
		    modules_name_equal(modules_path_name(path), name))
			return true;
	}
	return false;
}

bool modules_next_builtin_alias(struct reader *modinfo,
				struct span *ret_pattern)
{
	while (reader_left(modinfo) > 0) {
		/* "module.key=value", each with a NUL behind it */
		struct reader entry;

		reader_from_span(&entry, reader_until(modinfo, '\0'));
		reader_until(&entry, '.');
		if (!span_is(reader_until(&entry, '='), "alias"))
			continue;
		*ret_pattern = reader_rest(&entry);
		return true;
	}
	return false;
}

bool modules_index_builtin_serves(const struct modules_index *index,
				  struct span modalias)
{
	struct span pattern;
	struct reader reader;

	reader_from_span(&reader, index->builtin_modinfo);
	while (modules_next_builtin_alias(&reader, &pattern)) {
		if (modules_glob(pattern, modalias))
			return true;
	}
	return false;
}

/* The first line that says DIRECTIVE of NAME; TEXT is what depmod wrote of
 * that. */
static bool find_soft(const struct modules_index *index, struct span text,
		      enum modules_directive directive, struct span name,
		      struct reader *ret_words)
{
	const struct modules_config *config = &index->config;
	struct span words;

	if (!modules_config_find_in(config, 0, config->n_before, directive,
				    name, &words) &&
	    !modules_config_find(text, directive, name, &words) &&
	    !modules_config_find_in(config, config->n_before, config->n_files,
				    directive, name, &words))
		return false;
	reader_from_span(ret_words, words);
	return true;
}

bool modules_index_softdeps(const struct modules_index *index, struct span name,
			    struct reader *ret_words)
{
	return find_soft(index, index->softdep, MODULES_DIRECTIVE_SOFTDEP, name,
			 ret_words);
}

bool modules_index_weakdeps(const struct modules_index *index, struct span name,
			    struct reader *ret_words)
{
	return find_soft(index, index->weakdep, MODULES_DIRECTIVE_WEAKDEP, name,
			 ret_words);
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
