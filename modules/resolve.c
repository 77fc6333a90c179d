/* See resolve.h; plan_lookup() in plan.c asks in the same order. */
#include "modules/resolve.h"

#include "base/text.h"
#include "modules/aliases.h"
#include "modules/options.h"

/* Whether NAME is among NAMES: a module has many patterns, and several may
 * match. */
static bool is_in(struct span names, struct span name)
{
	struct reader reader;

	reader_from_span(&reader, names);
	while (reader_left(&reader) > 0) {
		if (modules_name_equal(reader_until(&reader, '\n'), name))
			return true;
	}
	return false;
}

static void put_name(struct writer *names, struct span name)
{
	if (is_in(writer_span(names), name))
		return;
	for (size_t i = 0; i < name.len; i++)
		writer_u8(names, name.data[i] == '-' ? '_' : name.data[i]);
	text_put(names, "\n");
}

/* The words before the first dot of NAME.alias=PATTERN, where it matches. */
static void put_builtin(const struct modules_index *index, struct span query,
			struct writer *names)
{
	struct reader entries;

	if (modules_index_is_builtin(index, query)) {
		put_name(names, query);
		return;
	}
	reader_from_span(&entries, index->builtin_modinfo);
	while (reader_left(&entries) > 0) {
		struct reader entry;
		struct span name;

		reader_from_span(&entry, reader_until(&entries, '\0'));
		name = reader_until(&entry, '.');
		if (span_is(reader_until(&entry, '='), "alias") &&
		    modules_glob(reader_rest(&entry), query))
			put_name(names, name);
	}
}

void modules_resolve(const struct modules_plan *plan, struct span query,
		     struct writer *names)
{
	const struct modules_index *index = plan->index;
	struct modules_config_aliases configured;
	struct span path, deps, pattern, name;
	struct modules_pass pass;

	modules_config_aliases(&configured, &index->config, query);
	while (modules_config_next_alias(&configured, &name))
		put_name(names, name);
	if (writer_len(names) > 0)
		return;
	if (modules_index_find(index, query, &path, &deps) == 0) {
		put_name(names, modules_path_name(path));
		return;
	}
	modules_pass_begin(&pass, index->alias, &query, 1, NULL);
	while (modules_pass_next(&pass, &pattern, &name)) {
		if (modules_glob(pattern, query) &&
		    !modules_options_forbid(plan->cmdline, name) &&
		    !modules_config_forbids(&index->config, name))
			put_name(names, name);
	}
	if (writer_len(names) == 0)
		put_builtin(index, query, names);
}
