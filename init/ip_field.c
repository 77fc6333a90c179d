/* See ip_field.h. */
#include "init/ip_field.h"

#include <string.h>

#include "base/text.h"
#include "init/identity.h"

#define MTU_MIN 68 /* RFC 791 */

const char *ip_split(struct span value, struct ip_fields *ret_fields)
{
	struct reader reader;
	bool more = true;

	memset(ret_fields, 0, sizeof(*ret_fields));
	reader_from_span(&reader, value);
	while (more) {
		bool bracket = reader_left(&reader) > 0 && *reader.pos == '[';
		struct span field;
		size_t left;

		if (ret_fields->n == IP_FIELDS_MAX)
			return "there are more than ten fields";
		reader_skip(&reader, bracket);
		left = reader_left(&reader);
		field = reader_until(&reader, bracket ? ']' : ':');
		more = field.len < left;
		if (bracket && !more)
			return "a bracket is not closed";
		if (bracket) {
			more = reader_left(&reader) > 0;
			if (more && reader_u8(&reader) != ':')
				return "a colon must follow a bracket";
		}
		ret_fields->at[ret_fields->n++] = field;
	}
	return NULL;
}

bool ip_is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* A DHCP server is who answers BOOTP today. */
static const struct {
	char name[11];
	uint8_t methods;
} methods[] = {
	{ "dhcp", NET_PLAN_DHCP },
	{ "dhcp4", NET_PLAN_DHCP },
	{ "on", NET_PLAN_DEFAULT },
	{ "any", NET_PLAN_DEFAULT },
	{ "both", NET_PLAN_DHCP },
	{ "bootp", NET_PLAN_DHCP },
	{ "auto6", NET_PLAN_AUTO6 },
	{ "dhcp6", NET_PLAN_DHCP6 },
	{ "either6", NET_PLAN_AUTO6 | NET_PLAN_DHCP6 },
	{ "link6", NET_PLAN_LINK_LOCAL6 },
	{ "link-local", NET_PLAN_LINK_LOCAL | NET_PLAN_LINK_LOCAL6 },
	{ "off", 0 },
	{ "none", 0 },
	{ "", 0 },
};

bool ip_parse_methods(struct span text, uint8_t *ret_methods)
{
	struct reader reader;
	unsigned int bits = 0;

	reader_from_span(&reader, text);
	do {
		struct span word = reader_until(&reader, ',');
		size_t i = 0;

		while (i < ARRAY_SIZE(methods) &&
		       !span_is(word, methods[i].name))
			i++;
		/* What switches off stands alone. */
		if (i == ARRAY_SIZE(methods) ||
		    (methods[i].methods == 0 && word.len < text.len))
			return false;
		bits |= methods[i].methods;
	} while (reader_left(&reader) > 0);
	*ret_methods = (uint8_t)bits;
	return true;
}

bool ip_parse_address(struct span text, struct net_plan_address *ret_address)
{
	struct net_plan_address address = { .is_ipv6 = false };
	uint8_t all = 0;

	*ret_address = address;
	if (text.len == 0)
		return true;
	if (text_parse_ipv4(text, &ret_address->ipv4) == 0) {
		uint32_t first = ret_address->ipv4 >> 24;

		return ret_address->ipv4 == 0 ||
		       (first > 0 && first != 127 && first < 224);
	}
	if (text_parse_ipv6(text, address.ipv6) < 0)
		return false;
	address.is_ipv6 = true;
	*ret_address = address;
	for (unsigned int i = 0; i < 15; i++)
		all |= address.ipv6[i];
	/* Multicast; ::, ::1. */
	return address.ipv6[0] != 0xff && (all || address.ipv6[15] > 1);
}

bool ip_is_given(const struct net_plan_address *address)
{
	return address->is_ipv6 || address->ipv4;
}

bool ip_parse_dns(struct span text, struct net_plan_address *list,
		  unsigned int *n)
{
	struct net_plan_address address;

	if (!ip_parse_address(text, &address))
		return false;
	if (ip_is_given(&address))
		list[(*n)++] = address;
	return true;
}

bool ip_parse_netmask(struct span text, bool is_ipv6, uint8_t *ret_prefix)
{
	uint64_t number;
	uint32_t mask;

	if (!is_ipv6 && text_parse_ipv4(text, &mask) == 0) {
		if (mask == 0 || (~mask & (~mask + 1)) != 0)
			return false;
		for (*ret_prefix = 0; mask; mask <<= 1)
			++*ret_prefix;
		return true;
	}
	if (span_starts(text, "/"))
		text = span_skip(text, 1);
	if (text_parse_u64(text, is_ipv6 ? 128 : 32, &number) < 0 ||
	    number == 0)
		return false;
	*ret_prefix = (uint8_t)number;
	return true;
}

uint8_t ip_usual_prefix(const struct net_plan_address *address)
{
	if (address->is_ipv6)
		return 64;
	return address->ipv4 >> 31 == 0 ? 8 :
	       address->ipv4 >> 30 == 2 ? 16 :
					  24;
}

bool ip_parse_name(struct span text, char name[NET_PLAN_NAME_MAX])
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f ||
		    text.data[i] == '/')
			return false;
	}
	return !span_is(text, ".") && !span_is(text, "..") &&
	       text_copy(name, NET_PLAN_NAME_MAX, text) == 0;
}

bool ip_parse_hostname(struct span text, char name[NET_PLAN_HOSTNAME_MAX])
{
	return text.len == 0 || identity_read_name(text, name) == 0;
}

bool ip_parse_mtu(struct span text, uint16_t *ret_mtu)
{
	uint64_t mtu;

	if (text_parse_u64(text, UINT16_MAX, &mtu) < 0 || mtu < MTU_MIN)
		return false;
	*ret_mtu = (uint16_t)mtu;
	return true;
}
