/* netlink/neighbour.c: rtnetlink messages about neighbours. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "netlink/neighbour.h"
#include "test_netlink_bytes.h"

static const uint8_t router[16] = { 0xfe, 0x80, [15] = 1 };
static const uint8_t mac[6] = { 2, 0, 0, 1, 2, 3 };

static int parse(const struct bytes *bytes, size_t len,
		 struct route_neighbour *ret_neighbour)
{
	uint8_t *copy = exact(bytes->data, len);
	struct route_header header;
	struct reader reader;
	int r;

	reader_init(&reader, copy, len);
	r = route_next(&reader, &header);
	if (r == 0)
		r = route_parse_neighbour(&header, ret_neighbour);
	free(copy);
	return r;
}

static struct bytes neighbour_message(uint16_t type)
{
	struct ndmsg info = { .ndm_family = AF_INET6,
			      .ndm_ifindex = 5,
			      .ndm_state = NUD_REACHABLE,
			      .ndm_flags = NTF_ROUTER };
	struct bytes bytes = message(type, 0);

	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, NDA_DST, router, 16);
	put_attribute(&bytes, NDA_LLADDR, mac, 6);
	put_u32(&bytes, NDA_PROBES, 1);
	end(&bytes);
	return bytes;
}

static void test_neighbour(void **state)
{
	struct bytes bytes = neighbour_message(RTM_NEWNEIGH);
	struct route_neighbour neighbour;
	struct ndmsg info = { .ndm_family = AF_INET, .ndm_ifindex = 5 };

	(void)state;
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), 0);
	assert_int_equal(neighbour.ifindex, 5);
	assert_int_equal(neighbour.family, AF_INET6);
	assert_memory_equal(neighbour.address, router, 16);
	assert_int_equal(neighbour.mac_len, 6);
	assert_memory_equal(neighbour.mac, mac, 6);
	assert_int_equal(neighbour.state, NUD_REACHABLE);
	assert_int_equal(neighbour.flags, NTF_ROUTER);
	assert_false(neighbour.gone);

	bytes = neighbour_message(RTM_DELNEIGH);
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), 0);
	assert_true(neighbour.gone);
	bytes = neighbour_message(RTM_NEWADDR);
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), -ENOENT);

	/* One that is being looked for. */
	info.ndm_state = NUD_INCOMPLETE;
	bytes = message(RTM_NEWNEIGH, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, NDA_DST, "\12\0\0\1", 4);
	end(&bytes);
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), 0);
	assert_int_equal(neighbour.mac_len, 0);
	assert_memory_equal(neighbour.address, "\12\0\0\1\0\0\0\0", 8);

	/* What a bridge has learned. */
	info.ndm_family = AF_BRIDGE;
	memcpy(bytes.data + sizeof(struct nlmsghdr), &info, sizeof(info));
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), -ENOENT);
}

static int parse_one(int ifindex, uint16_t type, const void *data, uint16_t len)
{
	struct ndmsg info = { .ndm_family = AF_INET6, .ndm_ifindex = ifindex };
	struct bytes bytes = message(RTM_NEWNEIGH, 0);
	struct route_neighbour neighbour;

	put(&bytes, &info, sizeof(info));
	if (type == NDA_LLADDR)
		put_attribute(&bytes, NDA_DST, router, 16);
	put_attribute(&bytes, type, data, len);
	end(&bytes);
	return parse(&bytes, bytes.len, &neighbour);
}

static void test_neighbour_malformed(void **state)
{
	static const uint8_t long_mac[ROUTE_MAC_MAX + 1];
	struct bytes bytes = message(RTM_NEWNEIGH, 0);
	struct route_neighbour neighbour;

	(void)state;
	/* The control first. */
	assert_int_equal(parse_one(1, NDA_LLADDR, long_mac, ROUTE_MAC_MAX), 0);
	assert_int_equal(parse_one(1, NDA_LLADDR, long_mac, sizeof(long_mac)),
			 -EBADMSG);
	assert_int_equal(parse_one(1, NDA_DST, router, 15), -EBADMSG);
	assert_int_equal(parse_one(0, NDA_DST, router, 16), -EBADMSG);
	assert_int_equal(parse_one(-1, NDA_DST, router, 16), -EBADMSG);
	/* Nobody's. */
	assert_int_equal(parse_one(1, NDA_PROBES, router, 4), -EBADMSG);
	put(&bytes, router, 11);
	end(&bytes);
	assert_int_equal(parse(&bytes, bytes.len, &neighbour), -EBADMSG);
}

static void test_neighbour_cut_anywhere(void **state)
{
	struct bytes whole = neighbour_message(RTM_NEWNEIGH);
	size_t n_good = 0;

	(void)state;
	for (size_t len = sizeof(struct nlmsghdr); len < whole.len; len++) {
		struct bytes cut = whole;
		struct route_neighbour neighbour;

		assert_int_equal(parse(&whole, len, &neighbour), -EBADMSG);
		cut.len = len;
		end(&cut);
		if (parse(&cut, len, &neighbour) == 0)
			n_good++;
	}
	/* After the address, and after the MAC and in its padding. */
	assert_int_equal(n_good, 1 + 3);
}

static void test_neighbour_requests(void **state)
{
	struct route_neighbour neighbour = { .family = AF_INET6,
					     .ifindex = 5,
					     .mac_len = 6,
					     .state = NUD_PERMANENT,
					     .flags = NTF_ROUTER };
	struct ndmsg info = { .ndm_family = AF_INET6,
			      .ndm_ifindex = 5,
			      .ndm_state = NUD_PERMANENT,
			      .ndm_flags = NTF_ROUTER };
	struct route_message built;
	struct bytes bytes;

	(void)state;
	memcpy(neighbour.address, router, 16);
	memcpy(neighbour.mac, mac, 6);
	route_build_neighbour(&built, ROUTE_REPLACE, &neighbour);
	bytes = request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, NDA_DST, router, 16);
	put_attribute(&bytes, NDA_LLADDR, mac, 6);
	assert_message(&built, &bytes);

	neighbour.family = info.ndm_family = AF_INET;
	neighbour.mac_len = 0;
	route_build_neighbour(&built, ROUTE_DELETE, &neighbour);
	bytes = request(RTM_DELNEIGH, 0);
	put(&bytes, &info, sizeof(info));
	put_attribute(&bytes, NDA_DST, router, 4);
	assert_message(&built, &bytes);

	info = (struct ndmsg){ .ndm_family = AF_INET6 };
	route_build_get_neighbours(&built, AF_INET6);
	bytes = request(RTM_GETNEIGH, NLM_F_DUMP);
	put(&bytes, &info, sizeof(info));
	assert_message(&built, &bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_neighbour_malformed),
		cmocka_unit_test(test_neighbour_cut_anywhere),
		cmocka_unit_test(test_neighbour_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
