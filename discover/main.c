/*
 * phase-discover: finds the services that the network's hosts announce, and
 * above all the providers of kernels. docs/phase-discover.8 is its manual.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/confine_lists.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pages.h"
#include "base/relro.h"
#include "base/text.h"
#include "discover/finder.h"
#include "discover/options.h"
#include "discover/printer.h"

#ifndef PHASE_VERSION
#define PHASE_VERSION "unknown"
#endif

struct program {
	struct options options;
	struct loop loop;
	struct finder finder;
	struct printer printer;
	struct utsname uts;
};

static void service_changed(struct finder *finder, enum output_event event,
			    const struct service *service)
{
	struct program *program = finder->owner;

	printer_change(&program->printer, event, service, false,
		       finder->loop->now - finder->started);
}

/* What the command line said, else the routing table; a guess makes sense
 * where providers are looked for only. */
static unsigned int choose_gateways(const struct options *options,
				    struct options_gateway *gateways)
{
	uint32_t addresses[OPTIONS_GATEWAYS_MAX];
	size_t n;

	if (options->n_gateways > 0) {
		memcpy(gateways, options->gateways, sizeof(options->gateways));
		return options->n_gateways;
	}
	if (!options->is_provider_type || options->no_probe)
		return 0;
	n = socket_default_gateways(addresses, OPTIONS_GATEWAYS_MAX);
	for (size_t i = 0; i < n; i++) {
		gateways[i].address = addresses[i];
		gateways[i].port = SERVICE_PORT;
	}
	return (unsigned int)n;
}

static bool is_file(int fd)
{
	struct stat stat_of;

	return fstat(fd, &stat_of) == 0 && S_ISREG(stat_of.st_mode);
}

/* From here on nothing is opened but connections to providers. */
static void give_up_privileges(void)
{
	struct confine conf = {
		.parts = CONFINE_ALL,
		.id = CONFINE_ID_DISCOVER,
		.n_descriptors = LOOP_SOURCES_MAX,
		.filter = &confine_calls_discover,
	};
	char text[CONFINE_MISSING_MAX];
	struct writer missing;

	/* What we find may be wanted in a file. */
	if (is_file(STDOUT_FILENO) || is_file(STDERR_FILENO))
		conf.parts &= ~(unsigned int)CONFINE_FILES;
	writer_init(&missing, text, sizeof(text));
	confine_put_missing(&missing, confine(&conf));
	if (writer_len(&missing) > 0)
		log_warning("could not give up: %s", text_end(&missing));
}

static enum exit_status search(struct program *program)
{
	struct options_gateway gateways[OPTIONS_GATEWAYS_MAX];
	struct finder *finder = &program->finder;
	const char *missing = NULL;
	unsigned int n_gateways;
	int r;

	r = loop_init(&program->loop, NULL, NULL);
	if (r < 0) {
		log_error("event loop: %s", strerror(-r));
		return EXIT_NOTHING;
	}
	finder->changed = service_changed;
	finder->owner = program;
	r = finder_open(finder, &program->loop, &program->options, &missing);
	if (r < 0) {
		log_error("--interface: there is no %s", missing);
		return EXIT_USAGE;
	}
	n_gateways = choose_gateways(&program->options, gateways);
	printer_init(&program->printer, &program->options);
	give_up_privileges();
	printer_begin(&program->printer, finder);
	finder_start(finder, gateways, n_gateways);
	while (!program->loop.stopped) {
		r = loop_run(&program->loop);
		if (r < 0) {
			log_error("event loop: %s", strerror(-r));
			break;
		}
	}
	printer_searched(&program->printer, finder,
			 clock_ms() - finder->started);
	return printer_conclude(&program->printer, finder);
}

/* In place of libc's, which uses stdio. */
NORETURN void __assert_fail(const char *expression, const char *file, int line,
			    const char *function)
{
	log_error("assertion failed: %s:%d: %s(): %s", file, line, function,
		  expression);
	abort();
}

static void print(int fd, const char *text)
{
	if (fd_write_text(fd, text) < 0)
		log_error("cannot write");
}

int main(int argc UNUSED, char **argv)
{
	/* Most of it is never touched. */
	struct program *program = pages_take(sizeof(*program));
	struct writer reason;
	char text[512];

	relro_protect();
	log_init("phase-discover", LOG_LEVEL_NOTICE);
	if (!program) {
		log_error("%s", strerror(errno));
		return EXIT_NOTHING;
	}
	writer_init(&reason, text, sizeof(text));
	switch (options_parse(argv, &program->options, &reason)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_HELP:
		print(STDOUT_FILENO, options_help);
		return EXIT_FOUND;
	case OPTIONS_VERSION:
		print(STDOUT_FILENO, "phase-discover " PHASE_VERSION "\n");
		return EXIT_FOUND;
	case OPTIONS_WRONG:
		log_error("%s", text_end(&reason));
		print(STDERR_FILENO, "Try phase-discover --help\n");
		return EXIT_USAGE;
	}
	if (program->options.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	if (!program->options.wish.arch && uname(&program->uts) == 0)
		program->options.wish.arch = program->uts.machine;
	return search(program);
}
