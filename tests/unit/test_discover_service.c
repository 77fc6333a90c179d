/* discover/service.c: what is found, and its URLs. */
#include <errno.h>

#include "tests/unit/test_discover_services.h"

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
		"//evil/x",
		"/a/../b",
		"/a\r\nX: y",
		"https://h/x",
		"file:///x",
		"x",
		"/%2e%2e/x",
		"http://u@h/x",
		"/a\\b",
		"http://127.0.0.1/x",
		"http://0.0.0.0/x",
		"http://[::1]/x",
		"http://[::ffff:127.0.0.1]/x",
		"http://224.0.0.1/x",
		"http://[ff02::1]/x",
		"http://10.0.0.7\r\n/x",
		"http://[fe80::7%25eth1]/x",
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

static void test_guesses(void **state)
{
	struct service service = from_neighbour();

	(void)state;
	assert_string_equal(service.url, "http://[fe80::9%25eth0]:8080");
	assert_string_equal(service.manifest,
			    "http://[fe80::9%25eth0]:8080/manifest.json");
	assert_int_equal(service.source, SERVICE_NEIGHBOUR);
	assert_true(service.is_guess && service.is_near);
	service = from_gateway();
	assert_string_equal(service.url, "http://10.0.0.1:8080");
	assert_true(service.is_guess && service.is_near);
}

static void test_from_lease(void **state)
{
	struct service service = from_lease("http://10.1.1.1:81/x/");

	(void)state;
	assert_int_equal(service.source, SERVICE_DHCP);
	assert_string_equal(service.interface, "eth0");
	assert_string_equal(service.url, "http://10.1.1.1:81/x");
	assert_string_equal(service.manifest,
			    "http://10.1.1.1:81/x/manifest.json");
	service = from_lease("http://[fe80::9%25eth0]/a/b.json");
	assert_string_equal(service.interface, "eth0");
	assert_string_equal(service.url, "http://[fe80::9%25eth0]");
	assert_string_equal(service.manifest,
			    "http://[fe80::9%25eth0]/a/b.json");
	assert_true(service.is_near);
	/* A lease of eth0 leads to nobody's on eth1. */
	assert_int_equal(service_from_lease(span_of("http://[fe80::9%25eth1]"),
					    "eth0", &service),
			 -EBADMSG);
}

static void test_long_urls(void **state)
{
	char url[SERVICE_URL_MAX + 100];
	struct service service;

	(void)state;
	memset(url, 'x', sizeof(url));
	memcpy(url, "http://10.1.1.1/", 16);
	assert_int_equal(service_from_url((struct span){ (uint8_t *)url,
							 SERVICE_URL_MAX },
					  &service),
			 -ENOBUFS);
	memcpy(url + SERVICE_URL_MAX - 5, ".json", 5);
	assert_int_equal(service_from_url((struct span){ (uint8_t *)url,
							 SERVICE_URL_MAX },
					  &service),
			 -ENOBUFS);
	/* There is room for it, and none for the manifest's. */
	assert_int_equal(service_from_url((struct span){ (uint8_t *)url,
							 SERVICE_URL_MAX - 6 },
					  &service),
			 0);
	assert_string_equal(service.manifest, "");
}

static void test_from_ssdp(void **state)
{
	const struct span usn = span_of("uuid:1::urn:x:device:y:1");
	const struct span st = span_of("urn:x:device:y:1");
	char server[300] = "Linux/6 UPnP/1.0 x/1";
	uint8_t long_usn[SERVICE_NAME_MAX + 1] = { 'u' };
	struct service service;

	(void)state;
	assert_int_equal(
		service_from_ssdp(usn, st,
				  span_of("http://10.0.0.7:49152/d.xml"),
				  span_of(server), "eth0", &service),
		0);
	assert_int_equal(service.source, SERVICE_SSDP);
	assert_string_equal(service.interface, "eth0");
	assert_true(span_equal(
		(struct span){ service.instance, service.instance_len }, usn));
	assert_true(span_equal(service_key(&service, "st"), st));
	assert_true(span_is(service_key(&service, "server"), server));
	assert_string_equal(service.url, "http://10.0.0.7:49152/d.xml");
	assert_int_equal(service_from_ssdp(usn, st,
					   span_of("http://[fe80::7%25eth1]/"),
					   span_of(""), "eth0", &service),
			 0);
	assert_string_equal(service.interface, "eth0");
	assert_string_equal(service.url, "");
	assert_int_equal(
		service_from_ssdp(usn, st,
				  span_of("http://10.0.0.7:49152/d.xml"),
				  span_of(server), "eth0", &service),
		0);
	assert_string_equal(service.manifest, "");
	assert_int_equal(service.n_addresses, 1);
	assert_int_equal(service.addresses[0].ipv4, 0x0a000007);
	assert_int_equal(service.port, 49152);
	assert_false(service.is_near);
	/* Nothing but its name; a location that is not safe; a long line. */
	memset(server, 'x', sizeof(server) - 1);
	assert_int_equal(service_from_ssdp(usn, st,
					   span_of("http://127.0.0.1/d.xml"),
					   span_of(server), "eth0", &service),
			 0);
	assert_string_equal(service.url, "");
	assert_int_equal(service.n_addresses, 0);
	assert_int_equal(service_key(&service, "server").len, 0);
	assert_int_equal(service_key(&service, "st").len, st.len);
	assert_int_equal(service_from_ssdp(usn, span_of(""), span_of(""),
					   span_of(""), "", &service),
			 0);
	assert_int_equal(service.txt_len, 0);
	assert_int_equal(
		service_from_ssdp((struct span){ long_usn, SERVICE_NAME_MAX },
				  st, span_of("http://box/d.xml"), span_of(""),
				  "", &service),
		0);
	assert_int_equal(service.instance_len, SERVICE_NAME_MAX);
	assert_string_equal(service.url, "http://box/d.xml");
	assert_int_equal(service.n_addresses, 0);
	assert_int_equal(
		service_from_ssdp((struct span){ long_usn, sizeof(long_usn) },
				  st, span_of(""), span_of(""), "", &service),
		-ENOBUFS);
}

