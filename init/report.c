/* See report.h. */
#include "init/report.h"

#include <string.h>

#include "base/text.h"

static const char steps[REPORT_STEP_N][9] = {
	[REPORT_STEP_LINK] = "link",	   [REPORT_STEP_UP] = "up",
	[REPORT_STEP_CARRIER] = "carrier", [REPORT_STEP_DISCOVER] = "discover",
	[REPORT_STEP_OFFER] = "offer",	   [REPORT_STEP_REQUEST] = "request",
	[REPORT_STEP_ACK] = "ack",	   [REPORT_STEP_ADDRESS] = "address",
	[REPORT_STEP_LEASE] = "lease",
};

const char *report_step_name(enum report_step step)
{
	return step < REPORT_STEP_N ? steps[step] : "";
}

/* Strings. */

/* There from the start, for an error whose words find no room. */
#define TEXT_FAILED 1

static const char *text_at(const struct report *report, uint16_t offset)
{
	return report->text + offset;
}

/* The same string if it is there already, or 0. */
static uint16_t find_text(const struct report *report, const char *string)
{
	size_t offset = 1;

	while (offset < report->text_len) {
		if (strcmp(report->text + offset, string) == 0)
			return (uint16_t)offset;
		offset += strlen(report->text + offset) + 1;
	}
	return 0;
}

/* Keeps STRING, in *RET_OFFSET; false when there is no room for it. */
static bool keep(struct report *report, const char *string,
		 uint16_t *ret_offset)
{
	char copy[REPORT_STRING_MAX];
	size_t len = strlen(string);

	*ret_offset = 0;
	if (len == 0)
		return true;
	if (len >= sizeof(copy)) {
		len = sizeof(copy) - 1;
		memcpy(copy, string, len - 3);
		memcpy(copy + len - 3, "...", 4);
		string = copy;
	}
	*ret_offset = find_text(report, string);
	if (*ret_offset)
		return true;
	if (len + 1 > sizeof(report->text) - report->text_len)
		return false;
	memcpy(report->text + report->text_len, string, len + 1);
	*ret_offset = (uint16_t)report->text_len;
	report->text_len += len + 1;
	return true;
}

/* Events. */

/* The last event of that kind, name and step, or NULL. */
static struct report_event *find(struct report *report, enum report_kind kind,
				 const char *name, enum report_step step)
{
	for (unsigned int i = report->n_events; i-- > 0;) {
		struct report_event *event = &report->events[i];

		if (event->kind == kind && event->step == step &&
		    strcmp(text_at(report, event->name), name) == 0)
			return event;
	}
	return NULL;
}

/* Where an event that starts then belongs: behind those that start no later. */
static struct report_event *make_place(struct report *report, int64_t start_ns)
{
	unsigned int i = report->n_events;

	while (i > 0 && report->events[i - 1].start_ns > start_ns)
		i--;
	memmove(&report->events[i + 1], &report->events[i],
		(report->n_events - i) * sizeof(report->events[0]));
	report->n_events++;
	return &report->events[i];
}

/* The kernel's name of a module, whatever its file is called. */
static void put_module_name(char *buffer, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		buffer[i] = name[i] == '-' ? '_' : name[i];
	buffer[i] = '\0';
}

static void add(struct report *report, enum report_kind kind, const char *name,
		enum report_step step, int64_t start_ns, int64_t end_ns,
		const char *detail, const char *error)
{
	struct report_event *old = find(report, kind, name, step);
	struct report_event event = {
		.start_ns = start_ns,
		.end_ns = end_ns,
		.kind = (uint8_t)kind,
		.step = (uint8_t)step,
	};

	if (old && !old->error && kind != REPORT_DISCOVERY)
		return;
	if (report->n_events == REPORT_EVENTS_MAX ||
	    !keep(report, name, &event.name) ||
	    !keep(report, detail, &event.detail) ||
	    !keep(report, error, &event.error)) {
		report->n_events_over++;
		return;
	}
	*make_place(report, start_ns) = event;
	report->changed = true;
}

