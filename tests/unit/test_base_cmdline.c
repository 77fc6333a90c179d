/*
 * base/cmdline.c: P18, the kernel's own rules for its command line. They are
 * told a second time here, in other words, and both are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cmdline.h"

static uint8_t *block(const void *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

/* --- the rules once more --- */

static bool is_blank(char c)
{
	/* What lib/ctype.c marks as space. */
	return c != '\0' && strchr(" \t\n\v\f\r\xa0", c);
}

/*
 * The word at the start of TEXT, which does not begin with a blank, and how
 * many bytes of TEXT it takes:
 *  - a '"' that opens the word is not part of it;
 *  - it ends at the first blank after an even number of quotes;
 *  - the value begins behind the first '=' that is not the word's first
 *    byte, and there is none without it;
 *  - a '"' that opens the value is not part of it;
 *  - one '"' that ends the word is not part of it if either was opened by
 *    one;
 *  - all other quotes stay, and nothing escapes them.
 */
static size_t take(const char *text, struct cmdline_word *ret_word)
{
	size_t opened = text[0] == '"' ? 1 : 0, n_quotes = opened;
	const char *word = text + opened, *end, *equals = NULL, *last;
	bool value_opened = false;

	for (end = word; *end; end++) {
		if (is_blank(*end) && n_quotes % 2 == 0)
			break;
		if (*end == '"')
			n_quotes++;
		if (*end == '=' && end > word && !equals)
			equals = end;
	}
	last = end;
	if (equals && equals + 1 < end && equals[1] == '"')
		value_opened = true;
	if ((opened || value_opened) && end > word && end[-1] == '"')
		last--;
	*ret_word = (struct cmdline_word){ .has_value = equals != NULL };
	ret_word->name.data = (const uint8_t *)word;
	ret_word->name.len = (size_t)((equals ? equals : last) - word);
	if (equals) {
		const char *value = equals + 1 + value_opened;

		ret_word->value.data = (const uint8_t *)value;
		ret_word->value.len = value < last ? (size_t)(last - value) : 0;
	}
	return (size_t)(end - text);
}

/* Both go through TEXT and have to see the same words. */
static void compare(const char *text)
{
	size_t len = strlen(text);
	uint8_t *copy = block(text, len);
	struct reader reader;

	reader_init(&reader, copy, len);
	for (;;) {
		struct cmdline_word word, wanted;
		bool more;

		while (is_blank(*text))
			text++;
		more = *text != '\0';
		if (more) {
			text += take(text, &wanted);
			if (!wanted.has_value && span_is(wanted.name, "--"))
				more = false;
		}
		assert_int_equal(cmdline_next(&reader, &word), more);
		assert_false(reader_failed(&reader));
		if (!more)
			break;
		assert_int_equal(word.has_value, wanted.has_value);
		assert_true(span_equal(word.name, wanted.name));
		assert_true(span_equal(word.value, wanted.value));
	}
	free(copy);
}

/* --- words written out --- */

/* Names and values of all words: "name=[value] name ...". */
static void expect(const char *text, const char *wanted)
{
	size_t len = strlen(text), at = 0, n_words = 0;
	uint8_t *copy = block(text, len);
	struct cmdline_word word;
	struct reader reader;
	char seen[256];

	compare(text);
	reader_init(&reader, copy, len);
	while (cmdline_next(&reader, &word)) {
		assert_true(word.name.len + word.value.len + 5 <
			    sizeof(seen) - at);
		if (n_words++ > 0)
			seen[at++] = ' ';
		memcpy(seen + at, word.name.data, word.name.len);
		at += word.name.len;
		if (!word.has_value) {
			assert_int_equal(word.value.len, 0);
			continue;
		}
		memcpy(seen + at, "=[", 2);
		at += 2;
		if (word.value.len > 0)
			memcpy(seen + at, word.value.data, word.value.len);
		at += word.value.len;
		seen[at++] = ']';
	}
	seen[at] = '\0';
	assert_string_equal(seen, wanted);
	free(copy);
}

static void test_p18_nothing(void **state)
{
	struct cmdline_word word;
	struct reader reader;

	(void)state;
	reader_init(&reader, NULL, 0);
	assert_false(cmdline_next(&reader, &word));
	assert_false(cmdline_next(&reader, &word));
	expect("", "");
	expect(" \t\n\v\f\r\xa0", "");
	expect("\n", "");
}

static void test_p18_words(void **state)
{
	(void)state;
	expect("quiet", "quiet");
	expect("  a\tb\n", "a b");
	expect("a=b c= d=e=f", "a=[b] c=[] d=[e=f]");
	expect("=a", "=a");
	expect("=a=b", "=a=[b]");
	expect("==", "==[]");
	expect("=", "=");
	/* The blanks of the kernel, one of them Latin-1's. */
	expect("a\vb\fc\rd\xa0"
	       "e",
	       "a b c d e");
	expect("a\xc2\xa0"
	       "b",
	       "a\xc2 b");
	expect("a\x85"
	       "b\x1c"
	       "c",
	       "a\x85"
	       "b\x1c"
	       "c");
}

