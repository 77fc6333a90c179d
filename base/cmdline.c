/* See cmdline.h. */
#include "base/cmdline.h"

bool cmdline_is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0;
}

/* SPAN without its last byte when that is a quote. */
static struct span drop_quote(struct span span)
{
	if (span.len > 0 && span.data[span.len - 1] == '"')
		span.len--;
	return span;
}

/* How long the word at the start of TEXT is, and where its '=' is. The kernel
 * takes a '=' in the first place for part of the name. */
static size_t measure(struct span text, bool in_quote, size_t *ret_equals)
{
	size_t equals = 0, i;

	for (i = 0; i < text.len; i++) {
		if (cmdline_is_space(text.data[i]) && !in_quote)
			break;
		if (equals == 0 && text.data[i] == '=')
			equals = i;
		if (text.data[i] == '"')
			in_quote = !in_quote;
	}
	*ret_equals = equals;
	return i;
}

bool cmdline_next(struct reader *reader, struct cmdline_word *ret_word)
{
	struct cmdline_word word = { .has_value = false };
	struct span text, whole;
	bool quoted, value_quoted;
	size_t equals, len;

	while (reader_left(reader) > 0 && cmdline_is_space(*reader->pos))
		reader_skip(reader, 1);
	if (reader_left(reader) == 0)
		return false;
	quoted = *reader->pos == '"';
	if (quoted)
		reader_skip(reader, 1);
	text = (struct span){ reader->pos, reader_left(reader) };
	len = measure(text, quoted, &equals);
	whole = reader_span(reader, len);
	/* One quote may end both the word and its value, and only one is
	 * dropped. */
	value_quoted = equals > 0 &&
		       span_starts(span_skip(whole, equals + 1), "\"");
	if (quoted || value_quoted)
		whole = drop_quote(whole);
	if (equals == 0 && span_is(whole, "--"))
		return false;
	word.name = whole;
	if (equals > 0) {
		word.has_value = true;
		word.name.len = equals;
		word.value = span_skip(whole, equals + 1);
		if (value_quoted)
			word.value = span_skip(word.value, 1);
	}
	*ret_word = word;
	return true;
}
