/*
 * Which answers are believed, and what becomes of their questions. RFC 5452 §9,
 * RFC 6891 §7, RFC 7766 §8. See dnssd.h.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/writer.h"
#include "discover/dnssd_part.h"

/* An answer that is one, of SERVER. */
static void settle(struct dnssd *d, struct dnssd_query *q, unsigned int server,
		   struct dns_message *message)
{
	bool exists = message->rcode == DNS_RCODE_OK;

	if (exists || message->rcode == DNS_RCODE_NO_NAME) {
		const struct dnssd_query over = *q;

		/* Whatever is in it, of this name there is nothing. */
		if (!exists)
			message->n_records = 0;
		dns_message_rewind(message);
		d->server = server;
		dnssd_query_free(d, q);
		dnssd_known_take(d, &over, message);
		return;
	}
	/* RFC 6891 §7: it does not know EDNS. */
	if (message->rcode == DNS_RCODE_FORMAT && !(q->plain & 1u << server)) {
		d->servers[server].no_edns = true;
		q->server = server;
		dnssd_query_transmit(d, q);
		return;
	}
	d->counts.refused++;
	dnssd_query_refuse(d, q, server);
}

/* MESSAGE, if it answers Q, which SERVER was asked. */
static bool take_answer(struct dnssd *d, struct dnssd_query *q,
			unsigned int server, struct span bytes, bool over_tcp)
{
	const struct dns_question question = {
		.name = &q->name,
		.type = q->type,
		.id = q->id,
	};
	struct dns_message message;

	if (dns_message_open(bytes, &message) < 0) {
		d->counts.malformed++;
		return false;
	}
	if (!dns_unicast_is_answer(&message, &question)) {
		d->counts.foreign++;
		return false;
	}
	/* RFC 2181 §9: nothing of it counts; the whole comes over TCP. */
	if (message.truncated && message.rcode == DNS_RCODE_OK && !over_tcp) {
		if (q->stream < 0 && !q->want_stream) {
			q->want_send = false;
			q->want_stream = true;
			q->server = server;
			q->due = CLOCK_NEVER;
		}
		return true;
	}
	settle(d, q, server, &message);
	return true;
}

void dnssd_recv(struct dnssd *d, struct span packet,
		const struct url_address *from, uint16_t port, int64_t now)
{
	int server = dnssd_find_server(d->servers, d->n_servers, from);
	struct dnssd_query *q;
	struct reader reader;

	d->now = now;
	if (d->state != DNSSD_RUNNING)
		return;
	d->counts.packets++;
	/* RFC 5452 §9.1; and a flood costs no more than this. */
	reader_from_span(&reader, packet);
	q = dnssd_query_find(d, reader_be16(&reader));
	if (port != DNSSD_PORT || server < 0 || !q ||
	    !(q->asked & 1u << server)) {
		d->counts.foreign++;
		return;
	}
	if (take_answer(d, q, (unsigned int)server, packet, false)) {
		dnssd_tale_review(d);
		dnssd_query_start(d);
	}
}

/* The answer in STREAM, once it is whole. False while it is not. */
static bool take_stream(struct dnssd *d, struct dnssd_stream *stream)
{
	struct dnssd_query *q = &d->queries[stream->query];
	struct reader reader;
	size_t len;

	reader_init(&reader, stream->buffer, stream->len);
	len = reader_be16(&reader);
	if (reader_failed(&reader))
		return false;
	if (len <= DNSSD_ANSWER_MAX) {
		if (reader_left(&reader) < len)
			return false;
		d->counts.packets++;
		if (take_answer(d, q, q->server, reader_span(&reader, len),
				true))
			return true;
	} else {
		d->counts.over_answers++;
	}
	dnssd_query_refuse(d, q, q->server);
	return true;
}

void dnssd_recv_stream(struct dnssd *d, unsigned int n, struct span bytes,
		       int64_t now)
{
	struct dnssd_stream *stream = &d->streams[n];
	struct writer writer;

	assert(n < DNSSD_STREAMS_MAX);
	d->now = now;
	if (!stream->is_used || stream->want_connect || stream->want_close)
		return;
	writer_init(&writer, stream->buffer + stream->len,
		    sizeof(stream->buffer) - stream->len);
	/* What is behind the answer is not for us. */
	if (bytes.len > writer_room(&writer))
		bytes.len = writer_room(&writer);
	writer_put(&writer, bytes);
	stream->len += bytes.len;
	if (take_stream(d, stream)) {
		dnssd_tale_review(d);
		dnssd_query_start(d);
	}
}

void dnssd_stream_ended(struct dnssd *d, unsigned int n, int64_t now)
{
	struct dnssd_stream *stream = &d->streams[n];
	struct dnssd_query *q;

	assert(n < DNSSD_STREAMS_MAX);
	d->now = now;
	if (!stream->is_used || stream->want_connect || stream->want_close)
		return;
	q = &d->queries[stream->query];
	dnssd_query_refuse(d, q, q->server);
	dnssd_tale_review(d);
	dnssd_query_start(d);
}

void dnssd_unreachable(struct dnssd *d, const struct url_address *address,
		       int64_t now)
{
	int server = dnssd_find_server(d->servers, d->n_servers, address);

	d->now = now;
	if (server < 0)
		return;
	for (unsigned int n = 0; n < DNSSD_QUERIES_MAX; n++) {
		struct dnssd_query *q = &d->queries[n];

		/* Once around; then as if it were silent, as the network may
		 * just be coming up. */
		if (q->is_used && q->server == (unsigned int)server &&
		    q->stream < 0 && !q->want_stream && !q->want_send &&
		    q->n_sent < d->n_servers)
			dnssd_query_transmit_next(d, q);
	}
	dnssd_tale_review(d);
	dnssd_query_start(d);
}
