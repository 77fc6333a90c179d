/* See service.h. */
#include "discover/service.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "discover/message.h"

#define WORD_MAX 32

static bool is_ipv4_link_local(uint32_t address)
{
	return address >> 16 == 0xa9fe; /* 169.254/16, RFC 3927 */
}

static void add_ipv4(struct service *service, const struct cache_host *host,
		     bool link_local)
{
	for (unsigned int i = 0; i < host->n_ipv4; i++) {
		struct url_address *address =
			&service->addresses[service->n_addresses];

		if (is_ipv4_link_local(host->ipv4[i]) != link_local)
			continue;
		address->is_ipv6 = false;
		address->ipv4 = host->ipv4[i];
		service->n_addresses++;
	}
}

static void add_ipv6(struct service *service, const struct cache_host *host,
		     bool link_local)
{
	for (unsigned int i = 0; i < host->n_ipv6; i++) {
		struct url_address *address =
			&service->addresses[service->n_addresses];

		address->is_ipv6 = true;
		memcpy(address->ipv6, host->ipv6[i], 16);
		if (url_is_link_local(address) == link_local)
			service->n_addresses++;
	}
}

/* A word that can be a segment of a path as it is. */
static bool is_word(struct span word)
{
	if (word.len == 0 || word.len > WORD_MAX || word.data[0] == '.')
		return false;
	for (size_t i = 0; i < word.len; i++) {
		uint8_t byte = word.data[i];

		if (!(byte >= 'a' && byte <= 'z') &&
		    !(byte >= 'A' && byte <= 'Z') &&
		    !(byte >= '0' && byte <= '9') && byte != '.' &&
		    byte != '_' && byte != '-')
			return false;
	}
	return true;
}

static void put_default_manifest(struct writer *writer,
				 const struct service *service)
{
	struct span channel = service_key(service, "channel");
	struct span arch = service_key(service, "arch");

	if (is_word(channel) && is_word(arch)) {
		writer_u8(writer, '/');
		writer_put(writer, channel);
		writer_u8(writer, '/');
		writer_put(writer, arch);
	}
	text_put(writer, "/manifest.json");
}

static void build_manifest(struct service *service)
{
	struct span manifest = service_key(service, "manifest");
	struct writer writer;
	struct url url;

	writer_init(&writer, service->manifest, sizeof(service->manifest));
	service->is_manifest_refused = false;
	if (manifest.len > 0 && url_parse(manifest, &url) == 0) {
		writer_put(&writer, manifest);
	} else {
		text_put(&writer, service->url);
		if (url_path_is_safe(manifest)) {
			writer_put(&writer, manifest);
		} else {
			service->is_manifest_refused = manifest.len > 0;
			put_default_manifest(&writer, service);
		}
	}
	writer_u8(&writer, '\0');
	if (writer_failed(&writer))
		service->manifest[0] = '\0';
}

/* The URL always names the address: nothing here resolves a host's name. */
static void build_urls(struct service *service)
{
	struct writer writer;

	writer_init(&writer, service->url, sizeof(service->url));
	url_put_base(&writer, &service->addresses[service->address],
		     service->interface, service->port);
	writer_u8(&writer, '\0');
	build_manifest(service);
}

void service_from_lost(const struct cache_instance *instance,
		       const char *interface, struct service *ret_service)
{
	struct span label = dns_name_first_label(&instance->name);

	memset(ret_service, 0, sizeof(*ret_service));
	ret_service->source = SERVICE_MDNS;
	if (text_copy(ret_service->interface, sizeof(ret_service->interface),
		      span_of(interface)) < 0)
		ret_service->interface[0] = '\0';
	ret_service->instance_len = (uint8_t)label.len;
	memcpy(ret_service->instance, label.data, label.len);
}

void service_from_instance(const struct cache_instance *instance,
			   const struct cache_host *host, const char *interface,
			   bool is_http, struct service *ret_service)
{
	struct service *service = ret_service;

	service_from_lost(instance, interface, service);
	service->host = host->name;
	service->port = instance->port;
	service->priority = instance->priority;
	service->weight = instance->weight;
	service->txt_len = instance->txt_len;
	memcpy(service->txt, instance->txt, instance->txt_len);
	add_ipv4(service, host, false);
	add_ipv4(service, host, true);
	add_ipv6(service, host, false);
	add_ipv6(service, host, true);
	if (is_http)
		build_urls(service);
}

void service_from_gateway(uint32_t address, uint16_t port,
			  struct service *ret_service)
{
	memset(ret_service, 0, sizeof(*ret_service));
	ret_service->source = SERVICE_GATEWAY;
	ret_service->n_addresses = 1;
	ret_service->addresses[0].ipv4 = address;
	ret_service->port = port;
	build_urls(ret_service);
}

