/* See report_view.h. */
#include "init/report_view.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define LABEL_MAX 40 /* a wider one shifts its own row only */
#define BAR_MIN 10   /* else there are none */
/* "  1234567.8  12345.6  " before the label, two blanks behind it. */
#define TIMES_WIDTH 22

/* Reading. */

static bool next(struct json_reader *json, struct json_token *token,
		 enum json_type end)
{
	if (json_next(json, token) < 0)
		return false;
	return token->type != end && token->type != JSON_END;
}

static int skip_value(struct json_reader *json)
{
	return json_skip(json, (struct json_token){ .type = JSON_KEY });
}

static int read_string(struct json_reader *json, struct span *ret_text)
{
	struct json_token token;
	int r;

	r = json_next(json, &token);
	if (r == 0 && token.type != JSON_STRING)
		r = -EBADMSG;
	if (r == 0)
		*ret_text = token.text;
	return r;
}

/* A time or a count, which are never below 0. */
static int read_number(struct json_reader *json, int64_t *ret_number)
{
	struct json_token token;
	int r;

	r = json_next(json, &token);
	if (r == 0 && (token.type != JSON_NUMBER || token.number < 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_number = token.number;
	return r;
}

/* The same, or null for what was not over. */
static int read_end(struct json_reader *json, int64_t *ret_number)
{
	struct json_reader saved = *json;
	struct json_token token;

	if (json_next(json, &token) == 0 && token.type == JSON_NULL) {
		*ret_number = REPORT_OPEN;
		return 0;
	}
	*json = saved;
	return read_number(json, ret_number);
}

static int read_event_key(struct json_reader *json, struct span key,
			  struct report_view_event *event)
{
	if (json_is(key, "kind"))
		return read_string(json, &event->kind);
	if (json_is(key, "name"))
		return read_string(json, &event->name);
	if (json_is(key, "step"))
		return read_string(json, &event->step);
	if (json_is(key, "detail"))
		return read_string(json, &event->detail);
	if (json_is(key, "error"))
		return read_string(json, &event->error);
	if (json_is(key, "start_ns"))
		return read_number(json, &event->start_ns);
	if (json_is(key, "end_ns"))
		return read_end(json, &event->end_ns);
	return skip_value(json);
}

static int read_note_key(struct json_reader *json, struct span key,
			 struct report_view_note *note)
{
	if (json_is(key, "alias") || json_is(key, "text"))
		return read_string(json, &note->text);
	if (json_is(key, "level"))
		return read_string(json, &note->level);
	if (json_is(key, "at_ns"))
		return read_number(json, &note->at_ns);
	if (json_is(key, "count"))
		return read_number(json, &note->count);
	return skip_value(json);
}

/* An item that has begun, into EVENT or NOTE. */
static int read_item(struct json_reader *json, struct report_view_event *event,
		     struct report_view_note *note)
{
	struct json_token token;
	int r = 0;

	while (r == 0 && next(json, &token, JSON_OBJECT_END))
		r = event ? read_event_key(json, token.text, event) :
			    read_note_key(json, token.text, note);
	if (json->state == JSON_FAILED)
		return -EBADMSG;
	/* The end is not before the start. */
	if (event && event->end_ns != REPORT_OPEN &&
	    event->end_ns < event->start_ns)
		return -EBADMSG;
	return r;
}

/* A list of objects, into the first MAX of EVENTS or NOTES. */
static int read_list(struct json_reader *json, struct report_view *view,
		     struct report_view_event *events,
		     struct report_view_note *notes, unsigned int max,
		     unsigned int *ret_count)
{
	struct json_token token;
	unsigned int n = 0;
	int r;

	r = json_next(json, &token);
	if (r < 0 || token.type != JSON_ARRAY)
		return -EBADMSG;
	while (next(json, &token, JSON_ARRAY_END)) {
		struct report_view_event event = { .end_ns = REPORT_OPEN };
		struct report_view_note note = { .count = 0 };

		if (token.type != JSON_OBJECT)
			return -EBADMSG;
		r = read_item(json, events ? &event : NULL, &note);
		if (r < 0)
			return r;
		if (n == max) {
			view->dropped++;
			continue;
		}
		if (events)
			events[n] = event;
		else
			notes[n] = note;
		n++;
	}
	*ret_count = n;
	return json->state == JSON_FAILED ? -EBADMSG : 0;
}

/* Counts, all of which are added up. */
static int read_dropped(struct json_reader *json, struct report_view *view)
{
	struct json_token token;
	int64_t number;
	int r;

	r = json_next(json, &token);
	if (r < 0 || token.type != JSON_OBJECT)
		return -EBADMSG;
	while (next(json, &token, JSON_OBJECT_END)) {
		r = read_number(json, &number);
		if (r < 0 || number > UINT32_MAX)
			return -EBADMSG;
		view->dropped += number;
	}
	return json->state == JSON_FAILED ? -EBADMSG : 0;
}

static int read_key(struct json_reader *json, struct span key,
		    struct report_view *view, int64_t *schema)
{
	if (json_is(key, "schema"))
		return read_number(json, schema);
	if (json_is(key, "version"))
		return read_string(json, &view->version);
	if (json_is(key, "kernel"))
		return read_string(json, &view->kernel);
	if (json_is(key, "machine"))
		return read_string(json, &view->machine);
	if (json_is(key, "written_ns"))
		return read_number(json, &view->written_ns);
	if (json_is(key, "events"))
		return read_list(json, view, view->events, NULL,
				 REPORT_EVENTS_MAX, &view->n_events);
	if (json_is(key, "unserved"))
		return read_list(json, view, NULL, view->unserved,
				 REPORT_UNSERVED_MAX, &view->n_unserved);
	if (json_is(key, "messages"))
		return read_list(json, view, NULL, view->messages,
				 REPORT_MESSAGES_MAX, &view->n_messages);
	if (json_is(key, "dropped"))
		return read_dropped(json, view);
	return skip_value(json);
}

/* A step's time is that since the one before, of the same NIC. */
static void stretch_steps(struct report_view *view)
{
	for (unsigned int i = view->n_events; i-- > 0;) {
		struct report_view_event *event = &view->events[i];

		if (!json_is(event->kind, "nic"))
			continue;
		for (unsigned int k = i; k-- > 0;) {
			const struct report_view_event *before =
				&view->events[k];

			if (!json_is(before->kind, "nic") ||
			    !span_equal(before->name, event->name))
				continue;
			if (before->start_ns < event->start_ns)
				event->start_ns = before->start_ns;
			break;
		}
	}
}

int report_view_parse(struct report_view *view, struct span text)
{
	struct json_reader json;
	struct json_token token;
	int64_t schema = -1;
	int r;

	memset(view, 0, sizeof(*view));
	json_reader_init(&json, text);
	r = json_next(&json, &token);
	if (r < 0 || token.type != JSON_OBJECT)
		return -EBADMSG;
	while (r == 0 && next(&json, &token, JSON_OBJECT_END)) {
		r = read_key(&json, token.text, view, &schema);
		/* What another schema means by its keys is not known. */
		if (schema >= 0 && schema != REPORT_SCHEMA)
			return -EPROTONOSUPPORT;
	}
	if (r == 0)
		r = json_next(&json, &token);
	if (r < 0 || schema < 0)
		return -EBADMSG;
	stretch_steps(view);
	return 0;
}

/* Layout. */

static int64_t duration(const struct report_view_event *event)
{
	return event->end_ns == REPORT_OPEN ? 0 :
					      event->end_ns - event->start_ns;
}

void report_view_put_text(struct writer *writer, struct span text)
{
	uint8_t buffer[2 * REPORT_STRING_MAX];
	struct writer decoded;

	/* A byte that is not UTF-8 has become a character of two. */
	writer_init(&decoded, buffer, sizeof(buffer));
	json_decode(&decoded, text);
	if (writer_failed(&decoded))
		text_put(writer, "(too long)");
	else
		text_put_escaped(writer, writer_span(&decoded));
}

void report_view_put_label(struct writer *writer,
			   const struct report_view_event *event)
{
	static const char named[][16] = {
		"kernel", "init", "process", "params", "shell", "discovery",
	};
	bool is_named = false;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		is_named |= json_is(event->kind, named[i]);
	if (!is_named) {
		report_view_put_text(writer, event->kind);
		writer_u8(writer, ' ');
	}
	report_view_put_text(writer, event->name);
	if (event->step.len > 0) {
		writer_u8(writer, ' ');
		report_view_put_text(writer, event->step);
	}
	if (event->detail.len > 0) {
		writer_u8(writer, ' ');
		report_view_put_text(writer, event->detail);
	}
}

static struct span label(const struct report_view_event *event, uint8_t *buffer,
			 size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size);
	report_view_put_label(&writer, event);
	return writer_span(&writer);
}

/* Where the bars begin and end: from /init to the shell, or to what came last
 * where there was none. */
static void find_axis(struct report_view *view)
{
	view->axis_start_ns = 0;
	view->axis_end_ns = 0;
	view->kernel_ns = -1;
	view->shell_ns = -1;
	for (unsigned int i = 0; i < view->n_events; i++) {
		const struct report_view_event *event = &view->events[i];
		int64_t end_ns = event->start_ns + duration(event);

		if (json_is(event->kind, "kernel"))
			view->kernel_ns = duration(event);
		if (json_is(event->kind, "init")) {
			view->axis_start_ns = event->start_ns;
			if (event->end_ns != REPORT_OPEN)
				view->shell_ns = event->end_ns;
		}
		if (end_ns > view->axis_end_ns)
			view->axis_end_ns = end_ns;
	}
	if (view->shell_ns > view->axis_start_ns)
		view->axis_end_ns = view->shell_ns;
}

/* Whether A comes before B in a list of blame. */
static bool is_worse(const struct report_view *view, uint16_t a, uint16_t b)
{
	return duration(&view->events[a]) > duration(&view->events[b]);
}

static void choose_rows(struct report_view *view, bool blame)
{
	view->n_rows = 0;
	for (uint16_t i = 0; i < view->n_events; i++) {
		const struct report_view_event *event = &view->events[i];
		unsigned int k = view->n_rows;

		if (blame &&
		    (duration(event) == 0 || json_is(event->kind, "init") ||
		     json_is(event->kind, "coldplug")))
			continue;
		for (; blame && k > 0 && is_worse(view, i, view->rows[k - 1]);
		     k--)
			view->rows[k] = view->rows[k - 1];
		view->rows[k] = i;
		view->n_rows++;
	}
}

void report_view_layout(struct report_view *view, unsigned int width,
			bool blame)
{
	uint8_t buffer[REPORT_VIEW_LABEL_MAX];

	find_axis(view);
	choose_rows(view, blame);
	view->label_width = 0;
	for (unsigned int i = 0; i < view->n_rows; i++) {
		size_t len = text_width(label(&view->events[view->rows[i]],
					      buffer, sizeof(buffer)));

		if (len > LABEL_MAX)
			len = LABEL_MAX;
		if (len > view->label_width)
			view->label_width = len;
	}
	if (width > REPORT_VIEW_WIDTH_MAX)
		width = REPORT_VIEW_WIDTH_MAX;
	view->bar_width = 0;
	if (width >= TIMES_WIDTH + view->label_width + 2 + BAR_MIN)
		view->bar_width = width - TIMES_WIDTH - view->label_width - 2;
}
