/* See lease.h. */
#include "dhcp/lease.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "dhcp/lease_routes.h"
#include "dhcp/lease_rules.h"
#include "dhcp/name.h"

static int reject(struct dhcp_counters *counters, enum dhcp_count reason)
{
	dhcp_count(counters, reason);
	return -EBADMSG;
}

uint32_t dhcp_prefix_mask(uint8_t prefix)
{
	return prefix > 31 ? UINT32_MAX : ~(UINT32_MAX >> prefix);
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

	if (!dhcp_is_host(lease->address))
		return reject(counters, DHCP_COUNT_BAD_ADDRESS);
	r = dhcp_options_get_u32(&message->options, DHCP_OPTION_SUBNET_MASK,
				 &mask);
	if (lease->prefix == 0 && r == 0)
		lease->prefix = mask_prefix(mask);
	else if (lease->prefix == 0 && r == -ENOENT)
		lease->prefix = dhcp_class_prefix(lease->address);
	if (lease->prefix == 0)
		return reject(counters, DHCP_COUNT_BAD_MASK);
	if (dhcp_options_get_u32(&message->options, DHCP_OPTION_SERVER_ID,
				 &lease->server_id) < 0 ||
	    !dhcp_is_host(lease->server_id))
		return reject(counters, DHCP_COUNT_SERVER_ID);
	if (!dhcp_lease_has_address(lease))
		return reject(counters, DHCP_COUNT_BAD_ADDRESS);
	return 0;
}

/* R is what reading an option gave: absent ones are none of ours. */
static void count_bad(int r, struct dhcp_counters *counters)
{
	if (r < 0 && r != -ENOENT)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
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
	count_bad(dhcp_options_get_u32(options, DHCP_OPTION_T1, &lease->t1_s),
		  counters);
	count_bad(dhcp_options_get_u32(options, DHCP_OPTION_T2, &lease->t2_s),
		  counters);
	return 0;
}

static void read_link(const struct dhcp_message *message, uint16_t device_mtu,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	uint32_t host_bits = ~dhcp_prefix_mask(lease->prefix);
	uint32_t broadcast;
	uint16_t value;
	int r;

	if (lease->prefix < 31)
		lease->broadcast = lease->address | host_bits;
	r = dhcp_options_get_u32(&message->options, DHCP_OPTION_BROADCAST,
				 &broadcast);
	count_bad(r, counters);
	if (r == 0 && dhcp_lease_has_broadcast(lease, broadcast))
		lease->broadcast = broadcast;
	else if (r == 0 && broadcast != UINT32_MAX)
		dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);

	r = dhcp_options_get_u16(&message->options, DHCP_OPTION_MTU, &value);
	if (r == 0 && value < DHCP_MTU_MIN)
		r = -EBADMSG;
	count_bad(r, counters);
	if (r == 0)
		lease->mtu = device_mtu && value > device_mtu ? device_mtu :
								value;
	r = dhcp_options_get_u16(&message->options, DHCP_OPTION_MAX_SIZE,
				 &value);
	if (r == 0 && value < DHCP_MAX_SIZE_MIN)
		r = -EBADMSG;
	count_bad(r, counters);
	if (r == 0)
		lease->max_size = value;
}

/* A list of hosts that may be anywhere: name and time servers. */
static void read_hosts(const struct dhcp_message *message, uint8_t code,
		       struct dhcp_counters *counters, uint32_t *hosts,
		       unsigned int max, uint32_t *ret_count)
{
	struct reader list;
	uint32_t count = 0;
	int r = dhcp_options_get_list(&message->options, code, &list);

	count_bad(r, counters);
	if (r < 0)
		return;
	while (reader_left(&list) > 0) {
		uint32_t host = reader_be32(&list);

		if (!dhcp_is_host(host))
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		else if (count == max)
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		else
			hosts[count++] = host;
	}
	*ret_count = count;
}

static void read_name(const struct dhcp_message *message, uint8_t code,
		      bool several, struct dhcp_counters *counters,
		      char name[DHCP_LEASE_NAME_MAX])
{
	struct span text = { NULL, 0 };
	int r = dhcp_options_get_text(&message->options, code, &text);

	if (r == -ENOENT)
		return;
	if (r < 0 || !dhcp_is_name(text, several)) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return;
	}
	if (text_copy(name, DHCP_LEASE_NAME_MAX, text) < 0)
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
}

/* Option 119, RFC 3397. Malformed, nothing of it counts; a name that may not
 * stand in resolv.conf is left out. */
static void read_search(const struct dhcp_message *message,
			struct dhcp_counters *counters,
			struct dhcp_lease *lease)
{
	struct span list = dhcp_options_get(&message->options,
					    DHCP_OPTION_SEARCH);
	uint8_t text[DHCP_NAME_TEXT_MAX], kept[DHCP_LEASE_SEARCH_MAX - 1];
	struct writer writer, search;
	size_t next = 0;

	if (!dhcp_options_has(&message->options, DHCP_OPTION_SEARCH))
		return;
	writer_init(&search, kept, sizeof(kept));
	do {
		struct span name;

		writer_init(&writer, text, sizeof(text));
		if (dhcp_name_read(list, next, false, &writer, &next) < 0) {
			dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
			return;
		}
		name = writer_span(&writer);
		if (!dhcp_is_name(name, false)) {
			dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		} else if (writer_room(&search) <= name.len) {
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		} else {
			if (writer_len(&search) > 0)
				writer_u8(&search, ' ');
			writer_put(&search, name);
		}
	} while (next < list.len);
	memcpy(lease->search, kept, writer_len(&search));
}

