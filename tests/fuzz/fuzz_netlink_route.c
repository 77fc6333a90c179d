/* netlink/route.c: the input is a datagram. */
#include <stdlib.h>
#include <string.h>

#include "netlink/route.h"

static void check(bool good)
{
	if (!good)
		abort();
}

/* What was read can be asked for, and is read the same again. */
static void check_address(const struct route_address *address)
{
	struct route_message message, again;
	struct route_address second;
	struct route_header header;
	struct reader reader;

	route_build_address(&message, ROUTE_ADD, address);
	reader_from_span(&reader, route_message_span(&message));
	check(route_next(&reader, &header) == 0);
	check(route_parse_address(&header, &second) == 0);
	route_build_address(&again, ROUTE_ADD, &second);
	check(memcmp(&message, &again, sizeof(message)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_address address;
	struct route_header header;
	struct route_link link;
	struct reader reader;
	struct span reason;
	int error;

	reader_init(&reader, data, size);
	while (route_next(&reader, &header) == 0) {
		if (route_parse_link(&header, &link) == 0) {
			check(link.ifindex > 0 && link.name[0] != '\0');
			check(strlen(link.name) < sizeof(link.name));
			check(strlen(link.kind) < sizeof(link.kind));
			check(link.mac_len <= sizeof(link.mac));
		}
		if (route_parse_address(&header, &address) == 0)
			check_address(&address);
		if (route_parse_error(&header, &error, &reason) == 0) {
			check(error <= 0 && error >= -4095);
			check(reason.len <= header.body.len);
		}
	}
	return 0;
}
