/*
 * DNS-SD over unicast DNS: what is announced beyond the link. RFC 6763 §11
 * (domains), §12 (additional records), RFC 1035 §4.2 and §7 (asking), RFC 6891
 * (EDNS), RFC 7766 (TCP), RFC 5452 (which answers to believe).
 *
 * A stub: it asks the servers that it is given, which resolve for it. It
 * browses every domain that it is given at once, and asks meanwhile which other
 * domains are to be browsed (b, lb and db, of the domains and of the reverse
 * tree of the own subnets). What the answers name and do not bring along is
 * asked for: SRV, TXT, A, AAAA. Only that is kept. Nothing is ever asked about
 * ".local", which is multicast DNS's (RFC 6762 §3).
 *
 * Every question is on its way by itself, DNSSD_QUERIES_MAX at a time. It goes
 * to the server that has answered last, and to the next one when that one is
 * silent, cannot, or will not. A name that does not exist ends it; when nobody
 * has answered it rests for a while. An answer counts until its TTL is over;
 * then it is asked for again, and what is not in it any more is lost. Until
 * there is a new answer the old one counts, as silence says nothing.
 *
 * The shell feeds packets and time in and then pulls actions until there are
 * none. Datagrams leave from ephemeral ports of ours that nobody else uses;
 * that and the ids are what an attacker off the path has to guess. Times are
 * clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "discover/cache.h"
#include "discover/dns_unicast.h"
#include "discover/message.h"
#include "discover/name.h"
#include "discover/url.h"

#define DNSSD_PORT 53

#define DNSSD_SERVERS_MAX 4
#define DNSSD_DOMAINS_MAX 4 /* that the user or the network has given */
#define DNSSD_SUBNETS_MAX 8
/* All domains, those of subnets and those that were found included. */
#define DNSSD_ZONES_MAX 20
#define DNSSD_INSTANCES_MAX 64
#define DNSSD_HOSTS_MAX (DNSSD_INSTANCES_MAX + 1) /* while one moves */

#define DNSSD_QUERIES_MAX 16
/* Of them for which domains are to be browsed: a server that is slow about
 * those must not hold up the rest. */
#define DNSSD_ENUMERATIONS_MAX 8
#define DNSSD_STREAMS_MAX 4 /* TCP connections */
/* Longer answers are not taken, over TCP neither. */
#define DNSSD_ANSWER_MAX DNS_MESSAGE_MAX

#define DNSSD_TIMEOUT_MS 1000 /* doubled once all servers had their turn */
#define DNSSD_ROUNDS 3	      /* turns of every server */
#define DNSSD_STREAM_MS 3000  /* for a TCP connection, from its start */
#define DNSSD_GATHER_MS 50    /* how long addresses of the other family count */
#define DNSSD_TTL_MIN_MS 10000
#define DNSSD_TTL_MAX_MS 86400000
#define DNSSD_NEGATIVE_MS 60000 /* until nothing is asked for again */
#define DNSSD_FAILED_MS 30000	/* until a question rests that none answered */

enum dnssd_kind {
	DNSSD_BROWSE,  /* instances of a type or of its subtype */
	DNSSD_TYPES,   /* which types there are: RFC 6763 §9 */
	DNSSD_RESOLVE, /* one instance */
	DNSSD_LOOKUP,  /* one host */
};

enum dnssd_state {
	/* Not started: servers and domains can be set, nothing is sent, there
	 * is no deadline. Left by dnssd_start(). */
	DNSSD_IDLE,
	/* Questions go out as they come up. Left by the end. */
	DNSSD_RUNNING,
	/* The end has passed: packets are ignored, no deadline. Not left. */
	DNSSD_FINISHED,
};

/* For the user to see what was not used, and what did not fit. */
struct dnssd_counts {
	unsigned long packets;	 /* all that came, over TCP too */
	unsigned long malformed; /* broken: dropped whole */
	unsigned long foreign;	 /* answer nothing that we have asked there */
	unsigned long refused;	 /* say that the server cannot or will not */
	unsigned long timeouts;
	unsigned long over_zones, over_instances;
	unsigned long over_addresses, over_txt, over_answers;
};

