/* netlink/address.c: rtnetlink messages about addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "netlink/address.h"
#include "test_netlink_bytes.h"

static void test_address_requests(void **state)
{
	const struct ifa_cacheinfo lifetime = { .ifa_valid = 3600,
						.ifa_prefered = 1800 };
	struct route_address address = { .ifindex = 5,
					 .address = 0x0a00020f,
					 .prefix = 24,
					 .broadcast = 0x0a0002ff,
					 .valid = 3600,
					 .preferred = 1800,
					 .metric = 1005 };
	struct ifaddrmsg info = { .ifa_family = AF_INET,
				  .ifa_prefixlen = 24,
				  .ifa_index = 5 };
	struct route_message built;
	struct bytes bytes;

	(void)state;
	route_build_address(&built, ROUTE_REPLACE, &address);
	bytes = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, "\12\0\2\17", 4);
	put_attribute(&bytes, IFA_ADDRESS, "\12\0\2\17", 4);
	put_attribute(&bytes, IFA_BROADCAST, "\12\0\2\377", 4);
	put_u32(&bytes, 9, 1005);
	put_attribute(&bytes, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	assert_message(&built, &bytes);

	route_build_address(&built, ROUTE_DELETE, &address);
	bytes = request(RTM_DELADDR, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, "\12\0\2\17", 4);
	put_attribute(&bytes, IFA_ADDRESS, "\12\0\2\17", 4);
	assert_message(&built, &bytes);

	/* D40: good on its link only. */
	address = (struct route_address){ .ifindex = 5,
					  .address = 0xa9fe0102,
					  .prefix = 24,
					  .valid = 3600,
					  .preferred = 1800 };
	info.ifa_scope = RT_SCOPE_LINK;
	route_build_address(&built, ROUTE_ADD, &address);
	bytes = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, "\251\376\1\2", 4);
	put_attribute(&bytes, IFA_ADDRESS, "\251\376\1\2", 4);
	put_attribute(&bytes, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	assert_message(&built, &bytes);
}

static int parse_address(const struct span span,
			 struct route_address *ret_address)
{
	struct route_header header;
	struct reader reader;

	reader_from_span(&reader, span);
	assert_int_equal(route_next(&reader, &header), 0);
	return route_parse_address(&header, ret_address);
}

/* What is built and parsed and built again is the same. */
static void test_address_round_trip(void **state)
{
	const struct route_address addresses[] = {
		{ .ifindex = 5,
		  .address = 0x0a00020f,
		  .prefix = 24,
		  .broadcast = 0x0a0002ff,
		  .valid = 3600,
		  .preferred = 1800,
		  .metric = 1005 },
		{ .ifindex = 1,
		  .address = 0x7f000001,
		  .prefix = 8,
		  .valid = ROUTE_FOREVER,
		  .preferred = ROUTE_FOREVER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct route_message first, second;
		struct route_address address;

		route_build_address(&first, ROUTE_ADD, &addresses[i]);
		assert_int_equal(
			parse_address(route_message_span(&first), &address), 0);
		assert_int_equal(address.address, addresses[i].address);
		assert_int_equal(address.broadcast, addresses[i].broadcast);
		assert_int_equal(address.metric, addresses[i].metric);
		route_build_address(&second, ROUTE_ADD, &address);
		assert_memory_equal(&first, &second, sizeof(first));
	}
}

static void test_address_of_a_tunnel(void **state)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET,
				  .ifa_prefixlen = 32,
				  .ifa_index = 5 };
	struct bytes bytes = message(RTM_NEWADDR, 0);
	struct route_address address = { 0 };

	(void)state;
	put(&bytes, &info, sizeof(info));
	/* IFA_ADDRESS is the other end's. */
	put_attribute(&bytes, IFA_LOCAL, "\12\0\0\1", 4);
	put_attribute(&bytes, IFA_ADDRESS, "\12\0\0\2", 4);
	end(&bytes);
	assert_int_equal(
		parse_address((struct span){ bytes.data, bytes.len }, &address),
		0);
	assert_int_equal(address.address, 0x0a000001);
	assert_true(address.valid == ROUTE_FOREVER);

	assert_false(address.gone);

	/* IPv6 is another's; a prefix of 33 is nobody's. */
	info.ifa_prefixlen = 33;
	memcpy(bytes.data + sizeof(struct nlmsghdr), &info, sizeof(info));
	assert_int_equal(
		parse_address((struct span){ bytes.data, bytes.len }, &address),
		-EBADMSG);
	info.ifa_family = AF_INET6;
	memcpy(bytes.data + sizeof(struct nlmsghdr), &info, sizeof(info));
	assert_int_equal(
		parse_address((struct span){ bytes.data, bytes.len }, &address),
		-ENOENT);
}

static struct span span_of_bytes(const struct bytes *bytes)
{
	return (struct span){ bytes->data, bytes->len };
}

