/* For the tests of discover/service.h: services as they are found. */
#pragma once

#include "discover/service.h"
#include "tests/unit/test_discover_packet.h"

UNUSED static struct cache_instance instance;
UNUSED static struct cache_host host;
UNUSED static struct service_origin origin = { .source = SERVICE_MDNS,
					       .interface = "eth0",
					       .is_http = true };

/* A service at 10.0.0.9:8080 with one TXT string or none. */
UNUSED static struct service make(const char *label, const char *txt)
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

UNUSED static struct service from_gateway(void)
{
	struct service service;

	service_from_gateway(0x0a000001, 8080, &service);
	return service;
}

UNUSED static struct service from_neighbour(void)
{
	const uint8_t address[16] = { 0xfe, 0x80, [15] = 9 };
	struct service service;

	service_from_neighbour(address, "eth0", 8080, &service);
	return service;
}

UNUSED static struct service from_lease(const char *url)
{
	struct service service;

	assert_int_equal(service_from_lease(span_of(url), "eth0", &service), 0);
	return service;
}
