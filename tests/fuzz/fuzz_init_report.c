/*
 * init/report.c and report_view.c: the input is lines of all children, marked
 * by their first byte: '!' phase-discover, '*' the drivers, else phase-net.
 * Whatever they say, everything stays in its bounds and in order, and what is
 * written is read again.
 */
#include <stdlib.h>
#include <string.h>

#include "init/report.h"
#include "init/report_view.h"

#define NOW 1000000
#define JSON_ROOM (4 * 1024 * 1024)

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_report(const struct report *report)
{
	check(report->n_events <= REPORT_EVENTS_MAX);
	check(report->n_unserved <= REPORT_UNSERVED_MAX);
	check(report->n_messages <= REPORT_MESSAGES_MAX);
	check(report->text_len <= sizeof(report->text));
	check(report->text[0] == '\0');
	check(report->text[report->text_len - 1] == '\0');
	for (unsigned int i = 0; i < report->n_events; i++) {
		const struct report_event *event = &report->events[i];

		check(i == 0 || event[-1].start_ns <= event->start_ns);
		check(event->start_ns >= 0 && event->start_ns <= NOW);
		check(event->end_ns == REPORT_OPEN ||
		      (event->end_ns >= event->start_ns &&
		       event->end_ns <= NOW));
		check(event->name < report->text_len);
		check(event->detail < report->text_len);
		check(event->error < report->text_len);
		check(report->text[event->name] != '\0');
		check((event->kind == REPORT_NIC) ==
		      (event->step < REPORT_STEP_NONE));
	}
}

static size_t write_all(const struct report *report, uint8_t *json)
{
	static const struct report_about about = { "0.1", "6.12", "aarch64",
						   NOW };
	struct report_cursor cursor = { .part = 0 };
	size_t len = 0;
	bool more;

	do {
		struct writer writer;

		check(len + REPORT_PART_MAX <= JSON_ROOM);
		writer_init(&writer, json + len, REPORT_PART_MAX);
		more = report_put(report, &about, &cursor, &writer);
		check(!writer_failed(&writer));
		len += writer_len(&writer);
	} while (more);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report *report = malloc(sizeof(*report));
	struct report_view *view = malloc(sizeof(*view));
	uint8_t *json = malloc(JSON_ROOM);
	struct reader reader;
	size_t len;

	check(report && view && json);
	report_init(report, 1000);
	report_begin(report, REPORT_COLDPLUG, "devices", 2000);
	reader_init(&reader, data, size);
	while (reader_left(&reader) > 0) {
		struct span line = reader_until(&reader, '\n');
		enum facts_origin origin = FACTS_FROM_NET;

		if (span_starts(line, "!"))
			origin = FACTS_FROM_DISCOVER;
		else if (span_starts(line, "*"))
			origin = FACTS_FROM_DRIVERS;
		if (origin != FACTS_FROM_NET)
			line = span_skip(line, 1);
		report_record(report, origin, line, NOW);
	}
	check_report(report);
	len = write_all(report, json);
	check(report_view_parse(view, (struct span){ json, len }) == 0);
	check(view->n_events == report->n_events);
	check(view->n_unserved == report->n_unserved);
	check(view->n_messages == report->n_messages);
	free(report);
	free(view);
	free(json);
	return 0;
}
