/* netlink/route.c: rtnetlink messages about routes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>

#include "netlink/route.h"
#include "test_netlink_bytes.h"

static void test_route_requests(void **state)
{
	struct route_route route = { .ifindex = 5, .gateway = 0x0a000202 };
	struct rtmsg info = { .rtm_family = AF_INET,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = 16,
			      .rtm_type = RTN_UNICAST };
	struct route_message built;
	struct bytes bytes;

	(void)state;
	/* The default route. */
	route_build_route(&built, ROUTE_ADD, &route);
	bytes = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	put(&bytes, &info, sizeof(info));
	put_u32(&bytes, RTA_OIF, 5);
	put_attribute(&bytes, RTA_GATEWAY, "\12\0\2\2", 4);
	assert_message(&built, &bytes);

	/* Everything at once. */
	route = (struct route_route){ .ifindex = 5,
				      .destination = 0xc0a80000,
				      .prefix = 16,
				      .gateway = 0x0a000202,
				      .metric = 1005,
				      .source = 0x0a00020f,
				      .onlink = true };
	info.rtm_dst_len = 16;
	info.rtm_flags = RTNH_F_ONLINK;
	route_build_route(&built, ROUTE_REPLACE, &route);
	bytes = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, RTA_DST, "\300\250\0\0", 4);
	put_u32(&bytes, RTA_OIF, 5);
	put_attribute(&bytes, RTA_GATEWAY, "\12\0\2\2", 4);
	put_u32(&bytes, RTA_PRIORITY, 1005);
	put_attribute(&bytes, RTA_PREFSRC, "\12\0\2\17", 4);
	assert_message(&built, &bytes);

	/* On the link, where no gateway can be. */
	route = (struct route_route){ .ifindex = 5,
				      .destination = 0xc0a80001,
				      .prefix = 32,
				      .onlink = true };
	info.rtm_dst_len = 32;
	info.rtm_flags = 0;
	info.rtm_scope = RT_SCOPE_LINK;
	route_build_route(&built, ROUTE_DELETE, &route);
	bytes = request(RTM_DELROUTE, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, RTA_DST, "\300\250\0\1", 4);
	put_u32(&bytes, RTA_OIF, 5);
	assert_message(&built, &bytes);
}

static void test_route6_requests(void **state)
{
	static const uint8_t prefix[16] = { 0x20, 1, 0xd, 0xb8 };
	static const uint8_t router[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t ours[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
	struct route_route6 route = { .ifindex = 5, .protocol = RTPROT_RA };
	struct rtmsg info = { .rtm_family = AF_INET6,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = 9,
			      .rtm_type = RTN_UNICAST };
	struct route_message built;
	struct bytes bytes;

	(void)state;
	/* The default route. */
	memcpy(route.gateway, router, 16);
	route_build_route6(&built, ROUTE_ADD, &route);
	bytes = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	put(&bytes, &info, sizeof(info));
	put_u32(&bytes, RTA_OIF, 5);
	put_attribute(&bytes, RTA_GATEWAY, router, 16);
	assert_message(&built, &bytes);

	/* Everything at once. */
	route.protocol = RTPROT_DHCP;
	route.prefix = 48;
	memcpy(route.destination, prefix, 16);
	memcpy(route.source, ours, 16);
	route.metric = 1005;
	route.expires = 1800;
	route.preference = ROUTE_PREFERENCE_LOW;
	route.onlink = true;
	info.rtm_protocol = 16;
	info.rtm_dst_len = 48;
	info.rtm_flags = RTNH_F_ONLINK;
	route_build_route6(&built, ROUTE_REPLACE, &route);
	bytes = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, RTA_DST, prefix, 16);
	put_u32(&bytes, RTA_OIF, 5);
	put_attribute(&bytes, RTA_GATEWAY, router, 16);
	put_u32(&bytes, RTA_PRIORITY, 1005);
	put_attribute(&bytes, RTA_PREFSRC, ours, 16);
	put_u32(&bytes, RTA_EXPIRES, 1800);
	put_attribute(&bytes, RTA_PREF, "\3", 1);
	assert_message(&built, &bytes);

	/* What is deleted is known by less. */
	route_build_route6(&built, ROUTE_DELETE, &route);
	bytes = request(RTM_DELROUTE, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, RTA_DST, prefix, 16);
	put_u32(&bytes, RTA_OIF, 5);
	put_attribute(&bytes, RTA_GATEWAY, router, 16);
	put_u32(&bytes, RTA_PRIORITY, 1005);
	assert_message(&built, &bytes);

	/* On the link, where no gateway can be. */
	memset(route.gateway, 0, 16);
	info.rtm_flags = 0;
	route_build_route6(&built, ROUTE_DELETE, &route);
	bytes = request(RTM_DELROUTE, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, RTA_DST, prefix, 16);
	put_u32(&bytes, RTA_OIF, 5);
	put_u32(&bytes, RTA_PRIORITY, 1005);
	assert_message(&built, &bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_requests),
		cmocka_unit_test(test_route6_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
