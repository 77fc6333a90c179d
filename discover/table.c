/* See table.h. */
#include "discover/table.h"

#include <string.h>

#include "base/text.h"
#include "discover/message.h"
#include "discover/output.h"

/* A TXT record of control characters, at \xNN each, and our words. */
#define CELL_MAX 4096
#define WIDEST 48 /* for which others leave room */
#define NARROWEST 6
#define GAP 2 /* between columns */
#define LIMIT_USUAL 80
#define ELAPSED_WIDTH 9

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define NO_RED "\033[39m"
#define RESET "\033[0m"

static const char *heading(enum service_kind kind, enum table_column column)
{
	switch (column) {
	case TABLE_NAME:
		return kind == SERVICE_KIND_TYPE ? "TYPE" : "NAME";
	case TABLE_LOCATION:
		return "ADDRESS";
	case TABLE_DOMAIN:
		return "DOMAIN";
	case TABLE_INTERFACE:
		return "NIC";
	case TABLE_SOURCE:
		return "FROM";
	case TABLE_HEALTH:
		return "HEALTH";
	case TABLE_MANIFEST:
		return "MANIFEST";
	case TABLE_TXT:
		return "TXT";
	}
	return "";
}

static void put_name(struct writer *writer, const struct service *service)
{
	if (service->kind == SERVICE_KIND_HOST) {
		output_put_host(writer, service);
		return;
	}
	switch (service->source) {
	case SERVICE_EXPLICIT:
		text_put(writer, "(given)");
		return;
	case SERVICE_DHCP:
		text_put(writer, "(DHCP)");
		return;
	case SERVICE_GATEWAY:
		text_put(writer, "(gateway)");
		return;
	case SERVICE_NEIGHBOUR:
		text_put(writer, "(neighbour)");
		return;
	case SERVICE_MDNS:
	case SERVICE_DNS:
	case SERVICE_SSDP:
		break;
	}
	text_put_escaped(writer, output_instance(service));
}

static void put_location(struct writer *writer, const struct service *service)
{
	switch (service->kind) {
	case SERVICE_KIND_SERVICE:
		output_put_location(writer, service);
		return;
	case SERVICE_KIND_HOST:
		output_put_addresses(writer, service);
		return;
	case SERVICE_KIND_TYPE:
		return;
	}
}

static void put_health(struct writer *writer, const struct service *service)
{
	text_put(writer, service_health_name(service->health));
	if (service->health == SERVICE_OK) {
		writer_u8(writer, ' ');
		text_put_duration(writer, service->latency_ms);
	}
}

/* What is not for us says so first, where it cannot be cut off. */
static void put_txt(struct writer *writer, const struct service *service,
		    const struct service_wish *wish)
{
	struct span txt = { service->txt, service->txt_len };
	bool first = service_suits(service, wish);
	struct span key, value;
	struct reader reader;
	bool flag;

	if (!first)
		text_put(writer, "(not for us)");
	reader_from_span(&reader, txt);
	while (dns_txt_next(&reader, &key, &value, &flag)) {
		if (!dns_txt_is_first(txt, key))
			continue;
		if (!first)
			writer_u8(writer, ' ');
		first = false;
		text_put_escaped(writer, key);
		if (flag)
			continue;
		writer_u8(writer, '=');
		text_put_escaped(writer, value);
	}
}

static struct span cell(enum table_column column, const struct service *service,
			const struct service_wish *wish, uint8_t *buffer)
{
	struct writer writer;

	writer_init(&writer, buffer, CELL_MAX);
	switch (column) {
	case TABLE_NAME:
		put_name(&writer, service);
		break;
	case TABLE_LOCATION:
		put_location(&writer, service);
		break;
	case TABLE_DOMAIN:
		output_put_domain(&writer, service);
		break;
	case TABLE_INTERFACE:
		text_put(&writer,
			 service->interface[0] ? service->interface : "-");
		break;
	case TABLE_SOURCE:
		text_put(&writer, service_source_name(service->source));
		break;
	case TABLE_HEALTH:
		put_health(&writer, service);
		break;
	case TABLE_MANIFEST:
		text_put(&writer,
			 service_manifest_name(service->manifest_state));
		break;
	case TABLE_TXT:
		put_txt(&writer, service, wish);
		break;
	}
	return writer_span(&writer);
}

