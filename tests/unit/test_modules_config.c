/* modules/config.c: what modprobe.d says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "modules/config.h"

static char result[512];

static struct span heap(const void *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return (struct span){ copy, len };
}

static struct span text(const char *string)
{
	return heap(string, strlen(string));
}

static void drop(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

static void start(struct modules_config *config, const char *first,
		  const char *second)
{
	*config = (struct modules_config){
		.n_files = 2,
		.files = { text(first), text(second) },
	};
}

static void stop(struct modules_config *config)
{
	drop(config->files[0]);
	drop(config->files[1]);
}

static const char *unwrap(const char *string)
{
	size_t len = strlen(string);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, string, len);
	modules_config_unwrap(copy, len);
	memcpy(result, copy, len);
	result[len] = '\0';
	free(copy);
	return result;
}

static void test_lines_are_joined(void **state)
{
	(void)state;
	assert_string_equal(unwrap(""), "");
	assert_string_equal(unwrap("a b\nc\n"), "a b\nc\n");
	/* The rest keeps its number, and the whole its length. */
	assert_string_equal(unwrap("a\\\nb\nc\n"), "ab\n\nc\n\n");
	assert_string_equal(unwrap("a \\\n\\\n b\nc"), "a  b\n\n\nc\n\n");
	assert_string_equal(unwrap("# a\\\nb"), "# ab\n\n");
	assert_string_equal(unwrap("a\\\r\nb\r\nc"), "ab\r\n\nc\n\n");
	/* Elsewhere it is dropped, as modprobe does it. */
	assert_string_equal(unwrap("a\\b\\\\c\n"), "ab\\c\n\n\n");
	assert_string_equal(unwrap("a\\"), "a\\");
	assert_string_equal(unwrap("\\"), "\\");
	assert_string_equal(unwrap("a\\\n"), "a\n\n");
	assert_string_equal(unwrap("a\\\r"), "a\r\n");
}

static void test_lines_are_told_apart(void **state)
{
	static const char lines[] = "# comment\n"
				    "\n"
				    "  alias a* b\n"
				    "blacklist x\r\n"
				    "options y a=1  b=\"c d\"\t\n"
				    "softdep z pre: a\n"
				    "weakdep w a b\n"
				    "install i /bin/true\n"
				    "remove r /bin/true\n"
				    "# another\n"
				    "include d\n"
				    "alias a\n"
				    "alias\n"
				    "blacklist\n"
				    "options y\n"
				    "softdep y\n"
				    "options z a=\0b=1\n"
				    "Blacklist x\n"
				    "blacklist end";
	static const struct {
		enum modules_directive directive;
		unsigned int number;
		const char *name, *rest;
	} expected[] = {
		{ MODULES_DIRECTIVE_ALIAS, 3, "a*", "b" },
		{ MODULES_DIRECTIVE_BLACKLIST, 4, "x", "" },
		{ MODULES_DIRECTIVE_OPTIONS, 5, "y", "a=1  b=\"c d\"" },
		{ MODULES_DIRECTIVE_SOFTDEP, 6, "z", "pre: a" },
		{ MODULES_DIRECTIVE_WEAKDEP, 7, "w", "a b" },
		{ MODULES_DIRECTIVE_INSTALL, 8, "i", "/bin/true" },
		{ MODULES_DIRECTIVE_REMOVE, 9, "r", "/bin/true" },
		{ MODULES_DIRECTIVE_BAD, 11, "d", "" },
		{ MODULES_DIRECTIVE_BAD, 12, "a", "" },
		{ MODULES_DIRECTIVE_BAD, 13, "", "" },
		{ MODULES_DIRECTIVE_BAD, 14, "", "" },
		{ MODULES_DIRECTIVE_BAD, 15, "y", "" },
		{ MODULES_DIRECTIVE_BAD, 16, "y", "" },
		{ MODULES_DIRECTIVE_BAD, 17, "z", NULL },
		{ MODULES_DIRECTIVE_BAD, 18, "x", "" },
		{ MODULES_DIRECTIVE_BLACKLIST, 19, "end", "" },
	};
	struct span file = heap(lines, sizeof(lines) - 1);
	struct modules_line line;
	unsigned int number = 0;
	struct reader reader;

	(void)state;
	reader_from_span(&reader, file);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_true(modules_config_next(&reader, &number, &line));
		assert_int_equal(line.directive, expected[i].directive);
		assert_int_equal(number, expected[i].number);
		assert_true(span_is(line.name, expected[i].name));
		if (expected[i].rest)
			assert_true(span_is(line.rest, expected[i].rest));
	}
	assert_false(modules_config_next(&reader, &number, &line));
	drop(file);
}

