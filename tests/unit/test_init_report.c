/* init/report.c and report_json.c: what is noted, in which order, what is
 * refused, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/report.h"

#define NOW 5000

static struct report report;
static char json[1024 * 1024];

static const struct report_about about = { "0.1", "6.12", "aarch64", 9000 };

/* Each part in a block of its own, of the size that is promised. */
static const char *written(void)
{
	struct report_cursor cursor = { .part = 0 };
	size_t len = 0;
	bool more;

	do {
		char *part = malloc(REPORT_PART_MAX);
		struct writer writer;

		assert_non_null(part);
		writer_init(&writer, part, REPORT_PART_MAX);
		more = report_put(&report, &about, &cursor, &writer);
		assert_false(writer_failed(&writer));
		assert_true(len + writer_len(&writer) < sizeof(json));
		memcpy(json + len, part, writer_len(&writer));
		len += writer_len(&writer);
		free(part);
	} while (more);
	json[len] = '\0';
	return json;
}

static void record(enum facts_origin origin, const char *line)
{
	size_t len = strlen(line);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, line, len);
	report_record(&report, origin, (struct span){ copy, len }, NOW);
	free(copy);
}

static int setup(void **state UNUSED)
{
	report_init(&report, 1000);
	return 0;
}

#define HEAD                                                                   \
	"{\"schema\":1,\"version\":\"0.1\",\"kernel\":\"6.12\","               \
	"\"machine\":\"aarch64\",\"written_ns\":9000,\n\"events\":["           \
	"\n{\"kind\":\"kernel\",\"name\":\"kernel\",\"start_ns\":0,"           \
	"\"end_ns\":1000},\n{\"kind\":\"init\",\"name\":\"init\","             \
	"\"start_ns\":1000,\"end_ns\":null}"
#define TAIL                                                                   \
	"],\n\"unserved\":[],\n\"messages\":[],\n\"dropped\":{\"events\":0,"   \
	"\"unserved\":0,\"messages\":0,\"records\":0}}\n"

static void test_nothing_yet(void **state UNUSED)
{
	assert_string_equal(written(), HEAD TAIL);
}

static void test_begin_and_end(void **state UNUSED)
{
	report_begin(&report, REPORT_MOUNT, "/proc", 1100);
	report_begin(&report, REPORT_MOUNT, "/sys", 1200);
	report.changed = false;
	report_end(&report, REPORT_MOUNT, "/proc", 1300, NULL);
	assert_true(report.changed);
	report_end(&report, REPORT_MOUNT, "/sys", 1400, "No such device");
	/* Neither what is over nor what never began ends. */
	report.changed = false;
	report_end(&report, REPORT_MOUNT, "/proc", 1500, "x");
	report_end(&report, REPORT_MOUNT, "/dev", 1500, "x");
	report_end(&report, REPORT_CONSOLE, "/proc", 1500, "x");
	assert_false(report.changed);
	assert_string_equal(
		written(),
		HEAD ",\n{\"kind\":\"mount\",\"name\":\"/proc\","
		     "\"start_ns\":1100,\"end_ns\":1300},\n{\"kind\":\"mount\","
		     "\"name\":\"/sys\",\"start_ns\":1200,\"end_ns\":1400,"
		     "\"error\":\"No such device\"}" TAIL);
}

