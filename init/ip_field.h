/*
 * The fields of ip= (init/ip_param.h): what stands between colons. An empty
 * one is right, and means nothing. Parsers return false for what is not right,
 * and what they were to fill in is then undefined.
 */
#pragma once

#include "base/reader.h"
#include "init/net_plan.h"

#define IP_FIELDS_MAX 10

/* Those from N on are empty. */
struct ip_fields {
	unsigned int n;
	struct span at[IP_FIELDS_MAX];
};

/* Cuts VALUE at its colons, but for those in brackets, which are taken off.
 * NULL, or what is wrong. */
const char *ip_split(struct span value, struct ip_fields *ret_fields);

/* dhcp, or several with commas, as bits of enum net_plan_method. */
bool ip_parse_methods(struct span text, uint8_t *ret_methods);

/* An address that a host may have; 0.0.0.0 is none. */
bool ip_parse_address(struct span text, struct net_plan_address *ret_address);
bool ip_is_given(const struct net_plan_address *address);

/* The same, added to LIST if it is one. */
bool ip_parse_dns(struct span text, struct net_plan_address *list,
		  unsigned int *n);

/* 24, /24 or 255.255.255.0; of IPv6 64 or /64. An empty one is false. */
bool ip_parse_netmask(struct span text, bool is_ipv6, uint8_t *ret_prefix);

/* Of no netmask: that of the address's class, as in the kernel; or 64. */
uint8_t ip_usual_prefix(const struct net_plan_address *address);

bool ip_parse_name(struct span text, char name[NET_PLAN_NAME_MAX]);
bool ip_parse_hostname(struct span text, char name[NET_PLAN_HOSTNAME_MAX]);

/* 68 to 65535; an empty one is false. */
bool ip_parse_mtu(struct span text, uint16_t *ret_mtu);

bool ip_is_digit(uint8_t byte);
