/*
 * discover/name.c: the input is an offset, of two bytes, and a message. What
 * was decoded is written, as bytes and as text, and read again: the same.
 */
#include <stdlib.h>
#include <string.h>

#include "discover/name.h"

static void check_same(const struct dns_name *a, const struct dns_name *b)
{
	if (a->len != b->len || memcmp(a->wire, b->wire, a->len) != 0 ||
	    !dns_name_equal(a, b))
		abort();
}

/* Names without their first labels, down to the root. */
static void check_parts(const struct dns_name *name)
{
	struct dns_name rest = *name;

	for (unsigned int n = 0; !dns_name_is_root(&rest); n++) {
		struct dns_name after = dns_name_after(name, n + 1);

		if (n > 127 || !dns_name_ends_with(name, &rest) ||
		    !dns_name_is_child(&rest, &after))
			abort();
		rest = after;
	}
	rest = dns_name_after(&rest, 1);
	if (rest.len != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_name name, again;
	uint8_t bytes[12 + DNS_NAME_MAX] = { 0 };
	struct reader reader;
	struct writer writer;
	struct span message;
	char text[1024];
	size_t offset, next;

	reader_init(&reader, data, size);
	offset = reader_be16(&reader);
	if (reader_failed(&reader))
		return 0;
	message = reader_rest(&reader);
	if (dns_name_decode(message, offset, &name, &next) < 0)
		return 0;
	if (next <= offset || next > message.len || name.len == 0)
		abort();

	writer_init(&writer, bytes, sizeof(bytes));
	writer_fill(&writer, 0, 12);
	dns_name_encode(&writer, &name);
	if (dns_name_decode(writer_span(&writer), 12, &again, &next) < 0)
		abort();
	check_same(&name, &again);

	writer_init(&writer, text, sizeof(text));
	dns_name_put(&writer, &name);
	if (writer_failed(&writer) ||
	    dns_name_parse(writer_span(&writer), &again) < 0)
		abort();
	check_same(&name, &again);
	check_parts(&name);
	return 0;
}
