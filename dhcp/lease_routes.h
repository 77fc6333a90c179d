/* The routes that a message gives: options 121, 33 and 3. Part of
 * dhcp_lease_read(). */
#pragma once

#include "dhcp/counters.h"
#include "dhcp/lease.h"
#include "dhcp/message.h"

/* LEASE has its address already. */
void dhcp_lease_read_routes(const struct dhcp_message *message,
			    struct dhcp_counters *counters,
			    struct dhcp_lease *lease);
