/* discover/table.c: what people read. */
#include "base/text.h"
#include "discover/output.h"
#include "discover/table.h"
#include "tests/unit/test_discover_service_of.h"

static const struct service_wish wish = { .arch = "arm64" };
static char text[4 * OUTPUT_LINE_MAX];

static void render(struct table *table, const struct service *services,
		   size_t n)
{
	struct writer writer;

	for (size_t i = 0; i < n; i++)
		table_measure(table, &services[i], &wish);
	table_fit(table);
	writer_init(&writer, text, sizeof(text));
	table_put_heading(table, &writer);
	for (size_t i = 0; i < n; i++)
		table_put_row(table, &writer, &services[i], &wish, i == 0);
	assert_false(writer_failed(&writer));
	text_end(&writer);
}

static void check(enum service_kind kind, size_t limit, bool has_colour,
		  const struct service *services, size_t n, const char *wanted)
{
	struct table table;

	table_init(&table, kind, limit, has_colour);
	render(&table, services, n);
	assert_string_equal(text, wanted);
}

/* The widest line, control sequences left out. */
static size_t widest(void)
{
	size_t most = 0, width = 0;
	struct span rest = span_of(text);

	while (rest.len > 0) {
		struct span one = rest;
		uint32_t c;

		if (span_starts(rest, "\033[")) {
			while (rest.data[0] != 'm')
				rest = span_skip(rest, 1);
			rest = span_skip(rest, 1);
			continue;
		}
		one.len = text_next_char(rest, &c);
		assert_int_not_equal(one.len, 0);
		width = c == '\n' ? 0 : width + text_width(one);
		most = width > most ? width : most;
		rest = span_skip(rest, one.len);
	}
	return most;
}

static void test_m22_plain(void **state)
{
	struct service services[] = {
		MAKE("one", "\3a=b\3A=c\4f\033=\007"),
		MAKE("caf\xc3\xa9\x1b", "\12arch=amd64"),
		MAKE("\xe6\x97\xa5\xe6\x9c\xac", ""),
	};

	(void)state;
	services[1].health = SERVICE_UNCHECKED;
	services[1].url[0] = '\0';
	check(SERVICE_KIND_SERVICE, 0, false, services, 3,
	      "NAME      ADDRESS               NIC   HEALTH     TXT\n"
	      "one       http://10.0.0.1:8080  eth0  ok 3ms     "
	      "a=b f\\x1b=\\x07\n"
	      "caf\xc3\xa9\\x1b  10.0.0.1:8080         eth0  unchecked  "
	      "(not for us) arch=amd64\n"
	      "\xe6\x97\xa5\xe6\x9c\xac      http://10.0.0.1:8080  eth0  "
	      "ok 3ms\n");
}

/* What says nothing is left out; where a name came from is said when it
 * matters. */
static void test_columns(void **state)
{
	struct dns_name local = name_of("_http._tcp.local");
	struct dns_name other = name_of("_http._tcp.example.com");
	struct service services[] = { MAKE("one", ""), MAKE("two", "") };

	(void)state;
	services[0].type = services[1].type = &local;
	services[0].health = services[1].health = SERVICE_UNCHECKED;
	check(SERVICE_KIND_SERVICE, 0, false, services, 2,
	      "NAME  ADDRESS               NIC\n"
	      "one   http://10.0.0.1:8080  eth0\n"
	      "two   http://10.0.0.1:8080  eth0\n");
	services[1].type = &other;
	services[1].source = SERVICE_DNS;
	services[1].interface[0] = '\0';
	services[1].manifest_state = SERVICE_MANIFEST_SIGNED;
	check(SERVICE_KIND_SERVICE, 0, false, services, 2,
	      "NAME  ADDRESS               DOMAIN       NIC   FROM  MANIFEST\n"
	      "one   http://10.0.0.1:8080  local        eth0  mdns  unchecked\n"
	      "two   http://10.0.0.1:8080  example.com  -     dns   signed\n");
}

static void test_kinds(void **state)
{
	struct dns_name types = name_of("_services._dns-sd._udp.local");
	struct service type = MAKE("_ipp._tcp", "");
	struct service host = MAKE("", "");

	(void)state;
	type.kind = SERVICE_KIND_TYPE;
	type.type = &types;
	type.n_addresses = 0;
	type.url[0] = '\0';
	type.health = host.health = SERVICE_UNCHECKED;
	check(SERVICE_KIND_TYPE, 0, false, &type, 1,
	      "TYPE       NIC\n"
	      "_ipp._tcp  eth0\n");
	host.kind = SERVICE_KIND_HOST;
	host.url[0] = '\0';
	host.n_addresses = 2;
	host.addresses[1].is_ipv6 = true;
	host.addresses[1].ipv6[15] = 1;
	check(SERVICE_KIND_HOST, 0, false, &host, 1,
	      "NAME       ADDRESS        NIC\n"
	      "box.local  10.0.0.1, ::1  eth0\n");
}

