/* See lease6_text.h. */
#include "dhcp/lease6_text.h"

#include "base/record.h"
#include "base/text.h"

#define ADDRESS_MAX (TEXT_IPV6_MAX + 16) /* with % and an interface's name */

/* Where it goes. */
struct out {
	enum { RECORD, SHELL, JSON } form;
	struct writer *writer;
	struct json *json;
	const char *interface;
};

/* With '_' for '-': our own keys, which are short. */
static struct span underlined(const char *key, char buffer[16])
{
	size_t i = 0;

	for (; key[i]; i++)
		buffer[i] = key[i] == '-' ? '_' : key[i];
	return (struct span){ (const uint8_t *)buffer, i };
}

static void put(struct out *out, const char *key, struct span value)
{
	char buffer[16];

	if (value.len == 0)
		return;
	switch (out->form) {
	case RECORD:
		record_put(out->writer, key, value);
		break;
	case SHELL:
		writer_put(out->writer, underlined(key, buffer));
		writer_u8(out->writer, '=');
		text_put_shell(out->writer, value);
		writer_u8(out->writer, '\n');
		break;
	case JSON:
		json_key(out->json, underlined(key, buffer));
		json_string(out->json, value);
		break;
	}
}

static void put_u32(struct out *out, const char *key, uint32_t value)
{
	char buffer[12];
	struct writer writer;

	if (out->form == JSON) {
		json_put_i64(out->json, key, value);
		return;
	}
	writer_init(&writer, buffer, sizeof(buffer));
	text_put_u64(&writer, value);
	put(out, key, writer_span(&writer));
}

static void put_hex(struct out *out, const char *key, struct span bytes)
{
	char buffer[2 * DHCP_LEASE_RAW_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	text_put_hex_bytes(&writer, bytes, 0);
	put(out, key, writer_span(&writer));
}

void dhcp_ip6_write(struct writer *writer, const struct dhcp_ip6 *address,
		    const char *interface)
{
	text_put_ipv6(writer, address->bytes);
	if (!dhcp_ip6_is_link_local(address))
		return;
	writer_u8(writer, '%');
	text_put(writer, interface);
}

static void put_hosts(struct out *out, const char *key,
		      const struct dhcp_ip6 *hosts, uint32_t count)
{
	char buffer[DHCP_LEASE6_DNS_MAX * ADDRESS_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	if (out->form == JSON) {
		json_key(out->json, span_of(key));
		json_open(out->json, '[');
	}
	for (uint32_t i = 0; i < count; i++) {
		if (out->form == JSON)
			writer_init(&writer, buffer, sizeof(buffer));
		else if (i > 0)
			writer_u8(&writer, out->form == RECORD ? ',' : ' ');
		dhcp_ip6_write(&writer, &hosts[i], out->interface);
		if (out->form == JSON)
			json_string(out->json, writer_span(&writer));
	}
	if (out->form == JSON)
		json_close(out->json, ']');
	else
		put(out, key, writer_span(&writer));
}

static void put_lease(struct out *out, const struct dhcp_lease6 *lease)
{
	const struct dhcp_times6 *times = &lease->times;
	char address[ADDRESS_MAX];
	struct writer writer;

	put(out, "interface", span_of(out->interface));
	if (lease->has_address) {
		writer_init(&writer, address, sizeof(address));
		dhcp_ip6_write(&writer, &lease->address, out->interface);
		put(out, "address", writer_span(&writer));
		put_u32(out, "prefix", 128);
		put_u32(out, "preferred", times->preferred_s);
		put_u32(out, "valid", times->valid_s);
		put_u32(out, "t1", times->t1_s);
		put_u32(out, "t2", times->t2_s);
	}
	put_hosts(out, "dns", lease->dns, lease->n_dns);
	put_hosts(out, "ntp", lease->ntp, lease->n_ntp);
	put(out, "domain", span_of(lease->domain));
	put(out, "boot-file", dhcp_raw_span(&lease->boot_file));
	/* A record has RECORD_LINE_MAX bytes. */
	if (out->form == RECORD)
		return;
	put_hex(out, "server",
		(struct span){ lease->server, lease->server_len });
	put(out, "boot-params", dhcp_raw_span(&lease->boot_params));
	put(out, "portal", dhcp_raw_span(&lease->portal));
	put_hex(out, "vendor", dhcp_raw_span(&lease->vendor));
}

void dhcp_lease6_write_record(struct writer *writer, const char *interface,
			      const struct dhcp_lease6 *lease)
{
	struct out out = { RECORD, writer, NULL, interface };

	record_begin(writer, "lease6");
	put_lease(&out, lease);
	record_end(writer);
}

void dhcp_lease6_write_file(struct writer *writer, const char *interface,
			    const struct dhcp_lease6 *lease)
{
	struct out out = { SHELL, writer, NULL, interface };

	put_lease(&out, lease);
}

void dhcp_lease6_write_json(struct json *json, const char *interface,
			    const struct dhcp_lease6 *lease)
{
	struct out out = { JSON, NULL, json, interface };

	json_open(json, '{');
	put_lease(&out, lease);
	json_close(json, '}');
}
