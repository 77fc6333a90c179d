/*
 * discover/querier.c and cache.c: the input is a list of events, each a byte
 * and the milliseconds since the one before, of two bytes:
 *   0  time passes, up to 65 s       1  the same in s, up to 18 h
 *   2  the network has changed       3  another search begins, of the next kind
 *   4 to 255  a packet, whose length, of two bytes, and bytes follow; the lower
 *      two bits: 0 sent to us on the link, 1 to the group, 2 to us from
 *      elsewhere, with one of our ids, 3 from another port
 * Whatever comes, ticks bring the next one nearer, what is sent can be read,
 * and FOUND and LOST of each service take turns.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "discover/querier.h"
#include "discover/service.h"

#define ACTIONS_MAX 1000
#define TICKS_MAX 10000

static struct querier querier;
static bool is_told[CACHE_INSTANCES_MAX];
static bool done;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_found(const struct querier_action *action)
{
	const struct service_origin origin = { .source = SERVICE_MDNS,
					       .interface = "eth0",
					       .is_http = true };
	struct service service;

	if (querier.kind == QUERIER_LOOKUP) {
		check(action->host->n_ipv4 + action->host->n_ipv6 > 0);
		return;
	}
	check(!action->instance->is_gone);
	if (querier.kind == QUERIER_TYPES) {
		check(!action->host);
		return;
	}
	check(action->host && action->instance->port != 0 &&
	      action->host->n_ipv4 + action->host->n_ipv6 > 0 &&
	      (querier.kind == QUERIER_RESOLVE ||
	       dns_name_is_child(&action->instance->name,
				 &querier.cache.parent)));
	service_from_instance(action->instance, action->host, &origin,
			      &service);
	check(service.n_addresses > 0 && service.url[0] == 'h');
}

static void check_query(const struct querier_action *action)
{
	struct dns_message query;
	struct dns_record record;

	check(action->paths == QUERIER_EPHEMERAL ||
	      action->paths == QUERIER_GROUP);
	check(dns_message_open(action->packet, &query) == 0 &&
	      !query.is_response &&
	      (query.n_questions > 0 || query.n_records > 0));
	check((action->paths == QUERIER_GROUP) == (query.id == 0));
	while (dns_message_next(&query, &record))
		check(dns_name_equal(&record.owner, &querier.cache.name));
}

static void drain(void)
{
	struct querier_action action;
	unsigned int n = 0, place;

	while (querier_next(&querier, &action)) {
		check(!done && ++n < ACTIONS_MAX);
		place = action.instance ?
				(unsigned int)(action.instance -
					       querier.cache.instances) :
				0;
		switch (action.kind) {
		case QUERIER_SEND:
			check_query(&action);
			break;
		case QUERIER_FOUND:
			check_found(&action);
			is_told[place] = true;
			break;
		case QUERIER_LOST:
			check(is_told[place]);
			is_told[place] = false;
			break;
		case QUERIER_DONE:
			done = true;
			break;
		}
	}
}

static void check_cache(void)
{
	const struct cache *cache = &querier.cache;
	unsigned int users[CACHE_HOSTS_MAX] = { 0 };

	check(cache->n_instances <= CACHE_INSTANCES_MAX &&
	      cache->n_hosts <= CACHE_HOSTS_MAX);
	for (unsigned int n = 0; n < cache->n_instances; n++) {
		const struct cache_host *host =
			cache_host_of(cache, &cache->instances[n]);

		if (host)
			users[host - cache->hosts]++;
		check(cache->instances[n].is_told == is_told[n] ||
		      querier.kind == QUERIER_LOOKUP);
	}
	for (unsigned int n = 0; n < cache->n_hosts; n++)
		check(querier.kind == QUERIER_LOOKUP ||
		      cache->hosts[n].n_users == users[n]);
}

static void begin(enum querier_kind kind, int64_t now)
{
	static const char *const names[] = { "_x._tcp.local",
					     "_services._dns-sd._udp.local",
					     "one._x._tcp.local", "box.local" };
	struct dns_name name;

	check(dns_name_parse(span_of(names[kind]), &name) == 0);
	memset(is_told, 0, sizeof(is_told));
	done = false;
	querier_init(&querier, kind, &name);
	querier_seed(&querier, 5);
	querier_start(&querier, now, CLOCK_NEVER);
	drain();
}

static void end(int64_t now)
{
	querier_stop(&querier, now);
	drain();
	check(done && querier_due(&querier) == CLOCK_NEVER);
}

/* Every tick that comes up to UNTIL, as the shell would do it. */
static void pass(int64_t until)
{
	for (unsigned int n = 0; querier_due(&querier) <= until; n++) {
		int64_t due = querier_due(&querier);

		check(n < TICKS_MAX);
		querier_tick(&querier, due);
		drain();
		check(querier_due(&querier) > due);
	}
}

static void receive(struct span bytes, uint8_t event, int64_t now)
{
	struct querier_source source = {
		.port = (event & 3) == 3 ? 5354 : QUERIER_PORT,
		.to_group = (event & 3) == 1,
		.on_link = (event & 3) == 0,
	};
	uint8_t *packet = malloc(bytes.len > 0 ? bytes.len : 1);

	check(packet);
	if (bytes.len > 0)
		memcpy(packet, bytes.data, bytes.len);
	if ((event & 3) == 2 && bytes.len >= 2 && querier.n_ids > 0) {
		packet[0] = (uint8_t)(querier.ids[0] >> 8);
		packet[1] = (uint8_t)querier.ids[0];
	}
	querier_recv(&querier, (struct span){ packet, bytes.len }, &source,
		     now);
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader;
	int64_t now = 1;

	begin(QUERIER_BROWSE, now);
	reader_init(&reader, data, size);
	while (reader_left(&reader) > 0) {
		uint8_t event = reader_u8(&reader);
		int64_t passed = reader_be16(&reader);

		now += event == 1 ? passed * 1000 : passed;
		pass(now);
		if (event == 2) {
			querier_ask_again(&querier, now);
		} else if (event == 3) {
			enum querier_kind kind = querier.kind;

			end(now);
			begin(kind == QUERIER_LOOKUP ? QUERIER_BROWSE :
						       kind + 1,
			      now);
		} else if (event >= 4) {
			receive(reader_span(&reader, reader_be16(&reader)),
				event, now);
		}
		drain();
		check_cache();
	}
	end(now);
	return 0;
}
