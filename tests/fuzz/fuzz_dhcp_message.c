/*
 * dhcp/frame.c, option.c, message.c, lease.c and what is written of leases,
 * with any bytes.
 *
 * The first byte: 1 for an unfinished checksum, 2 for a DHCP message without
 * its IP and UDP headers, so that no checksum stands in the way. What was read
 * is written and read again, which must give the same; what became a lease
 * must be a possible one, and all texts of it such that they can be read.
 */
#include <stddef.h>
#include <stdint.h>

#include "dhcp/frame.h"
#include "dhcp/message.h"
#include "fuzz_dhcp_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
