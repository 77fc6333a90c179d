/*
 * A lease as text: the record in which the network's process reports it to
 * PID 1, and the file that scripts read.
 */
#pragma once

#include "base/writer.h"
#include "dhcp/lease.h"

/* Enough for the file of any lease. */
#define DHCP_LEASE_FILE_MAX 10240

/*
 * One record "lease" (base/record.h), its newline included:
 *
 *	interface address prefix server lease t1 t2		always
 *	broadcast router mtu next-server dns ntp routes		where there
 *	domain hostname boot-file tftp-server portal vendor-class vendor
 *	search vendor-info
 *
 * Lists have commas between their items, search (option 119) a blank; a route
 * is DESTINATION/PREFIX:GATEWAY, without the gateway where there is none; vendor
 * and vendor-info (options 43 and 125) are hexadecimal.
 * lease, t1 and t2 are seconds, lease=4294967295 being for ever. A record has
 * RECORD_LINE_MAX bytes: strings of the last two lines that do not fit are left
 * out, and omitted= says how many.
 */
void dhcp_lease_write_record(struct writer *writer, const char *interface,
			     const struct dhcp_lease *lease);

/*
 * The file /run/phase/net/INTERFACE.lease: the same as lines key='value', to
 * be read by a shell with `.`, with '_' for '-' in the keys, and nothing left
 * out. Lists have spaces between their items. And where there:
 *
 *	fqdn fqdn_flags		option 81
 *	www			hosts of option 72
 *	ipv6_only		seconds of option 108
 *	max_size		option 57
 *	client_id		option 61, hexadecimal
 *	option_N		every other option, hexadecimal
 */
void dhcp_lease_write_file(struct writer *writer, const char *interface,
			   const struct dhcp_lease *lease);
