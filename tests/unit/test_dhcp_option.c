/* dhcp/option.c: rows D11 to D13 of the fault list. */
#include "test_dhcp_server.h"

#include <errno.h>

#include "dhcp/option.h"

#define END 0xff

static struct dhcp_options options;
static struct dhcp_counters counters;

static const struct span none = { NULL, 0 };

static int parse3(struct span field, struct span file, struct span sname)
{
	struct span field_copy = on_heap(field), file_copy = on_heap(file),
		    sname_copy = on_heap(sname);
	int r;

	memset(&counters, 0, sizeof(counters));
	r = dhcp_options_parse(field_copy, file_copy, sname_copy, &counters,
			       &options);
	/* The table needs the packet no longer. */
	free_span(field_copy);
	free_span(file_copy);
	free_span(sname_copy);
	return r;
}

static void parse(struct span field)
{
	assert_int_equal(parse3(field, none, none), 0);
}

static void assert_value(uint8_t code, const char *expected)
{
	assert_true(dhcp_options_has(&options, code));
	assert_true(span_is(dhcp_options_get(&options, code), expected));
}

static void assert_absent(uint8_t code)
{
	uint32_t u32;
	struct reader list;
	struct span text;

	assert_false(dhcp_options_has(&options, code));
	assert_int_equal(dhcp_options_get(&options, code).len, 0);
	assert_int_equal(dhcp_options_get_u32(&options, code, &u32), -ENOENT);
	assert_int_equal(dhcp_options_get_list(&options, code, &list), -ENOENT);
	assert_int_equal(dhcp_options_get_text(&options, code, &text), -ENOENT);
}

static void test_pads_and_end(void **state UNUSED)
{
	parse(BYTES(0, 0, 12, 1, 'a', 0, 15, 2, 'b', 'c', END, 66, 1, 'd'));
	assert_value(12, "a");
	assert_value(15, "bc");
	assert_absent(66);
	assert_absent(0);
	assert_absent(END);
	parse(none);
	for (unsigned int code = 0; code < 256; code++)
		assert_absent((uint8_t)code);
}

static void test_every_code_has_its_place(void **state UNUSED)
{
	uint8_t field[1024];
	struct writer writer;

	writer_init(&writer, field, sizeof(field));
	for (unsigned int code = 254; code > 0; code--) {
		uint8_t value = (uint8_t)(code ^ 0x5a);

		put_option(&writer, (uint8_t)code, (struct span){ &value, 1 });
	}
	parse(writer_span(&writer));
	for (unsigned int code = 1; code < 255; code++) {
		uint8_t value = 0;

		assert_int_equal(
			dhcp_options_get_u8(&options, (uint8_t)code, &value),
			0);
		assert_int_equal(value, (uint8_t)(code ^ 0x5a));
	}
	assert_absent(0);
	assert_absent(255);
}

static void test_d11_no_end(void **state UNUSED)
{
	parse(BYTES(12, 1, 'a', 15, 1, 'b'));
	assert_value(12, "a");
	assert_value(15, "b");
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_CUT], 0);
}

static void test_d11_option_cut_short(void **state UNUSED)
{
	/* Without its last byte, all of its value, its length. */
	static const uint8_t bytes[] = { 12, 1, 'a', 15, 2, 'b', 'c' };

	for (size_t len = 4; len < sizeof(bytes); len++) {
		parse((struct span){ bytes, len });
		assert_value(12, "a");
		assert_absent(15);
		assert_int_equal(counters.n[DHCP_COUNT_OPTION_CUT], 1);
	}
	parse((struct span){ bytes, sizeof(bytes) });
	assert_value(15, "bc");
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_CUT], 0);
}

static void test_d11_length_past_the_end(void **state UNUSED)
{
	parse(BYTES(53, 1, 5, 54, 255, 10, 0, 2, 2));
	assert_true(dhcp_options_has(&options, 53));
	assert_absent(54);
	parse(BYTES(53));
	assert_absent(53);
}

static void test_d11_split_and_then_cut_is_absent(void **state UNUSED)
{
	parse(BYTES(15, 1, 'a', 12, 1, 'x', 15, 9, 'b'));
	assert_absent(15);
	assert_value(12, "x");
}

