/* See lease.h. */
#include "dhcp/lease.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define MTU_MIN 68 /* RFC 2132 §5.1, RFC 791 */

static int reject(struct dhcp_counters *counters, enum dhcp_count reason)
{
	dhcp_count(counters, reason);
	return -EBADMSG;
}

/* Whether a host may have ADDRESS, as far as can be said without a mask:
 * RFC 1122 §3.2.1.3. 240/4 is left to who uses it. */
static bool is_host(uint32_t address)
{
	return address >> 24 != 0 && address >> 24 != 127 &&
	       address >> 28 != 0xe && address != UINT32_MAX;
}

uint32_t dhcp_prefix_mask(uint8_t prefix)
{
	return prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
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
	uint32_t host = address & ~dhcp_prefix_mask(lease->prefix);

	return lease->prefix < 31 &&
	       (host == 0 || host == ~dhcp_prefix_mask(lease->prefix));
}

/* Whether ADDRESS may be another host on this link. */
static bool is_neighbour(const struct dhcp_lease *lease, uint32_t address)
{
	return is_host(address) && address != lease->address &&
	       in_subnet(lease, address) && !is_subnet_end(lease, address);
}

/* RFC 791 §3.2: the mask of the address's class; 0 where there is none. */
static uint8_t class_prefix(uint32_t address)
{
	if (address >> 31 == 0)
		return 8;
	if (address >> 30 == 2)
		return 16;
	if (address >> 29 == 6)
		return 24;
	return 0;
}

/* The length of MASK, or 0 when it is 0 or has holes. */
static uint8_t mask_prefix(uint32_t mask)
{
	uint8_t prefix = 0;

	while (prefix < 32 && mask & (UINT32_C(1) << 31 >> prefix))
		prefix++;
	return mask == dhcp_prefix_mask(prefix) ? prefix : 0;
}

/* The lease has its address, and the prefix if that is known already. */
static int read_address(const struct dhcp_message *message,
			struct dhcp_counters *counters,
			struct dhcp_lease *lease)
{
	uint32_t mask;
	int r;

	if (!is_host(lease->address))
		return reject(counters, DHCP_COUNT_BAD_ADDRESS);
	r = dhcp_options_get_u32(&message->options, DHCP_OPTION_SUBNET_MASK,
				 &mask);
	if (lease->prefix == 0 && r == 0)
		lease->prefix = mask_prefix(mask);
	else if (lease->prefix == 0 && r == -ENOENT)
		lease->prefix = class_prefix(lease->address);
	if (lease->prefix == 0)
		return reject(counters, DHCP_COUNT_BAD_MASK);
	if (is_subnet_end(lease, lease->address))
		return reject(counters, DHCP_COUNT_BAD_ADDRESS);
	if (dhcp_options_get_u32(&message->options, DHCP_OPTION_SERVER_ID,
				 &lease->server_id) < 0 ||
	    !is_host(lease->server_id))
		return reject(counters, DHCP_COUNT_SERVER_ID);
	if (lease->address == lease->server_id)
		return reject(counters, DHCP_COUNT_BAD_ADDRESS);
	return 0;
}

/* T1 and T2 as they came; the client checks how they go together. */
static int read_times(const struct dhcp_message *message,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	const struct dhcp_options *options = &message->options;

	if (dhcp_options_get_u32(options, DHCP_OPTION_LEASE_TIME,
				 &lease->lease_s) < 0 ||
	    lease->lease_s == 0)
		return reject(counters, DHCP_COUNT_BAD_LEASE_TIME);
	if (dhcp_options_get_u32(options, DHCP_OPTION_T1, &lease->t1_s) ==
	    -EBADMSG)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	if (dhcp_options_get_u32(options, DHCP_OPTION_T2, &lease->t2_s) ==
	    -EBADMSG)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	return 0;
}

static void read_link(const struct dhcp_message *message, uint16_t device_mtu,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	uint32_t host_bits = ~dhcp_prefix_mask(lease->prefix);
	uint32_t broadcast;
	uint16_t mtu;
	int r;

	if (lease->prefix < 31)
		lease->broadcast = lease->address | host_bits;
	r = dhcp_options_get_u32(&message->options, DHCP_OPTION_BROADCAST,
				 &broadcast);
	/* The subnet's last address, as everybody uses, or its first, as very
	 * old hosts do; anything else would take a host's place. */
	if (r == 0 && in_subnet(lease, broadcast) &&
	    is_subnet_end(lease, broadcast))
		lease->broadcast = broadcast;
	else if (r == 0 && broadcast != UINT32_MAX)
		dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
	else if (r == -EBADMSG)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);

	r = dhcp_options_get_u16(&message->options, DHCP_OPTION_MTU, &mtu);
	if (r == -EBADMSG || (r == 0 && mtu < MTU_MIN))
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	else if (r == 0)
		lease->mtu = device_mtu && mtu > device_mtu ? device_mtu : mtu;
}

