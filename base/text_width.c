/*
 * See text.h. How many columns characters take: Unicode Standard Annex #11
 * (East Asian width), and what terminals make of it.
 */
#include "base/text.h"

#define ELLIPSIS 0x2026

struct range {
	uint32_t first, last;
};

/*
 * Two columns: East_Asian_Width is W or F. Emoji are taken together with what
 * stands among them, so some are counted as wider than they are: a table is
 * then narrower than the terminal, never wider.
 */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },
	{ 0x23e9, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },
	{ 0x2630, 0x2637 },   { 0x2648, 0x2653 },   { 0x267f, 0x27bf },
	{ 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b55 },   { 0x2e80, 0x303e },
	{ 0x3041, 0xa4c6 },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },
	{ 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x1b2fb },
	{ 0x1d300, 0x1d376 }, { 0x1f000, 0x1faff }, { 0x20000, 0x3fffd },
};

/* None: combining marks (Mn, Me), of scripts that are met often. */
static const struct range combining[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },	{ 0x591, 0x5bd },
	{ 0x610, 0x61a },   { 0x64b, 0x65f },	{ 0x6d6, 0x6dc },
	{ 0x941, 0x948 },   { 0x951, 0x957 },	{ 0xe34, 0xe3a },
	{ 0xe47, 0xe4e },   { 0x1ab0, 0x1ace }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20f0 }, { 0x302a, 0x302d }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

static bool is_in(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

static size_t width_of(uint32_t c)
{
	if (c < combining[0].first)
		return 1;
	if (is_in(c, combining, ARRAY_SIZE(combining)))
		return 0;
	return is_in(c, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

/* The longest beginning of TEXT that takes WIDTH columns at most. */
static struct span fit(struct span text, size_t width, size_t *ret_taken)
{
	struct span rest = text;
	size_t taken = 0;

	while (rest.len > 0) {
		uint32_t c = 0;
		size_t len = text_next_char(rest, &c);
		/* What is no UTF-8 was to be escaped before. */
		size_t more = len > 0 ? width_of(c) : 1;

		if (more > width - taken)
			break;
		taken += more;
		rest = span_skip(rest, len > 0 ? len : 1);
	}
	*ret_taken = taken;
	text.len -= rest.len;
	return text;
}

size_t text_width(struct span escaped)
{
	size_t width;

	fit(escaped, SIZE_MAX, &width);
	return width;
}

void text_put_cell(struct writer *writer, struct span escaped, size_t width)
{
	size_t have = text_width(escaped);

	writer_put(writer, escaped);
	if (have < width)
		writer_fill(writer, ' ', width - have);
	text_put(writer, "  ");
}

size_t text_put_cut(struct writer *writer, struct span escaped, size_t width)
{
	struct span head;
	size_t taken;

	head = fit(escaped, width, &taken);
	if (head.len == escaped.len || width == 0) {
		writer_put(writer, head);
		return taken;
	}
	writer_put(writer, fit(escaped, width - 1, &taken));
	text_put_char(writer, ELLIPSIS);
	return taken + 1;
}
