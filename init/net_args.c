/* See net_args.h. */
#include "init/net_args.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "init/identity.h"

#define LEVEL_ERROR 3 /* of base/log.h */

static const char help[] =
	"Usage: phase-net -i IF [OPTION]...\n"
	"\n"
	"Configures network interfaces by DHCP and IPv6 and keeps them so "
	"until it ends.\n"
	"\n"
	"  -i, --interface IF      a name or a pattern such as eth*; up to 8 "
	"times\n"
	"  -1, --once              end when all have an address, which they "
	"keep\n"
	"  -t, --timeout DURATION  end with status 1 if one has none by then\n"
	"  -4, --ipv4-only         no DHCPv6\n"
	"  -6, --ipv6-only         no DHCP\n"
	"      --release           give leases back at the end\n"
	"      --request-ip A      the address to ask for first\n"
	"      --boot-wait DURATION  wait so long for an offer with boot "
	"options\n"
	"      --hostname NAME     tell the server this name\n"
	"      --client-id HEX     in place of 01 and the MAC address\n"
	"      --private           tell as little as possible (RFC 7844)\n"
	"      --metric N          of the routes\n"
	"      --no-configure      change nothing on this machine\n"
	"      --no-resolv         leave /etc/resolv.conf alone\n"
	"      --hooks DIR         not " NET_ARGS_HOOKS "\n"
	"      --no-hooks          run none\n"
	"      --json              tell what happens as objects, a line each\n"
	"  -q, --quiet             tell nothing but messages\n"
	"      --log LEVEL         error, warning, notice, info or debug\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n"
	"\n"
	"Durations: 300ms, 2s, 1.5; a bare number is seconds.\n"
	"Exit status: 0 configured, 1 not in time, 2 wrong usage, 3 no such "
	"interface,\n4 not permitted, 78 the kernel lacks what it takes.\n";

/* Two names for one option. */
struct option_name {
	char brief[3];
	char full[15];
	char id;
};

/* Those that have a value, and what that is to be. */
static const struct {
	char id;
	char text[38];
} wants[] = {
	{ 'i', "an interface or a pattern" },
	{ 't', "a duration such as 300ms or 10s" },
	{ 'b', "a duration such as 300ms, 65s at most" },
	{ 'r', "an address such as 192.168.1.2" },
	{ 'n', "letters, digits, - and ., 64 at most" },
	{ 'c', "2 to 64 bytes in hexadecimal" },
	{ 'm', "a number of at most 4294967295" },
	{ 'd', "a directory, with all of its path" },
	{ 'l', "error, warning, notice, info, debug" },
};

static const struct option_name option_names[] = {
	{ "-i", "--interface", 'i' },  { "-t", "--timeout", 't' },
	{ "", "--boot-wait", 'b' },    { "", "--request-ip", 'r' },
	{ "", "--hostname", 'n' },     { "", "--client-id", 'c' },
	{ "", "--metric", 'm' },       { "", "--hooks", 'd' },
	{ "", "--log", 'l' },	       { "-1", "--once", '1' },
	{ "-4", "--ipv4-only", '4' },  { "-6", "--ipv6-only", '6' },
	{ "", "--release", 'R' },      { "", "--private", 'p' },
	{ "", "--no-configure", 'C' }, { "", "--no-resolv", 'N' },
	{ "", "--no-hooks", 'D' },     { "", "--json", 'j' },
	{ "-q", "--quiet", 'q' },      { "", "--child", 'k' },
	{ "-h", "--help", 'h' },       { "-V", "--version", 'V' },
};

/* NULL of an option without a value. */
static const char *wanted_of(char id)
{
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		if (wants[i].id == id)
			return wants[i].text;
	}
	return NULL;
}

static const struct option_name *find_option(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (name.len > 0 && (span_is(name, option_names[i].brief) ||
				     span_is(name, option_names[i].full)))
			return &option_names[i];
	}
	return NULL;
}

static int wrong(struct writer *reason, const char *which, const char *what)
{
	text_put_escaped(reason, span_of(which));
	text_put(reason, ": ");
	text_put(reason, what);
	return -EINVAL;
}

static void set_flag(struct net_args *args, char id)
{
	switch (id) {
	case '1':
		args->once = true;
		break;
	case '4':
		args->no_ipv6 = true;
		break;
	case '6':
		args->no_ipv4 = true;
		break;
	case 'R':
		args->release = true;
		break;
	case 'p':
		args->is_private = true;
		break;
	case 'C':
		args->no_configure = true;
		break;
	case 'N':
		args->no_resolv = true;
		break;
	case 'D':
		args->hooks = NULL;
		break;
	case 'j':
		args->json = true;
		break;
	case 'q':
		args->quiet = true;
		break;
	case 'k':
		args->action = NET_ACTION_CHILD;
		break;
	case 'h':
		args->action = NET_ACTION_HELP;
		break;
	case 'V':
		args->action = NET_ACTION_VERSION;
		break;
	}
}

