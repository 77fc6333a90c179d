/*
 * Names of modules and of their files, and the patterns that modaliases are
 * held against. `-` and `_` are the same in the name of a module.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

/* Longer patterns and modaliases match nothing. The kernel's own are cut at
 * a page, and at 2048 bytes in a uevent. */
#define MODULES_PATTERN_MAX 1024
#define MODULES_ALIAS_MAX 2048

bool modules_name_equal(struct span a, struct span b);

/* The same for names that are equal. */
uint32_t modules_name_hash(struct span name);

/* kernel/net/core/failover.ko.xz is failover: up to the first dot. */
struct span modules_path_name(struct span path);

/* Whether PATH stays inside the module tree: relative, no `..`, no NUL. */
bool modules_path_is_good(struct span path);

/* Whether TEXT, a modalias or a name, matches PATTERN, with `*`, `?`, `[a-z]`,
 * `[!a-z]` and `\` as in fnmatch(3) without flags, and `-` and `_` taken for
 * the same outside of brackets. At most len(PATTERN) × len(TEXT) steps. */
bool modules_glob(struct span pattern, struct span text);
