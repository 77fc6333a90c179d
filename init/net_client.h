/*
 * The client process of one NIC: it reads what the network sends, runs the
 * state machines of DHCP, DHCPv6, of address conflict detection and of
 * link-local addresses, and has no right to anything (docs/security.md). What it wants
 * done it asks of the manager (dhcp/wire.h), which forked it.
 */
#pragma once

#include <stdbool.h>

#include "dhcp/client.h"

enum net_client_socket {
	NET_CLIENT_DHCP, /* dhcp/socket.h */
	NET_CLIENT_ARP,	 /* dhcp/arp_socket.h */
	/* dhcp/socket6.h; -1 where there is no IPv6 */
	NET_CLIENT_ADVERT,
	NET_CLIENT_DHCP6,

	NET_CLIENT_SOCKETS,
};

struct net_client_conf {
	struct dhcp_client_conf dhcp;
	unsigned int ifindex;
	uint64_t seed;
	/* An address by DHCP, or options for a static one. */
	bool does_dhcp;
	/* An address of 169.254/16, when no server answers, or at once where
	 * there is no DHCP. */
	bool does_link_local;
	/* Reads router advertisements, and speaks DHCPv6 when they say so. */
	bool does_ipv6;
	/* Not before the manager says IPV6. */
	bool holds_ipv6;
	/* DHCPv6 without being told so. */
	bool does_dhcp6;
	/* From before the rights were given up. */
	int sockets[NET_CLIENT_SOCKETS];
};

/* Until the manager closes its pipe, standard input, or asks for an end. The
 * status is the process's. CONF is a struct net_client_conf. */
int net_client_serve(void *conf);
