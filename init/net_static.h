/*
 * What ip= says of a NIC, as a lease that never ends and has no server: it is
 * then configured, written and reported as any other.
 */
#pragma once

#include "dhcp/lease.h"
#include "init/net_plan.h"

/* DEVICE has the method STATIC. */
void net_static_lease(const struct net_plan_device *device,
		      struct dhcp_lease *ret_lease);

/* Completes LEASE, of net_static_lease(), by what a server said to an INFORM.
 * What ip= says stays. */
void net_static_complete(struct dhcp_lease *lease,
			 const struct dhcp_lease *informed);
