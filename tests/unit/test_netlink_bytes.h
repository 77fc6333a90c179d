/* rtnetlink messages put together byte by byte, apart from the code under
 * test; included after cmocka.h. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "base/compiler.h"
#include "netlink/message.h"

struct bytes {
	size_t len;
	uint8_t data[1024];
};

static void put(struct bytes *bytes, const void *data, size_t len)
{
	assert_true(bytes->len + len <= sizeof(bytes->data));
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void put_attribute(struct bytes *bytes, uint16_t type, const void *data,
			  uint16_t len)
{
	static const uint8_t zeroes[3];
	uint16_t header[2] = { (uint16_t)(len + 4), type };

	put(bytes, header, sizeof(header));
	put(bytes, data, len);
	put(bytes, zeroes, (4u - len % 4u) % 4u);
}

UNUSED static void put_u32(struct bytes *bytes, uint16_t type, uint32_t value)
{
	put_attribute(bytes, type, &value, sizeof(value));
}

UNUSED static void put_string(struct bytes *bytes, uint16_t type,
			      const char *value)
{
	put_attribute(bytes, type, value, (uint16_t)(strlen(value) + 1));
}

UNUSED static struct bytes message(uint16_t type, uint16_t flags)
{
	struct nlmsghdr header = { .nlmsg_type = type,
				   .nlmsg_flags = flags,
				   .nlmsg_seq = 7,
				   .nlmsg_pid = 9 };
	struct bytes bytes = { 0 };

	put(&bytes, &header, sizeof(header));
	return bytes;
}

UNUSED static void end(struct bytes *bytes)
{
	uint32_t len = (uint32_t)bytes->len;

	memcpy(bytes->data, &len, sizeof(len));
}

UNUSED static struct bytes request(uint16_t type, uint16_t flags)
{
	struct bytes bytes = message(type, (uint16_t)(flags | NLM_F_REQUEST));

	/* Neither is the builder's to set. */
	memset(bytes.data + 8, 0, 8);
	return bytes;
}

UNUSED static void assert_message(const struct route_message *actual,
				  struct bytes *expected)
{
	struct span span = route_message_span(actual);

	end(expected);
	assert_int_equal(span.len, expected->len);
	assert_memory_equal(span.data, expected->data, expected->len);
}

/* The only message of BYTES, in a heap block of exactly its size that the
 * caller frees. */
UNUSED static uint8_t *exact(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	return copy;
}
