/*
 * See route.h. Netlink is in the machine's own byte order, but for the
 * addresses inside it; structures are copied out, never laid over.
 */
#include "netlink/route.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/text.h"

/* Newer than the headers that we can be built with. */
#define ATTRIBUTE_RT_PRIORITY 9 /* IFA_RT_PRIORITY, Linux 4.18 */
#define ATTRIBUTE_MIN_MTU 50	/* IFLA_MIN_MTU, Linux 4.19 */
#define ATTRIBUTE_MAX_MTU 51

#define PROTOCOL_DHCP 16 /* RTPROT_DHCP */

static struct nlmsghdr *start(struct route_message *message, uint16_t type,
			      uint16_t flags)
{
	struct nlmsghdr *header;

	memset(message, 0, sizeof(*message));
	header = mnl_nlmsg_put_header(message->bytes);
	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return header;
}

/* An attribute is one more header, as mnl_nlmsg_put_extra_header() fills both
 * up with zeroes. libmnl's own share an object with all that reads them, which
 * base/reader.h does here: 3 KB. */
static void put_attribute(struct nlmsghdr *header, uint16_t type,
			  const void *value, uint16_t len)
{
	struct nlattr *attribute =
		mnl_nlmsg_put_extra_header(header, sizeof(*attribute) + len);

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(sizeof(*attribute) + len);
	memcpy(attribute + 1, value, len);
}

static void put_u32(struct nlmsghdr *header, uint16_t type, uint32_t value)
{
	put_attribute(header, type, &value, sizeof(value));
}

/* Into the order of the wire, whatever the machine's is. */
static uint32_t wire(uint32_t address)
{
	uint8_t bytes[4] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16),
			     (uint8_t)(address >> 8), (uint8_t)address };
	uint32_t result;

	memcpy(&result, bytes, sizeof(result));
	return result;
}

static uint16_t verb_flags(enum route_verb verb)
{
	switch (verb) {
	case ROUTE_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case ROUTE_REPLACE:
		return NLM_F_CREATE | NLM_F_REPLACE;
	case ROUTE_DELETE:
		return 0;
	}
	return 0;
}

