/* See search.h. */
#include "discover/search_part.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

static int open_interfaces(struct search *search, const char **ret_missing)
{
	const struct options *options = search->options;
	struct interface interfaces[SEARCH_NICS_MAX];
	size_t count = 0;
	int r;

	for (unsigned int i = 0; i < options->n_interfaces; i++) {
		r = interfaces_find(options->interfaces[i],
				    &interfaces[count++]);
		if (r < 0) {
			*ret_missing = options->interfaces[i];
			return -ENODEV;
		}
	}
	if (options->n_interfaces == 0) {
		r = interfaces_list(interfaces, ARRAY_SIZE(interfaces), &count);
		if (r < 0)
			log_warning("interfaces: %s", strerror(-r));
	}
	if (count > ARRAY_SIZE(interfaces)) {
		log_warning("%zu interfaces: searching on the first %zu", count,
			    ARRAY_SIZE(interfaces));
		search->n_over_nics += count - ARRAY_SIZE(interfaces);
		count = ARRAY_SIZE(interfaces);
	}
	for (size_t i = 0; i < count; i++)
		search_nic_open(search, &interfaces[i]);
	return 0;
}

static uint64_t random_seed(void)
{
	uint64_t seed;

	/* Early in a boot there may be no entropy, and we do not wait for it;
	 * kernels from 5.6 on give what they have. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
		    (ssize_t)sizeof(seed) &&
	    getrandom(&seed, sizeof(seed), GRND_INSECURE) !=
		    (ssize_t)sizeof(seed))
		seed = (uint64_t)clock_ns();
	return seed;
}

int search_open(struct search *search, const char **ret_missing)
{
	int r;

	search->seeds.links = random_seed();
	search->seeds.dns = random_seed();
	search->seeds.echo = random_seed();
	search_open_echo(search);
	search_dns_open(search);
	r = open_interfaces(search, ret_missing);
	if (r < 0)
		return r;
	return search_hints_open(search, ret_missing);
}

void search_start(struct search *search, int64_t now, int64_t end)
{
	search->loop->now = now;
	search->end = end;
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used)
			search_nic_start(&search->nics[i]);
	}
	search_dns_start(search);
	search_hints_start(search);
	search->is_started = true;
}

void search_stop(struct search *search)
{
	search->is_started = false;
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used)
			search_nic_stop(&search->nics[i]);
	}
	search_dns_stop(search);
}

int search_watch(struct search *search, struct loop_source *source, int r,
		 short events,
		 void (*ready)(struct loop *loop, struct loop_source *source,
			       short revents),
		 void *owner)
{
	if (r < 0)
		return r;
	source->events = events;
	source->ready = ready;
	source->owner = owner;
	r = loop_add(search->loop, source);
	if (r < 0)
		fd_close(&source->fd);
	return r;
}

void search_make_service(const struct search *search,
			 const struct service_origin *origin,
			 const struct cache_instance *instance,
			 const struct cache_host *host, bool is_there,
			 struct service *ret_service)
{
	switch (search->options->goal) {
	case OPTIONS_TYPES:
		service_from_type(&instance->name, origin, ret_service);
		return;
	case OPTIONS_LOOKUP:
		service_from_host(host, origin, ret_service);
		return;
	case OPTIONS_BROWSE:
	case OPTIONS_RESOLVE:
	case OPTIONS_SSDP:
		break;
	}
	if (is_there)
		service_from_instance(instance, host, origin, ret_service);
	else
		service_from_lost(instance, origin, ret_service);
}

/* --- phase-net's records ------------------------------------------------ */

/* One that was named, or any when none was. */
static bool is_wanted(const struct search *search, const char *name)
{
	const struct options *options = search->options;

	for (unsigned int i = 0; i < options->n_interfaces; i++) {
		if (strcmp(options->interfaces[i], name) == 0)
			return true;
	}
	return options->n_interfaces == 0;
}

static void forget(struct search *search, struct search_nic *nic)
{
	search_hints_take(search, nic, NULL);
	search_nic_stop(nic);
	search->gone(search, nic->interface.name);
	search_nic_close(nic);
	search_dns_update(search);
}

/* Another NIC has got the name: the sockets are still those of the one that
 * had it. */
static bool is_another(const struct search_nic *nic)
{
	struct interface interface;

	return interfaces_find(nic->interface.name, &interface) == 0 &&
	       interface.index != nic->interface.index;
}

/* There is a NIC, or there is more or less of it than before. */
static struct search_nic *renew(struct search *search, const char *name)
{
	struct search_nic *nic = search_nic_by_name(search, name);
	struct interface interface;

	if (nic && is_another(nic)) {
		forget(search, nic);
		nic = NULL;
	}
	if (nic) {
		search_nic_ask_again(nic);
		return nic;
	}
	if (!is_wanted(search, name) || interfaces_find(name, &interface) < 0)
		return NULL;
	search_nic_open(search, &interface);
	nic = search_nic_by_name(search, name);
	if (nic) {
		hints_init(&nic->hints);
		search_nic_start(nic);
	}
	return nic;
}

void search_take_record(struct search *search, struct span line)
{
	struct record record;
	struct search_nic *nic;
	char name[URL_ZONE_MAX];
	uint64_t carrier;

	if (record_parse(line, &record) < 0 ||
	    record_get(&record, "interface", name, sizeof(name)) < 0)
		return;
	nic = search_nic_by_name(search, name);
	if (span_is(record.event, "nic")) {
		if (record_get_u64(&record, "carrier", 1, &carrier) == 0 &&
		    carrier == 1)
			renew(search, name);
	} else if (span_is(record.event, "link-local") ||
		   span_is(record.event, "address6")) {
		renew(search, name);
	} else if (span_is(record.event, "lease")) {
		nic = renew(search, name);
		if (nic)
			search_hints_take(search, nic, &record);
		search_dns_update(search);
	} else if (span_is(record.event, "lost") && nic) {
		search_hints_take(search, nic, &record);
		search_dns_update(search);
	} else if (span_is(record.event, "gone") && nic) {
		forget(search, nic);
	}
}

bool search_may_again(struct search_again *again, int64_t now)
{
	if (now >= again->since + 1000)
		*again = (struct search_again){ .since = now };
	return again->n++ < SEARCH_AGAIN_MAX;
}

/* --- what the owner wants to know --------------------------------------- */

bool search_asks_links(const struct search *search)
{
	const struct options *options = search->options;

	return options->is_local_name || options->goal == OPTIONS_SSDP;
}

bool search_is_exhausted(const struct search *search)
{
	if (search->options->is_watch || search->options->has_events)
		return false;
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used && search_asks_links(search))
			return false;
	}
	return dnssd_is_quiet(&search->dnssd);
}

