/* See name.h. */
#include "dhcp/name.h"

#include <errno.h>

#define LABEL_MAX 63
#define WIRE_MAX 255
/* A name has 127 labels at most; more pointers than that lead nowhere. */
#define POINTERS_MAX 127

static void put_label(struct writer *text, struct span label, bool first)
{
	if (!first)
		writer_u8(text, '.');
	for (size_t i = 0; i < label.len; i++) {
		uint8_t byte = label.data[i];
		uint8_t letter = byte | 0x20;

		writer_u8(text, (letter >= 'a' && letter <= 'z') ||
						(byte >= '0' && byte <= '9') ||
						byte == '-' || byte == '_' ?
					byte :
					'?');
	}
}

int dhcp_name_read(struct span list, size_t offset, bool lone,
		   struct writer *text, size_t *ret_next)
{
	size_t lowest = offset, next = 0, wire = 1; /* the root's */
	unsigned int n_pointers = 0;
	struct reader reader;

	reader_from_span(&reader, span_skip(list, offset));
	while (!lone || reader_left(&reader) > 0) {
		uint8_t len = reader_u8(&reader);

		if (len >= 0xc0 && !lone) {
			size_t target = (size_t)(len & 0x3f) << 8;

			target |= reader_u8(&reader);
			if (reader_failed(&reader) || target >= lowest ||
			    n_pointers++ == POINTERS_MAX)
				return -EBADMSG;
			if (n_pointers == 1)
				next = list.len - reader_left(&reader);
			lowest = target;
			reader_from_span(&reader, span_skip(list, target));
			continue;
		}
		/* 01 and 10 are no label types any more (RFC 6891 §5). */
		if (reader_failed(&reader) || len > LABEL_MAX)
			return -EBADMSG;
		if (len == 0)
			break;
		put_label(text, reader_span(&reader, len), wire == 1);
		wire += len + 1u;
		if (reader_failed(&reader) || wire > WIRE_MAX)
			return -EBADMSG;
	}
	if (n_pointers == 0)
		next = list.len - reader_left(&reader);
	if (ret_next)
		*ret_next = next;
	return 0;
}