/* One set of records that is wanted. */
struct dnssd_ask {
	bool is_wanted;
	bool is_out;	 /* a query is under way */
	int64_t due;	 /* to be asked then, unless it is under way */
	bool is_settled; /* was answered, or given up, once */
	bool has_failed; /* the last time nobody has answered */
};

enum dnssd_zone_ask {
	DNSSD_ASK_NAME,
	DNSSD_ASK_B,
	DNSSD_ASK_LB,
	DNSSD_ASK_DB,
	DNSSD_ZONE_ASKS,
};
enum dnssd_instance_ask {
	DNSSD_ASK_SRV,
	DNSSD_ASK_TXT,
	DNSSD_INSTANCE_ASKS,
};
enum dnssd_host_ask {
	DNSSD_ASK_A,
	DNSSD_ASK_AAAA,
	DNSSD_HOST_ASKS,
};

/* A domain. Its place is its own for good, unless all are taken. */
struct dnssd_zone {
	struct dns_name domain; /* len 0: free */
	struct dns_name name;	/* what is asked for there; len 0: too long */
	bool is_given;		/* one of dnssd_set_domains() */
	bool is_subnet;		/* one of dnssd_set_subnets() */
	uint64_t named_by; /* b, lb, db of the zones that say to browse it */
	struct dnssd_ask asks[DNSSD_ZONE_ASKS];
};

/* What is told of an instance or a host. */
struct dnssd_tale {
	uint32_t listed;   /* zones that have it, a bit each; 0: it is gone */
	unsigned int zone; /* one of them */
	bool is_told;
	bool tell_found, tell_lost;
	bool has_changed;
	int64_t at; /* CLOCK_NEVER, or it is told then, as it is */
};

/* Free without a list that has it, once that is told. */
struct dnssd_instance {
	struct cache_instance data;
	struct dnssd_tale tale;
	struct dnssd_ask asks[DNSSD_INSTANCE_ASKS];
};

/* Free when it is neither on a list, of LOOKUP, nor an instance's. */
struct dnssd_host {
	bool is_used;
	struct cache_host data;
	struct dnssd_tale tale;
	struct dnssd_ask asks[DNSSD_HOST_ASKS];
};

enum dnssd_query_kind {
	DNSSD_QUERY_ZONE,
	DNSSD_QUERY_INSTANCE,
	DNSSD_QUERY_HOST
};

/* A question that is under way. */
struct dnssd_query {
	bool is_used;
	enum dnssd_query_kind kind;
	unsigned int index, ask; /* whose, and which of its asks */
	struct dns_name name;
	enum dns_type type;
	uint16_t id;
	unsigned int n_sent;
	unsigned int server;  /* index, of the last transmission */
	unsigned int asked;   /* servers, a bit each */
	unsigned int plain;   /* of these, who was asked without EDNS */
	unsigned int refused; /* of these, who is not asked any more */
	bool want_send;
	bool want_stream; /* as soon as one is free */
	int stream;	  /* index, or -1 */
	int64_t due;	  /* CLOCK_NEVER while a stream is wanted */
};

/* A TCP connection: one question, one answer (RFC 7766 §6.2 allows more). */
struct dnssd_stream {
	bool is_used;
	bool want_connect, want_close;
	unsigned int query; /* index */
	size_t len;
	uint8_t buffer[2 + DNSSD_ANSWER_MAX];
};

struct dnssd_server {
	struct url_address address;
	bool no_edns; /* it does not know what that is */
};

struct dnssd {
	enum dnssd_kind kind;
	enum dnssd_state state;
	int64_t now; /* of the last event */
	int64_t end;
	uint64_t random;
	bool want_done;
	uint8_t labels_len;
	uint8_t labels[DNS_NAME_MAX];
	unsigned int n_servers;
	unsigned int server; /* that has answered last */
	struct dnssd_counts counts;
	struct dnssd_server servers[DNSSD_SERVERS_MAX];
	struct dnssd_zone zones[DNSSD_ZONES_MAX];
	struct dnssd_query queries[DNSSD_QUERIES_MAX];
	unsigned int n_instances, n_hosts; /* that were ever taken */
	struct dnssd_instance instances[DNSSD_INSTANCES_MAX];
	struct dnssd_host hosts[DNSSD_HOSTS_MAX];
	struct dnssd_stream streams[DNSSD_STREAMS_MAX];
	uint8_t packet[2 + DNS_UNICAST_QUERY_MAX];
};

