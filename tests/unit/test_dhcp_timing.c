/* dhcp/timing.c: rows D1 and D15 to D17 of the fault list. */
#include "test_dhcp_server.h"

#include "base/clock.h"
#include "dhcp/timing.h"

#define SEEDS 2000

static void test_d1_resends(void **state UNUSED)
{
	static const int64_t first[] = { 50, 100, 200, 400, 800 };
	static const int64_t then[] = { 4000,  8000,  16000, 32000,
					64000, 64000, 64000 };
	int64_t least[ARRAY_SIZE(then)], most[ARRAY_SIZE(then)];

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		uint64_t random = seed;

		for (unsigned int i = 0; i < ARRAY_SIZE(first); i++)
			assert_int_equal(dhcp_resend_delay(i + 1, &random),
					 first[i]);
		for (unsigned int i = 0; i < ARRAY_SIZE(then); i++) {
			int64_t delay = dhcp_resend_delay(i + 6, &random);

			assert_true(delay >= then[i] - 1000);
			assert_true(delay <= then[i] + 1000);
			if (seed == 0 || delay < least[i])
				least[i] = delay;
			if (seed == 0 || delay > most[i])
				most[i] = delay;
		}
	}
	/* The fuzz uses its room. */
	for (unsigned int i = 0; i < ARRAY_SIZE(then); i++) {
		assert_true(least[i] < then[i] - 900);
		assert_true(most[i] > then[i] + 900);
	}
}

static void test_d1_for_ever(void **state UNUSED)
{
	uint64_t random = 1;
	int64_t delay = dhcp_resend_delay(UINT32_MAX, &random);

	assert_true(delay >= 63000 && delay <= 65000);
}

/* RFC 2131 §4.1: exponential and randomized, but from the first one on. */
static void test_d1_request_resends(void **state UNUSED)
{
	int64_t least = INT64_MAX, most = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		uint64_t random = seed;

		for (unsigned int n = 1; n <= 10; n++) {
			int64_t delay = dhcp_request_delay(n, &random);
			int64_t whole = INT64_C(25) << n;

			assert_true(n > 5 || delay == whole);
			assert_in_range(delay, whole - whole / 8,
					whole + whole / 8);
			if (n == 10 && delay < least)
				least = delay;
			if (n == 10 && delay > most)
				most = delay;
		}
	}
	assert_true(least < 25600 - 3000 && most > 25600 + 3000);
}

static void test_renew_resends(void **state UNUSED)
{
	/* Half of what is left, at least a minute, never past the limit. */
	assert_int_equal(dhcp_renew_deadline(1000000, 1000, 0), 500000);
	assert_int_equal(dhcp_renew_deadline(1000000, 1000, 800000), 900000);
	assert_int_equal(dhcp_renew_deadline(1000000, 1000, 900000), 960000);
	assert_int_equal(dhcp_renew_deadline(1000000, 1000, 950000), 1000000);
	assert_int_equal(dhcp_renew_deadline(1000000, 1000, 1000000), 1000000);
	assert_int_equal(dhcp_renew_deadline(CLOCK_NEVER, UINT32_MAX, 5),
			 CLOCK_NEVER);
}

static void test_d17_renew_resends_of_short_leases(void **state UNUSED)
{
	/* RFC 2131 §4.4.5 where that leaves room for more than one. */
	assert_int_equal(dhcp_renew_wait_min(UINT32_MAX), 60000);
	assert_int_equal(dhcp_renew_wait_min(240), 60000);
	assert_int_equal(dhcp_renew_wait_min(239), 14937);
	assert_int_equal(dhcp_renew_wait_min(16), 1000);
	assert_int_equal(dhcp_renew_wait_min(1), 250);
	assert_int_equal(dhcp_renew_wait_min(0), 250);
	assert_int_equal(dhcp_renew_deadline(105000, 120, 60000), 82500);
	assert_int_equal(dhcp_renew_deadline(105000, 120, 97500), 105000);
	assert_int_equal(dhcp_renew_deadline(875, 1, 500), 750);
	assert_int_equal(dhcp_renew_deadline(875, 1, 750), 875);
}

static void test_d3_back_off(void **state UNUSED)
{
	static const int64_t waits[] = { 0,	1000,  2000,  4000, 8000,
					 16000, 32000, 64000, 64000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(waits); i++)
		assert_int_equal(dhcp_back_off(i), waits[i]);
	assert_int_equal(dhcp_back_off(UINT32_MAX), 64000);
}

