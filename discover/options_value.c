/* See options_value.h. */
#include "discover/options_value.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

int options_value_txt(struct options *options, const char *value)
{
	struct service_filter *filter;
	struct reader reader;

	if (options->n_txt == OPTIONS_TXT_MAX)
		return -ENOBUFS;
	filter = &options->txt[options->n_txt];
	reader_from_span(&reader, span_of(value));
	filter->key = reader_until(&reader, '=');
	if (filter->key.len == 0)
		return -EBADMSG;
	filter->has_value = filter->key.len < strlen(value);
	filter->value = reader_rest(&reader);
	options->n_txt++;
	return 0;
}

int options_value_dns(struct options *options, const char *value)
{
	struct url_address *address;

	if (options->n_servers == OPTIONS_SERVERS_MAX)
		return -ENOBUFS;
	address = &options->servers[options->n_servers];
	*address = (struct url_address){ .is_ipv6 = true };
	if (text_parse_ipv6(span_of(value), address->ipv6) < 0) {
		address->is_ipv6 = false;
		if (text_parse_ipv4(span_of(value), &address->ipv4) < 0)
			return -EBADMSG;
	}
	options->n_servers++;
	return 0;
}

int options_value_gateway(struct options *options, const char *value)
{
	struct options_gateway *gateway;
	struct reader reader;
	struct span address;
	uint64_t port = SERVICE_PORT;

	if (options->n_gateways == OPTIONS_GATEWAYS_MAX)
		return -ENOBUFS;
	gateway = &options->gateways[options->n_gateways];
	reader_from_span(&reader, span_of(value));
	address = reader_until(&reader, ':');
	if (text_parse_ipv4(address, &gateway->address) < 0)
		return -EBADMSG;
	if (address.len < strlen(value) &&
	    (text_parse_u64(reader_rest(&reader), 65535, &port) < 0 ||
	     port == 0))
		return -EBADMSG;
	gateway->port = (uint16_t)port;
	options->n_gateways++;
	return 0;
}

int options_value_string(const char **strings, unsigned int *n,
			 unsigned int max, const char *value)
{
	if (*n == max)
		return -ENOBUFS;
	if (!value[0])
		return -EBADMSG;
	strings[(*n)++] = value;
	return 0;
}

int options_value_format(struct options *options, const char *value,
			 struct writer *reason)
{
	size_t position;
	int r;

	if (strcmp(value, "text") == 0) {
		options->format = OPTIONS_TEXT;
	} else if (strcmp(value, "json") == 0) {
		options->format = OPTIONS_JSON;
	} else if (strcmp(value, "report") == 0) {
		options->format = OPTIONS_REPORT;
	} else if (strchr(value, '%')) {
		options->format = OPTIONS_TEMPLATE;
		r = template_parse(span_of(value), &options->template,
				   &position);
		if (r == -EBADMSG) {
			text_put(reason, "no field or escape begins at "
					 "byte ");
			text_put_u64(reason, position + 1);
		}
		return r;
	} else {
		return -EBADMSG;
	}
	return 0;
}

int options_value_provider(struct options *options, const char *value)
{
	int r = service_from_url(span_of(value), &options->provider);

	if (r == 0)
		options->has_provider = true;
	return r;
}

int options_value_mode(struct options *options, const char *value)
{
	if (strcmp(value, "internet") == 0)
		options->mode = OPTIONS_INTERNET;
	else if (strcmp(value, "local") == 0)
		options->mode = OPTIONS_LOCAL;
	else if (strcmp(value, "private") == 0)
		options->mode = OPTIONS_PRIVATE;
	else
		return -EBADMSG;
	return 0;
}
