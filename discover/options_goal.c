/* See options_goal.h. */
#include "discover/options_goal.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "discover/parts.h"

#define TYPES_NAME "_services._dns-sd._udp" /* RFC 6763 §9 */

static const struct dns_name local = { .len = 7, .wire = "\5local" };

/* The name without its first LEN bytes. */
static struct dns_name name_after(const struct dns_name *name, size_t len)
{
	struct dns_name rest = { .len = (uint8_t)(name->len - len) };

	memcpy(rest.wire, name->wire + len, rest.len);
	return rest;
}

/* What begins at LABELS_LEN is the domain; without one it gets .local. */
static int set_name(struct options *options, const struct dns_name *name,
		    size_t labels_len)
{
	struct dns_name domain = name_after(name, labels_len);
	struct dns_name whole = *name;
	bool has_domain = !dns_name_is_root(&domain);

	if (!has_domain && dns_parts_set_domain(&whole, labels_len, &local) < 0)
		return -EBADMSG;
	options->name = whole;
	options->labels_len = labels_len;
	options->is_local_name = !has_domain || dns_name_equal(&domain, &local);
	options->is_unicast_name = !has_domain || !options->is_local_name;
	return 0;
}

static void set_type(struct options *options, struct span service)
{
	options->is_provider_type = span_is_nocase(service, "_phase-image");
	options->is_http = options->is_provider_type ||
			   span_is_nocase(service, "_http");
	options->takes_unannounced = false;
}

/* What UPnP calls a search target: UPnP Device Architecture 2.0 §1.3.2. */
static bool is_ssdp(struct span value)
{
	return span_starts(value, "urn:") || span_starts(value, "uuid:") ||
	       span_starts(value, "upnp:") || span_starts(value, "ssdp:");
}

static int set_ssdp(struct options *options, const char *value)
{
	struct span target = span_of(value);

	if (target.len > SERVICE_NAME_MAX)
		return -ENOBUFS;
	/* It becomes a line of a header. */
	for (size_t i = 0; i < target.len; i++) {
		if (target.data[i] <= 0x20 || target.data[i] >= 0x7f)
			return -EBADMSG;
	}
	options->goal = OPTIONS_SSDP;
	options->asked = value;
	options->name = (struct dns_name){ .len = 0 };
	options->labels_len = 0;
	options->is_local_name = false;
	options->is_unicast_name = false;
	set_type(options, span_of(""));
	return 0;
}

int options_goal_type(struct options *options, const char *value,
		      struct writer *reason)
{
	struct dns_parts parts;
	struct dns_name name;

	if (is_ssdp(span_of(value)))
		return set_ssdp(options, value);
	if (dns_name_parse(span_of(value), &name) < 0 ||
	    dns_parts_find(&name, &parts) < 0)
		return -EBADMSG;
	if (parts.type > 0) {
		text_put(reason, "that is an instance and its type: use "
				 "--resolve");
		return -EBADMSG;
	}
	if (set_name(options, &name, parts.domain) < 0)
		return -EBADMSG;
	options->goal = OPTIONS_BROWSE;
	options->asked = value;
	set_type(options, dns_parts_label(&name, parts.service));
	/* Neither a subtype nor a domain. */
	options->takes_unannounced = options->is_provider_type &&
				     parts.service == 0 &&
				     parts.domain + 1u == name.len;
	return 0;
}

int options_goal_types(struct options *options)
{
	struct dns_name name;

	if (dns_name_parse(span_of(TYPES_NAME), &name) < 0)
		return -EBADMSG;
	options->goal = OPTIONS_TYPES;
	options->asked = "types";
	set_type(options, span_of(""));
	return set_name(options, &name, name.len - 1u);
}

int options_goal_resolve(struct options *options, const char *value,
			 struct writer *reason)
{
	struct dns_parts parts;
	struct dns_name name;

	if (dns_name_parse(span_of(value), &name) < 0 ||
	    dns_parts_find(&name, &parts) < 0)
		return -EBADMSG;
	if (parts.type == 0) {
		text_put(reason, "that is a type, of which --type finds the "
				 "instances");
		return -EBADMSG;
	}
	if (parts.type != parts.service ||
	    parts.type != 1 + dns_name_first_label(&name).len) {
		text_put(reason, "before the type comes one label: write a dot "
				 "that is part of the name as \\.");
		return -EBADMSG;
	}
	if (set_name(options, &name, parts.domain) < 0)
		return -EBADMSG;
	options->goal = OPTIONS_RESOLVE;
	options->asked = value;
	set_type(options, dns_parts_label(&name, parts.service));
	return 0;
}

static bool is_address(struct span text)
{
	uint8_t ipv6[16];
	uint32_t ipv4;

	return text_parse_ipv4(text, &ipv4) == 0 ||
	       text_parse_ipv6(text, ipv6) == 0;
}

/* Where the last label of NAME begins. */
static size_t last_label(const struct dns_name *name)
{
	size_t last = 0, next = 0;

	while (next + 1 < name->len) {
		last = next;
		next += 1 + dns_parts_label(name, next).len;
	}
	return last;
}

int options_goal_lookup(struct options *options, const char *value,
			struct writer *reason)
{
	struct dns_name name, last;
	size_t labels_len;

	if (is_address(span_of(value))) {
		text_put(reason, "that is an address already");
		return -EBADMSG;
	}
	if (dns_name_parse(span_of(value), &name) < 0 ||
	    dns_name_is_root(&name))
		return -EBADMSG;
	/* "host" and "a.host.local" are whole before the domain; of
	 * "host.example.com", example.com is the domain. */
	labels_len = last_label(&name);
	last = name_after(&name, labels_len);
	if (!dns_name_equal(&last, &local) || labels_len == 0)
		labels_len = 1 + dns_name_first_label(&name).len;
	if (set_name(options, &name, labels_len) < 0)
		return -EBADMSG;
	options->goal = OPTIONS_LOOKUP;
	options->asked = value;
	set_type(options, span_of(""));
	return 0;
}

int options_goal_add_domain(struct options *options, const char *value,
			    struct writer *reason)
{
	struct dns_name domain;

	if (options->n_domains == OPTIONS_DOMAINS_MAX)
		return -ENOBUFS;
	if (dns_name_parse(span_of(value), &domain) < 0 ||
	    dns_name_is_root(&domain))
		return -EBADMSG;
	if (dns_name_equal(&domain, &local)) {
		text_put(reason, "that is multicast DNS, which is always "
				 "asked");
		return -EBADMSG;
	}
	options->domains[options->n_domains++] = domain;
	return 0;
}

int options_goal_finish(struct options *options)
{
	if (options->goal == OPTIONS_SSDP ||
	    (options->is_local_name && options->is_unicast_name))
		return 0;
	if (options->n_domains > 0)
		return -EEXIST;
	if (options->is_unicast_name)
		options->domains[options->n_domains++] =
			name_after(&options->name, options->labels_len);
	return 0;
}
