/*
 * A lease as the environment of hooks, under the names that scripts for
 * BusyBox's udhcpc know:
 *
 *	interface ip subnet mask broadcast router mtu lease serverid siaddr
 *	dns ntpsrv domain search hostname
 *	staticroutes	"DESTINATION/PREFIX GATEWAY ..." of option 121; GATEWAY
 *			is 0.0.0.0 for what is on the link
 *	routes		"DESTINATION/GATEWAY ..." of option 33
 *	boot_file bootfile	option 67, or the file field
 *	tftp sname		option 66, or the sname field
 *	vendor		option 60
 *	optN		every other option, hexadecimal; opt53 is 05
 *	fqdn fqdn_flags	option 81 (ours, not udhcpc's)
 *
 * subnet is the mask (255.255.255.0), mask the length of its prefix. Values
 * are bytes that the network chose, control characters replaced by '?': a
 * script quotes them.
 */
#pragma once

#include "base/compiler.h"
#include "base/writer.h"
#include "dhcp/lease.h"

/* Enough for any lease: bytes, and pointers with the last, NULL. */
#define DHCP_LEASE_ENV_MAX 7168
#define DHCP_LEASE_ENV_N 162

/*
 * Writes terminated strings NAME=VALUE with WRITER, and into ENV, of MAX
 * pointers, where in WRITER's buffer they are; NULL ends them. Without LEASE,
 * as for `deconfig`, it is only the interface.
 *
 * The number of strings, or -ENOBUFS.
 */
MUST_CHECK int dhcp_lease_put_env(struct writer *writer, const char *interface,
				  const struct dhcp_lease *lease, char **env,
				  size_t max);
