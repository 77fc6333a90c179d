/* See aliases.h. */
#include "modules/aliases.h"

#include <string.h>

#include "modules/name.h"

static bool next_alias(struct reader *aliases, struct span *ret_line)
{
	while (reader_left(aliases) > 0) {
		struct span line = reader_until(aliases, '\n');

		if (span_starts(line, "alias ")) {
			*ret_line = span_skip(line, 6);
			return true;
		}
	}
	return false;
}

static bool split(struct span line, struct span *ret_pattern,
		  struct span *ret_name)
{
	struct reader words;

	reader_from_span(&words, line);
	*ret_pattern = reader_word(&words);
	*ret_name = reader_word(&words);
	return ret_name->len > 0;
}

/* What a line of modules.alias has up to its first colon, which tells the bus;
 * nothing when there is none, or something special before. */
static struct span bus_of(struct span line)
{
	size_t len;

	for (len = 0; len < line.len; len++) {
		uint8_t byte = line.data[len];

		if (byte == ':')
			return (struct span){ line.data, len + 1 };
		if (byte == '*' || byte == '?' || byte == '[' || byte == '\\' ||
		    byte == ' ' || byte == '\t')
			break;
	}
	return (struct span){ line.data, 0 };
}

void modules_pass_begin(struct modules_pass *pass, struct span file,
			const struct span *texts, unsigned int count,
			const bool *closed)
{
	reader_from_span(&pass->lines, file);
	pass->texts = texts;
	pass->count = count;
	pass->closed = closed;
	pass->bus = (struct span){ NULL, 0 };
}

static void turn_to_bus(struct modules_pass *pass, struct span bus)
{
	pass->bus = bus;
	pass->n_near = 0;
	for (unsigned int i = 0; i < pass->count; i++) {
		struct span start = pass->texts[i];

		start.len = start.len < bus.len ? start.len : bus.len;
		if (!(pass->closed && pass->closed[i]) &&
		    modules_name_equal(start, bus))
			pass->near[pass->n_near++] = (uint8_t)i;
	}
}

static bool is_of_bus(struct span line, struct span bus)
{
	return bus.len > 0 && line.len >= bus.len &&
	       memcmp(line.data, bus.data, bus.len) == 0;
}

bool modules_pass_next(struct modules_pass *pass, struct span *ret_pattern,
		       struct span *ret_name)
{
	struct span line;

	while (next_alias(&pass->lines, &line)) {
		if (!is_of_bus(line, pass->bus))
			turn_to_bus(pass, bus_of(line));
		if (pass->n_near > 0 && split(line, ret_pattern, ret_name))
			return true;
	}
	return false;
}
