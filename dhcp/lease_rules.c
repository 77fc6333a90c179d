/* See lease_rules.h. */
#include "dhcp/lease_rules.h"

#include <string.h>

bool dhcp_is_host(uint32_t address)
{
	return address >> 24 != 0 && address >> 24 != 127 &&
	       address >> 28 != 0xe && address != UINT32_MAX;
}

uint8_t dhcp_class_prefix(uint32_t address)
{
	if (address >> 31 == 0)
		return 8;
	if (address >> 30 == 2)
		return 16;
	if (address >> 29 == 6)
		return 24;
	return 0;
}

static bool in_subnet(const struct dhcp_lease *lease, uint32_t address)
{
	return ((address ^ lease->address) & dhcp_prefix_mask(lease->prefix)) ==
	       0;
}

/* Whether ADDRESS is the first or last of the subnet, which are no host's but
 * in a /31 (RFC 3021) or /32. */
static bool is_subnet_end(const struct dhcp_lease *lease, uint32_t address)
{
	uint32_t mask = dhcp_prefix_mask(lease->prefix);
	uint32_t host = address & ~mask;

	return lease->prefix < 31 && (host == 0 || host == ~mask);
}

bool dhcp_lease_has_address(const struct dhcp_lease *lease)
{
	return lease->prefix >= 1 && lease->prefix <= 32 &&
	       dhcp_is_host(lease->address) &&
	       !is_subnet_end(lease, lease->address) &&
	       dhcp_is_host(lease->server_id) &&
	       lease->address != lease->server_id;
}

bool dhcp_lease_has_broadcast(const struct dhcp_lease *lease,
			      uint32_t broadcast)
{
	return in_subnet(lease, broadcast) && is_subnet_end(lease, broadcast);
}

/* Whether one of the routes so far leads to ADDRESS without a gateway. */
static bool is_routed(const struct dhcp_lease *lease, uint32_t address)
{
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];

		if (route->gateway == 0 &&
		    ((address ^ route->destination) &
		     dhcp_prefix_mask(route->prefix)) == 0)
			return true;
	}
	return false;
}

/* Nothing leads to this host, to no host or to all: those networks as a whole
 * or in parts, while 0.0.0.0/1 is half of the world. */
static bool is_destination(const struct dhcp_route *route)
{
	if (route->prefix > 32 ||
	    route->destination & ~dhcp_prefix_mask(route->prefix))
		return false;
	return route->prefix < 8 || (route->destination >> 24 != 0 &&
				     route->destination >> 24 != 127 &&
				     route->destination != UINT32_MAX);
}

bool dhcp_lease_may_route(const struct dhcp_lease *lease,
			  struct dhcp_route *route)
{
	route->onlink = 0;
	if (!is_destination(route))
		return false;
	if (route->gateway == 0)
		return true;
	if (!dhcp_is_host(route->gateway) || route->gateway == lease->address)
		return false;
	if (in_subnet(lease, route->gateway))
		return !is_subnet_end(lease, route->gateway);
	if (is_routed(lease, route->gateway))
		return true;
	/* With a /32, as clouds give it out, every gateway is outside. */
	route->onlink = lease->prefix == 32;
	return route->onlink;
}

uint32_t dhcp_lease_find_router(const struct dhcp_lease *lease)
{
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		if (lease->routes[i].prefix == 0 && lease->routes[i].gateway)
			return lease->routes[i].gateway;
	}
	return 0;
}

bool dhcp_is_name(struct span name, bool several)
{
	/* Never at the start, where '-' is an option of a tool's. */
	bool start = true;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i];
		uint8_t letter = byte | 0x20;

		if ((letter >= 'a' && letter <= 'z') ||
		    (byte >= '0' && byte <= '9'))
			start = false;
		else if (several && byte == ' ' && i > 0)
			start = true;
		else if (start || (byte != '-' && byte != '_' && byte != '.'))
			return false;
	}
	return name.len > 0;
}

bool dhcp_is_text(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	}
	return true;
}

bool dhcp_is_vendor_info(struct span info)
{
	struct reader reader;

	reader_from_span(&reader, info);
	do {
		reader_skip(&reader, 4);
		reader_skip(&reader, reader_u8(&reader));
	} while (reader_left(&reader) > 0);
	return !reader_failed(&reader);
}

bool dhcp_is_others(struct span others)
{
	struct reader reader;
	uint8_t last = 0;

	reader_from_span(&reader, others);
	while (reader_left(&reader) > 0) {
		uint8_t code = reader_u8(&reader);

		if (code <= last || dhcp_is_typed(code))
			return false;
		last = code;
		reader_skip(&reader, reader_u8(&reader));
	}
	return !reader_failed(&reader);
}

bool dhcp_is_typed(uint8_t code)
{
	static const uint8_t typed[] = {
		DHCP_OPTION_PAD,
		DHCP_OPTION_SUBNET_MASK,
		DHCP_OPTION_ROUTER,
		DHCP_OPTION_DNS,
		DHCP_OPTION_HOST_NAME,
		DHCP_OPTION_DOMAIN_NAME,
		DHCP_OPTION_MTU,
		DHCP_OPTION_BROADCAST,
		DHCP_OPTION_STATIC_ROUTES,
		DHCP_OPTION_NTP,
		DHCP_OPTION_VENDOR,
		DHCP_OPTION_REQUESTED_ADDRESS,
		DHCP_OPTION_LEASE_TIME,
		DHCP_OPTION_OVERLOAD,
		DHCP_OPTION_TYPE,
		DHCP_OPTION_SERVER_ID,
		DHCP_OPTION_PARAMETERS,
		DHCP_OPTION_MAX_SIZE,
		DHCP_OPTION_T1,
		DHCP_OPTION_T2,
		DHCP_OPTION_VENDOR_CLASS,
		DHCP_OPTION_CLIENT_ID,
		DHCP_OPTION_TFTP_SERVER,
		DHCP_OPTION_BOOT_FILE,
		DHCP_OPTION_WWW,
		DHCP_OPTION_RAPID_COMMIT,
		DHCP_OPTION_FQDN,
		DHCP_OPTION_IPV6_ONLY,
		DHCP_OPTION_CAPTIVE_PORTAL,
		DHCP_OPTION_SEARCH,
		DHCP_OPTION_CLASSLESS_ROUTES,
		DHCP_OPTION_VENDOR_INFO,
		DHCP_OPTION_END,
	};

	return memchr(typed, code, sizeof(typed)) != NULL;
}
