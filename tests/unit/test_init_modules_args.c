/* init/modules_args.c: the arguments of phase-modules. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "init/modules_args.h"

#define WORDS_MAX 8

static struct modules_args args;
static char *words[WORDS_MAX + 1];
static char reason[256];

/* Parses LINE, cut at blanks, each word in a block of its own size. */
static int parse(const char *line)
{
	char *copies[WORDS_MAX];
	struct reader reader;
	struct writer writer;
	size_t n = 0;
	int r;

	reader_from_span(&reader, span_of(line));
	for (;;) {
		struct span word = reader_word(&reader);

		if (word.len == 0)
			break;
		assert_true(n < WORDS_MAX);
		copies[n] = malloc(word.len + 1);
		assert_non_null(copies[n]);
		assert_int_equal(text_copy(copies[n], word.len + 1, word), 0);
		words[n] = copies[n];
		n++;
	}
	words[n] = NULL;
	memset(&args, 0x55, sizeof(args));
	writer_init(&writer, reason, sizeof(reason));
	r = modules_args_parse(words, &args, &writer);
	text_end(&writer);
	/* What the result points to is compared as long as it is there. */
	if (r == 0 && args.root)
		assert_string_equal(args.root, "/tree");
	if (r == 0 && args.n_names > 0)
		assert_string_equal(words[0], "first");
	while (n > 0)
		free(copies[--n]);
	return r;
}

static void test_actions(void **state)
{
	(void)state;
	assert_int_equal(parse("first second"), 0);
	assert_int_equal(args.action, MODULES_ACTION_LOAD);
	assert_int_equal(args.n_names, 2);
	assert_null(args.root);
	assert_null(args.release);
	assert_null(args.cmdline);
	assert_false(args.json || args.quiet || args.verbose);
	assert_false(args.no_config);
	assert_int_equal(parse("-D first"), 0);
	assert_int_equal(args.action, MODULES_ACTION_SHOW);
	assert_int_equal(parse("--resolve first"), 0);
	assert_int_equal(args.action, MODULES_ACTION_RESOLVE);
	assert_int_equal(parse("-q -v first"), 0);
	assert_true(args.quiet && args.verbose);
	/* They need no name, and what follows does not matter. */
	assert_int_equal(parse("--help --nonsense"), 0);
	assert_int_equal(args.action, MODULES_ACTION_HELP);
	assert_int_equal(parse("-V"), 0);
	assert_int_equal(args.action, MODULES_ACTION_VERSION);
}

static void test_names_anywhere(void **state)
{
	(void)state;
	assert_int_equal(parse("first -D --root /tree - --json"), 0);
	assert_int_equal(args.n_names, 2);
	assert_true(args.json);
	assert_int_equal(parse("-D --root=/tree -S 6.12 -- first -x"), 0);
	assert_int_equal(args.n_names, 2);
	assert_int_equal(parse("-D first --no-config --cmdline="), 0);
	assert_true(args.no_config);
	assert_non_null(args.cmdline);
}

static void expect_refused(const char *line, const char *why)
{
	struct modules_args before;

	assert_int_equal(parse(line), -EINVAL);
	assert_string_equal(reason, why);
	/* Untouched on failure. */
	memset(&before, 0x55, sizeof(before));
	assert_memory_equal(&args, &before, sizeof(args));
}

static void test_wrong_usage(void **state)
{
	(void)state;
	expect_refused("", "which modules?");
	expect_refused("-D", "which modules?");
	expect_refused("--nonsense first", "--nonsense: no such option");
	expect_refused("-Dq first", "-Dq: no such option");
	expect_refused("first --root", "--root: needs a value");
	expect_refused("--json=yes first", "--json: takes no value");
	expect_refused("--json first",
		       "--json: only with --show-depends or --resolve");
	assert_int_equal(parse("-S 6.12 first"), -EINVAL);
	assert_int_equal(parse("-d /tree first"), -EINVAL);
	expect_refused("--\x1b[31m", "--\\x1b[31m: no such option");
}

static void test_help(void **state)
{
	static char buffer[4096];
	struct writer writer;

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	modules_args_put_help(&writer);
	assert_false(writer_failed(&writer));
	assert_non_null(strstr(text_end(&writer), "--show-depends"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_names_anywhere),
		cmocka_unit_test(test_wrong_usage),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