bool search_is_complete(const struct search *search)
{
	const struct options *options = search->options;

	if (options->goal != OPTIONS_RESOLVE && options->goal != OPTIONS_LOOKUP)
		return false;
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used &&
		    querier_is_complete(&search->nics[i].querier))
			return true;
	}
	/* What it has found then is all that there is. */
	return !options->is_local_name && dnssd_is_quiet(&search->dnssd);
}

unsigned long search_n_over(const struct search *search)
{
	const struct dnssd_counts *dns = &search->dnssd.counts;
	unsigned long n_over = search->n_over_nics;

	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		const struct search_nic *nic = &search->nics[i];
		const struct cache_counts *counts = &nic->querier.cache.counts;

		if (!nic->used)
			continue;
		n_over += counts->over_instances + counts->over_addresses +
			  counts->over_txt + nic->ssdp.counts.over_devices +
			  nic->neighbours.counts.over_addresses;
	}
	return n_over + dns->over_zones + dns->over_instances +
	       dns->over_addresses + dns->over_txt + dns->over_answers;
}

void search_put_interfaces(struct writer *writer, const struct search *search)
{
	bool first = true;

	if (!search_asks_links(search))
		return;
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (!search->nics[i].used)
			continue;
		text_put(writer, first ? " on " : ", ");
		text_put(writer, search->nics[i].interface.index != 0 ?
					 search->nics[i].interface.name :
					 "the default interface");
		first = false;
	}
}

static void log_querier(const struct search_nic *nic)
{
	const struct querier_counts *counts = &nic->querier.counts;
	const struct cache *cache = &nic->querier.cache;
	unsigned int n_incomplete = cache_n_incomplete(cache);
	const char *name = nic->interface.name;

	if (cache->counts.over_instances > 0)
		log_warning("%s: more than %u services; the rest is left out",
			    name, cache->max);
	/* What was asked for by name need not have been announced. */
	if (n_incomplete > 0 && nic->search->options->goal != OPTIONS_RESOLVE)
		log_notice("%s: %u announced without an address", name,
			   n_incomplete);
	log_debug("%s: %lu packets; dropped: %lu malformed, %lu foreign, %lu "
		  "ignored",
		  name, counts->packets, counts->malformed, counts->foreign,
		  counts->ignored);
	log_debug("%s: over limits: %lu addresses, %lu TXT strings", name,
		  cache->counts.over_addresses, cache->counts.over_txt);
}

static void log_ssdp(const struct search_nic *nic)
{
	const struct ssdp_counts *counts = &nic->ssdp.counts;

	if (counts->over_devices > 0)
		log_warning("%s: more than %d devices; the rest is left out",
			    nic->interface.name, SSDP_DEVICES_MAX);
	log_debug("%s: %lu packets; dropped: %lu malformed, %lu too long, %lu "
		  "foreign, %lu ignored",
		  nic->interface.name, counts->packets, counts->malformed,
		  counts->over_bounds, counts->foreign, counts->ignored);
}

static void log_dns(const struct search *search)
{
	const struct dnssd_counts *counts = &search->dnssd.counts;

	if (counts->over_instances + counts->over_zones > 0)
		log_warning("DNS: more than %d services; the rest is left out",
			    DNSSD_INSTANCES_MAX);
	log_debug("DNS: %lu answers; dropped: %lu malformed, %lu foreign; %lu "
		  "refused, %lu timeouts",
		  counts->packets, counts->malformed, counts->foreign,
		  counts->refused, counts->timeouts);
}

void search_log(const struct search *search)
{
	bool is_ssdp = search->options->goal == OPTIONS_SSDP;

	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		const struct search_nic *nic = &search->nics[i];

		if (!nic->used || !search_asks_links(search))
			continue;
		if (is_ssdp)
			log_ssdp(nic);
		else
			log_querier(nic);
		if (nic->neighbours.counts.over_addresses > 0)
			log_warning("%s: more than %d neighbours; the rest is "
				    "not asked",
				    nic->interface.name, NEIGHBOURS_MAX);
	}
	if (!is_ssdp)
		log_dns(search);
}
