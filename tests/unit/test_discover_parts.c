/* discover/parts.c: instance, type and domain of a name. */
#include <errno.h>

#include "base/text.h"
#include "discover/parts.h"
#include "tests/unit/test_discover_packet.h"

static const struct {
	const char *name;
	int r;
	const char *instance, *type, *service, *domain;
} names[] = {
	{ "_ipp._tcp.local", 0, "", "_ipp._tcp", "_ipp", "local" },
	{ "_ipp._tcp", 0, "", "_ipp._tcp", "_ipp", "." },
	{ "_IPP._UDP.a.b", 0, "", "_IPP._UDP", "_IPP", "a.b" },
	{ "My\\.Name._ipp._tcp.local", 0, "My\\.Name", "_ipp._tcp", "_ipp",
	  "local" },
	{ "a.b._ipp._tcp", 0, "a.b", "_ipp._tcp", "_ipp", "." },
	{ "_color._sub._ipp._tcp.x", 0, "", "_color._sub._ipp._tcp", "_ipp",
	  "x" },
	{ "color._SUB._ipp._tcp", 0, "", "color._SUB._ipp._tcp", "_ipp", "." },
	{ "n._color._sub._ipp._tcp", 0, "n", "_color._sub._ipp._tcp", "_ipp",
	  "." },
	/* An instance that is called so, of no subtype */
	{ "_sub._ipp._tcp", 0, "_sub", "_ipp._tcp", "_ipp", "." },
	/* RFC 6763 §9: the name of all types has one's form. */
	{ "_services._dns-sd._udp.local", 0, "_services", "_dns-sd._udp",
	  "_dns-sd", "local" },
	/* An instance may be named like a protocol; its type comes later. */
	{ "_tcp._http._tcp", 0, "_tcp", "_http._tcp", "_http", "." },
	{ "local", -ENOENT, "", "", "", "" },
	{ ".", -ENOENT, "", "", "", "" },
	{ "_tcp", -ENOENT, "", "", "", "" },
	{ "http._tcp", -ENOENT, "", "", "", "" },
	{ "_http._sctp", -ENOENT, "", "", "", "" },
	{ "_abcdefghijklmnop._tcp", -EBADMSG, "", "", "", "" },
	{ "_a\\ b._tcp", -EBADMSG, "", "", "", "" },
	{ "_._tcp", -EBADMSG, "", "", "", "" },
};

static const char *put(const struct dns_name *name, size_t start, size_t end)
{
	static char text[1024];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	if (end > start)
		dns_parts_put(&writer, name, start, end);
	return text_end(&writer);
}

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct dns_name name = name_of(names[i].name);
		struct dns_parts parts = { 7, 7, 7 };
		size_t end = name.len - 1u;

		if (dns_parts_find(&name, &parts) != names[i].r)
			fail_msg("%s", names[i].name);
		if (names[i].r < 0) {
			assert_int_equal(parts.domain, 7);
			continue;
		}
		assert_string_equal(put(&name, 0, parts.type),
				    names[i].instance);
		assert_string_equal(put(&name, parts.type, parts.domain),
				    names[i].type);
		assert_true(span_is(dns_parts_label(&name, parts.service),
				    names[i].service));
		if (strcmp(names[i].domain, ".") == 0)
			assert_int_equal(parts.domain, end);
		else
			assert_string_equal(put(&name, parts.domain, end),
					    names[i].domain);
	}
}

static void test_set_domain(void **state)
{
	struct dns_name name = name_of("_ipp._tcp.local");
	struct dns_name domain = name_of("example.com"), want;
	struct dns_name longest = { .len = 0 };
	struct dns_parts parts;

	(void)state;
	assert_int_equal(dns_parts_find(&name, &parts), 0);
	assert_int_equal(dns_parts_set_domain(&name, parts.domain, &domain), 0);
	want = name_of("_ipp._tcp.example.com");
	assert_true(dns_name_equal(&name, &want));
	/* 245 bytes of domain fit behind 10 of type, and not one more. */
	for (size_t i = 0; i < 244; i += 2) {
		longest.wire[i] = 1;
		longest.wire[i + 1] = 'a';
	}
	longest.len = 245;
	assert_int_equal(dns_parts_set_domain(&name, parts.domain, &longest),
			 0);
	assert_int_equal(name.len, 255);
	longest.wire[242] = 2;
	longest.wire[244] = 'a';
	longest.wire[245] = 0;
	longest.len = 246;
	assert_int_equal(dns_parts_set_domain(&name, parts.domain, &longest),
			 -ENOBUFS);
	assert_int_equal(name.len, 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_set_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
