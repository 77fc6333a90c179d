/* base/record.c: the input is a line. What parses is written and parsed
 * again, and says the same. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void copy_name(char *name, struct span span)
{
	check(text_copy(name, RECORD_LINE_MAX + 1, span) == 0 && name[0]);
}

static bool is_first(const struct record *record, unsigned int index)
{
	for (unsigned int i = 0; i < index; i++) {
		if (span_equal(record->fields[i].key,
			       record->fields[index].key))
			return false;
	}
	return true;
}

/* All that can be decoded, each key once. */
static void write_again(struct writer *writer, const struct record *record)
{
	char name[RECORD_LINE_MAX + 1], value[RECORD_LINE_MAX + 1];

	copy_name(name, record->event);
	record_begin(writer, name);
	for (unsigned int i = 0; i < record->n_fields; i++) {
		int r;

		copy_name(name, record->fields[i].key);
		r = record_get(record, name, value, sizeof(value));
		check(r == 0 || r == -EBADMSG);
		if (r == 0 && is_first(record, i))
			record_put(writer, name, span_of(value));
	}
	record_end(writer);
}

static void compare(const struct record *a, const struct record *b)
{
	char name[RECORD_LINE_MAX + 1], value[RECORD_LINE_MAX + 1],
		other[RECORD_LINE_MAX + 1];

	check(span_equal(a->event, b->event));
	for (unsigned int i = 0; i < b->n_fields; i++) {
		uint64_t number, number_b;
		uint32_t address, address_b;
		int r;

		copy_name(name, b->fields[i].key);
		check(record_get(a, name, value, sizeof(value)) == 0);
		check(record_get(b, name, other, sizeof(other)) == 0);
		check(strcmp(value, other) == 0);
		check(record_get(b, name, other, strlen(value) + 1) == 0);
		check(record_get(b, name, other, strlen(value)) == -ENOBUFS);
		r = record_get_u64(a, name, UINT64_MAX, &number);
		check(r == record_get_u64(b, name, UINT64_MAX, &number_b));
		check(r < 0 || number == number_b);
		r = record_get_ipv4(a, name, &address);
		check(r == record_get_ipv4(b, name, &address_b));
		check(r < 0 || address == address_b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record, back;
	uint8_t *line;
	struct writer writer;
	struct span written;

	if (record_parse((struct span){ data, size }, &record) < 0)
		return 0;
	check(record.n_fields <= RECORD_FIELDS_MAX);
	line = malloc(RECORD_LINE_MAX + 1);
	check(line != NULL);
	/* What was a line of RECORD_LINE_MAX is one of that again. */
	writer_init(&writer, line, RECORD_LINE_MAX + 1);
	write_again(&writer, &record);
	written = writer_span(&writer);
	check(written.len > 0);
	for (size_t i = 0; i + 1 < written.len; i++)
		check(written.data[i] >= ' ' && written.data[i] <= '~');
	written.len--;
	check(record_parse(written, &back) == 0);
	compare(&record, &back);
	free(line);
	return 0;
}
