/*
 * See net_nic.h. The client (dhcp/client.h) is pure: packets, the clock and
 * carrier go in, actions come out, and settle() carries them out.
 */
#include "init/net_nic.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "dhcp/socket.h"
#include "init/net_report.h"

/* Packets taken from one NIC before the others have their turn. */
#define PACKETS_A_TURN 32

/* The first time that the NIC gets so far, for the boot report. */
static void note(struct net_nic *nic, enum report_step step)
{
	if (nic->steps & 1u << step)
		return;
	nic->steps |= 1u << step;
	net_report_step(nic->link.name, step);
}

/* What the client has just read, as far as its state shows. */
static void note_answer(struct net_nic *nic, enum dhcp_state before)
{
	enum dhcp_state after = nic->client.state;

	if (before == DHCP_STATE_SELECTING && after == DHCP_STATE_REQUESTING)
		note(nic, REPORT_STEP_OFFER);
	if (before != after && after == DHCP_STATE_BOUND)
		note(nic, REPORT_STEP_ACK);
}

static void note_sent(struct net_nic *nic)
{
	if (nic->client.state == DHCP_STATE_SELECTING)
		note(nic, REPORT_STEP_DISCOVER);
	else if (nic->client.state == DHCP_STATE_REQUESTING ||
		 nic->client.state == DHCP_STATE_REBOOTING)
		note(nic, REPORT_STEP_REQUEST);
}

static void lease_lost(struct net_nic *nic)
{
	fd_close(&nic->unicast_fd);
	net_config_remove(nic->netlink, &nic->config);
	net_config_remove_lease(&nic->config);
	nic->resolvers_changed(nic);
	net_report_event(nic->link.name, "lost");
}

static void lease_got(struct net_nic *nic, const struct dhcp_action *action)
{
	char text[128];
	int r;

	if (nic->config.has_lease &&
	    nic->config.lease.address != action->lease->address)
		fd_close(&nic->unicast_fd);
	r = net_config_apply(nic->netlink, &nic->config, action->lease);
	if (r < 0) {
		text_print(text, sizeof(text),
			   "the kernel refuses the address: %s", strerror(-r));
		log_warning("%s: %s", nic->link.name, text);
		net_report_trouble(nic->link.name, text);
		return;
	}
	note(nic, REPORT_STEP_ADDRESS);
	/* The files are there when PID 1 hears of the lease: what it starts
	 * then may read them. */
	if (!action->unchanged)
		nic->resolvers_changed(nic);
	net_config_write_lease(&nic->config);
	net_report_lease(nic->link.name, action->lease);
	if (nic->unicast_fd >= 0)
		return;
	r = dhcp_socket_open_unicast(action->lease->address, &nic->unicast_fd);
	if (r < 0)
		log_warning("%s: no socket for unicast renewals; the lease is "
			    "renewed by broadcast: %s",
			    nic->link.name, strerror(-r));
}

static void send_packet(struct net_nic *nic, const struct dhcp_action *action)
{
	int r;

	if (action->broadcast)
		r = dhcp_socket_send_broadcast(
			nic->packet_fd, (int)nic->link.ifindex, action->frame);
	else
		r = dhcp_socket_send_unicast(
			nic->unicast_fd, (int)nic->link.ifindex, action->source,
			action->destination, action->payload);
	/* The client sends again by itself. */
	if (r == 0)
		note_sent(nic);
	else
		log_debug("%s: not sent: %s", nic->link.name, strerror(-r));
}

/* Does what the client says, until it has nothing more to say. */
static void settle(struct net_nic *nic)
{
	struct dhcp_action action;

	while (dhcp_client_next(&nic->client, &action)) {
		switch (action.type) {
		case DHCP_ACTION_LOST:
			lease_lost(nic);
			break;
		case DHCP_ACTION_LEASE:
			lease_got(nic, &action);
			break;
		case DHCP_ACTION_SEND:
			send_packet(nic, &action);
			break;
		}
	}
	loop_set_timer(nic->loop, &nic->timer, dhcp_client_due(&nic->client));
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct net_nic *nic = timer->owner;

	dhcp_client_tick(&nic->client, loop->now);
	settle(nic);
}

static void packet_ready(struct loop *loop, struct loop_source *source,
			 short revents UNUSED)
{
	uint8_t buffer[DHCP_SOCKET_BUFFER];
	struct net_nic *nic = source->owner;
	enum dhcp_state before;
	struct span packet;
	bool unfinished;
	int r;

	for (unsigned int i = 0; i < PACKETS_A_TURN; i++) {
		r = dhcp_socket_receive(source->fd, buffer, sizeof(buffer),
					&packet, &unfinished);
		if (r == -EBADMSG) {
			dhcp_count(&nic->client.counters, DHCP_COUNT_TAGGED);
			continue;
		}
		if (r < 0)
			break;
		before = nic->client.state;
		dhcp_client_recv(&nic->client, packet, unfinished, loop->now);
		note_answer(nic, before);
		settle(nic);
	}
}

