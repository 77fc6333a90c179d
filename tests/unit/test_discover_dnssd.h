/*
 * For the tests of discover/dnssd*.c: servers with the same records, each with
 * faults of its own, and a clock. What is asked of a server is answered a
 * millisecond later, unless it is told otherwise.
 */
#pragma once

#include <stdio.h>

#include "base/clock.h"
#include "discover/dnssd.h"
#include "tests/unit/test_discover_packet.h"

#define T0 1000000
#define RECORDS_MAX 160
#define PENDING_MAX 64
#define NO_ERROR 0
#define FORMAT_ERROR 1
#define SERVER_FAILURE 2
#define NO_NAME 3
#define REFUSED 5

struct test_record {
	const char *owner;
	enum dns_type type;
	const char *target;
	uint16_t priority, weight, port;
	uint32_t ipv4;
	uint8_t ipv6[16];
	const char *txt;
	size_t txt_len;
	uint32_t ttl;
	bool is_removed;
};

struct test_server {
	bool is_silent, is_silent_over_tcp, cuts, no_edns, quotes_nothing;
	bool cuts_over_tcp;
	bool adds;	    /* additional records */
	uint16_t slow_type; /* of which answers come 500 ms later */
	unsigned int rcode;
	int64_t delay;
	unsigned int n_asked, n_asked_over_tcp;
};

struct test_pending {
	int64_t at;
	unsigned int server;
	int stream; /* or -1 */
	size_t len;
	uint8_t bytes[2 + DNSSD_ANSWER_MAX];
};

static struct {
	struct dnssd d;
	int64_t now;
	unsigned int n_records;
	struct test_record records[RECORDS_MAX];
	struct test_server servers[DNSSD_SERVERS_MAX];
	unsigned int n_pending;
	struct test_pending pending[PENDING_MAX];
	/* What came out. */
	unsigned int n_sent, n_connects, n_closes, n_found, n_lost, n_done;
	int64_t found_at;
	char asked[4096]; /* "NAME/TYPE " of all */
	char told[4096];  /* "+instance@host:port(domain) " or "-…" of all */
	struct cache_instance instance;
	struct cache_host host;
	struct packet packet;
} world;

static inline struct url_address address_of(unsigned int server)
{
	return (struct url_address){ .ipv4 = 0x0a000001 + server };
}

static inline struct test_record *add_record(const char *owner,
					     enum dns_type type)
{
	struct test_record *record = &world.records[world.n_records++];

	assert_true(world.n_records <= RECORDS_MAX);
	memset(record, 0, sizeof(*record));
	record->owner = owner;
	record->type = type;
	record->ttl = 120;
	return record;
}

static inline void add_ptr(const char *owner, const char *target)
{
	add_record(owner, DNS_TYPE_PTR)->target = target;
}

static inline void add_srv(const char *owner, uint16_t port, const char *target)
{
	struct test_record *record = add_record(owner, DNS_TYPE_SRV);

	record->port = port;
	record->target = target;
}

static inline void add_a(const char *owner, uint32_t ipv4)
{
	add_record(owner, DNS_TYPE_A)->ipv4 = ipv4;
}

static inline void add_aaaa(const char *owner, uint8_t last)
{
	struct test_record *record = add_record(owner, DNS_TYPE_AAAA);

	record->ipv6[0] = 0x20;
	record->ipv6[15] = last;
}

static inline void add_txt(const char *owner, const char *txt)
{
	struct test_record *record = add_record(owner, DNS_TYPE_TXT);

	record->txt = txt;
	record->txt_len = strlen(txt);
}

static inline void add_service(const char *type, const char *instance,
			       const char *host, uint32_t ipv4)
{
	add_ptr(type, instance);
	add_srv(instance, 80, host);
	add_txt(instance, "\3a=b");
	add_a(host, ipv4);
}

static inline struct test_record *find_record(const char *owner,
					      enum dns_type type)
{
	for (unsigned int n = 0; n < world.n_records; n++) {
		struct test_record *record = &world.records[n];

		if (record->type == type && strcmp(record->owner, owner) == 0)
			return record;
	}
	fail();
	return NULL;
}

