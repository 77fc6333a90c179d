/* What discover/ costs: see cost.h. */
#include "tests/bench/cost.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/format.h"
#include "discover/output.h"
#include "discover/querier.h"
#include "discover/ssdp.h"
#include "discover/table.h"

#define TYPE "_x._tcp.local"
#define START 1000000
#define FLUSH 0x8000
#define SPEAKERS 16 /* who say the same again and again */
#define ROWS_MAX 144

static void put_name(struct writer *writer, const char *text)
{
	struct dns_name name;

	cost_check(dns_name_parse(span_of(text), &name), text);
	dns_name_encode(writer, &name);
}

/* The head of a record; returns where its length is to be written. */
static size_t put_record(struct writer *writer, const char *owner,
			 uint16_t type, uint16_t class, uint32_t ttl)
{
	put_name(writer, owner);
	writer_be16(writer, type);
	writer_be16(writer, class);
	writer_be32(writer, ttl);
	writer_be16(writer, 0);
	return writer_len(writer);
}

static void end_record(struct writer *writer, size_t start)
{
	writer_patch_be16(writer, start - 2,
			  (uint16_t)(writer_len(writer) - start));
}

/* What a responder says of service I: where it is, and what. */
static void put_answer(struct cost *cost, unsigned int i)
{
	struct writer *writer = &cost->input;
	size_t packet = writer_len(writer), record;
	char who[64], host[64];

	cost_check(text_print(who, sizeof(who), "s%u." TYPE, i), "name");
	cost_check(text_print(host, sizeof(host), "h%u.local", i), "name");
	writer_be16(writer, 0);
	writer_be16(writer, 0x8400);
	writer_be16(writer, 0);
	writer_be16(writer, 4);
	writer_be32(writer, 0);
	record = put_record(writer, TYPE, DNS_TYPE_PTR, 1, 4500);
	put_name(writer, who);
	end_record(writer, record);
	record = put_record(writer, who, DNS_TYPE_SRV, 1 | FLUSH, 120);
	writer_be32(writer, 0);
	writer_be16(writer, 8080);
	put_name(writer, host);
	end_record(writer, record);
	record = put_record(writer, who, DNS_TYPE_TXT, 1 | FLUSH, 4500);
	writer_bytes(writer, "\4path\12arch=arm64", 16);
	end_record(writer, record);
	record = put_record(writer, host, DNS_TYPE_A, 1 | FLUSH, 120);
	writer_be32(writer, 0x0a000000 + i);
	end_record(writer, record);
	cost_packet(cost, packet);
}

static void make_services(struct cost *cost)
{
	for (unsigned int i = 0; i < cost->n; i++)
		put_answer(cost, i);
}

static void make_packets(struct cost *cost)
{
	for (unsigned int i = 0; i < SPEAKERS; i++)
		put_answer(cost, i);
}

static unsigned int drain(struct querier *querier)
{
	struct querier_action action;
	unsigned int n_found = 0;

	while (querier_next(querier, &action))
		n_found += action.kind == QUERIER_FOUND;
	return n_found;
}

/* A search to which N packets come, 10 a millisecond. */
static void run_querier(struct cost *cost)
{
	static const struct querier_source source = { .port = 5353,
						      .on_link = true };
	struct querier *querier = cost->state;
	unsigned int n_found = 0;
	struct dns_name name;

	cost_check(dns_name_parse(span_of(TYPE), &name), TYPE);
	querier_init(querier, QUERIER_BROWSE, &name);
	querier_seed(querier, 1);
	querier_start(querier, START, CLOCK_NEVER);
	drain(querier);
	for (unsigned int i = 0; i < cost->n; i++) {
		int64_t now = START + i / 10;

		querier_recv(querier, cost->packets[i % cost->n_packets],
			     &source, now);
		if (querier_due(querier) <= now)
			querier_tick(querier, now);
		n_found += drain(querier);
	}
	cost_check(n_found == 0 ? -ENOENT : 0, "querier");
}

