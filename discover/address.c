/* See address.h. */
#include "discover/address.h"

#include <string.h>

bool address_is_host_ipv4(uint32_t address)
{
	uint32_t top = address >> 24;

	return top != 0 && top != 127 && top < 224;
}

bool address_is_host_ipv6(const uint8_t address[16])
{
	static const uint8_t zeroes[10];

	return address[0] != 0xff &&
	       memcmp(address, zeroes, sizeof(zeroes)) != 0;
}

bool address_is_host(const struct url_address *address)
{
	return address->is_ipv6 ? address_is_host_ipv6(address->ipv6) :
				  address_is_host_ipv4(address->ipv4);
}

bool address_equal(const struct url_address *a, const struct url_address *b)
{
	if (a->is_ipv6 != b->is_ipv6)
		return false;
	return a->is_ipv6 ? memcmp(a->ipv6, b->ipv6, sizeof(a->ipv6)) == 0 :
			    a->ipv4 == b->ipv4;
}
