/* discover/service.c: what is found, its URLs and its rank. */
#include <errno.h>

#include "discover/service.h"
#include "tests/unit/test_discover_packet.h"

static struct cache_instance instance;
static struct cache_host host;
static struct service_origin origin = { .source = SERVICE_MDNS,
					.interface = "eth0",
					.is_http = true };

/* A service at 10.0.0.9:8080 with one TXT string or none. */
static struct service make(const char *label, const char *txt)
{
	struct service service;
	size_t len = strlen(txt);

	memset(&instance, 0, sizeof(instance));
	memset(&host, 0, sizeof(host));
	instance.name = name_of("x._phase-image._tcp.local");
	assert_true(strlen(label) == 1);
	instance.name.wire[1] = (uint8_t)label[0];
	instance.port = 8080;
	host.name = name_of("box.local");
	host.n_ipv4 = 1;
	host.ipv4[0] = 0x0a000009;
	/* Strings are separated by '|'. */
	while (len > 0) {
		struct reader reader;
		struct span string;

		reader_init(&reader, txt, len);
		string = reader_until(&reader, '|');
		instance.txt[instance.txt_len++] = (uint8_t)string.len;
		memcpy(instance.txt + instance.txt_len, string.data,
		       string.len);
		instance.txt_len = (uint16_t)(instance.txt_len + string.len);
		txt += len - reader_left(&reader);
		len = reader_left(&reader);
	}
	service_from_instance(&instance, &host, &origin, &service);
	return service;
}

static const struct service_wish wish = { .arch = "aarch64",
					  .channel = "stable" };

static void test_from_instance(void **state)
{
	struct service service = make("a", "channel=stable|arch=arm64");

	(void)state;
	assert_string_equal(service.url, "http://10.0.0.9:8080");
	assert_string_equal(service.manifest,
			    "http://10.0.0.9:8080/stable/arm64/manifest.json");
	assert_string_equal(service.interface, "eth0");
	assert_int_equal(service.instance_len, 1);
	assert_int_equal(service.instance[0], 'a');
	assert_true(span_is(service_key(&service, "CHANNEL"), "stable"));
	assert_int_equal(service_key(&service, "none").len, 0);
	origin.is_http = false;
	service_from_instance(&instance, &host, &origin, &service);
	origin.is_http = true;
	assert_string_equal(service.url, "");
	assert_string_equal(service.manifest, "");
}

static void test_addresses_in_order(void **state)
{
	struct service service = make("a", "");

	(void)state;
	host.n_ipv4 = 2;
	host.ipv4[0] = 0xa9fe0101;
	host.ipv4[1] = 0x0a000009;
	host.n_ipv6 = 2;
	host.ipv6[0][0] = 0xfe;
	host.ipv6[0][1] = 0x80;
	host.ipv6[1][0] = 0x20;
	service_from_instance(&instance, &host, &origin, &service);
	assert_int_equal(service.n_addresses, 4);
	assert_string_equal(service.url, "http://10.0.0.9:8080");
	assert_true(service_next_address(&service));
	assert_string_equal(service.url, "http://169.254.1.1:8080");
	assert_true(service_next_address(&service));
	assert_string_equal(service.url, "http://[2000::]:8080");
	assert_true(service_next_address(&service));
	assert_string_equal(service.url, "http://[fe80::%25eth0]:8080");
	assert_string_equal(service.manifest,
			    "http://[fe80::%25eth0]:8080/manifest.json");
	assert_false(service_next_address(&service));
}

static void test_m25_manifest(void **state)
{
	static const char *const bad[] = {
		"//evil/x",    "/a/../b",      "/a\r\nX: y",
		"https://h/x", "file:///x",    "x",
		"/%2e%2e/x",   "http://u@h/x", "/a\\b",
	};
	struct service service;
	char txt[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		strcpy(txt, "manifest=");
		strcat(txt, bad[i]);
		service = make("a", txt);
		assert_true(service.is_manifest_refused);
		assert_string_equal(service.manifest,
				    "http://10.0.0.9:8080/manifest.json");
	}
	service = make("a", "manifest=/x/y.json");
	assert_string_equal(service.manifest, "http://10.0.0.9:8080/x/y.json");
	assert_false(service.is_manifest_refused);
	service = make("a", "manifest=http://10.0.0.7:81/y.json");
	assert_string_equal(service.manifest, "http://10.0.0.7:81/y.json");
	/* Channel and architecture become segments only if they are words. */
	service = make("a", "channel=../..|arch=arm64");
	assert_string_equal(service.manifest,
			    "http://10.0.0.9:8080/manifest.json");
	service = make("a", "channel=a/b|arch=arm64");
	assert_string_equal(service.manifest,
			    "http://10.0.0.9:8080/manifest.json");
}

