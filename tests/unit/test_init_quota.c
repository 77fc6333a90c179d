/* init/quota.c: a few at once, and no more before the time is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init/quota.h"

#define NOW 1000000

static void test_m21_flood(void **state)
{
	struct quota quota = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 10000; i++)
		assert_int_equal(quota_take(&quota, NOW + i % 10),
				 i < QUOTA_MAX);
	assert_int_equal(quota.until, NOW + QUOTA_MS);
	assert_int_equal(quota_held(&quota), 10000 - QUOTA_MAX);
	assert_int_equal(quota_held(&quota), 0);
	assert_false(quota_take(&quota, quota.until - 1));
	for (unsigned int i = 0; i < 10000; i++)
		assert_int_equal(quota_take(&quota, NOW + QUOTA_MS),
				 i < QUOTA_MAX);
}

/* Who says little is never held back. */
static void test_few(void **state)
{
	struct quota quota = { 0 };

	(void)state;
	for (int64_t now = NOW; now < NOW + 1000 * QUOTA_MS;
	     now += QUOTA_MS / 8)
		assert_true(quota_take(&quota, now));
	assert_int_equal(quota.n_held, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m21_flood),
		cmocka_unit_test(test_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
