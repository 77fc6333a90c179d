/* See window.h. */
#include "init/window.h"

#include <errno.h>

#include "base/text.h"

static int parse_number(struct span digits, unsigned int *ret_number)
{
	uint64_t value;

	if (text_parse_u64(digits, WINDOW_MAX, &value) < 0 || value == 0)
		return -EBADMSG;
	*ret_number = (unsigned int)value;
	return 0;
}

int window_parse(struct span text, struct window *ret_window)
{
	struct window window;
	struct reader reader;

	reader_from_span(&reader, text);
	if (parse_number(reader_until(&reader, 'x'), &window.columns) < 0 ||
	    parse_number(reader_rest(&reader), &window.rows) < 0)
		return -EBADMSG;
	*ret_window = window;
	return 0;
}

/* The answer at the start of TEXT, or -EBADMSG. */
static int parse_answer(struct span text, struct window *ret_window,
			size_t *ret_len)
{
	struct window window;
	struct reader reader, numbers;
	struct span inside;

	if (!span_starts(text, "\033["))
		return -EBADMSG;
	reader_from_span(&reader, span_skip(text, 2));
	inside = reader_until(&reader, 'R');
	if (inside.len + 3 > text.len)
		return -EBADMSG; /* no R yet */
	reader_from_span(&numbers, inside);
	if (parse_number(reader_until(&numbers, ';'), &window.rows) < 0 ||
	    parse_number(reader_rest(&numbers), &window.columns) < 0)
		return -EBADMSG;
	*ret_window = window;
	*ret_len = inside.len + 3;
	return 0;
}

int window_find_answer(struct span text, struct window *ret_window,
		       struct span *ret_answer)
{
	for (size_t i = 0; i < text.len; i++) {
		struct span rest = span_skip(text, i);
		size_t len;

		if (parse_answer(rest, ret_window, &len) < 0)
			continue;
		*ret_answer = (struct span){ rest.data, len };
		return 0;
	}
	return -ENOENT;
}
