/* init/status.c: no two statuses in use share a byte, and no byte makes QEMU
 * end as it does by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "init/status.h"

#define OTHERS 127

static void test_bytes_are_unambiguous(void **state)
{
	int user[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(user); i++)
		user[i] = -1;
	for (int status = 0; status <= 255; status++) {
		unsigned int byte = status_to_port(status);

		assert_in_range(byte, 1, 127);
		/* QEMU's exit status would be that of QEMU killed by 1 to 31. */
		assert_false(byte >= 64 && byte <= 79);
		if (byte == OTHERS)
			continue;
		assert_int_equal(user[byte], -1);
		user[byte] = status;
	}
}

static void test_statuses_in_use_have_a_byte(void **state)
{
	(void)state;
	for (int status = 0; status <= 79; status++)
		assert_int_not_equal(status_to_port(status), OTHERS);
	for (int status = STATUS_NO_NIC; status <= STATUS_NOT_FOUND; status++)
		assert_int_not_equal(status_to_port(status), OTHERS);
	for (int signo = 1; signo <= 15; signo++)
		assert_int_not_equal(status_to_port(STATUS_SIGNAL + signo),
				     OTHERS);
	assert_int_equal(status_to_port(0), 1);
	assert_int_equal(status_to_port(99), 97);
	assert_int_equal(status_to_port(STATUS_TIMEOUT), 103);
	assert_int_equal(status_to_port(STATUS_SIGNAL + 9), 115);
	assert_int_equal(status_to_port(100), OTHERS);
	assert_int_equal(status_to_port(255), OTHERS);
	assert_int_equal(status_to_port(-1), OTHERS);
	assert_int_equal(status_to_port(1000), OTHERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_unambiguous),
		cmocka_unit_test(test_statuses_in_use_have_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
