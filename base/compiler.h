/*
 * The GNU attributes this code base uses, under one name each.
 */
#pragma once

#include <stddef.h>

#define NOINLINE __attribute__((noinline))
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define FALLTHROUGH __attribute__((fallthrough))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
