/*
 * How a service is told: JSON lines for scripts, records (base/record.h) for
 * init, and the words that these and tables (table.h) and templates
 * (template.h) have in common. docs/phase-discover.8 describes them all.
 *
 * What came from the network is escaped for each: text_put_escaped() for
 * people, \u in JSON, %XX, and so the exact bytes, in records.
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

/* A JSON object and its newline. ASKED is the type as it was asked for, for
 * services that know none. */
void output_put_json(struct writer *writer, enum output_event event,
		     const char *asked, const struct service *service,
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

/* What to use it by: its URL, or ADDRESS:PORT where it is not HTTP. */
void output_put_location(struct writer *writer, const struct service *service);

/* Its instance's name, exact; of one of SSDP, its USN. */
struct span output_instance(const struct service *service);

/* Whether it has answered a check in latency_ms. */
bool output_has_latency(const struct service *service);

/* What there is not is nothing. Names are in presentation form. */
void output_put_address(struct writer *writer, const struct service *service);
void output_put_addresses(struct writer *writer, const struct service *service);
void output_put_host(struct writer *writer, const struct service *service);
void output_put_type(struct writer *writer, const struct service *service,
		     const char *asked);
void output_put_domain(struct writer *writer, const struct service *service);

/* As JSON and records name it. */
const char *output_event_name(enum output_event event);
