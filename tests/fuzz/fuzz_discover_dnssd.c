/*
 * discover/dnssd*.c: the input is a byte for the kind of search, and then a
 * list of events: a byte, and the milliseconds since the one before in two
 * more. What the event is, its lowest three bits say:
 *
 *	0	a tick
 *	1 2 3	an answer to a question that is under way: flags of two bytes,
 *		its length in two, and its bytes: what follows the question
 *	4	a packet as it is: its length in two bytes, and its bytes
 *	5	the same on a connection, of which the other bits say the number
 *	6	a connection has ended, or (8) a server cannot be reached
 *	7	other servers, domains or subnets, or all anew
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "discover/dnssd.h"
#include "discover/service.h"

#define ACTIONS_MAX 4000

static struct dnssd d;

static void check_query(const struct dnssd_action *action)
{
	struct span packet = action->packet;
	struct dns_message query;
	struct dns_name name;
	size_t next;

	if (action->kind == DNSSD_CONNECT)
		packet = span_skip(packet, 2);
	if (dns_message_open(packet, &query) < 0 || query.is_response ||
	    query.n_questions != 1 ||
	    dns_name_decode(packet, DNS_HEADER_LEN, &name, &next) < 0 ||
	    dns_unicast_is_local(&name))
		abort();
}

static void check_found(const struct dnssd_action *action)
{
	const struct service_origin origin = {
		.source = SERVICE_DNS,
		.type = action->type,
		.interface = "",
		.is_http = true,
	};
	struct service service;

	if (d.kind != DNSSD_TYPES &&
	    (!action->host || action->host->n_ipv4 + action->host->n_ipv6 == 0))
		abort();
	if (d.kind == DNSSD_LOOKUP || d.kind == DNSSD_TYPES)
		return;
	if (action->instance->port == 0)
		abort();
	service_from_instance(action->instance, action->host, &origin,
			      &service);
	if (service.n_addresses == 0 || service.url[0] != 'h')
		abort();
}

static void drain(bool *done)
{
	struct dnssd_action action;
	unsigned int n = 0;

	while (dnssd_next(&d, &action)) {
		if (*done || ++n > ACTIONS_MAX)
			abort();
		switch (action.kind) {
		case DNSSD_SEND:
		case DNSSD_CONNECT:
			check_query(&action);
			break;
		case DNSSD_CLOSE:
			if (action.stream >= DNSSD_STREAMS_MAX)
				abort();
			break;
		case DNSSD_FOUND:
			check_found(&action);
			break;
		case DNSSD_LOST:
			if (!action.domain || !action.type ||
			    !(d.kind == DNSSD_LOOKUP ? action.host != NULL :
						       action.instance != NULL))
				abort();
			break;
		case DNSSD_DONE:
			*done = true;
			break;
		}
	}
}

/* Puts the id and the question of one that is under way before the bytes. */
static void recv_answer(struct reader *reader, unsigned int which, int64_t now)
{
	static uint8_t buffer[DNS_MESSAGE_MAX + 1];
	struct dnssd_query *q = &d.queries[which % DNSSD_QUERIES_MAX];
	uint16_t flags = reader_be16(reader);
	struct span bytes = reader_span(reader, reader_be16(reader));
	struct writer writer;

	if (!q->is_used)
		return;
	writer_init(&writer, buffer, sizeof(buffer));
	writer_be16(&writer, q->id);
	writer_be16(&writer, flags | 0x8000);
	writer_be16(&writer, 1);
	writer_put(&writer,
		   (struct span){ bytes.data, bytes.len < 6 ? bytes.len : 6 });
	dns_query_question(&writer, &q->name, q->type, false);
	writer_put(&writer, span_skip(bytes, 6));
	if (writer_failed(&writer))
		return;
	if (q->stream >= 0 && which & 16) {
		uint8_t prefix[2] = { (uint8_t)(writer_len(&writer) >> 8),
				      (uint8_t)writer_len(&writer) };
		unsigned int stream = (unsigned int)q->stream;

		dnssd_recv_stream(&d, stream, (struct span){ prefix, 2 }, now);
		dnssd_recv_stream(&d, stream, writer_span(&writer), now);
	} else {
		dnssd_recv(&d, writer_span(&writer),
			   &d.servers[q->server].address, DNSSD_PORT, now);
	}
}

static void reconfigure(unsigned int what, int64_t now)
{
	const struct url_address servers[] = {
		{ .ipv4 = 1 },
		{ .is_ipv6 = true, .ipv6 = { 0x20 } },
		{ .ipv4 = 2 },
	};
	const struct dns_subnet subnets[] = {
		{ .address.ipv4 = 0x0a000001, .prefix = 24 },
		{ .address = servers[1], .prefix = 64 },
	};
	static const char *const domains[] = { "x", "y.z", "local", "z" };
	struct dns_name names[4];

	for (unsigned int n = 0; n < 4; n++) {
		if (dns_name_parse(span_of(domains[n]), &names[n]) < 0)
			abort();
	}
	switch (what % 4) {
	case 0:
		dnssd_set_servers(&d, servers, what / 4 % 4, now);
		break;
	case 1:
		dnssd_set_domains(&d, names, what / 4 % 5, now);
		break;
	case 2:
		dnssd_set_subnets(&d, subnets, what / 4 % 3, now);
		break;
	case 3:
		dnssd_ask_again(&d, now);
		break;
	}
}

static void take_event(struct reader *reader, unsigned int event, int64_t now)
{
	const struct url_address server = { .ipv4 = 1 };
	unsigned int kind = event % 8, rest = event / 8;
	struct span bytes;

	switch (kind) {
	case 0:
		dnssd_tick(&d, now);
		/* Each tick brings the next one nearer to the end. */
		if (dnssd_due(&d) <= now)
			abort();
		break;
	case 4:
		bytes = reader_span(reader, reader_be16(reader));
		dnssd_recv(&d, bytes, &server, DNSSD_PORT, now);
		break;
	case 5:
		bytes = reader_span(reader, reader_be16(reader));
		dnssd_recv_stream(&d, rest % DNSSD_STREAMS_MAX, bytes, now);
		break;
	case 6:
		if (rest & 1)
			dnssd_unreachable(&d, &server, now);
		else
			dnssd_stream_ended(&d, rest / 2 % DNSSD_STREAMS_MAX,
					   now);
		break;
	case 7:
		reconfigure(rest, now);
		break;
	default:
		recv_answer(reader, rest, now);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = { "\2_x\4_tcp", "", "\1i\2_x\4_tcp",
					      "\1h" };
	struct reader reader;
	unsigned int kind;
	int64_t now = 1;
	bool done = false;

	reader_init(&reader, data, size);
	kind = reader_u8(&reader) % 4;
	dnssd_init(&d, (enum dnssd_kind)kind, span_of(labels[kind]), size);
	reconfigure(4 * 2, now);
	reconfigure(1 + 4 * 2, now);
	dnssd_start(&d, now, now + 600000);
	drain(&done);
	while (reader_left(&reader) > 0) {
		uint8_t event = reader_u8(&reader);

		now += reader_be16(&reader);
		take_event(&reader, event, now);
		drain(&done);
	}
	dnssd_stop(&d, now);
	drain(&done);
	if (!done || dnssd_due(&d) != CLOCK_NEVER)
		abort();
	return 0;
}
