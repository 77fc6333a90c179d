/* init/report_view.c and report_table.c: reports that are shown, and texts
 * that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/report_view.h"

static struct report_view view;
static uint8_t *block; /* the text, which the view points into */
static char shown[65536];

static int parse(const char *text)
{
	size_t len = strlen(text);

	free(block);
	block = malloc(len > 0 ? len : 1);
	assert_non_null(block);
	memcpy(block, text, len);
	return report_view_parse(&view, (struct span){ block, len });
}

static int teardown(void **state UNUSED)
{
	free(block);
	block = NULL;
	return 0;
}

static const char *show(unsigned int width, bool blame, bool colour)
{
	struct writer writer;

	report_view_layout(&view, width, blame);
	writer_init(&writer, shown, sizeof(shown));
	report_view_put_head(&writer, &view);
	for (unsigned int i = 0; i < view.n_rows; i++)
		report_view_put_row(&writer, &view, i, colour);
	for (unsigned int i = 0; i < view.n_unserved; i++)
		report_view_put_unserved(&writer, &view, i);
	for (unsigned int i = 0; i < view.n_messages; i++)
		report_view_put_message(&writer, &view, i);
	report_view_put_dropped(&writer, &view);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

#define ABOUT                                                                  \
	"{\"schema\":1,\"version\":\"0.1\",\"kernel\":\"6.12\","               \
	"\"machine\":\"aarch64\",\"written_ns\":9000"

static const char whole[] = ABOUT
	",\"future\":{\"x\":[1]},\"events\":["
	"{\"kind\":\"kernel\",\"name\":\"kernel\",\"start_ns\":0,"
	"\"end_ns\":1000000000},"
	"{\"kind\":\"init\",\"name\":\"init\",\"start_ns\":1000000000,"
	"\"end_ns\":1100000000,\"future\":null},"
	"{\"kind\":\"mount\",\"name\":\"/proc\",\"start_ns\":1000000000,"
	"\"end_ns\":1010000000,\"error\":\"No such device\"},"
	"{\"kind\":\"module\",\"name\":\"e1000\",\"start_ns\":1010000000,"
	"\"end_ns\":1050000000,\"error\":\"ENODEV\"},"
	"{\"kind\":\"nic\",\"name\":\"eth0\",\"step\":\"link\","
	"\"start_ns\":1050000000,\"end_ns\":1050000000},"
	"{\"kind\":\"nic\",\"name\":\"eth1\",\"step\":\"link\","
	"\"start_ns\":1060000000,\"end_ns\":1060000000},"
	"{\"kind\":\"nic\",\"name\":\"eth0\",\"step\":\"lease\","
	"\"start_ns\":1070000000,\"end_ns\":1070000000,"
	"\"detail\":\"10.0.2.15/24\"},"
	"{\"kind\":\"discovery\",\"name\":\"phase-discover\","
	"\"start_ns\":1080000000,\"end_ns\":null},"
	"{\"kind\":\"shell\",\"name\":\"shell on ttyS0\","
	"\"start_ns\":1100000000,\"end_ns\":1100000000},"
	"{\"kind\":\"end\",\"name\":\"\\u001b[2J\",\"start_ns\":2000000000,"
	"\"end_ns\":2000000000}],"
	"\"unserved\":[{\"alias\":\"pci:v1\",\"count\":2},"
	"{\"alias\":\"a\\u0007\",\"count\":1}],"
	"\"messages\":[{\"at_ns\":1070000000,\"level\":\"warning\","
	"\"text\":\"no \\u202eluck\"}],"
	"\"dropped\":{\"events\":1,\"unserved\":0,\"messages\":2,"
	"\"records\":0}}\n";

static const char table[] =
	"Phase Boot 0.1, Linux 6.12 on aarch64\n"
	"Shell after 1.1s: kernel 1s, userland 100ms\n"
	"\n"
	" START/ms   TOOK/ms  WHAT\n"
	"      0.0    1000.0  kernel\n"
	"   1000.0     100.0  init                         ===============\n"
	"   1000.0      10.0  mount /proc                  ##\n"
	"                     failed: No such device\n"
	"   1010.0      40.0  module e1000                  #######\n"
	"                     failed: no such device (ENODEV)\n"
	"   1050.0            nic eth0 link                       |\n"
	"   1060.0            nic eth1 link                        |\n"
	"   1050.0      20.0  nic eth0 lease 10.0.2.15/24         ----\n"
	"   1080.0            phase-discover                          --->\n"
	"   1100.0            shell on ttyS0                             |\n"
	"   2000.0            end \\x1b[2J                                >\n"
	"\n"
	"Devices that no driver is known for:\n"
	"  pci:v1  (2 of them)\n"
	"  a\\x07\n"
	"\n"
	"Messages:\n"
	"   1070.0  warning: no \\xe2\\x80\\xaeluck\n"
	"\n"
	"Not in this report, for want of room: 3\n";

static void test_table(void **state UNUSED)
{
	assert_int_equal(parse(whole), 0);
	assert_string_equal(show(66, false, false), table);
}

static void test_blame(void **state UNUSED)
{
	assert_int_equal(parse(whole), 0);
	/* Too narrow for bars. */
	assert_non_null(strstr(show(40, true, false),
			       "TOOK/ms  WHAT\n"
			       "      0.0    1000.0  kernel\n"
			       "   1010.0      40.0  module e1000\n"
			       "                     failed: no such device "
			       "(ENODEV)\n"
			       "   1050.0      20.0  nic eth0 lease "
			       "10.0.2.15/24\n"
			       "   1000.0      10.0  mount /proc\n"));
	assert_int_equal(view.n_rows, 4);
}

static void test_colour(void **state UNUSED)
{
	assert_int_equal(parse(whole), 0);
	show(80, false, true);
	assert_non_null(strstr(shown, "\033[31m##"));
	assert_non_null(strstr(shown, "\033[36m"));
	/* The report's own escape stays one. */
	assert_null(strstr(shown, "\033[2J"));
}

/* All widths, and times that are far apart. */
static void test_extremes(void **state UNUSED)
{
	assert_int_equal(
		parse(ABOUT ",\"events\":[{\"kind\":\"x\",\"start_ns\":0,"
			    "\"end_ns\":9223372036854775807},{\"kind\":\"y\","
			    "\"start_ns\":9223372036854775807,\"end_ns\":null},"
			    "{}]}"),
		0);
	for (unsigned int width = 0; width < 300; width++) {
		show(width, false, false);
		assert_true(view.bar_width < REPORT_VIEW_WIDTH_MAX);
	}
	assert_int_equal(parse(ABOUT "}"), 0);
	assert_non_null(strstr(show(80, false, false), "WHAT\n"));
}

/* Strings of the greatest length, and of one more, in a row. */
static void test_longest_strings(void **state UNUSED)
{
	static const char *const keys[] = { "kind", "name", "step", "detail",
					    "error" };
	char *text = malloc(65536), *row = malloc(REPORT_VIEW_ROW_MAX);
	struct writer writer;

	assert_non_null(text);
	assert_non_null(row);
	for (unsigned int len = 511; len <= 513; len++) {
		strcpy(text, ABOUT ",\"events\":[{\"start_ns\":0");
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			strcat(text, ",\"");
			strcat(text, keys[i]);
			strcat(text, "\":\"");
			for (unsigned int k = 0; k < len; k++)
				strcat(text, "\\u0001");
			strcat(text, "\"");
		}
		strcat(text, "}]}");
		assert_int_equal(parse(text), 0);
		report_view_layout(&view, REPORT_VIEW_WIDTH_MAX, false);
		writer_init(&writer, row, REPORT_VIEW_ROW_MAX - 1);
		report_view_put_row(&writer, &view, 0, true);
		assert_false(writer_failed(&writer));
		assert_int_equal(strstr(text_end(&writer), "(too long)") !=
					 NULL,
				 len > 512);
	}
	free(text);
	free(row);
}

