/* discover/hints.c: what a lease says, key by key and as a file. */
#include <stdio.h>

#include "base/text.h"
#include "discover/address.h"
#include "discover/hints.h"
#include "tests/unit/test_discover_packet.h"

static struct hints hints;

static void take(const char *key, const char *value)
{
	uint8_t *block = malloc(strlen(value) + 1);

	assert_non_null(block);
	memcpy(block, value, strlen(value));
	hints_take(&hints, span_of(key), (struct span){ block, strlen(value) });
	free(block);
}

static void begin(void)
{
	hints_init(&hints);
	take("interface", "eth0");
	take("address", "10.0.2.15");
	take("prefix", "24");
}

/* BYTES as the value of KEY, which is hexadecimal. */
static void take_bytes(const char *key, const char *bytes, size_t len)
{
	uint8_t buffer[600];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	text_put_hex_bytes(&writer,
			   (struct span){ (const uint8_t *)bytes, len }, 0);
	hints_take(&hints, span_of(key), writer_span(&writer));
}

#define TAKE_BYTES(key, literal) take_bytes(key, literal, sizeof(literal) - 1)

static void expect_provider(unsigned int i, const char *url,
			    const char *manifest)
{
	assert_true(i < hints.n_providers);
	assert_string_equal(hints.providers[i].url, url);
	assert_string_equal(hints.providers[i].manifest, manifest);
	assert_int_equal(hints.providers[i].source, SERVICE_DHCP);
	assert_string_equal(hints.providers[i].interface, "eth0");
	assert_int_equal(hints.providers[i].n_addresses, 1);
}

static void test_servers(void **state)
{
	struct url_address six = { .is_ipv6 = true };

	(void)state;
	begin();
	take("dns", "10.0.2.3,1.1.1.1");
	take("dns", " 10.0.2.3  fe80::1%eth0,,2001:db8::53 ");
	assert_int_equal(hints.n_servers, 4);
	assert_int_equal(hints.servers[0].ipv4, 0x0a000203);
	assert_int_equal(hints.servers[1].ipv4, 0x01010101);
	assert_int_equal(text_parse_ipv6(span_of("fe80::1"), six.ipv6), 0);
	assert_true(address_equal(&hints.servers[2], &six));
	assert_int_equal(hints.n_ignored + hints.n_over, 0);
	take("dns", "10.0.2.4");
	assert_int_equal(hints.n_over, 1);
	take("dns", "127.0.0.1,::1,224.0.0.1,0.0.0.0,::ffff:1.2.3.4,x,1.2.3");
	assert_int_equal(hints.n_ignored, 7);
	assert_int_equal(hints.n_servers, 4);
}

static void test_domains_and_gateways(void **state)
{
	struct dns_name domain = name_of("b.example");

	(void)state;
	begin();
	take("domain", "corp.example b.example");
	take("search", "B.EXAMPLE,c.example,d.example,e.example");
	assert_int_equal(hints.n_domains, HINTS_DOMAINS_MAX);
	assert_int_equal(hints.n_over, 1);
	assert_true(dns_name_equal(&hints.domains[1], &domain));
	take("domain", ". a..b");
	assert_int_equal(hints.n_ignored, 2);
	take("router", "10.0.2.2");
	take("router", "10.0.2.2 10.0.2.3,10.0.2.4,10.0.2.5,10.0.2.6");
	assert_int_equal(hints.n_gateways, HINTS_GATEWAYS_MAX);
	assert_int_equal(hints.gateways[0], 0x0a000202);
	assert_int_equal(hints.n_over, 2);
	take("router", "127.0.0.1 fe80::1");
	assert_int_equal(hints.n_ignored, 4);
}

static void test_boot_file(void **state)
{
	(void)state;
	/* UEFI's HTTP boot: whoever has the boot file. */
	begin();
	take("boot-file", "http://10.0.2.9/efi/kernel.efi");
	expect_provider(0, "http://10.0.2.9", "http://10.0.2.9/manifest.json");
	assert_int_equal(hints.providers[0].port, 80);
	assert_false(hints.providers[0].is_guess);
	assert_true(hints.providers[0].is_near);
	take("boot-file", "http://10.0.3.9/efi/kernel.efi");
	assert_false(hints.providers[1].is_near);
	take("boot-file", "http://10.0.2.200/efi/kernel.efi");
	assert_true(hints.providers[2].is_near);
	/* A manifest itself. */
	begin();
	take("boot_file", "HTTP://[2001:db8::9]:81/stable/arm64/Manifest.JSON");
	expect_provider(0, "HTTP://[2001:db8::9]:81",
			"HTTP://[2001:db8::9]:81/stable/arm64/Manifest.JSON");
	assert_false(hints.providers[0].is_near);
	/* What TFTP would fetch. */
	begin();
	take("boot-file", "pxelinux.0");
	take("boot-file", "tftp://10.0.2.9/x");
	take("boot-file", "https://10.0.2.9/x");
	assert_int_equal(hints.n_providers + hints.n_ignored, 0);
}

