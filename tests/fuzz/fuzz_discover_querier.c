/*
 * discover/querier.c and cache.c: the input is a list of events, each a byte
 * (0 to 3: a tick, 4 to 255: a packet), the milliseconds since the one before
 * and, for a packet, its length, of two bytes each, and its bytes.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "discover/querier.h"
#include "discover/service.h"

#define ACTIONS_MAX 1000

static struct querier querier;

static void check_found(const struct querier_action *action)
{
	struct service service;

	if (!action->host || action->instance->is_gone ||
	    action->instance->port == 0 ||
	    action->host->n_ipv4 + action->host->n_ipv6 == 0 ||
	    !dns_name_is_child(&action->instance->name, &querier.cache.type))
		abort();
	service_from_instance(action->instance, action->host, "eth0", true,
			      &service);
	if (service.n_addresses == 0 || service.url[0] != 'h')
		abort();
}

static void drain(bool *done)
{
	struct querier_action action;
	struct dns_message query;
	unsigned int n = 0;

	while (querier_next(&querier, &action)) {
		if (*done || ++n > ACTIONS_MAX)
			abort();
		switch (action.kind) {
		case QUERIER_SEND:
			if (dns_message_open(action.packet, &query) < 0 ||
			    query.is_response || query.n_questions == 0)
				abort();
			break;
		case QUERIER_FOUND:
			check_found(&action);
			break;
		case QUERIER_LOST:
			if (!action.instance)
				abort();
			break;
		case QUERIER_DONE:
			*done = true;
			break;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct querier_source source = { .port = QUERIER_PORT,
						      .on_link = true };
	struct dns_name type;
	struct reader reader;
	int64_t now = 1;
	bool done = false;

	if (dns_name_from_type(span_of("_x._tcp"), &type) < 0)
		abort();
	querier_init(&querier, QUERIER_BROWSE, &type);
	querier_start(&querier, now, now + 600000);
	drain(&done);
	reader_init(&reader, data, size);
	while (reader_left(&reader) > 0) {
		uint8_t event = reader_u8(&reader);

		now += reader_be16(&reader);
		if (event >= 4) {
			struct span packet = reader_span(&reader,
							 reader_be16(&reader));

			querier_recv(&querier, packet, &source, now);
		} else {
			querier_tick(&querier, now);
			/* Each tick brings the next one nearer to the end. */
			if (querier_due(&querier) <= now)
				abort();
		}
		drain(&done);
		if (querier.cache.n_instances > CACHE_INSTANCES_MAX ||
		    querier.cache.n_hosts > CACHE_HOSTS_MAX)
			abort();
	}
	querier_stop(&querier, now);
	drain(&done);
	if (!done || querier_due(&querier) != CLOCK_NEVER)
		abort();
	return 0;
}
