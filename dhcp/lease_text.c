/* See lease_text.h. */
#include "dhcp/lease_text.h"

#include "base/record.h"
#include "base/text.h"
#include "dhcp/lease_fields.h"

/* " omitted=9" and the newline. */
#define OMITTED_MAX 11

/* KEY as records have it: with '-' for '_'. */
static void record_put_field(struct writer *writer, const char *key,
			     struct span value)
{
	char name[16];
	size_t i = 0;

	for (; key[i] != '\0'; i++)
		name[i] = key[i] == '_' ? '-' : key[i];
	name[i] = '\0';
	record_put(writer, name, value);
}

void dhcp_lease_write_record(struct writer *writer, const char *interface,
			     const struct dhcp_lease *lease)
{
	size_t start = writer_len(writer);
	unsigned int omitted = 0;

	record_begin(writer, "lease");
	record_put(writer, "interface", span_of(interface));
	for (unsigned int i = 0; i < DHCP_FIELDS_RECORD; i++) {
		struct dhcp_field field = dhcp_lease_field(lease, i);
		struct writer value, before = *writer;
		uint8_t buffer[DHCP_FIELD_MAX];

		if (!field.present)
			continue;
		writer_init(&value, buffer, sizeof(buffer));
		dhcp_field_put(&value, lease, &field, ',');
		record_put_field(writer, field.key, writer_span(&value));
		/* Strings go in while there is room in the line for what ends
		 * it. */
		if (i < DHCP_FIELDS_FIXED ||
		    (!writer_failed(writer) &&
		     writer_room(writer) >= OMITTED_MAX &&
		     writer_len(writer) - start + OMITTED_MAX <=
			     RECORD_LINE_MAX))
			continue;
		*writer = before;
		omitted++;
	}
	if (omitted)
		record_put_u64(writer, "omitted", omitted);
	record_end(writer);
}

/* Quoted whatever it is: some of it is foreign bytes. */
static void file_end(struct writer *writer, struct span value)
{
	writer_u8(writer, '=');
	text_put_shell(writer, value);
	writer_u8(writer, '\n');
}

static void file_put_others(struct writer *writer, struct span others)
{
	struct reader reader;

	reader_from_span(&reader, others);
	while (reader_left(&reader) > 0) {
		uint8_t code = reader_u8(&reader), buffer[2 * UINT8_MAX];
		struct writer hex;

		writer_init(&hex, buffer, sizeof(buffer));
		text_put_hex_bytes(&hex,
				   reader_span(&reader, reader_u8(&reader)), 0);
		text_put(writer, "option_");
		text_put_u64(writer, code);
		file_end(writer, writer_span(&hex));
	}
}

void dhcp_lease_write_file(struct writer *writer, const char *interface,
			   const struct dhcp_lease *lease)
{
	text_put(writer, "interface");
	file_end(writer, span_of(interface));
	for (unsigned int i = 0; i < DHCP_FIELDS_N; i++) {
		struct dhcp_field field = dhcp_lease_field(lease, i);
		uint8_t buffer[DHCP_FIELD_MAX];
		struct writer value;

		if (!field.present)
			continue;
		writer_init(&value, buffer, sizeof(buffer));
		dhcp_field_put(&value, lease, &field, ' ');
		text_put(writer, field.key);
		file_end(writer, writer_span(&value));
	}
	file_put_others(writer, dhcp_raw_span(&lease->others));
}
