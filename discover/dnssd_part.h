/*
 * The parts of DNS-SD over unicast DNS among each other: nobody else calls
 * these.
 */
#pragma once

#include "discover/dnssd.h"

/* dnssd.c: the index of the one of that address, or -1. */
int dnssd_find_server(const struct dnssd_server *servers,
		      unsigned int n_servers,
		      const struct url_address *address);

/* dnssd_query.c: sends the questions that are due, as many as there is room
 * for. */
void dnssd_query_start(struct dnssd *d);

/* Which one QUERY is for. */
struct dnssd_ask *dnssd_query_ask(struct dnssd *d,
				  const struct dnssd_query *query);

/* The one of that id; NULL. */
struct dnssd_query *dnssd_query_find(struct dnssd *d, uint16_t id);

/* To its server, by datagram. */
void dnssd_query_transmit(struct dnssd *d, struct dnssd_query *query);

/* To the server after the one that it was sent to last, or it has failed. */
void dnssd_query_transmit_next(struct dnssd *d, struct dnssd_query *query);

/* SERVER will not answer it, so another one has to. */
void dnssd_query_refuse(struct dnssd *d, struct dnssd_query *query,
			unsigned int server);

/* Its end, whatever came of it. */
void dnssd_query_free(struct dnssd *d, struct dnssd_query *query);

/* Ends what is under way and not to be asked for any more. To be called
 * before a place is somebody else's. */
void dnssd_query_drop_unwanted(struct dnssd *d);

/* Takes all of them back; their questions are due again. */
void dnssd_query_drop_all(struct dnssd *d);

void dnssd_query_tick(struct dnssd *d);
int64_t dnssd_query_due(const struct dnssd *d);
bool dnssd_query_next(struct dnssd *d, struct dnssd_action *ret_action);

/* dnssd_zone.c: the domains that the answer to QUERY names as those to be
 * browsed, the records of NAME. Returns the smallest TTL in seconds; -ENOENT
 * without any. */
int64_t dnssd_zone_take(struct dnssd *d, const struct dnssd_query *query,
			struct dns_message message,
			const struct dns_name *name);

/* The name of what ASK asks ZONE for. -ENOBUFS when it is too long. */
MUST_CHECK int dnssd_zone_ask_name(const struct dnssd_zone *zone,
				   enum dnssd_zone_ask ask,
				   struct dns_name *ret_name);

/* dnssd_known.c: the answer to QUERY, which is over; and what it has besides
 * that we would have asked for. */
void dnssd_known_take(struct dnssd *d, const struct dnssd_query *query,
		      const struct dns_message *message);

/* ZONE has what RESOLVE and LOOKUP look for, or has not any more. */
void dnssd_known_list(struct dnssd *d, unsigned int zone);
void dnssd_known_unlist(struct dnssd *d, unsigned int zone);

/* dnssd_record.c: the records of NAME in MESSAGE, in place of what there was.
 * Return the smallest TTL in seconds; -ENOENT without any. */
int64_t dnssd_record_take_srv(struct dnssd *d, struct dnssd_instance *instance,
			      struct dns_message message,
			      const struct dns_name *name);
int64_t dnssd_record_take_txt(struct dnssd *d, struct dnssd_instance *instance,
			      struct dns_message message,
			      const struct dns_name *name);
int64_t dnssd_record_take_addresses(struct dnssd *d, struct dnssd_host *host,
				    enum dnssd_host_ask ask,
				    struct dns_message message,
				    const struct dns_name *name);

/* The host of that name, new or known. */
struct dnssd_host *dnssd_record_host(struct dnssd *d,
				     const struct dns_name *name);

/* Frees the hosts that are nobody's any more. */
void dnssd_record_drop_hosts(struct dnssd *d);

/* dnssd_tale.c: what is to be told, after something has come or gone. */
void dnssd_tale_review(struct dnssd *d);

/* The end: what can be reached is told, as far as it is known. */
void dnssd_tale_rest(struct dnssd *d);
int64_t dnssd_tale_due(const struct dnssd *d);
bool dnssd_tale_next(struct dnssd *d, struct dnssd_action *ret_action);
