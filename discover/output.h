/*
 * How a service is told: a table for people, JSON lines for scripts, records
 * (base/record.h) for init. docs/phase-discover.8 describes all three.
 *
 * What came from the network is escaped for each: text_put_escaped() in the
 * table, \u in JSON, %XX, and so the exact bytes, in records.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "discover/service.h"

/* No line of any form is longer: 1 KB of foreign bytes at six characters
 * each, and our own words. */
#define OUTPUT_LINE_MAX 12288

enum output_event {
	OUTPUT_SERVICE, /* is there */
	OUTPUT_CHANGED, /* something that is told of it has changed */
	OUTPUT_LOST,	/* was there */
};

/* A JSON object and its newline. TYPE is the service type as it was asked
 * for. */
void output_put_json(struct writer *writer, enum output_event event,
		     const char *type, const struct service *service,
		     const struct service_wish *wish);

/* A record. Fields that would make it longer than RECORD_LINE_MAX are left
 * out, the least needed first. IS_BEST: of those that are known now. */
void output_put_record(struct writer *writer, enum output_event event,
		       const struct service *service,
		       const struct service_wish *wish, bool is_best);

/* The record that ends a report. */
void output_put_done(struct writer *writer, unsigned int n_found,
		     unsigned int n_suitable, int64_t elapsed_ms,
		     unsigned long n_over);

/* Column widths of the table, in characters; all 0 to begin with. */
struct output_widths {
	size_t name, location, interface, health;
};

void output_measure_heading(struct output_widths *widths);
void output_measure(struct output_widths *widths,
		    const struct service *service);

void output_put_heading(struct writer *writer,
			const struct output_widths *widths);

/* BOLD: set off with the terminal's control sequence. */
void output_put_row(struct writer *writer, const struct service *service,
		    const struct service_wish *wish,
		    const struct output_widths *widths, bool bold);

/* What to use it by: its URL, or ADDRESS:PORT where it is not HTTP. */
void output_put_location(struct writer *writer, const struct service *service);

/* As JSON and records name it. */
const char *output_event_name(enum output_event event);