void route_build_get_links(struct route_message *ret_message)
{
	struct nlmsghdr *header = start(ret_message, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifi_family = AF_UNSPEC;
}

void route_build_get_addresses(struct route_message *ret_message)
{
	struct nlmsghdr *header = start(ret_message, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifa_family = AF_INET;
}

static struct nlmsghdr *start_link(struct route_message *message,
				   unsigned int ifindex, uint32_t flags,
				   uint32_t change)
{
	struct nlmsghdr *header = start(message, RTM_NEWLINK, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)ifindex;
	info->ifi_flags = flags;
	info->ifi_change = change;
	return header;
}

void route_build_link_up(struct route_message *ret_message,
			 unsigned int ifindex, bool up)
{
	(void)start_link(ret_message, ifindex, up ? IFF_UP : 0, IFF_UP);
}

void route_build_link_mtu(struct route_message *ret_message,
			  unsigned int ifindex, uint32_t mtu)
{
	struct nlmsghdr *header = start_link(ret_message, ifindex, 0, 0);

	put_u32(header, IFLA_MTU, mtu);
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
	struct nlmsghdr *header = start(
		ret_message, verb == ROUTE_DELETE ? RTM_DELADDR : RTM_NEWADDR,
		verb_flags(verb));
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
	put_u32(header, IFA_LOCAL, wire(address->address));
	put_u32(header, IFA_ADDRESS, wire(address->address));
	if (verb == ROUTE_DELETE)
		return;
	if (address->broadcast != 0)
		put_u32(header, IFA_BROADCAST, wire(address->broadcast));
	if (address->metric != 0)
		put_u32(header, ATTRIBUTE_RT_PRIORITY, address->metric);
	/* Without IFA_CACHEINFO a replaced address would keep the lifetime
	 * that it had. */
	struct ifa_cacheinfo lifetime = {
		.ifa_valid = address->valid,
		.ifa_prefered = address->preferred,
	};
	put_attribute(header, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
}

void route_build_route(struct route_message *ret_message, enum route_verb verb,
		       const struct route_route *route)
{
	struct nlmsghdr *header = start(
		ret_message, verb == ROUTE_DELETE ? RTM_DELROUTE : RTM_NEWROUTE,
		verb_flags(verb));
	struct rtmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	info->rtm_family = AF_INET;
	info->rtm_dst_len = (uint8_t)route->prefix;
	info->rtm_table = RT_TABLE_MAIN;
	info->rtm_protocol = PROTOCOL_DHCP;
	info->rtm_type = RTN_UNICAST;
	info->rtm_scope = route->gateway != 0 ? RT_SCOPE_UNIVERSE :
						RT_SCOPE_LINK;
	if (route->onlink && route->gateway != 0)
		info->rtm_flags |= RTNH_F_ONLINK;
	if (route->prefix > 0)
		put_u32(header, RTA_DST, wire(route->destination));
	put_u32(header, RTA_OIF, route->ifindex);
	if (route->gateway != 0)
		put_u32(header, RTA_GATEWAY, wire(route->gateway));
	if (route->metric != 0)
		put_u32(header, RTA_PRIORITY, route->metric);
	if (route->source != 0)
		put_u32(header, RTA_PREFSRC, wire(route->source));
}

struct span route_message_span(const struct route_message *message)
{
	uint32_t len;

	memcpy(&len, message->bytes, sizeof(len));
	return (struct span){ message->bytes,
			      len <= sizeof(message->bytes) ? len : 0 };
}

/* Messages and attributes start at multiples of four. */
static void skip_padding(struct reader *reader, size_t len)
{
	size_t padding = (4 - len % 4) % 4;

	/* The last one need not be padded. */
	if (padding > reader_left(reader))
		padding = reader_left(reader);
	reader_skip(reader, padding);
}

int route_next(struct reader *datagram, struct route_header *ret_header)
{
	struct nlmsghdr header;
	struct span body;

	if (reader_failed(datagram))
		return -EBADMSG;
	if (reader_left(datagram) == 0)
		return -ENOENT;
	reader_copy(datagram, &header, sizeof(header));
	if (reader_failed(datagram) || header.nlmsg_len < sizeof(header)) {
		reader_fail(datagram);
		return -EBADMSG;
	}
	body = reader_span(datagram, header.nlmsg_len - sizeof(header));
	if (reader_failed(datagram))
		return -EBADMSG;
	skip_padding(datagram, body.len);
	*ret_header = (struct route_header){
		.type = header.nlmsg_type,
		.flags = header.nlmsg_flags,
		.seq = header.nlmsg_seq,
		.port = header.nlmsg_pid,
		.body = body,
	};
	return 0;
}

/* The next attribute; false at the end and, failed, where there is none. */
static bool next_attribute(struct reader *reader, unsigned int *ret_type,
			   struct reader *ret_value)
{
	struct nlattr header;

	if (reader_left(reader) == 0)
		return false;
	reader_copy(reader, &header, sizeof(header));
	if (reader_failed(reader) || header.nla_len < sizeof(header)) {
		reader_fail(reader);
		return false;
	}
	*ret_value = reader_sub(reader, header.nla_len - sizeof(header));
	if (reader_failed(reader))
		return false;
	skip_padding(reader, header.nla_len);
	*ret_type = header.nla_type & (unsigned int)NLA_TYPE_MASK;
	return true;
}

/* Latches failure in READER, which the value came from, when the value is
 * shorter than a number. */
static uint32_t number(struct reader *reader, struct reader *value)
{
	uint32_t result;

	reader_copy(value, &result, sizeof(result));
	if (reader_failed(value))
		reader_fail(reader);
	return result;
}

static uint8_t small_number(struct reader *reader, struct reader *value)
{
	uint8_t result = reader_u8(value);

	if (reader_failed(value))
		reader_fail(reader);
	return result;
}

static uint32_t ipv4(struct reader *reader, struct reader *value)
{
	uint32_t result = reader_be32(value);

	if (reader_failed(value))
		reader_fail(reader);
	return result;
}

/* A string with its terminator, as the kernel writes them. */
static struct span string(struct reader *value)
{
	return reader_until(value, '\0');
}

int route_parse_error(const struct route_header *header, int *ret_error,
		      struct span *ret_reason)
{
	struct span reason = { NULL, 0 };
	struct reader reader, value;
	unsigned int type;
	int32_t error;

	if (header->type != NLMSG_ERROR && header->type != NLMSG_DONE)
		return -EBADMSG;
	reader_from_span(&reader, header->body);
	/* A NLMSG_DONE without a verdict is a good one. */
	if (header->type == NLMSG_DONE && reader_left(&reader) == 0) {
		*ret_error = 0;
		*ret_reason = reason;
		return 0;
	}
	reader_copy(&reader, &error, sizeof(error));
	if (reader_failed(&reader) || error > 0 || error < -4095)
		return -EBADMSG;
	if (header->type == NLMSG_ERROR) {
		struct nlmsghdr request;

		reader_copy(&reader, &request, sizeof(request));
		/* The request comes back whole unless the flag says no. */
		if (!(header->flags & NLM_F_CAPPED) &&
		    request.nlmsg_len > sizeof(request)) {
			size_t len = request.nlmsg_len - sizeof(request);

			reader_skip(&reader, len);
			skip_padding(&reader, len);
		}
	}
	/* What explains the verdict is not needed to have one. */
	while ((header->flags & NLM_F_ACK_TLVS) &&
	       next_attribute(&reader, &type, &value)) {
		if (type == NLMSGERR_ATTR_MSG)
			reason = string(&value);
	}
	*ret_error = error;
	*ret_reason = reason;
	return 0;
}

static void parse_kind(struct reader *reader, struct reader *info,
		       struct route_link *link)
{
	struct reader value;
	unsigned int type;

	while (next_attribute(info, &type, &value)) {
		/* A kind that is too long for us is still a kind, so that
		 * the link is not taken for a device. */
		if (type == IFLA_INFO_KIND &&
		    text_copy(link->kind, sizeof(link->kind), string(&value)) <
			    0)
			link->kind[0] = '?';
	}
	if (reader_failed(info))
		reader_fail(reader);
}

static void parse_link_attribute(struct reader *reader, unsigned int type,
				 struct reader *value, struct route_link *link)
{
	switch (type) {
	case IFLA_IFNAME:
		if (text_copy(link->name, sizeof(link->name), string(value)) <
		    0)
			reader_fail(reader);
		break;
	case IFLA_ADDRESS:
		if (reader_left(value) > sizeof(link->mac)) {
			reader_fail(reader);
			break;
		}
		link->mac_len = reader_left(value);
		reader_copy(value, link->mac, link->mac_len);
		break;
	case IFLA_MTU:
		link->mtu = number(reader, value);
		break;
	case ATTRIBUTE_MIN_MTU:
		link->min_mtu = number(reader, value);
		break;
	case ATTRIBUTE_MAX_MTU:
		link->max_mtu = number(reader, value);
		break;
	case IFLA_CARRIER:
		link->carrier = small_number(reader, value) != 0;
		break;
	case IFLA_OPERSTATE:
		link->operstate = small_number(reader, value);
		break;
	case IFLA_LINKINFO:
		parse_kind(reader, value, link);
		break;
	}
}

int route_parse_link(const struct route_header *header,
		     struct route_link *ret_link)
{
	struct route_link link = { 0 };
	struct reader reader, value;
	struct ifinfomsg info;
	unsigned int type;

	if (header->type != RTM_NEWLINK && header->type != RTM_DELLINK)
		return -ENOENT;
	reader_from_span(&reader, header->body);
	reader_copy(&reader, &info, sizeof(info));
	if (reader_failed(&reader) || info.ifi_index <= 0)
		return -EBADMSG;
	/* The bridge's own view of a port is no news of the link. */
	if (info.ifi_family != AF_UNSPEC)
		return -ENOENT;
	link.ifindex = (unsigned int)info.ifi_index;
	link.gone = header->type == RTM_DELLINK;
	link.flags = info.ifi_flags;
	link.hardware = info.ifi_type;
	link.carrier = info.ifi_flags & IFF_LOWER_UP;
	while (next_attribute(&reader, &type, &value))
		parse_link_attribute(&reader, type, &value, &link);
	if (reader_failed(&reader) || link.name[0] == '\0')
		return -EBADMSG;
	*ret_link = link;
	return 0;
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
	case ATTRIBUTE_RT_PRIORITY:
		address->metric = number(reader, value);
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
	while (next_attribute(&reader, &type, &value))
		parse_address_attribute(&reader, type, &value, &local,
					&address);
	if (reader_failed(&reader) || address.address == 0)
		return -EBADMSG;
	*ret_address = address;
	return 0;
}