struct times {
	int64_t t1, t2, expires;
};

static struct times times_of(uint32_t lease_s, uint32_t t1_s, uint32_t t2_s,
			     uint64_t seed)
{
	const struct dhcp_lease lease = { .lease_s = lease_s,
					  .t1_s = t1_s,
					  .t2_s = t2_s };
	struct times times;
	uint64_t random = seed;

	dhcp_lease_times(&lease, 5000, &random, &times.t1, &times.t2,
			 &times.expires);
	times.t1 -= 5000;
	times.t2 -= 5000;
	times.expires -= 5000;
	return times;
}

static void test_times_of_the_server(void **state UNUSED)
{
	struct times times = times_of(3600, 1000, 3599, 1);

	assert_int_equal(times.t1, 1000000);
	assert_int_equal(times.t2, 3599000);
	assert_int_equal(times.expires, 3600000);
	times = times_of(3600, 2000, 2000, 1);
	assert_int_equal(times.t1, 2000000);
	assert_int_equal(times.t2, 2000000);
}

static void assert_default(struct times times, int64_t lease_s)
{
	int64_t ms = lease_s * 1000;

	assert_int_equal(times.expires, ms);
	assert_true(times.t1 >= ms / 2 - ms / 32 - 1);
	assert_true(times.t1 <= ms / 2 + ms / 32 + 1);
	assert_true(times.t2 >= ms / 8 * 7 - ms / 32 - 1);
	assert_true(times.t2 <= ms / 8 * 7 + ms / 32 + 1);
	assert_true(times.t1 < times.t2 && times.t2 < times.expires);
}

static void test_d16_times_that_make_no_sense(void **state UNUSED)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		assert_default(times_of(3600, 0, 0, seed), 3600);
		assert_default(times_of(3600, 3000, 2000, seed), 3600);
		assert_default(times_of(3600, 1000, 3600, seed), 3600);
		assert_default(times_of(3600, 1000, UINT32_MAX, seed), 3600);
		assert_default(times_of(3600, 3599, 0, seed), 3600);
		assert_default(times_of(3600, 0, 1, seed), 3600);
		assert_default(times_of(3600, UINT32_MAX, 0, seed), 3600);
		assert_default(times_of(1, 0, 0, seed), 1);
		assert_default(times_of(UINT32_MAX - 1, 0, 0, seed),
			       UINT32_MAX - 1);
	}
}

static void test_d16_machines_differ(void **state UNUSED)
{
	int64_t least = INT64_MAX, most = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct times times = times_of(3600, 0, 0, seed);

		least = times.t1 < least ? times.t1 : least;
		most = times.t1 > most ? times.t1 : most;
	}
	assert_true(most - least > 200000);
}

static void test_d15_infinite(void **state UNUSED)
{
	const struct dhcp_lease lease = { .lease_s = UINT32_MAX,
					  .t1_s = 5,
					  .t2_s = 6 };
	int64_t t1 = 0, t2 = 0, expires = 0;
	uint64_t random = 1;

	dhcp_lease_times(&lease, 5000, &random, &t1, &t2, &expires);
	assert_true(t1 == CLOCK_NEVER && t2 == CLOCK_NEVER &&
		    expires == CLOCK_NEVER);
}

static void test_random_of_any_seed(void **state UNUSED)
{
	uint64_t zero = 0, one = 1;
	uint32_t a = dhcp_random(&zero), b = dhcp_random(&zero);

	assert_int_not_equal(a, b);
	assert_int_not_equal(a, dhcp_random(&one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d1_resends),
		cmocka_unit_test(test_d1_for_ever),
		cmocka_unit_test(test_d1_request_resends),
		cmocka_unit_test(test_renew_resends),
		cmocka_unit_test(test_d17_renew_resends_of_short_leases),
		cmocka_unit_test(test_d3_back_off),
		cmocka_unit_test(test_times_of_the_server),
		cmocka_unit_test(test_d16_times_that_make_no_sense),
		cmocka_unit_test(test_d16_machines_differ),
		cmocka_unit_test(test_d15_infinite),
		cmocka_unit_test(test_random_of_any_seed),
	};

	return cmocka_run_group_tests_name("dhcp_timing", tests, NULL, NULL);
}
