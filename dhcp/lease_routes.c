/* See lease_routes.h. */
#include "dhcp/lease_routes.h"

#include "dhcp/lease_rules.h"

/* Adds ROUTE if it is a possible one, else counts it. */
static bool add_route(struct dhcp_route *route, struct dhcp_counters *counters,
		      struct dhcp_lease *lease)
{
	struct dhcp_route *slot;

	if (!dhcp_lease_may_route(lease, route)) {
		dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		return false;
	}
	if (lease->n_routes == DHCP_LEASE_ROUTES_MAX) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		return false;
	}
	/* Not the struct at once: its padding would come along. */
	slot = &lease->routes[lease->n_routes++];
	slot->destination = route->destination;
	slot->gateway = route->gateway;
	slot->prefix = route->prefix;
	slot->onlink = route->onlink;
	return true;
}

/* One destination descriptor and its gateway, RFC 3442. The reader fails when
 * they are malformed. */
static struct dhcp_route next_route(struct reader *reader)
{
	struct dhcp_route route = { .prefix = reader_u8(reader) };

	if (route.prefix > 32) {
		reader_fail(reader);
		return route;
	}
	for (unsigned int i = 0; i < 4; i++) {
		route.destination <<= 8;
		if (i < (route.prefix + 7u) / 8)
			route.destination |= reader_u8(reader);
	}
	route.destination &= dhcp_prefix_mask(route.prefix);
	route.gateway = reader_be32(reader);
	return route;
}

/* Those of option 121 that have, or have not, a gateway. */
static void add_classless(struct span value, bool gateway,
			  struct dhcp_counters *counters,
			  struct dhcp_lease *lease)
{
	struct reader reader;

	reader_from_span(&reader, value);
	while (reader_left(&reader) > 0) {
		struct dhcp_route route = next_route(&reader);

		if ((route.gateway != 0) == gateway)
			(void)add_route(&route, counters, lease);
	}
}

/* Option 121; false when it is absent or, as a whole, malformed. */
static bool read_classless(const struct dhcp_message *message,
			   struct dhcp_counters *counters,
			   struct dhcp_lease *lease)
{
	const uint8_t code = DHCP_OPTION_CLASSLESS_ROUTES;
	struct span value = dhcp_options_get(&message->options, code);
	struct reader reader;

	if (!dhcp_options_has(&message->options, code))
		return false;
	reader_from_span(&reader, value);
	do
		(void)next_route(&reader);
	while (reader_left(&reader) > 0);
	if (reader_failed(&reader)) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return false;
	}
	lease->classless = 1;
	/* First those that the gateways of the others may need. */
	add_classless(value, false, counters, lease);
	add_classless(value, true, counters, lease);
	return true;
}

static bool get_list(const struct dhcp_message *message, uint8_t code,
		     struct dhcp_counters *counters, struct reader *ret_list)
{
	int r = dhcp_options_get_list(&message->options, code, ret_list);

	if (r < 0 && dhcp_options_has(&message->options, code))
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	return r == 0;
}

/* Option 3: the first router that can be one. */
static void read_routers(const struct dhcp_message *message,
			 struct dhcp_counters *counters,
			 struct dhcp_lease *lease)
{
	struct reader list;

	if (!get_list(message, DHCP_OPTION_ROUTER, counters, &list))
		return;
	while (reader_left(&list) > 0) {
		struct dhcp_route route = { .gateway = reader_be32(&list) };

		/* 0 would be a default route without a gateway. */
		if (route.gateway == 0)
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		else if (add_route(&route, counters, lease))
			return;
	}
}

/*
 * Option 33, RFC 2132 §5.8: to a network of a class or, where there are bits
 * behind its mask, to a host. The default route is no legal one.
 */
static void read_classful(const struct dhcp_message *message,
			  struct dhcp_counters *counters,
			  struct dhcp_lease *lease)
{
	struct reader list;

	if (!get_list(message, DHCP_OPTION_STATIC_ROUTES, counters, &list))
		return;
	if (reader_left(&list) % 8 != 0) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return;
	}
	while (reader_left(&list) > 0) {
		struct dhcp_route route = { .destination = reader_be32(&list) };

		route.gateway = reader_be32(&list);
		route.prefix = dhcp_class_prefix(route.destination);
		if (route.destination & ~dhcp_prefix_mask(route.prefix))
			route.prefix = 32;
		if (!dhcp_is_host(route.destination) || route.gateway == 0)
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		else
			(void)add_route(&route, counters, lease);
	}
}

void dhcp_lease_read_routes(const struct dhcp_message *message,
			    struct dhcp_counters *counters,
			    struct dhcp_lease *lease)
{
	if (!read_classless(message, counters, lease)) {
		read_routers(message, counters, lease);
		read_classful(message, counters, lease);
	}
	lease->router = dhcp_lease_find_router(lease);
}
