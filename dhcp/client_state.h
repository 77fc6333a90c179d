/*
 * What the two halves of the client share: client.c, which has the states, and
 * client_recv.c, which reads. A part of the client: nobody else calls it.
 */
#pragma once

#include "dhcp/client.h"

/* Of the offer that waits in SELECTING, the best so far. */
enum dhcp_rank {
	DHCP_RANK_NONE,
	/* Of who failed before: waits until the quick DISCOVERs are sent. */
	DHCP_RANK_AVOIDED,
	DHCP_RANK_PLAIN,
	DHCP_RANK_BOOT,
};

/* The one place where the state changes. */
void dhcp_client_enter(struct dhcp_client *client, enum dhcp_state state,
		       int64_t now);

/* The lease has ended, if there is one. */
void dhcp_client_lose(struct dhcp_client *client);

/* The same, if its time is over, and whatever that leads to. */
void dhcp_client_expire(struct dhcp_client *client, int64_t now);

/* From INIT after WAIT milliseconds, or at once when that is 0. */
void dhcp_client_start_over(struct dhcp_client *client, int64_t wait,
			    int64_t now);
