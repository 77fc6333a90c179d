/*
 * A lease as JSON: /run/phase/net/INTERFACE.json and `phase-net --json`.
 *
 *	"interface": "eth0"			always, as these:
 *	"address": "10.0.2.15", "prefix": 24, "server": "10.0.2.2"
 *	"lease": 3600, "t1": 1800, "t2": 3150	seconds; a lease of 4294967295
 *						never ends; 0: not told
 *	"broadcast", "router", "next_server": "10.0.2.2"
 *	"mtu": 1500, "max_size": 1500		options 26, 57
 *	"dns", "ntp", "www": ["10.0.2.3"]	options 6, 42, 72
 *	"routes": [{"destination": "0.0.0.0/0", "gateway": "10.0.2.2",
 *	            "onlink": true}]		gateway and onlink where so
 *	"domain", "hostname", "fqdn": "..."	options 15, 12, 81
 *	"fqdn_flags": 5				option 81
 *	"search": ["corp.example"]		option 119
 *	"boot_file", "tftp_server", "portal", "vendor_class": "..."
 *	"vendor", "client_id", "vendor_info": "00ff"	options 43, 61, 125
 *	"ipv6_only": 1800			option 108, seconds
 *	"options": {"224": "00ff"}		all others
 *
 * Keys are left out where there is nothing to say.
 */
#pragma once

#include "base/json.h"
#include "dhcp/lease.h"

/* Enough for the object of any lease. */
#define DHCP_LEASE_JSON_MAX 12288

/* The members, into an object that is open: others may stand beside them. */
void dhcp_lease_put_json(struct json *json, const char *interface,
			 const struct dhcp_lease *lease);

/* The whole object. */
void dhcp_lease_write_json(struct writer *writer, const char *interface,
			   const struct dhcp_lease *lease);
