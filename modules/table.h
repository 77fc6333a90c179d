/*
 * Where each module's line is in modules.dep, by a hash of its name: full
 * kernels have thousands, and a search line by line takes 0.2 ms for each.
 * The table is as large as the file needs, so that a small initramfs touches
 * little memory.
 */
#pragma once

#include <stdint.h>

#include "base/reader.h"

/* A power of two; half of them are used at most. The largest kernels have 7,000
 * modules. */
#define MODULES_TABLE_MAX 131072

struct modules_table {
	uint32_t size; /* a power of two; 0: no table, search */
	uint32_t
		places[MODULES_TABLE_MAX]; /* 1 + offset in the file; 0: none */
};

/* Of the lines of DEP. A file of more than MODULES_TABLE_MAX / 2 lines, or
 * 4 GB, gets no table. */
void modules_table_build(struct modules_table *table, struct span dep);

/* The place of NAME in TABLE, to begin with; each further one is that of
 * modules_table_after(), until the place is empty. Lines of the same name are
 * met in their order. */
uint32_t modules_table_first(const struct modules_table *table,
			     struct span name);
uint32_t modules_table_after(const struct modules_table *table, uint32_t place);