static int parse_address6(const struct span span,
			  struct route_address6 *ret_address)
{
	uint8_t *copy = exact(span.data, span.len);
	struct route_header header;
	struct reader reader;
	int r;

	reader_init(&reader, copy, span.len);
	assert_int_equal(route_next(&reader, &header), 0);
	r = route_parse_address6(&header, ret_address);
	free(copy);
	return r;
}

static const uint8_t global[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
static const uint8_t other[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };

static void test_address6_requests(void **state)
{
	const struct ifa_cacheinfo lifetime = { .ifa_valid = 86400,
						.ifa_prefered = 14400 };
	struct route_address6 address = { .ifindex = 5,
					  .prefix = 64,
					  .valid = 86400,
					  .preferred = 14400,
					  .metric = 1005,
					  /* the last is not ours to set */
					  .flags = IFA_F_NOPREFIXROUTE |
						   IFA_F_TENTATIVE };
	struct ifaddrmsg info = { .ifa_family = AF_INET6,
				  .ifa_prefixlen = 64,
				  .ifa_index = 5 };
	struct route_message built;
	struct bytes bytes;

	(void)state;
	memcpy(address.address, global, 16);
	route_build_address6(&built, ROUTE_REPLACE, &address);
	bytes = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, global, 16);
	put_attribute(&bytes, IFA_ADDRESS, global, 16);
	put_u32(&bytes, IFA_RT_PRIORITY, 1005);
	put_u32(&bytes, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	put_attribute(&bytes, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	assert_message(&built, &bytes);

	/* A scope that was read is not told. */
	address.scope = RT_SCOPE_LINK;
	route_build_address6(&built, ROUTE_DELETE, &address);
	bytes = request(RTM_DELADDR, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, global, 16);
	put_attribute(&bytes, IFA_ADDRESS, global, 16);
	assert_message(&built, &bytes);

	info = (struct ifaddrmsg){ .ifa_family = AF_INET6 };
	route_build_get_addresses6(&built);
	bytes = request(RTM_GETADDR, NLM_F_DUMP);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);
	info.ifa_family = AF_INET;
	route_build_get_addresses(&built);
	bytes = request(RTM_GETADDR, NLM_F_DUMP);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);
}

static struct bytes address6_message(uint16_t type)
{
	const struct ifa_cacheinfo lifetime = { .ifa_valid = 7200,
						.ifa_prefered = 3600 };
	struct ifaddrmsg info = { .ifa_family = AF_INET6,
				  .ifa_prefixlen = 64,
				  .ifa_flags = IFA_F_TENTATIVE,
				  .ifa_scope = RT_SCOPE_LINK,
				  .ifa_index = 5 };
	struct bytes bytes = message(type, 0);

	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_ADDRESS, global, 16);
	put_attribute(&bytes, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	put_u32(&bytes, IFA_FLAGS,
		IFA_F_DADFAILED | IFA_F_TENTATIVE | IFA_F_NOPREFIXROUTE);
	put_u32(&bytes, IFA_RT_PRIORITY, 17);
	/* IFA_PROTO: not wanted */
	put_attribute(&bytes, 11, "\2", 1);
	end(&bytes);
	return bytes;
}

static void test_address6(void **state)
{
	struct bytes bytes = address6_message(RTM_NEWADDR);
	struct route_address6 address;
	struct route_address ipv4;
	struct route_header header;
	struct reader reader;

	(void)state;
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address), 0);
	assert_int_equal(address.ifindex, 5);
	assert_memory_equal(address.address, global, 16);
	assert_int_equal(address.prefix, 64);
	assert_int_equal(address.valid, 7200);
	assert_int_equal(address.preferred, 3600);
	assert_int_equal(address.metric, 17);
	assert_int_equal(address.scope, RT_SCOPE_LINK);
	/* More than the header's eight. */
	assert_int_equal(address.flags, IFA_F_DADFAILED | IFA_F_TENTATIVE |
						IFA_F_NOPREFIXROUTE);
	assert_false(address.gone);
	reader_init(&reader, bytes.data, bytes.len);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(route_parse_address(&header, &ipv4), -ENOENT);

	bytes = address6_message(RTM_DELADDR);
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address), 0);
	assert_true(address.gone);
	bytes = address6_message(RTM_NEWROUTE);
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address),
			 -ENOENT);
}

