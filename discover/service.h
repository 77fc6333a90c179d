/*
 * A service that was found: where it is, what it says about itself, whether
 * it answered, and how good it is for us. RFC 6763 §6 (TXT).
 *
 * Ranking, the first difference decides:
 *  1. what the user named on the command line;
 *  2. what suits: neither another architecture nor another channel than we
 *     want, and no failed health check;
 *  3. announced before guessed: the gateway's port comes last;
 *  4. says that it is of our architecture, then of our channel;
 *  5. has answered its health check;
 *  6. SRV: the lowest priority, then the greatest weight (RFC 2782);
 *  7. the instance name's bytes, then the interface, then the address: so
 *     that the same network always gives the same answer.
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
#define SERVICE_URL_MAX 512
#define SERVICE_PORT 8080 /* a provider's, where none is announced */

enum service_source {
	SERVICE_EXPLICIT, /* the user named it */
	SERVICE_MDNS,	  /* announced on the link */
	SERVICE_GATEWAY,  /* guessed: the gateway's port */
};

enum service_health {
	SERVICE_UNCHECKED,   /* not asked, or not answered yet */
	SERVICE_OK,	     /* said 200 */
	SERVICE_UNHEALTHY,   /* said something else */
	SERVICE_UNREACHABLE, /* did not answer */
};

struct service {
	enum service_source source;
	char interface[URL_ZONE_MAX]; /* or empty */
	uint8_t instance_len;
	uint8_t instance[DNS_LABEL_MAX]; /* exact bytes; none unless MDNS */
	struct dns_name host;		 /* len 0 unless MDNS */
	unsigned int n_addresses;
	unsigned int address; /* index of the one that is used */
	struct url_address addresses[SERVICE_ADDRESSES_MAX];
	uint16_t port, priority, weight;
	uint16_t txt_len;
	uint8_t txt[CACHE_TXT_MAX];
	enum service_health health;
	int64_t latency_ms;		/* of the check, when OK or UNHEALTHY */
	char url[SERVICE_URL_MAX];	/* or empty: not HTTP */
	char manifest[SERVICE_URL_MAX]; /* or empty */
	bool is_manifest_refused;	/* TXT named one that is not safe */
};

/* What we want. NULL: anything. */
struct service_wish {
	const char *arch;
	const char *channel;
};

/* From what the querier found. IS_HTTP: whether URLs are to be built. IPv4
 * addresses come first, link-local ones last within their family. */
void service_from_instance(const struct cache_instance *instance,
			   const struct cache_host *host, const char *interface,
			   bool is_http, struct service *ret_service);

/* What service_is_same() needs of an instance that is gone. */
void service_from_lost(const struct cache_instance *instance,
		       const char *interface, struct service *ret_service);

void service_from_gateway(uint32_t address, uint16_t port,
			  struct service *ret_service);

/* From a URL that the user gave; errors are those of url_parse(), and
 * -ENOBUFS. A host that is a name has no address here. */
MUST_CHECK int service_from_url(struct span url, struct service *ret_service);

/* Goes on to the next address; false when there is none. */
bool service_next_address(struct service *service);

/* The value of a TXT key; empty when absent. */
struct span service_key(const struct service *service, const char *key);

/* The name that we use for an architecture: aarch64 is arm64, amd64 x86_64,
 * others stay as they are. */
struct span service_arch(struct span name);

/* Whether it can serve WISH, by rule 2 above. */
bool service_suits(const struct service *service,
		   const struct service_wish *wish);

/* Negative when A ranks before B, positive after, never 0 for two. */
int service_compare(const struct service *a, const struct service *b,
		    const struct service_wish *wish);

/* Whether both are the same service of the same interface. */
bool service_is_same(const struct service *a, const struct service *b);

const char *service_source_name(enum service_source source);
const char *service_health_name(enum service_health health);
