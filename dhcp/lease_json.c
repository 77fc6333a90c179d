/* See lease_json.h. */
#include "dhcp/lease_json.h"

#include "base/text.h"
#include "dhcp/lease_fields.h"

static void put_ipv4(struct json *json, uint32_t address)
{
	uint8_t buffer[TEXT_IPV4_MAX];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	text_put_ipv4(&text, address);
	json_string(json, writer_span(&text));
}

static void put_hosts(struct json *json, const struct dhcp_field *field)
{
	json_open(json, '[');
	for (uint32_t i = 0; i < field->n_hosts; i++)
		put_ipv4(json, field->hosts[i]);
	json_close(json, ']');
}

static void put_routes(struct json *json, const struct dhcp_lease *lease)
{
	json_open(json, '[');
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];
		uint8_t buffer[TEXT_IPV4_MAX + 3];
		struct writer text;

		writer_init(&text, buffer, sizeof(buffer));
		dhcp_route_put(&text, route);
		json_open(json, '{');
		json_put(json, "destination", writer_span(&text));
		if (route->gateway) {
			json_key(json, span_of("gateway"));
			put_ipv4(json, route->gateway);
		}
		if (route->onlink)
			json_put_bool(json, "onlink", true);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_names(struct json *json, struct span names)
{
	struct reader reader;
	struct span name;

	json_open(json, '[');
	reader_from_span(&reader, names);
	while ((name = reader_word(&reader)).len > 0)
		json_string(json, name);
	json_close(json, ']');
}

static void put_hex(struct json *json, struct span bytes)
{
	uint8_t buffer[2 * DHCP_LEASE_RAW_MAX];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	text_put_hex_bytes(&text, bytes, 0);
	json_string(json, writer_span(&text));
}

static void put_others(struct json *json, struct span others)
{
	struct reader reader;

	if (others.len == 0)
		return;
	json_key(json, span_of("options"));
	json_open(json, '{');
	reader_from_span(&reader, others);
	while (reader_left(&reader) > 0) {
		struct writer text;
		uint8_t code[3];

		writer_init(&text, code, sizeof(code));
		text_put_u64(&text, reader_u8(&reader));
		json_key(json, writer_span(&text));
		put_hex(json, reader_span(&reader, reader_u8(&reader)));
	}
	json_close(json, '}');
}

void dhcp_lease_put_json(struct json *json, const char *interface,
			 const struct dhcp_lease *lease)
{
	json_put(json, "interface", span_of(interface));
	for (unsigned int i = 0; i < DHCP_FIELDS_N; i++) {
		struct dhcp_field field = dhcp_lease_field(lease, i);

		if (!field.present)
			continue;
		json_key(json, span_of(field.key));
		switch (field.kind) {
		case DHCP_FIELD_NUMBER:
			json_i64(json, field.number);
			break;
		case DHCP_FIELD_ADDRESS:
			put_ipv4(json, field.number);
			break;
		case DHCP_FIELD_HOSTS:
			put_hosts(json, &field);
			break;
		case DHCP_FIELD_ROUTES:
			put_routes(json, lease);
			break;
		case DHCP_FIELD_TEXT:
			json_string(json, field.span);
			break;
		case DHCP_FIELD_NAMES:
			put_names(json, field.span);
			break;
		case DHCP_FIELD_HEX:
			put_hex(json, field.span);
			break;
		}
	}
	put_others(json, dhcp_raw_span(&lease->others));
}

void dhcp_lease_write_json(struct writer *writer, const char *interface,
			   const struct dhcp_lease *lease)
{
	struct json json;

	json_begin(&json, writer);
	json_open(&json, '{');
	dhcp_lease_put_json(&json, interface, lease);
	json_close(&json, '}');
}
