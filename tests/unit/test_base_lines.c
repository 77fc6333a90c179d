/* base/lines.c: a stream cut into lines, however it is cut into reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/lines.h"
#include "base/record.h"

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* As one read() does: at most what there is room for. */
static size_t feed(struct lines *lines, const char *data, size_t len)
{
	size_t room;
	void *place = lines_place(lines, &room);

	assert_true(room > 0);
	if (len > room)
		len = room;
	memcpy(place, data, len);
	lines_filled(lines, len);
	return len;
}

static void expect(struct lines *lines, const char *wanted)
{
	struct span line;

	assert_true(lines_next(lines, &line));
	assert_true(span_is(line, wanted));
}

static void expect_none(struct lines *lines)
{
	struct span line = { NULL, 77 };

	assert_false(lines_next(lines, &line));
	assert_int_equal(line.len, 77);
}

static struct lines *new_lines(void)
{
	struct lines *lines = malloc(sizeof(*lines));

	assert_non_null(lines);
	memset(lines, 0xee, sizeof(*lines));
	lines_init(lines);
	return lines;
}

static void test_lines(void **state)
{
	struct lines *lines = new_lines();

	(void)state;
	expect_none(lines);
	feed(lines, "one\n\ntwo\nth", 11);
	expect(lines, "one");
	expect(lines, "");
	expect(lines, "two");
	expect_none(lines);
	expect_none(lines);
	feed(lines, "", 0);
	expect_none(lines);
	feed(lines, "ree", 3);
	expect_none(lines);
	feed(lines, "\n", 1);
	expect(lines, "three");
	expect_none(lines);
	assert_int_equal(lines->n_dropped, 0);
	free(lines);
}

static void test_bytes_between_lines_calls(void **state)
{
	struct lines *lines = new_lines();

	(void)state;
	/* More comes before the lines that are there have been taken. */
	feed(lines, "a\nb\nc", 5);
	expect(lines, "a");
	feed(lines, "d\n\0\n", 4);
	expect(lines, "b");
	expect(lines, "cd");
	{
		struct span line;

		assert_true(lines_next(lines, &line));
		assert_int_equal(line.len, 1);
		assert_int_equal(line.data[0], 0);
	}
	expect_none(lines);
	free(lines);
}

/* The longest line, and one byte more, in one piece and byte by byte. */
static void test_p19_longest_line(void **state)
{
	(void)state;
	for (size_t len = LINES_SIZE - 2; len <= LINES_SIZE + 2; len++) {
		for (size_t piece = 1; piece <= len + 1; piece += len) {
			struct lines *lines = new_lines();
			char *text = malloc(len + 1);
			struct span line;
			bool seen = false;

			assert_non_null(text);
			memset(text, 'x', len);
			text[len] = '\n';
			for (size_t at = 0; at < len + 1;) {
				size_t n = len + 1 - at;

				at += feed(lines, text + at,
					   n < piece ? n : piece);
				if (lines_next(lines, &line)) {
					assert_int_equal(line.len, len);
					seen = true;
					expect_none(lines);
				}
			}
			assert_int_equal(seen, len < LINES_SIZE);
			assert_int_equal(lines->n_dropped, !seen);
			feed(lines, "next\n", 5);
			expect(lines, "next");
			expect_none(lines);
			free(text);
			free(lines);
		}
	}
	/* A record of the greatest length is such a line. */
	assert_int_equal(LINES_SIZE, RECORD_LINE_MAX + 1);
}

static void test_p19_endless_line(void **state)
{
	struct lines *lines = new_lines();
	char junk[4096];

	(void)state;
	memset(junk, 'x', sizeof(junk));
	for (unsigned int i = 0; i < 25600; i++) { /* 100 MiB */
		size_t n = feed(lines, junk, sizeof(junk));

		expect_none(lines);
		while (n < sizeof(junk)) {
			n += feed(lines, junk, sizeof(junk) - n);
			expect_none(lines);
		}
	}
	assert_int_equal(lines->n_dropped, 1);
	feed(lines, "\nok\n", 4);
	expect(lines, "ok");
	assert_int_equal(lines->n_dropped, 1);
	free(lines);
}

/* Any stream in any pieces gives the lines that the whole has. */
static void test_p11_pieces_change_nothing(void **state)
{
	static char stream[64 * 1024];
	uint64_t seed = 3;

	(void)state;
	for (unsigned int round = 0; round < 40; round++) {
		struct lines *lines = new_lines();
		size_t at = 0, done = 0;
		unsigned long n_dropped = 0;
		struct span line;

		/* Lines of about 1, 16, 256, 2048 and 4096 bytes. */
		for (size_t i = 0; i < sizeof(stream); i++) {
			static const uint64_t lens[] = { 2, 16, 256, 2048,
							 4096 };
			uint64_t len = lens[(i / 8192 + round) % 5];

			stream[i] = next_random(&seed) % len == 0 ? '\n' : 'x';
		}
		stream[sizeof(stream) - 1] = '\n';
		while (at < sizeof(stream)) {
			size_t n = 1 + next_random(&seed) % 3000;

			if (n > sizeof(stream) - at)
				n = sizeof(stream) - at;
			at += feed(lines, stream + at, n);
			while (lines_next(lines, &line)) {
				size_t len;

				for (;;) {
					len = (size_t)((char *)memchr(
							       stream + done,
							       '\n',
							       sizeof(stream) -
								       done) -
						       (stream + done));
					if (len < LINES_SIZE)
						break;
					done += len + 1;
					n_dropped++;
				}
				assert_int_equal(line.len, len);
				assert_memory_equal(line.data, stream + done,
						    len);
				done += len + 1;
			}
		}
		/* What is left was too long as well. */
		while (done < sizeof(stream)) {
			size_t len =
				(size_t)((char *)memchr(stream + done, '\n',
							sizeof(stream) - done) -
					 (stream + done));

			assert_true(len >= LINES_SIZE);
			done += len + 1;
			n_dropped++;
		}
		assert_int_equal(lines->n_dropped, n_dropped);
		free(lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bytes_between_lines_calls),
		cmocka_unit_test(test_p19_longest_line),
		cmocka_unit_test(test_p19_endless_line),
		cmocka_unit_test(test_p11_pieces_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
