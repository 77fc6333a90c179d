/*
 * A service that was found: where it is, what it says about itself, whether
 * it answered, and how good it is for us. RFC 6763 §6 (TXT).
 *
 * Ranking, the first difference decides:
 *  1. what the user named on the command line;
 *  2. what suits: neither another architecture nor another channel than we
 *     want, and no failed health check;
 *  3. named by DHCP or announced, before guessed: the gateway's port, and
 *     last the neighbours';
 *  4. its manifest has a signature (which is not checked here);
 *  5. says that it is of our architecture;
 *  6. says that it is of our channel;
 *  7. has answered its health check;
 *  8. on the link, before beyond it;
 *  9. SRV: the lowest priority, then the greatest weight (RFC 2782);
 * 10. the instance name's bytes, then the interface, the URL, the source and
 *     the host's name: so that the same network always gives the same answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "discover/cache.h"
#include "discover/name.h"
#include "discover/url.h"

#define SERVICE_ADDRESSES_MAX (2 * CACHE_ADDRESSES_MAX)
#define SERVICE_NAME_MAX 128 /* a DNS label, or a USN of SSDP */
#define SERVICE_URL_MAX 512
#define SERVICE_PORT 8080 /* a provider's, where none is announced */

enum service_source {
	SERVICE_EXPLICIT,  /* the user named it */
	SERVICE_DHCP,	   /* an option of the lease named it */
	SERVICE_MDNS,	   /* announced on the link */
	SERVICE_DNS,	   /* in a zone of unicast DNS */
	SERVICE_SSDP,	   /* announced on the link */
	SERVICE_GATEWAY,   /* guessed: the gateway's port */
	SERVICE_NEIGHBOUR, /* guessed: a port of who answered a ping */
};

enum service_kind {
	SERVICE_KIND_SERVICE, /* an instance, or a provider */
	SERVICE_KIND_TYPE,    /* a type that there is (RFC 6763 §9) */
	SERVICE_KIND_HOST,    /* a host and its addresses; no port */
};

enum service_health {
	SERVICE_UNCHECKED,   /* not asked, or not answered yet */
	SERVICE_OK,	     /* said 200 */
	SERVICE_UNHEALTHY,   /* said something else */
	SERVICE_UNREACHABLE, /* did not answer */
};

enum service_manifest {
	SERVICE_MANIFEST_UNCHECKED, /* not asked, or not answered */
	SERVICE_MANIFEST_ABSENT,    /* none there, or no manifest */
	SERVICE_MANIFEST_UNSIGNED,
	SERVICE_MANIFEST_SIGNED, /* has a signature; whose is not asked */
};

struct service {
	enum service_source source;
	enum service_kind kind;
	char interface[URL_ZONE_MAX]; /* or empty */
	/* The name that was browsed, with its domain; NULL where there is
	 * none. The source's, who keeps it as long as the program runs. */
	const struct dns_name *type;
	/* Exact bytes: the label of an instance, the USN of SSDP, a type
	 * without its domain ("_ipp._tcp"); else none. */
	uint8_t instance_len;
	uint8_t instance[SERVICE_NAME_MAX];
	/* Its host, or the whole name of a TYPE; len 0 where there is none. */
	struct dns_name host;
	bool is_near; /* on the link, as far as its source knows */
	/* The port is a guess: it is no service unless it answers. */
	bool is_guess;
	unsigned int n_addresses;
	unsigned int address; /* index of the one that is used */
	struct url_address addresses[SERVICE_ADDRESSES_MAX];
	uint16_t port, priority, weight;
	uint16_t txt_len;
	uint8_t txt[CACHE_TXT_MAX];
	enum service_health health;
	int64_t latency_ms; /* of the check, when OK or UNHEALTHY */
	enum service_manifest manifest_state;
	char url[SERVICE_URL_MAX];	/* or empty: not HTTP */
	char manifest[SERVICE_URL_MAX]; /* or empty */
	bool is_manifest_refused;	/* TXT named one that is not safe */
};

/* What we want. NULL: anything. */
struct service_wish {
	const char *arch;
	const char *channel;
};

