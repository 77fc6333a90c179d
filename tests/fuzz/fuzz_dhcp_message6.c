/*
 * dhcp/message6.c, lease6.c, lease6_check.c and lease6_text.c with any bytes:
 * a DHCPv6 message. What was read is written and read again, which must give
 * the same; what became a lease must be a possible one, and its texts ones
 * that can be read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "dhcp/lease6.h"
#include "dhcp/lease6_text.h"
#include "dhcp/message6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_again(const struct dhcp_message6 *message)
{
	static uint8_t buffer[1 << 16];
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_message6 again;
	struct reader options;
	struct writer writer;
	struct span value;
	uint16_t code;

	writer_init(&writer, buffer, sizeof(buffer));
	writer_be32(&writer, (uint32_t)message->type << 24 | message->xid);
	reader_from_span(&options, message->options);
	while (dhcp_option6_next(&options, &code, &value)) {
		writer_be16(&writer, code);
		writer_be16(&writer, (uint16_t)value.len);
		writer_put(&writer, value);
	}
	check(!reader_failed(&options) && !writer_failed(&writer));
	check(dhcp_message6_read(writer_span(&writer), &counters, &again) == 0);
	check(again.type == message->type && again.xid == message->xid);
	check(span_equal(again.client_id, message->client_id));
	check(span_equal(again.server_id, message->server_id));
	check(span_equal(again.options, message->options));
}

/* What is of ours in it, as a client would write it. */
static void check_ours(const struct dhcp_message6 *message)
{
	uint8_t buffer[DHCP_OUTGOING6_MAX + DHCP_DUID_MAX];
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_message6 again;
	struct dhcp_outgoing6 outgoing = {
		.type = message->type,
		.xid = message->xid,
		.client_id = message->client_id,
		.server_id = message->server_id,
	};
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_message6_write(&writer, &outgoing);
	check(!writer_failed(&writer));
	check(dhcp_message6_read(writer_span(&writer), &counters, &again) == 0);
	check(again.type == message->type && again.xid == message->xid);
	check(span_equal(again.client_id, message->client_id));
	check(span_equal(again.server_id, message->server_id));
}

static void check_json(struct span text)
{
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, text);
	do
		check(json_next(&reader, &token) == 0);
	while (token.type != JSON_END);
}

static void check_lease(const struct dhcp_lease6 *lease)
{
	static uint8_t text[4 * DHCP_LEASE6_FILE_MAX];
	struct writer writer;
	struct record record;
	struct json json;
	struct span span;

	check(dhcp_lease6_is_valid(lease));
	check(dhcp_lease6_same(lease, lease));
	check(strpbrk(lease->domain, "\n'\"\\$`;/") == NULL);
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
	check_json(writer_span(&writer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp_lease6 lease;
	struct dhcp_counters counters = { { 0 } };
	struct dhcp_message6 message;
	struct reader ia;
	struct span value;
	uint32_t iaid;

	if (dhcp_message6_read((struct span){ data, size }, &counters,
			       &message) < 0)
		return 0;
	check_again(&message);
	check_ours(&message);
	if (dhcp_lease6_read(&message, NULL, &counters, &lease) == 0) {
		check(!lease.has_address);
		check_lease(&lease);
	}
	if (dhcp_option6_get(message.options, DHCP_OPTION6_IA_NA, &value) < 0)
		return 0;
	reader_from_span(&ia, value);
	iaid = reader_be32(&ia);
	(void)dhcp_lease6_status(&message, &iaid);
	if (dhcp_lease6_read(&message, &iaid, &counters, &lease) == 0) {
		check(lease.has_address);
		check_lease(&lease);
	}
	return 0;
}
