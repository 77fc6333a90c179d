/*
 * base/confine_lists.c: what must be in the lists, whoever edits them. That
 * docs/security.md says the same is looked at by tests/lint/filters.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "base/confine_lists.h"

static const struct syscall_rule *find(const struct syscall_filter *filter,
				       int number)
{
	for (size_t i = 0; i < filter->n_rules; i++) {
		if (filter->rules[i].number == number)
			return &filter->rules[i];
	}
	return NULL;
}

static bool has(const struct syscall_filter *filter, int number)
{
	return find(filter, number) != NULL;
}

/* Nothing opens, makes, or becomes anything; whoever tries is killed. */
static void test_who_reads_packets(void **state)
{
	static const int never[] = {
		SYS_openat, SYS_execve, SYS_clone,  SYS_ptrace,	 SYS_mmap,
		SYS_prctl,  SYS_bpf,	SYS_kill,   SYS_unshare, SYS_mprotect,
		SYS_dup,    SYS_chdir,	SYS_fchdir,
	};
	static const int needed[] = { SYS_ppoll, SYS_clock_gettime, SYS_write,
				      SYS_exit_group, SYS_sendto };
	const struct syscall_filter *const filters[] = {
		&confine_calls_net_client,
		&confine_calls_discover,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		assert_false(filters[i]->is_deny_list);
		assert_int_equal(filters[i]->error, 0);
		assert_true(filters[i]->n_rules <= 20);
		for (size_t k = 0; k < ARRAY_SIZE(never); k++)
			assert_false(has(filters[i], never[k]));
		for (size_t k = 0; k < ARRAY_SIZE(needed); k++)
			assert_true(has(filters[i], needed[k]));
	}
	assert_false(has(&confine_calls_net_client, SYS_socket));
	assert_false(has(&confine_calls_net_client, SYS_ioctl));
	assert_false(has(&confine_calls_net_client, SYS_connect));
	assert_false(has(&confine_calls_net_client, SYS_bind));
	assert_false(has(&confine_calls_net_client, SYS_setsockopt));
	/* Only of the kinds that are named. */
	assert_int_equal(find(&confine_calls_discover, SYS_socket)->argument,
			 1);
	assert_int_equal(find(&confine_calls_discover, SYS_ioctl)->argument, 2);
	assert_int_equal(
		find(&confine_calls_discover, SYS_setsockopt)->argument, 2);
}

static void test_who_configures(void **state)
{
	const struct syscall_filter *filter = &confine_calls_net_manager;

	(void)state;
	assert_true(filter->is_deny_list);
	assert_int_equal(filter->error, EPERM);
	assert_true(has(filter, SYS_finit_module));
	assert_true(has(filter, SYS_kexec_load));
	assert_true(has(filter, SYS_reboot));
	assert_true(has(filter, SYS_ptrace));
	/* What it confines its clients with, and starts its hooks. */
	assert_false(has(filter, SYS_chroot));
	assert_false(has(filter, SYS_prctl));
	assert_false(has(filter, SYS_execve));
}

static void test_all_fit(void **state)
{
	const struct syscall_filter *const filters[] = {
		&confine_calls_net_client,
		&confine_calls_net_manager,
		&confine_calls_discover,
	};
	struct sock_filter code[SYSCALL_FILTER_LEN(SYSCALL_FILTER_RULES_MAX)];
	uint16_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		assert_true(filters[i]->n_rules <= SYSCALL_FILTER_RULES_MAX);
		assert_int_equal(syscall_filter_build(filters[i],
						      SYSCALL_FILTER_ARCH, code,
						      ARRAY_SIZE(code), &len),
				 0);
	}
	assert_int_not_equal(CONFINE_ID_NET, CONFINE_ID_DISCOVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_reads_packets),
		cmocka_unit_test(test_who_configures),
		cmocka_unit_test(test_all_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
