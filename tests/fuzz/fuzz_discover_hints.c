/*
 * discover/hints.c: the input is a lease, as a file when its first byte is
 * even, else as a record. What it names is an address of another machine, in
 * a URL that is safe, and nothing is over its bound.
 */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "discover/address.h"
#include "discover/hints.h"

static void take_record(struct hints *hints, struct span line)
{
	struct record record;
	char value[1024];

	if (record_parse(line, &record) < 0)
		return;
	for (unsigned int i = 0; i < record.n_fields; i++) {
		char key[32];

		if (record.fields[i].key.len >= sizeof(key))
			continue;
		memcpy(key, record.fields[i].key.data,
		       record.fields[i].key.len);
		key[record.fields[i].key.len] = '\0';
		if (record_get(&record, key, value, sizeof(value)) == 0)
			hints_take(hints, span_of(key), span_of(value));
	}
}

static void check_url(const char *text)
{
	struct url url;

	if (url_parse(span_of(text), &url) < 0 || !url.has_address ||
	    !address_is_host(&url.address))
		abort();
}

static void check_provider(const struct service *provider)
{
	if (provider->source != SERVICE_DHCP || provider->n_addresses != 1 ||
	    provider->port == 0)
		abort();
	check_url(provider->url);
	if (provider->manifest[0])
		check_url(provider->manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hints hints;
	struct reader reader;
	struct span text;
	bool is_record;

	reader_init(&reader, data, size);
	is_record = reader_u8(&reader) & 1;
	text = reader_rest(&reader);
	hints_init(&hints);
	if (is_record)
		take_record(&hints, text);
	else
		hints_take_file(&hints, text);
	if (hints.n_servers > HINTS_SERVERS_MAX ||
	    hints.n_domains > HINTS_DOMAINS_MAX ||
	    hints.n_gateways > HINTS_GATEWAYS_MAX ||
	    hints.n_providers > HINTS_PROVIDERS_MAX)
		abort();
	for (unsigned int i = 0; i < hints.n_providers; i++)
		check_provider(&hints.providers[i]);
	for (unsigned int i = 0; i < hints.n_domains; i++) {
		if (hints.domains[i].len < 2)
			abort();
	}
	return 0;
}