/* A list of hosts that may be anywhere: name and time servers. */
static void read_hosts(const struct dhcp_message *message, uint8_t code,
		       struct dhcp_counters *counters, uint32_t *hosts,
		       unsigned int max, unsigned int *ret_count)
{
	struct reader list;
	unsigned int count = 0;
	int r = dhcp_options_get_list(&message->options, code, &list);

	if (r == -EBADMSG)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	if (r < 0)
		return;
	while (reader_left(&list) > 0) {
		uint32_t host = reader_be32(&list);

		if (!is_host(host))
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		else if (count == max)
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		else
			hosts[count++] = host;
	}
	*ret_count = count;
}

static void add_route(const struct dhcp_route *route,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	struct dhcp_route *slot;

	if (lease->n_routes == DHCP_LEASE_ROUTES_MAX) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		return;
	}
	/* Not the struct at once: its padding would come along. */
	slot = &lease->routes[lease->n_routes++];
	slot->destination = route->destination;
	slot->gateway = route->gateway;
	slot->prefix = route->prefix;
	slot->onlink = route->onlink;
	if (route->prefix == 0 && !lease->router)
		lease->router = route->gateway;
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

/* Sets route->onlink; false when the gateway cannot be reached. */
static bool check_gateway(const struct dhcp_lease *lease,
			  struct dhcp_route *route)
{
	if (is_neighbour(lease, route->gateway))
		return true;
	if (!is_host(route->gateway) || route->gateway == lease->address ||
	    in_subnet(lease, route->gateway))
		return false;
	if (is_routed(lease, route->gateway))
		return true;
	/* With a /32, as clouds give it out, every gateway is outside. */
	route->onlink = lease->prefix == 32;
	return route->onlink;
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
	/* First those that the gateways of the others may need. */
	reader_from_span(&reader, value);
	while (reader_left(&reader) > 0) {
		struct dhcp_route route = next_route(&reader);

		if (route.gateway == 0)
			add_route(&route, counters, lease);
	}
	reader_from_span(&reader, value);
	while (reader_left(&reader) > 0) {
		struct dhcp_route route = next_route(&reader);

		if (route.gateway == 0)
			continue;
		if (check_gateway(lease, &route))
			add_route(&route, counters, lease);
		else
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
	}
	return true;
}

/* Option 3: the first router that can be one. */
static void read_routers(const struct dhcp_message *message,
			 struct dhcp_counters *counters,
			 struct dhcp_lease *lease)
{
	struct reader list;
	int r = dhcp_options_get_list(&message->options, DHCP_OPTION_ROUTER,
				      &list);

	if (r == -EBADMSG)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	if (r < 0)
		return;
	while (reader_left(&list) > 0) {
		struct dhcp_route route = { .gateway = reader_be32(&list) };

		if (check_gateway(lease, &route)) {
			add_route(&route, counters, lease);
			return;
		}
		dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
	}
}

/*
 * A name that may go into resolv.conf or to sethostname(): its characters are
 * checked here once, for whoever writes it into a file.
 */
static bool is_name(struct span name, bool several)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i];

		if ((byte >= 'a' && byte <= 'z') ||
		    (byte >= 'A' && byte <= 'Z') ||
		    (byte >= '0' && byte <= '9'))
			continue;
		if (several && byte == ' ' && i > 0)
			continue;
		/* Never at the start, where '-' is an option of a tool's. */
		if (i > 0 && (byte == '-' || byte == '_' || byte == '.'))
			continue;
		return false;
	}
	return name.len > 0;
}

static void read_name(const struct dhcp_message *message, uint8_t code,
		      bool several, struct dhcp_counters *counters,
		      char name[DHCP_LEASE_NAME_MAX])
{
	struct span text = { NULL, 0 };
	int r = dhcp_options_get_text(&message->options, code, &text);

	if (r == -ENOENT)
		return;
	if (r < 0 || !is_name(text, several)) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return;
	}
	if (text_copy(name, DHCP_LEASE_NAME_MAX, text) < 0)
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
}

