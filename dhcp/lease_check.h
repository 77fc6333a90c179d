/*
 * A lease from a process that is not trusted: the one that reads what the
 * network sends holds no rights, and whoever takes over it may fill the struct
 * with anything.
 */
#pragma once

#include "base/compiler.h"
#include "dhcp/lease.h"

/*
 * 0 when LEASE could have come from dhcp_lease_read(): every count within its
 * array, every string terminated and of the characters that it may have, every
 * address one that would have been taken, every route one that may be added
 * after those before it. Then all functions that take a lease may be given it.
 * The device's MTU is not known here: who sets lease->mtu clamps it.
 *
 * Else -EBADMSG.
 */
MUST_CHECK int dhcp_lease_check(const struct dhcp_lease *lease);
