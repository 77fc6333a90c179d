/* dhcp/name.c: names in options 119 and 81. Row D42. */
#include "test_dhcp_server.h"

#include <errno.h>

#include "dhcp/name.h"

static char text[DHCP_NAME_TEXT_MAX + 1];
static size_t next;

static int read_at(struct span list, size_t offset, bool lone)
{
	struct span copy = on_heap(list);
	struct writer writer;
	int r;

	memset(text, 0, sizeof(text));
	next = 9999;
	writer_init(&writer, text, DHCP_NAME_TEXT_MAX);
	r = dhcp_name_read(copy, offset, lone, &writer, &next);
	assert_false(r == 0 && writer_failed(&writer));
	free_span(copy);
	return r;
}

static void good(struct span list, size_t offset, const char *expected,
		 size_t end)
{
	assert_int_equal(read_at(list, offset, false), 0);
	assert_string_equal(text, expected);
	assert_int_equal(next, end);
}

static void bad(struct span list, size_t offset)
{
	assert_int_equal(read_at(list, offset, false), -EBADMSG);
	assert_int_equal(next, 9999);
}

static void test_names_with_and_without_pointers(void **state UNUSED)
{
	/* eng.apple.com, marketing.apple.com: as in RFC 3397 §2 */
	const struct span list = BYTES(3, 'e', 'n', 'g', 5, 'a', 'p', 'p', 'l',
				       'e', 3, 'c', 'o', 'm', 0, 9, 'm', 'a',
				       'r', 'k', 'e', 't', 'i', 'n', 'g', 0xc0,
				       4, 0xc0, 15, 0);

	good(list, 0, "eng.apple.com", 15);
	good(list, 15, "marketing.apple.com", 27);
	good(list, 27, "marketing.apple.com", 29); /* over two */
	good(list, 29, "", 30);			   /* the root */
	good(list, 4, "apple.com", 15);
	bad(list, 30); /* the end */
	bad(list, 31);
}

static void test_d42_pointers_go_backwards(void **state UNUSED)
{
	bad(BYTES(0xc0, 0), 0);			 /* to itself */
	bad(BYTES(0xc0, 2, 1, 'a', 0), 0);	 /* forwards */
	bad(BYTES(1, 'a', 0xc0, 0), 0);		 /* a loop with a label */
	bad(BYTES(0xc0, 2, 0xc0, 0), 2);	 /* of two */
	bad(BYTES(1, 'a', 0xc0, 0, 0xc0, 0), 4); /* further back, then */
	bad(BYTES(1, 'a', 0, 0xc0, 0xff), 3);	 /* past the end */
	bad(BYTES(1, 'a', 0, 0xc0), 3);		 /* half of one */
	bad(BYTES(1, 'a', 0, 0xff, 0xff), 3);
	/* Back, and from there to something that was not read yet. */
	bad(BYTES(0xc0, 2, 1, 'a', 0, 0xc0, 0), 5);
	good(BYTES(1, 'a', 0, 0xc0, 0), 3, "a", 5);
}

static void test_d42_cut_and_forbidden_labels(void **state UNUSED)
{
	const struct span list = BYTES(3, 'e', 'n', 'g', 2, 'd', 'e', 0);

	for (size_t len = 0; len < list.len; len++)
		bad((struct span){ list.data, len }, 0);
	good(list, 0, "eng.de", 8);
	/* Neither are they long labels. */
	for (unsigned int type = 0x40; type <= 0xbf; type++) {
		uint8_t label[256] = { (uint8_t)type };

		memset(label + 1, 'a', type);
		bad((struct span){ label, sizeof(label) }, 0);
	}
}

static void test_other_characters(void **state UNUSED)
{
	good(BYTES(5, 'a', '.', '\'', 0, '\n', 4, 'A', 'Z', 'z', '@', 6, '0',
		   '9', '-', '_', ':', '/', 0),
	     0, "a????.AZz?.09-_??", 19);
	good(BYTES(3, 0xc3, 0xa9, 0x7f, 0), 0, "???", 5);
	good(BYTES(3, '[', '`', '{', 0), 0, "???", 5);
}

static void test_longest(void **state UNUSED)
{
	uint8_t list[300];
	struct writer writer;

	/* 3 * 64 + 62 + 1 = 255 */
	for (unsigned int last = 61; last <= 62; last++) {
		writer_init(&writer, list, sizeof(list));
		for (unsigned int i = 0; i < 3; i++) {
			writer_u8(&writer, 63);
			writer_fill(&writer, 'l', 63);
		}
		writer_u8(&writer, (uint8_t)last);
		writer_fill(&writer, 'l', last);
		assert_int_equal(read_at(writer_span(&writer), 0, true),
				 last == 61 ? 0 : -EBADMSG);
		writer_u8(&writer, 0);
		assert_int_equal(read_at(writer_span(&writer), 0, false),
				 last == 61 ? 0 : -EBADMSG);
		if (last == 61)
			assert_int_equal(strlen(text), 253);
	}
}

static void test_d42_too_many_pointers(void **state UNUSED)
{
	uint8_t list[600] = { 0 };

	/* Each to the one before it; the last but one is 127 from the root. */
	for (size_t i = 2; i + 1 < sizeof(list); i += 2) {
		list[i] = (uint8_t)(0xc0 | (i - 2) >> 8);
		list[i + 1] = (uint8_t)(i - 2);
	}
	good((struct span){ list, sizeof(list) }, 2 * 127, "", 2 * 127 + 2);
	bad((struct span){ list, sizeof(list) }, 2 * 128);
}

static void test_lone_names(void **state UNUSED)
{
	/* Partial and whole ones, RFC 4702 §2.3.1; never compressed. */
	assert_int_equal(read_at(BYTES(3, 'f', 'o', 'o'), 0, true), 0);
	assert_string_equal(text, "foo");
	assert_int_equal(next, 4);
	assert_int_equal(read_at(BYTES(3, 'f', 'o', 'o', 0, 7), 0, true), 0);
	assert_string_equal(text, "foo");
	assert_int_equal(next, 5);
	assert_int_equal(read_at(BYTES(1, 'f', 0xc0, 0), 0, true), -EBADMSG);
	assert_int_equal(read_at(BYTES(1, 'f', 0, 0xc0, 0), 3, true), -EBADMSG);
	assert_int_equal(read_at(BYTES(1, 'f', 2, 'x'), 0, true), -EBADMSG);
	assert_int_equal(read_at((struct span){ NULL, 0 }, 0, true), 0);
	assert_string_equal(text, "");
}

static void test_where_it_ends_need_not_be_asked(void **state UNUSED)
{
	uint8_t buffer[8];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	assert_int_equal(
		dhcp_name_read(BYTES(1, 'a', 0), 0, false, &writer, NULL), 0);
	assert_int_equal(writer_len(&writer), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_with_and_without_pointers),
		cmocka_unit_test(test_d42_pointers_go_backwards),
		cmocka_unit_test(test_d42_cut_and_forbidden_labels),
		cmocka_unit_test(test_other_characters),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_d42_too_many_pointers),
		cmocka_unit_test(test_lone_names),
		cmocka_unit_test(test_where_it_ends_need_not_be_asked),
	};

	return cmocka_run_group_tests_name("dhcp_name", tests, NULL, NULL);
}
