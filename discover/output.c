/* See output.h. */
#include "discover/output.h"

#include "base/record.h"
#include "base/text.h"
#include "discover/message.h"

#define CELL_MAX 512
#define COLUMN_MAX 48 /* a wider cell shifts its own row only */

static struct span instance_of(const struct service *service)
{
	return (struct span){ service->instance, service->instance_len };
}

void output_put_location(struct writer *writer, const struct service *service)
{
	if (service->url[0]) {
		text_put(writer, service->url);
		return;
	}
	url_put_address(writer, &service->addresses[service->address],
			service->interface);
	writer_u8(writer, ':');
	text_put_u64(writer, service->port);
}

static bool has_latency(const struct service *service)
{
	return service->health == SERVICE_OK ||
	       service->health == SERVICE_UNHEALTHY;
}

/* Adds ,"KEY": and leaves the value to the caller. */
static void json_key(struct writer *writer, const char *key)
{
	text_put(writer, ",\"");
	text_put(writer, key);
	text_put(writer, "\":");
}

static void json_string(struct writer *writer, const char *key,
			struct span value)
{
	json_key(writer, key);
	writer_u8(writer, '"');
	text_put_json(writer, value);
	writer_u8(writer, '"');
}

/* As json_string(), but null for what there is not. */
static void json_maybe(struct writer *writer, const char *key,
		       struct span value)
{
	if (value.len > 0) {
		json_string(writer, key, value);
		return;
	}
	json_key(writer, key);
	text_put(writer, "null");
}

static void json_txt(struct writer *writer, const struct service *service)
{
	struct span txt = { service->txt, service->txt_len };
	struct span key, value;
	struct reader reader;
	bool flag, first = true;

	json_key(writer, "txt");
	writer_u8(writer, '{');
	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!dns_txt_is_first(txt, key))
			continue;
		text_put(writer, first ? "\"" : ",\"");
		first = false;
		text_put_json(writer, key);
		text_put(writer, flag ? "\":true" : "\":\"");
		if (flag)
			continue;
		text_put_json(writer, value);
		writer_u8(writer, '"');
	}
	writer_u8(writer, '}');
}

static void json_addresses(struct writer *writer, const struct service *service)
{
	json_key(writer, "addresses");
	writer_u8(writer, '[');
	for (unsigned int i = 0; i < service->n_addresses; i++) {
		const struct url_address *address = &service->addresses[i];

		text_put(writer, i > 0 ? ",\"" : "\"");
		if (address->is_ipv6)
			text_put_ipv6(writer, address->ipv6);
		else
			text_put_ipv4(writer, address->ipv4);
		writer_u8(writer, '"');
	}
	writer_u8(writer, ']');
}

static void json_host(struct writer *writer, const struct service *service)
{
	char text[1024]; /* 255 bytes, at \DDD each */
	struct writer host;

	writer_init(&host, text, sizeof(text));
	if (service->host.len > 0)
		dns_name_put(&host, &service->host);
	json_maybe(writer, "host", writer_span(&host));
}

void output_put_json(struct writer *writer, const char *event, const char *type,
		     const struct service *service,
		     const struct service_wish *wish)
{
	text_put(writer, "{\"event\":\"");
	text_put(writer, event);
	writer_u8(writer, '"');
	json_string(writer, "source",
		    span_of(service_source_name(service->source)));
	json_string(writer, "type", span_of(type));
	json_maybe(writer, "instance", instance_of(service));
	json_maybe(writer, "interface", span_of(service->interface));
	json_host(writer, service);
	json_addresses(writer, service);
	json_key(writer, "port");
	text_put_u64(writer, service->port);
	json_key(writer, "priority");
	text_put_u64(writer, service->priority);
	json_key(writer, "weight");
	text_put_u64(writer, service->weight);
	json_maybe(writer, "url", span_of(service->url));
	json_maybe(writer, "manifest", span_of(service->manifest));
	json_maybe(writer, "channel", service_key(service, "channel"));
	json_maybe(writer, "arch", service_arch(service_key(service, "arch")));
	json_maybe(writer, "version", service_key(service, "version"));
	json_string(writer, "health",
		    span_of(service_health_name(service->health)));
	json_key(writer, "latency_ms");
	if (has_latency(service))
		text_put_u64(writer, (uint64_t)service->latency_ms);
	else
		text_put(writer, "null");
	json_key(writer, "suitable");
	text_put(writer, service_suits(service, wish) ? "true" : "false");
	json_txt(writer, service);
	text_put(writer, "}\n");
}

