/*
 * base/syscall_filter.c: what it builds is run here, by an interpreter of
 * those instructions that the kernel takes in a filter, and compared with what
 * the list says.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/seccomp.h>

#include "base/syscall_filter.h"

#define X32_BIT 0x40000000u

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Instructions of the last run. */
static unsigned int n_steps;

/* What the kernel checks before it takes a filter, and then its answer. */
static uint32_t run(const struct sock_filter *code, size_t len,
		    const struct seccomp_data *data)
{
	uint32_t value = 0;
	size_t at = 0;

	assert_true(len > 0);
	assert_int_equal(code[len - 1].code, BPF_RET | BPF_K);
	for (n_steps = 1;; n_steps++) {
		const struct sock_filter *in = &code[at];

		assert_true(at < len);
		at++;
		switch (in->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_int_equal(in->k % 4, 0);
			assert_true(in->k <= sizeof(*data) - 4);
			memcpy(&value, (const uint8_t *)data + in->k, 4);
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += value == in->k ? in->jt : in->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += value >= in->k ? in->jt : in->jf;
			break;
		case BPF_RET | BPF_K:
			return in->k;
		default:
			fail_msg("instruction %#x", in->code);
		}
	}
}

static bool is_listed(const struct syscall_filter *filter,
		      const struct seccomp_data *data)
{
	for (size_t i = 0; i < filter->n_rules; i++) {
		const struct syscall_rule *rule = &filter->rules[i];

		if (rule->number != data->nr)
			continue;
		if (rule->argument == 0 ||
		    (uint32_t)data->args[rule->argument - 1] == rule->value)
			return true;
	}
	return false;
}

/* The list as the header explains it. */
static uint32_t wanted(const struct syscall_filter *filter, uint32_t arch,
		       const struct seccomp_data *data)
{
	if (data->arch != arch)
		return SECCOMP_RET_KILL_PROCESS;
	if (is_listed(filter, data) != filter->is_deny_list &&
	    (uint32_t)data->nr < X32_BIT)
		return SECCOMP_RET_ALLOW;
	return filter->error ? SECCOMP_RET_ERRNO | filter->error :
			       SECCOMP_RET_KILL_PROCESS;
}

/* In a block of exactly its size. */
static struct sock_filter *build(const struct syscall_filter *filter,
				 uint32_t arch, uint16_t *ret_len)
{
	size_t max = SYSCALL_FILTER_LEN(filter->n_rules);
	struct sock_filter *code = malloc(max * sizeof(*code));
	struct sock_filter *exact;

	assert_non_null(code);
	assert_int_equal(syscall_filter_build(filter, arch, code, max, ret_len),
			 0);
	assert_true(*ret_len <= max);
	exact = malloc(*ret_len * sizeof(*code));
	assert_non_null(exact);
	memcpy(exact, code, *ret_len * sizeof(*code));
	free(code);
	return exact;
}

static void expect_as_listed(const struct syscall_filter *filter,
			     const struct sock_filter *code, uint16_t len,
			     uint32_t arch, const struct seccomp_data *data)
{
	uint32_t is = run(code, len, data);
	uint32_t must = wanted(filter, arch, data);

	if (is != must)
		fail_msg("call %#x of %#x: %#x and not %#x",
			 (unsigned int)data->nr, data->arch, is, must);
}

static const struct syscall_rule rules[] = {
	{ .number = 0 },
	{ .number = 7 },
	{ .number = 41, .argument = 1, .value = 2 },
	{ .number = 41, .argument = 1, .value = 10 },
	{ .number = 42, .argument = 6, .value = UINT32_MAX },
	{ .number = 999 },
};

static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };

static void walk(const struct syscall_filter *filter)
{
	for (size_t a = 0; a < ARRAY_SIZE(arches); a++) {
		uint16_t len;
		struct sock_filter *code = build(filter, arches[a], &len);

		for (int nr = 0; nr <= 1000; nr++) {
			struct seccomp_data data = { .nr = nr };

			for (size_t b = 0; b < ARRAY_SIZE(arches); b++) {
				data.arch = arches[b];
				expect_as_listed(filter, code, len, arches[a],
						 &data);
			}
			data.arch = AUDIT_ARCH_I386;
			expect_as_listed(filter, code, len, arches[a], &data);
			data.arch = arches[a];
			data.nr |= (int)X32_BIT;
			expect_as_listed(filter, code, len, arches[a], &data);
		}
		free(code);
	}
}

static void test_every_number(void **state)
{
	struct syscall_filter filter = {
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
	};

	(void)state;
	walk(&filter);
	filter.error = ENOSYS;
	walk(&filter);
	filter.is_deny_list = true;
	walk(&filter);
	filter.error = 0;
	walk(&filter);
}

