/*
 * A list of system calls made into a program for seccomp(2): classic BPF over
 * struct seccomp_data, as in the kernel's userspace-api/seccomp_filter.rst.
 *
 * A call through another architecture's entry (int 0x80 on x86_64) ends the
 * process whatever the list says, as its numbers mean other calls. Numbers of
 * the x32 ABI are in no list, so that no list lets them through.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/audit.h>
#include <linux/filter.h>

#include "base/compiler.h"

#ifdef __aarch64__
#define SYSCALL_FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#define SYSCALL_FILTER_ARCH AUDIT_ARCH_X86_64
#endif

struct syscall_rule {
	uint16_t number;
	/* 0: whatever the arguments. 1 to 6: only if that argument's lower 32
	 * bits, all that the kernel looks at of an int, are VALUE. Several
	 * rules may have the same number. */
	uint8_t argument;
	uint32_t value;
};

struct syscall_filter {
	const struct syscall_rule *rules;
	uint16_t n_rules;
	/* The rules are what is refused, not what is allowed. */
	bool is_deny_list;
	/* What who is refused gets; 0: it is killed. Before Linux 4.14 that is
	 * the thread. */
	uint16_t error;
};

/* The most instructions that N_RULES may become. */
#define SYSCALL_FILTER_LEN(n_rules) (12 + 5 * (size_t)(n_rules))
#define SYSCALL_FILTER_RULES_MAX 64

/* The program for calls of ARCH, as in linux/audit.h. 0, or -ENOBUFS. */
MUST_CHECK int syscall_filter_build(const struct syscall_filter *filter,
				    uint32_t arch, struct sock_filter *code,
				    size_t max, uint16_t *ret_len);
