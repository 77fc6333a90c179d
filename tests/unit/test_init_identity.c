/*
 * init/identity.c: host names (D42), machine-ids, /etc/hosts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/identity.h"

/* READ of exactly the bytes of TEXT; "-" when it refuses, which touches
 * nothing. */
static const char *result_of(int (*read)(struct span, char *), const char *text)
{
	static char result[IDENTITY_NAME_MAX];
	size_t len = strlen(text);
	uint8_t *bytes = malloc(len ? len : 1);
	int r;

	assert_non_null(bytes);
	memcpy(bytes, text, len);
	strcpy(result, "-");
	r = read((struct span){ bytes, len }, result);
	free(bytes);
	assert_true(r == 0 || (r == -EBADMSG && strcmp(result, "-") == 0));
	return result;
}

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

static void test_names(void **state)
{
	static const char *const good[] = {
		"a",	   "7",	   "kiosk-7",	 "A.b.C3",
		X60 "abc", "a--b", "a." X60 "a", "localhost",
	};
	static const char *const bad[] = {
		"",	   "-a",	"a-",	    ".",	".a",
		"a.",	   "a..b",	"a.-b",	    "a b",	"a_b",
		"a\n",	   "$(reboot)", "a'b",	    "a\"b",	"a;b",
		"\033[2J", "a/b",	"\303\251", X60 "abcd", "a." X60 "abc",
		"a:b",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_string_equal(result_of(identity_read_name, good[i]),
				    good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_string_equal(result_of(identity_read_name, bad[i]), "-");
}

static void test_d42_names_of_the_network(void **state)
{
	int (*read)(struct span, char *) = identity_read_foreign_name;

	(void)state;
	assert_string_equal(result_of(read, "kiosk-7"), "kiosk-7");
	assert_string_equal(result_of(read, "kiosk.example.net"), "kiosk");
	/* Only the label counts, and so may what follows be anything. */
	assert_string_equal(result_of(read, "kiosk.$(reboot)"), "kiosk");
	assert_string_equal(result_of(read, ""), "-");
	assert_string_equal(result_of(read, ".example.net"), "-");
	assert_string_equal(result_of(read, "localhost"), "-");
	assert_string_equal(result_of(read, "LocalHost.localdomain"), "-");
	assert_string_equal(result_of(read, "a'; reboot #"), "-");
	assert_string_equal(result_of(read, "$(reboot)"), "-");
	assert_string_equal(result_of(read, "a\nb"), "-");
}

static void test_names_of_macs(void **state)
{
	int (*read)(struct span, char *) = identity_name_of_mac;

	(void)state;
	assert_string_equal(result_of(read, "52:54:00:12:34:56"),
			    "phase-525400123456");
	assert_string_equal(result_of(read, "AA:bb:CC:dd:EE:0f"),
			    "phase-aabbccddee0f");
	assert_string_equal(result_of(read, ""), "-");
	assert_string_equal(result_of(read, "52:54:00:12:34:5"), "-");
	assert_string_equal(result_of(read, "52:54:00:12:34:56:78"), "-");
	assert_string_equal(result_of(read, "52-54-00-12-34-56"), "-");
	assert_string_equal(result_of(read, "52:54:00:12:34:5g"), "-");
}

#define ID "0123456789abcdef0123456789abcdef"

static void test_ids(void **state)
{
	static const char *const bad[] = {
		"",
		"0123456789abcdef0123456789abcde",
		ID "0",
		"0123456789abcdef0123456789abcdeg",
		"00000000000000000000000000000000",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"00000000-0000-0000-0000-000000000000",
		"03000200-0400-0500-0006-000700080009",
		"01234567-89ab-cdef-0123-456789abcde",
		"0123456789abcdef0123456789abcdef----",
		"0123456-789ab-cdef-0123-456789abcdef",
		"Not Settable",
	};
	int (*read)(struct span, char *) = identity_read_id;

	(void)state;
	assert_string_equal(result_of(read, ID), ID);
	assert_string_equal(result_of(read, ID "\n"), ID);
	assert_string_equal(
		result_of(read, " 0123456789ABCDEF0123456789ABCDEF"), ID);
	assert_string_equal(
		result_of(read, "01234567-89AB-cdef-0123-456789abcdef\n"), ID);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_string_equal(result_of(read, bad[i]), "-");
}

static void test_ids_that_are_made(void **state)
{
	char id[IDENTITY_ID_MAX], other[IDENTITY_ID_MAX];

	(void)state;
	/* FNV-1a of 128 bits, as other programs compute it. */
	identity_make_id("mac", span_of("52:54:00:12:34:56"), id);
	assert_string_equal(id, "1aa74d2f4995f13216456b94f833dcaf");
	identity_make_id("", span_of(""), id);
	assert_string_equal(id, "d228cb69301a8caf78912b704e4a3bdf");
	identity_make_id("mac", span_of("52:54:00:12:34:57"), id);
	identity_make_id("serial", span_of("52:54:00:12:34:57"), other);
	assert_string_not_equal(id, other);
	/* What is made is a machine-id. */
	assert_int_equal(identity_read_id(span_of(id), other), 0);
	assert_string_equal(id, other);
}

static void test_hosts(void **state)
{
	struct writer writer;
	char text[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	identity_put_hosts(&writer, "kiosk");
	assert_string_equal(text_end(&writer),
			    "127.0.0.1\tlocalhost\n"
			    "::1\t\tlocalhost ip6-localhost ip6-loopback\n"
			    "127.0.1.1\tkiosk\n");
	/* The longest name has room in what environment.c has. */
	writer_init(&writer, text, sizeof(text));
	identity_put_hosts(&writer, X60 "abcd");
	assert_false(writer_failed(&writer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_d42_names_of_the_network),
		cmocka_unit_test(test_names_of_macs),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_that_are_made),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
