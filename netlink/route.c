/* See route.h. */
#include "netlink/route.h"

#include <string.h>

#include <linux/rtnetlink.h>

#include "netlink/attribute.h"

#define PROTOCOL_DHCP 16 /* RTPROT_DHCP */

static struct nlmsghdr *start(struct route_message *message,
			      enum route_verb verb, const struct rtmsg *about)
{
	struct nlmsghdr *header = route_start_verb(message, verb, RTM_NEWROUTE,
						   RTM_DELROUTE);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	*info = *about;
	info->rtm_table = RT_TABLE_MAIN;
	info->rtm_type = RTN_UNICAST;
	return header;
}

void route_build_route(struct route_message *ret_message, enum route_verb verb,
		       const struct route_route *route)
{
	bool onlink = route->onlink && route->gateway != 0;
	struct nlmsghdr *header = start(
		ret_message, verb,
		&(struct rtmsg){
			.rtm_family = AF_INET,
			.rtm_dst_len = (uint8_t)route->prefix,
			.rtm_protocol = PROTOCOL_DHCP,
			.rtm_scope = route->gateway != 0 ? RT_SCOPE_UNIVERSE :
							   RT_SCOPE_LINK,
			.rtm_flags = onlink ? RTNH_F_ONLINK : 0,
		});

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

static bool is_unspecified(const uint8_t address[16])
{
	static const uint8_t unspecified[16];

	return memcmp(address, unspecified, sizeof(unspecified)) == 0;
}

void route_build_route6(struct route_message *ret_message, enum route_verb verb,
			const struct route_route6 *route)
{
	uint8_t preference = (uint8_t)route->preference;
	bool has_gateway = !is_unspecified(route->gateway);
	bool onlink = route->onlink && has_gateway;
	struct nlmsghdr *header =
		start(ret_message, verb,
		      &(struct rtmsg){
			      .rtm_family = AF_INET6,
			      .rtm_dst_len = (uint8_t)route->prefix,
			      .rtm_protocol = route->protocol,
			      .rtm_flags = onlink ? RTNH_F_ONLINK : 0,
		      });

	if (route->prefix > 0)
		route_put(header, RTA_DST, route->destination, 16);
	route_put_u32(header, RTA_OIF, route->ifindex);
	if (has_gateway)
		route_put(header, RTA_GATEWAY, route->gateway, 16);
	if (route->metric != 0)
		route_put_u32(header, RTA_PRIORITY, route->metric);
	if (verb == ROUTE_DELETE)
		return;
	if (!is_unspecified(route->source))
		route_put(header, RTA_PREFSRC, route->source, 16);
	if (route->expires != 0)
		route_put_u32(header, RTA_EXPIRES, route->expires);
	if (preference != ROUTE_PREFERENCE_MEDIUM)
		route_put(header, RTA_PREF, &preference, 1);
}
