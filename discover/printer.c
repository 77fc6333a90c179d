/* See printer.h. */
#include "discover/printer.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

void printer_init(struct printer *printer, const struct options *options)
{
	*printer = (struct printer){
		.options = options,
		.is_terminal = isatty(STDOUT_FILENO) == 1,
		.is_interactive = isatty(STDERR_FILENO) == 1,
	};
}

static void write_out(const struct writer *writer)
{
	struct span span = writer_span(writer);
	int r = fd_write(STDOUT_FILENO, span.data, span.len);

	if (r < 0)
		log_error("standard output: %s", strerror(-r));
}

void printer_begin(struct printer *printer, const struct finder *finder)
{
	struct writer writer;
	char line[256];

	if (printer->options->format != OPTIONS_TEXT ||
	    !printer->is_interactive)
		return;
	writer_init(&writer, line, sizeof(line));
	text_put(&writer, "Looking for ");
	text_put(&writer, printer->options->asked);
	search_put_interfaces(&writer, &finder->search);
	text_put(&writer, " ...");
	printer->has_progress = fd_write(STDERR_FILENO, line,
					 writer_len(&writer)) == 0;
}

static void wipe_progress(struct printer *printer)
{
	static const char wipe[] = "\r\033[K";

	if (printer->has_progress &&
	    fd_write(STDERR_FILENO, wipe, sizeof(wipe) - 1) < 0)
		log_debug("standard error does not take anything");
	printer->has_progress = false;
}

/* Told at once to those who read along; people get a table at the end. */
void printer_change(struct printer *printer, enum output_event event,
		    const struct service *service, bool is_best,
		    int64_t elapsed_ms UNUSED)
{
	const struct options *options = printer->options;
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	writer_init(&writer, line, sizeof(line));
	switch (options->format) {
	case OPTIONS_JSON:
		output_put_json(&writer, event, options->asked, service,
				&options->wish);
		break;
	case OPTIONS_REPORT:
		output_put_record(&writer, event, service, &options->wish,
				  is_best);
		break;
	case OPTIONS_TEXT:
	case OPTIONS_TEMPLATE:
	case OPTIONS_QUIET:
		return;
	}
	write_out(&writer);
}

static void print_table(const struct printer *printer,
			const struct service **ranked, unsigned int n)
{
	bool bold = printer->is_terminal;
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
		output_put_row(&writer, ranked[i], &printer->options->wish,
			       &widths, bold && i == 0);
		write_out(&writer);
	}
}

static const struct service *best_of(const struct printer *printer,
				     const struct service **ranked,
				     unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (service_suits(ranked[i], &printer->options->wish))
			return ranked[i];
	}
	return NULL;
}

static void warn_of_limits(const struct finder *finder)
{
	search_log(&finder->search);
	if (finder->n_over > 0)
		log_warning("more than %d services; the rest is left out",
			    FINDER_SERVICES_MAX);
}

void printer_searched(struct printer *printer, const struct finder *finder,
		      int64_t elapsed_ms)
{
	const struct service *ranked[FINDER_SERVICES_MAX];
	unsigned int n = finder_rank(finder, ranked);
	uint8_t line[OUTPUT_LINE_MAX];
	unsigned int n_suitable = 0;
	struct writer writer;

	if (printer->options->format != OPTIONS_REPORT)
		return;
	for (unsigned int i = 0; i < n; i++)
		n_suitable += service_suits(ranked[i], &printer->options->wish);
	writer_init(&writer, line, sizeof(line));
	output_put_done(&writer, n, n_suitable, elapsed_ms,
			finder_n_over(finder));
	write_out(&writer);
}

enum exit_status printer_conclude(struct printer *printer,
				  const struct finder *finder)
{
	const struct service *ranked[FINDER_SERVICES_MAX];
	unsigned int n = finder_rank(finder, ranked);
	const struct service *best = best_of(printer, ranked, n);
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	wipe_progress(printer);
	warn_of_limits(finder);
	writer_init(&writer, line, sizeof(line));
	switch (printer->options->format) {
	case OPTIONS_TEXT:
		if (n > 0)
			print_table(printer, ranked, n);
		else
			log_notice("nothing found");
		break;
	case OPTIONS_JSON:
	case OPTIONS_REPORT:
	case OPTIONS_TEMPLATE:
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
