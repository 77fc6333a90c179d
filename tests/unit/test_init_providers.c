/* init/providers.c: what phase-discover reports, honest and hostile. */
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
#include "init/providers.h"

static struct providers providers;
static unsigned int at; /* what providers_found() set, or 77 */

static int setup(void **state)
{
	(void)state;
	memset(&providers, 0, sizeof(providers));
	return 0;
}

/* A line, in a block of its size. */
static enum providers_change tell(const char *line)
{
	size_t len = strlen(line);
	uint8_t *copy = malloc(len);
	enum providers_change change;
	struct record record;

	assert_non_null(copy);
	memcpy(copy, line, len);
	assert_int_equal(record_parse((struct span){ copy, len }, &record), 0);
	at = 77;
	change = span_is(record.event, "lost") ?
			 providers_lost(&providers, &record) :
			 providers_found(&providers, &record, &at);
	free(copy);
	return change;
}

/* The last characters of the URLs, in their order. */
static const char *order(void)
{
	static char text[PROVIDERS_MAX + 1];
	unsigned int i;

	for (i = 0; i < providers.n; i++) {
		const char *url = providers.list[i].url;

		text[i] = url[strlen(url) - 1];
	}
	text[i] = '\0';
	return text;
}

static char text[PROVIDERS_JSON_MAX + 1];