static void test_types_and_hosts(void **state)
{
	const struct dns_name types = name_of("_services._dns-sd._udp.local");
	struct dns_name name = name_of("_ipp._tcp.local");
	struct service_origin browsed = { .source = SERVICE_DNS,
					  .type = &types,
					  .interface = "eth0",
					  .is_http = true };
	struct service a, b;
	char label[64];

	(void)state;
	service_from_type(&name, &browsed, &a);
	assert_int_equal(a.kind, SERVICE_KIND_TYPE);
	assert_int_equal(a.source, SERVICE_DNS);
	assert_memory_equal(a.instance, "_ipp._tcp", 9);
	assert_int_equal(a.instance_len, 9);
	assert_true(dns_name_equal(&a.host, &name));
	name = name_of("_IPP._tcp.local");
	service_from_type(&name, &browsed, &b);
	assert_true(service_is_same(&a, &b));
	name = name_of("_ipps._tcp.local");
	service_from_type(&name, &browsed, &b);
	assert_false(service_is_same(&a, &b));
	/* As long as two labels get, and one that is the root. */
	memset(label, '.', 63);
	name.len = 129;
	name.wire[0] = name.wire[64] = 63;
	memcpy(name.wire + 1, label, 63);
	memcpy(name.wire + 65, label, 63);
	name.wire[128] = 0;
	service_from_type(&name, &browsed, &b);
	assert_int_equal(b.instance_len, 127);
	name = name_of(".");
	service_from_type(&name, &browsed, &b);
	assert_int_equal(b.instance_len, 0);
	(void)make("a", "");
	service_from_host(&host, &browsed, &a);
	assert_int_equal(a.kind, SERVICE_KIND_HOST);
	assert_int_equal(a.n_addresses, 1);
	assert_int_equal(a.port, 0);
	assert_string_equal(a.url, "");
	host.ipv4[0]++;
	service_from_host(&host, &browsed, &b);
	assert_true(service_is_same(&a, &b));
	assert_false(service_equal(&a, &b));
	/* An instance without an address has no URL. */
	host.n_ipv4 = 0;
	service_from_instance(&instance, &host, &browsed, &b);
	assert_string_equal(b.url, "");
	assert_int_equal(b.n_addresses, 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(service_source_name(SERVICE_EXPLICIT), "explicit");
	assert_string_equal(service_source_name(SERVICE_DHCP), "dhcp");
	assert_string_equal(service_source_name(SERVICE_MDNS), "mdns");
	assert_string_equal(service_source_name(SERVICE_DNS), "dns");
	assert_string_equal(service_source_name(SERVICE_SSDP), "ssdp");
	assert_string_equal(service_source_name(SERVICE_GATEWAY), "gateway");
	assert_string_equal(service_source_name(SERVICE_NEIGHBOUR),
			    "neighbour");
	assert_string_equal(service_kind_name(SERVICE_KIND_SERVICE), "service");
	assert_string_equal(service_kind_name(SERVICE_KIND_TYPE), "type");
	assert_string_equal(service_kind_name(SERVICE_KIND_HOST), "host");
	assert_string_equal(service_health_name(SERVICE_UNCHECKED),
			    "unchecked");
	assert_string_equal(service_health_name(SERVICE_OK), "ok");
	assert_string_equal(service_health_name(SERVICE_UNHEALTHY),
			    "unhealthy");
	assert_string_equal(service_health_name(SERVICE_UNREACHABLE),
			    "unreachable");
	assert_string_equal(service_manifest_name(SERVICE_MANIFEST_UNCHECKED),
			    "unchecked");
	assert_string_equal(service_manifest_name(SERVICE_MANIFEST_ABSENT),
			    "absent");
	assert_string_equal(service_manifest_name(SERVICE_MANIFEST_UNSIGNED),
			    "unsigned");
	assert_string_equal(service_manifest_name(SERVICE_MANIFEST_SIGNED),
			    "signed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_instance),
		cmocka_unit_test(test_addresses_in_order),
		cmocka_unit_test(test_m25_manifest),
		cmocka_unit_test(test_from_url),
		cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_from_lease),
		cmocka_unit_test(test_long_urls),
		cmocka_unit_test(test_from_ssdp),
		cmocka_unit_test(test_types_and_hosts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