static void test_d11_cut_field_does_not_hide_the_next(void **state UNUSED)
{
	assert_int_equal(parse3(BYTES(52, 1, 1, 15, 9, 'b'),
				BYTES(12, 1, 'a', END), none),
			 0);
	assert_value(12, "a");
	assert_absent(15);
}

static const uint8_t in_file[] = { 12, 1, 'f', END };
static const uint8_t in_sname[] = { 15, 1, 's', END };

static void overload(struct span field)
{
	assert_int_equal(parse3(field,
				(struct span){ in_file, sizeof(in_file) },
				(struct span){ in_sname, sizeof(in_sname) }),
			 0);
}

static void test_d12_overload_1_2_3(void **state UNUSED)
{
	overload(BYTES(52, 1, 1, END));
	assert_value(12, "f");
	assert_absent(15);
	assert_int_equal(options.overload, 1);
	overload(BYTES(52, 1, 2, END));
	assert_absent(12);
	assert_value(15, "s");
	assert_int_equal(options.overload, 2);
	overload(BYTES(52, 1, 3, END));
	assert_value(12, "f");
	assert_value(15, "s");
	assert_int_equal(options.overload, 3);
}

static void test_d12_other_overloads_are_ignored(void **state UNUSED)
{
	const struct span fields[] = {
		BYTES(END),	      BYTES(52, 1, 0, END),
		BYTES(52, 1, 4, END), BYTES(52, 1, 255, END),
		BYTES(52, 0, END),    BYTES(52, 2, 0, 3, END),
		BYTES(52, 2, 3, 0),   BYTES(52, 1, 1, 52, 1, 2, END),
		BYTES(52, 1),	      BYTES(52, 1, 3, 52, 1),
		BYTES(END, 52, 1, 3),
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		overload(fields[i]);
		assert_int_equal(options.overload, 0);
		assert_absent(12);
		assert_absent(15);
	}
}

static void test_d12_nested_overload_is_ignored(void **state UNUSED)
{
	uint8_t value = 0;

	assert_int_equal(parse3(BYTES(52, 1, 1, END),
				BYTES(52, 1, 2, 12, 1, 'f', END),
				(struct span){ in_sname, sizeof(in_sname) }),
			 0);
	assert_int_equal(options.overload, 1);
	assert_value(12, "f");
	assert_absent(15);
	assert_int_equal(dhcp_options_get_u8(&options, 52, &value), 0);
	assert_int_equal(value, 1);
}

static void test_d13_joined_options_file_sname(void **state UNUSED)
{
	assert_int_equal(parse3(BYTES(15, 1, 'a', 12, 1, 'x', 15, 1, 'b', 52, 1,
				      3, 15, 1, 'c'),
				BYTES(15, 2, 'd', 'e', END),
				BYTES(0, 15, 1, 'f')),
			 0);
	assert_value(15, "abcdef");
	assert_value(12, "x");
}

static void test_d13_a_number_of_another_size(void **state UNUSED)
{
	uint8_t u8 = 7;
	uint16_t u16 = 7;
	uint32_t u32 = 7;

	parse(BYTES(53, 1, 5, 53, 1, 5, 26, 1, 5, 51, 4, 0, 0, 0, 9, 51, 4, 0,
		    0, 0, 9, 58, 0));
	assert_int_equal(dhcp_options_get_u8(&options, 53, &u8), -EBADMSG);
	assert_int_equal(dhcp_options_get_u16(&options, 26, &u16), -EBADMSG);
	assert_int_equal(dhcp_options_get_u32(&options, 51, &u32), -EBADMSG);
	assert_int_equal(dhcp_options_get_u32(&options, 58, &u32), -EBADMSG);
	assert_int_equal(u8 + u16 + (int)u32, 21); /* untouched */
	/* Halves of one number make a whole. */
	parse(BYTES(26, 1, 5, 26, 1, 0xdc));
	assert_int_equal(dhcp_options_get_u16(&options, 26, &u16), 0);
	assert_int_equal(u16, 1500);
}

