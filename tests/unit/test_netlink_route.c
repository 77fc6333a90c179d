/* netlink/route.c: rtnetlink messages. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netlink/route.h"

/* A message put together byte by byte, apart from the code under test. */
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

static void put_u32(struct bytes *bytes, uint16_t type, uint32_t value)
{
	put_attribute(bytes, type, &value, sizeof(value));
}

static void put_string(struct bytes *bytes, uint16_t type, const char *value)
{
	put_attribute(bytes, type, value, (uint16_t)(strlen(value) + 1));
}

static struct bytes message(uint16_t type, uint16_t flags)
{
	struct nlmsghdr header = { .nlmsg_type = type,
				   .nlmsg_flags = flags,
				   .nlmsg_seq = 7,
				   .nlmsg_pid = 9 };
	struct bytes bytes = { 0 };

	put(&bytes, &header, sizeof(header));
	return bytes;
}

static void end(struct bytes *bytes)
{
	uint32_t len = (uint32_t)bytes->len;

	memcpy(bytes->data, &len, sizeof(len));
}

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
	put_string(&kind, IFLA_INFO_KIND, "veth");
	put_attribute(&bytes, IFLA_LINKINFO | NLA_F_NESTED, kind.data,
		      (uint16_t)kind.len);
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
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct reader reader;
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
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
	assert_string_equal(link.kind, "veth");

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
	assert_int_equal(link.max_mtu, 0);
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
	assert_int_equal(parse_one(IFLA_IFNAME, "0123456789abcdef", 17, &link),
			 -EBADMSG);
	assert_int_equal(parse_one(IFLA_IFNAME, "", 1, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_MTU, "\0\0\0", 3, &link), -EBADMSG);
	assert_int_equal(parse_one(IFLA_CARRIER, "", 0, &link), -EBADMSG);
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
	 * padding: 4 name, 3 MAC, 3 MTUs, 4 operstate, 4 carrier, 1 kind, 1
	 * unknown. */
	assert_int_equal(n_good, 20);
}

static void test_datagram_of_several(void **state)
{
	struct bytes bytes = link_message(RTM_NEWLINK), datagram = { 0 };
	struct route_header header;
	struct reader reader;
	uint32_t bad = 15;

	(void)state;
	put(&datagram, bytes.data, bytes.len);
	put(&datagram, bytes.data, bytes.len);
	reader_init(&reader, datagram.data, datagram.len);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(header.type, RTM_NEWLINK);
	assert_int_equal(header.flags, NLM_F_MULTI);
	assert_int_equal(header.seq, 7);
	assert_int_equal(header.port, 9);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(route_next(&reader, &header), -ENOENT);
	/* A second one that says it is shorter than its header. */
	memcpy(datagram.data + bytes.len, &bad, sizeof(bad));
	reader_init(&reader, datagram.data, datagram.len);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(route_next(&reader, &header), -EBADMSG);
	assert_int_equal(route_next(&reader, &header), -EBADMSG);
}

static int parse_error(struct bytes *bytes, int *ret_error, char *ret_reason)
{
	struct route_header header;
	struct reader reader;
	struct span reason;
	int r;

	end(bytes);
	reader_init(&reader, bytes->data, bytes->len);
	assert_int_equal(route_next(&reader, &header), 0);
	r = route_parse_error(&header, ret_error, &reason);
	if (r == 0 && reason.len > 0)
		memcpy(ret_reason, reason.data, reason.len);
	if (r == 0)
		ret_reason[reason.len] = '\0';
	return r;
}

static void test_errors(void **state)
{
	struct nlmsghdr request = { .nlmsg_len = sizeof(request) + 5 };
	struct bytes bytes = message(NLMSG_ERROR, 0);
	char reason[1024] = "";
	int32_t value = 0;
	int error = 1;

	(void)state;
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, 0);

	/* With its reason, after the request, which is padded. */
	value = -EEXIST;
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put(&bytes, "12345\0\0\0", 8);
	put_u32(&bytes, NLMSGERR_ATTR_OFFS, 3);
	put_string(&bytes, NLMSGERR_ATTR_MSG, "File there");
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EEXIST);
	assert_string_equal(reason, "File there");

	/* The request left out. */
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put_string(&bytes, NLMSGERR_ATTR_MSG, "Capped");
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_string_equal(reason, "Capped");

	/* A broken reason does not take the verdict away. */
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put(&bytes, "\377\377\1\0", 4);
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EEXIST);
	assert_string_equal(reason, "");
}

static void test_errors_malformed(void **state)
{
	static const int32_t bad[] = { 1, -4096, INT32_MIN, INT32_MAX };
	struct bytes bytes = message(NLMSG_ERROR, 0);
	char reason[1024];
	int error = 77;

	(void)state;
	assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bytes = message(NLMSG_ERROR, 0);
		put(&bytes, &bad[i], 4);
		assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	}
	bytes = message(NLMSG_NOOP, 0);
	put(&bytes, "\0\0\0\0", 4);
	assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	assert_int_equal(error, 77);
}

static void test_done(void **state)
{
	struct bytes bytes = message(NLMSG_DONE, NLM_F_MULTI);
	int32_t value = -EOPNOTSUPP;
	char reason[1024];
	int error = 1;

	(void)state;
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, 0);
	put(&bytes, &value, 4);
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EOPNOTSUPP);
}

static struct bytes request(uint16_t type, uint16_t flags)
{
	struct bytes bytes = message(type, (uint16_t)(flags | NLM_F_REQUEST));

	/* Neither is the builder's to set. */
	memset(bytes.data + 8, 0, 8);
	return bytes;
}

static void assert_message(const struct route_message *actual,
			   struct bytes *expected)
{
	struct span span = route_message_span(actual);

	end(expected);
	assert_int_equal(span.len, expected->len);
	assert_memory_equal(span.data, expected->data, expected->len);
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
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_link_of_few_words),
		cmocka_unit_test(test_link_malformed),
		cmocka_unit_test(test_link_cut_anywhere),
		cmocka_unit_test(test_datagram_of_several),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_malformed),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_link_requests),
		cmocka_unit_test(test_address_requests),
		cmocka_unit_test(test_route_requests),
		cmocka_unit_test(test_address_round_trip),
		cmocka_unit_test(test_address_of_a_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
