/* See dnssd.h. */
#include "discover/dnssd.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "discover/address.h"
#include "discover/dnssd_part.h"

#define TYPES "\11_services\7_dns-sd\4_udp" /* RFC 6763 §9 */

void dnssd_init(struct dnssd *d, enum dnssd_kind kind, struct span labels,
		uint64_t seed)
{
	/* Tables and buffers are not touched before something is found. */
	memset(d, 0, offsetof(struct dnssd, instances));
	for (unsigned int n = 0; n < DNSSD_STREAMS_MAX; n++)
		memset(&d->streams[n], 0,
		       offsetof(struct dnssd_stream, buffer));
	d->kind = kind;
	d->state = DNSSD_IDLE;
	d->random = seed;
	d->end = CLOCK_NEVER;
	if (kind == DNSSD_TYPES)
		labels = span_of(TYPES);
	assert(labels.len < sizeof(d->labels));
	memcpy(d->labels, labels.data, labels.len);
	d->labels_len = (uint8_t)labels.len;
}

static void dnssd_enter(struct dnssd *d, enum dnssd_state state)
{
	d->state = state;
	switch (state) {
	case DNSSD_IDLE:
		break;
	case DNSSD_RUNNING:
		dnssd_tale_review(d);
		dnssd_query_start(d);
		break;
	case DNSSD_FINISHED:
		dnssd_query_drop_all(d);
		dnssd_tale_rest(d);
		d->want_done = true;
		break;
	}
}

void dnssd_start(struct dnssd *d, int64_t now, int64_t end)
{
	assert(d->state == DNSSD_IDLE);
	d->now = now;
	d->end = end;
	dnssd_enter(d, DNSSD_RUNNING);
}

void dnssd_stop(struct dnssd *d, int64_t now)
{
	d->now = now;
	if (d->state != DNSSD_FINISHED)
		dnssd_enter(d, DNSSD_FINISHED);
}

static void ask_again(struct dnssd *d, struct dnssd_ask *asks, unsigned int n,
		      bool all)
{
	for (unsigned int ask = 0; ask < n; ask++) {
		if (!all && !asks[ask].has_failed)
			continue;
		asks[ask].due = d->now;
		asks[ask].has_failed = false;
	}
}

/* What is under way, and what has failed or ALL. */
static void start_over(struct dnssd *d, bool all)
{
	dnssd_query_drop_all(d);
	d->server = 0;
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++)
		ask_again(d, d->zones[n].asks, DNSSD_ZONE_ASKS, all);
	for (unsigned int n = 0; n < d->n_instances; n++)
		ask_again(d, d->instances[n].asks, DNSSD_INSTANCE_ASKS, all);
	for (unsigned int n = 0; n < d->n_hosts; n++)
		ask_again(d, d->hosts[n].asks, DNSSD_HOST_ASKS, all);
	dnssd_query_start(d);
}

void dnssd_ask_again(struct dnssd *d, int64_t now)
{
	d->now = now;
	for (unsigned int n = 0; n < d->n_servers; n++)
		d->servers[n].no_edns = false;
	start_over(d, true);
}

int dnssd_find_server(const struct dnssd_server *servers,
		      unsigned int n_servers, const struct url_address *address)
{
	for (unsigned int n = 0; n < n_servers; n++) {
		if (address_equal(&servers[n].address, address))
			return (int)n;
	}
	return -1;
}

void dnssd_set_servers(struct dnssd *d, const struct url_address *servers,
		       unsigned int n_servers, int64_t now)
{
	struct dnssd_server fresh[DNSSD_SERVERS_MAX];
	unsigned int n_fresh = 0, n_same = 0;

	d->now = now;
	for (unsigned int n = 0; n < n_servers; n++) {
		if (n_fresh == DNSSD_SERVERS_MAX ||
		    dnssd_find_server(fresh, n_fresh, &servers[n]) >= 0)
			continue;
		if (dnssd_find_server(d->servers, d->n_servers, &servers[n]) ==
		    (int)n_fresh)
			n_same++;
		fresh[n_fresh++] = (struct dnssd_server){
			.address = servers[n],
		};
	}
	if (n_same == n_fresh && n_fresh == d->n_servers)
		return;
	/* What is under way is so to those before. */
	dnssd_query_drop_all(d);
	memcpy(d->servers, fresh, n_fresh * sizeof(fresh[0]));
	d->n_servers = n_fresh;
	start_over(d, false);
}

static bool are_quiet(const struct dnssd *d, const struct dnssd_ask *asks,
		      unsigned int n)
{
	for (unsigned int ask = 0; ask < n; ask++) {
		if (asks[ask].is_wanted &&
		    (asks[ask].is_out || asks[ask].due <= d->now))
			return false;
	}
	return true;
}

bool dnssd_is_quiet(const struct dnssd *d)
{
	if (d->state == DNSSD_FINISHED || d->n_servers == 0)
		return true;
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!are_quiet(d, d->zones[n].asks, DNSSD_ZONE_ASKS))
			return false;
	}
	for (unsigned int n = 0; n < d->n_instances; n++) {
		if (!are_quiet(d, d->instances[n].asks, DNSSD_INSTANCE_ASKS))
			return false;
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		if (!are_quiet(d, d->hosts[n].asks, DNSSD_HOST_ASKS))
			return false;
	}
	return true;
}

void dnssd_tick(struct dnssd *d, int64_t now)
{
	d->now = now;
	if (d->state != DNSSD_RUNNING)
		return;
	if (now >= d->end) {
		dnssd_enter(d, DNSSD_FINISHED);
		return;
	}
	dnssd_query_tick(d);
	dnssd_tale_review(d);
	dnssd_query_start(d);
}

int64_t dnssd_due(const struct dnssd *d)
{
	int64_t due = d->end;

	if (d->state != DNSSD_RUNNING)
		return CLOCK_NEVER;
	if (dnssd_query_due(d) < due)
		due = dnssd_query_due(d);
	return dnssd_tale_due(d) < due ? dnssd_tale_due(d) : due;
}

bool dnssd_next(struct dnssd *d, struct dnssd_action *ret_action)
{
	if (dnssd_query_next(d, ret_action) || dnssd_tale_next(d, ret_action))
		return true;
	if (!d->want_done)
		return false;
	d->want_done = false;
	*ret_action = (struct dnssd_action){ .kind = DNSSD_DONE };
	return true;
}