/* Option 81, RFC 4702 §2: flags, two bytes that mean nothing any more, and a
 * name, on the wire's form or, as it was once, text. */
static void read_fqdn(const struct dhcp_message *message,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	struct span value = dhcp_options_get(&message->options,
					     DHCP_OPTION_FQDN);
	uint8_t text[DHCP_NAME_TEXT_MAX];
	struct writer writer;
	uint8_t flags;

	if (!dhcp_options_has(&message->options, DHCP_OPTION_FQDN))
		return;
	writer_init(&writer, text, sizeof(text));
	flags = value.len > 0 ? value.data[0] & DHCP_FQDN_FLAGS : 0;
	value = span_skip(value, 3);
	if (flags & DHCP_FQDN_ENCODED) {
		size_t end;

		if (dhcp_name_read(value, 0, true, &writer, &end) < 0 ||
		    end < value.len)
			writer_fail(&writer);
	} else {
		writer_put(&writer, value);
	}
	if (!dhcp_is_name(writer_span(&writer), false)) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return;
	}
	memcpy(lease->fqdn, text, writer_len(&writer));
	lease->fqdn_flags = flags;
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

/* A text option, or FIELD of the fixed part in its place. */
static void read_text(const struct dhcp_message *message, uint8_t code,
		      struct span field, struct dhcp_counters *counters,
		      struct dhcp_raw *raw)
{
	struct span text = { NULL, 0 };
	int r = dhcp_options_get_text(&message->options, code, &text);

	if (r == -ENOENT)
		text = field;
	if (r == -EBADMSG || !dhcp_is_text(text))
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	else
		keep_raw(text, counters, raw);
}

static void read_boot(const struct dhcp_message *message,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	const struct span none = { NULL, 0 };
	struct span info = dhcp_options_get(&message->options,
					    DHCP_OPTION_VENDOR_INFO);

	if (dhcp_is_host(message->siaddr))
		lease->next_server = message->siaddr;
	read_text(message, DHCP_OPTION_VENDOR_CLASS, none, counters,
		  &lease->vendor_class);
	read_text(message, DHCP_OPTION_TFTP_SERVER, message->sname, counters,
		  &lease->tftp_server);
	read_text(message, DHCP_OPTION_BOOT_FILE, message->file, counters,
		  &lease->boot_file);
	read_text(message, DHCP_OPTION_CAPTIVE_PORTAL, none, counters,
		  &lease->portal);
	keep_raw(dhcp_options_get(&message->options, DHCP_OPTION_VENDOR),
		 counters, &lease->vendor);
	keep_raw(dhcp_options_get(&message->options, DHCP_OPTION_CLIENT_ID),
		 counters, &lease->client_id);
	if (dhcp_is_vendor_info(info))
		keep_raw(info, counters, &lease->vendor_info);
	else if (dhcp_options_has(&message->options, DHCP_OPTION_VENDOR_INFO))
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
}

/* What nothing else was made of, for scripts that know what it means. */
static void read_others(const struct dhcp_message *message,
			struct dhcp_counters *counters,
			struct dhcp_lease *lease)
{
	struct writer writer;

	writer_init(&writer, lease->others.data, sizeof(lease->others.data));
	for (uint8_t code = 1; code < DHCP_OPTION_END; code++) {
		struct span value = dhcp_options_get(&message->options, code);

		if (!dhcp_options_has(&message->options, code) ||
		    dhcp_is_typed(code))
			continue;
		if (writer_room(&writer) < 2 + value.len) {
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
			continue;
		}
		writer_u8(&writer, code);
		writer_u8(&writer, (uint8_t)value.len);
		writer_put(&writer, value);
	}
	lease->others.len = (uint16_t)writer_len(&writer);
}

uint32_t dhcp_lease_v6only(const struct dhcp_message *message,
			   struct dhcp_counters *counters)
{
	uint32_t seconds = 0;
	int r = dhcp_options_get_u32(&message->options, DHCP_OPTION_IPV6_ONLY,
				     &seconds);

	count_bad(r, counters);
	if (r < 0)
		return 0;
	return seconds > DHCP_V6ONLY_WAIT_MIN ? seconds : DHCP_V6ONLY_WAIT_MIN;
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
	lease.v6only_s = dhcp_lease_v6only(message, counters);
	dhcp_lease_read_routes(message, counters, &lease);
	read_hosts(message, DHCP_OPTION_DNS, counters, lease.dns,
		   DHCP_LEASE_DNS_MAX, &lease.n_dns);
	read_hosts(message, DHCP_OPTION_NTP, counters, lease.ntp,
		   DHCP_LEASE_NTP_MAX, &lease.n_ntp);
	read_hosts(message, DHCP_OPTION_WWW, counters, lease.www,
		   DHCP_LEASE_WWW_MAX, &lease.n_www);
	read_name(message, DHCP_OPTION_HOST_NAME, false, counters,
		  lease.hostname);
	read_name(message, DHCP_OPTION_DOMAIN_NAME, true, counters,
		  lease.domain);
	read_search(message, counters, &lease);
	read_fqdn(message, counters, &lease);
	read_boot(message, counters, &lease);
	read_others(message, counters, &lease);
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
