/* See address.h. */
#include "netlink/address.h"

#include <errno.h>
#include <stdbool.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "netlink/attribute.h"

void route_build_get_addresses(struct route_message *ret_message)
{
	struct nlmsghdr *header = route_start(ret_message, RTM_GETADDR,
					      NLM_F_DUMP);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifa_family = AF_INET;
}

/* RFC 3927 §2.6: such an address is good on its link only. */
static bool is_link_local(uint32_t address)
{
	return address >> 16 == 0xa9fe;
}

static bool is_loopback(uint32_t address)
{
	return address >> 24 == 127;
}

void route_build_address(struct route_message *ret_message,
			 enum route_verb verb,
			 const struct route_address *address)
{
	struct nlmsghdr *header = route_start_verb(ret_message, verb,
						   RTM_NEWADDR, RTM_DELADDR);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifa_family = AF_INET;
	info->ifa_prefixlen = (uint8_t)address->prefix;
	info->ifa_index = address->ifindex;
	info->ifa_scope = RT_SCOPE_UNIVERSE;
	if (is_link_local(address->address))
		info->ifa_scope = RT_SCOPE_LINK;
	if (is_loopback(address->address))
		info->ifa_scope = RT_SCOPE_HOST;
	route_put_ipv4(header, IFA_LOCAL, address->address);
	route_put_ipv4(header, IFA_ADDRESS, address->address);
	if (verb == ROUTE_DELETE)
		return;
	if (address->broadcast != 0)
		route_put_ipv4(header, IFA_BROADCAST, address->broadcast);
	if (address->metric != 0)
		route_put_u32(header, IFA_RT_PRIORITY, address->metric);
	/* Without IFA_CACHEINFO a replaced address would keep the lifetime
	 * that it had. */
	struct ifa_cacheinfo lifetime = {
		.ifa_valid = address->valid,
		.ifa_prefered = address->preferred,
	};
	route_put(header, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

static uint32_t ipv4(struct reader *reader, struct reader *value)
{
	uint32_t result = reader_be32(value);

	if (reader_failed(value))
		reader_fail(reader);
	return result;
}

static void parse_address_attribute(struct reader *reader, unsigned int type,
				    struct reader *value, bool *local,
				    struct route_address *address)
{
	struct ifa_cacheinfo lifetime;

	switch (type) {
	case IFA_LOCAL:
		address->address = ipv4(reader, value);
		*local = true;
		break;
	case IFA_ADDRESS:
		/* The other end's, where the two differ. */
		if (!*local)
			address->address = ipv4(reader, value);
		break;
	case IFA_BROADCAST:
		address->broadcast = ipv4(reader, value);
		break;
	case IFA_RT_PRIORITY:
		address->metric = route_take_u32(reader, value);
		break;
	case IFA_CACHEINFO:
		reader_copy(value, &lifetime, sizeof(lifetime));
		if (reader_failed(value)) {
			reader_fail(reader);
			break;
		}
		address->valid = lifetime.ifa_valid;
		address->preferred = lifetime.ifa_prefered;
		break;
	}
}

int route_parse_address(const struct route_header *header,
			struct route_address *ret_address)
{
	struct route_address address = { .valid = ROUTE_FOREVER,
					 .preferred = ROUTE_FOREVER };
	struct reader reader, value;
	struct ifaddrmsg info;
	bool local = false;
	unsigned int type;

	if (header->type != RTM_NEWADDR)
		return -ENOENT;
	reader_from_span(&reader, header->body);
	reader_copy(&reader, &info, sizeof(info));
	if (reader_failed(&reader))
		return -EBADMSG;
	if (info.ifa_family != AF_INET)
		return -ENOENT;
	if (info.ifa_prefixlen > 32 || info.ifa_index == 0)
		return -EBADMSG;
	address.ifindex = info.ifa_index;
	address.prefix = info.ifa_prefixlen;
	while (route_next_attribute(&reader, &type, &value))
		parse_address_attribute(&reader, type, &value, &local,
					&address);
	if (reader_failed(&reader) || address.address == 0)
		return -EBADMSG;
	*ret_address = address;
	return 0;
}
