/*
 * See address.h. Both families are one message; what is IPv4's only is its
 * broadcast address and the scope that we choose. So an IPv4 address goes
 * through here as the first four bytes of an IPv6 one.
 */
#include "netlink/address.h"

#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "netlink/attribute.h"

static void build_get(struct route_message *message, uint8_t family)
{
	struct nlmsghdr *header = route_start(message, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifa_family = family;
}

void route_build_get_addresses(struct route_message *ret_message)
{
	build_get(ret_message, AF_INET);
}

void route_build_get_addresses6(struct route_message *ret_message)
{
	build_get(ret_message, AF_INET6);
}

static void build(struct route_message *message, enum route_verb verb,
		  uint8_t family, const struct route_address6 *address,
		  uint32_t broadcast)
{
	struct nlmsghdr *header = route_start_verb(message, verb, RTM_NEWADDR,
						   RTM_DELADDR);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));
	uint32_t flags = address->flags & ROUTE_ADDRESS_SETTABLE;
	uint16_t len = route_address_len(family);

	info->ifa_family = family;
	info->ifa_prefixlen = (uint8_t)address->prefix;
	info->ifa_index = address->ifindex;
	info->ifa_scope = address->scope;
	route_put(header, IFA_LOCAL, address->address, len);
	route_put(header, IFA_ADDRESS, address->address, len);
	if (verb == ROUTE_DELETE)
		return;
	if (broadcast != 0)
		route_put_ipv4(header, IFA_BROADCAST, broadcast);
	if (address->metric != 0)
		route_put_u32(header, IFA_RT_PRIORITY, address->metric);
	if (flags != 0)
		route_put_u32(header, IFA_FLAGS, flags);
	/* Without IFA_CACHEINFO a replaced address would keep the lifetime
	 * that it had. */
	struct ifa_cacheinfo lifetime = {
		.ifa_valid = address->valid,
		.ifa_prefered = address->preferred,
	};
	route_put(header, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

static uint8_t ipv4_scope(uint32_t address)
{
	/* RFC 3927 §2.6: such an address is good on its link only. */
	if (address >> 16 == 0xa9fe)
		return RT_SCOPE_LINK;
	return address >> 24 == 127 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
}

void route_build_address(struct route_message *ret_message,
			 enum route_verb verb,
			 const struct route_address *address)
{
	struct route_address6 general = {
		.ifindex = address->ifindex,
		.prefix = address->prefix,
		.valid = address->valid,
		.preferred = address->preferred,
		.metric = address->metric,
		.flags = address->flags,
		.scope = ipv4_scope(address->address),
	};

	route_ipv4_bytes(address->address, general.address);
	build(ret_message, verb, AF_INET, &general, address->broadcast);
}

void route_build_address6(struct route_message *ret_message,
			  enum route_verb verb,
			  const struct route_address6 *address)
{
	struct route_address6 general = *address;

	/* IPv6 has it from the address. */
	general.scope = RT_SCOPE_UNIVERSE;
	build(ret_message, verb, AF_INET6, &general, 0);
}

struct parse {
	uint16_t len; /* of an address */
	bool has_local;
	uint32_t broadcast; /* IPv4 */
	struct route_address6 address;
};

static void parse_attribute(struct reader *reader, unsigned int type,
			    struct reader *value, struct parse *parse)
{
	struct route_address6 *address = &parse->address;
	struct ifa_cacheinfo lifetime;

	switch (type) {
	case IFA_ADDRESS:
		/* The other end's, where the two differ. */
		if (parse->has_local)
			break;
		FALLTHROUGH;
	case IFA_LOCAL:
		route_take(reader, value, address->address, parse->len);
		parse->has_local = type == IFA_LOCAL;
		break;
	case IFA_BROADCAST:
		parse->broadcast = reader_be32(value);
		if (reader_failed(value))
			reader_fail(reader);
		break;
	case IFA_RT_PRIORITY:
		address->metric = route_take_u32(reader, value);
		break;
	case IFA_FLAGS:
		/* All 32, of which the header has 8. */
		address->flags = route_take_u32(reader, value);
		break;
	case IFA_CACHEINFO:
		route_take(reader, value, &lifetime, sizeof(lifetime));
		address->valid = lifetime.ifa_valid;
		address->preferred = lifetime.ifa_prefered;
		break;
	}
}

static int parse_message(const struct route_header *header, uint8_t family,
			 struct parse *ret_parse)
{
	static const uint8_t unspecified[16];
	struct parse parse = {
		.len = route_address_len(family),
		.address.valid = ROUTE_FOREVER,
		.address.preferred = ROUTE_FOREVER,
		.address.gone = header->type == RTM_DELADDR,
	};
	struct reader reader, value;
	struct ifaddrmsg info;
	unsigned int type;

	if (header->type != RTM_NEWADDR && header->type != RTM_DELADDR)
		return -ENOENT;
	reader_from_span(&reader, header->body);
	reader_copy(&reader, &info, sizeof(info));
	if (reader_failed(&reader))
		return -EBADMSG;
	if (info.ifa_family != family)
		return -ENOENT;
	if (info.ifa_prefixlen > parse.len * 8 || info.ifa_index == 0)
		return -EBADMSG;
	parse.address.ifindex = info.ifa_index;
	parse.address.prefix = info.ifa_prefixlen;
	parse.address.flags = info.ifa_flags;
	parse.address.scope = info.ifa_scope;
	while (route_next_attribute(&reader, &type, &value))
		parse_attribute(&reader, type, &value, &parse);
	if (reader_failed(&reader) ||
	    memcmp(parse.address.address, unspecified, parse.len) == 0)
		return -EBADMSG;
	*ret_parse = parse;
	return 0;
}

int route_parse_address(const struct route_header *header,
			struct route_address *ret_address)
{
	struct reader reader;
	struct parse parse;
	int r = parse_message(header, AF_INET, &parse);

	if (r < 0)
		return r;
	reader_init(&reader, parse.address.address, 4);
	*ret_address = (struct route_address){
		.ifindex = parse.address.ifindex,
		.address = reader_be32(&reader),
		.prefix = parse.address.prefix,
		.broadcast = parse.broadcast,
		.valid = parse.address.valid,
		.preferred = parse.address.preferred,
		.metric = parse.address.metric,
		.flags = parse.address.flags,
		.scope = parse.address.scope,
		.gone = parse.address.gone,
	};
	return 0;
}

int route_parse_address6(const struct route_header *header,
			 struct route_address6 *ret_address)
{
	struct parse parse;
	int r = parse_message(header, AF_INET6, &parse);

	if (r == 0)
		*ret_address = parse.address;
	return r;
}