void report_init(struct report *report, int64_t started_ns)
{
	memset(report, 0, sizeof(*report));
	report->text_len = 1;
	memcpy(report->text + TEXT_FAILED, "failed", sizeof("failed"));
	report->text_len += sizeof("failed");
	report_span(report, REPORT_KERNEL, "kernel", 0, started_ns, NULL);
	report_begin(report, REPORT_INIT, "init", started_ns);
}

void report_begin(struct report *report, enum report_kind kind,
		  const char *name, int64_t now_ns)
{
	add(report, kind, name, REPORT_STEP_NONE, now_ns, REPORT_OPEN, "", "");
}

void report_end(struct report *report, enum report_kind kind, const char *name,
		int64_t now_ns, const char *error)
{
	struct report_event *event = find(report, kind, name, REPORT_STEP_NONE);

	if (!event || event->end_ns != REPORT_OPEN)
		return;
	event->end_ns = now_ns;
	if (error && !keep(report, error, &event->error))
		event->error = TEXT_FAILED;
	report->changed = true;
}

void report_point(struct report *report, enum report_kind kind,
		  const char *name, int64_t at_ns)
{
	report_span(report, kind, name, at_ns, at_ns, NULL);
}

void report_span(struct report *report, enum report_kind kind, const char *name,
		 int64_t start_ns, int64_t end_ns, const char *error)
{
	add(report, kind, name, REPORT_STEP_NONE, start_ns, end_ns, "",
	    error ? error : "");
}

void report_message(struct report *report, enum log_level level,
		    const char *text, int64_t now_ns)
{
	unsigned int i = report->n_messages;

	if (level > LOG_LEVEL_WARNING)
		return;
	if (i == REPORT_MESSAGES_MAX ||
	    !keep(report, text, &report->messages[i].text)) {
		report->n_messages_over++;
		return;
	}
	report->messages[i].at_ns = now_ns;
	report->messages[i].level = (uint8_t)level;
	report->n_messages++;
	report->changed = true;
}

void report_module(struct report *report, const char *name, int64_t start_ns,
		   int64_t end_ns, const char *error)
{
	char buffer[REPORT_STRING_MAX];

	put_module_name(buffer, sizeof(buffer), name);
	report_span(report, REPORT_MODULE, buffer, start_ns, end_ns, error);
}

/* Records. */

/* A time that a child says, which is never later than now. */
static bool get_time(const struct record *record, const char *key,
		     int64_t now_ns, int64_t *ret_ns)
{
	uint64_t value;

	if (record_get_u64(record, key, INT64_MAX, &value) < 0)
		return false;
	*ret_ns = (int64_t)value < now_ns ? (int64_t)value : now_ns;
	return true;
}

/* The value of KEY; false when it is absent, empty or can't be used. */
static bool get(const struct record *record, const char *key, char *buffer)
{
	buffer[0] = '\0';
	return record_get(record, key, buffer, REPORT_STRING_MAX) == 0 &&
	       buffer[0];
}

/* They return false when the record is malformed. */

static bool apply_step(struct report *report, const struct record *record,
		       int64_t now_ns)
{
	char name[REPORT_STRING_MAX], step[REPORT_STRING_MAX];
	int64_t at_ns;

	if (!get(record, "interface", name) || !get(record, "name", step) ||
	    !get_time(record, "at", now_ns, &at_ns))
		return false;
	for (unsigned int i = 0; i < REPORT_STEP_N; i++) {
		if (strcmp(steps[i], step) == 0)
			add(report, REPORT_NIC, name, i, at_ns, at_ns, "", "");
	}
	return true;
}

static bool apply_lease(struct report *report, const struct record *record,
			int64_t now_ns)
{
	char name[REPORT_STRING_MAX], text[TEXT_IPV4_MAX + 3];
	struct writer writer;
	uint32_t address;
	uint64_t prefix;

	if (!get(record, "interface", name) ||
	    record_get_ipv4(record, "address", &address) < 0 ||
	    record_get_u64(record, "prefix", 32, &prefix) < 0)
		return false;
	writer_init(&writer, text, sizeof(text));
	text_put_ipv4(&writer, address);
	writer_u8(&writer, '/');
	text_put_u64(&writer, prefix);
	add(report, REPORT_NIC, name, REPORT_STEP_LEASE, now_ns, now_ns,
	    text_end(&writer), "");
	return true;
}

