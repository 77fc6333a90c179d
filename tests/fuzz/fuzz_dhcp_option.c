/*
 * dhcp/option.c and what makes a lease of the options: names (12, 15, 81,
 * 119), routes (3, 33, 121), vendors (43, 125) and all that is not known.
 *
 * The first two bytes: how many of the rest are the file field and the sname
 * field, at most. The options begin with those of a lease, so that what
 * follows is what counts. The lease is sent again, as another server would,
 * and must come out the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "dhcp/message.h"
#include "fuzz_dhcp_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS 0x0a00020f

static const uint8_t basics[] = {
	53, 1, 5,  54, 4, 10, 0,   2,	2,   51, 4,
	0,  0, 14, 16, 1, 4,  255, 255, 255, 0,
};

static int read_lease(struct span options, struct span file, struct span sname,
		      struct dhcp_counters *counters, struct dhcp_lease *lease)
{
	static struct dhcp_message message;

	message = (struct dhcp_message){ .yiaddr = ADDRESS };
	if (dhcp_options_parse(options, file, sname, counters,
			       &message.options) < 0)
		return -1;
	return dhcp_lease_read(&message, 1500, counters, lease);
}

static void put(struct writer *writer, uint8_t code, struct span value)
{
	if (value.len == 0)
		return;
	do {
		struct span part = value;

		if (part.len > 255)
			part.len = 255;
		writer_u8(writer, code);
		writer_u8(writer, (uint8_t)part.len);
		writer_put(writer, part);
		value = span_skip(value, part.len);
	} while (value.len > 0);
}

static void put_u32(struct writer *writer, uint8_t code, uint32_t value)
{
	if (value == 0)
		return;
	writer_u8(writer, code);
	writer_u8(writer, 4);
	writer_be32(writer, value);
}

static void put_u16(struct writer *writer, uint8_t code, uint16_t value)
{
	if (value == 0)
		return;
	writer_u8(writer, code);
	writer_u8(writer, 2);
	writer_be16(writer, value);
}

static void put_hosts(struct writer *writer, uint8_t code,
		      const uint32_t *hosts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		put_u32(writer, code, hosts[i]);
}

/* Names without compression; a dot at the end of one is lost. */
static void put_search(struct writer *writer, struct span search)
{
	uint8_t buffer[2 * DHCP_LEASE_SEARCH_MAX];
	struct reader names, labels;
	struct writer wire;
	struct span name;

	writer_init(&wire, buffer, sizeof(buffer));
	reader_from_span(&names, search);
	while ((name = reader_word(&names)).len > 0) {
		reader_from_span(&labels, name);
		while (reader_left(&labels) > 0) {
			struct span label = reader_until(&labels, '.');

			writer_u8(&wire, (uint8_t)label.len);
			writer_put(&wire, label);
		}
		writer_u8(&wire, 0);
	}
	check(!writer_failed(&wire));
	put(writer, DHCP_OPTION_SEARCH, writer_span(&wire));
}

static void put_routes(struct writer *writer, const struct dhcp_lease *lease)
{
	uint8_t buffer[DHCP_LEASE_ROUTES_MAX * 9];
	struct writer wire;

	writer_init(&wire, buffer, sizeof(buffer));
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];

		writer_u8(&wire, route->prefix);
		for (unsigned int bit = 0; bit < route->prefix; bit += 8)
			writer_u8(&wire,
				  (uint8_t)(route->destination >> (24 - bit)));
		writer_be32(&wire, route->gateway);
	}
	check(!writer_failed(&wire));
	put(writer, DHCP_OPTION_CLASSLESS_ROUTES, writer_span(&wire));
}

static void send_again(const struct dhcp_lease *lease)
{
	static struct dhcp_lease again;
	struct dhcp_counters counters = { { 0 } };
	const struct span none = { NULL, 0 };
	static uint8_t buffer[4096];
	struct writer writer;
	struct span others = dhcp_raw_span(&lease->others), fqdn;
	uint8_t fqdn_bytes[3 + DHCP_LEASE_NAME_MAX] = { lease->fqdn_flags };

	writer_init(&writer, buffer, sizeof(buffer));
	put_u32(&writer, 51, lease->lease_s);
	put_u32(&writer, 54, lease->server_id);
	put_u32(&writer, 1, dhcp_prefix_mask(lease->prefix));
	put_u32(&writer, 28, lease->broadcast);
	put_u32(&writer, 58, lease->t1_s);
	put_u32(&writer, 59, lease->t2_s);
	put_u32(&writer, 108, lease->v6only_s);
	put_u16(&writer, 26, lease->mtu);
	put_u16(&writer, 57, lease->max_size);
	put_routes(&writer, lease);
	put_hosts(&writer, 6, lease->dns, lease->n_dns);
	put_hosts(&writer, 42, lease->ntp, lease->n_ntp);
	put_hosts(&writer, 72, lease->www, lease->n_www);
	put(&writer, 12, span_of(lease->hostname));
	put(&writer, 15, span_of(lease->domain));
	put_search(&writer, span_of(lease->search));
	fqdn = span_of(lease->fqdn);
	if (fqdn.len > 0) {
		fqdn_bytes[0] &= (uint8_t)~DHCP_FQDN_ENCODED;
		memcpy(fqdn_bytes + 3, fqdn.data, fqdn.len);
		put(&writer, 81, (struct span){ fqdn_bytes, 3 + fqdn.len });
	}
	put(&writer, 60, dhcp_raw_span(&lease->vendor_class));
	put(&writer, 66, dhcp_raw_span(&lease->tftp_server));
	put(&writer, 67, dhcp_raw_span(&lease->boot_file));
	put(&writer, 114, dhcp_raw_span(&lease->portal));
	put(&writer, 43, dhcp_raw_span(&lease->vendor));
	put(&writer, 61, dhcp_raw_span(&lease->client_id));
	put(&writer, 125, dhcp_raw_span(&lease->vendor_info));
	writer_put(&writer, others); /* as it is */
	check(!writer_failed(&writer));
	/* Only what came with many options in it is too long in this form. */
	if (writer_len(&writer) > DHCP_OPTIONS_SIZE)
		return;
	check(read_lease(writer_span(&writer), none, none, &counters, &again) ==
	      0);
	for (unsigned int i = DHCP_COUNT_CUT; i < DHCP_COUNT_N; i++)
		check(counters.n[i] == 0);
	check_lease(&again);
	/* These two tell how it was said, not what. */
	again.classless = lease->classless;
	again.fqdn_flags = lease->fqdn_flags;
	check(dhcp_lease_same(lease, &again));
	check(lease->t1_s == again.t1_s && lease->t2_s == again.t2_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp_lease lease;
	struct dhcp_counters counters = { { 0 } };
	struct span file, sname;
	struct reader reader;
	struct writer writer;
	uint8_t options[1500];
	size_t n_file, n_sname;

	reader_init(&reader, data, size);
	n_file = reader_u8(&reader);
	n_sname = reader_u8(&reader);
	if (reader_left(&reader) == 0 || reader_left(&reader) > 1400)
		return 0;
	file = reader_span(&reader, n_file > reader_left(&reader) ? 0 : n_file);
	sname = reader_span(&reader,
			    n_sname > reader_left(&reader) ? 0 : n_sname);
	writer_init(&writer, options, sizeof(options));
	writer_bytes(&writer, basics, sizeof(basics));
	writer_put(&writer, reader_rest(&reader));
	if (read_lease(writer_span(&writer), file, sname, &counters, &lease) <
	    0)
		return 0;
	check_lease(&lease);
	send_again(&lease);
	return 0;
}
