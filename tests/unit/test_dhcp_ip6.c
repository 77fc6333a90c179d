/* dhcp/ip6.c: what addresses and names are possible. */
#include "test_dhcp6.h"

static void test_addresses(void **state UNUSED)
{
	static const struct {
		struct dhcp_ip6 address;
		bool link_local, host, peer;
	} cases[] = {
		{ { { 0 } }, false, false, false },
		{ { { [15] = 1 } }, false, false, false },
		{ { { [10] = 0xff, 0xff, 10, 0, 2, 2 } }, false, false, false },
		{ { { [12] = 10, 0, 2, 2 } }, false, false, false },
		{ { { 0xff, 2, [15] = 1 } }, false, false, false },
		{ { { 0xfe, 0x80, [15] = 1 } }, true, false, true },
		{ { { 0xfe, 0xbf, [15] = 1 } }, true, false, true },
		{ { { 0xfe, 0xc0, [15] = 3 } }, false, true, true },
		{ { { 0xfd, [15] = 3 } }, false, true, true },
		{ { { 0x20, 1, 0xd, 0xb8 } }, false, true, true },
		{ { { 0, 0x64, 0xff, 0x9b, [12] = 8, 8, 8, 8 } },
		  false,
		  true,
		  true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(dhcp_ip6_is_link_local(&cases[i].address),
				 cases[i].link_local);
		assert_int_equal(dhcp_ip6_is_host(&cases[i].address),
				 cases[i].host);
		assert_int_equal(dhcp_ip6_is_peer(&cases[i].address),
				 cases[i].peer);
	}
}

static void test_address_read(void **state UNUSED)
{
	struct span bytes = on_heap(
		BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
	struct dhcp_ip6 address;
	struct reader reader;

	reader_from_span(&reader, bytes);
	address = dhcp_ip6_read(&reader);
	assert_memory_equal(address.bytes, bytes.data, 16);
	assert_false(reader_failed(&reader));
	reader_init(&reader, bytes.data, 15);
	address = dhcp_ip6_read(&reader);
	assert_true(reader_failed(&reader));
	assert_int_equal(address.bytes[0], 0);
	free_span(bytes);
}

/* D42: names out of the network. EXPECTED is NULL where the reader fails. */
static void check_name(struct span wire, const char *expected, bool expect_bad)
{
	struct span copy = on_heap(wire);
	char name[DHCP_LEASE_NAME_MAX];
	struct reader reader;
	bool bad = false;

	memset(name, 'x', sizeof(name));
	reader_from_span(&reader, copy);
	dhcp_name6_read(&reader, name, &bad);
	assert_int_equal(reader_failed(&reader), expected == NULL);
	if (expected) {
		assert_int_equal(bad, expect_bad);
		assert_int_equal(reader_left(&reader), 0);
	}
	assert_string_equal(name, expected ? expected : "");
	/* Nothing of ours goes along to another process. */
	for (size_t i = strlen(name); i < sizeof(name); i++)
		assert_int_equal(name[i], 0);
	free_span(copy);
}

static void test_d42_names(void **state UNUSED)
{
	uint8_t longest[255], *pos = longest;
	char text[DHCP_LEASE_NAME_MAX];

	check_name(BYTES(0), "", false);
	check_name(BYTES(1, 'a', 2, 'B', '9', 0), "a.B9", false);
	check_name(BYTES(3, 'a', '-', '_', 0), "a-_", false);
	check_name(BYTES(2, '-', 'a', 0), "", true);
	check_name(BYTES(2, 'a', '.', 1, 'b', 0), "", true);
	check_name(BYTES(2, 'a', ' ', 0), "", true);
	check_name(BYTES(2, 'a', '\n', 0), "", true);
	check_name(BYTES(2, 'a', 0, 0), "", true);
	check_name(BYTES(2, 'a', '\'', 0), "", true);
	check_name(BYTES(2, 'a', 0xc3, 0), "", true);
	/* Cut, and a compression pointer, a loop even. */
	check_name(BYTES(1, 'a'), NULL, false);
	check_name(BYTES(5, 'a'), NULL, false);
	check_name(BYTES(0xc0, 0), NULL, false);
	check_name(BYTES(64, 'a', 0), NULL, false);

	/* 253 characters: 63.63.63.61 */
	for (unsigned int i = 0; i < 4; i++) {
		uint8_t len = i < 3 ? 63 : 61;

		*pos++ = len;
		memset(pos, 'a' + (int)i, len);
		pos += len;
	}
	*pos = 0;
	memset(text, 0, sizeof(text));
	for (unsigned int i = 0; i < 253; i++)
		text[i] = i % 64 == 63 ? '.' : (char)('a' + i / 64);
	check_name((struct span){ longest, 255 }, text, false);
}

static void test_d42_name_too_long(void **state UNUSED)
{
	uint8_t wire[5 * 64 + 1];

	for (unsigned int i = 0; i < 5; i++) {
		wire[i * 64] = 63;
		memset(wire + i * 64 + 1, 'a', 63);
	}
	wire[5 * 64] = 0;
	check_name((struct span){ wire, sizeof(wire) }, "", true);
}

static void test_lists(void **state UNUSED)
{
	static const struct {
		const char *list;
		bool good;
	} cases[] = {
		{ "", true },	   { "a", true },   { "a.b-c_d Z9", true },
		{ " a", false },   { "a ", false }, { "a  b", false },
		{ "a -b", false }, { "-b", false }, { "a\nb", false },
		{ "a'b", false },  { ".", false },  { "a b c", true },
		{ "a\tb", false },
	};
	char list[DHCP_LEASE_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(list, 0, sizeof(list));
		strcpy(list, cases[i].list);
		assert_int_equal(dhcp_name6_is_list(list), cases[i].good);
	}
	memset(list, 'a', sizeof(list));
	assert_false(dhcp_name6_is_list(list));
	list[sizeof(list) - 1] = '\0';
	assert_true(dhcp_name6_is_list(list));
}

static void test_control(void **state UNUSED)
{
	assert_false(dhcp_text6_has_control(span_of("http://[::1]/ \"'")));
	assert_false(dhcp_text6_has_control(span_of("")));
	assert_true(dhcp_text6_has_control(span_of("a\nb")));
	assert_true(dhcp_text6_has_control(span_of("a\x7f")));
	assert_true(dhcp_text6_has_control(BYTES('a', 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_address_read),
		cmocka_unit_test(test_d42_names),
		cmocka_unit_test(test_d42_name_too_long),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_control),
	};

	return cmocka_run_group_tests_name("dhcp_ip6", tests, NULL, NULL);
}
