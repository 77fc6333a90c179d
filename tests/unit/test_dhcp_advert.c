/* dhcp/advert.c: router advertisements. */
#include "test_dhcp6.h"

#include <errno.h>

#include "dhcp/advert.h"

static uint8_t buffer[2048];
static struct writer packet;
static struct dhcp_counters counters;
static struct dhcp_advert advert;

static void begin(uint8_t flags)
{
	memset(&counters, 0, sizeof(counters));
	writer_init(&packet, buffer, sizeof(buffer));
	writer_put(&packet, BYTES(134, 0, 0xab, 0xcd, 64));
	writer_u8(&packet, flags);
	writer_be16(&packet, 1800);
	writer_fill(&packet, 0, 8);
}

static int read_from(const struct dhcp_ip6 *source, unsigned int hop_limit)
{
	struct span copy = on_heap(writer_span(&packet));
	int r = dhcp_advert_read(copy, source, hop_limit, &counters, &advert);

	free_span(copy);
	return r;
}

static void assert_rejected(enum dhcp_count reason)
{
	memset(&advert, 0x55, sizeof(advert));
	assert_int_equal(read_from(&ip6_router, 255), -EBADMSG);
	assert_int_equal(counters.n[reason], 1);
	assert_int_equal(advert.n_dns, 0x55555555);
}

static void put_rdnss(uint32_t lifetime_s, const struct dhcp_ip6 *address,
		      unsigned int count)
{
	writer_u8(&packet, 25);
	writer_u8(&packet, (uint8_t)(1 + 2 * count));
	writer_be16(&packet, 0);
	writer_be32(&packet, lifetime_s);
	for (unsigned int i = 0; i < count; i++)
		writer_bytes(&packet, address->bytes, 16);
}

/* Padded to whole units. */
static void put_padded(uint8_t code, bool lifetime, struct span value)
{
	size_t len = 2 + (lifetime ? 6 : 0) + value.len;
	size_t units = (len + 7) / 8;

	writer_u8(&packet, code);
	writer_u8(&packet, (uint8_t)units);
	if (lifetime) {
		writer_be16(&packet, 0);
		writer_be32(&packet, 600);
	}
	writer_put(&packet, value);
	writer_fill(&packet, 0, units * 8 - len);
}

static void test_smallest(void **state UNUSED)
{
	begin(0);
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_memory_equal(&advert.router, &ip6_router, 16);
	assert_int_equal(advert.lifetime_s, 1800);
	assert_int_equal(advert.hop_limit, 64);
	assert_false(advert.managed || advert.other);
	assert_int_equal(advert.n_dns + advert.n_domains + advert.mtu +
				 advert.portal.len,
			 0);
}

static void test_flags(void **state UNUSED)
{
	begin(0x80);
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_true(advert.managed && !advert.other);
	begin(0x40);
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_true(!advert.managed && advert.other);
	begin(0x3f);
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_true(!advert.managed && !advert.other);
}

static void test_everything(void **state UNUSED)
{
	begin(0xc0);
	writer_put(&packet, BYTES(1, 1, 2, 0, 0, 0, 0, 1));
	writer_put(&packet, BYTES(5, 1, 0, 0, 0, 0, 5, 0x78));
	put_rdnss(600, &ip6_address, 1);
	put_rdnss(UINT32_MAX, &ip6_router, 1);
	put_padded(31, true,
		   BYTES(1, 'a', 1, 'b', 0, 3, 'c', 'o', 'm', 0, 0, 0));
	put_padded(37, false, span_of("https://portal/"));
	writer_put(&packet, BYTES(253, 1, 1, 2, 3, 4, 5, 6));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.mtu, 1400);
	assert_int_equal(advert.n_dns, 2);
	assert_memory_equal(&advert.dns[0].address, &ip6_address, 16);
	assert_int_equal(advert.dns[0].lifetime_s, 600);
	assert_memory_equal(&advert.dns[1].address, &ip6_router, 16);
	assert_int_equal(advert.dns[1].lifetime_s, DHCP_ADVERT_INFINITE);
	assert_int_equal(advert.n_domains, 2);
	assert_string_equal(advert.domains[0].name, "a.b");
	assert_string_equal(advert.domains[1].name, "com");
	assert_int_equal(advert.domains[1].lifetime_s, 600);
	assert_true(span_is(dhcp_raw_span(&advert.portal), "https://portal/"));
}

static void test_source_and_hop_limit(void **state UNUSED)
{
	begin(0);
	assert_int_equal(read_from(&ip6_router, 254), -EBADMSG);
	assert_int_equal(read_from(&ip6_router, 0), -EBADMSG);
	assert_int_equal(read_from(&ip6_address, 255), -EBADMSG);
	assert_int_equal(counters.n[DHCP_COUNT_SOURCE], 3);
}

