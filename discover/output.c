/* See output.h. */
#include "discover/output.h"

#include "base/json.h"
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

/* null for what there is not. */
static void json_maybe(struct json *json, const char *key, struct span value)
{
	json_key(json, span_of(key));
	if (value.len > 0)
		json_string(json, value);
	else
		json_null(json);
}

static void json_txt(struct json *json, const struct service *service)
{
	struct span txt = { service->txt, service->txt_len };
	struct span key, value;
	struct reader reader;
	bool flag;

	json_key(json, span_of("txt"));
	json_open(json, '{');
	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!dns_txt_is_first(txt, key))
			continue;
		json_key(json, key);
		if (flag)
			json_bool(json, true);
		else
			json_string(json, value);
	}
	json_close(json, '}');
}

static void json_addresses(struct json *json, const struct service *service)
{
	json_key(json, span_of("addresses"));
	json_open(json, '[');
	for (unsigned int i = 0; i < service->n_addresses; i++) {
		const struct url_address *address = &service->addresses[i];
		char text[TEXT_IPV6_MAX];
		struct writer writer;

		writer_init(&writer, text, sizeof(text));
		if (address->is_ipv6)
			text_put_ipv6(&writer, address->ipv6);
		else
			text_put_ipv4(&writer, address->ipv4);
		json_string(json, writer_span(&writer));
	}
	json_close(json, ']');
}

static void json_host(struct json *json, const struct service *service)
{
	char text[1024]; /* 255 bytes, at \DDD each */
	struct writer host;

	writer_init(&host, text, sizeof(text));
	if (service->host.len > 0)
		dns_name_put(&host, &service->host);
	json_maybe(json, "host", writer_span(&host));
}

const char *output_event_name(enum output_event event)
{
	switch (event) {
	case OUTPUT_SERVICE:
		return "service";
	case OUTPUT_CHANGED:
		return "changed";
	case OUTPUT_LOST:
		return "lost";
	}
	return "";
}

void output_put_json(struct writer *writer, enum output_event event,
		     const char *type, const struct service *service,
		     const struct service_wish *wish)
{
	struct json json;

	json_begin(&json, writer);
	json_open(&json, '{');
	json_put(&json, "event", span_of(output_event_name(event)));
	json_put(&json, "source",
		 span_of(service_source_name(service->source)));
	json_put(&json, "type", span_of(type));
	json_maybe(&json, "instance", instance_of(service));
	json_maybe(&json, "interface", span_of(service->interface));
	json_host(&json, service);
	json_addresses(&json, service);
	json_put_i64(&json, "port", service->port);
	json_put_i64(&json, "priority", service->priority);
	json_put_i64(&json, "weight", service->weight);
	json_maybe(&json, "url", span_of(service->url));
	json_maybe(&json, "manifest", span_of(service->manifest));
	json_maybe(&json, "channel", service_key(service, "channel"));
	json_maybe(&json, "arch", service_arch(service_key(service, "arch")));
	json_maybe(&json, "version", service_key(service, "version"));
	json_put(&json, "health",
		 span_of(service_health_name(service->health)));
	json_key(&json, span_of("latency_ms"));
	if (has_latency(service))
		json_i64(&json, service->latency_ms);
	else
		json_null(&json);
	json_put_bool(&json, "suitable", service_suits(service, wish));
	json_txt(&json, service);
	json_close(&json, '}');
	writer_u8(writer, '\n');
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

void output_put_record(struct writer *writer, enum output_event event,
		       const struct service *service,
		       const struct service_wish *wish, bool is_best)
{
	uint8_t buffer[RECORD_LINE_MAX];
	struct writer line;

	writer_init(&line, buffer, sizeof(buffer));
	record_begin(&line, output_event_name(event));
	record_put(&line, "source",
		   span_of(service_source_name(service->source)));
	record_put(&line, "suitable",
		   span_of(service_suits(service, wish) ? "yes" : "no"));
	record_put(&line, "best", span_of(is_best ? "yes" : "no"));
	record_put(&line, "health",
		   span_of(service_health_name(service->health)));
	if (has_latency(service))
		record_put_u64(&line, "latency-ms",
			       (uint64_t)service->latency_ms);
	put_address_field(&line, service);
	record_put_u64(&line, "port", service->port);
	put_maybe(&line, "interface", span_of(service->interface));
	put_maybe(&line, "instance", instance_of(service));
	put_maybe(&line, "url", span_of(service->url));
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

static void widen(size_t *width, struct span cell)
{
	size_t needed = text_width(cell);

	if (needed > COLUMN_MAX)
		needed = COLUMN_MAX;
	if (needed > *width)
		*width = needed;
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
	case SERVICE_DHCP:
		text_put(&writer, "(dhcp)");
		break;
	case SERVICE_NEIGHBOUR:
		text_put(&writer, "(neighbour)");
		break;
	case SERVICE_MDNS:
	case SERVICE_DNS:
	case SERVICE_SSDP:
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
	text_put_cell(writer, span_of(headings.name), widths->name);
	text_put_cell(writer, span_of(headings.url), widths->location);
	text_put_cell(writer, span_of(headings.interface), widths->interface);
	text_put_cell(writer, span_of(headings.health), widths->health);
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
	text_put_cell(writer, name_cell(service, buffer), widths->name);
	text_put_cell(writer, location_cell(service, buffer), widths->location);
	text_put_cell(writer, interface_cell(service), widths->interface);
	text_put_cell(writer, health_cell(service, buffer), widths->health);
	put_txt(writer, service);
	if (!service_suits(service, wish))
		text_put(writer, " (not for us)");
	if (bold)
		text_put(writer, "\033[0m");
	writer_u8(writer, '\n');
}