static void run_message(struct cost *cost)
{
	for (unsigned int i = 0; i < cost->n; i++) {
		struct dns_message message;
		struct dns_record record;

		cost_check(
			dns_message_open(cost->packets[i % SPEAKERS], &message),
			"dns_message_open");
		while (dns_message_next(&message, &record))
			;
	}
}

/* === SSDP ================================================================= */

static void make_ssdp(struct cost *cost)
{
	for (unsigned int i = 0; i < cost->n; i++) {
		size_t start = writer_len(&cost->input);

		text_format(&cost->input,
			    "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\n"
			    "ST: upnp:rootdevice\r\nUSN: uuid:%08x::upnp:"
			    "rootdevice\r\nLOCATION: http://10.0.0.9/%u.xml\r\n"
			    "SERVER: Linux/6.1 UPnP/1.0 x/1\r\n\r\n",
			    i, i);
		cost_packet(cost, start);
	}
}

static void run_ssdp(struct cost *cost)
{
	static const struct url_address from = { .ipv4 = 0x0a000009 };
	struct ssdp *ssdp = cost->state;
	struct ssdp_action action;
	unsigned int n_found = 0;

	ssdp_init(ssdp, span_of("upnp:rootdevice"));
	ssdp_start(ssdp, START, CLOCK_NEVER);
	for (unsigned int i = 0; i < cost->n; i++) {
		ssdp_recv(ssdp, cost->packets[i], &from, START + i / 10);
		while (ssdp_next(ssdp, &action))
			n_found += action.kind == SSDP_FOUND;
	}
	cost_check(n_found == 0 ? -ENOENT : 0, "ssdp");
}

/* === A table ============================================================== */

struct table_state {
	struct service services[ROWS_MAX];
	uint8_t line[3 * OUTPUT_LINE_MAX];
};

static void make_table(struct cost *cost)
{
	struct table_state *state = cost->state;

	for (unsigned int i = 0; i < cost->n; i++) {
		struct service *service = &state->services[i];
		struct cache_instance instance = { .port = 8080 };
		struct cache_host host = { .n_ipv4 = 1 };
		struct service_origin origin = { .source = SERVICE_MDNS,
						 .interface = "eth0",
						 .is_http = true };
		char who[64];

		cost_check(text_print(who, sizeof(who), "s%u." TYPE, i),
			   "name");
		cost_check(dns_name_parse(span_of(who), &instance.name), who);
		cost_check(dns_name_parse(span_of("h.local"), &host.name), who);
		host.ipv4[0] = 0x0a000000 + i;
		service_from_instance(&instance, &host, &origin, service);
	}
}

/* Ranked, and shown in all forms. */
static void run_table(struct cost *cost)
{
	static const struct service_wish wish = { .arch = "arm64" };
	struct table_state *state = cost->state;
	const struct service *ranked[ROWS_MAX];
	struct table table;

	for (unsigned int i = 0; i < cost->n; i++)
		service_rank(ranked, i, &state->services[i], &wish);
	table_init(&table, SERVICE_KIND_SERVICE, 80, false);
	for (unsigned int i = 0; i < cost->n; i++)
		table_measure(&table, ranked[i], &wish);
	table_fit(&table);
	for (unsigned int i = 0; i < cost->n; i++) {
		struct writer line;

		writer_init(&line, state->line, sizeof(state->line));
		table_put_row(&table, &line, ranked[i], &wish, i == 0);
		output_put_json(&line, OUTPUT_SERVICE, TYPE, ranked[i], &wish);
		output_put_record(&line, OUTPUT_SERVICE, ranked[i], &wish,
				  i == 0);
		cost_check(writer_failed(&line) ? -ENOBUFS : 0, "row");
	}
}

const struct cost_case cost_discover[] = {
	{ "discover-services", 96, sizeof(struct querier), make_services,
	  run_querier },
	{ "discover-packets", 200, sizeof(struct querier), make_packets,
	  run_querier },
	{ "discover-message", 100, 1, make_packets, run_message },
	{ "discover-ssdp", 64, sizeof(struct ssdp), make_ssdp, run_ssdp },
	{ "discover-table", 96, sizeof(struct table_state), make_table,
	  run_table },
	{ 0 },
};