static inline void put_test_record(const struct test_record *record)
{
	struct packet *packet = &world.packet;

	switch (record->type) {
	case DNS_TYPE_SRV:
		put_srv(packet, record->owner, 1, record->priority,
			record->weight, record->port, record->target,
			record->ttl);
		return;
	case DNS_TYPE_PTR:
		put_ptr(packet, record->owner, record->target, record->ttl);
		return;
	case DNS_TYPE_CNAME: {
		struct dns_name target = name_of(record->target);

		put_data(packet, record->owner, DNS_TYPE_CNAME, 1, target.wire,
			 target.len);
		return;
	}
	case DNS_TYPE_TXT:
		put_head(packet, record->owner, DNS_TYPE_TXT, 1, record->ttl,
			 record->txt_len);
		writer_bytes(&packet->writer, record->txt, record->txt_len);
		return;
	case DNS_TYPE_A:
		put_head(packet, record->owner, DNS_TYPE_A, 1, record->ttl, 4);
		writer_be32(&packet->writer, record->ipv4);
		return;
	case DNS_TYPE_AAAA:
		put_head(packet, record->owner, DNS_TYPE_AAAA, 1, record->ttl,
			 16);
		writer_bytes(&packet->writer, record->ipv6, 16);
		return;
	default:
		fail();
	}
}

static inline bool is_of(const struct test_record *record,
			 const struct dns_name *name)
{
	struct dns_name owner = name_of(record->owner);

	return !record->is_removed && dns_name_equal(&owner, name);
}

/* Everything about NAME but pointers, and about its target. */
static inline void put_additional(const struct dns_name *name, int depth)
{
	for (unsigned int n = 0; n < world.n_records; n++) {
		const struct test_record *record = &world.records[n];

		if (!is_of(record, name) || record->type == DNS_TYPE_PTR)
			continue;
		put_test_record(record);
		if (record->type == DNS_TYPE_SRV && depth > 0) {
			struct dns_name target = name_of(record->target);

			put_additional(&target, depth - 1);
		}
	}
}

/* The answer to a question of NAME and TYPE, whose query has these first
 * bytes; an alias is followed once. */
static inline struct span answer_to(struct span query,
				    const struct dns_name *name, uint16_t type,
				    const struct test_server *server)
{
	struct packet *packet = &world.packet;
	unsigned int rcode = server->rcode;
	bool exists = false;

	packet_begin(packet, 0x8180);
	writer_patch_be16(&packet->writer, 0,
			  (uint16_t)(query.data[0] << 8 | query.data[1]));
	if (!server->quotes_nothing) {
		writer_patch_be16(&packet->writer, 4, 1);
		dns_name_encode(&packet->writer, name);
		writer_be16(&packet->writer, type);
		writer_be16(&packet->writer, 1);
	}
	for (unsigned int n = 0; rcode == 0 && n < world.n_records; n++) {
		const struct test_record *record = &world.records[n];

		if (!is_of(record, name))
			continue;
		exists = true;
		if (record->type == type || record->type == DNS_TYPE_CNAME)
			put_test_record(record);
		if (record->type == DNS_TYPE_CNAME) {
			struct dns_name target = name_of(record->target);

			for (unsigned int m = 0; m < world.n_records; m++) {
				if (is_of(&world.records[m], &target) &&
				    (world.records[m].type == type ||
				     world.records[m].type == DNS_TYPE_CNAME))
					put_test_record(&world.records[m]);
			}
		}
		if (record->type == DNS_TYPE_PTR && server->adds) {
			struct dns_name target = name_of(record->target);

			put_additional(&target, 1);
		}
	}
	if (rcode == 0 && !exists)
		rcode = NO_NAME;
	writer_patch_u8(&packet->writer, 3, (uint8_t)(0x80 | rcode));
	return packet_end(packet);
}

static inline void note(char *log, size_t size, const char *text)
{
	size_t len = strlen(log);

	/* Of a long time the start is enough. */
	if (len + strlen(text) < size)
		snprintf(log + len, size - len, "%s", text);
}