int service_from_url(struct span text, struct service *ret_service)
{
	struct service service = { .source = SERVICE_EXPLICIT };
	struct url url;
	int r;

	r = url_parse(text, &url);
	if (r < 0)
		return r;
	while (text.data[text.len - 1] == '/')
		text.len--;
	r = text_copy(service.url, sizeof(service.url), text);
	if (r < 0)
		return r;
	service.port = url.port;
	memcpy(service.interface, url.zone, sizeof(service.interface));
	if (url.has_address) {
		service.n_addresses = 1;
		service.addresses[0] = url.address;
	}
	build_manifest(&service);
	*ret_service = service;
	return 0;
}

bool service_next_address(struct service *service)
{
	if (service->address + 1 >= service->n_addresses)
		return false;
	service->address++;
	if (service->source != SERVICE_EXPLICIT)
		build_urls(service);
	return true;
}

struct span service_key(const struct service *service, const char *key)
{
	struct span txt = { service->txt, service->txt_len };
	struct span value;

	if (dns_txt_get(txt, key, &value) < 0)
		return (struct span){ NULL, 0 };
	return value;
}

struct span service_arch(struct span name)
{
	if (span_is_nocase(name, "aarch64") || span_is_nocase(name, "arm64"))
		return span_of("arm64");
	if (span_is_nocase(name, "amd64") || span_is_nocase(name, "x86_64") ||
	    span_is_nocase(name, "x86-64"))
		return span_of("x86_64");
	return name;
}

/* 2: says what we want. 1: says nothing, or we want nothing. 0: another. */
static int match_arch(const struct service *service,
		      const struct service_wish *wish)
{
	struct span arch = service_arch(service_key(service, "arch"));

	if (!wish->arch || arch.len == 0)
		return 1;
	return span_equal(arch, service_arch(span_of(wish->arch))) ? 2 : 0;
}

static int match_channel(const struct service *service,
			 const struct service_wish *wish)
{
	struct span channel = service_key(service, "channel");

	if (!wish->channel || channel.len == 0)
		return 1;
	return span_is(channel, wish->channel) ? 2 : 0;
}

bool service_suits(const struct service *service,
		   const struct service_wish *wish)
{
	if (service->health == SERVICE_UNHEALTHY ||
	    service->health == SERVICE_UNREACHABLE)
		return false;
	return match_arch(service, wish) > 0 &&
	       match_channel(service, wish) > 0;
}

static int compare_bytes(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int difference = len > 0 ? memcmp(a.data, b.data, len) : 0;

	if (difference != 0)
		return difference;
	return (a.len > b.len) - (a.len < b.len);
}

static int compare_names(const struct service *a, const struct service *b)
{
	int difference =
		compare_bytes((struct span){ a->instance, a->instance_len },
			      (struct span){ b->instance, b->instance_len });

	if (difference == 0)
		difference = strcmp(a->interface, b->interface);
	if (difference == 0)
		difference = strcmp(a->url, b->url);
	return difference;
}

int service_compare(const struct service *a, const struct service *b,
		    const struct service_wish *wish)
{
	/* Each pair: the greater one ranks first. */
	const int pairs[][2] = {
		{ a->source == SERVICE_EXPLICIT,
		  b->source == SERVICE_EXPLICIT },
		{ service_suits(a, wish), service_suits(b, wish) },
		{ a->source != SERVICE_GATEWAY, b->source != SERVICE_GATEWAY },
		{ match_arch(a, wish), match_arch(b, wish) },
		{ match_channel(a, wish), match_channel(b, wish) },
		{ a->health == SERVICE_OK, b->health == SERVICE_OK },
		{ b->priority, a->priority },
		{ a->weight, b->weight },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] > pairs[i][1] ? -1 : 1;
	}
	return compare_names(a, b);
}

bool service_is_same(const struct service *a, const struct service *b)
{
	if (a->source != b->source || strcmp(a->interface, b->interface) != 0)
		return false;
	if (a->source == SERVICE_MDNS)
		return a->instance_len == b->instance_len &&
		       memcmp(a->instance, b->instance, a->instance_len) == 0;
	return strcmp(a->url, b->url) == 0;
}

const char *service_source_name(enum service_source source)
{
	switch (source) {
	case SERVICE_EXPLICIT:
		return "explicit";
	case SERVICE_MDNS:
		return "mdns";
	case SERVICE_GATEWAY:
		return "gateway";
	}
	return "";
}

const char *service_health_name(enum service_health health)
{
	switch (health) {
	case SERVICE_UNCHECKED:
		return "unchecked";
	case SERVICE_OK:
		return "ok";
	case SERVICE_UNHEALTHY:
		return "unhealthy";
	case SERVICE_UNREACHABLE:
		return "unreachable";
	}
	return "";
}
