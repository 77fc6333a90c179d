/* See net_static.h. */
#include "init/net_static.h"

#include <string.h>

#include "base/text.h"

static void set_gateway(struct dhcp_lease *lease, uint32_t gateway)
{
	uint32_t mask = dhcp_prefix_mask(lease->prefix);

	lease->router = gateway;
	lease->n_routes = 1;
	lease->routes[0] = (struct dhcp_route){
		.gateway = gateway,
		.onlink = ((gateway ^ lease->address) & mask) != 0,
	};
}

void net_static_lease(const struct net_plan_device *device,
		      struct dhcp_lease *ret_lease)
{
	struct dhcp_lease lease;
	uint32_t mask = dhcp_prefix_mask(device->prefix);

	/* dhcp_lease_same() compares bytes. */
	memset(&lease, 0, sizeof(lease));
	lease.address = device->address;
	lease.prefix = device->prefix;
	lease.lease_s = DHCP_LEASE_INFINITE;
	lease.next_server = device->server;
	lease.mtu = device->mtu;
	if (device->prefix < 31)
		lease.broadcast = device->address | ~mask;
	if (device->gateway)
		set_gateway(&lease, device->gateway);
	for (unsigned int i = 0; i < device->n_dns; i++) {
		if (!device->dns[i].is_ipv6)
			lease.dns[lease.n_dns++] = device->dns[i].ipv4;
	}
	if (device->ntp)
		lease.ntp[lease.n_ntp++] = device->ntp;
	(void)!text_copy(lease.hostname, sizeof(lease.hostname),
			 span_of(device->hostname));
	memcpy(ret_lease, &lease, sizeof(lease));
}

void net_static_complete(struct dhcp_lease *lease,
			 const struct dhcp_lease *informed)
{
	struct dhcp_lease both;

	memcpy(&both, informed, sizeof(both));
	both.address = lease->address;
	both.prefix = lease->prefix;
	both.broadcast = lease->broadcast;
	both.server_id = 0;
	both.lease_s = DHCP_LEASE_INFINITE;
	both.t1_s = both.t2_s = 0;
	/* A server's routes may lead where ours must not. */
	both.router = lease->router;
	both.n_routes = lease->n_routes;
	memcpy(both.routes, lease->routes, sizeof(both.routes));
	if (lease->next_server)
		both.next_server = lease->next_server;
	if (lease->mtu)
		both.mtu = lease->mtu;
	if (lease->n_dns) {
		both.n_dns = lease->n_dns;
		memcpy(both.dns, lease->dns, sizeof(both.dns));
	}
	if (lease->n_ntp) {
		both.n_ntp = lease->n_ntp;
		memcpy(both.ntp, lease->ntp, sizeof(both.ntp));
	}
	if (lease->hostname[0])
		memcpy(both.hostname, lease->hostname, sizeof(both.hostname));
	memcpy(lease, &both, sizeof(both));
}
