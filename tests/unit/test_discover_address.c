/* discover/address.c: where a host can be. */
#include "base/text.h"
#include "discover/address.h"
#include "tests/unit/test_discover_packet.h"

static struct url_address address_of(const char *text)
{
	struct url_address address = { .is_ipv6 = strchr(text, ':') != NULL };
	int r = address.is_ipv6 ? text_parse_ipv6(span_of(text), address.ipv6) :
				  text_parse_ipv4(span_of(text), &address.ipv4);

	assert_int_equal(r, 0);
	return address;
}

static void test_m18_where_a_host_can_be(void **state)
{
	static const char *const good[] = {
		"1.0.0.0",     "10.0.2.2",	 "126.255.255.255",
		"128.0.0.0",   "169.254.1.1",	 "223.255.255.255",
		"fe80::1",     "fc00::1",	 "fec0::2",
		"2001:db8::1", "64:ff9b::a00:1",
	};
	static const char *const bad[] = {
		"0.0.0.0",
		"0.255.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"224.0.0.251",
		"239.255.255.250",
		"255.255.255.255",
		"::",
		"::1",
		"::ffff:10.0.0.1",
		"::10.0.0.1",
		"ff02::1",
		"ffff::",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct url_address address = address_of(good[i]);

		if (!address_is_host(&address))
			fail_msg("%s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct url_address address = address_of(bad[i]);

		if (address_is_host(&address))
			fail_msg("%s", bad[i]);
	}
}

static void test_equal(void **state)
{
	static const char *const all[] = { "10.0.0.1", "10.0.0.2", "0.0.0.0",
					   "fe80::1",  "fe80::2",  "::" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(all); j++) {
			struct url_address a = address_of(all[i]);
			struct url_address b = address_of(all[j]);

			assert_int_equal(address_equal(&a, &b), i == j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m18_where_a_host_can_be),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
