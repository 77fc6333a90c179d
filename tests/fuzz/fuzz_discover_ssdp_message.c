/*
 * discover/ssdp_message.c: the input is a packet. What is read of it is within
 * its bounds, and means the same when it is written down and read again.
 */
#include <stdlib.h>

#include "base/text.h"
#include "discover/ssdp_message.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(struct span text, size_t size)
{
	check(text.len < size);
	for (size_t i = 0; i < text.len; i++)
		check(text.data[i] >= 0x20 && text.data[i] != 0x7f);
}

static void put(struct writer *writer, const char *name, struct span value)
{
	text_put(writer, name);
	text_put(writer, ": ");
	writer_put(writer, value);
	text_put(writer, "\r\n");
}

static struct span written(struct writer *writer,
			   const struct ssdp_message *message)
{
	static const char *const nts[] = {
		[SSDP_ALIVE] = "ssdp:alive",
		[SSDP_UPDATE] = "ssdp:update",
		[SSDP_BYEBYE] = "ssdp:byebye",
	};

	if (message->kind == SSDP_RESPONSE) {
		text_put(writer, "HTTP/1.1 200 OK\r\n");
		put(writer, "ST", message->target);
	} else {
		text_put(writer, "NOTIFY * HTTP/1.1\r\n");
		put(writer, "NTS", span_of(nts[message->kind]));
		put(writer, "NT", message->target);
	}
	put(writer, "USN", message->usn);
	if (message->location.len > 0)
		put(writer, "LOCATION", message->location);
	if (message->server.len > 0)
		put(writer, "SERVER", message->server);
	if (message->has_max_age) {
		text_put(writer, "CACHE-CONTROL: max-age=");
		text_put_u64(writer, message->max_age_s);
		text_put(writer, "\r\n");
	}
	text_put(writer, "\r\n");
	return writer_span(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssdp_message message, again;
	uint8_t buffer[SSDP_MESSAGE_MAX];
	struct writer writer;

	if (ssdp_message_parse((struct span){ data, size }, &message) < 0 ||
	    message.kind == SSDP_OTHER)
		return 0;
	check(message.target.len > 0 && message.usn.len > 0);
	check_text(message.target, SSDP_TARGET_MAX);
	check_text(message.usn, SSDP_USN_MAX);
	check_text(message.location, SSDP_LOCATION_MAX);
	check_text(message.server, SSDP_SERVER_MAX);
	check(message.has_max_age || message.max_age_s == 0);
	writer_init(&writer, buffer, sizeof(buffer));
	check(ssdp_message_parse(written(&writer, &message), &again) == 0);
	check(message.kind == again.kind &&
	      span_equal(message.target, again.target) &&
	      span_equal(message.usn, again.usn) &&
	      span_equal(message.location, again.location) &&
	      span_equal(message.server, again.server) &&
	      message.has_max_age == again.has_max_age &&
	      message.max_age_s == again.max_age_s);
	/* Everything is something. */
	check(ssdp_target_matches("ssdp:all", message.target));
	ssdp_target_matches("urn:x:1", message.target);
	ssdp_target_matches("uuid:1", message.target);
	ssdp_is_target(message.target);
	return 0;
}
