/*
 * See report.h. The writing of the report, part by part; docs/boot-report.md
 * is the schema.
 */
#include "init/report.h"

#include "base/text.h"

static const char kinds[][10] = {
	[REPORT_KERNEL] = "kernel",	[REPORT_INIT] = "init",
	[REPORT_CONSOLE] = "console",	[REPORT_MOUNT] = "mount",
	[REPORT_PARAMS] = "params",	[REPORT_PROCESS] = "process",
	[REPORT_COLDPLUG] = "coldplug", [REPORT_MODULE] = "module",
	[REPORT_NIC] = "nic",		[REPORT_DISCOVERY] = "discovery",
	[REPORT_PROVIDER] = "provider", [REPORT_SHELL] = "shell",
	[REPORT_END] = "end",
};

static void put_text(struct json *json, const struct report *report,
		     const char *key, uint16_t text)
{
	if (text)
		json_put(json, key, span_of(report->text + text));
}

static void put_event(struct json *json, const struct report *report,
		      const struct report_event *event)
{
	json_open(json, '{');
	json_put(json, "kind", span_of(kinds[event->kind]));
	put_text(json, report, "name", event->name);
	if (event->step < REPORT_STEP_N)
		json_put(json, "step", span_of(report_step_name(event->step)));
	json_put_i64(json, "start_ns", event->start_ns);
	json_key(json, span_of("end_ns"));
	if (event->end_ns == REPORT_OPEN)
		json_null(json);
	else
		json_i64(json, event->end_ns);
	put_text(json, report, "detail", event->detail);
	put_text(json, report, "error", event->error);
	json_close(json, '}');
}

static void put_unserved(struct json *json, const struct report *report,
			 unsigned int index)
{
	json_open(json, '{');
	put_text(json, report, "alias", report->unserved[index].alias);
	json_put_i64(json, "count", report->unserved[index].count);
	json_close(json, '}');
}

static void put_message(struct json *json, const struct report *report,
			unsigned int index)
{
	bool error = report->messages[index].level <= LOG_LEVEL_ERROR;

	json_open(json, '{');
	json_put_i64(json, "at_ns", report->messages[index].at_ns);
	json_put(json, "level", span_of(error ? "error" : "warning"));
	put_text(json, report, "text", report->messages[index].text);
	json_close(json, '}');
}

static void put_head(struct json *json, const struct report_about *about)
{
	json_open(json, '{');
	json_put_i64(json, "schema", REPORT_SCHEMA);
	json_put(json, "version", span_of(about->version));
	json_put(json, "kernel", span_of(about->kernel));
	json_put(json, "machine", span_of(about->machine));
	json_put_i64(json, "written_ns", about->written_ns);
}

static void put_dropped(struct json *json, const struct report *report)
{
	json_key(json, span_of("dropped"));
	json_open(json, '{');
	json_put_i64(json, "events", (int64_t)report->n_events_over);
	json_put_i64(json, "unserved", (int64_t)report->n_unserved_over);
	json_put_i64(json, "messages", (int64_t)report->n_messages_over);
	json_put_i64(json, "records", (int64_t)report->n_malformed);
	json_close(json, '}');
	json_close(json, '}');
}

enum part {
	PART_HEAD,
	PART_EVENTS,
	PART_UNSERVED,
	PART_MESSAGES,
	PART_DROPPED,
	PART_N,
};

/* What comes next begins a line. */
static void begin_line(struct json *json)
{
	if (json->comma)
		writer_u8(json->writer, ',');
	json->comma = false;
	writer_u8(json->writer, '\n');
}

/* An item of a list, or its brackets; false behind the last. */
static bool put_item(const struct report *report, struct report_cursor *cursor,
		     const char *key, unsigned int n_items)
{
	unsigned int index = cursor->index++;

	if (index == 0) {
		begin_line(&cursor->json);
		json_key(&cursor->json, span_of(key));
		json_open(&cursor->json, '[');
	}
	if (index == n_items) {
		json_close(&cursor->json, ']');
		return false;
	}
	begin_line(&cursor->json);
	switch ((enum part)cursor->part) {
	case PART_EVENTS:
		put_event(&cursor->json, report, &report->events[index]);
		break;
	case PART_UNSERVED:
		put_unserved(&cursor->json, report, index);
		break;
	case PART_MESSAGES:
		put_message(&cursor->json, report, index);
		break;
	case PART_HEAD:
	case PART_DROPPED:
	case PART_N:
		break;
	}
	return true;
}

bool report_put(const struct report *report, const struct report_about *about,
		struct report_cursor *cursor, struct writer *writer)
{
	bool more = false;

	cursor->json.writer = writer;
	switch ((enum part)cursor->part) {
	case PART_HEAD:
		put_head(&cursor->json, about);
		break;
	case PART_EVENTS:
		more = put_item(report, cursor, "events", report->n_events);
		break;
	case PART_UNSERVED:
		more = put_item(report, cursor, "unserved", report->n_unserved);
		break;
	case PART_MESSAGES:
		more = put_item(report, cursor, "messages", report->n_messages);
		break;
	case PART_DROPPED:
		begin_line(&cursor->json);
		put_dropped(&cursor->json, report);
		writer_u8(writer, '\n');
		break;
	case PART_N:
		return false;
	}
	if (!more) {
		cursor->part++;
		cursor->index = 0;
	}
	return true;
}
