/* See lease_fields.h. */
#include "dhcp/lease_fields.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"

enum type { U8, U16, U32, ADDRESS, HOSTS, ROUTES, NAME, NAMES, TEXT, HEX };

/* Of hosts and routes the offset is that of their number. */
static const struct {
	char key[13];
	char env[13];
	uint8_t type;
	uint16_t offset;
} fields[] = {
#define FIELD(key, env, type, member)                                          \
	{                                                                      \
		key, env, type, offsetof(struct dhcp_lease, member)            \
	}
	FIELD("address", "ip", ADDRESS, address),
	FIELD("prefix", "mask", U8, prefix),
	FIELD("server", "serverid", ADDRESS, server_id),
	FIELD("lease", "lease", U32, lease_s),
	FIELD("t1", "opt58", U32, t1_s),
	FIELD("t2", "opt59", U32, t2_s),
	FIELD("broadcast", "broadcast", ADDRESS, broadcast),
	FIELD("router", "router", ADDRESS, router),
	FIELD("mtu", "mtu", U16, mtu),
	FIELD("next_server", "siaddr", ADDRESS, next_server),
	FIELD("dns", "dns", HOSTS, n_dns),
	FIELD("ntp", "ntpsrv", HOSTS, n_ntp),
	FIELD("routes", "staticroutes", ROUTES, n_routes),
	FIELD("domain", "domain", NAME, domain),
	FIELD("hostname", "hostname", NAME, hostname),
	FIELD("boot_file", "bootfile", TEXT, boot_file),
	FIELD("tftp_server", "tftp", TEXT, tftp_server),
	FIELD("portal", "opt114", TEXT, portal),
	FIELD("vendor_class", "vendor", TEXT, vendor_class),
	FIELD("vendor", "opt43", HEX, vendor),
	FIELD("search", "search", NAMES, search),
	FIELD("vendor_info", "opt125", HEX, vendor_info),
	FIELD("fqdn", "fqdn", NAME, fqdn),
	FIELD("fqdn_flags", "fqdn_flags", U8, fqdn_flags),
	FIELD("www", "opt72", HOSTS, n_www),
	FIELD("ipv6_only", "opt108", U32, v6only_s),
	FIELD("max_size", "opt57", U16, max_size),
	FIELD("client_id", "opt61", HEX, client_id),
};

_Static_assert(ARRAY_SIZE(fields) == DHCP_FIELDS_N, "a field is missing");
#define IS_BEHIND(member)                                                      \
	_Static_assert(offsetof(struct dhcp_lease, n_##member) + 4 ==          \
			       offsetof(struct dhcp_lease, member),            \
		       "a list is behind its number")
IS_BEHIND(dns);
IS_BEHIND(ntp);
IS_BEHIND(www);

static uint32_t get_number(const uint8_t *at, uint8_t type)
{
	uint32_t u32;
	uint16_t u16;

	if (type == U8)
		return *at;
	memcpy(&u16, at, sizeof(u16));
	if (type == U16)
		return u16;
	memcpy(&u32, at, sizeof(u32));
	return u32;
}

struct dhcp_field dhcp_lease_field(const struct dhcp_lease *lease,
				   unsigned int i)
{
	const uint8_t *at = (const uint8_t *)lease + fields[i].offset;
	uint8_t type = fields[i].type;
	struct dhcp_field field = { .key = fields[i].key,
				    .env = fields[i].env };

	switch ((enum type)type) {
	case U8:
	case U16:
	case U32:
	case ADDRESS:
		field.kind = type == ADDRESS ? DHCP_FIELD_ADDRESS :
					       DHCP_FIELD_NUMBER;
		field.number = get_number(at, type);
		field.digits = type == U16 ? 4 : 8;
		field.present = field.number || i < DHCP_FIELDS_ALWAYS;
		break;
	case HOSTS:
	case ROUTES:
		field.kind = type == HOSTS ? DHCP_FIELD_HOSTS :
					     DHCP_FIELD_ROUTES;
		field.hosts = (const uint32_t *)(const void *)(at + 4);
		field.n_hosts = get_number(at, U32);
		field.present = field.n_hosts > 0;
		break;
	case NAME:
	case NAMES:
		field.kind = type == NAME ? DHCP_FIELD_TEXT : DHCP_FIELD_NAMES;
		field.span = span_of((const char *)at);
		field.present = field.span.len > 0;
		break;
	case TEXT:
	case HEX:
		field.kind = type == TEXT ? DHCP_FIELD_TEXT : DHCP_FIELD_HEX;
		field.span = dhcp_raw_span(
			(const struct dhcp_raw *)(const void *)at);
		field.present = field.span.len > 0;
		break;
	}
	return field;
}

void dhcp_route_put(struct writer *writer, const struct dhcp_route *route)
{
	text_put_ipv4(writer, route->destination);
	writer_u8(writer, '/');
	text_put_u64(writer, route->prefix);
}

static void put_routes(struct writer *writer, const struct dhcp_lease *lease,
		       char separator)
{
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];

		if (i > 0)
			writer_u8(writer, (uint8_t)separator);
		dhcp_route_put(writer, route);
		if (route->gateway) {
			writer_u8(writer, ':');
			text_put_ipv4(writer, route->gateway);
		}
	}
}

void dhcp_field_put(struct writer *writer, const struct dhcp_lease *lease,
		    const struct dhcp_field *field, char separator)
{
	switch (field->kind) {
	case DHCP_FIELD_NUMBER:
		text_put_u64(writer, field->number);
		break;
	case DHCP_FIELD_ADDRESS:
		text_put_ipv4(writer, field->number);
		break;
	case DHCP_FIELD_HOSTS:
		for (uint32_t i = 0; i < field->n_hosts; i++) {
			if (i > 0)
				writer_u8(writer, (uint8_t)separator);
			text_put_ipv4(writer, field->hosts[i]);
		}
		break;
	case DHCP_FIELD_ROUTES:
		put_routes(writer, lease, separator);
		break;
	case DHCP_FIELD_TEXT:
	case DHCP_FIELD_NAMES:
		writer_put(writer, field->span);
		break;
	case DHCP_FIELD_HEX:
		text_put_hex_bytes(writer, field->span, 0);
		break;
	}
}
