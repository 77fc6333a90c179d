/* See lines.h. */
#include "base/lines.h"

#include <assert.h>
#include <string.h>

void lines_init(struct lines *lines)
{
	lines->start = 0;
	lines->len = 0;
	lines->skipping = false;
	lines->n_dropped = 0;
}

void *lines_place(struct lines *lines, size_t *ret_room)
{
	*ret_room = sizeof(lines->buffer) - lines->len;
	return lines->buffer + lines->len;
}

void lines_filled(struct lines *lines, size_t count)
{
	assert(count <= sizeof(lines->buffer) - lines->len);
	lines->len += count;
}

bool lines_next(struct lines *lines, struct span *ret_line)
{
	for (;;) {
		uint8_t *first = lines->buffer + lines->start;
		size_t left = lines->len - lines->start;
		uint8_t *newline = left > 0 ? memchr(first, '\n', left) : NULL;
		bool skipped = lines->skipping;

		if (!newline)
			break;
		lines->start += (size_t)(newline - first) + 1;
		lines->skipping = false;
		if (skipped)
			continue;
		*ret_line = (struct span){ first, (size_t)(newline - first) };
		return true;
	}
	lines->len -= lines->start;
	memmove(lines->buffer, lines->buffer + lines->start, lines->len);
	lines->start = 0;
	if (lines->skipping) {
		lines->len = 0;
	} else if (lines->len == sizeof(lines->buffer)) {
		lines->len = 0;
		lines->skipping = true;
		lines->n_dropped++;
	}
	return false;
}
