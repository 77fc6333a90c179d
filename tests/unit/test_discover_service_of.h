/*
 * For the tests of what is printed: a service that was found.
 */
#pragma once

#include "discover/service.h"
#include "tests/unit/test_discover_packet.h"

/* M22: what a name can do to who prints it. */
static const char hostile[] = "a.b\\\x1b[1m\xff\xe2\x80\xae\"";

/* \xNN a byte of TXT: lengths come first. */
static inline struct service service_of(const char *label, const char *txt,
					size_t len)
{
	struct service service;

	memset(&service, 0, sizeof(service));
	service.source = SERVICE_MDNS;
	service.is_near = true;
	strcpy(service.interface, "eth0");
	service.instance_len = (uint8_t)strlen(label);
	memcpy(service.instance, label, strlen(label));
	service.host = name_of("box.local");
	service.n_addresses = 1;
	service.addresses[0].ipv4 = 0x0a000001;
	service.port = 8080;
	strcpy(service.url, "http://10.0.0.1:8080");
	strcpy(service.manifest, "http://10.0.0.1:8080/manifest.json");
	service.health = SERVICE_OK;
	service.latency_ms = 3;
	memcpy(service.txt, txt, len);
	service.txt_len = (uint16_t)len;
	return service;
}

#define MAKE(label, literal) service_of(label, literal, sizeof(literal) - 1)

/* Everything as long as it can be, and of the worst bytes. */
static inline struct service longest(void)
{
	struct service service = MAKE("x", "");

	memset(service.instance, 1, sizeof(service.instance));
	service.instance_len = sizeof(service.instance);
	memset(service.host.wire, 1, sizeof(service.host.wire));
	for (size_t i = 0; i < 192; i += 64)
		service.host.wire[i] = 63;
	service.host.wire[192] = 61;
	service.host.wire[254] = 0;
	service.host.len = 255;
	memset(service.url, '~', SERVICE_URL_MAX - 1);
	memset(service.manifest, '~', SERVICE_URL_MAX - 1);
	memset(service.txt, 1, sizeof(service.txt));
	memcpy(service.txt, "\377version=", 9);
	service.txt[256] = 255;
	memcpy(service.txt + 256, "\377channel=", 9);
	service.txt_len = 512;
	service.n_addresses = SERVICE_ADDRESSES_MAX;
	for (unsigned int i = 0; i < SERVICE_ADDRESSES_MAX; i++) {
		service.addresses[i].is_ipv6 = true;
		memset(service.addresses[i].ipv6, 0xff, 16);
	}
	return service;
}
