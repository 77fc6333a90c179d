/* See consoles.h. */
#include "init/consoles.h"

#include <string.h>

#include "base/cmdline.h"
#include "base/text.h"

void consoles_init(struct consoles *consoles)
{
	*consoles = (struct consoles){ 0 };
}

/* Names of terminals are plain words, pts/0 among them; `..` leads away. */
static bool is_good(struct span name)
{
	uint8_t before = '/';

	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i];
		bool letter = (byte >= 'a' && byte <= 'z') ||
			      (byte >= 'A' && byte <= 'Z') ||
			      (byte >= '0' && byte <= '9');

		/* No empty part, and none that begins with a dot. */
		if (before == '/' && !letter)
			return false;
		if (!letter && byte != '/' && byte != '.' && byte != '_' &&
		    byte != '-')
			return false;
		before = byte;
	}
	return before != '/';
}

void consoles_add(struct consoles *consoles, struct span name)
{
	char path[CONSOLE_PATH_MAX];
	struct writer writer;

	if (span_starts(name, "/dev/"))
		name = span_skip(name, strlen("/dev/"));
	if (span_is(name, "tty0"))
		name = span_of("tty1");
	writer_init(&writer, path, sizeof(path));
	text_put(&writer, "/dev/");
	writer_put(&writer, name);
	text_end(&writer);
	if (writer_failed(&writer) || !is_good(name)) {
		consoles->n_bad++;
		return;
	}
	for (unsigned int i = 0; i < consoles->n; i++) {
		if (strcmp(consoles->paths[i], path) == 0)
			return;
	}
	if (consoles->n == CONSOLES_MAX) {
		consoles->n_over++;
		return;
	}
	memcpy(consoles->paths[consoles->n++], path, sizeof(path));
}

/* A line of /proc/consoles: its name, and whether it is the preferred one.
 * False when it is no terminal. */
static bool parse_line(struct span line, struct span *ret_name,
		       bool *ret_preferred)
{
	struct reader reader, flags;
	struct span device;
	uint64_t number;

	reader_from_span(&reader, line);
	*ret_name = reader_word(&reader);
	reader_until(&reader, '(');
	reader_from_span(&flags, reader_until(&reader, ')'));
	*ret_preferred = false;
	while (reader_left(&flags) > 0) {
		if (reader_u8(&flags) == 'C')
			*ret_preferred = true;
	}
	device = reader_word(&reader);
	reader_from_span(&reader, device);
	return ret_name->len > 0 && text_parse_u64(reader_until(&reader, ':'),
						   UINT32_MAX, &number) == 0;
}

void consoles_add_listed(struct consoles *consoles, struct span text)
{
	for (int preferred = 1; preferred >= 0; preferred--) {
		struct reader lines;

		reader_from_span(&lines, text);
		while (reader_left(&lines) > 0) {
			struct span name;
			bool is_preferred;

			if (parse_line(reader_until(&lines, '\n'), &name,
				       &is_preferred) &&
			    is_preferred == preferred)
				consoles_add(consoles, name);
		}
	}
}

void consoles_add_cmdline(struct consoles *consoles, struct span cmdline)
{
	struct span names[CONSOLES_MAX];
	struct cmdline_word word;
	unsigned int n = 0;
	struct reader reader;

	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		struct reader value;

		if (!span_is(word.name, "console"))
			continue;
		/* "ttyS0,115200n8"; "" and "null" mean none. */
		reader_from_span(&value, word.value);
		if (n == CONSOLES_MAX) {
			memmove(names, names + 1,
				sizeof(names) - sizeof(*names));
			n--;
			consoles->n_over++;
		}
		names[n++] = reader_until(&value, ',');
	}
	while (n-- > 0) {
		if (names[n].len > 0 && !span_is(names[n], "null"))
			consoles_add(consoles, names[n]);
	}
}

void consoles_add_names(struct consoles *consoles, struct span list)
{
	struct reader reader;

	reader_from_span(&reader, list);
	while (reader_left(&reader) > 0) {
		struct span name = reader_until(&reader, ',');

		if (name.len > 0)
			consoles_add(consoles, name);
	}
}

bool consoles_is_virtual(const char *path)
{
	struct span name = span_of(path);

	if (!span_starts(name, "/dev/tty"))
		return false;
	name = span_skip(name, strlen("/dev/tty"));
	return name.len > 0 && name.data[0] >= '0' && name.data[0] <= '9';
}