static void test_colour(void **state)
{
	struct service services[] = { MAKE("one", ""), MAKE("two", ""),
				      MAKE("ten", "\12arch=amd64") };

	(void)state;
	services[1].health = SERVICE_UNREACHABLE;
	check(SERVICE_KIND_SERVICE, 80, true, services, 3,
	      "NAME  ADDRESS               NIC   HEALTH       TXT\n"
	      "\033[1mone   http://10.0.0.1:8080  eth0  ok 3ms\033[0m\n"
	      "\033[2mtwo   http://10.0.0.1:8080  eth0\033[31m  unreachable"
	      "\033[39m  (not for us)\033[0m\n"
	      "\033[2mten   http://10.0.0.1:8080  eth0  ok 3ms       "
	      "(not for us) arch=amd64\033[0m\n");
}

/* The longest give way first, and the line has exactly the room there is. */
static void test_fits(void **state)
{
	struct service service = MAKE("a printer with a long name",
				      "\12arch=arm64\13version=1.2");

	(void)state;
	check(SERVICE_KIND_SERVICE, 64, false, &service, 1,
	      "NAME              ADDRESS          NIC   HEALTH  TXT\n"
	      "a printer with \xe2\x80\xa6  http://10.0.0.\xe2\x80\xa6  eth0  "
	      "ok 3ms  arch=arm64 ver\xe2\x80\xa6\n");
}

/* M22: as wide as the terminal at most, whatever a name is made of. */
static void test_m22_never_wider(void **state)
{
	static const char *const names[] = {
		"one",
		hostile,
		"\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5"
		"\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac",
		"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
		"\xf0\x9f\x96\xa8\xef\xb8\x8f\xf0\x9f\x96\xa8\xef\xb8\x8f",
	};
	struct service services[ARRAY_SIZE(names) + 1];
	struct table table;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		services[i] = MAKE(names[i], "\12arch=amd64");
	services[ARRAY_SIZE(names)] = longest();
	for (size_t limit = 1; limit < 300; limit++) {
		table_init(&table, SERVICE_KIND_SERVICE, limit, limit % 2);
		render(&table, services, ARRAY_SIZE(services));
		assert_true(widest() <= limit);
		/* The longest wants more than there is: nothing is wasted. */
		if (limit > 60)
			assert_true(widest() >= limit - 1);
		table_init_stream(&table, SERVICE_KIND_SERVICE, true, limit,
				  true);
		for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
			struct writer writer;

			writer_init(&writer, text, sizeof(text));
			table_put_event(&table, &writer, '+', 1234567,
					&services[i], &wish);
			text_end(&writer);
			if (limit >= 20)
				assert_true(widest() <= limit);
		}
	}
}

static void test_the_longest_line_fits(void **state)
{
	struct service service = longest();
	static uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;
	struct table table;

	(void)state;
	table_init(&table, SERVICE_KIND_SERVICE, 0, true);
	table_measure(&table, &service, &wish);
	writer_init(&writer, line, sizeof(line));
	table_put_row(&table, &writer, &service, &wish, true);
	assert_false(writer_failed(&writer));
	service.kind = SERVICE_KIND_HOST;
	table_init_stream(&table, SERVICE_KIND_HOST, false, 0, false);
	writer_init(&writer, line, sizeof(line));
	table_put_event(&table, &writer, '~', 0, &service, &wish);
	assert_false(writer_failed(&writer));
}

static void check_event(const struct table *table, char sign, int64_t elapsed,
			const struct service *service, const char *wanted)
{
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	table_put_event(table, &writer, sign, elapsed, service, &wish);
	assert_string_equal(text_end(&writer), wanted);
}

static void test_events(void **state)
{
	struct service service = MAKE("one", "\3a=b");
	struct table table;

	(void)state;
	table_init_stream(&table, SERVICE_KIND_SERVICE, true, 0, false);
	check_event(&table, '+', 512, &service,
		    "+    0.512  one                 http://10.0.0.1:8080    "
		    "eth0   mdns  ok 3ms       unchecked  a=b\n");
	table_init_stream(&table, SERVICE_KIND_SERVICE, true, 80, true);
	service.health = SERVICE_UNREACHABLE;
	check_event(&table, '-', 3600000, &service,
		    "- 3600.000\033[2m  one                 "
		    "http://10.0.0.1:8080    eth0   mdns\033[31m  unreachable"
		    "\033[39m\033[0m\n");
	service.kind = SERVICE_KIND_HOST;
	service.url[0] = '\0';
	service.health = SERVICE_UNCHECKED;
	table_init_stream(&table, SERVICE_KIND_HOST, false, 0, false);
	check_event(&table, '~', 1, &service,
		    "~    0.001  box.local           10.0.0.1                "
		    "eth0   mdns\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m22_plain),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_m22_never_wider),
		cmocka_unit_test(test_the_longest_line_fits),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
