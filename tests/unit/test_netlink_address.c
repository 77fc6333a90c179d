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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_requests),
		cmocka_unit_test(test_address_round_trip),
		cmocka_unit_test(test_address_of_a_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
