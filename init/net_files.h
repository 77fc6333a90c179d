/*
 * What phase-net leaves in files: the lease of each NIC for programs and
 * scripts, and /etc/resolv.conf of all of them together.
 */
#pragma once

#include "init/net_config.h"
#include "init/net_config6.h"
#include "init/net_plan.h"

/* /run/phase/net/NAME.lease, key='value' for shells (dhcp/lease_text.h), and
 * NAME.json (dhcp/lease_json.h). */
void net_files_write_lease(const struct net_config *config);
void net_files_remove_lease(const struct net_config *config);

/* NAME.lease6 and NAME.json6 (dhcp/lease6_text.h). */
void net_files_write_lease6(const struct net_config6 *config);
void net_files_remove_lease6(const struct net_config6 *config);

/* What is known of names through one NIC. */
struct net_files_names {
	const struct net_config *config;
	const struct net_config6 *config6;
};

/* The servers of PLAN, and then those of all NICs, in their order: of leases,
 * then of routers. */
void net_files_write_resolv(const struct net_plan *plan,
			    const struct net_files_names *nics,
			    unsigned int n_nics);
