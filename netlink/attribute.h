/*
 * The parts that messages are put together from and taken apart into; for the
 * other files of this directory only. Netlink is in the machine's own byte
 * order, but for the addresses inside it; structures are copied out, never
 * laid over.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "netlink/link.h"
#include "netlink/message.h"

/* An empty message of TYPE: NLM_F_REQUEST and FLAGS. What is specific to it
 * follows by mnl_nlmsg_put_extra_header(). */
struct nlmsghdr *route_start(struct route_message *message, uint16_t type,
			     uint16_t flags);

/* The same for VERB, by which DELETE or NEW is its type. */
struct nlmsghdr *route_start_verb(struct route_message *message,
				  enum route_verb verb, uint16_t new_type,
				  uint16_t delete_type);

/* Attributes; LEN bytes, or a number in the machine's byte order. */
void route_put(struct nlmsghdr *header, uint16_t type, const void *value,
	       uint16_t len);
void route_put_u32(struct nlmsghdr *header, uint16_t type, uint32_t value);

/* Bytes of an address of AF_INET or else AF_INET6. */
uint16_t route_address_len(uint8_t family);

/* An IPv4 address in host order, as bytes in the order of the wire. */
void route_ipv4_bytes(uint32_t address, uint8_t ret_bytes[4]);
void route_put_ipv4(struct nlmsghdr *header, uint16_t type, uint32_t address);

/* The next attribute; false at the end and, failed, where there is none. */
bool route_next_attribute(struct reader *reader, unsigned int *ret_type,
			  struct reader *ret_value);

/* VALUE's first LEN bytes. Latches failure in READER, which the value came
 * from, when it has fewer. */
void route_take(struct reader *reader, struct reader *value, void *ret_bytes,
		size_t len);

/* The same for numbers in the machine's byte order. */
uint32_t route_take_u32(struct reader *reader, struct reader *value);
uint8_t route_take_u8(struct reader *reader, struct reader *value);

/* A link-layer address, of all of VALUE; its length. Fails, and is 0, when it
 * has no room. */
size_t route_take_mac(struct reader *reader, struct reader *value,
		      uint8_t ret_mac[ROUTE_MAC_MAX]);