/* A name, or the kernel's number. */
static bool parse_level(struct span name, int *ret_level)
{
	static const char levels[][8] = { "error", "warning", "notice", "info",
					  "debug" };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		const char digit[2] = { (char)('0' + LEVEL_ERROR + (int)i) };

		if (span_is(name, levels[i]) || span_is(name, digit)) {
			*ret_level = LEVEL_ERROR + (int)i;
			return true;
		}
	}
	return false;
}

/* Whether VALUE is one. */
static bool set_value(struct net_args *args, char id, const char *value)
{
	struct span text = span_of(value);
	char name[IDENTITY_NAME_MAX];
	uint64_t number;

	switch (id) {
	case 'i':
		if (text.len == 0 ||
		    args->n_interfaces == NET_ARGS_INTERFACES_MAX)
			return false;
		args->interfaces[args->n_interfaces++] = value;
		return true;
	case 't':
		return text_parse_duration(text, &args->timeout_ms) == 0;
	case 'b':
		return text_parse_duration(text, &args->boot_wait_ms) == 0 &&
		       args->boot_wait_ms <= UINT16_MAX;
	case 'r':
		return text_parse_ipv4(text, &args->request_ip) == 0;
	case 'n':
		args->hostname = value;
		return identity_read_name(text, name) == 0;
	case 'c':
		return text_parse_bytes(text, sizeof(args->client_id),
					args->client_id,
					&args->client_id_len) == 0 &&
		       args->client_id_len >= 2;
	case 'm':
		if (text_parse_u64(text, UINT32_MAX, &number) < 0)
			return false;
		args->metric = (int64_t)number;
		return true;
	case 'd':
		args->hooks = value;
		return value[0] == '/';
	case 'l':
		return parse_level(text, &args->log_level);
	}
	return false;
}

/* One option; *NEXT stands on it, and then on its value if that is a word of
 * its own. */
static int take_option(char ***next, struct net_args *args,
		       struct writer *reason)
{
	const struct option_name *option;
	const char *word = **next, *value = NULL, *wanted;
	struct reader parts;
	struct span name;

	reader_from_span(&parts, span_of(word));
	name = reader_until(&parts, '=');
	option = find_option(name);
	if (!option)
		return wrong(reason, word, "no such option; see --help");
	if (word[name.len] == '=')
		value = word + name.len + 1;
	wanted = wanted_of(option->id);
	if (!wanted) {
		set_flag(args, option->id);
		return value ? wrong(reason, option->full, "takes no value") :
			       0;
	}
	if (!value && (*next)[1])
		value = *++*next;
	if (value && set_value(args, option->id, value))
		return 0;
	if (option->id == 'i' && args->n_interfaces == NET_ARGS_INTERFACES_MAX)
		return wrong(reason, option->full,
			     "eight times at most; a pattern such as eth* "
			     "stands for many");
	text_put(reason, option->full);
	text_put(reason, ": ");
	if (value) {
		text_put_escaped(reason, span_of(value));
		text_put(reason, " is not ");
	} else {
		text_put(reason, "needs ");
	}
	text_put(reason, wanted);
	return -EINVAL;
}

static bool is_about_itself(const struct net_args *args)
{
	return args->action == NET_ACTION_HELP ||
	       args->action == NET_ACTION_VERSION;
}

static int check(const struct net_args *args, struct writer *reason)
{
	if (args->action != NET_ACTION_RUN)
		return 0;
	if (args->n_interfaces == 0) {
		text_put(reason, "which interface? name it with --interface, "
				 "or all with --interface '*'");
		return -EINVAL;
	}
	if (args->no_ipv4 && args->no_ipv6)
		return wrong(reason, "--ipv4-only",
			     "not together with --ipv6-only");
	if (args->once && args->release)
		return wrong(reason, "--once",
			     "not together with --release, which would take "
			     "away at once what was got");
	if (args->is_private &&
	    (args->hostname || args->client_id_len || args->request_ip))
		return wrong(reason, "--private",
			     "not together with --hostname, --client-id or "
			     "--request-ip, which tell who we are");
	if (args->no_ipv4 && (args->request_ip || args->client_id_len))
		return wrong(reason, "--ipv6-only",
			     "not together with --request-ip or --client-id, "
			     "which are of IPv4");
	return 0;
}

int net_args_parse(char **argv, struct net_args *ret_args,
		   struct writer *reason)
{
	struct net_args args = {
		.timeout_ms = -1,
		.log_level = -1,
		.metric = -1,
		.hooks = NET_ARGS_HOOKS,
	};
	int r;

	for (char **next = argv; *next; next++) {
		if (**next != '-')
			return wrong(reason, *next,
				     "not an option; interfaces are named with "
				     "--interface");
		r = take_option(&next, &args, reason);
		if (r < 0)
			return r;
		/* what follows these may be anything */
		if (is_about_itself(&args))
			break;
	}
	r = check(&args, reason);
	if (r == 0)
		*ret_args = args;
	return r;
}

void net_args_put_help(struct writer *writer)
{
	text_put(writer, help);
}
