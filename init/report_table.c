/* See report_view.h: the lines that people see. */
#include "base/json.h"
#include "base/text.h"
#include "init/report_view.h"

#define START_WIDTH 9
#define TOOK_WIDTH 8

/* Milliseconds with one decimal, right-aligned; empty when NS is negative. */
static void put_ms(struct writer *writer, int64_t ns, size_t width)
{
	uint64_t tenths = ns < 0 ? 0 : ((uint64_t)ns + 50000) / 100000;
	struct writer number;
	char buffer[24];
	struct span text;

	writer_init(&number, buffer, sizeof(buffer));
	if (ns >= 0) {
		text_put_u64(&number, tenths / 10);
		writer_u8(&number, '.');
		text_put_u64(&number, tenths % 10);
	}
	text = writer_span(&number);
	if (text.len < width)
		writer_fill(writer, ' ', width - text.len);
	writer_put(writer, text);
	text_put(writer, "  ");
}

/* Milliseconds in a sentence. */
static void put_duration(struct writer *writer, int64_t ns)
{
	text_put_duration(writer, (ns + 500000) / 1000000);
}

void report_view_put_head(struct writer *writer, const struct report_view *view)
{
	text_put(writer, "Phase Boot ");
	report_view_put_text(writer, view->version);
	text_put(writer, ", Linux ");
	report_view_put_text(writer, view->kernel);
	text_put(writer, " on ");
	report_view_put_text(writer, view->machine);
	text_put(writer, "\n");
	if (view->shell_ns >= 0) {
		text_put(writer, "Shell after ");
		put_duration(writer, view->shell_ns);
		if (view->kernel_ns >= 0 && view->kernel_ns <= view->shell_ns) {
			text_put(writer, ": kernel ");
			put_duration(writer, view->kernel_ns);
			text_put(writer, ", userland ");
			put_duration(writer, view->shell_ns - view->kernel_ns);
		}
		text_put(writer, "\n");
	}
	text_put(writer, "\n START/ms   TOOK/ms  WHAT\n");
}

/* The column of a time, from 0 to bar_width; one more when it is later than
 * what the bars show. */
static size_t column(const struct report_view *view, int64_t at_ns)
{
	uint64_t whole, part;

	if (at_ns <= view->axis_start_ns)
		return 0;
	if (at_ns > view->axis_end_ns)
		return view->bar_width + 1;
	/* In microseconds, so that the product has room. */
	whole = (uint64_t)(view->axis_end_ns - view->axis_start_ns) / 1000 + 1;
	part = (uint64_t)(at_ns - view->axis_start_ns) / 1000;
	return (size_t)(part * view->bar_width / whole);
}

/* '#' what works, '=' what spans others, '-' who waits for an answer. */
static char bar_of(const struct report_view_event *event)
{
	if (json_is(event->kind, "nic") || json_is(event->kind, "discovery") ||
	    json_is(event->kind, "provider"))
		return '-';
	if (json_is(event->kind, "init") || json_is(event->kind, "coldplug"))
		return '=';
	return '#';
}

static const char *colour_of(const struct report_view_event *event)
{
	if (event->error.len > 0)
		return "\033[31m";
	if (json_is(event->kind, "module"))
		return "\033[32m";
	if (json_is(event->kind, "nic"))
		return "\033[36m";
	if (json_is(event->kind, "discovery") ||
	    json_is(event->kind, "provider"))
		return "\033[35m";
	if (json_is(event->kind, "init") || json_is(event->kind, "coldplug"))
		return "\033[2m";
	return "\033[34m";
}

static void put_bar(struct writer *writer, const struct report_view *view,
		    const struct report_view_event *event, bool colour)
{
	bool open = event->end_ns == REPORT_OPEN;
	size_t from = column(view, event->start_ns);
	size_t to = open ? view->bar_width + 1 : column(view, event->end_ns);
	bool beyond = to > view->bar_width;

	if (to >= view->bar_width)
		to = view->bar_width - 1;
	if (from > to)
		from = to;
	writer_fill(writer, ' ', from);
	if (colour)
		text_put(writer, colour_of(event));
	if (event->end_ns == event->start_ns && !beyond) {
		writer_u8(writer, '|');
	} else {
		writer_fill(writer, (uint8_t)bar_of(event), to - from);
		writer_u8(writer, beyond ? '>' : (uint8_t)bar_of(event));
	}
	if (colour)
		text_put(writer, "\033[0m");
}

