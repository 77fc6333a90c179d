/*
 * What is to be done with which NIC, as the command line wants it
 * (init/ip_param.h reads it): a plain value that phase-net looks NICs up in.
 * All IPv4 addresses are in host order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

#define NET_PLAN_DEVICES_MAX 16
#define NET_PLAN_VLANS_MAX 4
#define NET_PLAN_DNS_MAX 4
#define NET_PLAN_DEVICE_DNS_MAX 2
#define NET_PLAN_NAME_MAX 16	 /* IFNAMSIZ */
#define NET_PLAN_HOSTNAME_MAX 65 /* IDENTITY_NAME_MAX */
#define NET_PLAN_PATTERNS_MAX 256
#define NET_PLAN_MAC_LEN 6

/* In the place of a device's name: the one of BOOTIF=. */
#define NET_PLAN_BOOTIF "BOOTIF"

/* How a NIC gets its addresses: bits, of both families. None: it is left
 * alone. */
enum net_plan_method {
	NET_PLAN_DHCP = 1,
	NET_PLAN_STATIC = 2,
	NET_PLAN_LINK_LOCAL = 4, /* 169.254/16 at once, and nothing else */
	/* What router advertisements say, DHCPv6 included. */
	NET_PLAN_AUTO6 = 8,
	NET_PLAN_DHCP6 = 16, /* DHCPv6 without being told to by a router */
	NET_PLAN_STATIC6 = 32,
	NET_PLAN_LINK_LOCAL6 = 64, /* fe80::/10, and nothing else */
};

#define NET_PLAN_ANY4 (NET_PLAN_DHCP | NET_PLAN_STATIC | NET_PLAN_LINK_LOCAL)
#define NET_PLAN_ANY6                                                          \
	(NET_PLAN_AUTO6 | NET_PLAN_DHCP6 | NET_PLAN_STATIC6 |                  \
	 NET_PLAN_LINK_LOCAL6)
/* With no word about it. */
#define NET_PLAN_DEFAULT (NET_PLAN_DHCP | NET_PLAN_AUTO6)

struct net_plan_address {
	bool is_ipv6;
	uint32_t ipv4;
	uint8_t ipv6[16];
};

struct net_plan_device {
	char name[NET_PLAN_NAME_MAX]; /* empty: whichever */
	uint8_t methods;	      /* of enum net_plan_method */
	uint16_t mtu;		      /* 0 leaves the device's */

	/* STATIC: the address. DHCP: one to ask for first, or 0. */
	uint32_t address;
	uint8_t prefix; /* 1 to 32, with STATIC */
	uint32_t gateway;
	uint32_t server; /* of boot files and NFS */

	/* STATIC6; no gateway is all zeroes. */
	uint8_t address6[16];
	uint8_t prefix6; /* 1 to 128 */
	uint8_t gateway6[16];

	unsigned int n_dns;
	struct net_plan_address dns[NET_PLAN_DEVICE_DNS_MAX];
	uint32_t ntp; /* 0 for none */
	char hostname[NET_PLAN_HOSTNAME_MAX];
};

struct net_plan_vlan {
	char name[NET_PLAN_NAME_MAX];
	char device[NET_PLAN_NAME_MAX]; /* that it is on */
	uint16_t id;			/* 1 to 4094 */
};

struct net_plan {
	unsigned int n_devices;
	struct net_plan_device devices[NET_PLAN_DEVICES_MAX];
	struct net_plan_device others; /* that no entry is for */
	unsigned int n_vlans;
	struct net_plan_vlan vlans[NET_PLAN_VLANS_MAX];
	/* For all devices, before those of leases. */
	unsigned int n_dns;
	struct net_plan_address dns[NET_PLAN_DNS_MAX];
	bool has_boot_mac; /* the NIC that the machine was booted over */
	uint8_t boot_mac[NET_PLAN_MAC_LEN];
	char interfaces[NET_PLAN_PATTERNS_MAX]; /* empty: all */
};

/* Every NIC as by default. */
void net_plan_init(struct net_plan *plan);

/* What to do with the NIC NAME, whose address is MAC (NULL where it has none).
 * Points into PLAN, and is never NULL. An address without a device goes to the
 * NIC that is asked for first (with BOOTIF= to that one): the plan notes the
 * name. So ask when the NIC has carrier. */
const struct net_plan_device *net_plan_for(struct net_plan *plan,
					   const char *name,
					   const uint8_t *mac);

/* Whether phase.net.interfaces= leaves us this NIC. */
bool net_plan_wants(const struct net_plan *plan, const char *name);

/* Whether it is the NIC of BOOTIF=, whose routes go first. */
bool net_plan_is_boot(const struct net_plan *plan, const uint8_t *mac);

/* Whether NAME fits PATTERN: '*' stands for any characters, '?' for one. */
bool net_plan_fits(struct span pattern, const char *name);

/* NAME against a list with commas: it must fit none of the patterns that begin
 * with '!', and one of the others, if there are others. */
bool net_plan_fits_list(struct span patterns, const char *name);
