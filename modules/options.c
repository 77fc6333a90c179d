/* See options.h. */
#include "modules/options.h"

#include <string.h>

#include "base/cmdline.h"
#include "base/text.h"
#include "modules/index.h"

bool modules_options_forbid(struct span cmdline, struct span name)
{
	struct cmdline_word word;
	struct reader reader;

	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		struct reader names;

		if (!span_is(word.name, "modprobe.blacklist") &&
		    !span_is(word.name, "module_blacklist") &&
		    !span_is(word.name, "rd.driver.blacklist"))
			continue;
		reader_from_span(&names, word.value);
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
		if (cmdline_is_space(value.data[i]))
			/* Quotes inside hold it together already. */
			return !memchr(value.data, '"', value.len);
	}
	return false;
}

void modules_options_put(struct span cmdline, struct span name,
			 struct writer *writer)
{
	struct cmdline_word word;
	struct reader reader;

	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		struct reader parts;
		struct span module, parameter;

		reader_from_span(&parts, word.name);
		module = reader_until(&parts, '.');
		parameter = reader_rest(&parts);
		if (parameter.len == 0 || !modules_name_equal(module, name))
			continue;
		if (writer_len(writer) > 0)
			text_put(writer, " ");
		writer_put(writer, parameter);
		if (!word.has_value)
			continue;
		text_put(writer, needs_quotes(word.value) ? "=\"" : "=");
		writer_put(writer, word.value);
		if (needs_quotes(word.value))
			text_put(writer, "\"");
	}
}

void modules_options_wanted(struct modules_wanted *wanted, struct span cmdline)
{
	reader_from_span(&wanted->words, cmdline);
	reader_init(&wanted->names, NULL, 0);
}

bool modules_options_next_wanted(struct modules_wanted *wanted,
				 struct span *ret_name)
{
	struct cmdline_word word;

	for (;;) {
		while (reader_left(&wanted->names) > 0) {
			*ret_name = reader_until(&wanted->names, ',');
			if (ret_name->len > 0)
				return true;
		}
		if (!cmdline_next(&wanted->words, &word))
			return false;
		if (span_is(word.name, "phase.modules") ||
		    span_is(word.name, "rd.driver.pre"))
			reader_from_span(&wanted->names, word.value);
	}
}
