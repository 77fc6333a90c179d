/* See service.h: what a service is worth, and what it is compared with. */
#include "discover/service.h"

#include <string.h>

#include "discover/address.h"
#include "discover/message.h"

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

static struct span instance_of(const struct service *service)
{
	return (struct span){ service->instance, service->instance_len };
}

static int compare_names(const struct service *a, const struct service *b)
{
	int difference = compare_bytes(instance_of(a), instance_of(b));

	if (difference == 0)
		difference = strcmp(a->interface, b->interface);
	if (difference == 0)
		difference = strcmp(a->url, b->url);
	if (difference == 0)
		difference = (int)a->source - (int)b->source;
	if (difference == 0)
		difference = compare_bytes(
			(struct span){ a->host.wire, a->host.len },
			(struct span){ b->host.wire, b->host.len });
	return difference;
}

/* By rule 3 above: the greater, the better is it known to be there. */
static int certainty(const struct service *service)
{
	switch (service->source) {
	case SERVICE_EXPLICIT:
	case SERVICE_DHCP:
	case SERVICE_MDNS:
	case SERVICE_DNS:
	case SERVICE_SSDP:
		return 2;
	case SERVICE_GATEWAY:
		return 1;
	case SERVICE_NEIGHBOUR:
		break;
	}
	return 0;
}

int service_compare(const struct service *a, const struct service *b,
		    const struct service_wish *wish)
{
	/* Each pair: the greater one ranks first. */
	const int pairs[][2] = {
		{ a->source == SERVICE_EXPLICIT,
		  b->source == SERVICE_EXPLICIT },
		{ service_suits(a, wish), service_suits(b, wish) },
		{ certainty(a), certainty(b) },
		{ a->manifest_state == SERVICE_MANIFEST_SIGNED,
		  b->manifest_state == SERVICE_MANIFEST_SIGNED },
		{ match_arch(a, wish), match_arch(b, wish) },
		{ match_channel(a, wish), match_channel(b, wish) },
		{ a->health == SERVICE_OK, b->health == SERVICE_OK },
		{ a->is_near, b->is_near },
		{ b->priority, a->priority },
		{ a->weight, b->weight },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] > pairs[i][1] ? -1 : 1;
	}
	return compare_names(a, b);
}

void service_rank(const struct service **ranked, unsigned int n,
		  const struct service *service,
		  const struct service_wish *wish)
{
	unsigned int at = 0, end = n;

	while (at < end) {
		unsigned int middle = at + (end - at) / 2;

		if (service_compare(ranked[middle], service, wish) <= 0)
			at = middle + 1;
		else
			end = middle;
	}
	memmove(&ranked[at + 1], &ranked[at], (n - at) * sizeof(ranked[0]));
	ranked[at] = service;
}

static bool is_same_type(const struct service *a, const struct service *b)
{
	if (!a->type || !b->type)
		return a->type == b->type;
	return dns_name_equal(a->type, b->type);
}

/* A label as DNS compares it: ASCII letters without case (RFC 4343). */
static bool is_same_label(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		const struct span left = { a.data + i, 1 };
		const char right[] = { (char)b.data[i], '\0' };

		if (a.data[i] != b.data[i] && !span_is_nocase(left, right))
			return false;
	}
	return true;
}

bool service_is_same(const struct service *a, const struct service *b)
{
	if (a->source != b->source || a->kind != b->kind ||
	    strcmp(a->interface, b->interface) != 0 || !is_same_type(a, b))
		return false;
	if (a->kind != SERVICE_KIND_SERVICE)
		return dns_name_equal(&a->host, &b->host);
	switch (a->source) {
	case SERVICE_MDNS:
	case SERVICE_DNS:
		return is_same_label(instance_of(a), instance_of(b));
	case SERVICE_SSDP:
		return span_equal(instance_of(a), instance_of(b));
	case SERVICE_EXPLICIT:
	case SERVICE_DHCP:
	case SERVICE_GATEWAY:
	case SERVICE_NEIGHBOUR:
		break;
	}
	return strcmp(a->url, b->url) == 0;
}

static bool has_same_addresses(const struct service *a, const struct service *b)
{
	if (a->n_addresses != b->n_addresses || a->address != b->address)
		return false;
	for (unsigned int i = 0; i < a->n_addresses; i++) {
		if (!address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	}
	return true;
}

bool service_equal(const struct service *a, const struct service *b)
{
	return service_is_same(a, b) &&
	       span_equal(instance_of(a), instance_of(b)) &&
	       dns_name_equal(&a->host, &b->host) && has_same_addresses(a, b) &&
	       a->is_near == b->is_near && a->port == b->port &&
	       a->priority == b->priority && a->weight == b->weight &&
	       span_equal((struct span){ a->txt, a->txt_len },
			  (struct span){ b->txt, b->txt_len }) &&
	       a->health == b->health &&
	       a->manifest_state == b->manifest_state &&
	       strcmp(a->url, b->url) == 0 &&
	       strcmp(a->manifest, b->manifest) == 0;
}

/* Of a key that is there twice the first counts (RFC 6763 §6.4). */
static bool matches(const struct service *service,
		    const struct service_filter *filter)
{
	struct span txt = { service->txt, service->txt_len };
	struct span key, value;
	struct reader reader;
	bool flag;

	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!is_same_label(key, filter->key))
			continue;
		return !filter->has_value ||
		       (!flag && span_equal(value, filter->value));
	}
	return false;
}

bool service_matches_txt(const struct service *service,
			 const struct service_filter *filters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!matches(service, &filters[i]))
			return false;
	}
	return true;
}

const char *service_source_name(enum service_source source)
{
	switch (source) {
	case SERVICE_EXPLICIT:
		return "explicit";
	case SERVICE_DHCP:
		return "dhcp";
	case SERVICE_MDNS:
		return "mdns";
	case SERVICE_DNS:
		return "dns";
	case SERVICE_SSDP:
		return "ssdp";
	case SERVICE_GATEWAY:
		return "gateway";
	case SERVICE_NEIGHBOUR:
		return "neighbour";
	}
	return "";
}

const char *service_kind_name(enum service_kind kind)
{
	switch (kind) {
	case SERVICE_KIND_SERVICE:
		return "service";
	case SERVICE_KIND_TYPE:
		return "type";
	case SERVICE_KIND_HOST:
		return "host";
	}
	return "";
}

const char *service_manifest_name(enum service_manifest state)
{
	switch (state) {
	case SERVICE_MANIFEST_UNCHECKED:
		return "unchecked";
	case SERVICE_MANIFEST_ABSENT:
		return "absent";
	case SERVICE_MANIFEST_UNSIGNED:
		return "unsigned";
	case SERVICE_MANIFEST_SIGNED:
		return "signed";
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