static void test_what_was_there_is_not_noted_again(void **state UNUSED)
{
	report_point(&report, REPORT_SHELL, "ttyS0", 2000);
	report.changed = false;
	report_point(&report, REPORT_SHELL, "ttyS0", 3000);
	assert_false(report.changed);
	assert_int_equal(report.n_events, 3);
	report_point(&report, REPORT_SHELL, "ttyS1", 3000);
	assert_int_equal(report.n_events, 4);
	/* What failed may be tried again, */
	report_module(&report, "a-b", 3000, 3100, "ENODEV");
	report_module(&report, "a_b", 3200, 3300, NULL);
	report_module(&report, "a_b", 3400, 3500, NULL);
	assert_int_equal(report.n_events, 6);
	/* and each search counts. */
	report_begin(&report, REPORT_DISCOVERY, "d", 4000);
	report_end(&report, REPORT_DISCOVERY, "d", 4100, NULL);
	report_begin(&report, REPORT_DISCOVERY, "d", 4200);
	report_end(&report, REPORT_DISCOVERY, "d", 4300, "failed");
	assert_int_equal(report.n_events, 8);
	assert_true(report.events[6].end_ns == 4100);
	assert_true(report.events[7].end_ns == 4300);
	assert_int_equal(report.n_events_over, 0);
}

static void test_events_are_in_order_of_their_start(void **state UNUSED)
{
	static const int64_t starts[] = { 3000, 1000, 2000, 0, 2000, 4000 };
	char name[8];

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		snprintf(name, sizeof(name), "m%zu", i);
		report_module(&report, name, starts[i], NOW, NULL);
	}
	for (unsigned int i = 1; i < report.n_events; i++)
		assert_true(report.events[i - 1].start_ns <=
			    report.events[i].start_ns);
	/* Of the same time, the first told is the first. */
	assert_string_equal(report.text + report.events[0].name, "kernel");
	assert_string_equal(report.text + report.events[4].name, "m2");
	assert_string_equal(report.text + report.events[5].name, "m4");
}

static void test_steps(void **state UNUSED)
{
	record(FACTS_FROM_NET, "step interface=eth0 name=link at=2000");
	record(FACTS_FROM_NET, "step interface=eth0 name=offer at=3000");
	record(FACTS_FROM_NET, "step interface=eth1 name=link at=2500");
	record(FACTS_FROM_NET, "lease interface=eth0 address=10.0.2.15 "
			       "prefix=24 router=10.0.2.2");
	/* Each once; from the future is now; unknown is skipped. */
	record(FACTS_FROM_NET, "step interface=eth0 name=link at=4000");
	record(FACTS_FROM_NET, "step interface=eth1 name=up at=9999");
	record(FACTS_FROM_NET, "step interface=eth1 name=dance at=1");
	assert_int_equal(report.n_malformed, 0);
	assert_string_equal(
		written(),
		HEAD ",\n{\"kind\":\"nic\",\"name\":\"eth0\",\"step\":\"link\","
		     "\"start_ns\":2000,\"end_ns\":2000},\n{\"kind\":\"nic\","
		     "\"name\":\"eth1\",\"step\":\"link\",\"start_ns\":2500,"
		     "\"end_ns\":2500},\n{\"kind\":\"nic\",\"name\":\"eth0\","
		     "\"step\":\"offer\",\"start_ns\":3000,\"end_ns\":3000},\n"
		     "{\"kind\":\"nic\",\"name\":\"eth0\",\"step\":\"lease\","
		     "\"start_ns\":5000,\"end_ns\":5000,"
		     "\"detail\":\"10.0.2.15/24\"},\n{\"kind\":\"nic\","
		     "\"name\":\"eth1\",\"step\":\"up\",\"start_ns\":5000,"
		     "\"end_ns\":5000}" TAIL);
}

static void test_modules(void **state UNUSED)
{
	record(FACTS_FROM_DRIVERS,
	       "module name=virtio-net start=2000 end=2100");
	record(FACTS_FROM_DRIVERS,
	       "module name=e1000 start=2100 end=2200 error=ENODEV");
	report_begin(&report, REPORT_COLDPLUG, "devices", 1500);
	record(FACTS_FROM_DRIVERS, "coldplugged modules=1 failed=1");
	assert_int_equal(report.n_events, 5);
	assert_string_equal(report.text + report.events[3].name, "virtio_net");
	assert_int_equal(report.events[3].error, 0);
	assert_string_equal(report.text + report.events[4].error, "ENODEV");
	assert_true(report.events[2].end_ns == NOW);
}

