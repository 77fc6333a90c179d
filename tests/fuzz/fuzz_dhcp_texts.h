/* For the fuzz targets of leases: everything that is written of one, and what
 * its readers rely on. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/record.h"
#include "dhcp/lease_check.h"
#include "dhcp/lease_env.h"
#include "dhcp/lease_json.h"
#include "dhcp/lease_text.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_address(uint32_t address)
{
	check(address >> 24 != 0 && address >> 24 != 127 &&
	      address >> 28 != 14 && address != UINT32_MAX);
}

static void check_name(const char *name, size_t size)
{
	check(memchr(name, 0, size) != NULL);
	check(name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_. "
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
	check(name[0] != '-' && strstr(name, " -") == NULL);
}

/* Rules written down a second time, as one reads them in lease.h. */
static void check_values(const struct dhcp_lease *lease)
{
	check_address(lease->address);
	check_address(lease->server_id);
	check(lease->prefix >= 1 && lease->prefix <= 32);
	check(lease->lease_s > 0);
	check(lease->mtu == 0 || lease->mtu >= 68);
	check(lease->n_routes <= DHCP_LEASE_ROUTES_MAX);
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		check(lease->routes[i].prefix <= 32);
		check(lease->routes[i].onlink <= 1);
		if (lease->routes[i].gateway)
			check_address(lease->routes[i].gateway);
	}
	check(lease->n_dns <= DHCP_LEASE_DNS_MAX);
	check(lease->n_ntp <= DHCP_LEASE_NTP_MAX);
	check(lease->n_www <= DHCP_LEASE_WWW_MAX);
	for (unsigned int i = 0; i < lease->n_dns; i++)
		check_address(lease->dns[i]);
	check_name(lease->domain, sizeof(lease->domain));
	check_name(lease->search, sizeof(lease->search));
	check_name(lease->hostname, sizeof(lease->hostname));
	check_name(lease->fqdn, sizeof(lease->fqdn));
	check(strchr(lease->hostname, ' ') == NULL);
}

/* Lines of a key and one word in single quotes, as a shell reads it. */
static void check_file(const struct dhcp_lease *lease)
{
	static uint8_t buffer[DHCP_LEASE_FILE_MAX];
	struct reader reader;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_file(&writer, "eth0", lease);
	check(!writer_failed(&writer));
	reader_from_span(&reader, writer_span(&writer));
	while (reader_left(&reader) > 0) {
		struct span key = reader_until(&reader, '=');
		uint8_t byte;

		check(key.len > 0 && reader_u8(&reader) == '\'');
		for (size_t i = 0; i < key.len; i++)
			check(strchr("abcdefghijklmnopqrstuvwxyz0123456789_",
				     key.data[i]) != NULL);
		do {
			while ((byte = reader_u8(&reader)) != '\'')
				check(byte >= 0x20 && byte != 0x7f);
			byte = reader_u8(&reader);
			if (byte == '\\') {
				check(reader_u8(&reader) == '\'');
				check(reader_u8(&reader) == '\'');
			}
		} while (byte == '\\');
		check(byte == '\n');
	}
	check(!reader_failed(&reader));
}

static void check_json(const struct dhcp_lease *lease)
{
	static uint8_t buffer[DHCP_LEASE_JSON_MAX];
	struct json_reader reader;
	struct json_token token;
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	dhcp_lease_write_json(&writer, "eth0", lease);
	check(!writer_failed(&writer));
	json_reader_init(&reader, writer_span(&writer));
	do
		check(json_next(&reader, &token) == 0);
	while (token.type != JSON_END);
}

static void check_env(const struct dhcp_lease *lease)
{
	static uint8_t buffer[DHCP_LEASE_ENV_MAX];
	char *env[DHCP_LEASE_ENV_N];
	struct writer writer;
	int n;

	writer_init(&writer, buffer, sizeof(buffer));
	n = dhcp_lease_put_env(&writer, "eth0", lease, env, DHCP_LEASE_ENV_N);
	check(n > 0 && env[n] == NULL);
	for (int i = 0; i < n; i++) {
		size_t name = strcspn(env[i], "=");

		check(name > 0 && env[i][name] == '=');
		check(strspn(env[i], "abcdefghijklmnopqrstuvwxyz0123456789_") ==
		      name);
		for (const char *c = env[i] + name; *c; c++)
			check((uint8_t)*c >= 0x20 && *c != 0x7f);
		/* The first one counts. */
		for (int j = 0; j < i; j++)
			check(strncmp(env[i], env[j], name + 1) != 0);
	}
}

static void check_record(const struct dhcp_lease *lease)
{
	uint8_t line[RECORD_LINE_MAX + 1];
	struct record record;
	struct writer writer;
	uint32_t address;
	struct span span;

	writer_init(&writer, line, sizeof(line));
	dhcp_lease_write_record(&writer, "eth0", lease);
	span = writer_span(&writer);
	check(span.len > 1);
	span.len--;
	check(record_parse(span, &record) == 0);
	check(record_get_ipv4(&record, "address", &address) == 0);
	check(address == lease->address);
}

/* LEASE is one that was read, or that dhcp_lease_check() has taken. */
static void check_lease(const struct dhcp_lease *lease)
{
	check(dhcp_lease_check(lease) == 0);
	check_values(lease);
	check_file(lease);
	check_json(lease);
	check_env(lease);
	check_record(lease);
}