enum dnssd_action_kind {
	DNSSD_SEND,    /* packet to address, port DNSSD_PORT, over UDP */
	DNSSD_CONNECT, /* stream: a TCP connection there, then packet on it */
	DNSSD_CLOSE,   /* stream: is not needed any more */
	DNSSD_FOUND, /* reachable; again when something about it has changed */
	DNSSD_LOST,  /* was found, and is not there or reachable any more */
	DNSSD_DONE,  /* the end has come; the last action */
};

struct dnssd_action {
	enum dnssd_action_kind kind;
	struct url_address address;
	unsigned int stream; /* below DNSSD_STREAMS_MAX */
	struct span packet;  /* of CONNECT with its length before it; good until
			      * the next call, as all below but TYPE */
	/* NULL of a LOOKUP. Of TYPES its name is the type, and no more. */
	const struct cache_instance *instance;
	const struct cache_host
		*host; /* NULL of LOST but a LOOKUP's, of TYPES */
	const struct dns_name *domain; /* where it was found */
	/* What was asked for there. Good for as long as D, unless networks came
	 * and went until there was no room for more domains. */
	const struct dns_name *type;
};

/*
 * LABELS is what comes before the domain, as on the wire but without the root
 * label: "\5_http\4_tcp", "\6_color\4_sub\4_ipp\4_tcp", an instance and its
 * type, or a host. It is copied; of TYPES it is not looked at. SEED is to be
 * random.
 */
void dnssd_init(struct dnssd *d, enum dnssd_kind kind, struct span labels,
		uint64_t seed);

/* Begins to search, until the absolute END, which may be CLOCK_NEVER. */
void dnssd_start(struct dnssd *d, int64_t now, int64_t end);

/*
 * In place of those that were given before, at any time. More than fit, and
 * domains in ".local", are left out. When the servers are others, everything
 * that no server has answered is asked again at once.
 */
void dnssd_set_servers(struct dnssd *d, const struct url_address *servers,
		       unsigned int n_servers, int64_t now);
void dnssd_set_domains(struct dnssd *d, const struct dns_name *domains,
		       unsigned int n_domains, int64_t now);

/* The own addresses; their subnets' part of the reverse tree is asked for
 * domains to browse. Link-local ones are left out. */
void dnssd_set_subnets(struct dnssd *d, const struct dns_subnet *subnets,
		       unsigned int n_subnets, int64_t now);

/* The network has changed: asks for everything again, keeping what is known. */
void dnssd_ask_again(struct dnssd *d, int64_t now);

void dnssd_recv(struct dnssd *d, struct span packet,
		const struct url_address *from, uint16_t port, int64_t now);

/* What came over a connection, in pieces of any size. */
void dnssd_recv_stream(struct dnssd *d, unsigned int stream, struct span bytes,
		       int64_t now);

/* The connection could not be made, or has ended. */
void dnssd_stream_ended(struct dnssd *d, unsigned int stream, int64_t now);

/* A datagram to ADDRESS could not be sent, or nobody is at that port. */
void dnssd_unreachable(struct dnssd *d, const struct url_address *address,
		       int64_t now);

/* To be called once dnssd_due() has come. */
void dnssd_tick(struct dnssd *d, int64_t now);

/* Ends the search now. What is known well enough is still told. */
void dnssd_stop(struct dnssd *d, int64_t now);

/* The absolute time of the next tick; CLOCK_NEVER when there is none. */
int64_t dnssd_due(const struct dnssd *d);

/* Pulls the next thing to be done; false when there is nothing. */
bool dnssd_next(struct dnssd *d, struct dnssd_action *ret_action);

/* Whether nothing is under way, and nothing is wanted that has not been
 * answered or given up. True without servers or domains. */
bool dnssd_is_quiet(const struct dnssd *d);
