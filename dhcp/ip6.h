/*
 * IPv6 addresses, and the names that come along with them: what is possible
 * and what is not. RFC 4291, RFC 1035 §3.1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "dhcp/lease.h"

/* In the order of the wire. */
struct dhcp_ip6 {
	uint8_t bytes[16];
};

/* The next 16 bytes; zeroes, and READER failed, when there are fewer. */
struct dhcp_ip6 dhcp_ip6_read(struct reader *reader);

bool dhcp_ip6_is_link_local(const struct dhcp_ip6 *address);

/* Whether a host may have ADDRESS for talking beyond its link: unicast, and
 * neither link-local nor unspecified, loopback or an IPv4 address in disguise.
 * fec0::/10 is one: old, but QEMU's user network has it. */
bool dhcp_ip6_is_host(const struct dhcp_ip6 *address);

/* The same for who we talk to: a link-local address will do. */
bool dhcp_ip6_is_peer(const struct dhcp_ip6 *address);

/*
 * The next name of READER, which must not be compressed (RFC 8106 §5.2,
 * RFC 8415 §10), without the dot at its end and filled up with zeroes. Empty
 * for the root, which is also what a list is padded with, and for a name that
 * has other bytes in it than letters, digits, '-' and '_' or is longer than a
 * name may be: these set *RET_BAD. READER fails when the name is cut or a
 * label is none.
 */
void dhcp_name6_read(struct reader *reader, char name[DHCP_LEASE_NAME_MAX],
		     bool *ret_bad);

/* Whether LIST is what lists of such names are made of: terminated within its
 * size, letters, digits, '-', '_', '.' and single spaces between names. */
bool dhcp_name6_is_list(const char list[DHCP_LEASE_NAME_MAX]);

/* Whether TEXT has a control character in it. */
bool dhcp_text6_has_control(struct span text);
