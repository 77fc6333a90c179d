/*
 * dhcp/name.c. The first byte's lowest bit asks for a lone name, the second is
 * where it begins; the rest is the list. A name is written again, without
 * pointers, and read again, which must give the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct span encode(struct span text, struct writer *wire)
{
	struct reader reader;

	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		struct span label = reader_until(&reader, '.');

		check(label.len > 0 && label.len < 64);
		writer_u8(wire, (uint8_t)label.len);
		writer_put(wire, label);
	}
	writer_u8(wire, 0);
	check(!writer_failed(wire));
	return writer_span(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t text[DHCP_NAME_TEXT_MAX], again[DHCP_NAME_TEXT_MAX], wire[255];
	struct writer writer, writer_again, writer_wire;
	size_t next, next_again;
	struct span list, encoded;

	if (size < 2)
		return 0;
	list = (struct span){ data + 2, size - 2 };
	writer_init(&writer, text, sizeof(text));
	if (dhcp_name_read(list, data[1], data[0] & 1, &writer, &next) < 0)
		return 0;
	check(!writer_failed(&writer));
	check(next <= list.len && (next > data[1] || data[0] & 1));
	for (size_t i = 0; i < writer_len(&writer); i++)
		check(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.?"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			     text[i]) != NULL);

	writer_init(&writer_wire, wire, sizeof(wire));
	encoded = encode(writer_span(&writer), &writer_wire);
	writer_init(&writer_again, again, sizeof(again));
	check(dhcp_name_read(encoded, 0, data[0] & 1, &writer_again,
			     &next_again) == 0);
	check(next_again == encoded.len);
	check(span_equal(writer_span(&writer), writer_span(&writer_again)));
	return 0;
}
