/*
 * The parts of the DHCPv6 client among each other: nobody else calls these.
 */
#pragma once

#include "dhcp/client6.h"

#define DHCP_CONFIRM6_WAIT 10000 /* CNF_MAX_RD */

/* client6.c: changes the state, sends what that sends, and sets its deadline:
 * the one place that does. */
void dhcp_client6_enter(struct dhcp_client6 *client, enum dhcp_state6 state,
			int64_t now);

/* The lease has ended, if there is one. Its server may still be told. */
void dhcp_client6_lose(struct dhcp_client6 *client);

/* Enters the state that a lease which is held leads to at this time. */
void dhcp_client6_resume(struct dhcp_client6 *client, int64_t now);

/* DECLINE or RELEASE has been answered, or never will. */
void dhcp_client6_finish(struct dhcp_client6 *client, int64_t now);

/* A number for a server's DUID, never 0. */
uint32_t dhcp_client6_hash(struct span duid);

/* client6_send.c: sends what the state sends, for the first time or again, and
 * sets the deadline for the next time. */
void dhcp_client6_transmit(struct dhcp_client6 *client, int64_t now);

/* The server that the state's message is for; empty when it is for all. */
struct span dhcp_client6_server(const struct dhcp_client6 *client);

/* Whether the state sends anything; whether it has sent that often enough. */
bool dhcp_client6_sends(const struct dhcp_client6 *client);
bool dhcp_client6_gives_up(const struct dhcp_client6 *client);
