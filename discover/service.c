/* See service.h. */
#include "discover/service.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "discover/address.h"
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

/* A URL that somebody unknown has announced. Nobody there knows how our
 * interfaces are called: another's name is a try to get at its network. */
static bool is_safe_url(const struct service *service, struct span text)
{
	struct url url;

	return url_parse(text, &url) == 0 &&
	       (!url.has_address || address_is_host(&url.address)) &&
	       (!url.zone[0] || strcmp(url.zone, service->interface) == 0);
}

static void build_manifest(struct service *service)
{
	struct span manifest = service_key(service, "manifest");
	struct writer writer;

	writer_init(&writer, service->manifest, sizeof(service->manifest));
	service->is_manifest_refused = false;
	if (is_safe_url(service, manifest)) {
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

/* What all of a kind have, whatever is known of them. */
static void begin(struct service *service, const struct service_origin *origin,
		  enum service_kind kind)
{
	memset(service, 0, sizeof(*service));
	service->source = origin->source;
	service->kind = kind;
	service->type = origin->type;
	service->is_near = origin->is_near;
	if (text_copy(service->interface, sizeof(service->interface),
		      span_of(origin->interface)) < 0)
		service->interface[0] = '\0';
}

static void add_addresses(struct service *service,
			  const struct cache_host *host)
{
	add_ipv4(service, host, false);
	add_ipv4(service, host, true);
	add_ipv6(service, host, false);
	add_ipv6(service, host, true);
}

void service_from_lost(const struct cache_instance *instance,
		       const struct service_origin *origin,
		       struct service *ret_service)
{
	struct span label = dns_name_first_label(&instance->name);

	begin(ret_service, origin, SERVICE_KIND_SERVICE);
	ret_service->instance_len = (uint8_t)label.len;
	memcpy(ret_service->instance, label.data, label.len);
}

void service_from_instance(const struct cache_instance *instance,
			   const struct cache_host *host,
			   const struct service_origin *origin,
			   struct service *ret_service)
{
	struct service *service = ret_service;

	service_from_lost(instance, origin, service);
	service->host = host->name;
	service->port = instance->port;
	service->priority = instance->priority;
	service->weight = instance->weight;
	service->txt_len = instance->txt_len;
	memcpy(service->txt, instance->txt, instance->txt_len);
	add_addresses(service, host);
	if (origin->is_http && service->n_addresses > 0)
		build_urls(service);
}

void service_from_type(const struct dns_name *name,
		       const struct service_origin *origin,
		       struct service *ret_service)
{
	struct reader reader;
	struct writer writer;

	begin(ret_service, origin, SERVICE_KIND_TYPE);
	ret_service->host = *name;
	reader_init(&reader, name->wire, name->len);
	writer_init(&writer, ret_service->instance,
		    sizeof(ret_service->instance));
	for (unsigned int i = 0; i < 2; i++) {
		struct span label = reader_span(&reader, reader_u8(&reader));

		if (label.len == 0)
			break;
		if (i > 0)
			writer_u8(&writer, '.');
		writer_put(&writer, label);
	}
	/* Two labels of 63 bytes and a dot: it never fails. */
	ret_service->instance_len = (uint8_t)writer_len(&writer);
}

void service_from_host(const struct cache_host *host,
		       const struct service_origin *origin,
		       struct service *ret_service)
{
	begin(ret_service, origin, SERVICE_KIND_HOST);
	ret_service->host = host->name;
	add_addresses(ret_service, host);
}

/* A string of TXT, of one byte of length; a longer one is left out. */
static void put_txt(struct writer *writer, const char *key, struct span value)
{
	size_t len = strlen(key) + 1 + value.len;

	if (value.len == 0 || len > UINT8_MAX)
		return;
	writer_u8(writer, (uint8_t)len);
	text_put(writer, key);
	writer_u8(writer, '=');
	writer_put(writer, value);
}

/* What a URL says about where the service is. */
static void take_url(struct service *service, const struct url *url)
{
	service->port = url->port;
	if (url->zone[0])
		memcpy(service->interface, url->zone,
		       sizeof(service->interface));
	if (!url->has_address)
		return;
	service->n_addresses = 1;
	service->addresses[0] = url->address;
	service->is_near = url_is_link_local(&url->address);
}

int service_from_ssdp(struct span usn, struct span st, struct span location,
		      struct span server, const char *interface,
		      struct service *ret_service)
{
	const struct service_origin origin = { .source = SERVICE_SSDP,
					       .interface = interface };
	struct service *service = ret_service;
	struct writer writer;
	struct url url;

	if (usn.len > SERVICE_NAME_MAX)
		return -ENOBUFS;
	begin(service, &origin, SERVICE_KIND_SERVICE);
	service->instance_len = (uint8_t)usn.len;
	if (usn.len > 0)
		memcpy(service->instance, usn.data, usn.len);
	writer_init(&writer, service->txt, sizeof(service->txt));
	put_txt(&writer, "st", st);
	put_txt(&writer, "server", server);
	service->txt_len = (uint16_t)writer_len(&writer);
	if (is_safe_url(service, location) && url_parse(location, &url) == 0 &&
	    text_copy(service->url, sizeof(service->url), location) == 0)
		take_url(service, &url);
	return 0;
}

/* What nobody has announced: PORT of ADDRESS. */
static void guess(struct service *service, enum service_source source,
		  const char *interface, const struct url_address *address,
		  uint16_t port)
{
	const struct service_origin origin = { .source = source,
					       .interface = interface,
					       .is_near = true };

	begin(service, &origin, SERVICE_KIND_SERVICE);
	service->is_guess = true;
	service->n_addresses = 1;
	service->addresses[0] = *address;
	service->port = port;
	build_urls(service);
}

void service_from_gateway(uint32_t address, uint16_t port,
			  struct service *ret_service)
{
	const struct url_address at = { .ipv4 = address };

	guess(ret_service, SERVICE_GATEWAY, "", &at, port);
}

void service_from_neighbour(const uint8_t address[16], const char *interface,
			    uint16_t port, struct service *ret_service)
{
	struct url_address at = { .is_ipv6 = true };

	memcpy(at.ipv6, address, sizeof(at.ipv6));
	guess(ret_service, SERVICE_NEIGHBOUR, interface, &at, port);
}

static int from_url(struct span text, enum service_source source,
		    const char *interface, struct service *ret_service)
{
	const struct service_origin origin = { .source = source,
					       .interface = interface };
	struct service service;
	struct span manifest = { NULL, 0 };
	struct url url;
	int r;

	r = url_parse(text, &url);
	if (r < 0)
		return r;
	if (interface[0] && url.zone[0] && strcmp(url.zone, interface) != 0)
		return -EBADMSG;
	begin(&service, &origin, SERVICE_KIND_SERVICE);
	if (url_path_is_json(url.path)) {
		manifest = text;
		text.len -= url.path.len;
	}
	while (text.data[text.len - 1] == '/')
		text.len--;
	r = text_copy(service.url, sizeof(service.url), text);
	if (r < 0)
		return r;
	take_url(&service, &url);
	build_manifest(&service);
	if (manifest.len > 0) {
		r = text_copy(service.manifest, sizeof(service.manifest),
			      manifest);
		if (r < 0)
			return r;
	}
	*ret_service = service;
	return 0;
}

int service_from_url(struct span url, struct service *ret_service)
{
	return from_url(url, SERVICE_EXPLICIT, "", ret_service);
}

int service_from_lease(struct span url, const char *interface,
		       struct service *ret_service)
{
	return from_url(url, SERVICE_DHCP, interface, ret_service);
}

bool service_has_address(const struct service *service,
			 const struct url_address *address)
{
	for (unsigned int i = 0; i < service->n_addresses; i++) {
		if (address_equal(&service->addresses[i], address))
			return true;
	}
	return false;
}

void service_first_address(struct service *service)
{
	if (service->address == 0)
		return;
	service->address = 0;
	if (service->url[0])
		build_urls(service);
}

bool service_next_address(struct service *service)
{
	if (service->address + 1 >= service->n_addresses)
		return false;
	service->address++;
	/* What came with a URL has no second address. */
	if (service->url[0])
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
