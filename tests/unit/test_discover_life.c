/* discover/life.c: how long records count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "discover/life.h"

#define T0 5000000
#define SEED 7

static void test_m11_asked_for_anew_four_times(void **state)
{
	static const int64_t percents[] = { 80, 85, 90, 95 };
	struct dns_life life;

	(void)state;
	dns_life_begin(&life, 100, T0);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		int64_t due = dns_life_due(&life, SEED);

		assert_in_range(due - T0, percents[i] * 1000,
				percents[i] * 1000 + 2000);
		assert_false(dns_life_refresh(&life, SEED, due - 1));
		assert_true(dns_life_refresh(&life, SEED, due));
		assert_false(dns_life_refresh(&life, SEED, due));
		assert_false(dns_life_is_over(&life, due));
	}
	assert_int_equal(dns_life_due(&life, SEED), T0 + 100000);
	assert_false(dns_life_is_over(&life, T0 + 99999));
	assert_true(dns_life_is_over(&life, T0 + 100000));
}

/* The time to ask is one by chance: not the same on every machine. */
static void test_chance(void **state)
{
	struct dns_life life;
	int64_t least = CLOCK_NEVER, most = 0;

	(void)state;
	dns_life_begin(&life, 4500, T0);
	for (uint32_t seed = 0; seed < 100; seed++) {
		int64_t due = dns_life_due(&life, seed);

		least = due < least ? due : least;
		most = due > most ? due : most;
	}
	assert_in_range(least, T0 + 3600000, T0 + 3610000);
	assert_in_range(most, T0 + 3680000, T0 + 3690000);
}

static void test_late_tick_asks_once(void **state)
{
	struct dns_life life;

	(void)state;
	dns_life_begin(&life, 100, T0);
	assert_true(dns_life_refresh(&life, SEED, T0 + 99000));
	assert_int_equal(life.n_refreshes, 4);
	dns_life_begin(&life, 100, T0 + 99500);
	assert_int_equal(life.n_refreshes, 0);
}

static void test_m11_shortened(void **state)
{
	struct dns_life life;

	(void)state;
	dns_life_begin(&life, 100, T0);
	dns_life_shorten(&life, T0 + 200000);
	assert_false(dns_life_is_shortened(&life));
	assert_int_equal(dns_life_known(&life, T0), 100);
	dns_life_shorten(&life, T0 + 1000);
	assert_true(dns_life_is_shortened(&life));
	dns_life_shorten(&life, T0 + 2000);
	assert_int_equal(dns_life_due(&life, SEED), T0 + 1000);
	assert_false(dns_life_refresh(&life, SEED, T0 + 999));
	assert_int_equal(dns_life_known(&life, T0), 0);
}

static void test_m23_known_for_half_its_time(void **state)
{
	struct dns_life life;

	(void)state;
	dns_life_begin(&life, 100, T0);
	assert_int_equal(dns_life_known(&life, T0 + 50000), 50);
	assert_int_equal(dns_life_known(&life, T0 + 50001), 0);
	dns_life_begin(&life, 1, T0);
	assert_int_equal(dns_life_known(&life, T0 + 1), 0);
}

static void test_ttls_at_the_ends(void **state)
{
	struct dns_life life;

	(void)state;
	dns_life_begin(&life, UINT32_MAX, T0);
	assert_int_equal(life.ends, T0 + INT64_C(604800000));
	dns_life_begin(&life, 0, T0);
	assert_true(dns_life_is_over(&life, T0));
	assert_int_equal(dns_life_due(&life, SEED), T0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m11_asked_for_anew_four_times),
		cmocka_unit_test(test_chance),
		cmocka_unit_test(test_late_tick_asks_once),
		cmocka_unit_test(test_m11_shortened),
		cmocka_unit_test(test_m23_known_for_half_its_time),
		cmocka_unit_test(test_ttls_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