static void test_from_url(void **state)
{
	struct service service;

	(void)state;
	assert_int_equal(
		service_from_url(span_of("http://10.1.1.1:81/"), &service), 0);
	assert_string_equal(service.url, "http://10.1.1.1:81");
	assert_string_equal(service.manifest,
			    "http://10.1.1.1:81/manifest.json");
	assert_int_equal(service.n_addresses, 1);
	assert_int_equal(service.port, 81);
	assert_int_equal(
		service_from_url(span_of("http://boot.example"), &service), 0);
	assert_int_equal(service.n_addresses, 0);
	assert_int_equal(service_from_url(span_of("https://h"), &service),
			 -EPROTONOSUPPORT);
	assert_int_equal(service_from_url(span_of("h"), &service), -EBADMSG);
}

static void test_architectures(void **state)
{
	(void)state;
	assert_true(span_is(service_arch(span_of("AArch64")), "arm64"));
	assert_true(span_is(service_arch(span_of("amd64")), "x86_64"));
	assert_true(span_is(service_arch(span_of("riscv64")), "riscv64"));
}

static void test_suits(void **state)
{
	const struct service_wish anything = { NULL, NULL };
	struct service service;

	(void)state;
	service = make("a", "");
	assert_true(service_suits(&service, &wish));
	service = make("a", "arch=arm64|channel=stable");
	assert_true(service_suits(&service, &wish));
	service.health = SERVICE_UNHEALTHY;
	assert_false(service_suits(&service, &wish));
	service.health = SERVICE_UNREACHABLE;
	assert_false(service_suits(&service, &wish));
	service = make("a", "arch=amd64");
	assert_false(service_suits(&service, &wish));
	assert_true(service_suits(&service, &anything));
	service = make("a", "channel=testing");
	assert_false(service_suits(&service, &wish));
}

/* Each one ranks before all that follow it. */
static void test_ranking(void **state)
{
	struct service order[12];
	size_t n = 0;

	(void)state;
	assert_int_equal(
		service_from_url(span_of("http://10.1.1.1"), &order[n++]), 0);
	order[n] = make("z", "arch=arm64|channel=stable");
	order[n++].health = SERVICE_OK;
	order[n++] = make("b", "arch=arm64|channel=stable");
	order[n] = make("a", "arch=arm64|channel=stable");
	order[n++].priority = 1;
	order[n] = make("b", "arch=arm64");
	order[n++].weight = 9;
	order[n++] = make("a", "arch=arm64");
	order[n++] = make("b", "arch=arm64");
	order[n++] = make("a", "channel=stable");
	order[n++] = make("a", "");
	service_from_gateway(0x0a000001, 8080, &order[n]);
	order[n++].health = SERVICE_OK;
	order[n++] = make("a", "arch=x86_64|channel=stable");
	order[n] = make("b", "arch=x86_64|channel=stable");
	order[n++].health = SERVICE_UNREACHABLE;
	assert_int_equal(n, ARRAY_SIZE(order));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(service_compare(&order[i], &order[i], &wish),
				 0);
		for (size_t j = i + 1; j < n; j++) {
			if (service_compare(&order[i], &order[j], &wish) >= 0 ||
			    service_compare(&order[j], &order[i], &wish) <= 0)
				fail_msg("%zu and %zu", i, j);
		}
	}
}

static void test_m20_same(void **state)
{
	struct service a = make("a", ""), b = make("a", "arch=arm64");
	struct service lost;

	(void)state;
	assert_true(service_is_same(&a, &b));
	service_from_lost(&instance, &origin, &lost);
	assert_true(service_is_same(&a, &lost));
	origin.interface = "eth1";
	service_from_lost(&instance, &origin, &lost);
	origin.interface = "eth0";
	assert_false(service_is_same(&a, &lost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_instance),
		cmocka_unit_test(test_addresses_in_order),
		cmocka_unit_test(test_m25_manifest),
		cmocka_unit_test(test_from_url),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_suits),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_m20_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
