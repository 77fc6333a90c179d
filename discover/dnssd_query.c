/*
 * Questions under way: when they are asked, which server they go to, and when
 * again. RFC 1035 §7, RFC 5452 §9, RFC 7766. See dnssd.h.
 */
#include <string.h>

#include "base/clock.h"
#include "base/writer.h"
#include "discover/dnssd_part.h"

/* SplitMix64. */
static uint32_t random_bits(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32);
}

struct dnssd_query *dnssd_query_find(struct dnssd *d, uint16_t id)
{
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		if (d->queries[n].is_used && d->queries[n].id == id)
			return &d->queries[n];
	}
	return NULL;
}

/* RFC 5452 §9.2: as many bits of chance as there are. */
static uint16_t new_id(struct dnssd *d)
{
	uint16_t id;

	do {
		id = (uint16_t)random_bits(&d->random);
	} while (dnssd_query_find(d, id));
	return id;
}

struct dnssd_ask *dnssd_query_ask(struct dnssd *d, const struct dnssd_query *q)
{
	switch (q->kind) {
	case DNSSD_QUERY_ZONE:
		return &d->zones[q->index].asks[q->ask];
	case DNSSD_QUERY_INSTANCE:
		return &d->instances[q->index].asks[q->ask];
	case DNSSD_QUERY_HOST:
		break;
	}
	return &d->hosts[q->index].asks[q->ask];
}

static bool is_enumeration(const struct dnssd_query *q)
{
	return q->kind == DNSSD_QUERY_ZONE && q->ask != DNSSD_ASK_NAME;
}

static void free_stream(struct dnssd *d, struct dnssd_query *q)
{
	struct dnssd_stream *stream;

	if (q->stream < 0)
		return;
	stream = &d->streams[q->stream];
	q->stream = -1;
	/* One that the shell has not heard of needs no end. */
	stream->want_close = !stream->want_connect;
	stream->is_used = stream->want_close;
	stream->want_connect = false;
	stream->query = DNSSD_QUERIES_MAX;
}

void dnssd_query_free(struct dnssd *d, struct dnssd_query *q)
{
	free_stream(d, q);
	dnssd_query_ask(d, q)->is_out = false;
	q->is_used = false;
}

/* Nobody has answered Q. */
static void fail(struct dnssd *d, struct dnssd_query *q)
{
	struct dnssd_ask *ask = dnssd_query_ask(d, q);

	ask->due = d->now + DNSSD_FAILED_MS;
	ask->is_settled = true;
	ask->has_failed = true;
	dnssd_query_free(d, q);
}

void dnssd_query_transmit(struct dnssd *d, struct dnssd_query *q)
{
	free_stream(d, q);
	q->want_stream = false;
	q->want_send = true;
	q->asked |= 1u << q->server;
	if (d->servers[q->server].no_edns)
		q->plain |= 1u << q->server;
	q->due = d->now +
		 ((int64_t)DNSSD_TIMEOUT_MS << q->n_sent / d->n_servers);
	q->n_sent++;
}

void dnssd_query_transmit_next(struct dnssd *d, struct dnssd_query *q)
{
	if (q->n_sent >= DNSSD_ROUNDS * d->n_servers) {
		fail(d, q);
		return;
	}
	for (unsigned int n = 0; n < d->n_servers; n++) {
		q->server = (q->server + 1) % d->n_servers;
		if (!(q->refused & 1u << q->server)) {
			dnssd_query_transmit(d, q);
			return;
		}
	}
	fail(d, q);
}

void dnssd_query_refuse(struct dnssd *d, struct dnssd_query *q,
			unsigned int server)
{
	q->refused |= 1u << server;
	if (q->server == server)
		dnssd_query_transmit_next(d, q);
}

