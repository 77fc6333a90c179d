/*
 * Addresses that were announced, or that packets came from: whether a host
 * can be there. RFC 1122 §3.2.1.3, RFC 4291 §2.5.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "discover/url.h"

/* Not of this network, loopback, a group or reserved. In host order. */
bool address_is_host_ipv4(uint32_t address);

/* Not unspecified, loopback, an IPv4 address in disguise or a group. */
bool address_is_host_ipv6(const uint8_t address[16]);

bool address_is_host(const struct url_address *address);

bool address_equal(const struct url_address *a, const struct url_address *b);
