/* See hints.h. */
#include "discover/hints.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "discover/address.h"

#define OPTION_MAX 256 /* bytes of an option */
#define VALUE_MAX 1024 /* of a line of a file */
#define SUBOPTION_URL 1

void hints_init(struct hints *hints)
{
	memset(hints, 0, offsetof(struct hints, providers));
}

/* Records have '-' where files have '_'. */
static bool is_key(struct span key, const char *name)
{
	if (key.len != strlen(name))
		return false;
	for (size_t i = 0; i < key.len; i++) {
		uint8_t byte = key.data[i] == '_' ? '-' : key.data[i];

		if (byte != (uint8_t)name[i])
			return false;
	}
	return true;
}

/* The next item of a list with commas or blanks; empty at its end. */
static struct span next_item(struct reader *list)
{
	struct span item = { NULL, 0 };

	while (item.len == 0 && reader_left(list) > 0) {
		struct reader rest = *list;
		struct span word = reader_until(&rest, ' ');

		reader_from_span(&rest, word);
		item = reader_until(&rest, ',');
		reader_skip(list, item.len);
		if (reader_left(list) > 0)
			reader_skip(list, 1);
	}
	return item;
}

/* A zone may follow an IPv6 one: it is the interface. */
static bool parse_address(struct span text, struct url_address *ret_address)
{
	struct url_address address = { .is_ipv6 = false };
	struct reader reader;

	if (text_parse_ipv4(text, &address.ipv4) < 0) {
		reader_from_span(&reader, text);
		if (text_parse_ipv6(reader_until(&reader, '%'), address.ipv6) <
		    0)
			return false;
		address.is_ipv6 = true;
	}
	if (!address_is_host(&address))
		return false;
	*ret_address = address;
	return true;
}

static void add_server(struct hints *hints, const struct url_address *server)
{
	for (unsigned int i = 0; i < hints->n_servers; i++) {
		if (address_equal(&hints->servers[i], server))
			return;
	}
	if (hints->n_servers < HINTS_SERVERS_MAX)
		hints->servers[hints->n_servers++] = *server;
	else
		hints->n_over++;
}

static void add_gateway(struct hints *hints, uint32_t gateway)
{
	for (unsigned int i = 0; i < hints->n_gateways; i++) {
		if (hints->gateways[i] == gateway)
			return;
	}
	if (hints->n_gateways < HINTS_GATEWAYS_MAX)
		hints->gateways[hints->n_gateways++] = gateway;
	else
		hints->n_over++;
}

static void take_servers(struct hints *hints, struct span value)
{
	struct url_address server;
	struct reader list;
	struct span item;

	reader_from_span(&list, value);
	for (item = next_item(&list); item.len > 0; item = next_item(&list)) {
		if (parse_address(item, &server))
			add_server(hints, &server);
		else
			hints->n_ignored++;
	}
}

static void take_gateways(struct hints *hints, struct span value)
{
	struct url_address gateway;
	struct reader list;
	struct span item;

	reader_from_span(&list, value);
	for (item = next_item(&list); item.len > 0; item = next_item(&list)) {
		if (parse_address(item, &gateway) && !gateway.is_ipv6)
			add_gateway(hints, gateway.ipv4);
		else
			hints->n_ignored++;
	}
}

static void add_domain(struct hints *hints, const struct dns_name *domain)
{
	for (unsigned int i = 0; i < hints->n_domains; i++) {
		if (dns_name_equal(&hints->domains[i], domain))
			return;
	}
	if (hints->n_domains < HINTS_DOMAINS_MAX)
		hints->domains[hints->n_domains++] = *domain;
	else
		hints->n_over++;
}

static void take_domains(struct hints *hints, struct span value)
{
	struct dns_name domain;
	struct reader list;
	struct span item;

	reader_from_span(&list, value);
	for (item = next_item(&list); item.len > 0; item = next_item(&list)) {
		if (dns_name_parse(item, &domain) == 0 &&
		    !dns_name_is_root(&domain))
			add_domain(hints, &domain);
		else
			hints->n_ignored++;
	}
}

