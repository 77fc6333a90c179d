/*
 * phase-discover: finds the services that the network's hosts announce, and
 * above all the providers of kernels. docs/phase-discover.8 is its manual.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/confine_lists.h"
#include "base/fd.h"
#include "base/lines.h"
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
	struct loop_source events; /* standard input, with --events */
	struct lines lines;
	struct utsname uts;
};

static void service_changed(struct finder *finder, enum output_event event,
			    const struct service *service, bool is_best)
{
	struct program *program = finder->owner;

	printer_change(&program->printer, event, service, is_best,
		       finder->loop->now - finder->started);
	if (program->printer.has_failed)
		program->loop.stopped = true;
}

static void searched(struct finder *finder)
{
	struct program *program = finder->owner;

	printer_searched(&program->printer, finder,
			 clock_ms() - finder->started);
}

/* --- what phase-net reports --------------------------------------------- */

static void input_ended(struct program *program)
{
	loop_remove(&program->loop, &program->events);
	finder_finish(&program->finder);
}

static void events_ready(struct loop *loop UNUSED, struct loop_source *source,
			 short revents UNUSED)
{
	struct program *program = source->owner;
	struct span line;
	void *place;
	size_t room;
	ssize_t n;

	place = lines_place(&program->lines, &room);
	n = read(source->fd, place, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		input_ended(program);
		return;
	}
	lines_filled(&program->lines, (size_t)n);
	while (lines_next(&program->lines, &line))
		finder_take_record(&program->finder, line);
}

static int watch_events(struct program *program)
{
	if (!program->options.has_events)
		return 0;
	lines_init(&program->lines);
	program->events = (struct loop_source){
		.fd = STDIN_FILENO,
		.events = POLLIN,
		.ready = events_ready,
		.owner = program,
	};
	return loop_add(&program->loop, &program->events);
}

static void signalled(struct loop *loop, int signo UNUSED)
{
	struct program *program = loop->owner;

	finder_finish(&program->finder);
}

/* A watch ends as it should when it is told to. */
static int watch_signals(struct program *program)
{
	int r;

	if (!program->options.is_watch)
		return 0;
	r = loop_watch_signal(&program->loop, SIGTERM);
	return r < 0 ? r : loop_watch_signal(&program->loop, SIGINT);
}

/* --- confinement -------------------------------------------------------- */

static bool is_file(int fd)
{
	struct stat stat_of;

	return fstat(fd, &stat_of) == 0 && S_ISREG(stat_of.st_mode);
}

/* From here on nothing is opened but sockets. */
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

static int prepare(struct program *program)
{
	int r;

	/* What is no watch may end at once. */
	r = loop_init(&program->loop,
		      program->options.is_watch ? signalled : NULL, program);
	if (r == 0)
		r = watch_signals(program);
	if (r == 0)
		r = watch_events(program);
	if (r < 0)
		log_error("event loop: %s", strerror(-r));
	return r;
}

static enum exit_status search(struct program *program)
{
	struct finder *finder = &program->finder;
	const char *missing = NULL;
	int r;

	if (prepare(program) < 0)
		return EXIT_NOTHING;
	finder->options = &program->options;
	finder->loop = &program->loop;
	finder->changed = service_changed;
	finder->searched = searched;
	finder->owner = program;
	r = finder_open(finder, &missing);
	if (r == -ENODEV) {
		log_error("--interface: there is no %s", missing);
		return EXIT_USAGE;
	}
	if (r < 0) {
		log_error("--lease: %s: %s", missing, strerror(-r));
		return EXIT_USAGE;
	}
	printer_init(&program->printer, &program->options);
	give_up_privileges();
	printer_begin(&program->printer, finder);
	finder_start(finder);
	while (!program->loop.stopped) {
		r = loop_run(&program->loop);
		if (r < 0) {
			log_error("event loop: %s", strerror(-r));
			break;
		}
	}
	if (!finder->is_searched)
		searched(finder);
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
