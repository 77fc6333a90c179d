/*
 * The command line of phase-discover: docs/phase-discover.8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/writer.h"
#include "discover/name.h"
#include "discover/service.h"
#include "discover/template.h"
#include "discover/url.h"

#define OPTIONS_INTERFACES_MAX 8
#define OPTIONS_GATEWAYS_MAX 4
#define OPTIONS_SERVERS_MAX 4
#define OPTIONS_DOMAINS_MAX 4
#define OPTIONS_LEASES_MAX 8
#define OPTIONS_TXT_MAX 8
#define OPTIONS_TIMEOUT_MS 2000
#define OPTIONS_TYPE "_phase-image._tcp"

/* What is searched for. */
enum options_goal {
	OPTIONS_BROWSE,	 /* the services of a type */
	OPTIONS_TYPES,	 /* the types that there are */
	OPTIONS_RESOLVE, /* one instance */
	OPTIONS_LOOKUP,	 /* a host's addresses */
	OPTIONS_SSDP,	 /* what answers to a search target of SSDP */
};

/* Where the search may go; docs/phase-discover.8 says what each leaves out. */
enum options_mode {
	OPTIONS_INTERNET,
	OPTIONS_LOCAL,
	OPTIONS_PRIVATE,
};

enum options_format {
	OPTIONS_TEXT,
	OPTIONS_JSON,
	OPTIONS_REPORT,
	OPTIONS_TEMPLATE, /* as options->template says */
	OPTIONS_QUIET,	  /* the best one's URL only */
};

enum options_verdict {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_WRONG, /* the reason has been written */
};

struct options_gateway {
	uint32_t address;
	uint16_t port;
};

struct options {
	enum options_goal goal;
	const char *asked; /* as it was asked for; of SSDP, the search target */
	/*
	 * The name that is asked, but for OPTIONS_SSDP, with its domain, which
	 * is .local where none was given; LABELS_LEN bytes of it come before
	 * the domain. Multicast DNS is asked for it if IS_LOCAL_NAME; unicast
	 * DNS, for the labels in each of its domains, if IS_UNICAST_NAME. Both
	 * are true where no domain was given. Where one other than .local was,
	 * it is the only one of DOMAINS.
	 */
	struct dns_name name;
	size_t labels_len;
	bool is_local_name, is_unicast_name;
	bool is_provider_type; /* one that answers GET /health */
	/* All providers are asked for, wherever and however they are named:
	 * those count as well that only the user, a lease or a guess knows. */
	bool takes_unannounced;
	bool is_http; /* a service of it has a URL */
	enum options_mode mode;
	bool is_watch;
	bool has_events; /* phase-net's, on standard input */
	bool first;
	bool no_probe;
	bool verbose;
	int64_t timeout_ms; /* of the first search, with IS_WATCH */
	enum options_format format;
	struct template template;
	const char *interfaces[OPTIONS_INTERFACES_MAX];
	unsigned int n_interfaces;
	bool has_provider;
	struct service provider;
	struct options_gateway gateways[OPTIONS_GATEWAYS_MAX];
	unsigned int n_gateways;
	/* None: the leases', else those of resolv.conf. */
	struct url_address servers[OPTIONS_SERVERS_MAX];
	unsigned int n_servers;
	struct dns_name domains[OPTIONS_DOMAINS_MAX];
	unsigned int n_domains;
	const char *leases[OPTIONS_LEASES_MAX]; /* paths; none: phase-net's */
	unsigned int n_leases;
	/* For service_matches_txt(). */
	struct service_filter txt[OPTIONS_TXT_MAX];
	unsigned int n_txt;
	struct service_wish wish;
};

/* Reads ARGV, terminated by NULL, whose strings the result points to. With
 * OPTIONS_WRONG a sentence for the user has been put into REASON. */
MUST_CHECK enum options_verdict options_parse(char **argv,
					      struct options *ret_options,
					      struct writer *reason);

/* The labels of the name that come before its domain, as on the wire and
 * without the root; they live as long as OPTIONS. */
struct span options_labels(const struct options *options);

/* What --help prints. */
extern const char options_help[];
