/* netlink/link.c: rtnetlink messages about links. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netlink/link.h"
#include "test_netlink_bytes.h"

static struct bytes link_message(uint16_t type)
{
	struct ifinfomsg info = { .ifi_type = 1,
				  .ifi_index = 3,
				  .ifi_flags = IFF_UP | IFF_LOWER_UP };
	struct bytes bytes = message(type, NLM_F_MULTI);
	const uint8_t mac[6] = { 2, 0, 0, 1, 2, 3 };
	struct bytes kind = { 0 };

	put(&bytes, &info, sizeof(info));
	put_string(&bytes, IFLA_IFNAME, "eth0");
	put_attribute(&bytes, IFLA_ADDRESS, mac, sizeof(mac));
	put_u32(&bytes, IFLA_MTU, 1500);
	put_u32(&bytes, 50, 68);
	put_u32(&bytes, 51, 65535);
	put_attribute(&bytes, IFLA_OPERSTATE, "\6", 1);
	put_attribute(&bytes, IFLA_CARRIER, "\0", 1);
	put_u32(&bytes, IFLA_CARRIER_CHANGES, 0x01020304);
	/* What these are the sum of is none of ours. */
	put_u32(&bytes, IFLA_CARRIER_UP_COUNT, 7);
	put_u32(&bytes, IFLA_CARRIER_DOWN_COUNT, 8);
	put_string(&kind, IFLA_INFO_KIND, "veth");
	put_attribute(&bytes, IFLA_LINKINFO | NLA_F_NESTED, kind.data,
		      (uint16_t)kind.len);
	put_u32(&bytes, IFLA_LINK, 4);
	put_attribute(&bytes, IFLA_PERM_ADDRESS, "\2\0\0\1\2\7", 6);
	/* One that we do not know. */
	put_attribute(&bytes, 0x3ff, "xyz", 3);
	end(&bytes);
	return bytes;
}

/* Decodes the only message of a block of exactly LEN bytes. */
static int parse_link(const uint8_t *data, size_t len,
		      struct route_link *ret_link)
{
	struct route_header header;
	uint8_t *copy = exact(data, len);
	struct reader reader;
	int r;

	reader_init(&reader, copy, len);
	r = route_next(&reader, &header);
	if (r == 0)
		r = route_parse_link(&header, ret_link);
	free(copy);
	return r;
}

static void test_link(void **state)
{
	struct bytes bytes = link_message(RTM_NEWLINK);
	struct route_link link;

	(void)state;
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), 0);
	assert_int_equal(link.ifindex, 3);
	assert_false(link.gone);
	assert_int_equal(link.flags, IFF_UP | IFF_LOWER_UP);
	assert_int_equal(link.hardware, 1);
	assert_string_equal(link.name, "eth0");
	assert_int_equal(link.mac_len, 6);
	assert_memory_equal(link.mac, "\2\0\0\1\2\3", 6);
	assert_int_equal(link.mtu, 1500);
	assert_int_equal(link.min_mtu, 68);
	assert_int_equal(link.max_mtu, 65535);
	assert_int_equal(link.operstate, 6);
	assert_false(link.carrier);
	assert_int_equal(link.carrier_changes, 0x01020304);
	assert_string_equal(link.kind, "veth");
	assert_int_equal(link.lower, 4);
	assert_int_equal(link.vlan_id, 0);
	assert_true(link.has_permanent_mac);
	assert_memory_equal(link.permanent_mac, "\2\0\0\1\2\7", 6);

	bytes = link_message(RTM_DELLINK);
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), 0);
	assert_true(link.gone);
	bytes = link_message(RTM_NEWADDR);
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), -ENOENT);
}

static void test_link_of_few_words(void **state)
{
	struct ifinfomsg info = { .ifi_index = 1, .ifi_flags = IFF_LOWER_UP };
	struct bytes bytes = message(RTM_NEWLINK, 0);
	struct route_link link;

	(void)state;
	put(&bytes, &info, sizeof(info));
	put_string(&bytes, IFLA_IFNAME, "lo");
	end(&bytes);
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), 0);
	assert_true(link.carrier);
	assert_int_equal(link.mac_len, 0);
	assert_false(link.has_permanent_mac);
	assert_int_equal(link.lower, 0);
	assert_int_equal(link.max_mtu, 0);
	assert_int_equal(link.carrier_changes, 0); /* before Linux 3.15 */
	assert_string_equal(link.kind, "");
}

