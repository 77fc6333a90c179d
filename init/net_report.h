/*
 * What phase-net says of its NICs on standard output: to PID 1 records
 * (facts.h has the list), and as a command of its own lines for people or JSON
 * objects (net_show.h). One that is not read is lost; PID 1 reads all the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dhcp/lease.h"
#include "init/net_show.h"
#include "init/report.h"
#include "netlink/address.h"
#include "netlink/link.h"

enum net_report_form {
	NET_REPORT_RECORDS,
	NET_REPORT_LINES,
	NET_REPORT_JSON,
	NET_REPORT_NOTHING,
};

struct net_report {
	enum net_report_form form;
	int64_t started; /* clock_ms(), what times are counted from */
};

/* USABLE: the link is up and has carrier. */
void net_report_nic(const struct net_report *report,
		    const struct route_link *link, bool usable);
void net_report_gone(const struct net_report *report, const char *interface);

/* An address of DHCP, or one that never ends and has no server. RENEWED: it
 * was there before. */
void net_report_lease(const struct net_report *report, const char *interface,
		      const struct dhcp_lease *lease, bool renewed);
void net_report_lost(const struct net_report *report, const char *interface,
		     uint32_t address);

/* ADDRESS 0: it is there no longer. */
void net_report_link_local(const struct net_report *report,
			   const char *interface, uint32_t address);
void net_report_conflict(const struct net_report *report, const char *interface,
			 uint32_t address, const uint8_t mac[NET_SHOW_MAC_LEN]);

/* An IPv6 address for the world, whoever has given it. */
void net_report_address6(const struct net_report *report, const char *interface,
			 const struct route_address6 *address);
void net_report_lost6(const struct net_report *report, const char *interface,
		      const uint8_t address[16]);

/* No server has answered so far. */
void net_report_silence(const struct net_report *report, const char *interface);

/* Why a NIC can't be used, for people. */
void net_report_trouble(const struct net_report *report, const char *interface,
			const char *text);

/* For PID 1 alone: a NIC got so far at the time AT_NS, of clock_ns(). */
void net_report_step(const struct net_report *report, const char *interface,
		     enum report_step step, int64_t at_ns);

/* For PID 1 alone: every NIC that was there when the drivers were loaded has
 * been reported. */
void net_report_settled(const struct net_report *report, unsigned int n_nics);
