/*
 * What a DHCPv6 server's REPLY (or ADVERTISE) grants, checked: the policy on
 * top of the message's facts. Impossible addresses never get in here.
 *
 * RFC 8415 §18.2.10, 21.4 and 21.6; RFC 3646 (names), 5908 (time), 5970 (boot),
 * 8910 (portal).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dhcp/counters.h"
#include "dhcp/ip6.h"
#include "dhcp/message6.h"

#define DHCP_LEASE6_DNS_MAX 4
#define DHCP_LEASE6_NTP_MAX 4

#define DHCP_LEASE6_INFINITE UINT32_MAX

/* A plain value: two that dhcp_lease6_read() made may be compared by
 * dhcp_lease6_same(), and it may be handed to another process. */
struct dhcp_lease6 {
	/* 0 or 1; 0 is the answer to an INFORMATION-REQUEST, without the
	 * address and its times. */
	uint8_t has_address;
	uint8_t server_len;
	uint8_t server[DHCP_DUID_MAX];
	/* A /128: what is on the link say router advertisements. */
	struct dhcp_ip6 address;

	uint32_t n_dns;
	struct dhcp_ip6 dns[DHCP_LEASE6_DNS_MAX]; /* may be link-local */
	uint32_t n_ntp;
	struct dhcp_ip6 ntp[DHCP_LEASE6_NTP_MAX];
	/* Names with a space between: dhcp_name6_is_list(). */
	char domain[DHCP_LEASE_NAME_MAX];

	/* Without control characters, but for the last. */
	struct dhcp_raw boot_file;   /* option 59, a URL */
	struct dhcp_raw boot_params; /* option 60, with a space between */
	struct dhcp_raw portal;	     /* option 103, a URI */
	struct dhcp_raw vendor;	     /* option 17, any bytes */

	/* In seconds, DHCP_LEASE6_INFINITE for ever. */
	struct dhcp_times6 {
		uint32_t preferred_s;
		uint32_t valid_s; /* preferred_s or more, never 0 */
		uint32_t t1_s;	  /* 0 when it is ours to choose */
		uint32_t t2_s;
		uint32_t refresh_s; /* option 32; 0 when absent */
	} times;
};

/* What MESSAGE says of success: the status of the whole, or else of the
 * address that was asked for with IAID. */
uint16_t dhcp_lease6_status(const struct dhcp_message6 *message,
			    const uint32_t *iaid);

/*
 * Makes a lease of MESSAGE: of the first possible address for IAID, or without
 * one when IAID is NULL. What else is impossible is left out and counted.
 *
 * 0; -EADDRNOTAVAIL when the server takes the address away (a valid lifetime
 * of 0); -EBADMSG with the reason counted when there is none.
 */
MUST_CHECK int dhcp_lease6_read(const struct dhcp_message6 *message,
				const uint32_t *iaid,
				struct dhcp_counters *counters,
				struct dhcp_lease6 *ret_lease);

/* Whether nothing but the times differs. */
bool dhcp_lease6_same(const struct dhcp_lease6 *a, const struct dhcp_lease6 *b);

/* Whether LEASE, from a process that is not trusted, is one that
 * dhcp_lease6_read() could have made. */
bool dhcp_lease6_is_valid(const struct dhcp_lease6 *lease);
