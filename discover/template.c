/* See template.h. */
#include "discover/template.h"

#include <errno.h>

#include "base/text.h"
#include "discover/output.h"

#define TXT_STRING_MAX 255 /* RFC 6763 §6.1 */

static const struct {
	char letter;
	enum template_field field;
} letters[] = {
	{ 'u', TEMPLATE_URL },	   { 'i', TEMPLATE_INSTANCE },
	{ 'h', TEMPLATE_HOST },	   { 'a', TEMPLATE_ADDRESS },
	{ 'p', TEMPLATE_PORT },	   { 't', TEMPLATE_TYPE },
	{ 'd', TEMPLATE_DOMAIN },  { 'n', TEMPLATE_INTERFACE },
	{ 's', TEMPLATE_SOURCE },  { 'H', TEMPLATE_HEALTH },
	{ 'l', TEMPLATE_LATENCY }, { 'm', TEMPLATE_MANIFEST },
	{ 'e', TEMPLATE_EVENT },
};

/* What escapes stand for. That of \0 is known again by its address. */
static const uint8_t newline[] = "\n", tab[] = "\t", backslash[] = "\\",
		     percent[] = "%", nul[] = "\0";

static struct span byte_of(const uint8_t *byte)
{
	return (struct span){ byte, 1 };
}

/* After a backslash. */
static int parse_escape(struct reader *reader, struct template_piece *piece)
{
	piece->field = TEMPLATE_LITERAL;
	switch (reader_u8(reader)) {
	case 'n':
		piece->text = byte_of(newline);
		return 0;
	case 't':
		piece->text = byte_of(tab);
		return 0;
	case '\\':
		piece->text = byte_of(backslash);
		return 0;
	case '0':
		piece->text = byte_of(nul);
		return 0;
	default:
		return -EBADMSG;
	}
}

/* After "%{". */
static int parse_key(struct reader *reader, struct template_piece *piece)
{
	size_t left = reader_left(reader);

	piece->field = TEMPLATE_TXT;
	piece->text = reader_until(reader, '}');
	return piece->text.len > 0 && piece->text.len < left ? 0 : -EBADMSG;
}

/* After a percent sign. */
static int parse_field(struct reader *reader, struct template_piece *piece)
{
	uint8_t letter = reader_u8(reader);

	if (reader_failed(reader))
		return -EBADMSG;
	if (letter == '{')
		return parse_key(reader, piece);
	if (letter == '%') {
		*piece = (struct template_piece){ TEMPLATE_LITERAL,
						  byte_of(percent) };
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (letter != letters[i].letter)
			continue;
		piece->field = letters[i].field;
		piece->text = span_of("");
		return 0;
	}
	return -EBADMSG;
}

static bool is_plain(uint8_t byte)
{
	return byte != '%' && byte != '\\';
}

static int parse_piece(struct reader *reader, struct template_piece *piece)
{
	struct reader ahead = *reader;
	uint8_t first = reader_u8(&ahead);
	size_t len = 0;

	if (!is_plain(first)) {
		*reader = ahead;
		return first == '%' ? parse_field(reader, piece) :
				      parse_escape(reader, piece);
	}
	ahead = *reader;
	while (reader_left(&ahead) > 0 && is_plain(reader_u8(&ahead)))
		len++;
	piece->field = TEMPLATE_LITERAL;
	piece->text = reader_span(reader, len);
	return 0;
}

int template_parse(struct span text, struct template *ret_template,
		   size_t *ret_position)
{
	struct template template = { .n_pieces = 0 };
	struct reader reader;
	int r;

	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		size_t position = text.len - reader_left(&reader);

		r = -ENOBUFS;
		if (template.n_pieces < TEMPLATE_PIECES_MAX)
			r = parse_piece(&reader,
					&template.pieces[template.n_pieces++]);
		if (r < 0) {
			*ret_position = position;
			return r;
		}
	}
	*ret_template = template;
	return 0;
}

static void put_foreign(struct writer *writer,
			const struct template_context *context,
			struct span value)
{
	if (context->is_raw)
		writer_put(writer, value);
	else
		text_put_escaped(writer, value);
}

static void put_txt(struct writer *writer,
		    const struct template_context *context,
		    const struct service *service, struct span wanted)
{
	char key[TXT_STRING_MAX + 1];

	/* What no TXT record can hold is in none. */
	if (text_copy(key, sizeof(key), wanted) == 0)
		put_foreign(writer, context, service_key(service, key));
}

static void put_latency(struct writer *writer, const struct service *service)
{
	if (output_has_latency(service))
		text_put_u64(writer, (uint64_t)service->latency_ms);
}

static void put_piece(struct writer *writer, const struct template_piece *piece,
		      const struct template_context *context,
		      const struct service *service)
{
	switch (piece->field) {
	case TEMPLATE_LITERAL:
		writer_put(writer, piece->text);
		return;
	case TEMPLATE_TXT:
		put_txt(writer, context, service, piece->text);
		return;
	case TEMPLATE_URL:
		put_foreign(writer, context, span_of(service->url));
		return;
	case TEMPLATE_INSTANCE:
		put_foreign(writer, context, output_instance(service));
		return;
	case TEMPLATE_HOST:
		output_put_host(writer, service);
		return;
	case TEMPLATE_ADDRESS:
		output_put_address(writer, service);
		return;
	case TEMPLATE_PORT:
		if (service->port > 0)
			text_put_u64(writer, service->port);
		return;
	case TEMPLATE_TYPE:
		output_put_type(writer, service, context->asked);
		return;
	case TEMPLATE_DOMAIN:
		output_put_domain(writer, service);
		return;
	case TEMPLATE_INTERFACE:
		text_put(writer, service->interface);
		return;
	case TEMPLATE_SOURCE:
		text_put(writer, service_source_name(service->source));
		return;
	case TEMPLATE_HEALTH:
		text_put(writer, service_health_name(service->health));
		return;
	case TEMPLATE_LATENCY:
		put_latency(writer, service);
		return;
	case TEMPLATE_MANIFEST:
		put_foreign(writer, context, span_of(service->manifest));
		return;
	case TEMPLATE_EVENT:
		text_put(writer, context->event);
		return;
	}
}

/* Whether the last piece is \0, which then ends the line. */
static bool ends_itself(const struct template *template)
{
	return template->n_pieces > 0 &&
	       template->pieces[template->n_pieces - 1].text.data == nul;
}

void template_put(struct writer *writer, const struct template *template,
		  const struct template_context *context,
		  const struct service *service)
{
	for (unsigned int i = 0; i < template->n_pieces; i++)
		put_piece(writer, &template->pieces[i], context, service);
	if (!ends_itself(template))
		writer_u8(writer, '\n');
}
