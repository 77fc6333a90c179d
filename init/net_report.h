/*
 * What phase-net tells PID 1: records on standard output (facts.h has the
 * list). One that is not read is lost; PID 1 reads all the time.
 */
#pragma once

#include <stdbool.h>

#include "dhcp/lease.h"
#include "init/report.h"
#include "netlink/route.h"

/* USABLE: the link is up and has carrier. */
void net_report_nic(const struct route_link *link, bool usable);
void net_report_lease(const char *interface, const struct dhcp_lease *lease);

/* EVENT is "gone" or "lost". */
void net_report_event(const char *interface, const char *event);

/* Why a NIC can't be used, for people. */
void net_report_trouble(const char *interface, const char *text);

/* A NIC got so far at the time AT_NS, of clock_ns(). */
void net_report_step(const char *interface, enum report_step step,
		     int64_t at_ns);

/* Every NIC that was there when the drivers were loaded has been reported. */
void net_report_settled(unsigned int n_nics);
