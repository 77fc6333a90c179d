/* See options.h. */
#include "discover/options.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "discover/options_goal.h"
#include "discover/options_value.h"

#define WHY_MAX 128

/* A screen of 80 columns and 32 lines has room for it. */
const char options_help[] =
	"usage: phase-discover [options]\n"
	"Finds services on the network and prints them, the best one first.\n"
	"\n"
	"  --type TYPE           what to look for (" OPTIONS_TYPE
	"); subtypes,\n"
	"                        '_color._sub._ipp._tcp', and urn:... of SSDP too\n"
	"  --types               which types there are\n"
	"  --resolve NAME        one service, such as 'My\\.Name._ipp._tcp'\n"
	"  --lookup HOST         a host's addresses\n"
	"  --txt KEY[=VALUE]     only services whose TXT record has it; repeatable\n"
	"  --arch ARCH           the architecture that is wanted (this one's)\n"
	"  --channel CHANNEL     the channel that is wanted\n"
	"\n"
	"  --interface IF        search on it only; repeatable, as the next five are\n"
	"  --domain DOMAIN       look there by unicast DNS\n"
	"  --dns ADDRESS         ask this name server\n"
	"  --lease FILE          take both, and hints, from this lease of phase-net\n"
	"  --provider URL        a provider that is known already (not repeatable)\n"
	"  --gateway IPV4[:PORT] try it unannounced (the default gateways, 8080)\n"
	"  --mode MODE           internet, local (stay on the link), or private\n"
	"  --no-probe            connect to nobody\n"
	"\n"
	"  --timeout DURATION    300ms, 2s, 1.5 or 1m; a bare number is seconds (2s)\n"
	"  --first               end with the first good one\n"
	"  --watch               go on until ended, and tell what changes\n"
	"  --events              read what phase-net reports from standard input\n"
	"  --format FORMAT       text, json (or --json), report, or such as '%i %u'\n"
	"  -q, --quiet           print the best one's URL only\n"
	"  -v, --verbose         say what was dropped\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 found, 1 nothing found, 2 wrong usage.\n";

enum option_id {
	OPTION_TYPE,
	OPTION_TYPES,
	OPTION_RESOLVE,
	OPTION_LOOKUP,
	OPTION_TXT,
	OPTION_INTERFACE,
	OPTION_DOMAIN,
	OPTION_DNS,
	OPTION_LEASE,
	OPTION_PROVIDER,
	OPTION_GATEWAY,
	OPTION_NO_PROBE,
	OPTION_MODE,
	OPTION_ARCH,
	OPTION_CHANNEL,
	OPTION_TIMEOUT,
	OPTION_FIRST,
	OPTION_WATCH,
	OPTION_EVENTS,
	OPTION_FORMAT,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_EPHEMERAL,
	OPTION_BOOTSTRAP,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
};

/* WANTED: what a value looks like; empty for an option that has none. Pointers
 * would take more room: each is relocated. */
