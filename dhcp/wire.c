/* See wire.h. */
#include "dhcp/wire.h"

#include <errno.h>

#include "dhcp/lease_check.h"
#include "dhcp/linklocal.h"

/* One write(2) of so much to a pipe is never mixed with others: pipe(7). */
#define ATOMIC_MAX 4096

_Static_assert(sizeof(struct dhcp_wire) <= ATOMIC_MAX,
	       "one message, one write");

static bool is_link_local(uint32_t address)
{
	return address >= LINKLOCAL_FIRST && address <= LINKLOCAL_LAST;
}

/* A host's, as far as an address alone can say it. */
static bool is_unicast(uint32_t address)
{
	uint32_t first = address >> 24;

	return first != 0 && first != 127 && first < 224;
}

static bool is_valid(const struct dhcp_wire *wire)
{
	switch ((enum dhcp_wire_type)wire->type) {
	case DHCP_WIRE_LEASE:
	case DHCP_WIRE_INFORMED:
		return dhcp_lease_check(&wire->lease) == 0;
	case DHCP_WIRE_SEND:
		return is_unicast(wire->datagram.source) &&
		       is_unicast(wire->datagram.destination) &&
		       wire->datagram.len <= sizeof(wire->datagram.payload);
	case DHCP_WIRE_WATCH:
		return wire->watch.n <= DHCP_WIRE_WATCHED_MAX;
	case DHCP_WIRE_LINK_LOCAL:
		return wire->address == 0 || is_link_local(wire->address);
	case DHCP_WIRE_LEASE6:
		return dhcp_lease6_is_valid(&wire->lease6);
	case DHCP_WIRE_RESOLVERS6:
		return dhcp_resolvers6_is_valid(&wire->resolvers6);
	case DHCP_WIRE_LOST:
	case DHCP_WIRE_LOST6:
	case DHCP_WIRE_CONFLICT:
	case DHCP_WIRE_SILENCE:
		return true;
	case DHCP_WIRE_LINK:
	case DHCP_WIRE_IPV6:
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_UNSENT:
	case DHCP_WIRE_CONFLICT6:
	case DHCP_WIRE_RELEASE:
	case DHCP_WIRE_N:
		break;
	}
	return false;
}

int dhcp_wire_check(const struct dhcp_wire *wire, size_t len)
{
	if (len != sizeof(*wire) || !is_valid(wire))
		return -EBADMSG;
	return 0;
}
