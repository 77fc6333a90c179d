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
#include "discover/output.h"

#ifndef PHASE_VERSION
#define PHASE_VERSION "unknown"
#endif

enum exit_status {
	EXIT_FOUND = 0,
	EXIT_NOTHING = 1,
	EXIT_USAGE = 2,
};

struct program {
	struct options options;
	struct loop loop;
	struct finder finder;
	struct utsname uts;
	bool is_bold;	     /* standard output is a terminal */
	bool is_interactive; /* so is standard error */
	bool has_progress;   /* a line that is to be wiped off the terminal */
};

static void write_out(const struct writer *writer)
{
	struct span span = writer_span(writer);
	int r = fd_write(STDOUT_FILENO, span.data, span.len);

	if (r < 0)
		log_error("standard output: %s", strerror(-r));
}

/* Told at once to those who read along; people get a table at the end. */
static void service_changed(struct finder *finder, const char *event,
			    const struct service *service)
{
	const struct options *options = finder->options;
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	writer_init(&writer, line, sizeof(line));
	switch (options->format) {
	case OPTIONS_JSON:
		output_put_json(&writer, event, options->type, service,
				&options->wish);
		break;
	case OPTIONS_REPORT:
		output_put_record(&writer, event, service, &options->wish);
		break;
	case OPTIONS_TEXT:
	case OPTIONS_QUIET:
		return;
	}
	write_out(&writer);
}

static void show_progress(struct program *program)
{
	const struct finder *finder = &program->finder;
	struct writer writer;
	char line[256];

	if (program->options.format != OPTIONS_TEXT ||
	    !program->is_interactive || finder->n_nics == 0)
		return;
	writer_init(&writer, line, sizeof(line));
	text_put(&writer, "Looking for ");
	text_put(&writer, program->options.type);
	for (unsigned int i = 0; i < finder->n_nics; i++) {
		text_put(&writer, i == 0 ? " on " : ", ");
		text_put(&writer, finder->nics[i].interface.name);
	}
	text_put(&writer, " ...");
	program->has_progress = fd_write(STDERR_FILENO, line,
					 writer_len(&writer)) == 0;
}

static void wipe_progress(struct program *program)
{
	static const char wipe[] = "\r\033[K";

	if (program->has_progress &&
	    fd_write(STDERR_FILENO, wipe, sizeof(wipe) - 1) < 0)
		log_debug("standard error does not take anything");
	program->has_progress = false;
}

static void print_table(const struct program *program,
			const struct service **ranked, unsigned int n)
{
	bool bold = program->is_bold;
	struct output_widths widths = { 0 };
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	output_measure_heading(&widths);
	for (unsigned int i = 0; i < n; i++)
		output_measure(&widths, ranked[i]);
	writer_init(&writer, line, sizeof(line));
	output_put_heading(&writer, &widths);
	write_out(&writer);
	for (unsigned int i = 0; i < n; i++) {
		writer_init(&writer, line, sizeof(line));
		output_put_row(&writer, ranked[i], &program->options.wish,
			       &widths, bold && i == 0);
		write_out(&writer);
	}
}

static const struct service *best_of(const struct program *program,
				     const struct service **ranked,
				     unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (service_suits(ranked[i], &program->options.wish))
			return ranked[i];
	}
	return NULL;
}

static void warn_of_limits(const struct program *program)
{
	const struct finder *finder = &program->finder;

	for (unsigned int i = 0; i < finder->n_nics; i++) {
		const struct finder_nic *nic = &finder->nics[i];
		const struct querier_counts *counts = &nic->querier.counts;
		const struct cache *cache = &nic->querier.cache;
		unsigned int n_incomplete = cache_n_incomplete(cache);

		if (cache->counts.over_instances + cache->counts.over_hosts > 0)
			log_warning("%s: more than %d services; the rest is "
				    "left out",
				    nic->interface.name, CACHE_INSTANCES_MAX);
		if (n_incomplete > 0)
			log_notice("%s: %u announced without an address",
				   nic->interface.name, n_incomplete);
		log_debug("%s: %lu packets; dropped: %lu malformed, %lu "
			  "foreign, %lu ignored",
			  nic->interface.name, counts->packets,
			  counts->malformed, counts->foreign, counts->ignored);
		log_debug("%s: over limits: %lu addresses, %lu TXT strings",
			  nic->interface.name, cache->counts.over_addresses,
			  cache->counts.over_txt);
	}
	if (finder->n_over > 0)
		log_warning("more than %d services; the rest is left out",
			    FINDER_SERVICES_MAX);
}

/* The end of it: what is left to be printed, and the exit status. */
static enum exit_status conclude(struct program *program)
{
	const struct service *ranked[FINDER_SERVICES_MAX];
	unsigned int n = finder_rank(&program->finder, ranked);
	const struct service *best = best_of(program, ranked, n);
	uint8_t line[OUTPUT_LINE_MAX];
	unsigned int n_suitable = 0;
	struct writer writer;

	wipe_progress(program);
	warn_of_limits(program);
	writer_init(&writer, line, sizeof(line));
	switch (program->options.format) {
	case OPTIONS_TEXT:
		if (n > 0)
			print_table(program, ranked, n);
		else
			log_notice("nothing found");
		break;
	case OPTIONS_JSON:
		break;
	case OPTIONS_REPORT:
		for (unsigned int i = 0; i < n; i++)
			n_suitable += service_suits(ranked[i],
						    &program->options.wish);
		output_put_done(&writer, n, n_suitable,
				clock_ms() - program->finder.started,
				finder_n_over(&program->finder));
		break;
	case OPTIONS_QUIET:
		if (!best)
			break;
		output_put_location(&writer, best);
		writer_u8(&writer, '\n');
		break;
	}
	write_out(&writer);
	return best ? EXIT_FOUND : EXIT_NOTHING;
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
static void give_up_privileges(struct program *program)
{
	struct confine conf = {
		.parts = CONFINE_ALL,
		.id = CONFINE_ID_DISCOVER,
		.n_descriptors = LOOP_SOURCES_MAX,
		.filter = &confine_calls_discover,
	};
	char text[CONFINE_MISSING_MAX];
	struct writer missing;

	program->is_bold = isatty(STDOUT_FILENO) == 1;
	program->is_interactive = isatty(STDERR_FILENO) == 1;
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
	r = finder_open(finder, &program->loop, &program->options, &missing);
	if (r < 0) {
		log_error("--interface: there is no %s", missing);
		return EXIT_USAGE;
	}
	n_gateways = choose_gateways(&program->options, gateways);
	give_up_privileges(program);
	show_progress(program);
	finder_start(finder, gateways, n_gateways);
	while (!program->loop.stopped) {
		r = loop_run(&program->loop);
		if (r < 0) {
			log_error("event loop: %s", strerror(-r));
			break;
		}
	}
	return conclude(program);
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
