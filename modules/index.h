/*
 * What depmod(8) and the kernel's build wrote about the modules of a kernel:
 * modules.dep, modules.alias, modules.softdep, modules.weakdep,
 * modules.builtin and modules.builtin.modinfo; and what modprobe.d says. All
 * is text that the caller keeps mapped. Lines may be of any length and end
 * with CR LF; one that makes no sense is passed over.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "modules/config.h"
#include "modules/name.h"
#include "modules/table.h"

struct modules_index {
	struct span dep;
	struct span alias;
	struct span softdep;
	struct span builtin;
	struct span weakdep; /* depmod of kmod 33 and later writes it */
	struct span builtin_modinfo;
	const struct modules_table *table; /* of dep; NULL: search */
	struct modules_config config;
};

/* The line of module NAME in modules.dep: its path and the rest of the line,
 * for modules_last_dep(). -ENOENT, or -EBADMSG when its path is not good. */
MUST_CHECK int modules_index_find(const struct modules_index *index,
				  struct span name, struct span *ret_path,
				  struct span *ret_deps);

/* Takes the last path off DEPS. It is the one to be loaded first: depmod
 * writes everything that a module needs, the nearest first. False at the
 * end. */
bool modules_last_dep(struct span *deps, struct span *ret_path);

bool modules_index_is_builtin(const struct modules_index *index,
			      struct span name);

/* Goes through the aliases of built-in modules, with a reader on
 * index->builtin_modinfo. */
bool modules_next_builtin_alias(struct reader *modinfo,
				struct span *ret_pattern);

/* Whether a built-in module has an alias that MODALIAS matches. */
bool modules_index_builtin_serves(const struct modules_index *index,
				  struct span modalias);

enum modules_softdep {
	MODULES_SOFTDEP_NONE, /* neither said yet: such words mean nothing */
	MODULES_SOFTDEP_PRE,  /* to be loaded before the module */
	MODULES_SOFTDEP_POST, /* after it */
};

/* The soft dependencies of module NAME, a reader for
 * modules_next_softdep_word(). As with modprobe one line counts, the first:
 * of the configuration's files before modules.softdep, of that, of those
 * after it. */
bool modules_index_softdeps(const struct modules_index *index, struct span name,
			    struct reader *ret_words);
bool modules_next_softdep_word(struct reader *words, enum modules_softdep *kind,
			       struct span *ret_word);

/* The weak dependencies of module NAME, a reader for reader_word(): modules
 * that it may ask for by itself. They are not loaded for it, but whoever
 * makes an initramfs wants them in it. */
bool modules_index_weakdeps(const struct modules_index *index, struct span name,
			    struct reader *ret_words);
