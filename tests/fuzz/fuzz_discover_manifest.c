/*
 * discover/manifest.c: the input is the length of the pieces and a manifest.
 * It means the same in pieces as at once; and what is taken, the reader of
 * base/json.c takes too, where it can: it knows no fractions, and less depth.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "discover/manifest.h"

static int read_pieces(struct manifest *manifest, struct span rest, size_t step)
{
	manifest_init(manifest);
	while (rest.len > 0) {
		struct span piece = rest;

		if (piece.len > step)
			piece.len = step;
		(void)manifest_read(manifest, piece);
		rest = span_skip(rest, piece.len);
	}
	return manifest_end(manifest);
}

static bool is_json(struct span text)
{
	struct json_token token = { .type = JSON_NULL };
	struct json_reader reader;

	json_reader_init(&reader, text);
	while (token.type != JSON_END) {
		if (json_next(&reader, &token) < 0)
			return false;
	}
	return true;
}

/* Texts that both readers understand: outside of strings no number but a
 * short integer, and not too deep. */
static bool is_comparable(struct span text)
{
	unsigned int n_open = 0, n_digits = 0;
	bool is_string = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];

		if (is_string && byte == '\\')
			i++;
		else if (byte == '"')
			is_string = !is_string;
		if (is_string)
			continue;
		if (byte == '[' || byte == '{')
			n_open++;
		if (byte == '.' || (n_digits > 0 && (byte | 0x20) == 'e'))
			return false;
		n_digits = byte >= '0' && byte <= '9' ? n_digits + 1 : 0;
		if (n_digits > 18)
			return false;
	}
	return n_open <= JSON_DEPTH_MAX;
}

static void check_word(const char *word)
{
	if (!memchr(word, '\0', MANIFEST_WORD_MAX))
		abort();
	for (; *word; word++) {
		if (*word < 0x20 || *word > 0x7e)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest whole, pieces;
	struct reader reader;
	struct span text;
	size_t step;
	int r;

	reader_init(&reader, data, size);
	step = 1u + reader_u8(&reader);
	text = reader_rest(&reader);
	r = read_pieces(&whole, text, SIZE_MAX);
	if (read_pieces(&pieces, text, step) != r ||
	    whole.is_signed != pieces.is_signed || whole.form != pieces.form ||
	    strcmp(whole.version, pieces.version) != 0 ||
	    strcmp(whole.arch, pieces.arch) != 0 ||
	    strcmp(whole.channel, pieces.channel) != 0)
		abort();
	check_word(whole.version);
	check_word(whole.arch);
	check_word(whole.channel);
	if (is_comparable(text) && r == 0 && !is_json(text))
		abort();
	/* The other way round: what is JSON and an object has been read to its
	 * end, unless a key was there twice. */
	if (is_json(text) && whole.state != MANIFEST_WHOLE &&
	    whole.state != MANIFEST_REFUSED)
		abort();
	return 0;
}