/* So that the model above is not all that says what is right. */
static void test_by_hand(void **state)
{
	const struct syscall_filter filter = {
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
	};
	const struct syscall_filter refused = {
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
		.is_deny_list = true,
		.error = EPERM,
	};
	struct seccomp_data data = { .nr = 41, .arch = AUDIT_ARCH_X86_64 };
	uint16_t len;
	struct sock_filter *code = build(&filter, AUDIT_ARCH_X86_64, &len);

	(void)state;
	data.args[0] = 2;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ALLOW);
	/* The kernel cuts an int out of a register, and so do we. */
	data.args[0] = UINT64_C(0xffffffff00000002);
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ALLOW);
	data.args[0] = 10;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ALLOW);
	data.args[0] = 17;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_KILL_PROCESS);
	data.nr = 999;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ALLOW);
	data.nr |= (int)X32_BIT;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_KILL_PROCESS);
	data.nr = -1;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_KILL_PROCESS);
	free(code);

	code = build(&refused, AUDIT_ARCH_X86_64, &len);
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ERRNO | EPERM);
	data.nr = 7;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ERRNO | EPERM);
	data.nr |= (int)X32_BIT;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ERRNO | EPERM);
	data.nr = 8;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_ALLOW);
	data.arch = AUDIT_ARCH_I386;
	assert_int_equal(run(code, len, &data), SECCOMP_RET_KILL_PROCESS);
	free(code);
}

/* Above all rules, and where there is none for long: the kernel tries all. */
static void test_numbers_without_rules_are_quick(void **state)
{
	static const uint16_t quick[] = { 43, 500, 998, 1000, 2000 };
	struct syscall_filter filter = {
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
	};

	(void)state;
	for (int deny = 0; deny < 2; deny++) {
		struct sock_filter *code;
		uint16_t len;

		filter.is_deny_list = deny;
		code = build(&filter, AUDIT_ARCH_X86_64, &len);
		for (size_t i = 0; i < ARRAY_SIZE(quick); i++) {
			struct seccomp_data data = {
				.nr = quick[i],
				.arch = AUDIT_ARCH_X86_64,
			};

			expect_as_listed(&filter, code, len, data.arch, &data);
			assert_in_range(n_steps, 1, 8);
		}
		free(code);
	}
}

static void test_empty_list(void **state)
{
	struct syscall_filter filter = { .n_rules = 0 };

	(void)state;
	walk(&filter);
	filter.is_deny_list = true;
	walk(&filter);
}

static void test_too_little_room(void **state)
{
	const struct syscall_filter filter = {
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
		.is_deny_list = true,
	};
	uint16_t needed, len = 77;

	(void)state;
	free(build(&filter, AUDIT_ARCH_X86_64, &needed));
	for (size_t max = 0; max <= needed; max++) {
		struct sock_filter *code = malloc(max * sizeof(*code) + 1);
		int r = syscall_filter_build(&filter, AUDIT_ARCH_X86_64, code,
					     max, &len);

		assert_int_equal(r, max < needed ? -ENOBUFS : 0);
		assert_int_equal(len, max < needed ? 77 : needed);
		free(code);
	}
}

/* A number that is in the list, or the next one. */
static int random_number(const struct syscall_filter *filter, uint32_t *seed)
{
	if (filter->n_rules == 0)
		return 0;
	return (int)(filter->rules[next_random(seed) % filter->n_rules].number +
		     next_random(seed) % 2);
}

static void test_random_lists(void **state)
{
	struct syscall_rule list[SYSCALL_FILTER_RULES_MAX];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 500; round++) {
		const uint32_t arch = arches[next_random(&seed) % 2];
		struct syscall_filter filter = {
			.rules = list,
			.n_rules = (uint16_t)(next_random(&seed) %
					      (SYSCALL_FILTER_RULES_MAX + 1)),
			.is_deny_list = next_random(&seed) % 2,
			.error = next_random(&seed) % 2 ? EPERM : 0,
		};
		struct sock_filter *code;
		uint16_t len;

		for (size_t i = 0; i < filter.n_rules; i++)
			list[i] = (struct syscall_rule){
				.number = (uint16_t)(next_random(&seed) % 50),
				.argument = (uint8_t)(next_random(&seed) % 7),
				.value = next_random(&seed) % 4,
			};
		code = build(&filter, arch, &len);
		for (int i = 0; i < 200; i++) {
			struct seccomp_data data = {
				.nr = random_number(&filter, &seed),
				.arch = next_random(&seed) % 16 ?
						arch :
						arches[next_random(&seed) % 2],
			};

			if (next_random(&seed) % 16 == 0)
				data.nr |= (int)X32_BIT;
			for (int k = 0; k < 6; k++)
				data.args[k] = next_random(&seed) % 5 |
					       (uint64_t)next_random(&seed) % 2
						       << 32;
			expect_as_listed(&filter, code, len, arch, &data);
		}
		free(code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_number),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_numbers_without_rules_are_quick),
		cmocka_unit_test(test_empty_list),
		cmocka_unit_test(test_too_little_room),
		cmocka_unit_test(test_random_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