static void test_unserved_and_messages(void **state UNUSED)
{
	record(FACTS_FROM_DRIVERS, "unserved alias=pci:v1 count=2");
	record(FACTS_FROM_DRIVERS, "unserved alias=acpi:X%22");
	record(FACTS_FROM_DRIVERS, "unserved alias=pci:v1 count=3");
	record(FACTS_FROM_NET, "trouble interface=eth0 text=no%20luck");
	report_message(&report, LOG_LEVEL_ERROR, "a\033[1m", 2000);
	report_message(&report, LOG_LEVEL_NOTICE, "not kept", 2000);
	assert_string_equal(
		written(),
		HEAD "],\n\"unserved\":[\n{\"alias\":\"pci:v1\",\"count\":3},\n"
		     "{\"alias\":\"acpi:X\\\"\",\"count\":1}],\n\"messages\":["
		     "\n{\"at_ns\":5000,\"level\":\"warning\","
		     "\"text\":\"eth0: no luck\"},\n{\"at_ns\":2000,"
		     "\"level\":\"error\",\"text\":\"a\\u001b[1m\"}],\n"
		     "\"dropped\":{\"events\":0,\"unserved\":0,\"messages\":0,"
		     "\"records\":0}}\n");
}

static void test_providers(void **state UNUSED)
{
	record(FACTS_FROM_DISCOVER, "service url=http://a health=unknown");
	report_record(&report, FACTS_FROM_DISCOVER,
		      span_of("service url=http://a health=ok"), 6000);
	report.changed = false;
	report_record(&report, FACTS_FROM_DISCOVER,
		      span_of("service url=http://a health=ok"), 7000);
	assert_false(report.changed);
	record(FACTS_FROM_DISCOVER, "service instance=box");
	assert_int_equal(report.n_events, 4);
	assert_string_equal(report.text + report.events[2].detail, "ok");
	assert_true(report.events[2].start_ns == NOW);
	assert_true(report.events[2].end_ns == 6000);
}

/* However many there are, there is room for the rest of the boot. */
static void test_m19_many_providers(void **state UNUSED)
{
	char line[64];

	for (int i = 0; i < 10000; i++) {
		sprintf(line, "service url=http://%d health=ok", i);
		record(FACTS_FROM_DISCOVER, line);
	}
	assert_int_equal(report.n_events, 2 + REPORT_PROVIDERS_MAX);
	assert_int_equal(report.n_events_over, 10000 - REPORT_PROVIDERS_MAX);
	/* Those that are in it still change. */
	record(FACTS_FROM_DISCOVER, "changed url=http://7 health=unreachable");
	assert_string_equal(report.text + report.events[9].detail,
			    "unreachable");
}

/* A child speaks of its own only, and nonsense changes nothing. */
static void test_refused(void **state UNUSED)
{
	static const struct {
		enum facts_origin origin;
		const char *line;
	} foreign[] = {
		{ FACTS_FROM_NET, "module name=x start=1 end=2" },
		{ FACTS_FROM_NET, "unserved alias=x" },
		{ FACTS_FROM_NET, "service url=http://x" },
		{ FACTS_FROM_DRIVERS, "step interface=eth0 name=up at=1" },
		{ FACTS_FROM_DRIVERS, "trouble interface=eth0 text=x" },
		{ FACTS_FROM_DISCOVER, "lease interface=e address=1.2.3.4 "
				       "prefix=8" },
		{ FACTS_FROM_NET, "unheard-of x=y" },
	}, malformed[] = {
		{ FACTS_FROM_NET, "" },
		{ FACTS_FROM_NET, "STEP" },
		{ FACTS_FROM_NET, "step interface=eth0 name=up" },
		{ FACTS_FROM_NET, "step interface=eth0 name=up at=x" },
		{ FACTS_FROM_NET, "step interface= name=up at=1" },
		{ FACTS_FROM_NET, "step name=up at=1" },
		{ FACTS_FROM_NET, "step interface=eth0 name=up "
				  "at=9223372036854775808" },
		{ FACTS_FROM_NET, "lease interface=eth0 address=1 prefix=8" },
		{ FACTS_FROM_NET, "trouble interface=eth0" },
		{ FACTS_FROM_DRIVERS, "module name=x start=2 end=1" },
		{ FACTS_FROM_DRIVERS, "module start=1 end=1" },
		{ FACTS_FROM_DRIVERS, "module name=x end=1" },
		{ FACTS_FROM_DRIVERS, "unserved count=1" },
		{ FACTS_FROM_DISCOVER, "service health=ok" },
	};

	report.changed = false;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		record(foreign[i].origin, foreign[i].line);
	assert_int_equal(report.n_malformed, 0);
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		record(malformed[i].origin, malformed[i].line);
		assert_int_equal(report.n_malformed, i + 1);
	}
	assert_false(report.changed);
	assert_int_equal(report.n_events, 2);
}

