/*
 * init/kmsg.c: P6, a process that the kernel has killed for want of memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "init/kmsg.h"

static bool tells(const char *text, int pid)
{
	size_t len = strlen(text);
	uint8_t *record = malloc(len ? len : 1);
	bool result;

	assert_non_null(record);
	memcpy(record, text, len);
	result = kmsg_tells_killed((struct span){ record, len }, pid);
	free(record);
	return result;
}

static void test_p6_killed_for_memory(void **state)
{
	(void)state;
	assert_true(tells("3,701,2208413,-;Out of memory: Killed process 97 "
			  "(tail) total-vm:190424kB, anon-rss:1kB\n",
			  97));
	assert_true(tells("3,701,2208413,-;Memory cgroup out of memory: Killed "
			  "process 97 (a b) total-vm:1kB\n SUBSYSTEM=x\n",
			  97));
	/* before Linux 5.0 */
	assert_true(tells("3,1,2,-;Killed process 1234567 (x)", 1234567));
}

static void test_other_records(void **state)
{
	static const char *const others[] = {
		"",
		";",
		"3",
		"3,",
		"3,701,2,-",
		"3,701,2,-;",
		"3,701,2,-;Killed process ",
		"3,701,2,-;Killed process 970 (tail)",
		"3,701,2,-;Killed process 9 (tail)",
		"3,701,2,-;Killed process -97 (tail)",
		"3,701,2,-;Killed process 97x (tail)",
		"3,701,2,-;Killed process 18446744073709551713 (tail)",
		"3,701,2,-;killed process 97 (tail)",
		/* what a process wrote: facility 1 */
		"11,701,2,-;Out of memory: Killed process 97 (tail)",
		"-3,701,2,-;Out of memory: Killed process 97 (tail)",
		"x,701,2,-;Out of memory: Killed process 97 (tail)",
		/* below the first line are variables */
		"3,701,2,-;text\n A=Killed process 97 (tail)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(tells(others[i], 97));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p6_killed_for_memory),
		cmocka_unit_test(test_other_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
