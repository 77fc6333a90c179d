/* See route.h. */
#include "netlink/route.h"

#include <linux/rtnetlink.h>

#include "netlink/attribute.h"

#define PROTOCOL_DHCP 16 /* RTPROT_DHCP */

void route_build_route(struct route_message *ret_message, enum route_verb verb,
		       const struct route_route *route)
{
	struct nlmsghdr *header = route_start_verb(ret_message, verb,
						   RTM_NEWROUTE, RTM_DELROUTE);
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
		route_put_ipv4(header, RTA_DST, route->destination);
	route_put_u32(header, RTA_OIF, route->ifindex);
	if (route->gateway != 0)
		route_put_ipv4(header, RTA_GATEWAY, route->gateway);
	if (route->metric != 0)
		route_put_u32(header, RTA_PRIORITY, route->metric);
	if (route->source != 0)
		route_put_ipv4(header, RTA_PREFSRC, route->source);
}