static void test_boot_server(void **state)
{
	static const char url[] = "http://10.0.2.4:8080";

	(void)state;
	begin();
	take("tftp-server", "10.0.2.4");
	expect_provider(0, url, "http://10.0.2.4:8080/manifest.json");
	assert_true(hints.providers[0].is_guess);
	/* Its path comes before or after it. */
	take("boot-file", "/a/m.json");
	expect_provider(0, url, "http://10.0.2.4:8080/a/m.json");
	assert_int_equal(hints.n_providers, 1);
	begin();
	take("boot-file", "/a/m.json");
	assert_int_equal(hints.n_providers, 0);
	take("tftp-server", "10.0.2.4");
	expect_provider(0, url, "http://10.0.2.4:8080/a/m.json");
	/* What was said in so many words is no guess. */
	take("portal", "http://10.0.2.4:8080/");
	expect_provider(0, url, "http://10.0.2.4:8080/manifest.json");
	assert_false(hints.providers[0].is_guess);
	take("tftp-server", "10.0.2.4");
	assert_false(hints.providers[0].is_guess);
	assert_int_equal(hints.n_providers, 1);
	/* A name, a path that is not safe, one that is too long. */
	begin();
	take("tftp-server", "boot.example");
	assert_int_equal(hints.n_ignored, 1);
	take("tftp-server", "10.0.2.4");
	take("boot-file", "/../m.json");
	take("boot-file", "//evil/m.json");
	take("boot-file", "m.json");
	assert_int_equal(hints.n_ignored, 4);
	expect_provider(0, url, "http://10.0.2.4:8080/manifest.json");
	take("tftp-server", "http://10.0.2.5:81");
	expect_provider(1, "http://10.0.2.5:81",
			"http://10.0.2.5:81/manifest.json");
}

static void test_long_path(void **state)
{
	char path[400];

	(void)state;
	begin();
	take("tftp-server", "10.0.2.4");
	for (unsigned int len = HINTS_PATH_MAX - 1; len <= HINTS_PATH_MAX;
	     len++) {
		snprintf(path, sizeof(path), "/%0*d.json", (int)len - 6, 1);
		take("boot-file", path);
		assert_int_equal(hints.n_ignored, len == HINTS_PATH_MAX);
	}
	assert_int_equal(strlen(hints.providers[0].manifest),
			 strlen("http://10.0.2.4:8080") + HINTS_PATH_MAX - 1);
}

static void test_portal(void **state)
{
	(void)state;
	begin();
	take("portal", "https://portal.example/?a=b");
	assert_int_equal(hints.n_providers + hints.n_ignored, 0);
	take("portal", "http://portal.example/");
	take("portal", "http://127.0.0.1:8080/");
	take("portal", "http://u@10.0.2.9/");
	take("portal", "http://10.0.2.9/\r\nX: y");
	assert_int_equal(hints.n_providers, 0);
	assert_int_equal(hints.n_ignored, 4);
	take("portal", "http://[fe80::9]:81/x/");
	expect_provider(0, "http://[fe80::9]:81/x",
			"http://[fe80::9]:81/x/manifest.json");
	assert_true(hints.providers[0].is_near);
}

static void test_vendor(void **state)
{
	(void)state;
	begin();
	TAKE_BYTES("vendor", "\0\2\3abc\1\17http://10.0.2.9\377\1");
	expect_provider(0, "http://10.0.2.9", "http://10.0.2.9/manifest.json");
	assert_int_equal(hints.n_ignored, 0);
	/* Another vendor's; cut; no hexadecimal; PXE's. */
	begin();
	TAKE_BYTES("vendor", "\1\4\12\0\2\11\1\0");
	TAKE_BYTES("vendor", "\2\17http://10.0.2.9");
	assert_int_equal(hints.n_providers, 0);
	assert_int_equal(hints.n_ignored, 0);
	TAKE_BYTES("vendor", "\1\20http://10.0.2.9");
	assert_int_equal(hints.n_ignored, 1);
	TAKE_BYTES("vendor", "\1");
	take("vendor", "xyz");
	assert_int_equal(hints.n_ignored, 3);
	TAKE_BYTES("vendor", "\1\17http://10.0.2.9\1");
	assert_int_equal(hints.n_ignored, 4);
	assert_int_equal(hints.n_providers, 1);
	begin();
	take("vendor-class", "PXEClient:Arch:00007");
	TAKE_BYTES("vendor", "\1\17http://10.0.2.9");
	assert_int_equal(hints.n_providers, 0);
	take("vendor-class", "HTTPClient");
	TAKE_BYTES("vendor", "\1\17http://10.0.2.9");
	assert_int_equal(hints.n_providers, 1);
}

