/*
 * The boot report: what happened when, from the kernel's start to the shell
 * and later, and what went wrong. Filled by PID 1 and from the records of its
 * children, which are not trusted; written as JSON, which docs/boot-report.md
 * describes. Pure.
 *
 * Times are clock_ns() of base/clock.h, passed in. Events are kept in the
 * order of their start. Everything is bounded: what there is no room for is
 * counted, and the report says how much that is; a string that is too long
 * ends in "...".
 *
 * Records that count here, besides those of facts.h:
 *	step interface name at		phase-net: a NIC got so far
 *	module name start end error	a module was loaded, or was not
 *	unserved alias count		no driver for a device
 *	coldplugged			the drivers of the boot are loaded
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"
#include "base/reader.h"
#include "base/writer.h"
#include "init/facts.h"

#define REPORT_SCHEMA 1
#define REPORT_DIRECTORY "/run/phase"
#define REPORT_PATH REPORT_DIRECTORY "/boot.json"
#define REPORT_EVENTS_MAX 512
#define REPORT_PROVIDERS_MAX 32 /* of the events */
#define REPORT_UNSERVED_MAX 64
#define REPORT_MESSAGES_MAX 32
#define REPORT_TEXT_SIZE 32768
#define REPORT_STRING_MAX 256 /* with its terminator */
#define REPORT_PART_MAX 6144  /* what report_put() needs at most */

enum report_kind {
	REPORT_KERNEL,	  /* from the clock's start to ours */
	REPORT_INIT,	  /* from ours to the first shell */
	REPORT_CONSOLE,	  /* opening it */
	REPORT_MOUNT,	  /* a file system; its place */
	REPORT_PARAMS,	  /* reading the command line */
	REPORT_PROCESS,	  /* a child of ours was started */
	REPORT_COLDPLUG,  /* the drivers of the devices that are there */
	REPORT_MODULE,	  /* loading one */
	REPORT_NIC,	  /* a step of a NIC */
	REPORT_DISCOVERY, /* a search */
	REPORT_PROVIDER,  /* found; until its health was known */
	REPORT_SHELL,	  /* a shell or phase.run was started; its terminal */
	REPORT_END,	  /* the machine is to be switched off */
};

/* In the order in which a NIC goes through them. */
enum report_step {
	REPORT_STEP_LINK, /* the kernel has the device */
	REPORT_STEP_UP,
	REPORT_STEP_CARRIER,
	REPORT_STEP_DISCOVER,
	REPORT_STEP_OFFER,
	REPORT_STEP_REQUEST,
	REPORT_STEP_ACK,
	REPORT_STEP_ADDRESS, /* the kernel has the address and the routes */
	REPORT_STEP_LEASE,   /* PID 1 knows */

	REPORT_STEP_N,
	REPORT_STEP_NONE = REPORT_STEP_N,
};

#define REPORT_OPEN INT64_MIN /* end_ns of what is not over */

/* Strings are offsets into report.text; 0 for none. */
struct report_event {
	int64_t start_ns;
	int64_t end_ns;
	uint16_t name;
	uint16_t detail;
	uint16_t error;
	uint8_t kind;
	uint8_t step;
};

struct report {
	bool changed; /* the owner's to clear */
	unsigned int n_events;
	unsigned int n_providers;
	unsigned int n_unserved;
	unsigned int n_messages;
	unsigned long n_events_over;
	unsigned long n_unserved_over;
	unsigned long n_messages_over;
	unsigned long n_malformed;
	size_t text_len;
	struct report_event events[REPORT_EVENTS_MAX];
	struct {
		uint16_t alias;
		uint32_t count;
	} unserved[REPORT_UNSERVED_MAX];
	struct {
		int64_t at_ns;
		uint16_t text;
		uint8_t level;
	} messages[REPORT_MESSAGES_MAX];
	char text[REPORT_TEXT_SIZE];
};

/* /init was started at STARTED_NS. */
void report_init(struct report *report, int64_t started_ns);

/* Something of that kind and name begins. But for searches, what has been
 * there before without an error is not noted again. */
void report_begin(struct report *report, enum report_kind kind,
		  const char *name, int64_t now_ns);

/* The last of that kind and name that has begun is over. ERROR says what went
 * wrong, or is NULL. Nothing happens when none is open. */
void report_end(struct report *report, enum report_kind kind, const char *name,
		int64_t now_ns, const char *error);

/* Something took no time, or is over already. */
void report_point(struct report *report, enum report_kind kind,
		  const char *name, int64_t at_ns);
void report_span(struct report *report, enum report_kind kind, const char *name,
		 int64_t start_ns, int64_t end_ns, const char *error);

/* As report_span(), of a module, under the kernel's name for it: with '_' for
 * '-'. */
void report_module(struct report *report, const char *name, int64_t start_ns,
		   int64_t end_ns, const char *error);

/* A warning or an error; other messages are left out. */
void report_message(struct report *report, enum log_level level,
		    const char *text, int64_t now_ns);

/* Takes over what a line of the child ORIGIN says, if it matters here. */
void report_record(struct report *report, enum facts_origin origin,
		   struct span line, int64_t now_ns);

/* "carrier" */
const char *report_step_name(enum report_step step);

struct report_about {
	const char *version;
	const char *kernel; /* its release */
	const char *machine;
	int64_t written_ns;
};

struct report_cursor {
	struct json json;
	unsigned int part;
	unsigned int index;
};

/* Writes the report's next part, of REPORT_PART_MAX bytes at most; WRITER may
 * be emptied in between. CURSOR is all zero at first. False when there is no
 * more. The report is not to change meanwhile. */
bool report_put(const struct report *report, const struct report_about *about,
		struct report_cursor *cursor, struct writer *writer);