static int parse_one(uint16_t type, const void *data, uint16_t len,
		     struct route_link *ret_link)
{
	struct ifinfomsg info = { .ifi_index = 1 };
	struct bytes bytes = message(RTM_NEWLINK, 0);

	put(&bytes, &info, sizeof(info));
	if (type != IFLA_IFNAME)
		put_string(&bytes, IFLA_IFNAME, "eth0");
	put_attribute(&bytes, type, data, len);
	end(&bytes);
	return parse_link(bytes.data, bytes.len, ret_link);
}

static void test_link_malformed(void **state)
{
	static const uint8_t long_mac[ROUTE_MAC_MAX + 1];
	struct route_link link = { .ifindex = 77 };
	struct ifinfomsg info = { .ifi_index = 0 };
	struct bytes bytes;

	(void)state;
	/* The control first. */
	assert_int_equal(
		parse_one(IFLA_ADDRESS, long_mac, ROUTE_MAC_MAX, &link), 0);
	assert_int_equal(link.mac_len, ROUTE_MAC_MAX);
	link.ifindex = 77;
	assert_int_equal(
		parse_one(IFLA_ADDRESS, long_mac, sizeof(long_mac), &link),
		-EBADMSG);
	assert_int_equal(
		parse_one(IFLA_PERM_ADDRESS, long_mac, sizeof(long_mac), &link),
		-EBADMSG);
	assert_int_equal(parse_one(IFLA_LINK, "\1\0", 2, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_OPERSTATE, "", 0, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_IFNAME, "0123456789abcdef", 17, &link),
			 -EBADMSG);
	assert_int_equal(parse_one(IFLA_IFNAME, "", 1, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_MTU, "\0\0\0", 3, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_CARRIER, "", 0, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_CARRIER_CHANGES, "\1\0", 2, &link),
			 -EBADMSG);
	/* Inside the nested one: a length of three, one past the end. */
	assert_int_equal(parse_one(IFLA_LINKINFO, "\3\0\1\0", 4, &link),
			 -EBADMSG);
	assert_int_equal(parse_one(IFLA_LINKINFO, "\11\0\1\0aaaa", 8, &link),
			 -EBADMSG);
	assert_int_equal(link.ifindex, 77);
	/* A kind without room is a kind. */
	assert_int_equal(parse_one(IFLA_LINKINFO,
				   "\30\0\1\0aaaaaaaaaaaaaaaaaaaa", 24, &link),
			 0);
	assert_string_equal(link.kind, "?");

	bytes = message(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	put_string(&bytes, IFLA_IFNAME, "eth0");
	end(&bytes);
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), -EBADMSG);
	/* What a bridge says about its ports. */
	info = (struct ifinfomsg){ .ifi_family = 7, .ifi_index = 1 };
	bytes = message(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	put_string(&bytes, IFLA_IFNAME, "eth0");
	end(&bytes);
	assert_int_equal(parse_link(bytes.data, bytes.len, &link), -ENOENT);
}

/* Cut anywhere, with a header that knows or does not know. */
static void test_link_cut_anywhere(void **state)
{
	struct bytes whole = link_message(RTM_NEWLINK);
	size_t n_good = 0;

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		struct route_link link;
		struct bytes cut = whole;

		assert_int_equal(parse_link(cut.data, len, &link),
				 len == 0 ? -ENOENT : -EBADMSG);
		if (len < sizeof(struct nlmsghdr))
			continue;
		cut.len = len;
		end(&cut);
		/* Good only where an attribute has just ended. */
		if (parse_link(cut.data, len, &link) == 0)
			n_good++;
	}
	/* At the end of each attribute from the name on, and anywhere in its
	 * padding: 4 name, 3 MAC, 3 MTUs, 4 operstate, 4 carrier, 3 counts of
	 * it, 1 kind, 1 link, 3 permanent MAC, 1 unknown. */
	assert_int_equal(n_good, 27);
}