static void test_wrong_type(void **state UNUSED)
{
	begin(0);
	buffer[0] = 133;
	assert_rejected(DHCP_COUNT_TYPE);
	begin(0);
	buffer[1] = 1;
	assert_rejected(DHCP_COUNT_TYPE);
}

/* D11 */
static void test_d11_cut_everywhere(void **state UNUSED)
{
	size_t whole;

	begin(0);
	put_rdnss(600, &ip6_address, 1);
	put_padded(37, false, span_of("https://portal/"));
	whole = writer_len(&packet);
	for (size_t len = 0; len < whole; len++) {
		begin(0);
		put_rdnss(600, &ip6_address, 1);
		put_padded(37, false, span_of("https://portal/"));
		packet.pos = packet.start + len;
		/* Between options it is whole. */
		if (len == 16 || len == 40)
			assert_int_equal(read_from(&ip6_router, 255), 0);
		else
			assert_rejected(DHCP_COUNT_CUT);
	}
}

static void test_d11_option_of_length_0(void **state UNUSED)
{
	begin(0);
	writer_put(&packet, BYTES(25, 0, 0, 0, 0, 0, 0, 0));
	assert_rejected(DHCP_COUNT_CUT);
	begin(0);
	writer_u8(&packet, 25);
	assert_rejected(DHCP_COUNT_CUT);
}

static void test_d33_mtu(void **state UNUSED)
{
	begin(0);
	writer_put(&packet, BYTES(5, 1, 0, 0, 0, 0, 4, 0xff));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.mtu, 0);
	writer_put(&packet,
		   BYTES(5, 2, 0, 0, 0, 0, 5, 0xdc, 0, 0, 0, 0, 0, 0, 0, 0));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.mtu, 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 3);
	begin(0);
	writer_put(&packet, BYTES(5, 1, 0, 0, 0, 0, 5, 0));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.mtu, 1280);
}

static void test_bad_servers(void **state UNUSED)
{
	begin(0);
	put_rdnss(600, &IP6(0xff, 2, [15] = 1), 1);
	put_rdnss(600, &IP6(0), 1);
	put_rdnss(600, &ip6_address, 1);
	/* None, and half of one. */
	writer_put(&packet, BYTES(25, 1, 0, 0, 0, 0, 0, 9));
	writer_put(&packet,
		   BYTES(25, 2, 0, 0, 0, 0, 0, 9, 0x20, 1, 0, 0, 0, 0, 0, 0));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.n_dns, 1);
	assert_int_equal(counters.n[DHCP_COUNT_ADDRESS_SKIPPED], 2);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 2);
}

static void test_more_than_there_is_room_for(void **state UNUSED)
{
	begin(0);
	put_rdnss(600, &ip6_address, DHCP_ADVERT_DNS_MAX + 2);
	for (unsigned int i = 0; i < DHCP_ADVERT_DOMAINS_MAX + 3; i++)
		put_padded(31, true, BYTES(1, 'a', 0));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.n_dns, DHCP_ADVERT_DNS_MAX);
	assert_int_equal(advert.n_domains, DHCP_ADVERT_DOMAINS_MAX);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 5);
}

/* D42: never what a shell or a terminal takes for something else. */
static void test_d42_names_and_portal(void **state UNUSED)
{
	char portal[600];

	begin(0);
	put_padded(31, true, BYTES(2, 'a', '\n', 0, 1, 'b', 0));
	put_padded(31, true, BYTES(0xc0, 12)); /* compressed */
	put_padded(31, true, BYTES(60, 'a'));  /* past the end */
	put_padded(37, false, span_of("http://a\nb"));
	put_padded(37, false, span_of(""));
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.n_domains, 1);
	assert_string_equal(advert.domains[0].name, "b");
	assert_int_equal(advert.portal.len, 0);
	assert_int_equal(counters.n[DHCP_COUNT_OPTION_BAD], 5);

	memset(portal, 'p', sizeof(portal));
	begin(0);
	put_padded(37, false,
		   (struct span){ (uint8_t *)portal, DHCP_LEASE_RAW_MAX + 1 });
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.portal.len, 0);
	assert_int_equal(counters.n[DHCP_COUNT_NO_ROOM], 1);
	begin(0);
	put_padded(37, false,
		   (struct span){ (uint8_t *)portal, DHCP_LEASE_RAW_MAX });
	assert_int_equal(read_from(&ip6_router, 255), 0);
	assert_int_equal(advert.portal.len, DHCP_LEASE_RAW_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_source_and_hop_limit),
		cmocka_unit_test(test_wrong_type),
		cmocka_unit_test(test_d11_cut_everywhere),
		cmocka_unit_test(test_d11_option_of_length_0),
		cmocka_unit_test(test_d33_mtu),
		cmocka_unit_test(test_bad_servers),
		cmocka_unit_test(test_more_than_there_is_room_for),
		cmocka_unit_test(test_d42_names_and_portal),
	};

	return cmocka_run_group_tests_name("dhcp_advert", tests, NULL, NULL);
}