static const char *options(const struct modules_config *config,
			   const char *before, const char *name)
{
	struct writer writer;

	writer_init(&writer, result, sizeof(result) - 1);
	text_put(&writer, before);
	modules_config_put_options(config, span_of(name), &writer);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static void test_options(void **state)
{
	struct modules_config config;

	(void)state;
	start(&config, "options virtio-net a=1 b\noptions e1000 c=2\n",
	      "options virtio_net\ta=\"x\ty\"\r\noptions virtio_net\n"
	      "options virtio* d=1\nblacklist virtio_net\n");
	assert_string_equal(options(&config, "", "virtio_net"),
			    "a=1 b a=\"x y\"");
	assert_string_equal(options(&config, "z=1", "e1000"), "z=1 c=2");
	assert_string_equal(options(&config, "", "virtio"), "");
	stop(&config);
}

static void test_blacklists(void **state)
{
	struct modules_config config;

	(void)state;
	start(&config, "blacklist a-b trailing words\n#blacklist c\n",
	      "  blacklist\td\r\nblacklist e*\n");
	assert_true(modules_config_forbids(&config, span_of("a_b")));
	assert_true(modules_config_forbids(&config, span_of("d")));
	assert_false(modules_config_forbids(&config, span_of("c")));
	assert_false(modules_config_forbids(&config, span_of("e1")));
	assert_false(modules_config_forbids(&config, span_of("")));
	stop(&config);
}

static const char *aliases(const struct modules_config *config,
			   const char *name)
{
	struct modules_config_aliases all;
	struct span module;

	result[0] = '\0';
	modules_config_aliases(&all, config, span_of(name));
	while (modules_config_next_alias(&all, &module)) {
		strncat(result, (const char *)module.data, module.len);
		strcat(result, " ");
	}
	return result;
}

static void test_aliases(void **state)
{
	struct modules_config config;

	(void)state;
	start(&config, "alias eth[0-9] first\nalias net-pf-17 af_packet x\n",
	      "alias eth0 second\r\nalias pci:v*sv* third\n");
	assert_string_equal(aliases(&config, "eth0"), "first second ");
	assert_string_equal(aliases(&config, "eth1"), "first ");
	assert_string_equal(aliases(&config, "net_pf-17"), "af_packet ");
	assert_string_equal(aliases(&config, "pci:v1sv2"), "third ");
	assert_string_equal(aliases(&config, "eth"), "");
	stop(&config);
	config.n_files = 0;
	assert_string_equal(aliases(&config, "eth0"), "");
}

static void test_p14_lines_of_one_mebibyte(void **state)
{
	const size_t len = 1024 * 1024;
	char *line = malloc(len + 32);
	struct modules_config config;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', len);
	memcpy(line, "blacklist ", 10);
	strcpy(line + len, "\nblacklist a\nblacklist ");
	start(&config, "# nothing\n", line);
	assert_true(modules_config_forbids(&config, span_of("a")));
	assert_false(modules_config_forbids(&config, span_of("x")));
	stop(&config);
	/* One of nothing but ends of lines that are none. */
	for (size_t i = 0; i < len; i++)
		line[i] = i % 2 ? '\n' : '\\';
	modules_config_unwrap((uint8_t *)line, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(line[i], '\n');
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_joined),
		cmocka_unit_test(test_lines_are_told_apart),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_blacklists),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_p14_lines_of_one_mebibyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
