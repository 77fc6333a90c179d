/* base/cmdline.c: the input is a command line. Its words lie in it, one
 * behind the other, and each read as a line of its own says the same. */
#include <stdlib.h>

#include "base/cmdline.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(struct span part, const uint8_t *from,
			 const uint8_t *to)
{
	if (part.len > 0)
		check(part.data >= from && part.data <= to &&
		      part.len <= (size_t)(to - part.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cmdline_word word, alone;
	struct reader reader;
	const uint8_t *start;

	reader_init(&reader, data, size);
	start = reader.pos;
	while (cmdline_next(&reader, &word)) {
		struct reader again;

		check(!reader_failed(&reader) && reader.pos > start);
		check_inside(word.name, start, reader.pos);
		check_inside(word.value, start, reader.pos);
		if (word.has_value) {
			check(word.name.len > 0);
			check(word.name.data[word.name.len] == '=');
			if (word.value.len > 0)
				check(word.value.data >
				      word.name.data + word.name.len);
		} else {
			check(word.value.len == 0 && !span_is(word.name, "--"));
		}
		reader_init(&again, start, (size_t)(reader.pos - start));
		check(cmdline_next(&again, &alone));
		check(reader_left(&again) == 0);
		check(span_equal(word.name, alone.name) &&
		      span_equal(word.value, alone.value) &&
		      word.has_value == alone.has_value);
		start = reader.pos;
	}
	check(!reader_failed(&reader));
	return 0;
}
