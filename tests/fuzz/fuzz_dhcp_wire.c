/*
 * dhcp/wire.c with any bytes as the struct, as a client hands it over that
 * somebody else has taken. What is let through must hold values alone that the
 * manager may act upon, and be safe to write in all the ways there are. A short
 * input is filled up with zeroes.
 */
#include <stddef.h>
#include <stdint.h>

#include "dhcp/lease6_text.h"
#include "dhcp/wire.h"
#include "fuzz_dhcp_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_control(const struct dhcp_raw *raw)
{
	check(raw->len <= sizeof(raw->data));
	for (unsigned int i = 0; i < raw->len; i++)
		check(raw->data[i] >= 0x20 && raw->data[i] != 0x7f);
}

/* Neither many hosts' nor this one's. */
static void check_ip6(const struct dhcp_ip6 *address)
{
	static const uint8_t none[15];

	check(address->bytes[0] != 0xff);
	check(memcmp(address->bytes, none, sizeof(none)) != 0);
}

static void check_lease6(const struct dhcp_lease6 *lease)
{
	static uint8_t text[4 * DHCP_LEASE6_FILE_MAX];
	struct json_reader reader;
	struct json_token token;
	struct writer writer;
	struct record record;
	struct json json;
	struct span span;

	check(lease->has_address <= 1);
	if (lease->has_address) {
		check_ip6(&lease->address);
		check(lease->times.valid_s >= lease->times.preferred_s);
		check(lease->times.valid_s > 0);
	}
	check(lease->n_dns <= DHCP_LEASE6_DNS_MAX);
	for (unsigned int i = 0; i < lease->n_dns; i++)
		check_ip6(&lease->dns[i]);
	check_name(lease->domain, sizeof(lease->domain));
	check_control(&lease->boot_file);
	check_control(&lease->portal);
	writer_init(&writer, text, RECORD_LINE_MAX + 1);
	dhcp_lease6_write_record(&writer, "eth0", lease);
	span = writer_span(&writer);
	check(span.len > 1);
	span.len--;
	check(record_parse(span, &record) == 0);
	writer_init(&writer, text, DHCP_LEASE6_FILE_MAX);
	dhcp_lease6_write_file(&writer, "eth0", lease);
	check(!writer_failed(&writer));
	writer_init(&writer, text, sizeof(text));
	json_begin(&json, &writer);
	dhcp_lease6_write_json(&json, "eth0", lease);
	check(!writer_failed(&writer));
	json_reader_init(&reader, writer_span(&writer));
	do
		check(json_next(&reader, &token) == 0);
	while (token.type != JSON_END);
}

static void check_resolvers6(const struct dhcp_resolvers6 *resolvers)
{
	check(resolvers->n_dns <= DHCP_RESOLVERS6_MAX);
	check(resolvers->n_domains <= DHCP_RESOLVERS6_MAX);
	for (unsigned int i = 0; i < resolvers->n_dns; i++)
		check_ip6(&resolvers->dns[i].address);
	for (unsigned int i = 0; i < resolvers->n_domains; i++) {
		check_name(resolvers->domains[i].name,
			   sizeof(resolvers->domains[i].name));
		check(resolvers->domains[i].name[0] != '\0');
	}
	check_control(&resolvers->portal);
}

/* By the list of wire.h, and not by that of the code under test. */
static void check_wire(const struct dhcp_wire *wire)
{
	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LEASE:
	case DHCP_WIRE_INFORMED:
		check_lease(&wire->lease);
		break;
	case DHCP_WIRE_SEND:
		check_address(wire->datagram.source);
		check_address(wire->datagram.destination);
		check(wire->datagram.len <= sizeof(wire->datagram.payload));
		break;
	case DHCP_WIRE_WATCH:
		check(wire->watch.n <= DHCP_WIRE_WATCHED_MAX);
		break;
	case DHCP_WIRE_LINK_LOCAL:
		check(wire->address == 0 || wire->address >> 16 == 0xa9fe);
		break;
	case DHCP_WIRE_LEASE6:
		check_lease6(&wire->lease6);
		break;
	case DHCP_WIRE_RESOLVERS6:
		check_resolvers6(&wire->resolvers6);
		break;
	case DHCP_WIRE_LOST:
	case DHCP_WIRE_LOST6:
	case DHCP_WIRE_CONFLICT:
	case DHCP_WIRE_SILENCE:
		break;
	case DHCP_WIRE_LINK:
	case DHCP_WIRE_IPV6:
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_UNSENT:
	case DHCP_WIRE_CONFLICT6:
	case DHCP_WIRE_RELEASE:
	case DHCP_WIRE_N:
		abort();
	}
	check(wire->type < DHCP_WIRE_N);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly its size, so that one byte too many is seen. */
	struct dhcp_wire *wire = calloc(1, sizeof(*wire));

	check(wire != NULL);
	if (size > 0)
		memcpy(wire, data, size < sizeof(*wire) ? size : sizeof(*wire));
	if (size != sizeof(*wire))
		check(dhcp_wire_check(wire, size) < 0);
	if (dhcp_wire_check(wire, sizeof(*wire)) == 0)
		check_wire(wire);
	free(wire);
	return 0;
}