static const struct option_name {
	char name[12];
	uint8_t id; /* of enum option_id */
	char wanted[45];
} option_names[] = {
	{ "--type", OPTION_TYPE,
	  "a type, _http._tcp, or one of SSDP, urn:..." },
	{ "--types", OPTION_TYPES, "" },
	{ "--resolve", OPTION_RESOLVE, "a name, 'My Printer._ipp._tcp'" },
	{ "--lookup", OPTION_LOOKUP, "a host's name, box or box.local" },
	{ "--txt", OPTION_TXT, "KEY or KEY=VALUE" },
	{ "--interface", OPTION_INTERFACE, "a name such as eth0" },
	{ "--domain", OPTION_DOMAIN, "a domain, example.com" },
	{ "--dns", OPTION_DNS, "an address without zone or port" },
	{ "--lease", OPTION_LEASE, "the name of a file" },
	{ "--provider", OPTION_PROVIDER, "http://ADDRESS:PORT" },
	{ "--gateway", OPTION_GATEWAY, "10.0.2.2 or 10.0.2.2:8080" },
	{ "--no-probe", OPTION_NO_PROBE, "" },
	{ "--mode", OPTION_MODE, "internet, local or private" },
	{ "--arch", OPTION_ARCH, "a name such as arm64" },
	{ "--channel", OPTION_CHANNEL, "a name such as stable" },
	{ "--timeout", OPTION_TIMEOUT, "300ms, 2s, 1.5 or 1m" },
	{ "--first", OPTION_FIRST, "" },
	{ "--watch", OPTION_WATCH, "" },
	{ "--events", OPTION_EVENTS, "" },
	{ "--format", OPTION_FORMAT, "text, json, report, or fields: '%i %u'" },
	{ "--json", OPTION_JSON, "" },
	{ "--quiet", OPTION_QUIET, "" },
	{ "-q", OPTION_QUIET, "" },
	{ "--ephemeral", OPTION_EPHEMERAL, "" },
	{ "--bootstrap", OPTION_BOOTSTRAP, "a node" },
	{ "--verbose", OPTION_VERBOSE, "" },
	{ "-v", OPTION_VERBOSE, "" },
	{ "--help", OPTION_HELP, "" },
	{ "-h", OPTION_HELP, "" },
	{ "--version", OPTION_VERSION, "" },
	{ "-V", OPTION_VERSION, "" },
};