static inline const char *text_of(const struct dns_name *name)
{
	static char texts[4][1024];
	static unsigned int next;
	char *text = texts[next++ % 4];
	struct writer writer;

	writer_init(&writer, text, 1023);
	dns_name_put(&writer, name);
	text[writer_len(&writer)] = '\0';
	return text;
}

static inline void server_recv(const struct dnssd_action *action, int stream)
{
	struct span query = action->packet;
	struct test_pending *pending;
	struct test_server *server;
	struct dns_message message;
	struct dns_name name;
	struct span answer;
	unsigned int index;
	char text[1100];
	size_t offset;
	uint16_t type;

	assert_false(action->address.is_ipv6);
	index = action->address.ipv4 - 0x0a000001;
	assert_true(index < DNSSD_SERVERS_MAX);
	server = &world.servers[index];
	if (stream >= 0) {
		assert_int_equal(query.data[0] << 8 | query.data[1],
				 query.len - 2);
		query = span_skip(query, 2);
		server->n_asked_over_tcp++;
	}
	server->n_asked++;
	assert_int_equal(dns_message_open(query, &message), 0);
	assert_false(message.is_response);
	assert_int_equal(message.n_questions, 1);
	assert_int_equal(query.data[2], 1); /* RD, and nothing else */
	assert_int_equal(query.data[3], 0);
	assert_int_equal(dns_name_decode(query, 12, &name, &offset), 0);
	assert_false(dns_unicast_is_local(&name));
	type = (uint16_t)(query.data[offset] << 8 | query.data[offset + 1]);
	snprintf(text, sizeof(text), "%s/%u ", text_of(&name), type);
	note(world.asked, sizeof(world.asked), text);
	if (stream < 0 ? server->is_silent : server->is_silent_over_tcp)
		return;
	assert_true(world.n_pending < PENDING_MAX);
	pending = &world.pending[world.n_pending++];
	pending->at = world.now + (server->delay > 0 ? server->delay : 1);
	pending->server = index;
	pending->stream = stream;
	answer = answer_to(query, &name, type, server);
	if (server->no_edns && message.n_records > 0) {
		packet_begin(&world.packet, 0x8181);
		writer_patch_be16(
			&world.packet.writer, 0,
			(uint16_t)(query.data[0] << 8 | query.data[1]));
		answer = packet_end(&world.packet);
	}
	assert_true(answer.len <= DNSSD_ANSWER_MAX);
	pending->len = answer.len;
	memcpy(pending->bytes, answer.data, answer.len);
	if (type == server->slow_type)
		pending->at += 500;
	if (stream < 0 ? server->cuts : server->cuts_over_tcp)
		pending->bytes[2] |= 2;
}

static inline void tell(const struct dnssd_action *action, char sign)
{
	char text[3000];

	assert_non_null(action->domain);
	assert_non_null(action->type);
	if (action->instance)
		world.instance = *action->instance;
	if (action->host)
		world.host = *action->host;
	snprintf(text, sizeof(text), "%c%s", sign,
		 action->instance ? text_of(&action->instance->name) :
				    text_of(&action->host->name));
	note(world.told, sizeof(world.told), text);
	if (sign == '+' && action->instance && action->host) {
		snprintf(text, sizeof(text), "@%s:%u",
			 text_of(&action->host->name), action->instance->port);
		note(world.told, sizeof(world.told), text);
	}
	snprintf(text, sizeof(text), "(%s) ", text_of(action->domain));
	note(world.told, sizeof(world.told), text);
}

