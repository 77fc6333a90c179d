/* See modules_args.h. */
#include "init/modules_args.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static const char help[] =
	"usage: phase-modules [options] NAME|ALIAS|DIRECTORY/|-...\n"
	"\n"
	"Loads kernel modules with what they need. \"-\" reads further names "
	"from standard\ninput, a line each; a NAME? may be absent; a "
	"DIRECTORY/ of the module tree\n(kernel/fs/) is all modules in it.\n"
	"\n"
	"  -D, --show-depends  print what would be loaded, as modprobe does\n"
	"  -R, --resolve       print the names that an alias stands for\n"
	"      --json          with these two: an object for each name\n"
	"  -d, --root DIR      DIR/lib/modules, not /lib/modules\n"
	"  -S, --release R     of this kernel, not the running one\n"
	"      --cmdline TEXT  parameters and blacklists as if this was the\n"
	"                      kernel's command line\n"
	"      --no-config     without modprobe.d\n"
	"  -q, --quiet         no messages about names that are not there\n"
	"  -v, --verbose       name the modules that are loaded\n"
	"  -h, --help          this text\n"
	"  -V, --version       the version\n"
	"\n"
	"Exit status: 0, 1 when something is not there or failed, 2 wrong "
	"usage.\n";

/* Two names for one option; VALUE where it has one. */
struct option_name {
	char brief[3];
	char full[15];
	char id;
	bool has_value;
};

static const struct option_name option_names[] = {
	{ "-D", "--show-depends", 'D', false },
	{ "-R", "--resolve", 'R', false },
	{ "-d", "--root", 'd', true },
	{ "-S", "--release", 'S', true },
	{ "-q", "--quiet", 'q', false },
	{ "-v", "--verbose", 'v', false },
	{ "-h", "--help", 'h', false },
	{ "-V", "--version", 'V', false },
	{ "", "--json", 'j', false },
	{ "", "--no-config", 'n', false },
	{ "", "--cmdline", 'c', true },
};

static const struct option_name *find_option(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (span_is(name, option_names[i].brief) ||
		    span_is(name, option_names[i].full))
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

static void set_option(struct modules_args *args, char id, const char *value)
{
	switch (id) {
	case 'D':
		args->action = MODULES_ACTION_SHOW;
		break;
	case 'R':
		args->action = MODULES_ACTION_RESOLVE;
		break;
	case 'h':
		args->action = MODULES_ACTION_HELP;
		break;
	case 'V':
		args->action = MODULES_ACTION_VERSION;
		break;
	case 'd':
		args->root = value;
		break;
	case 'S':
		args->release = value;
		break;
	case 'q':
		args->quiet = true;
		break;
	case 'v':
		args->verbose = true;
		break;
	case 'j':
		args->json = true;
		break;
	case 'n':
		args->no_config = true;
		break;
	case 'c':
		args->cmdline = value;
		break;
	}
}

/* One option; *NEXT stands on it, and then on its value if that is a word of
 * its own. */
static int take_option(char ***next, struct modules_args *args,
		       struct writer *reason)
{
	const struct option_name *option;
	const char *word = **next;
	const char *value = NULL;
	struct reader parts;
	struct span name;

	reader_from_span(&parts, span_of(word));
	name = reader_until(&parts, '=');
	option = find_option(name);
	if (!option)
		return wrong(reason, word, "no such option");
	if (word[name.len] == '=')
		value = word + name.len + 1;
	if (value && !option->has_value)
		return wrong(reason, option->full, "takes no value");
	if (option->has_value && !value) {
		value = (*next)[1];
		if (!value)
			return wrong(reason, option->full, "needs a value");
		++*next;
	}
	set_option(args, option->id, value);
	return 0;
}

static bool is_about_itself(const struct modules_args *args)
{
	return args->action == MODULES_ACTION_HELP ||
	       args->action == MODULES_ACTION_VERSION;
}

static int check(const struct modules_args *args, struct writer *reason)
{
	if (is_about_itself(args))
		return 0;
	if (args->n_names == 0) {
		text_put(reason, "which modules?");
		return -EINVAL;
	}
	if (args->action != MODULES_ACTION_LOAD)
		return 0;
	if (args->json)
		return wrong(reason, "--json",
			     "only with --show-depends or --resolve");
	if (args->root || args->release)
		return wrong(reason, args->root ? "--root" : "--release",
			     "only with --show-depends or --resolve: the "
			     "modules that are loaded are this kernel's");
	return 0;
}

int modules_args_parse(char **argv, struct modules_args *ret_args,
		       struct writer *reason)
{
	struct modules_args args = { .action = MODULES_ACTION_LOAD };
	bool all_names = false;
	int r;

	for (char **next = argv; *next; next++) {
		if (all_names || **next != '-' || strcmp(*next, "-") == 0) {
			argv[args.n_names++] = *next;
			continue;
		}
		all_names = strcmp(*next, "--") == 0;
		if (all_names)
			continue;
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

void modules_args_put_help(struct writer *writer)
{
	text_put(writer, help);
}
