/* See counters.h. */
#include "dhcp/counters.h"

#include "base/compiler.h"

static const char names[][16] = {
	[DHCP_COUNT_SENT] = "sent",
	[DHCP_COUNT_RECEIVED] = "received",
	[DHCP_COUNT_ACCEPTED] = "accepted",
	[DHCP_COUNT_CUT] = "cut",
	[DHCP_COUNT_NOT_DHCP] = "not-dhcp",
	[DHCP_COUNT_IP_CHECKSUM] = "ip-checksum",
	[DHCP_COUNT_UDP_CHECKSUM] = "udp-checksum",
	[DHCP_COUNT_FRAGMENT] = "fragment",
	[DHCP_COUNT_TAGGED] = "tagged",
	[DHCP_COUNT_SOURCE] = "source",
	[DHCP_COUNT_TOO_LONG] = "too-long",
	[DHCP_COUNT_COOKIE] = "cookie",
	[DHCP_COUNT_NOT_REPLY] = "not-reply",
	[DHCP_COUNT_NOT_OURS] = "not-ours",
	[DHCP_COUNT_XID] = "xid",
	[DHCP_COUNT_CLIENT_ID] = "client-id",
	[DHCP_COUNT_TYPE] = "type",
	[DHCP_COUNT_SERVER_ID] = "server-id",
	[DHCP_COUNT_STATE] = "state",
	[DHCP_COUNT_AVOIDED] = "avoided",
	[DHCP_COUNT_BAD_ADDRESS] = "bad-address",
	[DHCP_COUNT_BAD_MASK] = "bad-mask",
	[DHCP_COUNT_BAD_LEASE_TIME] = "bad-lease-time",
	[DHCP_COUNT_STATUS] = "status",
	[DHCP_COUNT_OPTION_CUT] = "option-cut",
	[DHCP_COUNT_OPTION_BAD] = "option-bad",
	[DHCP_COUNT_ADDRESS_SKIPPED] = "address-skipped",
	[DHCP_COUNT_NO_ROOM] = "no-room",
};

_Static_assert(ARRAY_SIZE(names) == DHCP_COUNT_N, "a counter without a name");

/* Short, but called from dozens of places. */
NOINLINE void dhcp_count(struct dhcp_counters *counters, enum dhcp_count what)
{
	counters->n[what]++;
}

const char *dhcp_count_name(enum dhcp_count what)
{
	return names[what];
}
