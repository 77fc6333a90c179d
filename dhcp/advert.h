/*
 * Router advertisements, for what the kernel makes nothing of: it takes the
 * addresses, the default route and the MTU from them itself, and leaves name
 * servers, the flags for DHCPv6 and the captive portal to us.
 *
 * RFC 4861 §4.2 and 6.1.2, RFC 8106 (RDNSS, DNSSL), RFC 8910 (portal).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/counters.h"
#include "dhcp/ip6.h"

#define DHCP_ADVERT_DNS_MAX 4
#define DHCP_ADVERT_DOMAINS_MAX 4

#define DHCP_ADVERT_INFINITE UINT32_MAX

/* All times in seconds, DHCP_ADVERT_INFINITE for ever. */
struct dhcp_advert {
	struct dhcp_ip6 router; /* its link-local address */
	uint16_t lifetime_s;	/* 0: no default router */
	uint8_t hop_limit;	/* for our packets; 0 says nothing */
	bool managed;		/* M: addresses by DHCPv6 */
	bool other;		/* O: the rest by DHCPv6 */
	uint32_t mtu;		/* 1280 or more; 0 when it says none */

	/* Lifetime 0: no longer to be used. */
	unsigned int n_dns;
	struct {
		struct dhcp_ip6 address;
		uint32_t lifetime_s;
	} dns[DHCP_ADVERT_DNS_MAX];
	unsigned int n_domains;
	struct {
		char name[DHCP_LEASE_NAME_MAX];
		uint32_t lifetime_s;
	} domains[DHCP_ADVERT_DOMAINS_MAX];

	struct dhcp_raw portal; /* a URI */
};

/*
 * Reads PACKET, an ICMPv6 message whose checksum the kernel has verified, that
 * came from SOURCE with HOP_LIMIT left.
 *
 * A hop limit other than 255 (it was forwarded), a source that is not
 * link-local, an option of length 0 or past the end reject the whole, as RFC
 * 4861 §6.1.2 has it. An option that is wrong in itself is left out.
 *
 * 0; or -EBADMSG with the reason counted.
 */
MUST_CHECK int dhcp_advert_read(struct span packet,
				const struct dhcp_ip6 *source,
				unsigned int hop_limit,
				struct dhcp_counters *counters,
				struct dhcp_advert *ret_advert);
