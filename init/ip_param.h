/*
 * The words of the command line that say how NICs are configured: ip= as the
 * kernel has it (Documentation/admin-guide/nfs/nfsroot.rst) and as initramfs
 * of distributions extended it (dracut.cmdline(7)), vlan=, nameserver=,
 * BOOTIF= (pxelinux), and our own phase.ip= and phase.net.interfaces=.
 *
 *	ip=METHOD[,METHOD...]			all NICs
 *	ip=DEVICE:METHOD[,METHOD...][:MTU]
 *	ip=ADDRESS:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD:DNS:DNS:NTP
 *
 * Of the last form any field may be empty or missing at the end; in the place
 * of the first DNS server may be an MTU. IPv6 addresses are in brackets. A
 * METHOD is dhcp, on, any, both, bootp, off, none, link-local, auto6, dhcp6,
 * either6 or link6. docs/init.8 says what they do.
 */
#pragma once

#include "base/reader.h"
#include "init/net_plan.h"

/*
 * Adds to PLAN what the text of a command line says. Words about several
 * devices add up; of two about the same family of one device the later counts.
 * No ip= counts where there is a good phase.ip=. What is wrong is told to
 * COMPLAIN, a line a call, with foreign bytes escaped, and changes nothing.
 */
void ip_param_parse(struct net_plan *plan, struct span cmdline,
		    void (*complain)(const char *message));