/* False when it cannot be asked, which is as good as an answer. */
static bool put_question(const struct dnssd *d, struct dnssd_query *q)
{
	switch (q->kind) {
	case DNSSD_QUERY_ZONE:
		q->type = DNS_TYPE_PTR;
		return dnssd_zone_ask_name(&d->zones[q->index],
					   (enum dnssd_zone_ask)q->ask,
					   &q->name) == 0;
	case DNSSD_QUERY_INSTANCE:
		q->type = q->ask == DNSSD_ASK_SRV ? DNS_TYPE_SRV : DNS_TYPE_TXT;
		q->name = d->instances[q->index].data.name;
		return true;
	case DNSSD_QUERY_HOST:
		break;
	}
	q->type = q->ask == DNSSD_ASK_A ? DNS_TYPE_A : DNS_TYPE_AAAA;
	q->name = d->hosts[q->index].data.name;
	return true;
}

static void start(struct dnssd *d, struct dnssd_query *q,
		  enum dnssd_query_kind kind, unsigned int index,
		  unsigned int which)
{
	struct dnssd_ask *ask;

	memset(q, 0, sizeof(*q));
	q->kind = kind;
	q->index = index;
	q->ask = which;
	q->stream = -1;
	ask = dnssd_query_ask(d, q);
	if (!put_question(d, q)) {
		ask->is_wanted = false;
		ask->is_settled = true;
		return;
	}
	q->id = new_id(d);
	q->is_used = true;
	q->server = d->server;
	ask->is_out = true;
	dnssd_query_transmit(d, q);
}

/* A free place; of those there are fewer for enumerations. */
static struct dnssd_query *new_query(struct dnssd *d, bool enumeration)
{
	unsigned int n_enumerations = 0;
	struct dnssd_query *free = NULL;

	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		struct dnssd_query *q = &d->queries[n];

		if (!q->is_used)
			free = free ? free : q;
		else if (is_enumeration(q))
			n_enumerations++;
	}
	if (enumeration && n_enumerations >= DNSSD_ENUMERATIONS_MAX)
		return NULL;
	return free;
}

/* Those of ASKS, N of them from FIRST on, that are due. False when there is no
 * room for more. */
static bool start_asks(struct dnssd *d, enum dnssd_query_kind kind,
		       unsigned int index, const struct dnssd_ask *asks,
		       unsigned int first, unsigned int n)
{
	for (unsigned int which = first; which < n; which++) {
		bool enumeration = kind == DNSSD_QUERY_ZONE && which > 0;
		struct dnssd_query *q;

		if (!asks[which].is_wanted || asks[which].is_out ||
		    asks[which].due > d->now)
			continue;
		q = new_query(d, enumeration);
		if (!q)
			return false;
		start(d, q, kind, index, which);
	}
	return true;
}

static void start_queries(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!start_asks(d, DNSSD_QUERY_ZONE, n, d->zones[n].asks, 0, 1))
			return;
	}
	for (unsigned int n = 0; n < d->n_instances; n++) {
		if (!start_asks(d, DNSSD_QUERY_INSTANCE, n,
				d->instances[n].asks, 0, DNSSD_INSTANCE_ASKS))
			return;
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		if (!start_asks(d, DNSSD_QUERY_HOST, n, d->hosts[n].asks, 0,
				DNSSD_HOST_ASKS))
			return;
	}
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!start_asks(d, DNSSD_QUERY_ZONE, n, d->zones[n].asks, 1,
				DNSSD_ZONE_ASKS))
			return;
	}
}

static void start_stream(struct dnssd *d, struct dnssd_query *q)
{
	for (unsigned int n = 0; n < DNSSD_STREAMS_MAX; n++) {
		struct dnssd_stream *stream = &d->streams[n];

		if (stream->is_used)
			continue;
		stream->is_used = true;
		stream->want_connect = true;
		stream->query = (unsigned int)(q - d->queries);
		stream->len = 0;
		q->want_stream = false;
		q->stream = (int)n;
		q->due = d->now + DNSSD_STREAM_MS;
		return;
	}
}

void dnssd_query_start(struct dnssd *d)
{
	if (d->state != DNSSD_RUNNING || d->n_servers == 0)
		return;
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		if (d->queries[n].is_used && d->queries[n].want_stream)
			start_stream(d, &d->queries[n]);
	}
	start_queries(d);
}

