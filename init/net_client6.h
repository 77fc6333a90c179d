/*
 * The half of a client process (net_client.h) that is about IPv6: what router
 * advertisements say of names, and DHCPv6 when they ask for it. Addresses of
 * advertisements are the kernel's.
 */
#pragma once

#include "base/loop.h"
#include "dhcp/client6.h"
#include "dhcp/resolvers6.h"
#include "dhcp/wire.h"
#include "init/net_client.h"

struct net_client6 {
	/* Set by the owner. */
	const struct net_client_conf *conf;
	struct loop *loop;
	/* There is something to tell() the manager of, or the timer to set. */
	void (*settle)(void *owner);
	void *owner;

	/* Its own. */
	struct loop_source adverts;
	struct loop_source packets;
	struct dhcp_client6 dhcp;
	struct dhcp_resolvers6 resolvers;
	struct dhcp_counters counters;
	bool resolvers_changed;
	bool releasing;
	bool is_usable; /* the link is */
	bool is_held;	/* until net_client6_begin() */
};

/* 0; -ENOBUFS when the loop has no room. */
MUST_CHECK int net_client6_init(struct net_client6 *client);

void net_client6_link(struct net_client6 *client, bool usable);

/* The kernel has not done IPv6 on this link until now, if the conf says so. */
void net_client6_begin(struct net_client6 *client);
void net_client6_release(struct net_client6 *client);
void net_client6_tick(struct net_client6 *client);
int64_t net_client6_due(const struct net_client6 *client);

/* Whether the last RELEASE is answered, or given up. */
bool net_client6_is_released(const struct net_client6 *client);

/* The next message for the manager; false when there is none. Packets go out
 * on the way. */
bool net_client6_next(struct net_client6 *client, struct dhcp_wire *wire);