static void test_what_is_over_is_counted(void **state UNUSED)
{
	char line[64];

	for (unsigned int i = 0; i < REPORT_EVENTS_MAX; i++) {
		snprintf(line, sizeof(line), "module name=m%u start=%u end=%u",
			 i, 1000 + i, 1001 + i);
		record(FACTS_FROM_DRIVERS, line);
		snprintf(line, sizeof(line), "unserved alias=a%u", i);
		record(FACTS_FROM_DRIVERS, line);
		report_message(&report, LOG_LEVEL_WARNING, line, NOW);
	}
	assert_int_equal(report.n_events, REPORT_EVENTS_MAX);
	assert_int_equal(report.n_events_over, 2);
	assert_int_equal(report.n_unserved_over,
			 REPORT_EVENTS_MAX - REPORT_UNSERVED_MAX);
	assert_int_equal(report.n_messages_over,
			 REPORT_EVENTS_MAX - REPORT_MESSAGES_MAX);
	assert_non_null(strstr(written(), "\"dropped\":{\"events\":2,"
					  "\"unserved\":448,\"messages\":480,"
					  "\"records\":0}}"));
}

/* The room for strings ends before that for events does. */
static void test_text_is_over(void **state UNUSED)
{
	char name[2 * REPORT_STRING_MAX];

	memset(name, 1, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	report_begin(&report, REPORT_MOUNT, "/x", 1100);
	for (unsigned int i = 0; i < REPORT_EVENTS_MAX; i++) {
		name[0] = (char)('A' + i % 26);
		name[1] = (char)('A' + i / 26);
		report_point(&report, REPORT_PROVIDER, name, 2000 + i);
	}
	assert_true(report.n_events_over > 0);
	assert_true(report.n_events + report.n_events_over ==
		    REPORT_EVENTS_MAX + 3);
	/* A string that was cut says so. */
	assert_int_equal(strlen(report.text + report.events[3].name),
			 REPORT_STRING_MAX - 1);
	assert_non_null(strstr(report.text + report.events[3].name, "\1..."));
	/* That something failed has room. */
	report_end(&report, REPORT_MOUNT, "/x", NOW, name);
	assert_string_equal(report.text + report.events[2].error, "failed");
	assert_non_null(strstr(written(), "\"error\":\"failed\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_yet, setup),
		cmocka_unit_test_setup(test_begin_and_end, setup),
		cmocka_unit_test_setup(test_what_was_there_is_not_noted_again,
				       setup),
		cmocka_unit_test_setup(test_events_are_in_order_of_their_start,
				       setup),
		cmocka_unit_test_setup(test_steps, setup),
		cmocka_unit_test_setup(test_modules, setup),
		cmocka_unit_test_setup(test_unserved_and_messages, setup),
		cmocka_unit_test_setup(test_providers, setup),
		cmocka_unit_test_setup(test_m19_many_providers, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_what_is_over_is_counted, setup),
		cmocka_unit_test_setup(test_text_is_over, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
