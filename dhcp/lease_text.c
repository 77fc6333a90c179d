/* See lease_text.h. */
#include "dhcp/lease_text.h"

#include "base/record.h"
#include "base/text.h"

/* A list of DHCP_LEASE_ROUTES_MAX items of "a.b.c.d/32:a.b.c.d,". */
#define LIST_MAX (DHCP_LEASE_ROUTES_MAX * 36)
/* " omitted=9" and the newline. */
#define OMITTED_MAX 11

static void put_hosts(struct writer *writer, const uint32_t *hosts,
		      unsigned int count, uint8_t separator)
{
	for (unsigned int i = 0; i < count; i++) {
		if (i > 0)
			writer_u8(writer, separator);
		text_put_ipv4(writer, hosts[i]);
	}
}

static void put_routes(struct writer *writer, const struct dhcp_lease *lease,
		       uint8_t separator)
{
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];

		if (i > 0)
			writer_u8(writer, separator);
		text_put_ipv4(writer, route->destination);
		writer_u8(writer, '/');
		text_put_u64(writer, route->prefix);
		if (route->gateway) {
			writer_u8(writer, ':');
			text_put_ipv4(writer, route->gateway);
		}
	}
}

/* The strings, most useful first, with their keys in the record and in the
 * file. */
struct string {
	const char *key;
	const char *file_key;
	struct span value;
};

#define STRINGS 6

static void get_strings(const struct dhcp_lease *lease,
			struct string strings[STRINGS])
{
	const struct string all[STRINGS] = {
		{ "domain", "domain", span_of(lease->domain) },
		{ "hostname", "hostname", span_of(lease->hostname) },
		{ "boot-file", "boot_file", dhcp_raw_span(&lease->boot_file) },
		{ "tftp-server", "tftp_server",
		  dhcp_raw_span(&lease->tftp_server) },
		{ "portal", "portal", dhcp_raw_span(&lease->portal) },
		{ "vendor-class", "vendor_class",
		  dhcp_raw_span(&lease->vendor_class) },
	};

	for (unsigned int i = 0; i < STRINGS; i++)
		strings[i] = all[i];
}

static void record_put_lists(struct writer *writer,
			     const struct dhcp_lease *lease)
{
	uint8_t buffer[LIST_MAX];
	struct writer list;

	if (lease->n_dns) {
		writer_init(&list, buffer, sizeof(buffer));
		put_hosts(&list, lease->dns, lease->n_dns, ',');
		record_put(writer, "dns", writer_span(&list));
	}
	if (lease->n_ntp) {
		writer_init(&list, buffer, sizeof(buffer));
		put_hosts(&list, lease->ntp, lease->n_ntp, ',');
		record_put(writer, "ntp", writer_span(&list));
	}
	if (lease->n_routes) {
		writer_init(&list, buffer, sizeof(buffer));
		put_routes(&list, lease, ',');
		record_put(writer, "routes", writer_span(&list));
	}
}

/* Puts one string of a record that began at START, if after it there is room
 * in the line for what ends it. */
static bool record_put_optional(struct writer *writer, size_t start,
				const char *key, struct span value)
{
	struct writer before = *writer;

	if (value.len == 0)
		return true;
	record_put(writer, key, value);
	if (!writer_failed(writer) && writer_room(writer) >= OMITTED_MAX &&
	    writer_len(writer) - start + OMITTED_MAX <= RECORD_LINE_MAX)
		return true;
	*writer = before;
	return false;
}

