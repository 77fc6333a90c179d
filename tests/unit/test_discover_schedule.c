/* discover/schedule.c: when a whole link is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "discover/schedule.h"

#define T0 1000000

static struct schedule schedule;

static void test_times(void **state)
{
	static const int64_t at[] = { 0, 250, 1000, 61000, 121000, 181000 };

	(void)state;
	schedule_start(&schedule, T0);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(schedule.due, T0 + at[i]);
		assert_false(schedule_is_time(&schedule, T0 + at[i] - 1));
		assert_true(schedule_is_time(&schedule, T0 + at[i]));
		assert_false(schedule_is_time(&schedule, T0 + at[i]));
	}
}

static void test_late(void **state)
{
	const int64_t day = 24 * 3600 * 1000;

	(void)state;
	schedule_start(&schedule, T0);
	assert_true(schedule_is_time(&schedule, T0 + 100));
	assert_int_equal(schedule.due, T0 + 350);
	/* Once after a suspend, not as often as it was missed. */
	assert_true(schedule_is_time(&schedule, T0 + day));
	assert_int_equal(schedule.due, T0 + day + 750);
}

static void test_stop_and_again(void **state)
{
	(void)state;
	schedule_start(&schedule, T0);
	assert_true(schedule_is_time(&schedule, T0));
	schedule_stop(&schedule);
	assert_true(schedule.due == CLOCK_NEVER);
	assert_false(schedule_is_time(&schedule, T0 + 1000000));
	schedule_start(&schedule, T0 + 5);
	assert_true(schedule_is_time(&schedule, T0 + 5));
	assert_int_equal(schedule.due, T0 + 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_stop_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
