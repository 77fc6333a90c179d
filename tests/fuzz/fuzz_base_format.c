/*
 * base/format.c: the input's first bytes choose a conversion, the room and a
 * number, the rest is a string. What comes out is what libc's printf makes of
 * it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/format.h"
#include "base/reader.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The same call of both, the compiler checking its arguments. */
#define BOTH(...)                                                              \
	do {                                                                   \
		n = snprintf(wanted, size, __VA_ARGS__);                       \
		r = text_print(got, size, __VA_ARGS__);                        \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_of_input);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_of_input)
{
	struct reader reader;
	uint8_t choice;
	size_t size;
	uint64_t number;
	struct span rest;
	char *wanted, *got, *string;
	int n = 0, r = 0;

	reader_init(&reader, data, size_of_input);
	choice = reader_u8(&reader);
	size = reader_u8(&reader) + 1u;
	number = (uint64_t)reader_be32(&reader) << 32;
	number |= reader_be32(&reader);
	if (reader_failed(&reader))
		return 0;
	rest = reader_span(&reader, reader_left(&reader));
	wanted = malloc(size);
	got = malloc(size);
	string = malloc(rest.len + 1);
	check(wanted && got && string);
	memcpy(string, rest.data, rest.len);
	string[rest.len] = '\0';
	switch (choice % 8) {
	case 0:
		BOTH("%s", string);
		break;
	case 1:
		BOTH("%.*s", (int)number, string);
		break;
	case 2:
		BOTH("%d %u %x %%", (int)number, (unsigned int)number,
		     (unsigned int)number);
		break;
	case 3:
		BOTH("%ld %lu %lx", (long)number, (unsigned long)number,
		     (unsigned long)number);
		break;
	case 4:
		BOTH("<%d>%s[%d]: %s\n", (int)number, string, (int)choice,
		     string);
		break;
	case 5:
		BOTH("%12lld|%020llu|%08x", (long long)number,
		     (unsigned long long)number, (unsigned int)number);
		break;
	case 6:
		BOTH("%zu%c%8s", (size_t)number, 'a' + choice % 26, string);
		break;
	default:
		BOTH("%s%012d%3.2s%lu", string, (int)number, string,
		     (unsigned long)number);
		break;
	}
	check(n >= 0);
	check(r == ((size_t)n < size ? 0 : -ENOBUFS));
	check(strcmp(wanted, got) == 0);
	free(wanted);
	free(got);
	free(string);
	return 0;
}