static void test_link_requests(void **state)
{
	struct route_message built;
	struct ifinfomsg info = { 0 };
	struct bytes bytes;

	(void)state;
	route_build_get_links(&built);
	bytes = request(RTM_GETLINK, NLM_F_DUMP);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);

	info = (struct ifinfomsg){ .ifi_index = 5,
				   .ifi_flags = IFF_UP,
				   .ifi_change = IFF_UP };
	route_build_link_up(&built, 5, true);
	bytes = request(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);

	info.ifi_flags = 0;
	route_build_link_up(&built, 5, false);
	bytes = request(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);

	info = (struct ifinfomsg){ .ifi_index = 5 };
	route_build_link_mtu(&built, 5, 1400);
	bytes = request(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	put_u32(&bytes, IFLA_MTU, 1400);
	assert_message(&built, &bytes);
}

/* The tag counts in a VLAN only: other kinds have other things there. */
static int parse_data(const char *kind, const void *data, uint16_t len,
		      struct route_link *ret_link)
{
	struct bytes info = { 0 };

	if (kind)
		put_string(&info, IFLA_INFO_KIND, kind);
	put_attribute(&info, IFLA_INFO_DATA, data, len);
	return parse_one(IFLA_LINKINFO, info.data, (uint16_t)info.len,
			 ret_link);
}

static void test_vlan(void **state)
{
	struct route_link link = { .ifindex = 77 };
	struct bytes data = { 0 };
	uint16_t id = 4094;

	(void)state;
	put_u32(&data, IFLA_VLAN_FLAGS, 0);
	put_attribute(&data, IFLA_VLAN_ID, &id, sizeof(id));
	assert_int_equal(
		parse_data("vlan", data.data, (uint16_t)data.len, &link), 0);
	assert_string_equal(link.kind, "vlan");
	assert_int_equal(link.vlan_id, 4094);
	assert_int_equal(
		parse_data("veth", data.data, (uint16_t)data.len, &link), 0);
	assert_int_equal(link.vlan_id, 0);
	assert_int_equal(parse_data(NULL, data.data, (uint16_t)data.len, &link),
			 0);
	assert_int_equal(link.vlan_id, 0);
	/* An id of one byte; an attribute past the end. */
	link.ifindex = 77;
	assert_int_equal(parse_data("vlan", "\5\0\1\0a", 5, &link), -EBADMSG);
	assert_int_equal(parse_data("vlan", "\11\0\1\0aaaa", 8, &link),
			 -EBADMSG);
	assert_int_equal(parse_data("veth", "\11\0\1\0aaaa", 8, &link), 0);
}

static void test_vlan_requests(void **state)
{
	struct ifinfomsg info = { 0 };
	struct bytes bytes = request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct bytes kind = { 0 }, data = { 0 };
	struct route_message built;
	uint16_t id = 4094;

	(void)state;
	assert_int_equal(route_build_vlan(&built, "eth0.4094aaaaaa", 3, 4094),
			 0);
	put(&bytes, &info, sizeof(info));
	put_string(&bytes, IFLA_IFNAME, "eth0.4094aaaaaa");
	put_u32(&bytes, IFLA_LINK, 3);
	put_attribute(&data, IFLA_VLAN_ID, &id, sizeof(id));
	put_string(&kind, IFLA_INFO_KIND, "vlan");
	put_attribute(&kind, IFLA_INFO_DATA, data.data, (uint16_t)data.len);
	put_attribute(&bytes, IFLA_LINKINFO, kind.data, (uint16_t)kind.len);
	assert_message(&built, &bytes);
	assert_int_equal(route_build_vlan(&built, "eth0.4094aaaaaaa", 3, 4094),
			 -EINVAL);
	assert_int_equal(route_build_vlan(&built, "", 3, 4094), -EINVAL);
	assert_int_equal(route_build_vlan(&built, "v", 3, 4095), -EINVAL);
	assert_int_equal(route_build_vlan(&built, "v", 3, 65536), -EINVAL);

	info.ifi_index = 5;
	route_build_link_delete(&built, 5);
	bytes = request(RTM_DELLINK, 0);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);
	route_build_link_mac(&built, 5, (const uint8_t *)"\2\0\0\1\2\7", 6);
	bytes = request(RTM_NEWLINK, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, IFLA_ADDRESS, "\2\0\0\1\2\7", 6);
	assert_message(&built, &bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_link_of_few_words),
		cmocka_unit_test(test_link_malformed),
		cmocka_unit_test(test_link_cut_anywhere),
		cmocka_unit_test(test_link_requests),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_vlan_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
