/*
 * discover/output.c, table.c: the input is the columns of a terminal, the kind
 * and the source of a service, the length of its name, the name, and its TXT
 * record. JSON and records are read back by their readers; a table is as wide
 * as the terminal at most, and holds nothing that a terminal obeys.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/record.h"
#include "base/text.h"
#include "discover/output.h"
#include "discover/table.h"

static const struct service_wish wish = { .arch = "arm64" };
static uint8_t line[2 * OUTPUT_LINE_MAX];

static void read_json(const struct service *service)
{
	struct json_reader reader;
	struct json_token token;
	struct writer writer;

	writer_init(&writer, line, OUTPUT_LINE_MAX);
	output_put_json(&writer, OUTPUT_SERVICE, "_x._tcp", service, &wish);
	if (writer_failed(&writer))
		abort();
	json_reader_init(&reader, writer_span(&writer));
	do {
		if (json_next(&reader, &token) < 0)
			abort();
	} while (token.type != JSON_END);
}

static void read_record(const struct service *service)
{
	char instance[SERVICE_NAME_MAX + 1];
	struct record record;
	struct writer writer;
	struct span text;

	writer_init(&writer, line, OUTPUT_LINE_MAX);
	output_put_record(&writer, OUTPUT_LOST, service, &wish, true);
	text = writer_span(&writer);
	if (text.len == 0 || text.len > RECORD_LINE_MAX + 1)
		abort();
	text.len--;
	if (record_parse(text, &record) < 0)
		abort();
	if (service->kind == SERVICE_KIND_TYPE || service->instance_len == 0 ||
	    memchr(service->instance, 0, service->instance_len))
		return;
	if (record_get(&record, "instance", instance, sizeof(instance)) < 0 ||
	    memcmp(instance, service->instance, service->instance_len) != 0)
		abort();
}

/* Lines of valid UTF-8, without controls, that fit into LIMIT, or 0. */
static void check_lines(struct span text, size_t limit)
{
	size_t width = 0;

	while (text.len > 0) {
		struct span one = text;
		uint32_t c = 0;

		one.len = text_next_char(text, &c);
		if (one.len == 0 || (c < 0x20 && c != '\n') ||
		    (c >= 0x7f && c < 0xa0))
			abort();
		width = c == '\n' ? 0 : width + text_width(one);
		if (limit > 0 && width > limit)
			abort();
		text = span_skip(text, one.len);
	}
}

static void check_table(const struct service *service, size_t limit)
{
	struct writer writer;
	struct table table;

	table_init(&table, service->kind, limit, false);
	table_measure(&table, service, &wish);
	table_fit(&table);
	writer_init(&writer, line, sizeof(line));
	table_put_heading(&table, &writer);
	table_put_row(&table, &writer, service, &wish, true);
	if (writer_failed(&writer))
		abort();
	check_lines(writer_span(&writer), limit);
	if (limit > 0 && limit < 20)
		return;
	table_init_stream(&table, service->kind, limit % 2, limit, false);
	writer_init(&writer, line, sizeof(line));
	table_put_event(&table, &writer, '+', 1, service, &wish);
	if (writer_failed(&writer))
		abort();
	check_lines(writer_span(&writer), limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct service service = { .n_addresses = 1, .port = 80 };
	struct reader reader;
	size_t limit, len;

	reader_init(&reader, data, size);
	limit = reader_u8(&reader);
	service.kind = reader_u8(&reader) % (SERVICE_KIND_HOST + 1);
	service.source = reader_u8(&reader) % (SERVICE_NEIGHBOUR + 1);
	service.instance_len = reader_u8(&reader) % (SERVICE_NAME_MAX + 1);
	reader_copy(&reader, service.instance, service.instance_len);
	if (reader_failed(&reader))
		return 0;
	len = reader_left(&reader);
	if (len > sizeof(service.txt))
		len = sizeof(service.txt);
	service.txt_len = (uint16_t)len;
	reader_copy(&reader, service.txt, len);
	read_json(&service);
	read_record(&service);
	check_table(&service, limit);
	return 0;
}
