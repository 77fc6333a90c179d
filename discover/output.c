/* See output.h. */
#include "discover/output.h"

#include "base/json.h"
#include "base/record.h"
#include "base/text.h"
#include "discover/message.h"
#include "discover/parts.h"

#define NAME_TEXT_MAX 1024 /* 255 bytes, at \DDD each */

struct span output_instance(const struct service *service)
{
	return (struct span){ service->instance, service->instance_len };
}

bool output_has_latency(const struct service *service)
{
	return service->health == SERVICE_OK ||
	       service->health == SERVICE_UNHEALTHY;
}

static void put_bare_address(struct writer *writer,
			     const struct url_address *address)
{
	if (address->is_ipv6)
		text_put_ipv6(writer, address->ipv6);
	else
		text_put_ipv4(writer, address->ipv4);
}

/* As people and programs write it that know no URLs: RFC 4007 §11. */
static void put_socket_address(struct writer *writer,
			       const struct service *service)
{
	const struct url_address *address =
		&service->addresses[service->address];

	if (!address->is_ipv6) {
		put_bare_address(writer, address);
		return;
	}
	writer_u8(writer, '[');
	put_bare_address(writer, address);
	if (url_is_link_local(address) && service->interface[0]) {
		writer_u8(writer, '%');
		text_put(writer, service->interface);
	}
	writer_u8(writer, ']');
}

void output_put_location(struct writer *writer, const struct service *service)
{
	if (service->url[0]) {
		text_put(writer, service->url);
		return;
	}
	if (service->n_addresses == 0)
		return;
	put_socket_address(writer, service);
	if (service->port == 0)
		return;
	writer_u8(writer, ':');
	text_put_u64(writer, service->port);
}

void output_put_address(struct writer *writer, const struct service *service)
{
	if (service->n_addresses > 0)
		put_bare_address(writer, &service->addresses[service->address]);
}

void output_put_addresses(struct writer *writer, const struct service *service)
{
	for (unsigned int i = 0; i < service->n_addresses; i++) {
		if (i > 0)
			text_put(writer, ", ");
		put_bare_address(writer, &service->addresses[i]);
	}
}

void output_put_host(struct writer *writer, const struct service *service)
{
	if (service->host.len > 0 && service->kind != SERVICE_KIND_TYPE)
		dns_name_put(writer, &service->host);
}

void output_put_type(struct writer *writer, const struct service *service,
		     const char *asked)
{
	struct span st = service_key(service, "st");
	struct dns_parts parts;

	switch (service->kind) {
	case SERVICE_KIND_TYPE:
		text_put_escaped(writer, output_instance(service));
		return;
	case SERVICE_KIND_HOST:
		return;
	case SERVICE_KIND_SERVICE:
		break;
	}
	if (service->type && dns_parts_find(service->type, &parts) == 0)
		dns_parts_put(writer, service->type, parts.type, parts.domain);
	else if (service->source == SERVICE_SSDP && st.len > 0)
		text_put_escaped(writer, st);
	else
		text_put_escaped(writer, span_of(asked));
}

void output_put_domain(struct writer *writer, const struct service *service)
{
	struct dns_parts parts;

	if (service->type && dns_parts_find(service->type, &parts) == 0)
		dns_parts_put(writer, service->type, parts.domain,
			      service->type->len - 1u);
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
		char text[TEXT_IPV6_MAX];
		struct writer writer;

		writer_init(&writer, text, sizeof(text));
		put_bare_address(&writer, &service->addresses[i]);
		json_string(json, writer_span(&writer));
	}
	json_close(json, ']');
}

/* What a service has only. */
static void json_number(struct json *json, const char *key, bool is_there,
			int64_t value)
{
	json_key(json, span_of(key));
	if (is_there)
		json_i64(json, value);
	else
		json_null(json);
}

