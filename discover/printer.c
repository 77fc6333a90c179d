/* See printer.h. */
#include "discover/printer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#define COLUMNS_USUAL 80
#define COLUMNS_LEAST 20 /* below, nobody means it */
#define COLUMNS_MOST 1000

static enum service_kind kind_of(const struct options *options)
{
	switch (options->goal) {
	case OPTIONS_TYPES:
		return SERVICE_KIND_TYPE;
	case OPTIONS_LOOKUP:
		return SERVICE_KIND_HOST;
	case OPTIONS_BROWSE:
	case OPTIONS_RESOLVE:
	case OPTIONS_SSDP:
		break;
	}
	return SERVICE_KIND_SERVICE;
}

/* COLUMNS before what the terminal says: who sets it knows better. A serial
 * line says 0. */
static size_t terminal_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { .ws_col = 0 };
	uint64_t value;

	if (columns &&
	    text_parse_u64(span_of(columns), COLUMNS_MOST, &value) == 0 &&
	    value >= COLUMNS_LEAST)
		return (size_t)value;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col < COLUMNS_LEAST)
		return COLUMNS_USUAL;
	return size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
}

/* https://no-color.org; a dumb terminal knows no control sequence. */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no_color && no_color[0]) && !(term && !strcmp(term, "dumb"));
}

void printer_init(struct printer *printer, const struct options *options)
{
	*printer = (struct printer){
		.options = options,
		.is_terminal = isatty(STDOUT_FILENO) == 1,
		.is_interactive = isatty(STDERR_FILENO) == 1,
	};
	if (printer->is_terminal) {
		printer->limit = terminal_columns();
		printer->has_colour = wants_colour();
	}
	table_init_stream(&printer->stream, kind_of(options),
			  options->is_provider_type && !options->no_probe,
			  printer->limit, printer->has_colour);
}

/* What cannot be written is said once: nobody reads any more. */
static void write_out(struct printer *printer, const struct writer *writer)
{
	struct span span = writer_span(writer);
	int r;

	if (printer->has_failed)
		return;
	r = fd_write(STDOUT_FILENO, span.data, span.len);
	if (r == 0)
		return;
	log_error("standard output: %s", strerror(-r));
	printer->has_failed = true;
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
	text_put_escaped(&writer, span_of(printer->options->asked));
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

static char sign_of(enum output_event event)
{
	switch (event) {
	case OUTPUT_SERVICE:
		return '+';
	case OUTPUT_CHANGED:
		return '~';
	case OUTPUT_LOST:
		return '-';
	}
	return '?';
}

static void put_template(const struct printer *printer, struct writer *writer,
			 enum output_event event, const struct service *service)
{
	const struct template_context context = {
		.event = output_event_name(event),
		.asked = printer->options->asked,
		.is_raw = !printer->is_terminal,
	};

	template_put(writer, &printer->options->template, &context, service);
}

void printer_change(struct printer *printer, enum output_event event,
		    const struct service *service, bool is_best,
		    int64_t elapsed_ms)
{
	const struct options *options = printer->options;
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	if (event != OUTPUT_LOST && service_suits(service, &options->wish))
		printer->has_found = true;
	/* All at once at the end, but for init. */
	if (!options->is_watch && options->format != OPTIONS_REPORT)
		return;
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
		table_put_event(&printer->stream, &writer, sign_of(event),
				elapsed_ms, service, &options->wish);
		break;
	case OPTIONS_TEMPLATE:
		put_template(printer, &writer, event, service);
		break;
	case OPTIONS_QUIET:
		return;
	}
	wipe_progress(printer);
	write_out(printer, &writer);
}

static void print_table(struct printer *printer, const struct service **ranked,
			unsigned int n, const struct service *best)
{
	const struct service_wish *wish = &printer->options->wish;
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;
	struct table table;

	table_init(&table, kind_of(printer->options), printer->limit,
		   printer->has_colour);
	for (unsigned int i = 0; i < n; i++)
		table_measure(&table, ranked[i], wish);
	table_fit(&table);
	writer_init(&writer, line, sizeof(line));
	table_put_heading(&table, &writer);
	write_out(printer, &writer);
	for (unsigned int i = 0; i < n; i++) {
		writer_init(&writer, line, sizeof(line));
		table_put_row(&table, &writer, ranked[i], wish,
			      ranked[i] == best);
		write_out(printer, &writer);
	}
}

/* An object or a template each. */
static void print_all(struct printer *printer, const struct service **ranked,
		      unsigned int n)
{
	const struct options *options = printer->options;
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	for (unsigned int i = 0; i < n; i++) {
		writer_init(&writer, line, sizeof(line));
		if (options->format == OPTIONS_JSON)
			output_put_json(&writer, OUTPUT_SERVICE, options->asked,
					ranked[i], &options->wish);
		else
			put_template(printer, &writer, OUTPUT_SERVICE,
				     ranked[i]);
		write_out(printer, &writer);
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
	write_out(printer, &writer);
}

static void print_best(struct printer *printer, const struct service *best)
{
	uint8_t line[OUTPUT_LINE_MAX];
	struct writer writer;

	writer_init(&writer, line, sizeof(line));
	output_put_location(&writer, best);
	if (writer_len(&writer) == 0)
		text_put_escaped(&writer, output_instance(best));
	writer_u8(&writer, '\n');
	write_out(printer, &writer);
}

enum exit_status printer_conclude(struct printer *printer,
				  const struct finder *finder)
{
	const struct service *ranked[FINDER_SERVICES_MAX];
	unsigned int n = finder_rank(finder, ranked);
	const struct service *best = best_of(printer, ranked, n);

	wipe_progress(printer);
	warn_of_limits(finder);
	/* What there was to be told has been. */
	if (printer->options->is_watch)
		return printer->has_found && !printer->has_failed ?
			       EXIT_FOUND :
			       EXIT_NOTHING;
	switch (printer->options->format) {
	case OPTIONS_TEXT:
		if (n > 0)
			print_table(printer, ranked, n, best);
		else
			log_notice("nothing found");
		break;
	case OPTIONS_JSON:
	case OPTIONS_TEMPLATE:
		print_all(printer, ranked, n);
		break;
	case OPTIONS_REPORT:
		break;
	case OPTIONS_QUIET:
		if (best)
			print_best(printer, best);
		break;
	}
	return best && !printer->has_failed ? EXIT_FOUND : EXIT_NOTHING;
}
