/* See net_config.h. */
#include "init/net_config.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

static void build_address(struct route_message *ret_message,
			  enum route_verb verb, const struct net_config *config,
			  const struct dhcp_lease *lease)
{
	struct route_address address = {
		.ifindex = config->ifindex,
		.address = lease->address,
		.prefix = lease->prefix,
		.broadcast = lease->broadcast,
		/* The kernel ends it by itself should we be gone. */
		.valid = lease->lease_s,
		.preferred = lease->lease_s,
		.metric = config->metric,
	};

	route_build_address(ret_message, verb, &address);
}

static void build_route(struct route_message *ret_message, enum route_verb verb,
			const struct net_config *config,
			const struct dhcp_lease *lease,
			const struct dhcp_route *route)
{
	struct route_route request = {
		.ifindex = config->ifindex,
		.destination = route->destination,
		.prefix = route->prefix,
		.gateway = route->gateway,
		.metric = config->metric,
		.source = lease->address,
		.onlink = route->onlink,
	};

	route_build_route(ret_message, verb, &request);
}

static int delete_address(struct netlink *netlink,
			  const struct net_config *config)
{
	struct route_message message;

	build_address(&message, ROUTE_DELETE, config, &config->lease);
	return netlink_request(netlink, &message);
}

static int delete_route(struct netlink *netlink,
			const struct net_config *config,
			const struct dhcp_route *route)
{
	struct route_message message;

	build_route(&message, ROUTE_DELETE, config, &config->lease, route);
	return netlink_request(netlink, &message);
}

static bool same_route(const struct dhcp_route *a, const struct dhcp_route *b)
{
	return a->destination == b->destination && a->prefix == b->prefix;
}

static bool has_route(const struct dhcp_lease *lease,
		      const struct dhcp_route *route)
{
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		if (same_route(&lease->routes[i], route))
			return true;
	}
	return false;
}

/* What the old lease had and the new one has not. An old address takes its
 * routes along. */
static void remove_old(struct netlink *netlink, const struct net_config *config,
		       const struct dhcp_lease *lease)
{
	const struct dhcp_lease *old = &config->lease;

	for (unsigned int i = 0; i < old->n_routes; i++) {
		if (!has_route(lease, &old->routes[i]))
			(void)delete_route(netlink, config, &old->routes[i]);
	}
	if (old->address != lease->address || old->prefix != lease->prefix)
		(void)delete_address(netlink, config);
}

/* The address and its routes, in one call. Where the kernel refuses the
 * address, it refuses routes from it as well. The verdict on the address. */
static int add_new(struct netlink *netlink, const struct net_config *config,
		   const struct dhcp_lease *lease)
{
	struct route_message messages[1 + DHCP_LEASE_ROUTES_MAX];
	int results[ARRAY_SIZE(messages)];
	unsigned int n = lease->n_routes;
	char text[TEXT_IPV4_MAX];
	struct writer writer;
	int r;

	build_address(messages, ROUTE_REPLACE, config, lease);
	for (unsigned int i = 0; i < n; i++)
		build_route(messages + 1 + i, ROUTE_REPLACE, config, lease,
			    &lease->routes[i]);
	r = netlink_request_many(netlink, messages, 1 + n, results);
	if (r < 0 || results[0] < 0)
		return results[0] < 0 ? results[0] : r;
	for (unsigned int i = 0; i < n; i++) {
		if (results[1 + i] == 0)
			continue;
		writer_init(&writer, text, sizeof(text));
		text_put_ipv4(&writer, lease->routes[i].destination);
		log_warning("%s: no route to %s/%u: %s", config->name,
			    text_end(&writer), lease->routes[i].prefix,
			    strerror(-results[1 + i]));
	}
	return 0;
}

static void change_mtu(struct netlink *netlink, const struct net_config *config,
		       uint32_t mtu)
{
	struct route_message message;
	int r;

	route_build_link_mtu(&message, config->ifindex, mtu);
	r = netlink_request(netlink, &message);
	if (r < 0)
		log_warning("%s: MTU %u: %s", config->name, (unsigned int)mtu,
			    strerror(-r));
}

void net_config_set_device_mtu(struct netlink *netlink,
			       const struct net_config *config, uint32_t mtu)
{
	if (!config->is_idle)
		change_mtu(netlink, config, mtu);
}

/* As the lease wants it, or as it was. */
static void set_mtu(struct netlink *netlink, struct net_config *config,
		    uint32_t wanted, uint32_t now)
{
	if (wanted == 0 && config->mtu != 0) {
		change_mtu(netlink, config, config->mtu);
		config->mtu = 0;
	} else if (wanted != 0 && wanted != now) {
		if (config->mtu == 0)
			config->mtu = now;
		change_mtu(netlink, config, wanted);
	}
}

int net_config_apply(struct netlink *netlink, struct net_config *config,
		     const struct dhcp_lease *lease, uint32_t mtu)
{
	int r;

	if (config->is_idle)
		goto noted;
	if (config->has_lease) {
		remove_old(netlink, config, lease);
	} else {
		/* One that was killed before us may have left its own. */
		r = netlink_flush_dynamic(netlink, config->ifindex,
					  lease->address);
		if (r < 0)
			log_warning("%s: old addresses: %s", config->name,
				    strerror(-r));
	}
	set_mtu(netlink, config, lease->mtu, mtu);
	r = add_new(netlink, config, lease);
	if (r < 0)
		return r;
noted:
	config->lease = *lease;
	config->has_lease = true;
	return 0;
}

void net_config_remove(struct netlink *netlink, struct net_config *config)
{
	int r;

	if (!config->has_lease)
		return;
	config->has_lease = false;
	if (config->is_idle)
		return;
	r = delete_address(netlink, config);
	if (r < 0 && r != -EADDRNOTAVAIL && r != -ENODEV)
		log_warning("%s: the address stays: %s", config->name,
			    strerror(-r));
	set_mtu(netlink, config, 0, 0);
}

static int change_link_local(struct netlink *netlink, enum route_verb verb,
			     const struct net_config *config, uint32_t address)
{
	struct route_message message;
	struct route_address request = {
		.ifindex = config->ifindex,
		.address = address,
		.prefix = 16,
		.broadcast = address | 0xffff,
		.valid = ROUTE_FOREVER,
		.preferred = ROUTE_FOREVER,
		.metric = config->metric,
	};

	route_build_address(&message, verb, &request);
	return netlink_request(netlink, &message);
}

int net_config_set_link_local(struct netlink *netlink,
			      struct net_config *config, uint32_t address)
{
	uint32_t old = config->link_local;
	int r = 0;

	if (!config->is_idle && address)
		r = change_link_local(netlink, ROUTE_REPLACE, config, address);
	if (r < 0)
		return r;
	config->link_local = address;
	if (!config->is_idle && old && old != address)
		r = change_link_local(netlink, ROUTE_DELETE, config, old);
	return r == -EADDRNOTAVAIL || r == -ENODEV ? 0 : r;
}
