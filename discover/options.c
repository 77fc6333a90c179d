/* See options.h. */
#include "discover/options.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

const char options_help[] =
	"usage: phase-discover [options]\n"
	"\n"
	"Finds the services that the network's hosts announce.\n"
	"\n"
	"  --type TYPE          what to look for (" OPTIONS_TYPE ")\n"
	"  --interface IF       search there only; may be repeated\n"
	"  --timeout DURATION   how long to search (2s)\n"
	"  --first              end with the first good one\n"
	"  --format FORMAT      text, json or report\n"
	"  --json               the same as --format json\n"
	"  -q, --quiet          print the best one's URL only\n"
	"  --provider URL       a provider that is known already\n"
	"  --gateway ADDR[:PORT]  where to try without an announcement;\n"
	"                       may be repeated (the default gateways, 8080)\n"
	"  --no-probe           connect to nobody\n"
	"  --arch ARCH          the architecture wanted\n"
	"  --channel CHANNEL    the channel wanted\n"
	"  --mode MODE          internet, local or private\n"
	"  --ephemeral          accepted; it is always so\n"
	"  -v, --verbose        say what was dropped\n"
	"  -h, --help           print this\n"
	"  -V, --version        print the version\n"
	"\n"
	"Durations: 300ms, 2s, 1.5; a bare number is seconds.\n"
	"Exit status: 0 found, 1 nothing found, 2 wrong usage.\n";

enum option_id {
	OPTION_TYPE,
	OPTION_INTERFACE,
	OPTION_TIMEOUT,
	OPTION_FIRST,
	OPTION_FORMAT,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_PROVIDER,
	OPTION_GATEWAY,
	OPTION_NO_PROBE,
	OPTION_ARCH,
	OPTION_CHANNEL,
	OPTION_MODE,
	OPTION_EPHEMERAL,
	OPTION_BOOTSTRAP,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option_name {
	const char *name;
	enum option_id id;
	bool has_value;
} option_names[] = {
	{ "--type", OPTION_TYPE, true },
	{ "--interface", OPTION_INTERFACE, true },
	{ "--timeout", OPTION_TIMEOUT, true },
	{ "--first", OPTION_FIRST, false },
	{ "--format", OPTION_FORMAT, true },
	{ "--json", OPTION_JSON, false },
	{ "--quiet", OPTION_QUIET, false },
	{ "-q", OPTION_QUIET, false },
	{ "--provider", OPTION_PROVIDER, true },
	{ "--gateway", OPTION_GATEWAY, true },
	{ "--no-probe", OPTION_NO_PROBE, false },
	{ "--arch", OPTION_ARCH, true },
	{ "--channel", OPTION_CHANNEL, true },
	{ "--mode", OPTION_MODE, true },
	{ "--ephemeral", OPTION_EPHEMERAL, false },
	{ "--bootstrap", OPTION_BOOTSTRAP, true },
	{ "--verbose", OPTION_VERBOSE, false },
	{ "-v", OPTION_VERBOSE, false },
	{ "--help", OPTION_HELP, false },
	{ "-h", OPTION_HELP, false },
	{ "--version", OPTION_VERSION, false },
	{ "-V", OPTION_VERSION, false },
};

static const struct option_name *find_option(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (span_is(name, option_names[i].name))
			return &option_names[i];
	}
	return NULL;
}

/* "WHAT: TEXT", with TEXT escaped: it may come from a kernel command line. */
static void complain(struct writer *reason, const char *what, const char *text)
{
	text_put(reason, what);
	text_put(reason, ": ");
	text_put_escaped(reason, span_of(text));
}

static int parse_type(const char *value, struct options *options)
{
	struct span name = span_of(value);
	struct reader reader;
	struct span service;

	if (dns_name_from_type(name, &options->name) < 0)
		return -EBADMSG;
	options->asked = value;
	options->labels_len = options->name.len - sizeof("\5local");
	options->is_local_name = true;
	reader_from_span(&reader, name);
	service = reader_until(&reader, '.');
	options->is_provider_type = span_is_nocase(service, "_phase-image");
	options->is_http = options->is_provider_type ||
			   span_is_nocase(service, "_http");
	return 0;
}

static int parse_gateway(const char *value, struct options *options)
{
	struct options_gateway *gateway;
	struct reader reader;
	struct span address;
	uint64_t port = SERVICE_PORT;

	if (options->n_gateways == OPTIONS_GATEWAYS_MAX)
		return -ENOBUFS;
	gateway = &options->gateways[options->n_gateways];
	reader_from_span(&reader, span_of(value));
	address = reader_until(&reader, ':');
	if (text_parse_ipv4(address, &gateway->address) < 0)
		return -EBADMSG;
	if (address.len < strlen(value) &&
	    (text_parse_u64(reader_rest(&reader), 65535, &port) < 0 ||
	     port == 0))
		return -EBADMSG;
	gateway->port = (uint16_t)port;
	options->n_gateways++;
	return 0;
}