/* What is known while the arguments are read. */
struct parse {
	struct options options;
	char **argv; /* the next one */
	struct writer *reason;
	/* What else there is to say of a value that is wrong. */
	struct writer why;
	char why_text[WHY_MAX];
	/* Which option has said what is searched for, and in what form it is
	 * printed, or NULL. */
	const char *goal, *form;
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

static void complain_of_two(struct writer *reason, const char *one,
			    const char *other, const char *why)
{
	text_put(reason, one);
	if (strcmp(one, other) == 0) {
		text_put(reason, ": may be given once");
		return;
	}
	text_put(reason, " and ");
	text_put(reason, other);
	text_put(reason, " exclude each other: ");
	text_put(reason, why);
}

/* Rather the next option than a value: a value that begins so comes after
 * a '='. */
static bool is_option(const char *argument)
{
	return argument[0] == '-' && argument[1] == '-';
}

/* An option with its VALUE; NULL for one that has none. */
static int apply(struct parse *parse, enum option_id id, const char *value)
{
	struct options *options = &parse->options;
	struct writer *why = &parse->why;

	switch (id) {
	case OPTION_TYPE:
		return options_goal_type(options, value, why);
	case OPTION_TYPES:
		return options_goal_types(options);
	case OPTION_RESOLVE:
		return options_goal_resolve(options, value, why);
	case OPTION_LOOKUP:
		return options_goal_lookup(options, value, why);
	case OPTION_TXT:
		return options_value_txt(options, value);
	case OPTION_INTERFACE:
		return options_value_string(options->interfaces,
					    &options->n_interfaces,
					    OPTIONS_INTERFACES_MAX, value);
	case OPTION_DOMAIN:
		return options_goal_add_domain(options, value, why);
	case OPTION_DNS:
		return options_value_dns(options, value);
	case OPTION_LEASE:
		return options_value_string(options->leases, &options->n_leases,
					    OPTIONS_LEASES_MAX, value);
	case OPTION_PROVIDER:
		return options_value_provider(options, value);
	case OPTION_GATEWAY:
		return options_value_gateway(options, value);
	case OPTION_NO_PROBE:
		options->no_probe = true;
		return 0;
	case OPTION_MODE:
		return options_value_mode(options, value);
	case OPTION_ARCH:
		options->wish.arch = value[0] ? value : NULL;
		return 0;
	case OPTION_CHANNEL:
		options->wish.channel = value[0] ? value : NULL;
		return 0;
	case OPTION_TIMEOUT:
		return text_parse_duration(span_of(value),
					   &options->timeout_ms);
	case OPTION_FIRST:
		options->first = true;
		return 0;
	case OPTION_WATCH:
		options->is_watch = true;
		return 0;
	case OPTION_EVENTS:
		options->has_events = true;
		return 0;
	case OPTION_FORMAT:
		return options_value_format(options, value, why);
	case OPTION_JSON:
		options->format = OPTIONS_JSON;
		return 0;
	case OPTION_QUIET:
		options->format = OPTIONS_QUIET;
		return 0;
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

static void complain_about(struct parse *parse,
			   const struct option_name *option, const char *value,
			   int error)
{
	struct writer *reason = parse->reason;

	text_put(reason, option->name);
	if (error == -ENOBUFS)
		complain(reason, ": too many, or too long", value);
	else if (error == -EPROTONOSUPPORT)
		complain(reason, ": only http: URLs can be used", value);
	else
		complain(reason, ": not understood", value);
	if (error == -ENOBUFS)
		return;
	text_put(reason, "; ");
	if (writer_len(&parse->why) > 0) {
		writer_put(reason, writer_span(&parse->why));
	} else {
		text_put(reason, "wanted is ");
		text_put(reason, option->wanted);
	}
}

/* With what it may have been meant to be: an option of which it is the
 * beginning, or a type. */
static void complain_of_unknown(struct writer *reason, struct span name,
				const char *argument)
{
	complain(reason, "unknown argument", argument);
	if (argument[0] == '_') {
		text_put(reason, "; a type is given with --type");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(option_names); i++) {
		struct span known = span_of(option_names[i].name);

		if (name.len < 4 || name.len > known.len)
			continue;
		known.len = name.len;
		if (!span_equal(known, name))
			continue;
		text_put(reason, "; is ");
		text_put(reason, option_names[i].name);
		text_put(reason, " meant?");
		return;
	}
}

/* What is searched for, and the form, are said once: true if that was told
 * to be otherwise. */
static bool is_second(struct parse *parse, const struct option_name *option)
{
	const char **first;

	switch (option->id) {
	case OPTION_TYPE:
	case OPTION_TYPES:
	case OPTION_RESOLVE:
	case OPTION_LOOKUP:
		first = &parse->goal;
		break;
	case OPTION_FORMAT:
	case OPTION_JSON:
	case OPTION_QUIET:
		first = &parse->form;
		break;
	default:
		return false;
	}
	if (*first) {
		complain_of_two(parse->reason, *first, option->name,
				first == &parse->goal ?
					"one thing is searched for at a time" :
					"there is one form of output");
		return true;
	}
	*first = option->name;
	return false;
}

/* Takes the value of OPTION, which the argument has up to its NAME_LEN; false
 * when that is not as the option wants it. */
static bool take_value(struct parse *parse, const struct option_name *option,
		       char *argument, size_t name_len, const char **ret_value)
{
	const bool has_value = option->wanted[0] != '\0';
	const char *value = NULL;

	if (argument[name_len])
		value = argument + name_len + 1;
	else if (has_value && *parse->argv && !is_option(*parse->argv))
		value = *parse->argv++;
	if (!has_value && value) {
		complain(parse->reason, "takes no value", option->name);
		return false;
	}
	if (option->id == OPTION_BOOTSTRAP) {
		text_put(parse->reason,
			 "--bootstrap: refused, because there is no "
			 "peer-to-peer network here to enter; name a "
			 "provider with --provider URL");
		return false;
	}
	if (has_value && !value) {
		complain(parse->reason, "needs a value", option->name);
		text_put(parse->reason, ": ");
		text_put(parse->reason, option->wanted);
		return false;
	}
	*ret_value = value;
	return true;
}

/* One argument, and the next where that is its value. */
static enum options_verdict parse_one(struct parse *parse)
{
	char *argument = *parse->argv++;
	const struct option_name *option;
	const char *value = NULL;
	struct reader reader;
	struct span name;
	int r;

	reader_from_span(&reader, span_of(argument));
	name = reader_until(&reader, '=');
	option = find_option(name);
	if (!option) {
		complain_of_unknown(parse->reason, name, argument);
		return OPTIONS_WRONG;
	}
	if (!take_value(parse, option, argument, name.len, &value))
		return OPTIONS_WRONG;
	if (option->id == OPTION_HELP)
		return OPTIONS_HELP;
	if (option->id == OPTION_VERSION)
		return OPTIONS_VERSION;
	if (is_second(parse, option))
		return OPTIONS_WRONG;
	writer_init(&parse->why, parse->why_text, sizeof(parse->why_text));
	r = apply(parse, option->id, value);
	if (r < 0) {
		complain_about(parse, option, value, r);
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

/* Each is right, but not with the other. */
static bool contradicts(const struct parse *parse)
{
	const struct options *options = &parse->options;
	bool has_server = options->n_servers > 0;
	bool has_domain = options->n_domains > 0;
	bool has_gateway = options->n_gateways > 0;
	const char *goal = parse->goal ? parse->goal : "--type";
	const struct {
		bool holds;
		const char *one, *other, *why;
	} rules[] = {
		{ options->is_watch && options->format == OPTIONS_QUIET,
		  "--watch", "--quiet",
		  "the best one is known at the end; use --format '%e %u'" },
		{ options->is_watch && options->first, "--watch", "--first",
		  "one goes on, the other ends" },
		{ options->n_txt > 0 && (options->goal == OPTIONS_TYPES ||
					 options->goal == OPTIONS_LOOKUP),
		  "--txt", goal, "types and hosts have no TXT record" },
		{ !options->takes_unannounced &&
			  (options->has_provider || has_gateway),
		  options->has_provider ? "--provider" : "--gateway", goal,
		  "only a search for all providers takes it" },
		{ options->no_probe && has_gateway, "--no-probe", "--gateway",
		  "a gateway is listed only if it answers" },
		{ options->goal == OPTIONS_SSDP && (has_server || has_domain),
		  goal, has_server ? "--dns" : "--domain",
		  "SSDP asks no name server" },
		{ options->mode == OPTIONS_PRIVATE && has_server,
		  "--mode private", "--dns", "no name server is asked then" },
		{ options->mode == OPTIONS_PRIVATE && has_domain,
		  "--mode private", options->is_local_name ? "--domain" : goal,
		  "no name server is asked then" },
		{ options->mode == OPTIONS_LOCAL && has_domain && !has_server,
		  "--mode local", options->is_local_name ? "--domain" : goal,
		  "it is beyond the link; name a server with --dns" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!rules[i].holds)
			continue;
		complain_of_two(parse->reason, rules[i].one, rules[i].other,
				rules[i].why);
		return true;
	}
	return false;
}

enum options_verdict options_parse(char **argv, struct options *ret_options,
				   struct writer *reason)
{
	struct parse parse = {
		.options = { .timeout_ms = OPTIONS_TIMEOUT_MS },
		.argv = argv,
		.reason = reason,
	};
	enum options_verdict verdict;

	if (options_goal_type(&parse.options, OPTIONS_TYPE, reason) < 0)
		return OPTIONS_WRONG;
	if (*parse.argv)
		parse.argv++;
	while (*parse.argv) {
		verdict = parse_one(&parse);
		if (verdict != OPTIONS_RUN)
			return verdict;
	}
	if (options_goal_finish(&parse.options) < 0) {
		complain_of_two(reason, "--domain",
				parse.goal ? parse.goal : "--type",
				"that name has its domain already");
		return OPTIONS_WRONG;
	}
	if (contradicts(&parse))
		return OPTIONS_WRONG;
	*ret_options = parse.options;
	return OPTIONS_RUN;
}

struct span options_labels(const struct options *options)
{
	return (struct span){ options->name.wire, options->labels_len };
}
