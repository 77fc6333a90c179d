/*
 * For the tests of IPv6: addresses, and what routers and servers send, made by
 * hand and not with the code under test.
 */
#pragma once

#include "test_dhcp_server.h"

#include "dhcp/ip6.h"

#define IP6(...) ((struct dhcp_ip6){ { __VA_ARGS__ } })

static const struct dhcp_ip6 ip6_router UNUSED = {
	{ 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }
};
static const struct dhcp_ip6 ip6_address UNUSED = {
	{ 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34 }
};
static const struct dhcp_ip6 ip6_other UNUSED = {
	{ 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x35 }
};

/* DUIDs of servers */
#define SERVER6 BYTES(0, 3, 0, 1, 2, 0, 0, 0, 0, 1)
#define OTHER_SERVER6 BYTES(0, 2, 0, 0, 0, 9, 12, 34)

UNUSED static void put6(struct writer *writer, uint16_t code, struct span value)
{
	writer_be16(writer, code);
	writer_be16(writer, (uint16_t)value.len);
	writer_put(writer, value);
}

UNUSED static void put6_u32(struct writer *writer, uint16_t code,
			    uint32_t value)
{
	writer_be16(writer, code);
	writer_be16(writer, 4);
	writer_be32(writer, value);
}

/* IA_NA with OPTIONS. */
UNUSED static void put6_ia(struct writer *writer, uint32_t iaid, uint32_t t1_s,
			   uint32_t t2_s, struct span options)
{
	writer_be16(writer, 3);
	writer_be16(writer, (uint16_t)(12 + options.len));
	writer_be32(writer, iaid);
	writer_be32(writer, t1_s);
	writer_be32(writer, t2_s);
	writer_put(writer, options);
}

UNUSED static void put6_address(struct writer *writer,
				const struct dhcp_ip6 *address,
				uint32_t preferred_s, uint32_t valid_s)
{
	writer_be16(writer, 5);
	writer_be16(writer, 24);
	writer_bytes(writer, address->bytes, 16);
	writer_be32(writer, preferred_s);
	writer_be32(writer, valid_s);
}
