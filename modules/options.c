/* See options.h. */
#include "modules/options.h"

#include <string.h>

#include "base/text.h"
#include "modules/index.h"

static bool is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0;
}

/* The kernel's next_arg(): quotes hold blanks together wherever they are, and
 * go only from the start and the end of the word or of its value. */
static bool next_word(struct reader *cmdline, struct span *ret_key,
		      struct span *ret_value, bool *ret_has_value)
{
	bool quoted = false;
	struct reader reader;
	struct span word;
	size_t len = 0;

	while (reader_left(cmdline) > 0 && is_space(*cmdline->pos))
		reader_skip(cmdline, 1);
	for (; len < reader_left(cmdline); len++) {
		if (is_space(cmdline->pos[len]) && !quoted)
			break;
		if (cmdline->pos[len] == '"')
			quoted = !quoted;
	}
	word = reader_span(cmdline, len);
	if (word.len == 0 || span_is(word, "--"))
		return false;
	if (word.data[0] == '"') {
		word = span_skip(word, 1);
		if (word.len > 0 && word.data[word.len - 1] == '"')
			word.len--;
	}
	reader_from_span(&reader, word);
	*ret_key = reader_until(&reader, '=');
	*ret_has_value = ret_key->len < word.len;
	*ret_value = reader_rest(&reader);
	if (span_starts(*ret_value, "\"")) {
		*ret_value = span_skip(*ret_value, 1);
		if (ret_value->len > 0 &&
		    ret_value->data[ret_value->len - 1] == '"')
			ret_value->len--;
	}
	return true;
}

bool modules_options_forbid(struct span cmdline, struct span name)
{
	struct span key, value;
	struct reader reader;
	bool has_value;

	reader_from_span(&reader, cmdline);
	while (next_word(&reader, &key, &value, &has_value)) {
		struct reader names;

		if (!span_is(key, "modprobe.blacklist") &&
		    !span_is(key, "module_blacklist"))
			continue;
		reader_from_span(&names, value);
		while (reader_left(&names) > 0) {
			if (modules_name_equal(reader_until(&names, ','), name))
				return true;
		}
	}
	return false;
}

static bool needs_quotes(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (is_space(value.data[i]))
			/* Quotes inside hold it together already. */
			return !memchr(value.data, '"', value.len);
	}
	return false;
}

void modules_options_put(struct span cmdline, struct span name,
			 struct writer *writer)
{
	struct span key, value;
	struct reader reader;
	bool has_value;

	reader_from_span(&reader, cmdline);
	while (next_word(&reader, &key, &value, &has_value)) {
		struct reader parts;
		struct span module, parameter;

		reader_from_span(&parts, key);
		module = reader_until(&parts, '.');
		parameter = reader_rest(&parts);
		if (parameter.len == 0 || !modules_name_equal(module, name))
			continue;
		if (writer_len(writer) > 0)
			text_put(writer, " ");
		writer_put(writer, parameter);
		if (!has_value)
			continue;
		text_put(writer, needs_quotes(value) ? "=\"" : "=");
		writer_put(writer, value);
		if (needs_quotes(value))
			text_put(writer, "\"");
	}
}
