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

/* A JSON object and its newline. TYPE is the service type as it was asked
 * for; EVENT is "service" or "lost". */
void output_put_json(struct writer *writer, const char *event, const char *type,
		     const struct service *service,
		     const struct service_wish *wish);

/* A record. Fields that would make it longer than RECORD_LINE_MAX are left
 * out, the least needed first. */
void output_put_record(struct writer *writer, const char *event,
		       const struct service *service,
		       const struct service_wish *wish);

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