static void test_vendor_info(void **state)
{
	(void)state;
	begin();
	TAKE_BYTES("vendor_info", "\0\0\1\1\3\1\1x"
				  "\0\0\2\2\23\7\0\1\17http://10.0.2.9"
				  "\0\0\2\2\21\1\17http://10.0.2.8");
	assert_int_equal(hints.n_providers, 2);
	expect_provider(0, "http://10.0.2.9", "http://10.0.2.9/manifest.json");
	expect_provider(1, "http://10.0.2.8", "http://10.0.2.8/manifest.json");
	assert_int_equal(hints.n_ignored, 0);
	begin();
	TAKE_BYTES("vendor-info", "\0\0\1");
	assert_int_equal(hints.n_ignored, 1);
	TAKE_BYTES("vendor-info", "\0\0\1\1\22\1\17http://10.0.2.9");
	assert_int_equal(hints.n_ignored, 2);
	take("vendor-info", "0");
	assert_int_equal(hints.n_ignored, 3);
	/* Sub-options that end before the data: the next is another's. */
	TAKE_BYTES("vendor-info", "\0\0\1\1\2\1\17\0\0\1\1\0");
	assert_int_equal(hints.n_ignored, 4);
	assert_int_equal(hints.n_providers, 0);
}

static void test_too_many_providers(void **state)
{
	char url[64];

	(void)state;
	begin();
	for (unsigned int i = 0; i < HINTS_PROVIDERS_MAX + 2; i++) {
		snprintf(url, sizeof(url), "http://10.0.2.%u/", i + 1);
		take("portal", url);
	}
	assert_int_equal(hints.n_providers, HINTS_PROVIDERS_MAX);
	assert_int_equal(hints.n_over, 2);
}

static void test_not_ours(void **state)
{
	(void)state;
	begin();
	take("option_252", "http://10.0.2.9/");
	take("portals", "http://10.0.2.9/");
	take("next-server", "10.0.2.9");
	take("boot-file", "");
	take("address", "x");
	take("prefix", "33");
	assert_int_equal(hints.n_providers + hints.n_ignored, 0);
	assert_int_equal(hints.address, 0);
	assert_int_equal(hints.prefix, 24);
	take("interface", "a-name-that-is-too-long");
	assert_string_equal(hints.interface, "");
}

static void take_file(const char *text)
{
	uint8_t *block = malloc(strlen(text) + 1);

	assert_non_null(block);
	memcpy(block, text, strlen(text));
	hints_take_file(&hints, (struct span){ block, strlen(text) });
	free(block);
}

static void test_file(void **state)
{
	static char text[2000];

	(void)state;
	hints_init(&hints);
	take_file("interface='eth0'\n"
		  "address='10.0.2.15'\n"
		  "prefix='24'\n"
		  "router='10.0.2.2'\n"
		  "dns='10.0.2.3 1.1.1.1'\n"
		  "domain='corp.example'\n"
		  "hostname='it'\\''s'\n"
		  "boot_file='/it'\\''s/m.json'\n"
		  "tftp_server='10.0.2.4'\n"
		  "vendor='010f687474703a2f2f31302e302e322e39'\n"
		  "search='a.example b.example'\n"
		  "option_17='2f'\n");
	assert_string_equal(hints.interface, "eth0");
	assert_int_equal(hints.n_servers, 2);
	assert_int_equal(hints.n_domains, 3);
	assert_int_equal(hints.n_gateways, 1);
	assert_int_equal(hints.n_providers, 2);
	expect_provider(0, "http://10.0.2.4:8080",
			"http://10.0.2.4:8080/it's/m.json");
	expect_provider(1, "http://10.0.2.9", "http://10.0.2.9/manifest.json");
	assert_int_equal(hints.n_ignored, 0);
	/* Lines that phase-net does not write; the others count. */
	take_file("portal=http://10.0.2.7\nportal='http://10.0.2.7\n"
		  "portal='http://10.0.2.7'x\nportal='http://10.0.2.7'\\x\n"
		  "portal='http://10.0.2.7'\\\n\nportal\n"
		  "dns='10.0.2.5'");
	assert_int_equal(hints.n_ignored, 5);
	assert_int_equal(hints.n_providers, 2);
	assert_int_equal(hints.n_servers, 3);
	snprintf(text, sizeof(text), "domain='%01500d'\n", 1);
	take_file(text);
	assert_int_equal(hints.n_ignored, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_domains_and_gateways),
		cmocka_unit_test(test_boot_file),
		cmocka_unit_test(test_boot_server),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_portal),
		cmocka_unit_test(test_vendor),
		cmocka_unit_test(test_vendor_info),
		cmocka_unit_test(test_too_many_providers),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
