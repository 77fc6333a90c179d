/* See net_client6.h. */
#include "init/net_client6.h"

#include <poll.h>
#include <string.h>

#include "dhcp/socket6.h"
#include "dhcp/timing.h"
#include "dhcp/wire.h"

/* Packets taken from one socket before the others have their turn. */
#define PACKETS_A_TURN 32

static void advert_ready(struct loop *loop, struct loop_source *source,
			 short revents UNUSED)
{
	struct net_client6 *client = source->owner;
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct dhcp_advert advert;
	struct dhcp_ip6 router;
	unsigned int hop_limit;
	struct span packet;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		if (dhcp_socket6_receive(source->fd, buffer, sizeof(buffer),
					 &packet, &router, &hop_limit) < 0)
			break;
		if (dhcp_advert_read(packet, &router, hop_limit,
				     &client->counters, &advert) < 0)
			continue;
		client->resolvers_changed |=
			dhcp_resolvers6_add(&client->resolvers, &advert,
					    &client->counters, loop->now);
		dhcp_client6_advert(&client->dhcp, advert.managed, advert.other,
				    loop->now);
	}
	client->settle(client->owner);
}

static void packet_ready(struct loop *loop, struct loop_source *source,
			 short revents UNUSED)
{
	struct net_client6 *client = source->owner;
	uint8_t buffer[DHCP_SOCKET6_BUFFER];
	struct dhcp_ip6 server;
	unsigned int hop_limit;
	struct span packet;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		if (dhcp_socket6_receive(source->fd, buffer, sizeof(buffer),
					 &packet, &server, &hop_limit) < 0)
			break;
		dhcp_client6_recv(&client->dhcp, packet, &server, loop->now);
		client->settle(client->owner);
	}
}

int net_client6_init(struct net_client6 *client)
{
	const struct net_client_conf *conf = client->conf;
	struct dhcp_client6_conf dhcp = {
		.rapid_commit = true,
		.anonymous = conf->dhcp.private,
	};
	int r = 0;

	client->is_held = conf->holds_ipv6;
	memcpy(dhcp.mac, conf->dhcp.mac, sizeof(dhcp.mac));
	dhcp_client6_init(&client->dhcp, &dhcp, conf->seed + 3);
	dhcp_resolvers6_init(&client->resolvers);
	client->adverts = (struct loop_source){
		conf->sockets[NET_CLIENT_ADVERT], POLLIN, advert_ready, client
	};
	client->packets = (struct loop_source){ conf->sockets[NET_CLIENT_DHCP6],
						POLLIN, packet_ready, client };
	if (client->adverts.fd >= 0)
		r = loop_add(client->loop, &client->adverts);
	if (r == 0 && client->packets.fd >= 0)
		r = loop_add(client->loop, &client->packets);
	return r;
}

static void start(struct net_client6 *client)
{
	const struct net_client_conf *conf = client->conf;
	int64_t now = client->loop->now;

	if (client->packets.fd < 0)
		return;
	dhcp_client6_link_up(&client->dhcp, now);
	if (conf->does_dhcp6)
		dhcp_client6_advert(&client->dhcp, true, true, now);
	/* The kernel asks too, but only when its address is checked. */
	if (conf->does_ipv6)
		(void)!dhcp_socket6_solicit_early(
			conf->sockets[NET_CLIENT_DHCP], (int)conf->ifindex);
}

void net_client6_link(struct net_client6 *client, bool usable)
{
	client->is_usable = usable;
	if (!usable)
		dhcp_client6_link_down(&client->dhcp, client->loop->now);
	else if (!client->is_held)
		start(client);
}

void net_client6_begin(struct net_client6 *client)
{
	if (client->is_held && client->is_usable)
		start(client);
	client->is_held = false;
}

void net_client6_release(struct net_client6 *client)
{
	client->releasing = true;
	dhcp_client6_release(&client->dhcp, client->loop->now);
}

void net_client6_tick(struct net_client6 *client)
{
	client->resolvers_changed |= dhcp_resolvers6_tick(&client->resolvers,
							  client->loop->now);
	dhcp_client6_tick(&client->dhcp, client->loop->now);
}

int64_t net_client6_due(const struct net_client6 *client)
{
	return dhcp_earlier(dhcp_client6_due(&client->dhcp),
			    dhcp_resolvers6_due(&client->resolvers));
}

bool net_client6_is_released(const struct net_client6 *client)
{
	return dhcp_client6_due(&client->dhcp) == CLOCK_NEVER;
}

bool net_client6_next(struct net_client6 *client, struct dhcp_wire *wire)
{
	struct dhcp_action6 action;

	while (dhcp_client6_next(&client->dhcp, &action)) {
		switch (action.type) {
		case DHCP_ACTION6_LOST:
			wire->type = DHCP_WIRE_LOST6;
			return true;
		case DHCP_ACTION6_LEASE:
		case DHCP_ACTION6_INFO:
			wire->type = DHCP_WIRE_LEASE6;
			wire->lease6 = *action.lease;
			return true;
		case DHCP_ACTION6_SEND:
			/* It is sent again by itself. */
			(void)!dhcp_socket6_send(client->packets.fd,
						 (int)client->conf->ifindex,
						 action.payload);
			break;
		}
	}
	if (!client->resolvers_changed)
		return false;
	client->resolvers_changed = false;
	wire->type = DHCP_WIRE_RESOLVERS6;
	wire->resolvers6 = client->resolvers;
	return true;
}