void dnssd_query_drop_unwanted(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		struct dnssd_query *q = &d->queries[n];

		if (q->is_used && !dnssd_query_ask(d, q)->is_wanted)
			dnssd_query_free(d, q);
	}
}

void dnssd_query_drop_all(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		if (d->queries[n].is_used)
			dnssd_query_free(d, &d->queries[n]);
	}
}

void dnssd_query_tick(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		struct dnssd_query *q = &d->queries[n];

		if (!q->is_used || q->due > d->now)
			continue;
		d->counts.timeouts++;
		if (q->stream >= 0) {
			dnssd_query_refuse(d, q, q->server);
			continue;
		}
		/* What is asked from now on need not wait for it. */
		if (d->server == q->server)
			d->server = (d->server + 1) % d->n_servers;
		dnssd_query_transmit_next(d, q);
	}
}

/* When the next question is due. What is due already waits for room, which the
 * end of a query makes. */
static int64_t asks_due(const struct dnssd *d, const struct dnssd_ask *asks,
			unsigned int n)
{
	int64_t due = CLOCK_NEVER;

	for (unsigned int i = 0; i < n; i++) {
		if (asks[i].is_wanted && !asks[i].is_out &&
		    asks[i].due > d->now && asks[i].due < due)
			due = asks[i].due;
	}
	return due;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t dnssd_query_due(const struct dnssd *d)
{
	int64_t due = CLOCK_NEVER;

	if (d->n_servers == 0)
		return due;
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		if (d->queries[n].is_used)
			due = earlier(due, d->queries[n].due);
	}
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++)
		due = earlier(due,
			      asks_due(d, d->zones[n].asks, DNSSD_ZONE_ASKS));
	for (unsigned int n = 0; n < d->n_instances; n++)
		due = earlier(due, asks_due(d, d->instances[n].asks,
					    DNSSD_INSTANCE_ASKS));
	for (unsigned int n = 0; n < d->n_hosts; n++)
		due = earlier(due,
			      asks_due(d, d->hosts[n].asks, DNSSD_HOST_ASKS));
	return due;
}

static void put_action(struct dnssd *d, const struct dnssd_query *q,
		       enum dnssd_action_kind kind,
		       struct dnssd_action *ret_action)
{
	const struct dns_question question = {
		.name = &q->name,
		.type = q->type,
		.id = q->id,
	};
	bool edns = !(q->plain & 1u << q->server);
	struct writer writer;

	writer_init(&writer, d->packet, sizeof(d->packet));
	if (kind == DNSSD_CONNECT)
		writer_be16(&writer, 0);
	dns_unicast_put_query(&writer, &question, edns);
	if (kind == DNSSD_CONNECT)
		writer_patch_be16(&writer, 0,
				  (uint16_t)(writer_len(&writer) - 2));
	*ret_action = (struct dnssd_action){
		.kind = kind,
		.address = d->servers[q->server].address,
		.packet = writer_span(&writer),
	};
}

static bool next_of_streams(struct dnssd *d, struct dnssd_action *ret_action)
{
	for (unsigned int n = 0; n < DNSSD_STREAMS_MAX; n++) {
		struct dnssd_stream *stream = &d->streams[n];

		if (stream->want_close) {
			stream->want_close = false;
			stream->is_used = false;
			*ret_action = (struct dnssd_action){
				.kind = DNSSD_CLOSE,
				.stream = n,
			};
			/* Somebody may have been waiting for it. */
			dnssd_query_start(d);
			return true;
		}
		if (stream->want_connect) {
			stream->want_connect = false;
			put_action(d, &d->queries[stream->query], DNSSD_CONNECT,
				   ret_action);
			ret_action->stream = n;
			return true;
		}
	}
	return false;
}

bool dnssd_query_next(struct dnssd *d, struct dnssd_action *ret_action)
{
	if (next_of_streams(d, ret_action))
		return true;
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		struct dnssd_query *q = &d->queries[n];

		if (!q->is_used || !q->want_send)
			continue;
		q->want_send = false;
		put_action(d, q, DNSSD_SEND, ret_action);
		return true;
	}
	return false;
}
