/* dhcp/resolvers6.c: what several routers announce, and for how long. */
#include "test_dhcp6.h"

#include "base/clock.h"
#include "dhcp/resolvers6.h"

static struct dhcp_resolvers6 table;
static struct dhcp_counters counters;
static struct dhcp_advert advert;

static int set_up(void **state UNUSED)
{
	dhcp_resolvers6_init(&table);
	memset(&counters, 0, sizeof(counters));
	memset(&advert, 0, sizeof(advert));
	return 0;
}

static bool add_dns(uint8_t last, uint32_t lifetime_s, int64_t now)
{
	memset(&advert, 0, sizeof(advert));
	advert.n_dns = 1;
	advert.dns[0].address = IP6(0xfd, [15] = last);
	advert.dns[0].lifetime_s = lifetime_s;
	return dhcp_resolvers6_add(&table, &advert, &counters, now);
}

static bool add_domain(const char *name, uint32_t lifetime_s, int64_t now)
{
	memset(&advert, 0, sizeof(advert));
	advert.n_domains = 1;
	strcpy(advert.domains[0].name, name);
	advert.domains[0].lifetime_s = lifetime_s;
	return dhcp_resolvers6_add(&table, &advert, &counters, now);
}

static void test_empty(void **state UNUSED)
{
	assert_true(dhcp_resolvers6_due(&table) == CLOCK_NEVER);
	assert_false(dhcp_resolvers6_tick(&table, 1000));
	assert_false(dhcp_resolvers6_add(&table, &advert, &counters, 1000));
	assert_true(dhcp_resolvers6_is_valid(&table));
}

static void test_servers_come_and_go(void **state UNUSED)
{
	assert_true(add_dns(1, 10, 1000));
	assert_true(dhcp_resolvers6_due(&table) == 11000);
	assert_true(add_dns(2, DHCP_ADVERT_INFINITE, 1000));
	/* Again: only later. */
	assert_false(add_dns(1, 20, 2000));
	assert_true(dhcp_resolvers6_due(&table) == 22000);
	assert_int_equal(table.n_dns, 2);
	assert_true(dhcp_resolvers6_is_valid(&table));
	assert_false(dhcp_resolvers6_tick(&table, 21999));
	assert_true(dhcp_resolvers6_tick(&table, 22000));
	assert_int_equal(table.n_dns, 1);
	assert_int_equal(table.dns[0].address.bytes[15], 2);
	assert_true(dhcp_resolvers6_due(&table) == CLOCK_NEVER);
	/* RFC 8106 §5.1: 0 ends it at once; of another it says nothing. */
	assert_false(add_dns(3, 0, 23000));
	assert_true(add_dns(2, 0, 23000));
	assert_int_equal(table.n_dns, 0);
}

static void test_domains_come_and_go(void **state UNUSED)
{
	assert_true(add_domain("a.example", 10, 1000));
	assert_true(add_domain("b.example", 5, 1000));
	assert_true(add_domain("c.example", 20, 1000));
	assert_false(add_domain("A.Example", 10, 2000));
	assert_int_equal(table.n_domains, 3);
	assert_true(dhcp_resolvers6_due(&table) == 6000);
	assert_true(dhcp_resolvers6_tick(&table, 6000));
	assert_int_equal(table.n_domains, 2);
	assert_string_equal(table.domains[0].name, "a.example");
	assert_string_equal(table.domains[1].name, "c.example");
	assert_true(dhcp_resolvers6_due(&table) == 12000);
	assert_false(add_domain("d.example", 0, 7000));
	assert_true(add_domain("c.example", 0, 7000));
	assert_int_equal(table.n_domains, 1);
}

/* D27: a flood changes nothing of what was there before. */
static void test_d27_flood(void **state UNUSED)
{
	char name[8] = "n0";

	for (unsigned int i = 0; i < 100; i++) {
		name[1] = (char)('0' + i % 70);
		(void)add_dns((uint8_t)(i + 1), 1000, 1000);
		if (i % 70 < 10)
			(void)add_domain(name, 1000, 1000);
	}
	assert_int_equal(table.n_dns, DHCP_RESOLVERS6_MAX);
	assert_int_equal(table.n_domains, DHCP_RESOLVERS6_MAX);
	assert_int_equal(table.dns[0].address.bytes[15], 1);
	assert_string_equal(table.domains[0].name, "n0");
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM],
			 100 - DHCP_RESOLVERS6_MAX + 20 -
				 2 * DHCP_RESOLVERS6_MAX);
	/* What expires makes room, at once. */
	assert_true(add_dns(200, 10, 1001000));
	assert_int_equal(table.n_dns, 1);
	assert_int_equal(table.n_domains, 0);
}

static void test_mtu_and_portal(void **state UNUSED)
{
	advert.mtu = 1400;
	memcpy(advert.portal.data, "https://a", 9);
	advert.portal.len = 9;
	assert_true(dhcp_resolvers6_add(&table, &advert, &counters, 0));
	assert_false(dhcp_resolvers6_add(&table, &advert, &counters, 0));
	assert_int_equal(table.mtu, 1400);
	assert_true(span_is(dhcp_raw_span(&table.portal), "https://a"));
	/* One that says nothing of it leaves it. */
	memset(&advert, 0, sizeof(advert));
	assert_false(dhcp_resolvers6_add(&table, &advert, &counters, 0));
	assert_int_equal(table.mtu, 1400);
}

static void test_untrusted(void **state UNUSED)
{
	struct dhcp_resolvers6 good;

	(void)add_dns(1, 10, 0);
	(void)add_domain("a.b", 10, 0);
	good = table;
	assert_true(dhcp_resolvers6_is_valid(&table));
	table.n_dns = DHCP_RESOLVERS6_MAX + 1;
	assert_false(dhcp_resolvers6_is_valid(&table));
	table = good;
	table.n_domains = UINT32_MAX;
	assert_false(dhcp_resolvers6_is_valid(&table));
	table = good;
	table.dns[0].address.bytes[0] = 0xff;
	assert_false(dhcp_resolvers6_is_valid(&table));
	table = good;
	table.domains[0].name[1] = ' ';
	assert_false(dhcp_resolvers6_is_valid(&table));
	table.domains[0].name[1] = '\n';
	assert_false(dhcp_resolvers6_is_valid(&table));
	table.domains[0].name[0] = '\0';
	assert_false(dhcp_resolvers6_is_valid(&table));
	table = good;
	memset(table.domains[0].name, 'a', DHCP_LEASE_NAME_MAX);
	assert_false(dhcp_resolvers6_is_valid(&table));
	table = good;
	table.portal.len = DHCP_LEASE_RAW_MAX + 1;
	assert_false(dhcp_resolvers6_is_valid(&table));
	table.portal.len = 1;
	table.portal.data[0] = '\n';
	assert_false(dhcp_resolvers6_is_valid(&table));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, set_up),
		cmocka_unit_test_setup(test_servers_come_and_go, set_up),
		cmocka_unit_test_setup(test_domains_come_and_go, set_up),
		cmocka_unit_test_setup(test_d27_flood, set_up),
		cmocka_unit_test_setup(test_mtu_and_portal, set_up),
		cmocka_unit_test_setup(test_untrusted, set_up),
	};

	return cmocka_run_group_tests_name("dhcp_resolvers6", tests, NULL,
					   NULL);
}