static void test_p18_quotes(void **state)
{
	(void)state;
	expect("a=\"b c\" d", "a=[b c] d");
	expect("\"a=b c\" d", "a=[b c] d");
	expect("\"a b\" c", "a b c");
	expect("a=\"\" b", "a=[] b");
	expect("\"\" b", " b");
	expect("\"", "");
	expect("\"\"", "");
	expect("\" \" b", "  b");
	/* Not opened by one: it stays. */
	expect("a=b\" c\"", "a=[b\" c\"]");
	expect("a\"b c\"=d e", "a\"b c\"=[d] e");
	expect("a\" \" b", "a\" \" b");
	/* Never closed: all the rest. */
	expect("a=\"b c d", "a=[b c d]");
	expect("\"a=b c d", "a=[b c d]");
	expect("a=\"", "a=[]");
	expect("\"a=\"", "a=[]");
	/* Closed before the end. */
	expect("a=\"b\"c d", "a=[b\"c] d");
	expect("a=\"b\"\"c d\" e", "a=[b\"\"c d] e");
	/* Nothing escapes. */
	expect("a=\"b\\\" c\"", "a=[b\\] c\"");
}

/* One quote ends both the word and its value: only one is dropped. */
static void test_p18_one_closing_quote_is_dropped(void **state)
{
	(void)state;
	expect("\"a=\"b\"\"", "a=[b\"]");
	expect("\"a=\"b\"", "a=[b]");
	expect("a=\"b\"\"", "a=[b\"]");
	expect("\"a=\"\"", "a=[]");
	expect("\"a=\"\"\"", "a=[\"]");
	expect("\"a\"\"", "a\"");
}

static void test_p18_double_dash(void **state)
{
	(void)state;
	expect("a -- b=c", "a");
	expect("--", "");
	expect("a --\n", "a");
	expect("a -- -- b", "a");
	expect("--a ---b - --=c d", "--a ---b - --=[c] d");
	expect("a=-- b", "a=[--] b");
	expect("-- a=\"b", "");
	/* Quoted, it is the same word to the kernel. */
	expect("a \"--\" b", "a");
	expect("a \"--", "a");
	expect("a \"-- b\"", "a -- b");
	expect("a \"-- \" b", "a --  b");
}

static void test_p18_4096_bytes(void **state)
{
	char *text = malloc(CMDLINE_MAX + 1);
	struct cmdline_word word;
	struct reader reader;
	uint8_t *copy;

	(void)state;
	assert_non_null(text);
	text[CMDLINE_MAX] = '\0';
	memset(text, 'x', CMDLINE_MAX);
	compare(text);
	memset(text, '"', CMDLINE_MAX);
	compare(text);
	memset(text, ' ', CMDLINE_MAX);
	compare(text);
	memset(text, '=', CMDLINE_MAX);
	compare(text);
	for (size_t i = 0; i < CMDLINE_MAX; i++)
		text[i] = i % 2 ? ' ' : 'x';
	compare(text);

	/* The last word ends with the last byte. */
	memset(text, ' ', CMDLINE_MAX);
	memcpy(text + CMDLINE_MAX - 5, "a=\"b\"", 5);
	compare(text);
	copy = block(text, CMDLINE_MAX);
	reader_init(&reader, copy, CMDLINE_MAX);
	assert_true(cmdline_next(&reader, &word));
	assert_true(span_is(word.value, "b"));
	assert_false(cmdline_next(&reader, &word));
	free(copy);
	free(text);
}

/* All strings of up to six bytes of the ones that mean something. */
static void test_p18_all_short_lines(void **state)
{
	static const char bytes[] = "\"= a-\\";
	const size_t n = sizeof(bytes) - 1;
	size_t count = 1;

	(void)state;
	for (size_t len = 1; len <= 6; len++) {
		count *= n;
		for (size_t i = 0; i < count; i++) {
			char text[8] = "";
			size_t rest = i;

			for (size_t k = 0; k < len; k++, rest /= n)
				text[k] = bytes[rest % n];
			compare(text);
		}
	}
}

static void test_p18_random_lines(void **state)
{
	static const char bytes[] = "\"\"\"===    --abc.\t\n\v\xa0\\'\x01";
	uint64_t seed = 18;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		char text[65];
		size_t len;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		len = seed >> 33 & 63;
		for (size_t k = 0; k < len; k++) {
			seed = seed * 6364136223846793005u +
			       1442695040888963407u;
			text[k] = bytes[(seed >> 33) % (sizeof(bytes) - 1)];
		}
		text[len] = '\0';
		compare(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p18_nothing),
		cmocka_unit_test(test_p18_words),
		cmocka_unit_test(test_p18_quotes),
		cmocka_unit_test(test_p18_one_closing_quote_is_dropped),
		cmocka_unit_test(test_p18_double_dash),
		cmocka_unit_test(test_p18_4096_bytes),
		cmocka_unit_test(test_p18_all_short_lines),
		cmocka_unit_test(test_p18_random_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
