/*
 * What was found, as a table for people, and its changes as lines of one.
 * docs/phase-discover.8 describes both.
 *
 * A table is measured first: columns in which nothing is worth telling are
 * left out, and where a terminal shows it, the longest cells are cut until it
 * fits. Elsewhere nothing is cut, and a cell that is too wide shifts its own
 * row only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "discover/service.h"

enum table_column {
	TABLE_NAME,
	TABLE_LOCATION,
	TABLE_DOMAIN,
	TABLE_INTERFACE,
	TABLE_SOURCE,
	TABLE_HEALTH,
	TABLE_MANIFEST,
	TABLE_TXT,
};

#define TABLE_COLUMNS (TABLE_TXT + 1)

struct table {
	enum service_kind kind;
	size_t limit;	 /* columns of the terminal; 0: there is none */
	bool has_colour; /* of a terminal */
	bool is_shown[TABLE_COLUMNS];
	size_t widths[TABLE_COLUMNS];
};

/* A table of services of KIND, to be measured. */
void table_init(struct table *table, enum service_kind kind, size_t limit,
		bool has_colour);
void table_measure(struct table *table, const struct service *service,
		   const struct service_wish *wish);

/* After the last: makes it fit. */
void table_fit(struct table *table);

/* A line of at most OUTPUT_LINE_MAX bytes each. */
void table_put_heading(const struct table *table, struct writer *writer);
void table_put_row(const struct table *table, struct writer *writer,
		   const struct service *service,
		   const struct service_wish *wish, bool is_best);

/* One whose rows come as things happen: its columns are as they are.
 * IS_CHECKED: services are asked for their health. */
void table_init_stream(struct table *table, enum service_kind kind,
		       bool is_checked, size_t limit, bool has_colour);

/* SIGN is '+', '~' or '-'; ELAPSED_MS since the search began. */
void table_put_event(const struct table *table, struct writer *writer,
		     char sign, int64_t elapsed_ms,
		     const struct service *service,
		     const struct service_wish *wish);
