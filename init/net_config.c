/* See net_config.h. */
#include "init/net_config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "dhcp/lease_text.h"

#define LEASES "/run/phase/net"
/* What resolvers read at most (resolv.conf(5), MAXNS). */
#define NAMESERVERS_MAX 3

static int change_address(struct netlink *netlink, enum route_verb verb,
			  const struct net_config *config,
			  const struct dhcp_lease *lease)
{
	struct route_message message;
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

	route_build_address(&message, verb, &address);
	return netlink_request(netlink, &message);
}

static int change_route(struct netlink *netlink, enum route_verb verb,
			const struct net_config *config,
			const struct dhcp_lease *lease,
			const struct dhcp_route *route)
{
	struct route_message message;
	struct route_route request = {
		.ifindex = config->ifindex,
		.destination = route->destination,
		.prefix = route->prefix,
		.gateway = route->gateway,
		.metric = config->metric,
		.source = lease->address,
		.onlink = route->onlink,
	};

	route_build_route(&message, verb, &request);
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
			(void)change_route(netlink, ROUTE_DELETE, config, old,
					   &old->routes[i]);
	}
	if (old->address != lease->address || old->prefix != lease->prefix)
		(void)change_address(netlink, ROUTE_DELETE, config, old);
}

static void set_mtu(struct netlink *netlink, const struct net_config *config,
		    const struct dhcp_lease *lease)
{
	struct route_message message;
	int r;

	if (lease->mtu == 0)
		return;
	route_build_link_mtu(&message, config->ifindex, lease->mtu);
	r = netlink_request(netlink, &message);
	if (r < 0)
		log_warning("%s: MTU %u: %s", config->name, lease->mtu,
			    strerror(-r));
}

int net_config_apply(struct netlink *netlink, struct net_config *config,
		     const struct dhcp_lease *lease)
{
	int r;

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
	set_mtu(netlink, config, lease);
	r = change_address(netlink, ROUTE_REPLACE, config, lease);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];
		char text[TEXT_IPV4_MAX];
		struct writer writer;

		r = change_route(netlink, ROUTE_REPLACE, config, lease, route);
		if (r == 0)
			continue;
		writer_init(&writer, text, sizeof(text));
		text_put_ipv4(&writer, route->destination);
		log_warning("%s: no route to %s/%u: %s", config->name,
			    text_end(&writer), route->prefix, strerror(-r));
	}
	config->lease = *lease;
	config->has_lease = true;
	return 0;
}

void net_config_remove(struct netlink *netlink, struct net_config *config)
{
	int r;

	if (!config->has_lease)
		return;
	r = change_address(netlink, ROUTE_DELETE, config, &config->lease);
	if (r < 0 && r != -EADDRNOTAVAIL && r != -ENODEV)
		log_warning("%s: the address stays: %s", config->name,
			    strerror(-r));
	config->has_lease = false;
}

static void put_lease_path(const struct net_config *config, char *path,
			   size_t size)
{
	text_print(path, size, LEASES "/%s.lease", config->name);
}

void net_config_remove_lease(const struct net_config *config)
{
	char path[64];

	put_lease_path(config, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		log_warning("%s: %s", path, strerror(errno));
}

void net_config_write_lease(const struct net_config *config)
{
	char path[64], text[DHCP_LEASE_FILE_MAX];
	struct writer writer;
	int r;

	if ((mkdir("/run/phase", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(LEASES, 0755) < 0 && errno != EEXIST)) {
		log_warning(LEASES ": %s", strerror(errno));
		return;
	}
	writer_init(&writer, text, sizeof(text));
	dhcp_lease_write_file(&writer, config->name, &config->lease);
	if (writer_failed(&writer))
		return;
	put_lease_path(config, path, sizeof(path));
	r = fd_replace_file(path, text, writer_len(&writer));
	if (r < 0)
		log_warning("%s: %s", path, strerror(-r));
}

static void put_nameservers(struct writer *writer,
			    const struct dhcp_lease *lease, unsigned int *n)
{
	for (unsigned int i = 0; i<lease->n_dns && * n> 0; i++) {
		text_put(writer, "nameserver ");
		text_put_ipv4(writer, lease->dns[i]);
		text_put(writer, "\n");
		--*n;
	}
}

void net_config_write_resolv(const struct net_config *const *configs,
			     unsigned int n_configs)
{
	unsigned int n_servers = NAMESERVERS_MAX;
	bool has_search = false;
	struct writer writer;
	char text[4096];
	int r;

	writer_init(&writer, text, sizeof(text));
	for (unsigned int i = 0; i < n_configs; i++) {
		const char *domain = configs[i]->lease.domain;

		if (!configs[i]->has_lease || domain[0] == '\0')
			continue;
		text_put(&writer, has_search ? " " : "search ");
		text_put(&writer, domain);
		has_search = true;
	}
	if (has_search)
		text_put(&writer, "\n");
	for (unsigned int i = 0; i < n_configs; i++) {
		if (configs[i]->has_lease)
			put_nameservers(&writer, &configs[i]->lease,
					&n_servers);
	}
	if (writer_failed(&writer))
		return;
	r = fd_replace_file("/etc/resolv.conf", text, writer_len(&writer));
	if (r < 0)
		log_warning("/etc/resolv.conf: %s", strerror(-r));
}