static void add_provider(struct hints *hints, const struct service *provider)
{
	for (unsigned int i = 0; i < hints->n_providers; i++) {
		if (!service_is_same(&hints->providers[i], provider))
			continue;
		/* The one that says more stays. */
		if (hints->providers[i].is_guess || !provider->is_guess)
			hints->providers[i] = *provider;
		return;
	}
	if (hints->n_providers < HINTS_PROVIDERS_MAX)
		hints->providers[hints->n_providers++] = *provider;
	else
		hints->n_over++;
}

static bool is_near(const struct hints *hints,
		    const struct url_address *address)
{
	uint32_t mask;

	if (address->is_ipv6)
		return url_is_link_local(address);
	if (hints->address == 0 || hints->prefix == 0)
		return false;
	mask = UINT32_MAX << (32 - hints->prefix);
	return (address->ipv4 & mask) == (hints->address & mask);
}

/* Nothing is resolved here, and an address is none of this machine's. */
static void add_url(struct hints *hints, struct span url, bool is_guess)
{
	struct service provider;

	if (service_from_lease(url, hints->interface, &provider) < 0 ||
	    provider.n_addresses == 0 ||
	    !address_is_host(&provider.addresses[0])) {
		hints->n_ignored++;
		return;
	}
	provider.is_near = is_near(hints, &provider.addresses[0]);
	provider.is_guess = is_guess;
	add_provider(hints, &provider);
}

static bool is_http(struct span text)
{
	return text.len > 5 &&
	       span_is_nocase((struct span){ text.data, 5 }, "http:");
}

/* The machine that boot files come from: it may be a provider as well. */
static void add_boot_server(struct hints *hints)
{
	char url[HINTS_PATH_MAX + 64];
	struct writer writer;

	if (!hints->has_boot_server)
		return;
	writer_init(&writer, url, sizeof(url));
	url_put_base(&writer, &hints->boot_server, hints->interface,
		     SERVICE_PORT);
	text_put(&writer, hints->boot_path);
	add_url(hints, writer_span(&writer), true);
}

/* Option 66: an address, seldom a URL. */
static void take_boot_server(struct hints *hints, struct span value)
{
	if (is_http(value)) {
		add_url(hints, value, false);
		return;
	}
	if (!parse_address(value, &hints->boot_server)) {
		hints->n_ignored++;
		return;
	}
	hints->has_boot_server = true;
	add_boot_server(hints);
}

/*
 * Option 67: the URL of a boot file (UEFI's HTTP boot) or of a manifest, or a
 * manifest's path at the server of option 66. What TFTP would fetch is not for
 * us.
 */
static void take_boot_file(struct hints *hints, struct span value)
{
	struct url url;

	if (is_http(value)) {
		if (!url_path_is_json(value) && url_parse(value, &url) == 0)
			value.len -= url.path.len;
		add_url(hints, value, false);
		return;
	}
	if (!url_path_is_json(value))
		return;
	if (!url_path_is_safe(value) ||
	    text_copy(hints->boot_path, sizeof(hints->boot_path), value) < 0) {
		hints->n_ignored++;
		return;
	}
	add_boot_server(hints);
}

/* Sub-options as those of option 43, RFC 2132 §8.4. What is whole is used.
 * Another vendor means something else by the same number: only a URL counts. */
static void take_suboptions(struct hints *hints, struct reader *reader)
{
	while (reader_left(reader) > 0) {
		uint8_t code = reader_u8(reader);
		struct span value;

		if (code == 0)
			continue;
		if (code == 255)
			return;
		value = reader_span(reader, reader_u8(reader));
		if (code == SUBOPTION_URL && is_http(value))
			add_url(hints, value, false);
	}
	if (reader_failed(reader))
		hints->n_ignored++;
}

/* Hexadecimal. */
static bool parse_option(struct span value, uint8_t *buffer,
			 struct reader *ret_reader)
{
	size_t len;

	if (text_parse_bytes(value, OPTION_MAX, buffer, &len) < 0)
		return false;
	reader_init(ret_reader, buffer, len);
	return true;
}

