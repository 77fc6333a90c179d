/* See neighbour.h. */
#include "netlink/neighbour.h"

#include <errno.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "netlink/attribute.h"

void route_build_get_neighbours(struct route_message *ret_message,
				uint8_t family)
{
	struct nlmsghdr *header = route_start(ret_message, RTM_GETNEIGH,
					      NLM_F_DUMP);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	info->ndm_family = family;
}

void route_build_neighbour(struct route_message *ret_message,
			   enum route_verb verb,
			   const struct route_neighbour *neighbour)
{
	struct nlmsghdr *header = route_start_verb(ret_message, verb,
						   RTM_NEWNEIGH, RTM_DELNEIGH);
	struct ndmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	info->ndm_family = neighbour->family;
	info->ndm_ifindex = (int)neighbour->ifindex;
	info->ndm_state = neighbour->state;
	info->ndm_flags = neighbour->flags;
	route_put(header, NDA_DST, neighbour->address,
		  route_address_len(neighbour->family));
	if (neighbour->mac_len > 0)
		route_put(header, NDA_LLADDR, neighbour->mac,
			  (uint16_t)neighbour->mac_len);
}

int route_parse_neighbour(const struct route_header *header,
			  struct route_neighbour *ret_neighbour)
{
	struct route_neighbour neighbour = { 0 };
	struct reader reader, value;
	bool has_address = false;
	unsigned int type;
	struct ndmsg info;

	if (header->type != RTM_NEWNEIGH && header->type != RTM_DELNEIGH)
		return -ENOENT;
	reader_from_span(&reader, header->body);
	reader_copy(&reader, &info, sizeof(info));
	if (reader_failed(&reader))
		return -EBADMSG;
	if (info.ndm_family != AF_INET && info.ndm_family != AF_INET6)
		return -ENOENT;
	neighbour.family = info.ndm_family;
	neighbour.ifindex = (unsigned int)info.ndm_ifindex;
	neighbour.state = info.ndm_state;
	neighbour.flags = info.ndm_flags;
	neighbour.gone = header->type == RTM_DELNEIGH;
	while (route_next_attribute(&reader, &type, &value)) {
		if (type == NDA_DST) {
			route_take(&reader, &value, neighbour.address,
				   route_address_len(neighbour.family));
			has_address = true;
		} else if (type == NDA_LLADDR) {
			neighbour.mac_len = route_take_mac(&reader, &value,
							   neighbour.mac);
		}
	}
	if (reader_failed(&reader) || !has_address || info.ndm_ifindex <= 0)
		return -EBADMSG;
	*ret_neighbour = neighbour;
	return 0;
}
