/*
 * What depmod(8) wrote about the modules of a kernel: modules.dep,
 * modules.alias, modules.softdep and modules.builtin, as text that the caller
 * keeps mapped. Lines may be of any length and end with CR LF; one that makes
 * no sense is passed over.
 *
 * `-` and `_` are the same in the name of a module.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/reader.h"

/* Longer patterns and modaliases match nothing. The kernel's own are cut at
 * a page, and at 2048 bytes in a uevent. */
#define MODULES_PATTERN_MAX 1024
#define MODULES_ALIAS_MAX 2048

struct modules_index {
	struct span dep;
	struct span alias;
	struct span softdep;
	struct span builtin;
};

bool modules_name_equal(struct span a, struct span b);

/* kernel/net/core/failover.ko.xz is failover: up to the first dot. */
struct span modules_path_name(struct span path);

/* Whether PATH stays inside the module tree: relative, no `..`, no NUL. */
bool modules_path_is_good(struct span path);

/* Whether TEXT, a modalias or a name, matches PATTERN, with `*`, `?`, `[a-z]`,
 * `[!a-z]` and `\` as in fnmatch(3) without flags, and `-` and `_` taken for
 * the same outside of brackets. At most len(PATTERN) × len(TEXT) steps. */
bool modules_glob(struct span pattern, struct span text);

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

/* Goes through modules.alias with a reader on index->alias. */
bool modules_next_alias(struct reader *aliases, struct span *ret_pattern,
			struct span *ret_name);

enum modules_softdep {
	MODULES_SOFTDEP_NONE, /* neither said yet: such words mean nothing */
	MODULES_SOFTDEP_PRE,  /* to be loaded before the module */
	MODULES_SOFTDEP_POST, /* after it */
};

/* Goes through the lines of modules.softdep with a reader on index->softdep,
 * then through the words of a line. */
bool modules_next_softdep(struct reader *softdeps, struct span *ret_name,
			  struct reader *ret_words);
bool modules_next_softdep_word(struct reader *words, enum modules_softdep *kind,
			       struct span *ret_word);