static const char *line_of(const struct provider *provider)
{
	struct writer writer;

	writer_init(&writer, text, sizeof(text) - 1);
	provider_put(&writer, provider);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const char *gone_line_of(const struct provider *provider)
{
	struct writer writer;

	writer_init(&writer, text, sizeof(text) - 1);
	provider_put_gone(&writer, provider);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const char *json_of(const struct provider *provider)
{
	struct writer writer;
	struct json json;

	writer_init(&writer, text, sizeof(text) - 1);
	json_begin(&json, &writer);
	provider_put_json(&json, provider);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static void test_all_fields(void **state)
{
	(void)state;
	assert_int_equal(
		tell("service source=mdns suitable=yes best=yes near=yes "
		     "health=ok latency-ms=3 address=10.0.2.2 port=8080 "
		     "interface=eth0 url=http://10.0.2.2:8080 "
		     "manifest=http://10.0.2.2:8080/manifest.json "
		     "manifest-state=signed instance=My%20%22Mac%22 arch=arm64 "
		     "channel=stable version=1.2 host=mac.local. "
		     "domain=local. other=x"),
		PROVIDERS_FOUND);
	assert_int_equal(at, 0);
	assert_string_equal(
		json_of(&providers.list[0]),
		"{\"source\":\"mdns\",\"instance\":\"My \\\"Mac\\\"\","
		"\"interface\":\"eth0\",\"domain\":\"local.\","
		"\"host\":\"mac.local.\",\"address\":\"10.0.2.2\","
		"\"url\":\"http://10.0.2.2:8080\","
		"\"manifest\":\"http://10.0.2.2:8080/manifest.json\","
		"\"manifest_state\":\"signed\",\"channel\":\"stable\","
		"\"arch\":\"arm64\",\"version\":\"1.2\",\"health\":\"ok\","
		"\"port\":8080,\"latency_ms\":3,\"suitable\":true,"
		"\"best\":true,\"near\":true}");
	assert_string_equal(line_of(&providers.list[0]),
			    "provider  http://10.0.2.2:8080  My \"Mac\"  "
			    "(mdns, ok)");
	assert_string_equal(gone_line_of(&providers.list[0]),
			    "provider gone  http://10.0.2.2:8080  My \"Mac\"  "
			    "(mdns)");
	/* Members stay, with null. */
	assert_int_equal(tell("service url=u port=65536 latency-ms=-1 "
			      "suitable=yess"),
			 PROVIDERS_FOUND);
	assert_string_equal(
		json_of(&providers.list[1]),
		"{\"source\":null,\"instance\":null,\"interface\":null,"
		"\"domain\":null,\"host\":null,\"address\":null,\"url\":\"u\","
		"\"manifest\":null,\"manifest_state\":null,\"channel\":null,"
		"\"arch\":null,\"version\":null,\"health\":null,\"port\":0,"
		"\"latency_ms\":null,\"suitable\":false,\"best\":false,"
		"\"near\":false}");
}

static void test_records_that_say_too_little(void **state)
{
	static const char *const lines[] = {
		"service",
		"service source=x",
		"service url= instance=",
		"service url=%0",
		"lost",
		"lost source=mdns",
	};
	char line[600];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(tell(lines[i]), PROVIDERS_MALFORMED);
	/* Absent, not cut. */
	sprintf(line, "service url=%0511d", 0);
	assert_int_equal(tell(line), PROVIDERS_FOUND);
	sprintf(line, "service url=%0512d", 0);
	assert_int_equal(tell(line), PROVIDERS_MALFORMED);
	sprintf(line, "service instance=%0128d", 0);
	assert_int_equal(tell(line), PROVIDERS_FOUND);
	sprintf(line, "service instance=%0129d", 0);
	assert_int_equal(tell(line), PROVIDERS_MALFORMED);
	assert_int_equal(providers.n, 2);
}

static void test_m20_which_is_the_same(void **state)
{
	static const char *const others[] = {
		"service source=mdns interface=eth0 instance=a url=u",
		"service source=mdns interface=eth1 instance=a url=u",
		"service source=dns interface=eth0 instance=a url=u",
		"service source=mdns interface=eth0 instance=b url=u",
		"service source=dns interface=eth0 instance=c domain=x url=u",
		"service source=dns interface=eth0 instance=c domain=y url=u",
		"service source=gateway url=u",
		"service source=gateway url=v",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(tell(others[i]), PROVIDERS_FOUND);
		assert_int_equal(at, i);
	}
	/* One with a name may move; what is gone says no URL. */
	assert_int_equal(tell("changed source=mdns interface=eth0 instance=a "
			      "url=w"),
			 PROVIDERS_FOUND);
	assert_int_equal(at, 0);
	assert_string_equal(providers.list[0].url, "w");
	assert_int_equal(tell("lost source=mdns interface=eth0 instance=a"),
			 PROVIDERS_GONE);
	assert_string_equal(providers.gone.url, "w");
	assert_int_equal(tell("lost source=mdns interface=eth0 instance=a"),
			 PROVIDERS_NOTHING);
	assert_int_equal(tell("lost source=gateway url=v"), PROVIDERS_GONE);
	assert_int_equal(tell("lost source=dns interface=eth0 instance=c "
			      "domain=y"),
			 PROVIDERS_GONE);
	assert_string_equal(providers.gone.domain, "y");
	assert_int_equal(tell("lost source=dns interface=eth0 instance=c"),
			 PROVIDERS_GONE);
	assert_int_equal(providers.n, ARRAY_SIZE(others) - 4);
}

static void test_what_is_a_change(void **state)
{
	static const char *const lines[] = {
		"service url=x source=s",
		"service url=x source=s health=ok",
		"changed url=x source=s health=ok latency-ms=4",
		"changed url=x source=s health=ok latency-ms=5 suitable=yes",
		"changed url=x source=s health=ok suitable=yes best=yes",
		"changed url=x source=s suitable=yes best=yes port=1",
		"changed url=x source=s suitable=yes best=yes port=1 near=yes",
		"service url=x source=s manifest-state=signed",
		"service url=x source=s",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(tell(lines[i]), PROVIDERS_FOUND);
		assert_int_equal(at, 0);
		assert_int_equal(tell(lines[i]), PROVIDERS_NOTHING);
	}
	assert_int_equal(providers.n, 1);
}

static void test_best_first(void **state)
{
	(void)state;
	tell("service url=a");
	tell("service url=b suitable=yes");
	tell("service url=c");
	tell("service url=d suitable=yes");
	assert_string_equal(order(), "bdac");
	tell("changed url=d suitable=yes best=yes");
	assert_int_equal(at, 0);
	assert_string_equal(order(), "dbac");
	/* Another one: the one before is it no longer, said or not. */
	tell("service url=e suitable=yes best=yes");
	assert_string_equal(order(), "ebdac");
	assert_false(providers.list[2].best);
	assert_int_equal(tell("changed url=d suitable=yes best=no"),
			 PROVIDERS_NOTHING);
	/* It may be one that does not suit, when the user has named it. */
	tell("changed url=c best=yes");
	assert_string_equal(order(), "cbdea");
	tell("changed url=b");
	assert_string_equal(order(), "cdeab");
	tell("lost url=c");
	assert_string_equal(order(), "deab");
	/* Said first that it is the best no longer. */
	tell("changed url=d suitable=yes best=yes");
	tell("changed url=d suitable=yes best=no");
	tell("changed url=e suitable=yes best=yes");
	assert_string_equal(order(), "edab");
}

/* Many that do not suit hide none that does, whatever the order. */
static void test_m19_too_many(void **state)
{
	char line[64];

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		sprintf(line, "service url=http://10.0.0.1/%u", i);
		assert_int_equal(tell(line), i < PROVIDERS_MAX ?
						     PROVIDERS_FOUND :
						     PROVIDERS_NOTHING);
	}
	assert_int_equal(providers.n, PROVIDERS_MAX);
	assert_int_equal(providers.n_over, 10000 - PROVIDERS_MAX);
	assert_int_equal(tell("service url=g suitable=yes"), PROVIDERS_FOUND);
	assert_int_equal(at, 0);
	assert_int_equal(providers.n, PROVIDERS_MAX);
	assert_int_equal(providers.n_over, 10001 - PROVIDERS_MAX);
	for (unsigned int i = 0; i < 100; i++) {
		sprintf(line, "service url=http://10.0.0.2/%u suitable=yes", i);
		tell(line);
	}
	assert_string_equal(providers.list[0].url, "g");
	assert_int_equal(tell("service url=b suitable=yes best=yes"),
			 PROVIDERS_FOUND);
	assert_int_equal(at, 0);
	assert_string_equal(providers.list[1].url, "g");
	assert_int_equal(providers.n, PROVIDERS_MAX);
	/* The ones that are there still change and go, then there is room. */
	assert_int_equal(tell("changed url=g suitable=yes health=ok"),
			 PROVIDERS_FOUND);
	assert_int_equal(tell("lost url=b"), PROVIDERS_GONE);
	assert_int_equal(tell("service url=z"), PROVIDERS_FOUND);
	assert_int_equal(at, PROVIDERS_MAX - 1);
	/* Left out, and better than known. */
	assert_int_equal(tell("changed url=http://10.0.0.1/9 best=yes"),
			 PROVIDERS_FOUND);
	assert_int_equal(at, 0);
}

/* After a crash nothing is lost, and what went meanwhile goes. */
static void test_p19_found_again(void **state)
{
	(void)state;
	tell("service url=a suitable=yes best=yes");
	tell("service url=b suitable=yes");
	tell("service url=c");
	assert_false(providers_sweep(&providers));
	providers_expect(&providers);
	assert_string_equal(order(), "abc");
	assert_int_equal(tell("service url=a suitable=yes best=yes"),
			 PROVIDERS_NOTHING);
	assert_int_equal(tell("service url=c suitable=yes"), PROVIDERS_FOUND);
	assert_true(providers_sweep(&providers));
	assert_string_equal(providers.gone.url, "b");
	assert_false(providers_sweep(&providers));
	assert_string_equal(order(), "ac");
}

static void test_news(void **state)
{
	struct provider *first = &providers.list[0];

	(void)state;
	/* Once its health is known. */
	tell("service url=a suitable=yes health=unchecked");
	assert_false(provider_is_news(first));
	tell("changed url=a suitable=yes health=ok");
	assert_true(provider_is_news(first));
	assert_false(provider_is_news(first));
	tell("changed url=a suitable=yes health=ok latency-ms=3 best=yes");
	assert_false(provider_is_news(first));
	/* Not any more, and again. */
	tell("changed url=a suitable=no health=unreachable");
	assert_true(provider_is_news(first));
	assert_false(provider_is_news(first));
	tell("changed url=a suitable=yes health=ok");
	assert_true(provider_is_news(first));
	/* In the banner. */
	tell("service url=b suitable=yes health=unchecked");
	providers_told(&providers);
	tell("changed url=b suitable=yes health=ok");
	assert_false(provider_is_news(&providers.list[1]));
	/* A restart is no news. */
	providers_expect(&providers);
	tell("service url=a suitable=yes health=ok");
	assert_false(provider_is_news(first));
	/* Gone and back is. */
	assert_int_equal(tell("lost url=a"), PROVIDERS_GONE);
	assert_true(providers.gone.is_told);
	tell("service url=a suitable=yes best=yes health=ok");
	assert_true(provider_is_news(first));
}

static void test_words(void **state)
{
	static const struct {
		const char *line;
		const char *shown;
	} cases[] = {
		{ "service url=u suitable=yes", "provider  u" },
		{ "service instance=i suitable=yes", "provider  i" },
		{ "service url=u source=s suitable=yes", "provider  u  (s)" },
		{ "service url=u health=h suitable=yes", "provider  u  (h)" },
		{ "service url=u source=s health=h suitable=yes",
		  "provider  u  (s, h)" },
		{ "service url=u source=s",
		  "provider  u  (s)  not for this architecture and channel" },
		{ "service url=u suitable=yess",
		  "provider  u  not for this architecture and channel" },
		{ "service url=u health=unreachable",
		  "provider  u  (unreachable)" },
		{ "service url=u health=unhealthy",
		  "provider  u  (unhealthy)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(NULL);
		assert_int_equal(tell(cases[i].line), PROVIDERS_FOUND);
		assert_string_equal(line_of(&providers.list[0]),
				    cases[i].shown);
	}
}

/* The longest record, of the worst bytes, fits; nothing of it reaches a
 * terminal. */
static void test_m22_hostile_bytes(void **state)
{
	static const char *const bytes[] = { "%1b",	  "%ff", "%c2%9b",
					     "%e2%80%ae", "%22", "%0a" };
	static const char *const keys[] = { " instance=", " url=", " host=" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		char line[RECORD_LINE_MAX + 1] = "service";
		size_t n_bytes = strlen(bytes[i]) / 3;
		const char *json;

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			strcat(line, keys[k]);
			for (size_t n = n_bytes; n <= (k == 1 ? 400 : 120);
			     n += n_bytes)
				strcat(line, bytes[i]);
		}
		setup(NULL);
		assert_int_equal(tell(line), PROVIDERS_FOUND);
		for (const char *c = line_of(&providers.list[0]); *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		json = json_of(&providers.list[0]);
		for (const char *c = json; *c; c++)
			assert_in_range(*c, 0x20, 0x7e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_fields, setup),
		cmocka_unit_test_setup(test_records_that_say_too_little, setup),
		cmocka_unit_test_setup(test_m20_which_is_the_same, setup),
		cmocka_unit_test_setup(test_what_is_a_change, setup),
		cmocka_unit_test_setup(test_best_first, setup),
		cmocka_unit_test_setup(test_m19_too_many, setup),
		cmocka_unit_test_setup(test_p19_found_again, setup),
		cmocka_unit_test_setup(test_news, setup),
		cmocka_unit_test_setup(test_words, setup),
		cmocka_unit_test_setup(test_m22_hostile_bytes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
