/*
 * See net_nic_part.h: a NIC's end in good order.
 *
 * A RELEASE is sent once and not answered (RFC 2131 §4.4.6). When the kernel
 * does not know the MAC of who it goes to, it waits for ARP in the neighbour's
 * queue, and this the kernel empties with the last IPv4 address of the link. So
 * the address stays until the packet has left the queue.
 */
#include "init/net_nic_part.h"

#include <errno.h>

#include "base/fd.h"
#include "base/log.h"

/* A second ARP request comes after a second. Less than who ends us gives us:
 * SUPERVISE_TERM_MS, and init/ending.c's TERM_MS. */
#define LEAVE_MS 1500

static void has_left(struct net_nic *nic)
{
	net_nic_close_unicast(nic);
	net_nic_unconfigure(nic);
	if (nic->client.supervise.pid <= 0)
		net_nic_release_end(nic);
}

/* Nothing is read: the socket is closed now. */
static void sent(struct loop *loop UNUSED, struct loop_source *source,
		 short revents UNUSED)
{
	has_left(source->owner);
}

static void timed_out(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct net_nic *nic = timer->owner;

	log_info("%s: nobody answers ARP for the server, who is not told that "
		 "the address is free",
		 nic->link.name);
	has_left(nic);
}

/* 0 or -errno. */
static int await_sent(struct net_nic *nic)
{
	int r;

	if (!nic->tells_sent)
		return -EOPNOTSUPP;
	nic->leaving = (struct loop_source){ nic->unicast_fd, 0, sent, nic };
	r = loop_add(nic->loop, &nic->leaving);
	if (r < 0)
		return r;
	nic->leaving_timer = (struct loop_timer){ CLOCK_NEVER, timed_out, nic };
	loop_set_timer(nic->loop, &nic->leaving_timer,
		       nic->loop->now + LEAVE_MS);
	nic->is_leaving = true;
	return 0;
}

void net_nic_lease_lost(struct net_nic *nic)
{
	if (!nic->is_leaving && await_sent(nic) < 0)
		net_nic_unconfigure(nic);
}

void net_nic_close_unicast(struct net_nic *nic)
{
	if (nic->is_leaving) {
		loop_remove(nic->loop, &nic->leaving);
		loop_set_timer(nic->loop, &nic->leaving_timer, CLOCK_NEVER);
	}
	nic->is_leaving = false;
	nic->tells_sent = false;
	fd_close(&nic->unicast_fd);
}

/* A client that died has not taken its lease away, nor a static address. */
void net_nic_release_end(struct net_nic *nic)
{
	if (nic->is_leaving)
		return;
	net_nic_set_link_local(nic, 0);
	net_nic_unconfigure(nic);
	net_nic_unconfigure6(nic);
	nic->released(nic);
}

void net_nic_release(struct net_nic *nic)
{
	nic->releasing = true;
	child_retire(&nic->client);
	if (nic->client.supervise.pid > 0) {
		net_nic_tell_release(nic);
		return;
	}
	net_nic_release_end(nic);
}
