/*
 * What the files of net_nic.h share: net_nic.c follows the link,
 * net_nic_client.c has the client process and does what that asks for,
 * net_nic_config.c makes it so and tells of it, net_nic_release.c gives it up.
 */
#pragma once

#include "init/net_nic.h"

/* net_nic_config.c */

/* The first time that the NIC gets so far, for the boot report. */
void net_nic_note(struct net_nic *nic, enum report_step step);
void net_nic_note_at(struct net_nic *nic, enum report_step step, int64_t at);

void net_nic_tell_trouble(struct net_nic *nic, const char *text);

/* LEASE may be NULL. */
void net_nic_run_hooks(struct net_nic *nic, const char *event,
		       const struct dhcp_lease *lease);

/* 0 or -errno, which was told. */
MUST_CHECK int net_nic_configure(struct net_nic *nic,
				 const struct dhcp_lease *lease);
void net_nic_unconfigure(struct net_nic *nic);
void net_nic_configure6(struct net_nic *nic, const struct dhcp_lease6 *lease);
void net_nic_unconfigure6(struct net_nic *nic);

void net_nic_init_ipv6(struct net_nic *nic);
/* As net_nic_postpone_ipv6(), but when the first session has started, which PID
 * 1 says, or should have. */
void net_nic_await_session(struct net_nic *nic);

/* net_nic_client.c */

/* Whether packets can go out: a link that is down may have carrier. */
bool net_nic_is_usable(const struct route_link *link);

void net_nic_define_client(struct net_nic *nic);

/* Starts it, if the NIC needs one. */
void net_nic_want_client(struct net_nic *nic);
/* It ends when its pipe does, and heeds no TERM. */
void net_nic_unwant_client(struct net_nic *nic);
void net_nic_close_sockets(struct net_nic *nic);
/* ADDRESS of 169.254/16, or 0: none. */
void net_nic_set_link_local(struct net_nic *nic, uint32_t address);
void net_nic_tell_link(struct net_nic *nic, bool usable);
void net_nic_tell_release(struct net_nic *nic);
void net_nic_tell_conflict6(struct net_nic *nic);
void net_nic_tell_ipv6(struct net_nic *nic);

/* net_nic_release.c */

/* The client has given its lease up: takes the address away, now or when a
 * RELEASE that is on its way has left. */
void net_nic_lease_lost(struct net_nic *nic);

/* The client has ended: takes all away that is configured, and says that it is
 * released. */
void net_nic_release_end(struct net_nic *nic);

/* Nothing is awaited of it any more. */
void net_nic_close_unicast(struct net_nic *nic);