static void test_d13_over_255_bytes(void **state UNUSED)
{
	uint8_t field[700];
	struct writer writer;
	struct span value;

	writer_init(&writer, field, sizeof(field));
	writer_u8(&writer, 121);
	writer_u8(&writer, 255);
	writer_fill(&writer, 1, 255);
	writer_u8(&writer, 121);
	writer_u8(&writer, 255);
	writer_fill(&writer, 2, 255);
	parse(writer_span(&writer));
	value = dhcp_options_get(&options, 121);
	assert_int_equal(value.len, 510);
	assert_int_equal(value.data[254], 1);
	assert_int_equal(value.data[255], 2);
	assert_int_equal(value.data[509], 2);
}

static void test_lists(void **state UNUSED)
{
	struct reader list;

	parse(BYTES(6, 8, 10, 0, 2, 3, 10, 0, 2, 4, 3, 6, 1, 2, 3, 4, 5, 6, 42,
		    0));
	assert_int_equal(dhcp_options_get_list(&options, 6, &list), 0);
	assert_int_equal(reader_be32(&list), IP(10, 0, 2, 3));
	assert_int_equal(reader_be32(&list), IP(10, 0, 2, 4));
	assert_int_equal(reader_left(&list), 0);
	assert_int_equal(dhcp_options_get_list(&options, 3, &list), -EBADMSG);
	assert_int_equal(dhcp_options_get_list(&options, 42, &list), -EBADMSG);
}

static void test_texts_and_their_zeroes(void **state UNUSED)
{
	struct span text;

	parse(BYTES(12, 3, 'a', 0, 0, 15, 3, 'a', 0, 'b', 66, 2, 0, 0, 67, 0));
	assert_int_equal(dhcp_options_get_text(&options, 12, &text), 0);
	assert_true(span_is(text, "a"));
	assert_int_equal(dhcp_options_get_text(&options, 15, &text), -EBADMSG);
	assert_int_equal(dhcp_options_get_text(&options, 66, &text), -EBADMSG);
	assert_int_equal(dhcp_options_get_text(&options, 67, &text), -EBADMSG);
}

static void test_over_the_capacity(void **state UNUSED)
{
	uint8_t field[DHCP_OPTIONS_SIZE + 1] = { 0 };
	uint8_t most[DHCP_OPTIONS_SIZE];
	struct writer writer;

	assert_int_equal(
		parse3((struct span){ field, sizeof(field) }, none, none),
		-EMSGSIZE);
	assert_int_equal(
		parse3(none, (struct span){ field, sizeof(field) }, none),
		-EMSGSIZE);
	/* Three full fields are more than one table holds. */
	writer_init(&writer, most, sizeof(most));
	put_option(&writer, 52, BYTES(3));
	while (writer_room(&writer) >= 257) {
		writer_u8(&writer, 43);
		writer_u8(&writer, 255);
		writer_fill(&writer, 1, 255);
	}
	assert_int_equal(parse3(writer_span(&writer), none, none), 0);
	assert_int_equal(parse3(writer_span(&writer), writer_span(&writer),
				writer_span(&writer)),
			 -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pads_and_end),
		cmocka_unit_test(test_every_code_has_its_place),
		cmocka_unit_test(test_d11_no_end),
		cmocka_unit_test(test_d11_option_cut_short),
		cmocka_unit_test(test_d11_length_past_the_end),
		cmocka_unit_test(test_d11_split_and_then_cut_is_absent),
		cmocka_unit_test(test_d11_cut_field_does_not_hide_the_next),
		cmocka_unit_test(test_d12_overload_1_2_3),
		cmocka_unit_test(test_d12_other_overloads_are_ignored),
		cmocka_unit_test(test_d12_nested_overload_is_ignored),
		cmocka_unit_test(test_d13_joined_options_file_sname),
		cmocka_unit_test(test_d13_a_number_of_another_size),
		cmocka_unit_test(test_d13_over_255_bytes),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_texts_and_their_zeroes),
		cmocka_unit_test(test_over_the_capacity),
	};

	return cmocka_run_group_tests_name("dhcp_option", tests, NULL, NULL);
}
