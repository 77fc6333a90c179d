/* See search_part.h. */
#include "discover/search_part.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"

#define LEASE_PATH "/run/phase/net/%s.lease"
#define RESOLV_CONF "/etc/resolv.conf"
#define FILE_MAX 16384

static int take_lease(struct hints *hints, const char *path)
{
	uint8_t buffer[FILE_MAX];
	struct span text;
	int r;

	r = fd_read_beginning(path, buffer, sizeof(buffer), &text);
	if (r == 0)
		hints_take_file(hints, text);
	return r;
}

/* resolv.conf(5); "domain" and "search" exclude each other there, here both
 * count. */
static void take_resolv_conf(struct hints *hints)
{
	uint8_t buffer[FILE_MAX];
	struct reader reader;
	struct span text;

	if (fd_read_beginning(RESOLV_CONF, buffer, sizeof(buffer), &text) < 0)
		return;
	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		struct reader line;
		struct span key;

		reader_from_span(&line, reader_until(&reader, '\n'));
		key = reader_word(&line);
		if (span_is(key, "nameserver"))
			hints_take(hints, span_of("dns"),
				   span_trim(reader_rest(&line)));
		else if (span_is(key, "search") || span_is(key, "domain"))
			hints_take(hints, key, span_trim(reader_rest(&line)));
	}
}

static bool asks_providers(const struct search *search)
{
	return search->options->takes_unannounced && !search->options->no_probe;
}

int search_hints_open(struct search *search, const char **ret_missing)
{
	const struct options *options = search->options;
	char path[64];

	hints_init(&search->given);
	for (unsigned int i = 0; i < options->n_leases; i++) {
		int r = take_lease(&search->given, options->leases[i]);

		if (r < 0) {
			*ret_missing = options->leases[i];
			return r;
		}
	}
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		struct search_nic *nic = &search->nics[i];

		if (!nic->used)
			continue;
		hints_init(&nic->hints);
		text_print(path, sizeof(path), LEASE_PATH, nic->interface.name);
		/* Who is told of leases needs no old ones. */
		if (options->n_leases == 0 && !options->has_events)
			(void)!take_lease(&nic->hints, path);
	}
	take_resolv_conf(&search->given);
	if (asks_providers(search) && options->n_gateways == 0 &&
	    !options->has_events)
		search->n_gateways = interfaces_gateways(
			search->gateways, ARRAY_SIZE(search->gateways));
	return 0;
}

/* --- providers ---------------------------------------------------------- */

static void tell_gateway(struct search *search, uint32_t address, uint16_t port,
			 bool is_there)
{
	struct service service;

	service_from_gateway(address, port, &service);
	if (is_there)
		search->found(search, &service);
	else
		search->lost(search, &service);
}

static bool has_gateway(const struct hints *hints, uint32_t address)
{
	for (unsigned int i = 0; i < hints->n_gateways; i++) {
		if (hints->gateways[i] == address)
			return true;
	}
	return false;
}

/* Whether it is one of any network; NICs of one network have the same. */
static bool is_known(const struct search *search, uint32_t gateway)
{
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used &&
		    has_gateway(&search->nics[i].hints, gateway))
			return true;
	}
	for (size_t i = 0; i < search->n_gateways; i++) {
		if (search->gateways[i] == gateway)
			return true;
	}
	return has_gateway(&search->given, gateway);
}

static bool has_provider(const struct hints *hints,
			 const struct service *provider)
{
	for (unsigned int i = 0; i < hints->n_providers; i++) {
		if (service_is_same(&hints->providers[i], provider))
			return true;
	}
	return false;
}

/* What is in HINTS but not in OTHER is there, or is gone. */
static void tell_difference(struct search *search, const struct hints *hints,
			    const struct hints *other, bool is_there)
{
	for (unsigned int i = 0; i < hints->n_providers; i++) {
		if (has_provider(other, &hints->providers[i]))
			continue;
		if (is_there)
			search->found(search, &hints->providers[i]);
		else
			search->lost(search, &hints->providers[i]);
	}
	/* Gateways that were given are in place of all others. */
	if (!asks_providers(search) || search->options->n_gateways > 0)
		return;
	for (unsigned int i = 0; i < hints->n_gateways; i++) {
		if (has_gateway(other, hints->gateways[i]))
			continue;
		if (is_there || !is_known(search, hints->gateways[i]))
			tell_gateway(search, hints->gateways[i], SERVICE_PORT,
				     is_there);
	}
}

static void tell_gateways(struct search *search)
{
	const struct options *options = search->options;

	for (unsigned int i = 0; i < options->n_gateways; i++)
		tell_gateway(search, options->gateways[i].address,
			     options->gateways[i].port, true);
	for (size_t i = 0; i < search->n_gateways; i++)
		tell_gateway(search, search->gateways[i], SERVICE_PORT, true);
}

void search_hints_start(struct search *search)
{
	struct hints none;

	hints_init(&none);
	if (!search->options->takes_unannounced)
		return;
	tell_difference(search, &search->given, &none, true);
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used)
			tell_difference(search, &search->nics[i].hints, &none,
					true);
	}
	if (asks_providers(search))
		tell_gateways(search);
}

/* --- records ------------------------------------------------------------ */

static void fill(struct hints *hints, const struct record *record)
{
	/* The interface is what the others are about. */
	static const char keys[][13] = {
		"interface",   "address",   "prefix", "router",
		"dns",	       "domain",    "search", "vendor-class",
		"tftp-server", "boot-file", "portal", "vendor",
		"vendor-info",
	};
	char value[RECORD_LINE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (record_get(record, keys[i], value, sizeof(value)) == 0)
			hints_take(hints, span_of(keys[i]), span_of(value));
	}
}

void search_hints_take(struct search *search, struct search_nic *nic,
		       const struct record *record)
{
	struct hints before = nic->hints;

	hints_init(&nic->hints);
	if (record && span_is(record->event, "lease"))
		fill(&nic->hints, record);
	if (!search->options->takes_unannounced)
		return;
	tell_difference(search, &before, &nic->hints, false);
	tell_difference(search, &nic->hints, &before, true);
}
