/* dhcp/lease6_check.c: a lease from a process that may be anybody's. */
#include "test_dhcp6.h"

#include "dhcp/lease6.h"

static struct dhcp_lease6 lease;

static void good(void)
{
	memset(&lease, 0, sizeof(lease));
	lease.has_address = 1;
	lease.server_len = 10;
	lease.address = ip6_address;
	lease.n_dns = DHCP_LEASE6_DNS_MAX;
	for (unsigned int i = 0; i < DHCP_LEASE6_DNS_MAX; i++)
		lease.dns[i] = ip6_router;
	lease.n_ntp = 1;
	lease.ntp[0] = ip6_other;
	strcpy(lease.domain, "a.b c");
	lease.boot_file.len = 1;
	lease.boot_file.data[0] = 'b';
	lease.vendor.len = DHCP_LEASE_RAW_MAX;
	lease.times = (struct dhcp_times6){ 10, 20, 3, 4, 0 };
}

static void test_good(void **state UNUSED)
{
	good();
	assert_true(dhcp_lease6_is_valid(&lease));
	lease.times = (struct dhcp_times6){ UINT32_MAX, UINT32_MAX, 5, 0, 0 };
	assert_true(dhcp_lease6_is_valid(&lease));
	/* Without an address its fields mean nothing. */
	memset(&lease.address, 0xff, sizeof(lease.address));
	lease.times.valid_s = 0;
	lease.has_address = 0;
	assert_true(dhcp_lease6_is_valid(&lease));
}

#define REFUSES(change)                                                        \
	do {                                                                   \
		good();                                                        \
		change;                                                        \
		assert_false(dhcp_lease6_is_valid(&lease));                    \
	} while (0)

static void test_each_field(void **state UNUSED)
{
	REFUSES(lease.has_address = 2);
	REFUSES(lease.server_len = 0);
	REFUSES(lease.server_len = DHCP_DUID_MAX + 1);
	REFUSES(lease.address = ip6_router);
	REFUSES(lease.address.bytes[0] = 0xff);
	REFUSES(lease.times.preferred_s = 21);
	REFUSES(lease.times = ((struct dhcp_times6){ 0 }));
	REFUSES(lease.times.t1_s = 5);
	REFUSES(lease.n_dns = DHCP_LEASE6_DNS_MAX + 1);
	REFUSES(lease.n_dns = UINT32_MAX);
	REFUSES(lease.dns[3].bytes[0] = 0xff);
	REFUSES(lease.n_ntp = DHCP_LEASE6_NTP_MAX + 1);
	REFUSES(lease.n_ntp = 2);
	REFUSES(memset(lease.domain, 'a', sizeof(lease.domain)));
	REFUSES(strcpy(lease.domain, "a\nnameserver b"));
	REFUSES(lease.boot_file.len = DHCP_LEASE_RAW_MAX + 1);
	REFUSES(lease.boot_file.data[0] = '\n');
	REFUSES(lease.boot_params.len = 1);
	REFUSES(lease.portal.len = UINT16_MAX);
	REFUSES(lease.vendor.len = DHCP_LEASE_RAW_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_each_field),
	};

	return cmocka_run_group_tests_name("dhcp_lease6_check", tests, NULL,
					   NULL);
}