/* A field that is left out when there is nothing in it or no room for it. */
static void put_maybe(struct writer *writer, const char *key, struct span value)
{
	struct writer saved = *writer;

	if (value.len == 0)
		return;
	record_put(writer, key, value);
	if (writer_failed(writer))
		*writer = saved;
}

static void put_address_field(struct writer *writer,
			      const struct service *service)
{
	const struct url_address *address =
		&service->addresses[service->address];
	char text[TEXT_IPV6_MAX];
	struct writer writer6;

	if (service->n_addresses == 0)
		return;
	if (!address->is_ipv6) {
		record_put_ipv4(writer, "address", address->ipv4);
		return;
	}
	writer_init(&writer6, text, sizeof(text));
	text_put_ipv6(&writer6, address->ipv6);
	record_put(writer, "address", writer_span(&writer6));
}

static void put_host_field(struct writer *writer, const struct service *service)
{
	char text[1024];
	struct writer host;

	if (service->host.len == 0)
		return;
	writer_init(&host, text, sizeof(text));
	dns_name_put(&host, &service->host);
	put_maybe(writer, "host", writer_span(&host));
}

void output_put_record(struct writer *writer, const char *event,
		       const struct service *service,
		       const struct service_wish *wish)
{
	uint8_t buffer[RECORD_LINE_MAX];
	struct writer line;

	writer_init(&line, buffer, sizeof(buffer));
	record_begin(&line, event);
	record_put(&line, "source",
		   span_of(service_source_name(service->source)));
	record_put(&line, "suitable",
		   span_of(service_suits(service, wish) ? "yes" : "no"));
	record_put(&line, "health",
		   span_of(service_health_name(service->health)));
	if (has_latency(service))
		record_put_u64(&line, "latency-ms",
			       (uint64_t)service->latency_ms);
	put_address_field(&line, service);
	record_put_u64(&line, "port", service->port);
	put_maybe(&line, "interface", span_of(service->interface));
	put_maybe(&line, "url", span_of(service->url));
	put_maybe(&line, "instance", instance_of(service));
	put_maybe(&line, "arch", service_arch(service_key(service, "arch")));
	put_maybe(&line, "channel", service_key(service, "channel"));
	put_maybe(&line, "version", service_key(service, "version"));
	put_maybe(&line, "manifest", span_of(service->manifest));
	put_host_field(&line, service);
	writer_put(writer, writer_span(&line));
	record_end(writer);
}

void output_put_done(struct writer *writer, unsigned int n_found,
		     unsigned int n_suitable, int64_t elapsed_ms,
		     unsigned long n_over)
{
	record_begin(writer, "done");
	record_put_u64(writer, "found", n_found);
	record_put_u64(writer, "suitable", n_suitable);
	record_put_u64(writer, "elapsed-ms", (uint64_t)elapsed_ms);
	record_put_u64(writer, "over", n_over);
	record_end(writer);
}

/* Characters, not bytes: what is escaped is valid UTF-8. */
static size_t width_of(struct span cell)
{
	size_t width = 0;

	for (size_t i = 0; i < cell.len; i++)
		width += (cell.data[i] & 0xc0) != 0x80;
	return width;
}

static void widen(size_t *width, struct span cell)
{
	size_t needed = width_of(cell);

	if (needed > COLUMN_MAX)
		needed = COLUMN_MAX;
	if (needed > *width)
		*width = needed;
}

