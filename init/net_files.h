/*
 * What phase-net leaves in files: the lease of each NIC for programs and
 * scripts, and /etc/resolv.conf of all of them together.
 */
#pragma once

#include "init/net_config.h"
#include "init/net_plan.h"

/* /run/phase/net/NAME.lease, key='value' for shells (dhcp/lease_text.h), and
 * NAME.json (dhcp/lease_json.h). */
void net_files_write_lease(const struct net_config *config);
void net_files_remove_lease(const struct net_config *config);

/* The servers of PLAN, and then those of the leases of all NICs, in their
 * order. */
void net_files_write_resolv(const struct net_plan *plan,
			    const struct net_config *const *configs,
			    unsigned int n_configs);
