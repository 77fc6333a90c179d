/* See link.h. */
#include "netlink/link.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/text.h"
#include "netlink/attribute.h"

#define KIND_VLAN "vlan"
#define VLAN_ID_MAX 4094 /* 4095 is reserved */

void route_build_get_links(struct route_message *ret_message)
{
	struct nlmsghdr *header = route_start(ret_message, RTM_GETLINK,
					      NLM_F_DUMP);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header,
							    sizeof(*info));

	info->ifi_family = AF_UNSPEC;
}

static struct nlmsghdr *start_link(struct route_message *message,
				   unsigned int ifindex, uint32_t flags,
				   uint32_t change)
{
	struct nlmsghdr *header = route_start(message, RTM_NEWLINK, 0);
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

	route_put_u32(header, IFLA_MTU, mtu);
}

void route_build_link_mac(struct route_message *ret_message,
			  unsigned int ifindex, const uint8_t *mac, size_t len)
{
	struct nlmsghdr *header = start_link(ret_message, ifindex, 0, 0);

	assert(len <= ROUTE_MAC_MAX);
	route_put(header, IFLA_ADDRESS, mac, (uint16_t)len);
}

/* An attribute of attributes, which follow until end_nested(). */
static struct nlattr *start_nested(struct nlmsghdr *header, uint16_t type)
{
	struct nlattr *nested = mnl_nlmsg_put_extra_header(header,
							   sizeof(*nested));

	nested->nla_type = type;
	return nested;
}

static void end_nested(const struct nlmsghdr *header, struct nlattr *nested)
{
	const uint8_t *end = (const uint8_t *)header + header->nlmsg_len;

	nested->nla_len = (uint16_t)(end - (const uint8_t *)nested);
}

int route_build_vlan(struct route_message *ret_message, const char *name,
		     unsigned int lower, unsigned int id)
{
	struct nlattr *info, *data;
	struct nlmsghdr *header;
	size_t len = strlen(name);
	uint16_t tag = (uint16_t)id;

	if (len == 0 || len >= ROUTE_NAME_MAX || id > VLAN_ID_MAX)
		return -EINVAL;
	header = start_link(ret_message, 0, 0, 0);
	header->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	route_put(header, IFLA_IFNAME, name, (uint16_t)(len + 1));
	route_put_u32(header, IFLA_LINK, lower);
	info = start_nested(header, IFLA_LINKINFO);
	route_put(header, IFLA_INFO_KIND, KIND_VLAN, sizeof(KIND_VLAN));
	data = start_nested(header, IFLA_INFO_DATA);
	route_put(header, IFLA_VLAN_ID, &tag, sizeof(tag));
	end_nested(header, data);
	end_nested(header, info);
	return 0;
}

void route_build_link_delete(struct route_message *ret_message,
			     unsigned int ifindex)
{
	struct nlmsghdr *header = start_link(ret_message, ifindex, 0, 0);

	header->nlmsg_type = RTM_DELLINK;
}

static void parse_vlan(struct reader *reader, struct reader *data,
		       struct route_link *link)
{
	struct reader value;
	unsigned int type;

	while (route_next_attribute(data, &type, &value)) {
		if (type == IFLA_VLAN_ID)
			route_take(data, &value, &link->vlan_id,
				   sizeof(link->vlan_id));
	}
	if (reader_failed(data))
		reader_fail(reader);
}

static void parse_kind(struct reader *reader, struct reader *info,
		       struct route_link *link)
{
	struct reader value;
	unsigned int type;

	while (route_next_attribute(info, &type, &value)) {
		/* A kind that is too long for us is still a kind, so that
		 * the link is not taken for a device. */
		if (type == IFLA_INFO_KIND &&
		    text_copy(link->kind, sizeof(link->kind),
			      reader_until(&value, '\0')) < 0)
			link->kind[0] = '?';
		/* After the kind, which alone says what is in there. */
		if (type == IFLA_INFO_DATA &&
		    strcmp(link->kind, KIND_VLAN) == 0)
			parse_vlan(info, &value, link);
	}
	if (reader_failed(info))
		reader_fail(reader);
}

static void parse_link_attribute(struct reader *reader, unsigned int type,
				 struct reader *value, struct route_link *link)
{
	switch (type) {
	case IFLA_IFNAME:
		if (text_copy(link->name, sizeof(link->name),
			      reader_until(value, '\0')) < 0)
			reader_fail(reader);
		break;
	case IFLA_ADDRESS:
		link->mac_len = route_take_mac(reader, value, link->mac);
		break;
	case IFLA_PERM_ADDRESS:
		link->has_permanent_mac =
			route_take_mac(reader, value, link->permanent_mac) > 0;
		break;
	case IFLA_LINK:
		link->lower = route_take_u32(reader, value);
		break;
	case IFLA_MTU:
		link->mtu = route_take_u32(reader, value);
		break;
	case IFLA_MIN_MTU:
		link->min_mtu = route_take_u32(reader, value);
		break;
	case IFLA_MAX_MTU:
		link->max_mtu = route_take_u32(reader, value);
		break;
	case IFLA_CARRIER_CHANGES:
		link->carrier_changes = route_take_u32(reader, value);
		break;
	case IFLA_CARRIER:
		link->carrier = route_take_u8(reader, value) != 0;
		break;
	case IFLA_OPERSTATE:
		link->operstate = route_take_u8(reader, value);
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
	while (route_next_attribute(&reader, &type, &value))
		parse_link_attribute(&reader, type, &value, &link);
	if (reader_failed(&reader) || link.name[0] == '\0')
		return -EBADMSG;
	*ret_link = link;
	return 0;
}