static void json_names(struct json *json, const struct service *service,
		       const char *asked)
{
	bool is_type = service->kind == SERVICE_KIND_TYPE;
	char text[NAME_TEXT_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	output_put_type(&writer, service, asked);
	json_maybe(json, "type", writer_span(&writer));
	writer_init(&writer, text, sizeof(text));
	output_put_domain(&writer, service);
	json_maybe(json, "domain", writer_span(&writer));
	json_maybe(json, "instance",
		   is_type ? span_of("") : output_instance(service));
	json_maybe(json, "interface", span_of(service->interface));
	writer_init(&writer, text, sizeof(text));
	output_put_host(&writer, service);
	json_maybe(json, "host", writer_span(&writer));
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
		     const char *asked, const struct service *service,
		     const struct service_wish *wish)
{
	struct json json;
	bool has_srv;

	json_begin(&json, writer);
	json_open(&json, '{');
	json_put(&json, "event", span_of(output_event_name(event)));
	json_put(&json, "source",
		 span_of(service_source_name(service->source)));
	json_put(&json, "kind", span_of(service_kind_name(service->kind)));
	json_names(&json, service, asked);
	json_addresses(&json, service);
	has_srv = service->kind == SERVICE_KIND_SERVICE && service->port > 0;
	json_number(&json, "port", has_srv, service->port);
	has_srv = has_srv && (service->source == SERVICE_MDNS ||
			      service->source == SERVICE_DNS);
	json_number(&json, "priority", has_srv, service->priority);
	json_number(&json, "weight", has_srv, service->weight);
	json_maybe(&json, "url", span_of(service->url));
	json_maybe(&json, "manifest", span_of(service->manifest));
	json_put(&json, "manifest_state",
		 span_of(service_manifest_name(service->manifest_state)));
	json_maybe(&json, "channel", service_key(service, "channel"));
	json_maybe(&json, "arch", service_arch(service_key(service, "arch")));
	json_maybe(&json, "version", service_key(service, "version"));
	json_put(&json, "health",
		 span_of(service_health_name(service->health)));
	json_number(&json, "latency_ms", output_has_latency(service),
		    service->latency_ms);
	json_put_bool(&json, "near", service->is_near);
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

/* What PUT writes, as a field. */
static void put_field(struct writer *writer, const char *key,
		      const struct service *service,
		      void (*put)(struct writer *writer,
				  const struct service *service))
{
	char text[NAME_TEXT_MAX];
	struct writer value;

	writer_init(&value, text, sizeof(text));
	put(&value, service);
	put_maybe(writer, key, writer_span(&value));
}

/* The type that was found, of one that browses for types. */
static struct span type_of(const struct service *service)
{
	return service->kind == SERVICE_KIND_TYPE ? output_instance(service) :
						    span_of("");
}

static struct span instance_of(const struct service *service)
{
	return service->kind == SERVICE_KIND_TYPE ? span_of("") :
						    output_instance(service);
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
	if (output_has_latency(service))
		record_put_u64(&line, "latency-ms",
			       (uint64_t)service->latency_ms);
	if (service->manifest_state != SERVICE_MANIFEST_UNCHECKED)
		record_put(&line, "manifest-state",
			   span_of(service_manifest_name(
				   service->manifest_state)));
	if (service->kind != SERVICE_KIND_SERVICE)
		record_put(&line, "kind",
			   span_of(service_kind_name(service->kind)));
	record_put(&line, "near", span_of(service->is_near ? "yes" : "no"));
	put_field(&line, "address", service, output_put_address);
	if (service->port > 0)
		record_put_u64(&line, "port", service->port);
	put_maybe(&line, "interface", span_of(service->interface));
	put_maybe(&line, "instance", instance_of(service));
	put_maybe(&line, "url", span_of(service->url));
	put_maybe(&line, "arch", service_arch(service_key(service, "arch")));
	put_maybe(&line, "channel", service_key(service, "channel"));
	put_maybe(&line, "version", service_key(service, "version"));
	put_maybe(&line, "manifest", span_of(service->manifest));
	put_maybe(&line, "type", type_of(service));
	put_field(&line, "domain", service, output_put_domain);
	put_field(&line, "host", service, output_put_host);
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
