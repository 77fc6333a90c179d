/* See link.h. */
#include "netlink/link.h"

#include <errno.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/text.h"
#include "netlink/attribute.h"

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
		if (reader_left(value) > sizeof(link->mac)) {
			reader_fail(reader);
			break;
		}
		link->mac_len = reader_left(value);
		reader_copy(value, link->mac, link->mac_len);
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
