/* See report_main.h. */
#include "init/report_main.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/pages.h"
#include "base/text.h"
#include "init/report_view.h"

#define FILE_MAX (1024 * 1024)
#define WIDTH 80

enum exit_status {
	EXIT_SHOWN = 0,
	EXIT_NO_REPORT = 1,
	EXIT_USAGE = 2,
};

static const char help[] =
	"Usage: phase-report [--blame | --json] [FILE]\n"
	"\n"
	"Shows what the boot did when, and what failed, from FILE, - for "
	"standard input,\nor " REPORT_PATH ".\n"
	"\n"
	"  --blame     what took longest first\n"
	"  --json      the report as it is\n"
	"  --help      this text\n"
	"  --version   the version\n";

struct request {
	const char *path;
	bool blame;
	bool json;
};

static int out(const struct writer *writer)
{
	struct span text = writer_span(writer);

	return fd_write(STDOUT_FILENO, text.data, text.len);
}

static unsigned int width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH;
	return size.ws_col;
}

/* Line by line, so that any report goes through a small buffer. */
static int show(const struct report_view *view)
{
	bool colour = isatty(STDOUT_FILENO);
	unsigned int rows = view->n_rows;
	unsigned int unserved = rows + view->n_unserved;
	unsigned int all = unserved + view->n_messages;
	uint8_t buffer[2 * REPORT_VIEW_ROW_MAX];
	struct writer writer;
	int r = 0;

	writer_init(&writer, buffer, sizeof(buffer));
	report_view_put_head(&writer, view);
	for (unsigned int i = 0; i < all && r == 0; i++) {
		if (i < rows)
			report_view_put_row(&writer, view, i, colour);
		else if (i < unserved)
			report_view_put_unserved(&writer, view, i - rows);
		else
			report_view_put_message(&writer, view, i - unserved);
		if (writer_room(&writer) >= REPORT_VIEW_ROW_MAX)
			continue;
		r = out(&writer);
		writer_init(&writer, buffer, sizeof(buffer));
	}
	report_view_put_dropped(&writer, view);
	return r < 0 ? r : out(&writer);
}

static int run(const struct request *request)
{
	struct report_view *view = pages_take(sizeof(*view));
	char *text = pages_take(FILE_MAX + 1);
	bool is_input = strcmp(request->path, "-") == 0;
	const char *path = is_input ? "/proc/self/fd/0" : request->path;
	const char *trouble = NULL;
	size_t len = 0;
	int r;

	r = view && text ? fd_read_file(path, text, FILE_MAX + 1, &len) :
			   -ENOMEM;
	if (r < 0)
		trouble = strerror(-r);
	if (r == 0) {
		r = report_view_parse(view,
				      (struct span){ (uint8_t *)text, len });
		if (r == -EPROTONOSUPPORT)
			trouble = "a report of another version of Phase Boot";
		else if (r < 0)
			trouble = "not a boot report";
	}
	if (trouble) {
		log_error("%s: %s", path, trouble);
		return EXIT_NO_REPORT;
	}
	report_view_layout(view, width(), request->blame);
	r = request->json ? fd_write(STDOUT_FILENO, text, len) : show(view);
	if (r < 0) {
		log_error("standard output: %s", strerror(-r));
		return EXIT_NO_REPORT;
	}
	return EXIT_SHOWN;
}

int report_main(int argc, char **argv)
{
	struct request request = { .path = NULL };
	bool options = true;

	log_init("phase-report", LOG_LEVEL_NOTICE);
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (options && strcmp(word, "--help") == 0) {
			return fd_write_text(STDOUT_FILENO, help) < 0;
		}
		if (options && strcmp(word, "--version") == 0) {
			return fd_write_text(STDOUT_FILENO,
					     "Phase Boot " PHASE_VERSION
					     "\n") < 0;
		}
		if (options && strcmp(word, "--blame") == 0) {
			request.blame = true;
		} else if (options && strcmp(word, "--json") == 0) {
			request.json = true;
		} else if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if ((!options || word[0] != '-' || !word[1]) &&
			   !request.path) {
			request.path = word;
		} else {
			log_error("what is \"%s\"? Try --help.", word);
			return EXIT_USAGE;
		}
	}
	if (!request.path)
		request.path = REPORT_PATH;
	return run(&request);
}
