/* init/net_plan.c: which names a pattern is for. What becomes of words of the
 * command line is in test_init_ip_param.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/net_plan.h"

/* In blocks of their sizes. */
static bool fits(const char *pattern, const char *name,
		 bool (*function)(struct span, const char *))
{
	size_t len = strlen(pattern);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	char *other = strdup(name);
	bool result;

	assert_non_null(copy);
	assert_non_null(other);
	memcpy(copy, pattern, len);
	result = function((struct span){ copy, len }, other);
	free(copy);
	free(other);
	return result;
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool fits;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "ab", "a", false },
		{ "*", "", true },
		{ "*", "eth0", true },
		{ "**", "eth0", true },
		{ "?", "", false },
		{ "?", "e", true },
		{ "????", "eth0", true },
		{ "???", "eth0", false },
		{ "eth*", "eth", true },
		{ "eth*", "eth0", true },
		{ "eth*", "et", false },
		{ "*0", "eth0", true },
		{ "*0", "eth00", true },
		{ "*0", "eth01", false },
		{ "e*0*1", "eth0v1", true },
		{ "e*0*1", "eth0v2", false },
		{ "e*?1", "e1", false },
		{ "*ab", "aab", true },
		{ "*a*b*c", "xaxbxc", true },
		{ "*a*b*c", "xaxcxb", false },
		{ "a*", "ba", false },
		{ "*aaab", "aaaaaaab", true },
		{ "?*", "a", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			fits(cases[i].pattern, cases[i].name, net_plan_fits),
			cases[i].fits);
}

/* Stars do not take exponential time. */
static void test_many_stars(void **state)
{
	char pattern[256], name[256];

	(void)state;
	for (size_t i = 0; i < 250; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[250] = 'b';
	pattern[251] = '\0';
	memset(name, 'a', 255);
	name[255] = '\0';
	assert_false(fits(pattern, name, net_plan_fits));
}

static void test_lists(void **state)
{
	static const struct {
		const char *list;
		const char *name;
		bool fits;
	} cases[] = {
		{ "", "eth0", true },
		{ ",", "eth0", true },
		{ "eth0", "eth0", true },
		{ "eth0", "eth1", false },
		{ "eth0,eth1", "eth1", true },
		{ "eth0,wl*", "wlan0", true },
		{ "!eth0", "eth0", false },
		{ "!eth0", "eth1", true },
		{ "!eth0,!eth1", "eth1", false },
		{ "eth*,!eth1", "eth1", false },
		{ "!eth1,eth*", "eth1", false },
		{ "!eth1,eth*", "eth2", true },
		{ "!eth1,eth*", "wlan0", false },
		{ "!", "eth0", true },
		{ "!*", "eth0", false },
		{ ",,eth0,", "eth0", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			fits(cases[i].list, cases[i].name, net_plan_fits_list),
			cases[i].fits);
}

static void test_wants(void **state)
{
	struct net_plan plan;

	(void)state;
	net_plan_init(&plan);
	assert_true(net_plan_wants(&plan, "eth0"));
	assert_int_equal(net_plan_for(&plan, "eth0", NULL)->methods,
			 NET_PLAN_DEFAULT);
	strcpy(plan.interfaces, "!eth0");
	assert_false(net_plan_wants(&plan, "eth0"));
	assert_true(net_plan_wants(&plan, "eth1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_many_stars),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