static bool apply_trouble(struct report *report, const struct record *record,
			  int64_t now_ns)
{
	char name[REPORT_STRING_MAX], text[REPORT_STRING_MAX];
	char message[2 * REPORT_STRING_MAX + 2];
	struct writer writer;

	if (!get(record, "interface", name) || !get(record, "text", text))
		return false;
	writer_init(&writer, message, sizeof(message));
	text_put(&writer, name);
	text_put(&writer, ": ");
	text_put(&writer, text);
	report_message(report, LOG_LEVEL_WARNING, text_end(&writer), now_ns);
	return true;
}

static bool apply_module(struct report *report, const struct record *record,
			 int64_t now_ns)
{
	char name[REPORT_STRING_MAX], error[REPORT_STRING_MAX];
	int64_t start_ns, end_ns;

	get(record, "error", error);
	if (!get(record, "name", name) ||
	    !get_time(record, "start", now_ns, &start_ns) ||
	    !get_time(record, "end", now_ns, &end_ns) || start_ns > end_ns)
		return false;
	report_module(report, name, start_ns, end_ns, error);
	return true;
}

static bool apply_unserved(struct report *report, const struct record *record)
{
	unsigned int i = report->n_unserved;
	char alias[REPORT_STRING_MAX];
	uint64_t count;

	if (!get(record, "alias", alias))
		return false;
	if (record_get_u64(record, "count", UINT32_MAX, &count) < 0)
		count = 1;
	for (unsigned int k = 0; k < i; k++) {
		uint16_t known = report->unserved[k].alias;

		if (strcmp(text_at(report, known), alias) != 0)
			continue;
		report->unserved[k].count = (uint32_t)count;
		report->changed = true;
		return true;
	}
	if (i == REPORT_UNSERVED_MAX ||
	    !keep(report, alias, &report->unserved[i].alias)) {
		report->n_unserved_over++;
		return true;
	}
	report->unserved[i].count = (uint32_t)count;
	report->n_unserved++;
	report->changed = true;
	return true;
}

static bool apply_service(struct report *report, const struct record *record,
			  int64_t now_ns)
{
	char name[REPORT_STRING_MAX], health[REPORT_STRING_MAX];
	struct report_event *event;
	uint16_t detail;

	if (!get(record, "url", name) && !get(record, "instance", name))
		return false;
	get(record, "health", health);
	event = find(report, REPORT_PROVIDER, name, REPORT_STEP_NONE);
	if (!event && report->n_providers == REPORT_PROVIDERS_MAX) {
		/* Strangers may not fill it. */
		report->n_events_over++;
	} else if (!event) {
		report->n_providers++;
		add(report, REPORT_PROVIDER, name, REPORT_STEP_NONE, now_ns,
		    now_ns, health, "");
	} else if (strcmp(text_at(report, event->detail), health) != 0 &&
		   keep(report, health, &detail)) {
		event->detail = detail;
		event->end_ns = now_ns;
		report->changed = true;
	}
	return true;
}

static bool apply(struct report *report, enum facts_origin origin,
		  const struct record *record, int64_t now_ns)
{
	struct span event = record->event;

	switch (origin) {
	case FACTS_FROM_NET:
		if (span_is(event, "step"))
			return apply_step(report, record, now_ns);
		if (span_is(event, "lease"))
			return apply_lease(report, record, now_ns);
		if (span_is(event, "trouble"))
			return apply_trouble(report, record, now_ns);
		break;
	case FACTS_FROM_DISCOVER:
		if (span_is(event, "service") || span_is(event, "changed"))
			return apply_service(report, record, now_ns);
		break;
	case FACTS_FROM_DRIVERS:
		if (span_is(event, "module"))
			return apply_module(report, record, now_ns);
		if (span_is(event, "unserved"))
			return apply_unserved(report, record);
		if (span_is(event, "coldplugged"))
			report_end(report, REPORT_COLDPLUG, "devices", now_ns,
				   NULL);
		break;
	}
	return true;
}

void report_record(struct report *report, enum facts_origin origin,
		   struct span line, int64_t now_ns)
{
	struct record record;

	if (record_parse(line, &record) < 0 ||
	    !apply(report, origin, &record, now_ns))
		report->n_malformed++;
}
