/* See net_config6.h. */
#include "init/net_config6.h"

#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "netlink/route.h"

#define PATH_MAX_OPTION 96
/* To the kernel it is as good as any but 0; people write 1. */
#define HELD "2"

static void put_path(char path[PATH_MAX_OPTION], const char *name,
		     const char *option)
{
	text_print(path, PATH_MAX_OPTION, "/proc/sys/net/ipv6/conf/%s/%s", name,
		   option);
}

static int set_option(const char *name, const char *option, const char *value)
{
	char path[PATH_MAX_OPTION];
	int r;

	put_path(path, name, option);
	r = fd_write_file(path, value);
	if (r < 0)
		log_debug("%s: %s", path, strerror(-r));
	return r;
}

bool net_config6_hold(const char *name, bool is_up)
{
	char path[PATH_MAX_OPTION], value[8];
	size_t len;

	put_path(path, name, "disable_ipv6");
	if (fd_read_file(path, value, sizeof(value), &len) < 0)
		return false;
	if (value[0] == '0' && !is_up)
		return set_option(name, "disable_ipv6", HELD) == 0;
	return value[0] == HELD[0];
}

void net_config6_hurry(const char *name)
{
	(void)set_option(name, "optimistic_dad", "1");
	(void)set_option(name, "use_optimistic", "1");
	(void)set_option(name, "router_solicitation_delay", "0");
}

void net_config6_begin(const char *name)
{
	net_config6_hurry(name);
	(void)set_option(name, "disable_ipv6", "0");
}

void net_config6_limit(const struct net_config6 *config,
		       const struct net_plan_device *device)
{
	if (config->is_idle)
		return;
	if (!(device->methods & (NET_PLAN_AUTO6 | NET_PLAN_DHCP6)))
		(void)set_option(config->name, "accept_ra", "0");
	if (!(device->methods & NET_PLAN_ANY6))
		(void)set_option(config->name, "disable_ipv6", "1");
}

static int change_address(struct netlink *netlink, enum route_verb verb,
			  const struct net_config6 *config,
			  const struct dhcp_lease6 *lease)
{
	struct route_message message;
	struct route_address6 address = {
		.ifindex = config->ifindex,
		.prefix = 128,
		.valid = lease->times.valid_s,
		.preferred = lease->times.preferred_s,
		.metric = config->metric,
		.flags = IFA_F_NOPREFIXROUTE,
	};

	memcpy(address.address, lease->address.bytes, sizeof(address.address));
	route_build_address6(&message, verb, &address);
	return netlink_request(netlink, &message);
}

void net_config6_set_static(struct netlink *netlink,
			    const struct net_config6 *config,
			    const struct net_plan_device *device)
{
	static const uint8_t none[16];
	struct route_message message;
	struct route_address6 address = {
		.ifindex = config->ifindex,
		.prefix = device->prefix6,
		.valid = ROUTE_FOREVER,
		.preferred = ROUTE_FOREVER,
		.metric = config->metric,
	};
	struct route_route6 route = {
		.ifindex = config->ifindex,
		.metric = config->metric,
		.onlink = true,
	};
	int r;

	if (config->is_idle)
		return;
	memcpy(address.address, device->address6, sizeof(address.address));
	route_build_address6(&message, ROUTE_REPLACE, &address);
	r = netlink_request(netlink, &message);
	if (r == 0 && memcmp(device->gateway6, none, sizeof(none)) != 0) {
		memcpy(route.gateway, device->gateway6, sizeof(route.gateway));
		route_build_route6(&message, ROUTE_REPLACE, &route);
		r = netlink_request(netlink, &message);
	}
	if (r < 0)
		log_warning("%s: the IPv6 address of ip=: %s", config->name,
			    strerror(-r));
}

static bool has_address(const struct net_config6 *config)
{
	return config->has_lease && config->lease.has_address;
}

int net_config6_apply(struct netlink *netlink, struct net_config6 *config,
		      const struct dhcp_lease6 *lease)
{
	int r = 0;

	if (has_address(config) && !config->is_idle &&
	    memcmp(&config->lease.address, &lease->address,
		   sizeof(lease->address)) != 0)
		(void)!change_address(netlink, ROUTE_DELETE, config,
				      &config->lease);
	if (lease->has_address && !config->is_idle)
		r = change_address(netlink, ROUTE_REPLACE, config, lease);
	config->has_lease = r == 0;
	if (r == 0)
		config->lease = *lease;
	return r;
}

void net_config6_remove(struct netlink *netlink, struct net_config6 *config)
{
	int r;

	if (has_address(config) && !config->is_idle) {
		r = change_address(netlink, ROUTE_DELETE, config,
				   &config->lease);
		if (r < 0 && r != -EADDRNOTAVAIL && r != -ENODEV)
			log_warning("%s: the IPv6 address stays: %s",
				    config->name, strerror(-r));
	}
	config->has_lease = false;
}

bool net_config6_is_refused(const struct net_config6 *config,
			    const struct route_address6 *address)
{
	return has_address(config) && (address->flags & IFA_F_DADFAILED) &&
	       memcmp(config->lease.address.bytes, address->address,
		      sizeof(address->address)) == 0;
}