static void put_cell(struct writer *writer, struct span cell, size_t width)
{
	size_t have = width_of(cell);

	writer_put(writer, cell);
	if (have < width)
		writer_fill(writer, ' ', width - have);
	text_put(writer, "  ");
}

static struct span name_cell(const struct service *service, uint8_t *buffer)
{
	struct writer writer;

	writer_init(&writer, buffer, CELL_MAX);
	switch (service->source) {
	case SERVICE_EXPLICIT:
		text_put(&writer, "(given)");
		break;
	case SERVICE_GATEWAY:
		text_put(&writer, "(gateway)");
		break;
	case SERVICE_MDNS:
		text_put_escaped(&writer, instance_of(service));
		break;
	}
	return writer_span(&writer);
}

static struct span location_cell(const struct service *service, uint8_t *buffer)
{
	struct writer writer;

	writer_init(&writer, buffer, SERVICE_URL_MAX);
	output_put_location(&writer, service);
	return writer_span(&writer);
}

static struct span health_cell(const struct service *service, uint8_t *buffer)
{
	struct writer writer;

	writer_init(&writer, buffer, CELL_MAX);
	text_put(&writer, service_health_name(service->health));
	if (service->health == SERVICE_OK) {
		writer_u8(&writer, ' ');
		text_put_duration(&writer, service->latency_ms);
	}
	return writer_span(&writer);
}

static struct span interface_cell(const struct service *service)
{
	return span_of(service->interface[0] ? service->interface : "-");
}

static const struct {
	const char *name, *url, *interface, *health, *txt;
} headings = { "NAME", "ADDRESS", "NIC", "HEALTH", "TXT" };

void output_measure_heading(struct output_widths *widths)
{
	widen(&widths->name, span_of(headings.name));
	widen(&widths->location, span_of(headings.url));
	widen(&widths->interface, span_of(headings.interface));
	widen(&widths->health, span_of(headings.health));
}

void output_measure(struct output_widths *widths, const struct service *service)
{
	uint8_t buffer[CELL_MAX];

	widen(&widths->name, name_cell(service, buffer));
	widen(&widths->location, location_cell(service, buffer));
	widen(&widths->interface, interface_cell(service));
	widen(&widths->health, health_cell(service, buffer));
}

void output_put_heading(struct writer *writer,
			const struct output_widths *widths)
{
	put_cell(writer, span_of(headings.name), widths->name);
	put_cell(writer, span_of(headings.url), widths->location);
	put_cell(writer, span_of(headings.interface), widths->interface);
	put_cell(writer, span_of(headings.health), widths->health);
	text_put(writer, headings.txt);
	writer_u8(writer, '\n');
}

static void put_txt(struct writer *writer, const struct service *service)
{
	struct span txt = { service->txt, service->txt_len };
	struct span key, value;
	struct reader reader;
	bool flag, first = true;

	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!dns_txt_is_first(txt, key))
			continue;
		if (!first)
			writer_u8(writer, ' ');
		first = false;
		text_put_escaped(writer, key);
		if (flag)
			continue;
		writer_u8(writer, '=');
		text_put_escaped(writer, value);
	}
}

void output_put_row(struct writer *writer, const struct service *service,
		    const struct service_wish *wish,
		    const struct output_widths *widths, bool bold)
{
	uint8_t buffer[CELL_MAX];

	if (bold)
		text_put(writer, "\033[1m");
	put_cell(writer, name_cell(service, buffer), widths->name);
	put_cell(writer, location_cell(service, buffer), widths->location);
	put_cell(writer, interface_cell(service), widths->interface);
	put_cell(writer, health_cell(service, buffer), widths->health);
	put_txt(writer, service);
	if (!service_suits(service, wish))
		text_put(writer, " (not for us)");
	if (bold)
		text_put(writer, "\033[0m");
	writer_u8(writer, '\n');
}
