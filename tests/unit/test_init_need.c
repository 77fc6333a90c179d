/* init/need.c: what is missing, from the records that tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "init/need.h"
#include "init/status.h"

static void tell(struct facts *facts, enum facts_origin origin,
		 const char *line)
{
	unsigned int index;

	assert_int_not_equal(facts_apply(facts, origin, span_of(line), &index),
			     FACTS_NOTHING);
}

static void expect(const struct facts *facts, int nic, int lease, int provider)
{
	assert_int_equal(need_missing(NEED_NONE, facts), 0);
	assert_int_equal(need_missing(NEED_NIC, facts), nic);
	assert_int_equal(need_missing(NEED_LEASE, facts), lease);
	assert_int_equal(need_missing(NEED_PROVIDER, facts), provider);
}

static void test_first_thing_that_is_missing(void **state)
{
	static struct facts facts;

	(void)state;
	expect(&facts, STATUS_NO_NIC, STATUS_NO_NIC, STATUS_NO_NIC);
	tell(&facts, FACTS_FROM_NET,
	     "nic interface=eth0 driver=x mac=52:54:00:12:34:56 carrier=1");
	expect(&facts, 0, STATUS_NO_LEASE, STATUS_NO_LEASE);
	tell(&facts, FACTS_FROM_NET,
	     "lease interface=eth0 address=10.0.2.15 prefix=24");
	expect(&facts, 0, 0, STATUS_NO_PROVIDER);
	tell(&facts, FACTS_FROM_DISCOVER,
	     "service source=mdns suitable=no health=ok url=http://10.0.2.2");
	expect(&facts, 0, 0, STATUS_NO_PROVIDER);
	tell(&facts, FACTS_FROM_DISCOVER,
	     "service source=mdns suitable=yes health=ok url=http://10.0.2.3");
	expect(&facts, 0, 0, 0);
	tell(&facts, FACTS_FROM_NET, "lost interface=eth0");
	expect(&facts, 0, STATUS_NO_LEASE, STATUS_NO_LEASE);
	tell(&facts, FACTS_FROM_NET, "gone interface=eth0");
	expect(&facts, STATUS_NO_NIC, STATUS_NO_NIC, STATUS_NO_NIC);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(need_text(STATUS_NO_NIC), "no NIC");
	assert_string_equal(need_text(STATUS_NO_LEASE), "no lease");
	assert_string_equal(need_text(STATUS_NO_PROVIDER),
			    "no provider that suits");
	assert_string_equal(need_text(0), "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_thing_that_is_missing),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