static void test_too_many(void **state UNUSED)
{
	size_t n = REPORT_EVENTS_MAX + 3;
	char *text = malloc(256 + n * 3);

	assert_non_null(text);
	strcpy(text, ABOUT ",\"events\":[{}");
	for (size_t i = 1; i < n; i++)
		strcat(text, ",{}");
	strcat(text, "]}");
	assert_int_equal(parse(text), 0);
	assert_int_equal(view.n_events, REPORT_EVENTS_MAX);
	assert_int_equal(view.dropped, 3);
	free(text);
}

static void test_refused(void **state UNUSED)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"schema\":null}x",
		"{\"schema\":\"1\"}",
		"{\"schema\":-1}",
		ABOUT,
		ABOUT ",\"events\":{}}",
		ABOUT ",\"events\":[1]}",
		ABOUT ",\"events\":[{]}",
		ABOUT ",\"events\":[{\"kind\":1}]}",
		ABOUT ",\"events\":[{\"start_ns\":\"1\"}]}",
		ABOUT ",\"events\":[{\"start_ns\":-1}]}",
		ABOUT ",\"events\":[{\"start_ns\":1.5}]}",
		ABOUT ",\"events\":[{\"start_ns\":2,\"end_ns\":1}]}",
		ABOUT ",\"events\":[{}",
		ABOUT ",\"events\":[{}]",
		ABOUT ",\"unserved\":[[]]}",
		ABOUT ",\"messages\":[{\"at_ns\":true}]}",
		ABOUT ",\"dropped\":[]}",
		ABOUT ",\"dropped\":{\"events\":9223372036854775807}}",
		ABOUT "}}",
		ABOUT "} {}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(texts[i]), -EBADMSG);
	assert_int_equal(parse("{\"schema\":2,\"events\":7}"),
			 -EPROTONOSUPPORT);
	assert_int_equal(parse("{\"schema\":0}"), -EPROTONOSUPPORT);
}

/* Every beginning of a report is none. */
static void test_cut(void **state UNUSED)
{
	char text[sizeof(whole)];

	for (size_t len = 0; len < sizeof(whole) - 2; len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		assert_int_equal(parse(text), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_table, teardown),
		cmocka_unit_test_teardown(test_blame, teardown),
		cmocka_unit_test_teardown(test_colour, teardown),
		cmocka_unit_test_teardown(test_extremes, teardown),
		cmocka_unit_test_teardown(test_longest_strings, teardown),
		cmocka_unit_test_teardown(test_too_many, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_cut, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
