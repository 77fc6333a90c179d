/*
 * The sources of a search, all at once, and their sockets: multicast DNS or
 * SSDP on every interface, IPv6 neighbours, unicast DNS, and what leases and
 * the routing table name. What each is asked, when, is in its own file
 * (querier.h, ssdp.h, neighbours.h, dnssd.h, hints.h); where the search may
 * go is the mode's, and here:
 *
 *	            multicast  gateways  leases  neighbours  unicast DNS
 *	internet    yes        yes       yes     yes         yes
 *	local       yes        yes       yes     yes         (yes)
 *	private     yes        yes       yes     no          no
 *
 * Gateways, leases and neighbours are for a search for all providers only, and
 * but for leases only if they may be connected to. Unicast DNS is asked in
 * mode local where the user has named the server.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "base/writer.h"
#include "discover/dnssd.h"
#include "discover/hints.h"
#include "discover/interfaces.h"
#include "discover/neighbours.h"
#include "discover/options.h"
#include "discover/querier.h"
#include "discover/service.h"
#include "discover/ssdp.h"

#define SEARCH_NICS_MAX OPTIONS_INTERFACES_MAX

/* Packets of one socket in one turn of the loop, so that a flood on one
 * interface does not keep the others waiting. */
#define SEARCH_BURST 16

/* Instances that every interface has room for, whatever comes over the others;
 * and those that they share. */
#define SEARCH_INSTANCES_OWN 4
#define SEARCH_INSTANCES_SHARED (CACHE_INSTANCES_MAX - SEARCH_INSTANCES_OWN)

/* IPv4 and IPv6, each from an ephemeral port and as the group's. */
#define SEARCH_NIC_SOCKETS 4

/*
 * How often within a second news of the network have us ask everybody again.
 * Whoever sends router advertisements has addresses come and go at will; what
 * is left out then comes with the repetitions of the last time.
 */
#define SEARCH_AGAIN_MAX 8 /* a boot has five in one */

struct search_again {
	int64_t since;
	unsigned int n;
};

/* Counts one more. */
bool search_may_again(struct search_again *again, int64_t now);

struct search;

struct search_nic {
	bool used;
	struct search *search;
	struct interface interface;
	struct loop_source sources[SEARCH_NIC_SOCKETS];
	struct loop_timer timer;
	struct search_again again;
	/* One of both, as the goal is. */
	struct querier querier;
	struct ssdp ssdp;
	struct neighbours neighbours;
	struct hints hints; /* its lease's */
};

/* A DNS server that is asked over TCP: RFC 7766. */
struct search_stream {
	struct search *search;
	struct loop_source source;
	size_t len, sent;
	uint8_t query[2 + DNS_UNICAST_QUERY_MAX];
};

struct search {
	/* Set by the owner. */
	const struct options *options;
	struct loop *loop;
	/* There is a service, or something about it has changed. */
	void (*found)(struct search *search, const struct service *service);
	/* It is gone; service_is_same() finds it. */
	void (*lost)(struct search *search, const struct service *service);
	/* And so is all that was found over the interface NAME. */
	void (*gone)(struct search *search, const char *name);
	/* Something was heard or a time is over, of which nothing was told. */
	void (*quiet)(struct search *search);
	void *owner;

	bool is_started;
	int64_t end; /* CLOCK_NEVER: goes on until it is stopped */
	/* Those who are asked in one way see what comes of its seed, and learn
	 * nothing of the others. */
	struct {
		uint64_t links, dns, echo;
	} seeds;
	struct search_nic nics[SEARCH_NICS_MAX];
	unsigned long n_over_nics;
	struct loop_source echo; /* of neighbours, for all NICs */
	struct loop_source dns[2];
	struct loop_timer dns_timer;
	struct search_stream streams[DNSSD_STREAMS_MAX];
	struct dnssd dnssd;
	size_t n_gateways; /* of the routing table, unless others were named */
	uint32_t gateways[OPTIONS_GATEWAYS_MAX];
	struct hints given; /* leases that were named, and resolv.conf */
};

/* Opens what wants a privilege, and reads files: the interfaces, leases and
 * resolv.conf. -ENODEV when an interface that was named does not exist,
 * -ENOENT for a lease, with its name in *RET_MISSING. */
MUST_CHECK int search_open(struct search *search, const char **ret_missing);

/* Begins; END may be CLOCK_NEVER. */
void search_start(struct search *search, int64_t now, int64_t end);

/* A record of phase-net: a NIC, an address or a lease has come or gone. */
void search_take_record(struct search *search, struct span line);

/* Ends it. What is known well enough is still told. */
void search_stop(struct search *search);

/* Whether nothing can come any more. */
bool search_is_exhausted(const struct search *search);

/* Whether what was asked for by its name is known. */
bool search_is_complete(const struct search *search);

/* Everything that a limit left out. */
unsigned long search_n_over(const struct search *search);

/* " on eth0, eth1"; nothing where there are none. */
void search_put_interfaces(struct writer *writer, const struct search *search);

/* Logs what was left out or not used, and why. */
void search_log(const struct search *search);
