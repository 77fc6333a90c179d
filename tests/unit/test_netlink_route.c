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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
