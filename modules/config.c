/* See config.h. kmod's libkmod-config.c and getline_wrapped() are what it is
 * to agree with, but for CR, which is a blank here. */
#include "modules/config.h"

#include <string.h>

#include "base/text.h"
#include "modules/index.h"

void modules_config_unwrap(uint8_t *text, size_t len)
{
	unsigned int owed = 0; /* newlines */
	struct reader reader;
	struct writer writer;

	if (len == 0 || !memchr(text, '\\', len))
		return;
	reader_init(&reader, text, len);
	/* Never gets past the reader: for each byte written one was read. */
	writer_init(&writer, text, len);
	while (reader_left(&reader) > 0) {
		uint8_t byte = reader_u8(&reader);

		if (byte == '\\' && reader_left(&reader) > 0) {
			byte = reader_u8(&reader);
			if (byte == '\r' && reader_left(&reader) > 0 &&
			    *reader.pos == '\n')
				byte = reader_u8(&reader);
			if (byte == '\n') {
				owed++;
				continue;
			}
		} else if (byte == '\n') {
			for (; owed > 0; owed--)
				writer_u8(&writer, '\n');
		}
		writer_u8(&writer, byte);
	}
	writer_fill(&writer, '\n', writer_room(&writer));
}

static const char words[][10] = {
	[MODULES_DIRECTIVE_ALIAS] = "alias",
	[MODULES_DIRECTIVE_BLACKLIST] = "blacklist",
	[MODULES_DIRECTIVE_OPTIONS] = "options",
	[MODULES_DIRECTIVE_SOFTDEP] = "softdep",
	[MODULES_DIRECTIVE_WEAKDEP] = "weakdep",
	[MODULES_DIRECTIVE_INSTALL] = "install",
	[MODULES_DIRECTIVE_REMOVE] = "remove",
};

static enum modules_directive directive_of(struct span word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (span_is(word, words[i]))
			break;
	}
	return (enum modules_directive)i;
}

/* Whether WHOLE has what DIRECTIVE needs; fills in the name and the rest. */
static bool parse(struct span whole, enum modules_directive directive,
		  struct modules_line *line)
{
	struct reader reader;

	reader_from_span(&reader, whole);
	line->directive = directive;
	line->word = reader_word(&reader);
	line->name = reader_word(&reader);
	line->rest = span_trim(reader_rest(&reader));
	/* The kernel's interface would end at a NUL. */
	return line->name.len > 0 && directive < MODULES_DIRECTIVE_BAD &&
	       (line->rest.len > 0 ||
		directive == MODULES_DIRECTIVE_BLACKLIST) &&
	       !memchr(whole.data, '\0', whole.len);
}

static struct span first_word(struct span line)
{
	struct reader reader;

	reader_from_span(&reader, line);
	return reader_word(&reader);
}

bool modules_config_next(struct reader *text, unsigned int *number,
			 struct modules_line *ret_line)
{
	while (reader_left(text) > 0) {
		struct span whole = reader_until(text, '\n');
		struct span word = first_word(whole);

		++*number;
		if (word.len == 0 || word.data[0] == '#')
			continue;
		if (!parse(whole, directive_of(word), ret_line))
			ret_line->directive = MODULES_DIRECTIVE_BAD;
		return true;
	}
	return false;
}

/* The next line of TEXT that says DIRECTIVE of NAME, to which it may be a
 * wildcard where that is how DIRECTIVE has it. */
static bool next_of(struct reader *text, enum modules_directive directive,
		    struct span name, struct span *ret_rest)
{
	bool is_exact = directive == MODULES_DIRECTIVE_BLACKLIST ||
			directive == MODULES_DIRECTIVE_OPTIONS;
	struct span wanted = span_of(words[directive]);

	while (reader_left(text) > 0) {
		struct span whole = reader_until(text, '\n');
		struct modules_line line;
		struct reader reader;
		struct span of;

		reader_from_span(&reader, whole);
		if (!span_equal(reader_word(&reader), wanted))
			continue;
		of = reader_word(&reader);
		if ((is_exact ? modules_name_equal(of, name) :
				modules_glob(of, name)) &&
		    parse(whole, directive, &line)) {
			*ret_rest = line.rest;
			return true;
		}
	}
	return false;
}

bool modules_config_find(struct span text, enum modules_directive directive,
			 struct span name, struct span *ret_rest)
{
	struct reader reader;

	reader_from_span(&reader, text);
	return next_of(&reader, directive, name, ret_rest);
}

bool modules_config_find_in(const struct modules_config *config,
			    unsigned int first, unsigned int end,
			    enum modules_directive directive, struct span name,
			    struct span *ret_rest)
{
	for (unsigned int i = first; i < end; i++) {
		if (modules_config_find(config->files[i], directive, name,
					ret_rest))
			return true;
	}
	return false;
}

bool modules_config_forbids(const struct modules_config *config,
			    struct span name)
{
	struct span rest;

	return modules_config_find_in(config, 0, config->n_files,
				      MODULES_DIRECTIVE_BLACKLIST, name, &rest);
}

/* With blanks for tabs, as modprobe has it. */
static void put_blanks(struct span text, struct writer *writer)
{
	for (size_t i = 0; i < text.len; i++)
		writer_u8(writer, text.data[i] == '\t' ? ' ' : text.data[i]);
}

void modules_config_put_options(const struct modules_config *config,
				struct span name, struct writer *writer)
{
	struct reader reader;
	struct span rest;

	for (unsigned int i = 0; i < config->n_files; i++) {
		reader_from_span(&reader, config->files[i]);
		while (next_of(&reader, MODULES_DIRECTIVE_OPTIONS, name,
			       &rest)) {
			if (writer_len(writer) > 0)
				text_put(writer, " ");
			put_blanks(rest, writer);
		}
	}
}

void modules_config_aliases(struct modules_config_aliases *aliases,
			    const struct modules_config *config,
			    struct span text)
{
	aliases->config = config;
	aliases->text = text;
	aliases->n_begun = 0;
	reader_init(&aliases->file, NULL, 0);
}

bool modules_config_next_alias(struct modules_config_aliases *aliases,
			       struct span *ret_module)
{
	struct span rest;

	while (!next_of(&aliases->file, MODULES_DIRECTIVE_ALIAS, aliases->text,
			&rest)) {
		if (aliases->n_begun == aliases->config->n_files)
			return false;
		reader_from_span(&aliases->file,
				 aliases->config->files[aliases->n_begun++]);
	}
	*ret_module = first_word(rest);
	return true;
}
