/*
 * modules/: the input is a name or modalias, a pattern, modules.dep,
 * modules.builtin, modules.softdep and modules.weakdep, with a byte 1 between
 * them, then modules.builtin.modinfo.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "modules/index.h"

#define SEPARATOR 1

static struct modules_table table;

static void check(bool good)
{
	if (!good)
		abort();
}

/* Where the two have the same rules. */
static void compare_with_fnmatch(struct span pattern, struct span text)
{
	char p[256], t[256];

	for (size_t i = 0; i < pattern.len; i++) {
		if (strchr("-_[\\", pattern.data[i]) || pattern.data[i] >= 128)
			return;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] >= 128)
			return;
	}
	if (text_copy(p, sizeof(p), pattern) == 0 &&
	    text_copy(t, sizeof(t), text) == 0)
		check(modules_glob(pattern, text) == (fnmatch(p, t, 0) == 0));
}

static void compare_table(struct modules_index *index, struct span name)
{
	struct span path = { NULL, 0 }, deps = { NULL, 0 }, dep;
	struct span other_path = path, other_deps = deps;
	int r;

	r = modules_index_find(index, name, &path, &deps);
	modules_table_build(&table, index->dep);
	index->table = &table;
	check(modules_index_find(index, name, &other_path, &other_deps) == r);
	check(path.data == other_path.data && path.len == other_path.len);
	check(deps.data == other_deps.data && deps.len == other_deps.len);
	if (r == 0)
		check(modules_path_is_good(path));
	while (modules_last_dep(&deps, &dep))
		check(dep.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum modules_softdep kind = MODULES_SOFTDEP_NONE;
	static struct modules_index index;
	struct span name, pattern, word;
	struct reader reader, words;

	memset(&index, 0, sizeof(index));
	reader_init(&reader, data, size);
	name = reader_until(&reader, SEPARATOR);
	pattern = reader_until(&reader, SEPARATOR);
	index.dep = reader_until(&reader, SEPARATOR);
	index.builtin = reader_until(&reader, SEPARATOR);
	index.softdep = reader_until(&reader, SEPARATOR);
	index.weakdep = reader_until(&reader, SEPARATOR);
	index.builtin_modinfo = reader_rest(&reader);
	compare_with_fnmatch(pattern, name);
	compare_table(&index, name);
	if (modules_index_is_builtin(&index, name))
		check(name.len > 0);
	if (modules_index_softdeps(&index, name, &words)) {
		while (modules_next_softdep_word(&words, &kind, &word))
			check(kind != MODULES_SOFTDEP_NONE && word.len > 0);
	}
	if (modules_index_weakdeps(&index, name, &words))
		check(reader_word(&words).len > 0);
	if (modules_index_builtin_serves(&index, name))
		check(index.builtin_modinfo.len > 0);
	return 0;
}