static inline void drain(void)
{
	struct dnssd_action action;

	while (dnssd_next(&world.d, &action)) {
		switch (action.kind) {
		case DNSSD_SEND:
			world.n_sent++;
			server_recv(&action, -1);
			break;
		case DNSSD_CONNECT:
			world.n_connects++;
			server_recv(&action, (int)action.stream);
			break;
		case DNSSD_CLOSE:
			world.n_closes++;
			for (unsigned int n = 0; n < world.n_pending; n++) {
				if (world.pending[n].stream ==
				    (int)action.stream)
					world.pending[n].at = CLOCK_NEVER;
			}
			break;
		case DNSSD_FOUND:
			world.n_found++;
			world.found_at = world.now;
			tell(&action, '+');
			break;
		case DNSSD_LOST:
			world.n_lost++;
			tell(&action, '-');
			break;
		case DNSSD_DONE:
			world.n_done++;
			break;
		}
	}
}

static inline void feed(struct test_pending *pending)
{
	struct url_address from = address_of(pending->server);
	uint8_t prefix[2] = { (uint8_t)(pending->len >> 8),
			      (uint8_t)pending->len };
	unsigned int stream = (unsigned int)pending->stream;
	uint8_t *block = malloc(pending->len);

	assert_non_null(block);
	memcpy(block, pending->bytes, pending->len);
	pending->at = CLOCK_NEVER;
	if (pending->stream < 0) {
		dnssd_recv(&world.d, (struct span){ block, pending->len },
			   &from, DNSSD_PORT, world.now);
	} else {
		dnssd_recv_stream(&world.d, stream, (struct span){ prefix, 1 },
				  world.now);
		dnssd_recv_stream(&world.d, stream,
				  (struct span){ prefix + 1, 1 }, world.now);
		dnssd_recv_stream(&world.d, stream,
				  (struct span){ block, pending->len / 2 },
				  world.now);
		dnssd_recv_stream(
			&world.d, stream,
			span_skip((struct span){ block, pending->len },
				  pending->len / 2),
			world.now);
	}
	free(block);
	drain();
}

/* Lets time pass, until END. */
static inline void run(int64_t end)
{
	unsigned int n_steps = 0;

	drain();
	for (;;) {
		int64_t at = dnssd_due(&world.d);
		struct test_pending *first = NULL;
		unsigned int kept = 0;

		assert_true(n_steps++ < 200000);
		for (unsigned int n = 0; n < world.n_pending; n++) {
			if (world.pending[n].at < CLOCK_NEVER && kept++ != n)
				world.pending[kept - 1] = world.pending[n];
		}
		world.n_pending = kept;
		for (unsigned int n = 0; n < world.n_pending; n++) {
			if (world.pending[n].at < at) {
				at = world.pending[n].at;
				first = &world.pending[n];
			}
		}
		if (at > end) {
			world.now = end;
			return;
		}
		assert_true(at >= world.now);
		world.now = at;
		if (first) {
			feed(first);
		} else {
			dnssd_tick(&world.d, world.now);
			assert_true(dnssd_due(&world.d) > world.now);
			drain();
		}
	}
}

static inline void use_servers(unsigned int n_servers)
{
	struct url_address addresses[DNSSD_SERVERS_MAX];

	for (unsigned int n = 0; n < n_servers; n++)
		addresses[n] = address_of(n);
	dnssd_set_servers(&world.d, addresses, n_servers, world.now);
}

/* The domains that DOMAINS names, with blanks between them. */
static inline void use_domains(const char *domains)
{
	struct dns_name names[8];
	struct reader reader;
	unsigned int n = 0;

	reader_from_span(&reader, span_of(domains));
	while (reader_left(&reader) > 0)
		assert_int_equal(
			dns_name_parse(reader_until(&reader, ' '), &names[n++]),
			0);
	dnssd_set_domains(&world.d, names, n, world.now);
}

/* Looks for LABELS in DOMAINS, with the first N_SERVERS servers. */
static inline void begin(enum dnssd_kind kind, const char *labels,
			 const char *domains, unsigned int n_servers)
{
	free(world.packet.block);
	memset(&world, 0, sizeof(world));
	world.now = T0;
	dnssd_init(&world.d, kind, span_of(labels), 1);
	assert_true(dnssd_due(&world.d) == CLOCK_NEVER);
	use_servers(n_servers);
	use_domains(domains);
}

static inline void start(int64_t end)
{
	dnssd_start(&world.d, world.now, end);
}