/* A TXT key that must be there, compared without case, and what it must say,
 * exactly. */
struct service_filter {
	struct span key;
	bool has_value;
	struct span value;
};

/* Whose finding it is: what a service takes over from its search. */
struct service_origin {
	enum service_source source;  /* MDNS or DNS */
	const struct dns_name *type; /* see struct service */
	const char *interface;	     /* or "" */
	bool is_http;		     /* URLs are to be built */
	bool is_near;
};

/* An instance and its host. IPv4 addresses come first, link-local ones last
 * within their family. */
void service_from_instance(const struct cache_instance *instance,
			   const struct cache_host *host,
			   const struct service_origin *origin,
			   struct service *ret_service);

/* What service_is_same() needs of an instance that is gone. */
void service_from_lost(const struct cache_instance *instance,
		       const struct service_origin *origin,
		       struct service *ret_service);

/* The type NAME, "_ipp._tcp.local". Also of one that is gone. */
void service_from_type(const struct dns_name *name,
		       const struct service_origin *origin,
		       struct service *ret_service);

/* A host that was looked up. Also of one that is gone. */
void service_from_host(const struct cache_host *host,
		       const struct service_origin *origin,
		       struct service *ret_service);

/*
 * A device of SSDP: its unique service name, the target that it answered,
 * where its description is, and its SERVER line; these two and INTERFACE may
 * be empty. TXT is then "st=…" and "server=…". A LOCATION that url_parse()
 * refuses is left out; of the others the host becomes an address when it is
 * a literal. -ENOBUFS when the USN has more than SERVICE_NAME_MAX bytes.
 */
MUST_CHECK int service_from_ssdp(struct span usn, struct span st,
				 struct span location, struct span server,
				 const char *interface,
				 struct service *ret_service);

void service_from_gateway(uint32_t address, uint16_t port,
			  struct service *ret_service);

/* INTERFACE is where the neighbour answered. */
void service_from_neighbour(const uint8_t address[16], const char *interface,
			    uint16_t port, struct service *ret_service);

/*
 * From a URL that the user gave; errors are those of url_parse(), and
 * -ENOBUFS. A host that is a name has no address here. One whose path ends in
 * ".json" is that of a manifest: the service is where it came from.
 */
MUST_CHECK int service_from_url(struct span url, struct service *ret_service);

/* The same from a URL of the lease of INTERFACE; -EBADMSG also when it is for
 * another one. */
MUST_CHECK int service_from_lease(struct span url, const char *interface,
				  struct service *ret_service);

bool service_has_address(const struct service *service,
			 const struct url_address *address);

/* Goes back to the first address. */
void service_first_address(struct service *service);

/* Goes on to the next address; false when there is none. */
bool service_next_address(struct service *service);

/* The value of a TXT key; empty when absent. */
struct span service_key(const struct service *service, const char *key);

/* Whether its TXT satisfies every one of FILTERS. */
bool service_matches_txt(const struct service *service,
			 const struct service_filter *filters, size_t n);

/* The name that we use for an architecture: aarch64 is arm64, amd64 x86_64,
 * others stay as they are. */
struct span service_arch(struct span name);

/* Whether it can serve WISH, by rule 2 above. */
bool service_suits(const struct service *service,
		   const struct service_wish *wish);

/* Negative when A ranks before B, positive after, never 0 for two. */
int service_compare(const struct service *a, const struct service *b,
		    const struct service_wish *wish);

/* Puts SERVICE in its place among N others that are in their order already;
 * there is room for one more. */
void service_rank(const struct service **ranked, unsigned int n,
		  const struct service *service,
		  const struct service_wish *wish);

/* Whether both are the same service: of the same source, interface, type and
 * name, whatever else they say. */
bool service_is_same(const struct service *a, const struct service *b);

/* Whether nothing that is shown of them differs but the latency. */
bool service_equal(const struct service *a, const struct service *b);

/* "mdns", "service", "ok", "signed". */
const char *service_source_name(enum service_source source);
const char *service_kind_name(enum service_kind kind);
const char *service_health_name(enum service_health health);
const char *service_manifest_name(enum service_manifest state);