static void test_address6_of_few_words(void **state)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET6,
				  .ifa_prefixlen = 128,
				  .ifa_flags = IFA_F_PERMANENT,
				  .ifa_index = 1 };
	struct bytes bytes = message(RTM_NEWADDR, 0);
	struct route_address6 address;

	(void)state;
	/* The other end's after ours, and before. */
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_LOCAL, global, 16);
	put_attribute(&bytes, IFA_ADDRESS, other, 16);
	end(&bytes);
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address), 0);
	assert_memory_equal(address.address, global, 16);
	assert_int_equal(address.flags, IFA_F_PERMANENT);
	assert_true(address.valid == ROUTE_FOREVER);
	assert_true(address.preferred == ROUTE_FOREVER);
	bytes = message(RTM_NEWADDR, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_ADDRESS, other, 16);
	put_attribute(&bytes, IFA_LOCAL, global, 16);
	end(&bytes);
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address), 0);
	assert_memory_equal(address.address, global, 16);
}

static int parse_one6(unsigned int prefix, unsigned int ifindex, uint16_t type,
		      const void *data, uint16_t len)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET6,
				  .ifa_prefixlen = (uint8_t)prefix,
				  .ifa_index = ifindex };
	struct bytes bytes = message(RTM_NEWADDR, 0);
	struct route_address6 address;

	put(&bytes, &info, sizeof(info));
	if (type != IFA_ADDRESS)
		put_attribute(&bytes, IFA_ADDRESS, global, 16);
	put_attribute(&bytes, type, data, len);
	end(&bytes);
	return parse_address6(span_of_bytes(&bytes), &address);
}

static void test_address6_malformed(void **state)
{
	static const uint8_t zeroes[16];
	struct bytes bytes = message(RTM_NEWADDR, 0);
	struct route_address6 address;

	(void)state;
	/* The control first. */
	assert_int_equal(parse_one6(128, 1, IFA_ADDRESS, global, 16), 0);
	assert_int_equal(parse_one6(129, 1, IFA_ADDRESS, global, 16), -EBADMSG);
	assert_int_equal(parse_one6(128, 0, IFA_ADDRESS, global, 16), -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_ADDRESS, global, 15), -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_ADDRESS, zeroes, 16), -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_FLAGS, global, 4), 0);
	assert_int_equal(parse_one6(128, 1, IFA_FLAGS, global, 3), -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_BROADCAST, global, 3),
			 -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_CACHEINFO, global, 15),
			 -EBADMSG);
	assert_int_equal(parse_one6(128, 1, IFA_RT_PRIORITY, global, 2),
			 -EBADMSG);
	put(&bytes, global, 7);
	end(&bytes);
	assert_int_equal(parse_address6(span_of_bytes(&bytes), &address),
			 -EBADMSG);
}

/* Cut anywhere: good only where an attribute has just ended. */
static void test_address6_cut_anywhere(void **state)
{
	struct bytes whole = address6_message(RTM_NEWADDR);
	size_t n_good = 0;

	(void)state;
	for (size_t len = sizeof(struct nlmsghdr); len < whole.len; len++) {
		struct bytes cut = whole;
		struct route_address6 address;

		cut.len = len;
		end(&cut);
		if (parse_address6(span_of_bytes(&cut), &address) == 0)
			n_good++;
	}
	/* After the address, lifetime, flags, metric; the last one has three
	 * bytes of padding. */
	assert_int_equal(n_good, 4 + 3);
}

/* D40: what a link-local address is given is on the wire; the kernel's own
 * flags are not asked for when one that was read is built. */
static void test_d40_flags_of_ipv4(void **state)
{
	struct ifaddrmsg info = { .ifa_family = AF_INET,
				  .ifa_prefixlen = 16,
				  .ifa_flags = IFA_F_SECONDARY,
				  .ifa_scope = RT_SCOPE_LINK,
				  .ifa_index = 5 };
	struct bytes bytes = message(RTM_DELADDR, 0);
	struct route_address address;
	struct route_message first, second;

	(void)state;
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFA_ADDRESS, "\251\376\1\2", 4);
	put_u32(&bytes, IFA_FLAGS, IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE);
	end(&bytes);
	assert_int_equal(parse_address(span_of_bytes(&bytes), &address), 0);
	assert_true(address.gone);
	assert_int_equal(address.scope, RT_SCOPE_LINK);
	assert_int_equal(address.flags, IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE);
	route_build_address(&first, ROUTE_ADD, &address);
	address.flags = IFA_F_NOPREFIXROUTE;
	route_build_address(&second, ROUTE_ADD, &address);
	assert_memory_equal(&first, &second, sizeof(first));
	address.flags = 0;
	route_build_address(&second, ROUTE_ADD, &address);
	assert_true(route_message_span(&first).len ==
		    route_message_span(&second).len + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_requests),
		cmocka_unit_test(test_address_round_trip),
		cmocka_unit_test(test_address_of_a_tunnel),
		cmocka_unit_test(test_address6_requests),
		cmocka_unit_test(test_address6),
		cmocka_unit_test(test_address6_of_few_words),
		cmocka_unit_test(test_address6_malformed),
		cmocka_unit_test(test_address6_cut_anywhere),
		cmocka_unit_test(test_d40_flags_of_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
