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

#define OPTIONS_INTERFACES_MAX 8
#define OPTIONS_GATEWAYS_MAX 4
#define OPTIONS_TIMEOUT_MS 2000
#define OPTIONS_TYPE "_phase-image._tcp"

enum options_format {
	OPTIONS_TEXT,
	OPTIONS_JSON,
	OPTIONS_REPORT,
	OPTIONS_QUIET, /* the best one's URL only */
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
	const char *type;
	struct dns_name type_name;
	bool is_provider_type; /* one that answers GET /health */
	bool is_http;	       /* a service of it has a URL */
	const char *interfaces[OPTIONS_INTERFACES_MAX];
	unsigned int n_interfaces;
	int64_t timeout_ms;
	enum options_format format;
	bool first;
	bool no_probe;
	bool verbose;
	bool has_provider;
	struct service provider;
	struct options_gateway gateways[OPTIONS_GATEWAYS_MAX];
	unsigned int n_gateways;
	struct service_wish wish;
};

/* Reads ARGV, terminated by NULL, whose strings the result points to. With
 * OPTIONS_WRONG a sentence for the user has been put into REASON. */
MUST_CHECK enum options_verdict options_parse(char **argv,
					      struct options *ret_options,
					      struct writer *reason);

/* What --help prints. */
extern const char options_help[];