static int parse_interface(const char *value, struct options *options)
{
	if (options->n_interfaces == OPTIONS_INTERFACES_MAX)
		return -ENOBUFS;
	options->interfaces[options->n_interfaces++] = value;
	return 0;
}

static int parse_format(const char *value, struct options *options)
{
	if (strcmp(value, "text") == 0)
		options->format = OPTIONS_TEXT;
	else if (strcmp(value, "json") == 0)
		options->format = OPTIONS_JSON;
	else if (strcmp(value, "report") == 0)
		options->format = OPTIONS_REPORT;
	else
		return -EBADMSG;
	return 0;
}

static int parse_provider(const char *value, struct options *options)
{
	int r = service_from_url(span_of(value), &options->provider);

	if (r == 0)
		options->has_provider = true;
	return r;
}

static int parse_mode(const char *value)
{
	return strcmp(value, "internet") == 0 || strcmp(value, "local") == 0 ||
			       strcmp(value, "private") == 0 ?
		       0 :
		       -EBADMSG;
}

struct span options_labels(const struct options *options)
{
	return (struct span){ options->name.wire, options->labels_len };
}

/* An option with its VALUE; NULL for one that has none. */
static int apply(enum option_id id, const char *value, struct options *options)
{
	switch (id) {
	case OPTION_TYPE:
		return parse_type(value, options);
	case OPTION_INTERFACE:
		return parse_interface(value, options);
	case OPTION_TIMEOUT:
		return text_parse_duration(span_of(value),
					   &options->timeout_ms);
	case OPTION_FIRST:
		options->first = true;
		return 0;
	case OPTION_FORMAT:
		return parse_format(value, options);
	case OPTION_JSON:
		options->format = OPTIONS_JSON;
		return 0;
	case OPTION_QUIET:
		options->format = OPTIONS_QUIET;
		return 0;
	case OPTION_PROVIDER:
		return parse_provider(value, options);
	case OPTION_GATEWAY:
		return parse_gateway(value, options);
	case OPTION_NO_PROBE:
		options->no_probe = true;
		return 0;
	case OPTION_ARCH:
		options->wish.arch = value[0] ? value : NULL;
		return 0;
	case OPTION_CHANNEL:
		options->wish.channel = value[0] ? value : NULL;
		return 0;
	case OPTION_MODE:
		return parse_mode(value);
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_EPHEMERAL: /* nothing is ever kept */
	case OPTION_BOOTSTRAP:
	case OPTION_HELP:
	case OPTION_VERSION:
		break;
	}
	return 0;
}

static void complain_about(struct writer *reason,
			   const struct option_name *option, const char *value,
			   int error)
{
	text_put(reason, option->name);
	if (error == -ENOBUFS)
		complain(reason, ": too many, or too long", value);
	else if (error == -EPROTONOSUPPORT)
		complain(reason, ": only http: URLs can be used", value);
	else
		complain(reason, ": not understood", value);
}

/* One argument, and the next where that is its value. */
static enum options_verdict parse_one(char ***argv, struct options *options,
				      struct writer *reason)
{
	char *argument = *(*argv)++;
	const struct option_name *option;
	const char *value = NULL;
	struct reader reader;
	struct span name;
	int r;

	reader_from_span(&reader, span_of(argument));
	name = reader_until(&reader, '=');
	option = find_option(name);
	if (!option) {
		complain(reason, "unknown argument", argument);
		return OPTIONS_WRONG;
	}
	if (name.len < strlen(argument))
		value = argument + name.len + 1;
	else if (option->has_value)
		value = *(*argv);
	if (!option->has_value && value) {
		complain(reason, "takes no value", option->name);
		return OPTIONS_WRONG;
	}
	if (option->id == OPTION_BOOTSTRAP) {
		text_put(reason, "--bootstrap: refused, because there is no "
				 "peer-to-peer network here to enter; name a "
				 "provider with --provider URL");
		return OPTIONS_WRONG;
	}
	if (option->has_value && !value) {
		complain(reason, "needs a value", option->name);
		return OPTIONS_WRONG;
	}
	if (option->has_value && name.len == strlen(argument))
		(*argv)++;
	if (option->id == OPTION_HELP)
		return OPTIONS_HELP;
	if (option->id == OPTION_VERSION)
		return OPTIONS_VERSION;
	r = apply(option->id, value, options);
	if (r < 0) {
		complain_about(reason, option, value, r);
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

enum options_verdict options_parse(char **argv, struct options *ret_options,
				   struct writer *reason)
{
	struct options options = { .timeout_ms = OPTIONS_TIMEOUT_MS };
	enum options_verdict verdict;

	if (parse_type(OPTIONS_TYPE, &options) < 0)
		return OPTIONS_WRONG;
	if (*argv)
		argv++;
	while (*argv) {
		verdict = parse_one(&argv, &options, reason);
		if (verdict != OPTIONS_RUN)
			return verdict;
	}
	*ret_options = options;
	return OPTIONS_RUN;
}
