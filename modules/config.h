/*
 * modprobe.d(5): what the files of /etc/modprobe.d and its like say. One
 * directive a line; `\` at the end of a line joins it with the next, and
 * elsewhere it is dropped, as modprobe(8) does it.
 *
 *	alias WILDCARD MODULE	before any other meaning of a name
 *	blacklist MODULE	not to be loaded for its own sake
 *	options MODULE WORDS	parameters
 *	softdep WILDCARD pre: MODULES post: MODULES
 *	weakdep WILDCARD MODULES
 *
 * modules.softdep and modules.weakdep of depmod(8) are written like that too.
 * `install` and `remove` would run commands: they are no business of a
 * loader that has no shell, and only told of.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define MODULES_CONFIG_FILES_MAX 64

/* The files, unwrapped, in modprobe's order: sorted by name whatever their
 * directories are. The first N_BEFORE of them come before modules.softdep,
 * as their names do. */
struct modules_config {
	unsigned int n_files;
	unsigned int n_before;
	struct span files[MODULES_CONFIG_FILES_MAX];
};

enum modules_directive {
	MODULES_DIRECTIVE_ALIAS,
	MODULES_DIRECTIVE_BLACKLIST,
	MODULES_DIRECTIVE_OPTIONS,
	MODULES_DIRECTIVE_SOFTDEP,
	MODULES_DIRECTIVE_WEAKDEP,
	MODULES_DIRECTIVE_INSTALL,
	MODULES_DIRECTIVE_REMOVE,
	MODULES_DIRECTIVE_BAD, /* an unknown word, or too few after it */
};

struct modules_line {
	enum modules_directive directive;
	struct span word; /* the directive itself */
	struct span name; /* of a module or alias, or a wildcard */
	struct span rest; /* what follows it, trimmed */
};

/* Makes one line of lines that `\` joins, and drops other backslashes, in
 * place, once only. Empty lines come after it for those that are gone, so that
 * what follows keeps its number, and at the end, so that the length stays. */
void modules_config_unwrap(uint8_t *text, size_t len);

/* The next directive of TEXT, with its line's number; NUMBER starts as 0.
 * Comments and empty lines are passed over. */
bool modules_config_next(struct reader *text, unsigned int *number,
			 struct modules_line *ret_line);

/* What follows the name in the first line of TEXT that says DIRECTIVE of
 * module NAME. */
bool modules_config_find(struct span text, enum modules_directive directive,
			 struct span name, struct span *ret_rest);

/* The same in the files FIRST up to, not including, END. */
bool modules_config_find_in(const struct modules_config *config,
			    unsigned int first, unsigned int end,
			    enum modules_directive directive, struct span name,
			    struct span *ret_rest);

bool modules_config_forbids(const struct modules_config *config,
			    struct span name);

/* Writes the parameters of module NAME, all lines of them in their order,
 * separated by blanks from each other and from what was written before. */
void modules_config_put_options(const struct modules_config *config,
				struct span name, struct writer *writer);

/* Goes through the modules that the files make TEXT, a modalias or a name, an
 * alias of. */
struct modules_config_aliases {
	const struct modules_config *config;
	struct span text;
	unsigned int n_begun; /* files */
	struct reader file;
};

void modules_config_aliases(struct modules_config_aliases *aliases,
			    const struct modules_config *config,
			    struct span text);
bool modules_config_next_alias(struct modules_config_aliases *aliases,
			       struct span *ret_module);
