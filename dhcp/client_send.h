/*
 * What the client sends in each of its states. A part of the client: nobody
 * else calls it.
 */
#pragma once

#include "dhcp/client.h"

#define DHCP_BROADCAST UINT32_MAX

/* Sends what the state sends, for the first time or again, and sets the
 * deadline for the next time. */
void dhcp_client_transmit(struct dhcp_client *client, int64_t now);

/* Makes the packet of OUTGOING the one to be sent; what is the same in all of
 * them is filled in. */
void dhcp_client_put(struct dhcp_client *client, struct dhcp_outgoing *outgoing,
		     uint32_t source, uint32_t destination);
