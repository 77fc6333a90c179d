/* See parts.h. */
#include "discover/parts.h"

#include <errno.h>
#include <string.h>

#define LABELS_MAX (DNS_NAME_MAX / 2)
#define TYPE_LABEL_MAX 16 /* 15 and the underscore */

struct span dns_parts_label(const struct dns_name *name, size_t offset)
{
	struct reader reader;

	reader_init(&reader, name->wire, name->len);
	reader_skip(&reader, offset);
	return reader_span(&reader, reader_u8(&reader));
}

static size_t next_label(const struct dns_name *name, size_t offset)
{
	return offset + 1 + dns_parts_label(name, offset).len;
}

static bool is_protocol(struct span label)
{
	return span_is_nocase(label, "_tcp") || span_is_nocase(label, "_udp");
}

/* RFC 6335 §5.1; underscores are seen in the wild. */
static bool is_service_label(struct span label)
{
	if (label.len < 2 || label.len > TYPE_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		uint8_t byte = label.data[i];

		if (!(byte >= 'a' && byte <= 'z') &&
		    !(byte >= 'A' && byte <= 'Z') &&
		    !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_')
			return false;
	}
	return label.data[0] == '_';
}

int dns_parts_find(const struct dns_name *name, struct dns_parts *ret_parts)
{
	/* Of the label at hand, and the two before it. */
	size_t before = 0, previous = 0, here = 0;
	unsigned int n_labels = 0;

	while (here + 1 < name->len) {
		size_t next = next_label(name, here);
		struct span label = dns_parts_label(name, here);
		struct dns_parts parts = { .service = here };

		if (label.data[0] == '_' &&
		    is_protocol(dns_parts_label(name, next))) {
			parts.type = n_labels >= 2 && span_is_nocase(
							      dns_parts_label(
								      name,
								      previous),
							      "_sub") ?
					     before :
					     here;
			parts.domain = next_label(name, next);
			if (!is_service_label(label))
				return -EBADMSG;
			*ret_parts = parts;
			return 0;
		}
		before = previous;
		previous = here;
		here = next;
		n_labels++;
	}
	return -ENOENT;
}

void dns_parts_put(struct writer *writer, const struct dns_name *name,
		   size_t start, size_t end)
{
	struct dns_name part = { .len = 0 };

	memcpy(part.wire, name->wire + start, end - start);
	part.wire[end - start] = 0;
	part.len = (uint8_t)(end - start + 1);
	dns_name_put(writer, &part);
}

int dns_parts_set_domain(struct dns_name *name, size_t offset,
			 const struct dns_name *domain)
{
	if (offset + domain->len > DNS_NAME_MAX)
		return -ENOBUFS;
	memcpy(name->wire + offset, domain->wire, domain->len);
	name->len = (uint8_t)(offset + domain->len);
	return 0;
}
