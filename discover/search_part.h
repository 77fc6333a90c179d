/*
 * What the files of search.h share: search.c begins and ends it and follows
 * the network, search_nic.c has the interfaces, search_dns.c unicast DNS.
 */
#pragma once

#include "base/record.h"
#include "discover/search.h"

/* search.c */

/* SOURCE, whose fd was opened with the result R, is heard from now on: READY is
 * told of EVENTS. R or another -errno; then the fd is closed. */
MUST_CHECK int search_watch(struct search *search, struct loop_source *source,
			    int r, short events,
			    void (*ready)(struct loop *loop,
					  struct loop_source *source,
					  short revents),
			    void *owner);

/* Whether links know what is asked for: not a name in a domain of unicast DNS.
 * Then NICs have no sockets, and are there for their leases. */
bool search_asks_links(const struct search *search);

/* search.c */

/* What multicast or unicast DNS has found or lost, as the goal has it. */
void search_make_service(const struct search *search,
			 const struct service_origin *origin,
			 const struct cache_instance *instance,
			 const struct cache_host *host, bool is_there,
			 struct service *ret_service);

/* search_nic.c */

void search_nic_open(struct search *search, const struct interface *interface);
void search_nic_close(struct search_nic *nic);
void search_nic_start(struct search_nic *nic);
/* Its addresses have changed. */
void search_nic_ask_again(struct search_nic *nic);
void search_nic_stop(struct search_nic *nic);

/* The NIC of an interface; NULL. */
struct search_nic *search_nic_by_name(struct search *search, const char *name);

void search_open_echo(struct search *search);

/* search_hints.c */

/* Reads the leases of the interfaces, or those that were named, and
 * resolv.conf. -ENOENT with the name of one that cannot be read. */
MUST_CHECK int search_hints_open(struct search *search,
				 const char **ret_missing);
/* Tells of the gateways and providers that are known. */
void search_hints_start(struct search *search);
/* RECORD is "lease", with what there is now; "lost", "gone" or NULL. */
void search_hints_take(struct search *search, struct search_nic *nic,
		       const struct record *record);

/* search_dns.c */

void search_dns_open(struct search *search);
void search_dns_start(struct search *search);
/* The hints have changed. */
void search_dns_update(struct search *search);
void search_dns_stop(struct search *search);
