/*
 * init/report_view.c and report_table.c: the input is a report. What is shown
 * of it fits where it is promised to, and holds no control byte but newlines.
 */
#include <stdlib.h>
#include <string.h>

#include "init/report_view.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t *room;

static void begin(struct writer *writer)
{
	room = malloc(REPORT_VIEW_ROW_MAX);
	check(room != NULL);
	writer_init(writer, room, REPORT_VIEW_ROW_MAX);
}

static void check_shown(struct writer *writer)
{
	struct span text = writer_span(writer);

	check(!writer_failed(writer));
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t *c = text.data + i;

		check((c[0] >= 0x20 && c[0] != 0x7f) || c[0] == '\n');
		if (c[0] == 0xc2 && i + 1 < text.len)
			check(c[1] >= 0xa0);
	}
	check(text.len == 0 || text.data[text.len - 1] == '\n');
	free(room);
}

static void show(struct report_view *view, unsigned int width, bool blame)
{
	struct writer writer;

	report_view_layout(view, width, blame);
	check(view->n_rows <= view->n_events);
	begin(&writer);
	report_view_put_head(&writer, view);
	check_shown(&writer);
	for (unsigned int i = 0; i < view->n_rows; i++) {
		begin(&writer);
		report_view_put_row(&writer, view, i, false);
		check_shown(&writer);
	}
	for (unsigned int i = 0; i < view->n_unserved; i++) {
		begin(&writer);
		report_view_put_unserved(&writer, view, i);
		check_shown(&writer);
	}
	for (unsigned int i = 0; i < view->n_messages; i++) {
		begin(&writer);
		report_view_put_message(&writer, view, i);
		check_shown(&writer);
	}
	begin(&writer);
	report_view_put_dropped(&writer, view);
	check_shown(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_view *view = malloc(sizeof(*view));

	check(view != NULL);
	if (report_view_parse(view, (struct span){ data, size }) == 0) {
		show(view, 80, false);
		show(view, 250, true);
	}
	free(view);
	return 0;
}
