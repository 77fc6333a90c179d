/*
 * Reading a boot report (docs/boot-report.md) and showing it to people, as
 * phase-report does. The report may come from anywhere: it is read strictly,
 * unknown keys are skipped, and what is shown is escaped. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "init/report.h"

#define REPORT_VIEW_ROW_MAX 12288 /* bytes of a row, escaped and coloured */
#define REPORT_VIEW_LABEL_MAX 9216
#define REPORT_VIEW_WIDTH_MAX 250 /* columns */

/* Strings are as in the JSON; absent ones are empty. */
struct report_view_event {
	struct span kind;
	struct span name;
	struct span step;
	struct span detail;
	struct span error;
	int64_t start_ns; /* of a NIC's step: when it got to the one before */
	int64_t end_ns;	  /* REPORT_OPEN when it was not over */
};

struct report_view_note {
	struct span text; /* an alias, or a message */
	struct span level;
	int64_t at_ns;
	int64_t count;
};

struct report_view {
	struct span version;
	struct span kernel;
	struct span machine;
	int64_t written_ns;
	int64_t dropped; /* by who wrote it, and by us */
	unsigned int n_events;
	struct report_view_event events[REPORT_EVENTS_MAX];
	unsigned int n_unserved;
	struct report_view_note unserved[REPORT_UNSERVED_MAX];
	unsigned int n_messages;
	struct report_view_note messages[REPORT_MESSAGES_MAX];
	/* What report_view_layout() has found. */
	int64_t axis_start_ns;
	int64_t axis_end_ns;
	int64_t kernel_ns; /* until /init was started; -1 when not said */
	int64_t shell_ns;  /* when the first shell was; -1 before */
	unsigned int n_rows;
	uint16_t rows[REPORT_EVENTS_MAX]; /* events, in the order shown */
	size_t label_width;
	size_t bar_width;
};

/* TEXT, of a report, stays the caller's as long as the view is used. -EBADMSG
 * when it is none, -EPROTONOSUPPORT when it is of another schema. */
MUST_CHECK int report_view_parse(struct report_view *view, struct span text);

/* For lines of WIDTH columns. With BLAME only what took time is shown, the
 * longest first, and what spans others is left out. */
void report_view_layout(struct report_view *view, unsigned int width,
			bool blame);

/* Text of a report, decoded and made safe for a terminal. */
void report_view_put_text(struct writer *writer, struct span text);

/* "mount /proc"; the names of others say what they are. */
void report_view_put_label(struct writer *writer,
			   const struct report_view_event *event);

/* A line or some, of REPORT_VIEW_ROW_MAX bytes at most: the head; a row of
 * n_rows; an alias of n_unserved, a message of n_messages, each with its
 * heading before the first; what was left out, if anything. */
void report_view_put_head(struct writer *writer,
			  const struct report_view *view);
void report_view_put_row(struct writer *writer, const struct report_view *view,
			 unsigned int row, bool colour);
void report_view_put_unserved(struct writer *writer,
			      const struct report_view *view,
			      unsigned int index);
void report_view_put_message(struct writer *writer,
			     const struct report_view *view,
			     unsigned int index);
void report_view_put_dropped(struct writer *writer,
			     const struct report_view *view);
