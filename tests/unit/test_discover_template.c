/* discover/template.c: the templates of --format. */
#include <errno.h>

#include "base/text.h"
#include "discover/template.h"
#include "tests/unit/test_discover_service_of.h"

#define TXT "\12arch=amd64\4flag\3A=2\5k\n=\1x"

static char text[4096];

static const char *fill(const char *pattern, const struct service *service,
			bool is_raw)
{
	const struct template_context context = {
		.event = "changed",
		.asked = "_x._tcp",
		.is_raw = is_raw,
	};
	struct template template;
	struct writer writer;
	size_t position;

	assert_int_equal(template_parse(span_of(pattern), &template, &position),
			 0);
	writer_init(&writer, text, sizeof(text));
	template_put(&writer, &template, &context, service);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const struct {
	const char *pattern, *text;
} fields[] = {
	{ "%i", "one\n" },
	{ "%u", "http://10.0.0.1:8080\n" },
	{ "%h %a %p", "box.local 10.0.0.1 8080\n" },
	{ "%t|%d", "_ipp._tcp|example.com\n" },
	{ "%n,%s,%H,%l", "eth0,mdns,ok,3\n" },
	{ "%m", "http://10.0.0.1:8080/manifest.json\n" },
	{ "%e", "changed\n" },
	{ "%{arch}", "amd64\n" },
	{ "%{ARCH}%{a}", "amd642\n" },
	{ "[%{flag}%{none}]", "[]\n" },
	{ "100%%", "100%\n" },
	{ "%i\\t%p\\n", "one\t8080\n\n" },
	{ "a\\\\b", "a\\b\n" },
	{ "%%%i%%%%i", "%one%%i\n" },
	{ "", "\n" },
	{ "plain", "plain\n" },
};

static void test_fields(void **state)
{
	struct service service = MAKE("one", TXT);
	struct dns_name type = name_of("_ipp._tcp.example.com");

	(void)state;
	service.type = &type;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		assert_string_equal(fill(fields[i].pattern, &service, true),
				    fields[i].text);
	service.type = NULL;
	service.port = 0;
	service.health = SERVICE_UNREACHABLE;
	service.n_addresses = 0;
	assert_string_equal(fill("%t,%d,%p,%l,%a,%H", &service, true),
			    "_x._tcp,,,,,unreachable\n");
}

/* For xargs -0: \0 ends a line in the newline's place. */
static void test_nul(void **state)
{
	struct service service = MAKE("one", "");

	(void)state;
	fill("%i\\0", &service, true);
	assert_memory_equal(text, "one\0\0", 5);
	fill("%i\\0.", &service, true);
	assert_memory_equal(text, "one\0.\n", 6);
}

static void test_m22_raw_and_escaped(void **state)
{
	struct service service = MAKE(hostile, TXT);

	(void)state;
	assert_string_equal(fill("%i", &service, false),
			    "a.b\\\\\\x1b[1m\\xff\\xe2\\x80\\xae\"\n");
	fill("%i", &service, true);
	assert_memory_equal(text, hostile, sizeof(hostile) - 1);
	assert_string_equal(fill("%{k\n}", &service, false), "\\x01x\n");
	assert_string_equal(fill("%{k\n}", &service, true), "\001x\n");
}

static const struct {
	const char *pattern;
	size_t position;
} bad[] = {
	{ "%", 0 },	  { "%i%", 2 },	     { "%z", 0 },  { "ab%{", 2 },
	{ "%{key", 0 },	  { "%{}", 0 },	     { "x\\", 1 }, { "x\\q", 1 },
	{ "%i %h\\", 5 }, { "%%%", 2 },	     { "%I", 0 },  { "%\n", 0 },
	{ "%{a}%{b", 4 }, { "\\n\\n\\", 4 }, { "% i", 0 },
};

static void test_bad(void **state)
{
	struct template template = { .n_pieces = 99 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		size_t position = 77;

		assert_int_equal(template_parse(span_of(bad[i].pattern),
						&template, &position),
				 -EBADMSG);
		if (position != bad[i].position)
			fail_msg("%s: %zu", bad[i].pattern, position);
	}
	assert_int_equal(template.n_pieces, 99);
}

static void test_too_many_pieces(void **state)
{
	char pattern[2 * TEMPLATE_PIECES_MAX + 3] = "";
	struct template template;
	size_t position;

	(void)state;
	for (unsigned int i = 0; i < TEMPLATE_PIECES_MAX; i++)
		strcat(pattern, "%i");
	assert_int_equal(template_parse(span_of(pattern), &template, &position),
			 0);
	strcat(pattern, "x");
	assert_int_equal(template_parse(span_of(pattern), &template, &position),
			 -ENOBUFS);
	assert_int_equal(position, 2 * TEMPLATE_PIECES_MAX);
}

/* Cut anywhere, in a block of exactly that size: parsed, or refused at a
 * byte that is there. */
static void test_cut_anywhere(void **state)
{
	static const char whole[] = "%{arch}\\t%i%%\\0%{k}x\\\\%u\\n%e";
	struct service service = longest();

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		const struct template_context context = { "service", "x",
							  len % 2 };
		uint8_t *block = malloc(len > 0 ? len : 1);
		static uint8_t line[12288];
		struct template template;
		struct writer writer;
		size_t position = len;
		int r;

		assert_non_null(block);
		memcpy(block, whole, len);
		r = template_parse((struct span){ block, len }, &template,
				   &position);
		writer_init(&writer, line, sizeof(line));
		if (r == 0)
			template_put(&writer, &template, &context, &service);
		else
			assert_true(r == -EBADMSG && position < len);
		assert_false(writer_failed(&writer));
		free(block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_m22_raw_and_escaped),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_many_pieces),
		cmocka_unit_test(test_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