/* The names that errors have in <errno.h> in words; others are words. */
static const char *words_of(struct span error)
{
	static const struct {
		char name[13], words[39];
	} table[] = {
		{ "ENODEV", "no such device" },
		{ "ENOENT", "a symbol or its file is missing" },
		{ "ENOEXEC", "not for this kernel, or damaged" },
		{ "EINVAL", "refused" },
		{ "EPERM", "not allowed" },
		{ "ENOMEM", "out of memory" },
		{ "EBUSY", "in use" },
		{ "ETIMEDOUT", "no answer in time" },
		{ "ECANCELED", "something that it needs failed" },
		{ "EKEYREJECTED", "not signed with a key of this kernel" },
		{ "EBADMSG", "damaged" },
		{ "EIO", "input/output error" },
		{ "ENOSYS", "this kernel cannot" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (json_is(error, table[i].name))
			return table[i].words;
	}
	return NULL;
}

static void put_error(struct writer *writer, struct span error)
{
	const char *words = words_of(error);

	writer_fill(writer, ' ', START_WIDTH + TOOK_WIDTH + 4);
	text_put(writer, "failed: ");
	if (words) {
		text_put(writer, words);
		text_put(writer, " (");
	}
	report_view_put_text(writer, error);
	text_put(writer, words ? ")\n" : "\n");
}

void report_view_put_row(struct writer *writer, const struct report_view *view,
			 unsigned int row, bool colour)
{
	const struct report_view_event *event = &view->events[view->rows[row]];
	bool open = event->end_ns == REPORT_OPEN;
	uint8_t buffer[REPORT_VIEW_LABEL_MAX];
	struct writer label;
	int64_t took_ns = -1;

	if (!open && event->end_ns > event->start_ns)
		took_ns = event->end_ns - event->start_ns;
	put_ms(writer, event->start_ns, START_WIDTH);
	put_ms(writer, took_ns, TOOK_WIDTH);
	writer_init(&label, buffer, sizeof(buffer));
	report_view_put_label(&label, event);
	/* The bars begin where the kernel has ended. */
	if (view->bar_width == 0 || json_is(event->kind, "kernel")) {
		writer_put(writer, writer_span(&label));
	} else {
		text_put_cell(writer, writer_span(&label), view->label_width);
		put_bar(writer, view, event, colour);
	}
	writer_u8(writer, '\n');
	if (event->error.len > 0)
		put_error(writer, event->error);
}

void report_view_put_unserved(struct writer *writer,
			      const struct report_view *view,
			      unsigned int index)
{
	const struct report_view_note *note = &view->unserved[index];

	if (index == 0)
		text_put(writer, "\nDevices that no driver is known for:\n");
	text_put(writer, "  ");
	report_view_put_text(writer, note->text);
	if (note->count > 1) {
		text_put(writer, "  (");
		text_put_u64(writer, (uint64_t)note->count);
		text_put(writer, " of them)");
	}
	writer_u8(writer, '\n');
}

void report_view_put_message(struct writer *writer,
			     const struct report_view *view, unsigned int index)
{
	const struct report_view_note *note = &view->messages[index];

	if (index == 0)
		text_put(writer, "\nMessages:\n");
	put_ms(writer, note->at_ns, START_WIDTH);
	report_view_put_text(writer, note->level);
	text_put(writer, ": ");
	report_view_put_text(writer, note->text);
	writer_u8(writer, '\n');
}

void report_view_put_dropped(struct writer *writer,
			     const struct report_view *view)
{
	if (view->dropped <= 0)
		return;
	text_put(writer, "\nNot in this report, for want of room: ");
	text_put_u64(writer, (uint64_t)view->dropped);
	text_put(writer, "\n");
}
