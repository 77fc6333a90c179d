/* netlink/link.c, address.c, neighbour.c, message.c: the input is a datagram. */
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

static void check_address6(const struct route_address6 *address)
{
	struct route_message message, again;
	struct route_address6 second;
	struct route_header header;
	struct reader reader;

	route_build_address6(&message, ROUTE_ADD, address);
	reader_from_span(&reader, route_message_span(&message));
	check(route_next(&reader, &header) == 0);
	check(route_parse_address6(&header, &second) == 0);
	route_build_address6(&again, ROUTE_ADD, &second);
	check(memcmp(&message, &again, sizeof(message)) == 0);
}

static void check_neighbour(const struct route_neighbour *neighbour)
{
	struct route_message message, again;
	struct route_neighbour second;
	struct route_header header;
	struct reader reader;

	check(neighbour->mac_len <= sizeof(neighbour->mac));
	route_build_neighbour(&message, ROUTE_ADD, neighbour);
	reader_from_span(&reader, route_message_span(&message));
	check(route_next(&reader, &header) == 0);
	check(route_parse_neighbour(&header, &second) == 0);
	route_build_neighbour(&again, ROUTE_ADD, &second);
	check(memcmp(&message, &again, sizeof(message)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_neighbour neighbour;
	struct route_address6 address6;
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
		if (route_parse_address6(&header, &address6) == 0)
			check_address6(&address6);
		if (route_parse_neighbour(&header, &neighbour) == 0)
			check_neighbour(&neighbour);
		if (route_parse_error(&header, &error, &reason) == 0) {
			check(error <= 0 && error >= -4095);
			check(reason.len <= header.body.len);
		}
	}
	return 0;
}
