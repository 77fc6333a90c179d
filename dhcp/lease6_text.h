/*
 * A DHCPv6 lease as text: the record in which the network's process reports it
 * to PID 1, the file that scripts read, and JSON.
 *
 *	interface				always
 *	address prefix preferred valid t1 t2	with an address; prefix is 128
 *	dns ntp domain boot-file		where there
 *	server boot-params portal vendor	the same, but in no record
 *
 * server (a DUID) and vendor (option 17) are hexadecimal; times are seconds,
 * 4294967295 being for ever, t1 and t2 0 when the server gave none. A
 * link-local address has %INTERFACE behind it, as resolv.conf wants it.
 */
#pragma once

#include "base/json.h"
#include "base/writer.h"
#include "dhcp/lease6.h"

/* Enough for the file of any lease. */
#define DHCP_LEASE6_FILE_MAX 5120

/* One record "lease6" (base/record.h), its newline included. Lists have commas
 * between their items. */
void dhcp_lease6_write_record(struct writer *writer, const char *interface,
			      const struct dhcp_lease6 *lease);

/* Lines key='value', to be read by a shell with `.`, with '_' for '-' in the
 * keys. Lists have spaces between their items. */
void dhcp_lease6_write_file(struct writer *writer, const char *interface,
			    const struct dhcp_lease6 *lease);

/* An object, with the keys of the file; lists are arrays, but for domain. */
void dhcp_lease6_write_json(struct json *json, const char *interface,
			    const struct dhcp_lease6 *lease);

/* One ADDRESS, with %INTERFACE where it is link-local. */
void dhcp_ip6_write(struct writer *writer, const struct dhcp_ip6 *address,
		    const char *interface);