/* Whether the column says something that goes without saying otherwise. */
static bool is_worth_telling(enum table_column column,
			     const struct service *service, struct span cell)
{
	switch (column) {
	case TABLE_NAME:
		return true;
	case TABLE_LOCATION:
	case TABLE_TXT:
		return cell.len > 0;
	case TABLE_DOMAIN:
		return cell.len > 0 && !span_is_nocase(cell, "local");
	case TABLE_INTERFACE:
		return service->interface[0] != '\0';
	case TABLE_SOURCE:
		return service->source == SERVICE_DNS ||
		       service->source == SERVICE_SSDP ||
		       service->source == SERVICE_DHCP;
	case TABLE_HEALTH:
		return service->health != SERVICE_UNCHECKED;
	case TABLE_MANIFEST:
		return service->manifest_state != SERVICE_MANIFEST_UNCHECKED;
	}
	return false;
}

void table_init(struct table *table, enum service_kind kind, size_t limit,
		bool has_colour)
{
	*table = (struct table){
		.kind = kind,
		.limit = limit,
		.has_colour = has_colour,
	};
	for (unsigned int i = 0; i < TABLE_COLUMNS; i++)
		table->widths[i] = text_width(span_of(heading(kind, i)));
}

void table_measure(struct table *table, const struct service *service,
		   const struct service_wish *wish)
{
	uint8_t buffer[CELL_MAX];

	for (unsigned int i = 0; i < TABLE_COLUMNS; i++) {
		struct span text = cell(i, service, wish, buffer);
		size_t width = text_width(text);

		if (is_worth_telling(i, service, text))
			table->is_shown[i] = true;
		if (table->limit == 0 && width > WIDEST)
			width = WIDEST;
		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

/* Of the columns that are shown; TABLE_COLUMNS when none can give way. */
static unsigned int widest_column(const struct table *table, size_t *ret_total)
{
	unsigned int widest = TABLE_COLUMNS;
	size_t total = 0;

	for (unsigned int i = 0; i < TABLE_COLUMNS; i++) {
		if (!table->is_shown[i])
			continue;
		total += table->widths[i] + (total > 0 ? GAP : 0);
		if (table->widths[i] > NARROWEST &&
		    (widest == TABLE_COLUMNS ||
		     table->widths[i] >= table->widths[widest]))
			widest = i;
	}
	*ret_total = total;
	return widest;
}

void table_fit(struct table *table)
{
	unsigned int widest;
	size_t total;

	if (table->limit == 0)
		return;
	for (;;) {
		widest = widest_column(table, &total);
		if (total <= table->limit || widest == TABLE_COLUMNS)
			return;
		table->widths[widest]--;
	}
}

/* Where a line has got to. */
struct line {
	struct writer *writer;
	size_t left;	/* columns of the terminal */
	size_t pending; /* blanks, unless nothing comes behind them */
};

static void line_begin(struct line *line, const struct table *table,
		       struct writer *writer)
{
	*line = (struct line){
		.writer = writer,
		.left = table->limit > 0 ? table->limit : SIZE_MAX,
	};
}

static void put_cell(const struct table *table, struct line *line,
		     enum table_column column, struct span text)
{
	size_t width = table->widths[column], taken = 0;

	if (text.len > 0 && line->left > line->pending) {
		writer_fill(line->writer, ' ', line->pending);
		line->left -= line->pending;
		line->pending = 0;
		taken = text_put_cut(line->writer, text,
				     table->limit > 0 && width < line->left ?
					     width :
					     line->left);
		line->left -= taken;
	}
	line->pending += GAP + (taken < width ? width - taken : 0);
}

void table_put_heading(const struct table *table, struct writer *writer)
{
	struct line line;

	line_begin(&line, table, writer);
	for (unsigned int i = 0; i < TABLE_COLUMNS; i++) {
		if (table->is_shown[i])
			put_cell(table, &line, i,
				 span_of(heading(table->kind, i)));
	}
	writer_u8(writer, '\n');
}

/* The colour is SERVICE's as a whole; what did not answer has its own. */
static void put_cells(const struct table *table, struct line *line,
		      const struct service *service,
		      const struct service_wish *wish, const char *colour)
{
	bool is_dead = service->health == SERVICE_UNREACHABLE;
	uint8_t buffer[CELL_MAX];

	if (table->has_colour)
		text_put(line->writer, colour);
	for (unsigned int i = 0; i < TABLE_COLUMNS; i++) {
		bool is_red = table->has_colour && is_dead && i == TABLE_HEALTH;

		if (!table->is_shown[i])
			continue;
		if (is_red)
			text_put(line->writer, RED);
		put_cell(table, line, i, cell(i, service, wish, buffer));
		if (is_red)
			text_put(line->writer, NO_RED);
	}
	if (table->has_colour && colour[0])
		text_put(line->writer, RESET);
	writer_u8(line->writer, '\n');
}

void table_put_row(const struct table *table, struct writer *writer,
		   const struct service *service,
		   const struct service_wish *wish, bool is_best)
{
	struct line line;

	line_begin(&line, table, writer);
	put_cells(table, &line, service, wish,
		  is_best			? BOLD :
		  !service_suits(service, wish) ? DIM :
						  "");
}

void table_init_stream(struct table *table, enum service_kind kind,
		       bool is_checked, size_t limit, bool has_colour)
{
	static const size_t widths[TABLE_COLUMNS] = {
		[TABLE_NAME] = 18,    [TABLE_LOCATION] = 22,
		[TABLE_DOMAIN] = 12,  [TABLE_INTERFACE] = 5,
		[TABLE_SOURCE] = 4,   [TABLE_HEALTH] = 11,
		[TABLE_MANIFEST] = 9, [TABLE_TXT] = 12,
	};

	table_init(table, kind, limit, has_colour);
	memcpy(table->widths, widths, sizeof(widths));
	table->is_shown[TABLE_NAME] = true;
	table->is_shown[TABLE_LOCATION] = kind != SERVICE_KIND_TYPE;
	table->is_shown[TABLE_DOMAIN] = kind == SERVICE_KIND_TYPE;
	table->is_shown[TABLE_INTERFACE] = true;
	table->is_shown[TABLE_SOURCE] = true;
	table->is_shown[TABLE_HEALTH] = is_checked;
	table->is_shown[TABLE_MANIFEST] = is_checked;
	table->is_shown[TABLE_TXT] = kind == SERVICE_KIND_SERVICE;
	/* A wide terminal has more room for names; the rest of a line is the
	 * last column's. */
	if (limit > LIMIT_USUAL) {
		size_t more = (limit - LIMIT_USUAL) / 4;

		table->widths[TABLE_NAME] += more < WIDEST ? more : WIDEST;
		table->widths[TABLE_LOCATION] += more < 8 ? more : 8;
	}
	table->widths[TABLE_TXT] = limit;
}

/* Seconds with three decimals. */
static void put_elapsed(struct line *line, int64_t elapsed_ms)
{
	uint64_t ms = elapsed_ms > 0 ? (uint64_t)elapsed_ms : 0;
	char text[32];
	struct writer writer;
	size_t len;

	writer_init(&writer, text, sizeof(text));
	text_put_u64(&writer, ms / 1000);
	writer_u8(&writer, '.');
	for (uint64_t unit = 100; unit > 0; unit /= 10)
		writer_u8(&writer, (uint8_t)('0' + ms % 1000 / unit % 10));
	len = writer_len(&writer);
	if (len < ELAPSED_WIDTH)
		writer_fill(line->writer, ' ', ELAPSED_WIDTH - len);
	writer_put(line->writer, writer_span(&writer));
	len = len < ELAPSED_WIDTH ? ELAPSED_WIDTH : len;
	line->left -= len < line->left ? len : line->left;
}

void table_put_event(const struct table *table, struct writer *writer,
		     char sign, int64_t elapsed_ms,
		     const struct service *service,
		     const struct service_wish *wish)
{
	struct line line;

	line_begin(&line, table, writer);
	writer_u8(writer, (uint8_t)sign);
	line.left--;
	put_elapsed(&line, elapsed_ms);
	line.pending = GAP;
	put_cells(table, &line, service, wish,
		  service_suits(service, wish) ? "" : DIM);
}
