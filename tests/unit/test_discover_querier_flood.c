/* discover/querier.c, cache_take.c and querier_tale.c when there is more than
 * there is room for, or it is never the same: rows M19 and M21. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/test_discover_querier.h"

static void put_pointers(const char *letter, unsigned int n)
{
	char who[64];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(who, sizeof(who), "%s%u._x._tcp.local", letter, i);
		put_ptr(&packet, TYPE, who, 4500);
	}
}

/* N services that can be reached, a packet each; how many were told. */
static unsigned int announce(unsigned int n, int64_t now)
{
	unsigned int n_found = 0;
	char who[64];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(who, sizeof(who), "s%u._x._tcp.local", i);
		put_service(who, "box.local", 1 << 24);
		deliver(now);
		n_found += seen.n_found;
	}
	return n_found;
}

/* Those that nobody says anything about give way to those that are there. */
static void test_m19_places(void **state)
{
	(void)state;
	begin(CLOCK_NEVER);
	put_pointers("s", CACHE_INSTANCES_MAX);
	deliver(T0 + 1);
	/* Nothing more is known of it either. */
	put_ptr(&packet, TYPE, TWO, 4500);
	deliver(T0 + 500);
	assert_int_equal(querier.cache.counts.over_instances, 1);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 501);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(querier.cache.counts.over_instances, 2);
	assert_int_equal(querier.cache.n_instances, CACHE_INSTANCES_MAX);
	/* It keeps its place, whatever comes. */
	for (unsigned int i = 0; i < 1000; i++) {
		put_pointers("t", 10);
		deliver(T0 + 3000 + 10 * i);
		assert_int_equal(seen.n_lost, 0);
	}
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 20000);
	assert_int_equal(seen.n_found, 0);
	/* What has said goodbye gives up its own. */
	put_ptr(&packet, TYPE, ONE, 0);
	deliver(T0 + 20001);
	run(T0 + 22000);
	put_service(TWO, "box.local", 1 << 24);
	deliver(T0 + 22001);
	assert_int_equal(seen.n_found, 1);
}

/* Of those that say no more the oldest goes first. */
static void test_m19_the_oldest_first(void **state)
{
	struct dns_name name = name_of(ONE);

	(void)state;
	begin(CLOCK_NEVER);
	put_ptr(&packet, TYPE, TWO, 4500);
	deliver(T0 + 20);
	querier.cache.instances[0].since = T0 + 200;
	put_ptr(&packet, TYPE, ONE, 4500);
	deliver(T0 + 10);
	put_pointers("s", CACHE_INSTANCES_MAX - 2);
	deliver(T0 + 100);
	assert_non_null(cache_find_instance(&querier.cache, &name));
	put_ptr(&packet, TYPE, "new._x._tcp.local", 4500);
	deliver(T0 + 2000);
	assert_null(cache_find_instance(&querier.cache, &name));
	name = name_of(TWO);
	assert_non_null(cache_find_instance(&querier.cache, &name));
}

/* What was told keeps its place, unless nobody wants it. */
static void test_m19_dismissed(void **state)
{
	(void)state;
	begin(T0 + 60000);
	assert_int_equal(announce(CACHE_INSTANCES_MAX, T0 + 1),
			 CACHE_INSTANCES_MAX);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 2);
	assert_int_equal(seen.n_found, 0);
	querier_dismiss(&querier, &querier.cache.instances[7]);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 3);
	/* Nobody misses the other one. */
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.n_lost, 0);
	put_service(TWO, "box.local", 1 << 24);
	deliver(T0 + 4);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(querier.cache.counts.over_instances, 3);
	/* One that says something else is looked at anew. */
	querier_dismiss(&querier, &querier.cache.instances[9]);
	put_srv(&packet, "s9._x._tcp.local", 1 | FLUSH, 0, 1, 81, "box.local",
		120);
	deliver(T0 + 5);
	assert_int_equal(seen.n_found, 1);
	put_service(TWO, "box.local", 1 << 24);
	deliver(T0 + 6);
	assert_int_equal(seen.n_found, 0);
}

static void test_m19_limit(void **state)
{
	(void)state;
	begin(CLOCK_NEVER);
	querier_limit(&querier, 5);
	assert_int_equal(announce(CACHE_INSTANCES_MAX, T0 + 1), 5);
	assert_int_equal(querier.cache.counts.over_instances,
			 CACHE_INSTANCES_MAX - 5);
	querier_limit(&querier, 9999);
	assert_int_equal(announce(CACHE_INSTANCES_MAX + 9, T0 + 2),
			 CACHE_INSTANCES_MAX - 5);
	/* Less than there are: those stay. */
	querier_limit(&querier, 1);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0 + 3);
	assert_int_equal(querier.cache.n_instances, CACHE_INSTANCES_MAX);
}

/* A better SRV record in every ms, and for every other one the host is not
 * known: who is told would connect each time. */
static void test_m21_tales_in_a_second(void **state)
{
	unsigned int n_found = 0, n_lost = 0;
	int64_t now;

	(void)state;
	begin(CLOCK_NEVER);
	put_service(ONE, "box.local", 1 << 24);
	put_service(TWO, "box.local", 1 << 24);
	deliver(T0);
	for (now = T0 + 1; now < T0 + 10000; now++) {
		uint16_t step = (uint16_t)(now - T0);

		put_ptr(&packet, TYPE, ONE, 4500);
		put_srv(&packet, ONE, 1 | FLUSH, 0, step, step,
			step % 2 ? "none.local" : "box.local", 120);
		deliver(now);
		n_found += seen.n_found;
		n_lost += seen.n_lost;
		run(now);
		n_found += seen.n_found;
		n_lost += seen.n_lost;
	}
	assert_in_range(n_found, 10, 10 * QUERIER_TALES_MAX);
	assert_in_range(n_lost, 10, 10 * QUERIER_TALES_MAX);
	/* Another one does not wait. */
	put_srv(&packet, TWO, 1 | FLUSH, 0, 1, 81, "box.local", 120);
	deliver(now);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 81);
	/* The last word is told, if late. */
	for (uint16_t n = 1; n < 10; n++) {
		put_srv(&packet, ONE, 1 | FLUSH, 0, (uint16_t)(60000 + n), n,
			"box.local", 120);
		deliver(now + n);
	}
	assert_int_equal(seen.n_found, 0);
	run(now + 1001);
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 9);
}

/* The end waits for nothing. */
static void test_m21_tales_at_the_end(void **state)
{
	(void)state;
	begin(T0 + 60000);
	put_service(ONE, "box.local", 1 << 24);
	deliver(T0);
	for (uint16_t n = 1; n < 10; n++) {
		put_srv(&packet, ONE, 1 | FLUSH, 0, n, n, "box.local", 120);
		deliver(T0 + n);
		assert_int_equal(seen.n_found, n < QUERIER_TALES_MAX);
	}
	querier_stop(&querier, T0 + 20);
	drain();
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.found.port, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m19_places),
		cmocka_unit_test(test_m19_the_oldest_first),
		cmocka_unit_test(test_m19_dismissed),
		cmocka_unit_test(test_m19_limit),
		cmocka_unit_test(test_m21_tales_in_a_second),
		cmocka_unit_test(test_m21_tales_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