static void take_vendor(struct hints *hints, struct span value)
{
	uint8_t buffer[OPTION_MAX];
	struct reader reader;

	if (hints->is_pxe)
		return;
	if (parse_option(value, buffer, &reader))
		take_suboptions(hints, &reader);
	else
		hints->n_ignored++;
}

/* RFC 3925 §4: enterprise numbers, each with its length and sub-options. */
static void take_vendor_info(struct hints *hints, struct span value)
{
	uint8_t buffer[OPTION_MAX];
	struct reader reader;

	if (!parse_option(value, buffer, &reader)) {
		hints->n_ignored++;
		return;
	}
	/* One that is cut short has failed, and so has its data. */
	while (reader_left(&reader) > 0) {
		struct reader data;

		(void)reader_be32(&reader);
		data = reader_sub(&reader, reader_u8(&reader));
		take_suboptions(hints, &data);
	}
}

static void take_prefix(struct hints *hints, struct span value)
{
	uint64_t prefix;

	if (text_parse_u64(value, 32, &prefix) == 0)
		hints->prefix = (uint8_t)prefix;
}

static void take_address(struct hints *hints, struct span value)
{
	if (text_parse_ipv4(value, &hints->address) < 0)
		hints->address = 0;
}

static void take_interface(struct hints *hints, struct span value)
{
	if (text_copy(hints->interface, sizeof(hints->interface), value) < 0)
		hints->interface[0] = '\0';
}

/* Option 60 of an answer: PXE's own sub-options are in option 43 then. */
static void take_vendor_class(struct hints *hints, struct span value)
{
	hints->is_pxe = span_starts(value, "PXEClient");
}

/* Option 114, RFC 8910: a captive portal's is https, which is not for us. */
static void take_portal(struct hints *hints, struct span value)
{
	if (is_http(value))
		add_url(hints, value, false);
}

void hints_take(struct hints *hints, struct span key, struct span value)
{
	static const struct {
		char key[16];
		void (*take)(struct hints *hints, struct span value);
	} takers[] = {
		{ "interface", take_interface },
		{ "address", take_address },
		{ "prefix", take_prefix },
		{ "router", take_gateways },
		{ "dns", take_servers },
		{ "domain", take_domains },
		{ "search", take_domains },
		{ "boot-file", take_boot_file },
		{ "tftp-server", take_boot_server },
		{ "portal", take_portal },
		{ "vendor-class", take_vendor_class },
		{ "vendor", take_vendor },
		{ "vendor-info", take_vendor_info },
	};

	for (size_t i = 0; value.len > 0 && i < ARRAY_SIZE(takers); i++) {
		if (is_key(key, takers[i].key)) {
			takers[i].take(hints, value);
			return;
		}
	}
}

/* What a shell would read of 'it'\''s', up to the end of the line. */
static int unquote(struct reader *line, struct writer *writer)
{
	while (reader_left(line) > 0) {
		uint8_t byte = reader_u8(line);
		struct span rest;

		if (byte == '\'') {
			struct reader ahead = *line;
			struct span text = reader_until(line, '\'');

			rest = reader_rest(&ahead);
			/* It must have been there. */
			if (text.len == rest.len)
				return -EBADMSG;
			writer_put(writer, text);
		} else if (byte == '\\' && reader_u8(line) == '\'') {
			writer_u8(writer, '\'');
		} else {
			return -EBADMSG;
		}
	}
	return writer_failed(writer) ? -ENOBUFS : 0;
}

void hints_take_file(struct hints *hints, struct span text)
{
	uint8_t value[VALUE_MAX];
	struct reader reader;

	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		struct writer writer;
		struct reader line;
		struct span key;

		reader_from_span(&line, reader_until(&reader, '\n'));
		key = reader_until(&line, '=');
		writer_init(&writer, value, sizeof(value));
		if (unquote(&line, &writer) < 0)
			hints->n_ignored++;
		else
			hints_take(hints, key, writer_span(&writer));
	}
}
