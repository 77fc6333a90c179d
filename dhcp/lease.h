/*
 * A lease: what an ACK (or an OFFER) grants, checked. This is the policy on
 * top of the message's facts; impossible addresses never get in here.
 *
 * RFC 2131 §4.3.1, RFC 2132, RFC 3397 (search list), RFC 3442 (routes),
 * RFC 3925 (vendors), RFC 4702 (FQDN), RFC 8910 (portal), RFC 8925 (IPv6-only),
 * RFC 1122 §3.2.1.3, RFC 3021.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/counters.h"
#include "dhcp/message.h"

#define DHCP_LEASE_DNS_MAX 4
#define DHCP_LEASE_NTP_MAX 4
#define DHCP_LEASE_WWW_MAX 4
#define DHCP_LEASE_ROUTES_MAX 16
#define DHCP_LEASE_NAME_MAX 254	  /* with its terminator */
#define DHCP_LEASE_SEARCH_MAX 256 /* the same */
#define DHCP_LEASE_RAW_MAX 256

#define DHCP_LEASE_INFINITE UINT32_MAX

struct dhcp_route {
	uint32_t destination; /* without bits behind the prefix */
	uint32_t gateway;     /* 0: the destination is on the link */
	uint8_t prefix;	      /* 0 to 32 */
	/* The gateway is not in the subnet: add the route with RTNH_F_ONLINK.
	 * Only so when the address itself is a /32. */
	uint8_t onlink;
};

/* A value kept as it came. Text: no zero and no control character in it. */
struct dhcp_raw {
	uint16_t len;
	uint8_t data[DHCP_LEASE_RAW_MAX];
};

/*
 * All addresses in host order, all times in seconds. A plain value without
 * pointers: it may be copied to another process, which dhcp_lease_check()s it,
 * and two that dhcp_lease_read() made may be compared by dhcp_lease_same().
 */
struct dhcp_lease {
	uint32_t address;
	uint32_t server_id;
	uint32_t broadcast; /* option 28, or the subnet's; 0 for /31 and /32 */
	uint32_t router;    /* the gateway of the default route, 0 for none */
	uint32_t next_server; /* siaddr, 0 for none */
	uint32_t lease_s;     /* DHCP_LEASE_INFINITE never ends */
	uint32_t t1_s;	      /* 0 when the server gave none */
	uint32_t t2_s;
	uint32_t v6only_s;  /* option 108: V6ONLY_WAIT, 0 when absent */
	uint16_t mtu;	    /* 0 leaves the device's */
	uint16_t max_size;  /* option 57, 0 when absent */
	uint8_t prefix;	    /* 1 to 32 */
	uint8_t classless;  /* 1: the routes are option 121's */
	uint8_t fqdn_flags; /* option 81, of DHCP_FQDN_FLAGS */

	/* To be added in this order: those on the link first. With option 121
	 * they are its routes (and options 3 and 33 do not count, RFC 3442),
	 * else the default route over option 3 and then those of option 33. */
	uint32_t n_routes;
	struct dhcp_route routes[DHCP_LEASE_ROUTES_MAX];
	uint32_t n_dns;
	uint32_t dns[DHCP_LEASE_DNS_MAX];
	uint32_t n_ntp;
	uint32_t ntp[DHCP_LEASE_NTP_MAX];
	uint32_t n_www; /* option 72 */
	uint32_t www[DHCP_LEASE_WWW_MAX];

	/* Letters, digits, '-', '_' and '.' only; the domain (option 15) and
	 * the search list (option 119) may be several names with a space
	 * between. Terminated, empty when absent. */
	char hostname[DHCP_LEASE_NAME_MAX];
	char domain[DHCP_LEASE_NAME_MAX];
	char fqdn[DHCP_LEASE_NAME_MAX]; /* option 81 */
	char search[DHCP_LEASE_SEARCH_MAX];

	struct dhcp_raw vendor_class; /* option 60, text as the next ones */
	struct dhcp_raw tftp_server;  /* option 66, or the sname field */
	struct dhcp_raw boot_file;    /* option 67, or the file field */
	struct dhcp_raw portal;	      /* option 114, a URI */
	struct dhcp_raw vendor;	      /* option 43, any bytes */
	struct dhcp_raw client_id;    /* option 61, any bytes */
	/* Option 125: one or more of an enterprise number of four bytes, a
	 * length, and as many bytes of whatever that enterprise means. */
	struct dhcp_raw vendor_info;
	/* The options that nothing above is made of, as code, length and value,
	 * by ascending code. */
	struct dhcp_raw others;
};

_Static_assert(sizeof(struct dhcp_lease) <= 4096, "larger than a message");

/* RFC 4702 §2.1: S, O, E and N. */
#define DHCP_FQDN_FLAGS 0x0f
#define DHCP_FQDN_ENCODED 0x04

/*
 * Makes a lease of MESSAGE. DEVICE_MTU is the most that option 26 may set, 0
 * for no limit.
 *
 * A missing mask is that of the address's class (RFC 950); one that is there
 * but has holes, is 0 or of a wrong size rejects the message. So do an address
 * that no host may have, a server identifier or lease time that is missing,
 * broken or 0. Whatever else is impossible is left out and counted.
 *
 * 0; or -EBADMSG with the reason counted.
 */
MUST_CHECK int dhcp_lease_read(const struct dhcp_message *message,
			       uint16_t device_mtu,
			       struct dhcp_counters *counters,
			       struct dhcp_lease *ret_lease);

/*
 * The same of the ACK to an INFORM, which has options alone: the lease is of
 * ADDRESS, which is ours already, and never ends. PREFIX 0 leaves the prefix to
 * the message's mask, as above. RFC 2131 §3.4 and 4.3.5.
 */
MUST_CHECK int dhcp_lease_read_inform(const struct dhcp_message *message,
				      uint32_t address, uint8_t prefix,
				      uint16_t device_mtu,
				      struct dhcp_counters *counters,
				      struct dhcp_lease *ret_lease);

/* What option 108 of MESSAGE says, in seconds and at least RFC 8925's minimum
 * of 300; 0 when it is absent or, which is counted, of the wrong size. For
 * offers too that are no lease: their address may be 0.0.0.0. */
uint32_t dhcp_lease_v6only(const struct dhcp_message *message,
			   struct dhcp_counters *counters);

/* Whether nothing but the times differs. */
bool dhcp_lease_same(const struct dhcp_lease *a, const struct dhcp_lease *b);

struct span dhcp_raw_span(const struct dhcp_raw *raw);

/* 255.255.255.0 of 24, in host order; what is over 32 counts as 32. */
uint32_t dhcp_prefix_mask(uint8_t prefix);
