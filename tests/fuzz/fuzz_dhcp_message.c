/*
 * dhcp/frame.c, option.c, message.c, lease.c and lease_text.c with any bytes.
 *
 * The first byte: 1 for an unfinished checksum, 2 for a DHCP message without
 * its IP and UDP headers, so that no checksum stands in the way. What was read
 * is written and read again, which must give the same; what became a lease
 * must be a possible one, and its record one that can be read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "dhcp/frame.h"
#include "dhcp/lease.h"
#include "dhcp/lease_text.h"
#include "dhcp/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* MESSAGE as a server could have sent it: every option once, in parts of 255
 * bytes, none in file or sname. */
static size_t write_again(const struct dhcp_message *message, uint8_t *buffer,
			  size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size);
	writer_u8(&writer, message->op);
	writer_u8(&writer, message->htype);
	writer_u8(&writer, message->hlen);
	writer_u8(&writer, 0);
	writer_be32(&writer, message->xid);
	writer_be16(&writer, message->secs);
	writer_be16(&writer, message->flags);
	writer_be32(&writer, message->ciaddr);
	writer_be32(&writer, message->yiaddr);
	writer_be32(&writer, message->siaddr);
	writer_be32(&writer, message->giaddr);
	writer_bytes(&writer, message->chaddr, sizeof(message->chaddr));
	writer_fill(&writer, 0, DHCP_SNAME_LEN + DHCP_FILE_LEN);
	writer_be32(&writer, DHCP_COOKIE);
	for (unsigned int code = 1; code < 255; code++) {
		struct span value = dhcp_options_get(&message->options,
						     (uint8_t)code);

		if (!dhcp_options_has(&message->options, (uint8_t)code) ||
		    code == DHCP_OPTION_OVERLOAD)
			continue;
		do {
			size_t part = value.len > 255 ? 255 : value.len;

			writer_u8(&writer, (uint8_t)code);
			writer_u8(&writer, (uint8_t)part);
			writer_put(&writer, (struct span){ value.data, part });
			value = span_skip(value, part);
		} while (value.len > 0);
	}
	check(!writer_failed(&writer));
	return writer_len(&writer);
}

static void check_again(const struct dhcp_message *message)
{
	static struct dhcp_message again;
	uint8_t buffer[4096];
	struct dhcp_counters counters = { { 0 } };
	size_t len = write_again(message, buffer, sizeof(buffer));

	/* Headers of options may make it longer than what came in. */
	if (dhcp_message_read((struct span){ buffer, len }, &counters, &again) <
	    0) {
		check(len > 240 + DHCP_OPTIONS_SIZE);
		return;
	}
	check(counters.n[DHCP_COUNT_OPTION_CUT] == 0);
	check(again.op == message->op && again.xid == message->xid &&
	      again.yiaddr == message->yiaddr &&
	      again.siaddr == message->siaddr && again.type == message->type);
	for (unsigned int code = 1; code < 255; code++) {
		if (code == DHCP_OPTION_OVERLOAD)
			continue;
		check(dhcp_options_has(&again.options, (uint8_t)code) ==
		      dhcp_options_has(&message->options, (uint8_t)code));
		check(span_equal(
			dhcp_options_get(&again.options, (uint8_t)code),
			dhcp_options_get(&message->options, (uint8_t)code)));
	}
}

static void check_address(uint32_t address)
{
	check(address >> 24 != 0 && address >> 24 != 127 &&
	      address >> 28 != 14 && address != UINT32_MAX);
}

static void check_lease(const struct dhcp_lease *lease)
{
	uint8_t file[DHCP_LEASE_FILE_MAX], line[RECORD_LINE_MAX + 1];
	struct writer writer;
	struct record record;
	struct span span;
	uint32_t address;
	char text[512];

	check_address(lease->address);
	check_address(lease->server_id);
	check(lease->prefix >= 1 && lease->prefix <= 32);
	check(lease->lease_s > 0);
	check(lease->mtu == 0 || (lease->mtu >= 68 && lease->mtu <= 1500));
	check(lease->n_routes <= DHCP_LEASE_ROUTES_MAX);
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		check(lease->routes[i].prefix <= 32);
		if (lease->routes[i].gateway)
			check_address(lease->routes[i].gateway);
	}
	check(memchr(lease->domain, 0, sizeof(lease->domain)) != NULL);
	check(memchr(lease->hostname, 0, sizeof(lease->hostname)) != NULL);
	check(strpbrk(lease->domain, "\n'\"\\$`;/") == NULL);

	writer_init(&writer, line, sizeof(line));
	dhcp_lease_write_record(&writer, "eth0", lease);
	span = writer_span(&writer);
	check(span.len > 1);
	span.len--;
	check(record_parse(span, &record) == 0);
	check(record_get_ipv4(&record, "address", &address) == 0);
	check(address == lease->address);
	for (unsigned int i = 0; i < record.n_fields; i++) {
		char key[32];

		check(text_copy(key, sizeof(key), record.fields[i].key) == 0);
		check(record_get(&record, key, text, sizeof(text)) == 0 ||
		      record.fields[i].value.len >= sizeof(text));
	}
	writer_init(&writer, file, sizeof(file));
	dhcp_lease_write_file(&writer, "eth0", lease);
	check(!writer_failed(&writer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp_message message;
	static struct dhcp_lease lease;
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_frame frame;
	uint8_t flags;

	if (size < 1)
		return 0;
	flags = data[0];
	frame.payload = (struct span){ data + 1, size - 1 };
	if (!(flags & 2) &&
	    dhcp_frame_parse(frame.payload, flags & 1, &counters, &frame) < 0)
		return 0;
	if (dhcp_message_read(frame.payload, &counters, &message) < 0)
		return 0;
	check_again(&message);
	if (dhcp_lease_read(&message, 1500, &counters, &lease) == 0)
		check_lease(&lease);
	return 0;
}