void dhcp_lease_write_record(struct writer *writer, const char *interface,
			     const struct dhcp_lease *lease)
{
	size_t start = writer_len(writer);
	struct string strings[STRINGS];
	uint8_t buffer[2 * DHCP_LEASE_RAW_MAX];
	struct writer hex;
	unsigned int omitted = 0;

	record_begin(writer, "lease");
	record_put(writer, "interface", span_of(interface));
	record_put_ipv4(writer, "address", lease->address);
	record_put_u64(writer, "prefix", lease->prefix);
	record_put_ipv4(writer, "server", lease->server_id);
	record_put_u64(writer, "lease", lease->lease_s);
	record_put_u64(writer, "t1", lease->t1_s);
	record_put_u64(writer, "t2", lease->t2_s);
	if (lease->broadcast)
		record_put_ipv4(writer, "broadcast", lease->broadcast);
	if (lease->router)
		record_put_ipv4(writer, "router", lease->router);
	if (lease->mtu)
		record_put_u64(writer, "mtu", lease->mtu);
	if (lease->next_server)
		record_put_ipv4(writer, "next-server", lease->next_server);
	record_put_lists(writer, lease);

	get_strings(lease, strings);
	for (unsigned int i = 0; i < STRINGS; i++) {
		if (!record_put_optional(writer, start, strings[i].key,
					 strings[i].value))
			omitted++;
	}
	writer_init(&hex, buffer, sizeof(buffer));
	text_put_hex_bytes(&hex, dhcp_raw_span(&lease->vendor), 0);
	if (!record_put_optional(writer, start, "vendor", writer_span(&hex)))
		omitted++;
	if (omitted)
		record_put_u64(writer, "omitted", omitted);
	record_end(writer);
}

static void file_key(struct writer *writer, const char *key)
{
	text_put(writer, key);
	writer_u8(writer, '=');
	writer_u8(writer, '\'');
}

static void file_end(struct writer *writer)
{
	writer_u8(writer, '\'');
	writer_u8(writer, '\n');
}

static void file_put_u64(struct writer *writer, const char *key, uint64_t value)
{
	file_key(writer, key);
	text_put_u64(writer, value);
	file_end(writer);
}

static void file_put_ipv4(struct writer *writer, const char *key,
			  uint32_t address)
{
	if (!address)
		return;
	file_key(writer, key);
	text_put_ipv4(writer, address);
	file_end(writer);
}

/* Foreign bytes: the only values that need more than quotes around them. */
static void file_put(struct writer *writer, const char *key, struct span value)
{
	if (value.len == 0)
		return;
	text_put(writer, key);
	writer_u8(writer, '=');
	text_put_shell(writer, value);
	writer_u8(writer, '\n');
}

void dhcp_lease_write_file(struct writer *writer, const char *interface,
			   const struct dhcp_lease *lease)
{
	struct string strings[STRINGS];

	file_put(writer, "interface", span_of(interface));
	file_put_ipv4(writer, "address", lease->address);
	file_put_u64(writer, "prefix", lease->prefix);
	file_put_ipv4(writer, "server", lease->server_id);
	file_put_u64(writer, "lease", lease->lease_s);
	file_put_u64(writer, "t1", lease->t1_s);
	file_put_u64(writer, "t2", lease->t2_s);
	file_put_ipv4(writer, "broadcast", lease->broadcast);
	file_put_ipv4(writer, "router", lease->router);
	if (lease->mtu)
		file_put_u64(writer, "mtu", lease->mtu);
	file_put_ipv4(writer, "next_server", lease->next_server);
	if (lease->n_dns) {
		file_key(writer, "dns");
		put_hosts(writer, lease->dns, lease->n_dns, ' ');
		file_end(writer);
	}
	if (lease->n_ntp) {
		file_key(writer, "ntp");
		put_hosts(writer, lease->ntp, lease->n_ntp, ' ');
		file_end(writer);
	}
	if (lease->n_routes) {
		file_key(writer, "routes");
		put_routes(writer, lease, ' ');
		file_end(writer);
	}
	get_strings(lease, strings);
	for (unsigned int i = 0; i < STRINGS; i++)
		file_put(writer, strings[i].file_key, strings[i].value);
	if (lease->vendor.len) {
		file_key(writer, "vendor");
		text_put_hex_bytes(writer, dhcp_raw_span(&lease->vendor), 0);
		file_end(writer);
	}
}