static void keep_raw(struct span value, struct dhcp_counters *counters,
		     struct dhcp_raw *raw)
{
	if (value.len > sizeof(raw->data)) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		return;
	}
	if (value.len > 0)
		memcpy(raw->data, value.data, value.len);
	raw->len = (uint16_t)value.len;
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	}
	return false;
}

/* A text option, or FIELD of the fixed part in its place. */
static void read_text(const struct dhcp_message *message, uint8_t code,
		      struct span field, struct dhcp_counters *counters,
		      struct dhcp_raw *raw)
{
	struct span text = { NULL, 0 };
	int r = dhcp_options_get_text(&message->options, code, &text);

	if (r == -ENOENT)
		text = field;
	if (r == -EBADMSG || has_control(text))
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	else
		keep_raw(text, counters, raw);
}

static void read_boot(const struct dhcp_message *message,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	const struct span none = { NULL, 0 };

	if (is_host(message->siaddr))
		lease->next_server = message->siaddr;
	keep_raw(dhcp_options_get(&message->options, DHCP_OPTION_VENDOR),
		 counters, &lease->vendor);
	read_text(message, DHCP_OPTION_VENDOR_CLASS, none, counters,
		  &lease->vendor_class);
	read_text(message, DHCP_OPTION_TFTP_SERVER, message->sname, counters,
		  &lease->tftp_server);
	read_text(message, DHCP_OPTION_BOOT_FILE, message->file, counters,
		  &lease->boot_file);
	read_text(message, DHCP_OPTION_CAPTIVE_PORTAL, none, counters,
		  &lease->portal);
}

/* PREFIX and LEASE_S 0 are the message's. */
static int read_lease(const struct dhcp_message *message, uint32_t address,
		      uint8_t prefix, uint32_t lease_s, uint16_t device_mtu,
		      struct dhcp_counters *counters,
		      struct dhcp_lease *ret_lease)
{
	struct dhcp_lease lease;
	int r;

	/* The padding too: dhcp_lease_same() compares bytes. */
	memset(&lease, 0, sizeof(lease));
	lease.address = address;
	lease.prefix = prefix;
	lease.lease_s = lease_s;
	r = read_address(message, counters, &lease);
	if (r < 0)
		return r;
	if (!lease_s)
		r = read_times(message, counters, &lease);
	if (r < 0)
		return r;
	read_link(message, device_mtu, counters, &lease);
	if (!read_classless(message, counters, &lease))
		read_routers(message, counters, &lease);
	read_hosts(message, DHCP_OPTION_DNS, counters, lease.dns,
		   DHCP_LEASE_DNS_MAX, &lease.n_dns);
	read_hosts(message, DHCP_OPTION_NTP, counters, lease.ntp,
		   DHCP_LEASE_NTP_MAX, &lease.n_ntp);
	read_name(message, DHCP_OPTION_HOST_NAME, false, counters,
		  lease.hostname);
	read_name(message, DHCP_OPTION_DOMAIN_NAME, true, counters,
		  lease.domain);
	read_boot(message, counters, &lease);
	memcpy(ret_lease, &lease, sizeof(lease));
	return 0;
}

int dhcp_lease_read(const struct dhcp_message *message, uint16_t device_mtu,
		    struct dhcp_counters *counters,
		    struct dhcp_lease *ret_lease)
{
	return read_lease(message, message->yiaddr, 0, 0, device_mtu, counters,
			  ret_lease);
}

int dhcp_lease_read_inform(const struct dhcp_message *message, uint32_t address,
			   uint8_t prefix, uint16_t device_mtu,
			   struct dhcp_counters *counters,
			   struct dhcp_lease *ret_lease)
{
	return read_lease(message, address, prefix, DHCP_LEASE_INFINITE,
			  device_mtu, counters, ret_lease);
}

bool dhcp_lease_same(const struct dhcp_lease *a, const struct dhcp_lease *b)
{
	struct dhcp_lease copy;

	memcpy(&copy, a, sizeof(copy));
	copy.lease_s = b->lease_s;
	copy.t1_s = b->t1_s;
	copy.t2_s = b->t2_s;
	return memcmp(&copy, b, sizeof(copy)) == 0;
}

struct span dhcp_raw_span(const struct dhcp_raw *raw)
{
	return (struct span){ raw->data, raw->len };
}