static uint64_t random_seed(const struct net_nic *nic)
{
	uint64_t seed = 0;

	/* Early in a boot there may be no entropy, and we do not wait for it:
	 * the time and the MAC then keep machines apart. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) ==
	    (ssize_t)sizeof(seed))
		return seed;
	seed = (uint64_t)clock_ns();
	for (size_t i = 0; i < nic->link.mac_len; i++)
		seed = seed * 257 + nic->link.mac[i];
	return seed;
}

static void start_client(struct net_nic *nic)
{
	struct dhcp_client_conf conf = { .rapid_commit = true };

	memcpy(conf.mac, nic->link.mac, sizeof(conf.mac));
	conf.mtu = nic->link.mtu > UINT16_MAX ? UINT16_MAX :
						(uint16_t)nic->link.mtu;
	dhcp_client_init(&nic->client, &conf, random_seed(nic));
}

static void close_socket(struct net_nic *nic)
{
	loop_remove(nic->loop, &nic->source);
	fd_close(&nic->packet_fd);
}

static int open_socket(struct net_nic *nic)
{
	char text[128];
	int r;

	r = dhcp_socket_open((int)nic->link.ifindex, nic->link.mac,
			     &nic->packet_fd);
	if (r == 0) {
		nic->source = (struct loop_source){ nic->packet_fd, POLLIN,
						    packet_ready, nic };
		r = loop_add(nic->loop, &nic->source);
		if (r < 0)
			fd_close(&nic->packet_fd);
	}
	if (r == 0)
		return 0;
	if (r == -EAFNOSUPPORT)
		text_print(text, sizeof(text),
			   "no DHCP: this kernel has no packet sockets "
			   "(CONFIG_PACKET, module af_packet)");
	else
		text_print(text, sizeof(text), "no DHCP: %s", strerror(-r));
	log_warning("%s: %s", nic->link.name, text);
	net_report_trouble(nic->link.name, text);
	return r;
}

/* Whether packets can go out: a link that is down may have carrier. */
static bool is_usable(const struct route_link *link)
{
	return (link->flags & IFF_UP) && link->carrier;
}

static void carrier_changed(struct net_nic *nic)
{
	int64_t now = nic->loop->now;

	if (is_usable(&nic->link)) {
		note(nic, REPORT_STEP_CARRIER);
		if (nic->packet_fd < 0 && open_socket(nic) < 0)
			return;
		dhcp_client_link_up(&nic->client, now);
	} else {
		dhcp_client_link_down(&nic->client, now);
	}
	settle(nic);
}

void net_nic_init(struct net_nic *nic, const struct route_link *link,
		  uint32_t metric)
{
	nic->used = true;
	nic->link = *link;
	nic->packet_fd = -1;
	nic->unicast_fd = -1;
	nic->timer = (struct loop_timer){ CLOCK_NEVER, timer_expired, nic };
	nic->config = (struct net_config){
		.ifindex = link->ifindex,
		.name = nic->link.name,
		.metric = metric,
	};
	start_client(nic);
	note(nic, REPORT_STEP_LINK);
}

void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new)
{
	bool moved = !is_new &&
		     memcmp(nic->link.mac, link->mac, DHCP_MAC_LEN) != 0;
	bool renamed = !is_new && strcmp(nic->link.name, link->name) != 0;
	bool changed = is_new || is_usable(&nic->link) != is_usable(link);

	nic->seen = true;
	if (renamed) {
		net_config_remove_lease(&nic->config);
		net_report_event(nic->link.name, "gone");
	}
	nic->link = *link;
	if (link->flags & IFF_UP)
		note(nic, REPORT_STEP_UP);
	/* The filter and the client's identity are of the old address: what it
	 * had is given up, and asked for anew when the link is usable. */
	if (moved) {
		if (nic->config.has_lease)
			lease_lost(nic);
		close_socket(nic);
		start_client(nic);
		changed = true;
	}
	if (!renamed && !changed)
		return;
	net_report_nic(&nic->link, is_usable(&nic->link));
	if (renamed && nic->config.has_lease) {
		net_config_write_lease(&nic->config);
		net_report_lease(nic->link.name, &nic->config.lease);
	}
	if (changed)
		carrier_changed(nic);
}

void net_nic_remove(struct net_nic *nic)
{
	loop_set_timer(nic->loop, &nic->timer, CLOCK_NEVER);
	close_socket(nic);
	fd_close(&nic->unicast_fd);
	nic->config.has_lease = false; /* it went with the link */
	net_config_remove_lease(&nic->config);
	net_report_event(nic->link.name, "gone");
	nic->used = false;
	nic->resolvers_changed(nic);
}
