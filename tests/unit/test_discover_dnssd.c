/* discover/dnssd*.c: what is asked for, kept and told, and for how long. */
#include "tests/unit/test_discover_dnssd.h"

#define HTTP "\5_http\4_tcp"
#define TYPE "_http._tcp.x.org"
#define ONE "one._http._tcp.x.org"
#define TWO "two._http._tcp.x.org"

#define ASKED(text) assert_non_null(strstr(world.asked, text))
#define NOT_ASKED(text) assert_null(strstr(world.asked, text))

static void forget(void)
{
	world.asked[0] = world.told[0] = '\0';
	world.n_sent = world.n_found = world.n_lost = 0;
}

static void test_browse(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org y.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	add_aaaa("box.x.org", 7);
	start(T0 + 2000);
	drain();
	/* At once, in both; and which others there are, meanwhile. */
	ASKED("_http._tcp.x.org/12 ");
	ASKED("_http._tcp.y.org/12 ");
	ASKED("b._dns-sd._udp.x.org/12 ");
	ASKED("lb._dns-sd._udp.y.org/12 ");
	ASKED("db._dns-sd._udp.x.org/12 ");
	assert_int_equal(world.n_sent, 8);
	run(T0 + 1000);
	assert_string_equal(world.told, "+" ONE "@box.x.org:80(x.org) ");
	assert_int_equal(world.found_at, T0 + 3);
	assert_int_equal(world.instance.txt_len, 4);
	assert_int_equal(world.host.n_ipv4, 1);
	assert_int_equal(world.host.ipv4[0], 0x0a000009);
	assert_int_equal(world.host.n_ipv6, 1);
	assert_int_equal(world.n_sent, 8 + 2 + 2);
	assert_true(dnssd_is_quiet(&world.d));
	run(T0 + 2000);
	assert_int_equal(world.n_done, 1);
	assert_int_equal(world.n_found, 1);
	assert_true(dnssd_due(&world.d) == CLOCK_NEVER);
	/* And nothing more. */
	dnssd_tick(&world.d, T0 + 3000);
	dnssd_stop(&world.d, T0 + 3000);
	drain();
	assert_int_equal(world.n_done, 1);
	assert_int_equal(world.n_sent, 12);
}

static void test_additional_records(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	add_aaaa("box.x.org", 7);
	/* Of nobody that was asked about. */
	add_a("other.x.org", 0x0a000008);
	world.servers[0].adds = true;
	start(T0 + 2000);
	run(T0 + 1000);
	assert_int_equal(world.found_at, T0 + 1);
	assert_int_equal(world.n_sent, 4);
	assert_string_equal(world.told, "+" ONE "@box.x.org:80(x.org) ");
}

static void test_without_servers(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 0);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	start(T0 + 5000);
	assert_int_equal(dnssd_due(&world.d), T0 + 5000);
	assert_true(dnssd_is_quiet(&world.d));
	run(T0 + 1000);
	assert_int_equal(world.n_sent, 0);
	/* They come with a lease. */
	use_servers(1);
	assert_false(dnssd_is_quiet(&world.d));
	run(T0 + 2000);
	assert_int_equal(world.found_at, T0 + 1003);
	/* The same again is no news; those of another lease are. */
	forget();
	use_servers(1);
	drain();
	assert_int_equal(world.n_sent, 0);
	dnssd_ask_again(&world.d, world.now);
	drain();
	assert_int_equal(world.n_sent, 4 + 2 + 2);
	run(T0 + 3000);
	assert_string_equal(world.told, "");
	run(T0 + 5000);
	assert_int_equal(world.n_done, 1);
}

static void test_nothing_about_local(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "local x.LOCAL x.org", 1);
	add_ptr("b._dns-sd._udp.x.org", "local");
	add_ptr("b._dns-sd._udp.x.org", ".");
	add_ptr(TYPE, "one._http._tcp.local");
	add_service(TYPE, TWO, "box.local", 0x0a000009);
	world.servers[0].adds = false;
	start(T0 + 2000);
	run(T0 + 2000);
	assert_int_equal(world.n_sent, 4 + 2);
	assert_int_equal(world.n_found, 0);
	assert_int_equal(world.n_done, 1);
}

static void test_domains_to_browse(void **state)
{
	const struct dns_subnet subnets[] = {
		{ .address.ipv4 = 0xc0a80217, .prefix = 24 },
		{ .address.ipv4 = 0xa9fe0102, .prefix = 16 },
		{ .address = { .is_ipv6 = true, .ipv6 = { 0xfe, 0x80 } },
		  .prefix = 64 },
		{ .address.ipv4 = 0xc0a80217, .prefix = 33 },
	};

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	dnssd_set_subnets(&world.d, subnets, ARRAY_SIZE(subnets), world.now);
	add_ptr("b._dns-sd._udp.x.org", "y.org");
	add_ptr("db._dns-sd._udp.x.org", "x.org");
	add_ptr("lb._dns-sd._udp.0.2.168.192.in-addr.arpa", "z.org");
	add_service("_http._tcp.y.org", "a._http._tcp.y.org", "a.y.org",
		    9 << 24);
	add_service("_http._tcp.z.org", "a._http._tcp.z.org", "a.z.org",
		    9 << 24);
	start(CLOCK_NEVER);
	run(T0 + 1000);
	ASKED("b._dns-sd._udp.0.2.168.192.in-addr.arpa/12 ");
	NOT_ASKED("_http._tcp.0.2");
	NOT_ASKED("254.169");
	NOT_ASKED("ip6");
	/* No chains: who is named by others names no more. */
	NOT_ASKED("_dns-sd._udp.y.org");
	assert_int_equal(world.n_found, 2);
	assert_non_null(
		strstr(world.told, "+a._http._tcp.y.org@a.y.org:80(y.org) "));
	assert_non_null(
		strstr(world.told, "+a._http._tcp.z.org@a.z.org:80(z.org) "));
	/* Named no more when that ends. */
	forget();
	find_record("b._dns-sd._udp.x.org", DNS_TYPE_PTR)->is_removed = true;
	run(T0 + 130000);
	assert_string_equal(world.told, "-a._http._tcp.y.org(y.org) ");
	forget();
	dnssd_set_subnets(&world.d, NULL, 0, world.now);
	drain();
	assert_string_equal(world.told, "-a._http._tcp.z.org(z.org) ");
	run(T0 + 600000);
	NOT_ASKED("z.org");
	ASKED("x.org");
}

static void test_subtype(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, "\6_color\4_sub\4_ipp\4_tcp", "x.org", 1);
	add_service("_color._sub._ipp._tcp.x.org", "P._IPP._tcp.x.org",
		    "p.x.org", 0x0a000009);
	add_ptr("_color._sub._ipp._tcp.x.org", "q._color._sub._ipp._tcp.x.org");
	add_ptr("_color._sub._ipp._tcp.x.org", "q._http._tcp.x.org");
	start(T0 + 2000);
	run(T0 + 2000);
	assert_string_equal(world.told,
			    "+P._IPP._tcp.x.org@p.x.org:80(x.org) ");
	NOT_ASKED(" q.");
}

static void test_types(void **state)
{
	(void)state;
	begin(DNSSD_TYPES, "", "x.org", 1);
	add_ptr("_services._dns-sd._udp.x.org", "_http._tcp.x.org");
	add_ptr("_services._dns-sd._udp.x.org", "_ntp._UDP.X.org");
	add_ptr("_services._dns-sd._udp.x.org", "_http._tcp.y.org");
	add_ptr("_services._dns-sd._udp.x.org", "http._tcp.x.org");
	add_ptr("_services._dns-sd._udp.x.org", "_http._sctp.x.org");
	add_ptr("_services._dns-sd._udp.x.org", "_http");
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_string_equal(
		world.told,
		"+_http._tcp.x.org(x.org) +_ntp._UDP.X.org(x.org) ");
	assert_int_equal(world.n_sent, 4);
	forget();
	world.records[0].is_removed = true;
	run(T0 + 121000);
	assert_string_equal(world.told, "-_http._tcp.x.org(x.org) ");
}

static void test_resolve(void **state)
{
	(void)state;
	begin(DNSSD_RESOLVE, "\3a.b" HTTP, "x.org y.org", 1);
	add_srv("a\\.b._http._tcp.x.org", 81, "box.y.org");
	add_txt("a\\.b._http._tcp.x.org", "\1k");
	add_a("box.y.org", 0x0a000009);
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_string_equal(world.told,
			    "+a\\.b._http._tcp.x.org@box.y.org:81(x.org) ");
	/* SRV and TXT in both domains, A, AAAA. */
	assert_int_equal(world.n_sent, 6);
	NOT_ASKED("_dns-sd");
	/* Another domain in its place: gone, and asked for there. */
	forget();
	use_domains("z.org");
	run(T0 + 2000);
	assert_string_equal(world.told, "-a\\.b._http._tcp.x.org(x.org) ");
	assert_string_equal(world.asked, "a\\.b._http._tcp.z.org/33 "
					 "a\\.b._http._tcp.z.org/16 ");
	/* And back. */
	forget();
	use_domains("x.org");
	run(T0 + 3000);
	assert_int_equal(world.n_found, 1);
}

static void test_lookup(void **state)
{
	(void)state;
	begin(DNSSD_LOOKUP, "\3box", "x.org y.org", 1);
	add_a("box.x.org", 0x0a000009);
	add_a("box.x.org", 0x0a000007);
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_string_equal(world.told, "+box.x.org(x.org) ");
	assert_int_equal(world.n_sent, 4);
	assert_int_equal(world.host.n_ipv4, 2);
	assert_int_equal(world.host.ipv4[0], 0x0a000007);
	/* Another order is no change; another address is. */
	world.records[0].ipv4 = 0x0a000007;
	world.records[1].ipv4 = 0x0a000009;
	run(T0 + 130000);
	assert_int_equal(world.n_found, 1);
	world.records[1].ipv4 = 0x0a000008;
	run(T0 + 260000);
	assert_int_equal(world.n_found, 2);
	assert_int_equal(world.host.ipv4[1], 0x0a000008);
	forget();
	world.records[0].is_removed = world.records[1].is_removed = true;
	run(T0 + 390000);
	assert_string_equal(world.told, "-box.x.org(x.org) ");
	forget();
	world.records[1].is_removed = false;
	run(T0 + 520000);
	assert_string_equal(world.told, "+box.x.org(x.org) ");
	forget();
	use_domains("");
	drain();
	assert_string_equal(world.told, "-box.x.org(x.org) ");
	forget();
	run(T0 + 900000);
	assert_int_equal(world.n_sent, 0);
}

static void test_target_in_another_domain(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_ptr(TYPE, "far._http._tcp.y.org");
	add_srv("far._http._tcp.y.org", 82, "box.z.org");
	add_a("box.z.org", 0x0a000009);
	start(T0 + 2000);
	run(T0 + 2000);
	assert_string_equal(world.told,
			    "+far._http._tcp.y.org@box.z.org:82(x.org) ");
	ASKED("far._http._tcp.y.org/33 ");
	ASKED("box.z.org/28 ");
}

static void test_m20_the_same_of_two_domains(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org y.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	add_ptr("_http._tcp.y.org", ONE);
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_string_equal(world.told, "+" ONE "@box.x.org:80(x.org) ");
	forget();
	find_record(TYPE, DNS_TYPE_PTR)->is_removed = true;
	run(T0 + 121000);
	assert_string_equal(world.told, "");
	find_record("_http._tcp.y.org", DNS_TYPE_PTR)->is_removed = true;
	run(T0 + 242000);
	assert_string_equal(world.told, "-" ONE "(y.org) ");
}

static void test_watch(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	add_service(TYPE, TWO, "bax.x.org", 0x0a000008);
	/* At most every 10 s. */
	find_record(ONE, DNS_TYPE_TXT)->ttl = 0;
	find_record(TYPE, DNS_TYPE_PTR)->ttl = 100;
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_int_equal(world.n_found, 2);
	forget();
	run(T0 + 11000);
	assert_string_equal(world.asked, ONE "/16 ");
	/* What has changed is told once. */
	find_record(ONE, DNS_TYPE_TXT)->txt = "\3a=c";
	run(T0 + 31000);
	assert_string_equal(world.told, "+" ONE "@box.x.org:80(x.org) ");
	assert_int_equal(world.instance.txt[3], 'c');
	forget();
	find_record(ONE, DNS_TYPE_TXT)->ttl = 1000000;
	/* Another host: not lost meanwhile. */
	find_record(ONE, DNS_TYPE_SRV)->target = "bix.x.org";
	add_a("bix.x.org", 0x0a000007);
	run(T0 + 130000);
	assert_string_equal(world.told, "+" ONE "@bix.x.org:80(x.org) ");
	/* A port that is none, and one again. */
	forget();
	find_record(ONE, DNS_TYPE_SRV)->port = 0;
	run(T0 + 250000);
	assert_string_equal(world.told, "-" ONE "(x.org) ");
	find_record(ONE, DNS_TYPE_SRV)->port = 8;
	forget();
	run(T0 + 370000);
	assert_string_equal(world.told, "+" ONE "@bix.x.org:8(x.org) ");
	/* Gone from the list, within its 100 s. */
	forget();
	find_record(TYPE, DNS_TYPE_PTR)->is_removed = true;
	run(T0 + 480000);
	assert_string_equal(world.told, "-" ONE "(x.org) ");
	forget();
	find_record(TYPE, DNS_TYPE_PTR)->is_removed = false;
	run(T0 + 610000);
	assert_string_equal(world.told, "+" ONE "@bix.x.org:8(x.org) ");
	/* No such name: all are gone. */
	forget();
	world.servers[0].rcode = NO_NAME;
	run(T0 + 740000);
	assert_int_equal(world.n_lost, 2);
	dnssd_stop(&world.d, world.now);
	drain();
	assert_int_equal(world.n_done, 1);
}

static void test_silence_says_nothing(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	start(CLOCK_NEVER);
	run(T0 + 1000);
	world.servers[0].is_silent = true;
	forget();
	run(T0 + 86400000);
	assert_string_equal(world.told, "");
	/* 3 times in 7 s, and then not for half a minute. */
	assert_in_range(world.n_sent, 8 * 3 * 86400 / 40, 8 * 3 * 86400 / 36);
	memset(world.asked, 0, sizeof(world.asked));
	world.servers[0].is_silent = false;
	find_record(TYPE, DNS_TYPE_PTR)->is_removed = true;
	run(T0 + 86440000);
	assert_string_equal(world.told, "-" ONE "(x.org) ");
}

static void test_addresses_are_gathered(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	add_aaaa("box.x.org", 1);
	world.servers[0].slow_type = DNS_TYPE_AAAA;
	start(T0 + 9000);
	run(T0 + 400);
	assert_int_equal(world.found_at, T0 + 3 + DNSSD_GATHER_MS);
	assert_int_equal(world.host.n_ipv6, 0);
	/* And told again with it. */
	run(T0 + 9000);
	assert_int_equal(world.found_at, T0 + 503);
	assert_int_equal(world.n_found, 2);
	assert_int_equal(world.host.n_ipv6, 1);
}

static void test_m17_txt_that_comes_late(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	world.servers[0].slow_type = DNS_TYPE_TXT;
	start(T0 + 5000);
	run(T0 + 5000);
	assert_int_equal(world.found_at, T0 + 502);
	assert_int_equal(world.n_found, 1);
	assert_int_equal(world.instance.txt_len, 4);
}

static void test_long_ttl(void **state)
{
	(void)state;
	begin(DNSSD_LOOKUP, "\3box", "x.org", 1);
	add_a("box.x.org", 0x0a000009);
	add_aaaa("box.x.org", 1);
	world.records[0].ttl = world.records[1].ttl = UINT32_MAX;
	start(CLOCK_NEVER);
	run(T0 + 86400000);
	assert_int_equal(world.n_sent, 2);
	run(T0 + 86400001);
	assert_int_equal(world.n_sent, 4);
}

static void test_m5_m16_m18_records(void **state)
{
	struct test_record *record;

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_ptr(TYPE, ONE);
	add_srv(ONE, 1, "z.x.org");
	world.records[1].priority = 9;
	add_srv(ONE, 0, "box.x.org");
	add_srv(ONE, 2, ".");
	add_srv(ONE, 3, "box.x.org");
	add_srv(ONE, 4, "box.x.org");
	world.records[5].weight = 5;
	add_srv(ONE, 5, "box.x.org");
	world.records[6].weight = 4;
	add_txt(ONE, "\3a=b");
	add_txt(ONE, "\3a=c");
	add_a("box.x.org", 0x7f000001);
	add_a("box.x.org", 0x00000001);
	add_a("box.x.org", 0xe0000001);
	add_a("box.x.org", 0xa9fe0001);
	add_a("box.x.org", 0x0a000009);
	record = add_record("box.x.org", DNS_TYPE_AAAA); /* :: */
	record = add_record("box.x.org", DNS_TYPE_AAAA);
	record->ipv6[0] = 0xff;
	record = add_record("box.x.org", DNS_TYPE_AAAA);
	record->ipv6[0] = 0xfe;
	record->ipv6[1] = 0x80;
	start(T0 + 1000);
	run(T0 + 1000);
	assert_string_equal(world.told, "+" ONE "@box.x.org:4(x.org) ");
	assert_int_equal(world.instance.txt[3], 'b');
	assert_int_equal(world.host.n_ipv4, 1);
	assert_int_equal(world.host.n_ipv6, 0);
}

static void test_m15_aliases(void **state)
{
	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	add_ptr(TYPE, ONE);
	add_record(ONE, DNS_TYPE_CNAME)->target = TWO;
	add_srv(TWO, 9, "box.x.org");
	add_txt(TWO, "\1x");
	add_record("box.x.org", DNS_TYPE_CNAME)->target = "bix.x.org";
	add_a("bix.x.org", 0x0a000009);
	start(T0 + 1000);
	run(T0 + 1000);
	assert_string_equal(world.told, "+" ONE "@box.x.org:9(x.org) ");
	/* Round in a circle. */
	begin(DNSSD_LOOKUP, "\3box", "x.org", 1);
	add_record("box.x.org", DNS_TYPE_CNAME)->target = "bix.x.org";
	add_record("bix.x.org", DNS_TYPE_CNAME)->target = "box.x.org";
	add_a("bix.x.org", 0x0a000009);
	add_a("box.x.org", 0x0a000009);
	start(T0 + 1000);
	run(T0 + 1000);
	assert_int_equal(world.n_found, 0);
	assert_int_equal(world.n_sent, 2);
}

static void test_m19_caps(void **state)
{
	static char names[DNSSD_INSTANCES_MAX + 10][40];
	static char hosts[DNSSD_INSTANCES_MAX + 10][40];

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	for (unsigned int n = 0; n < DNSSD_INSTANCES_MAX + 10; n++) {
		snprintf(names[n], sizeof(names[n]), "%u._http._tcp.x.org", n);
		snprintf(hosts[n], sizeof(hosts[n]), "%u.x.org", n);
		add_ptr(TYPE, names[n]);
	}
	for (unsigned int n = 0; n < DNSSD_INSTANCES_MAX; n++)
		add_srv(names[n], 1, n % 2 ? hosts[n] : "box.x.org");
	add_a("box.x.org", 0x0a000009);
	world.records[0].is_removed = true;
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_int_equal(world.d.counts.over_instances, 9);
	assert_int_equal(world.n_found, DNSSD_INSTANCES_MAX / 2 - 1);
	/* One makes room for another. */
	world.records[0].is_removed = false;
	world.records[2].is_removed = true;
	world.told[0] = '\0';
	memset(world.asked, 0, sizeof(world.asked));
	run(T0 + 121000);
	assert_string_equal(world.told, "-2._http._tcp.x.org(x.org) ");
	memset(world.asked, 0, sizeof(world.asked));
	run(T0 + 241000);
	assert_non_null(strstr(world.told, "+0._http._tcp.x.org@"));
}

static void test_m19_many_addresses(void **state)
{
	static char text[701];

	(void)state;
	begin(DNSSD_RESOLVE, "\1a" HTTP, "x.org", 1);
	add_srv("a._http._tcp.x.org", 1, "box.x.org");
	for (unsigned int n = 0; n < 6; n++) {
		add_a("box.x.org", 0x0a000009 - n);
		add_aaaa("box.x.org", (uint8_t)(n < 3 ? n : 9 - n));
	}
	/* One twice, and one behind all others. */
	add_a("box.x.org", 0x0a000004);
	add_a("box.x.org", 0x0b000000);
	add_aaaa("box.x.org", 4);
	add_aaaa("box.x.org", 99);
	memset(text, 'x', 700);
	text[0] = text[256] = text[512] = (char)255;
	text[512] = (char)187;
	add_txt("a._http._tcp.x.org", text);
	start(T0 + 1000);
	run(T0 + 1000);
	assert_int_equal(world.n_found, 1);
	assert_int_equal(world.host.n_ipv4, 4);
	assert_int_equal(world.host.ipv4[0], 0x0a000004);
	assert_int_equal(world.host.ipv4[3], 0x0a000007);
	assert_int_equal(world.host.n_ipv6, 4);
	assert_int_equal(world.host.ipv6[3][15], 4);
	assert_int_equal(world.d.counts.over_addresses, 6);
	assert_int_equal(world.d.counts.over_txt, 1);
	assert_int_equal(world.instance.txt_len, 512);
}

static void test_m19_many_domains(void **state)
{
	static char names[24][8];
	char text[80];

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "a b c d e", 1);
	assert_int_equal(world.d.counts.over_zones, 1);
	for (unsigned int n = 0; n < 24; n++) {
		snprintf(names[n], sizeof(names[n]), "%u.org", n);
		add_ptr("b._dns-sd._udp.a", names[n]);
	}
	start(CLOCK_NEVER);
	run(T0 + 1000);
	assert_int_equal(world.d.counts.over_zones, 1 + 24 - 16);
	ASKED("_http._tcp.15.org/12 ");
	NOT_ASKED("16.org/");
	/* A place is free for another one once nobody needs it. */
	for (unsigned int n = 0; n < 30; n++) {
		memset(world.asked, 0, sizeof(world.asked));
		snprintf(text, sizeof(text), "%u.net %u.com", n, n);
		use_domains(text);
		drain();
		snprintf(text, sizeof(text), "_http._tcp.%u.net/12 ", n);
		ASKED(text);
		run(world.now + 100);
	}
	/* One that nothing can be put before. */
	memset(world.asked, 0, sizeof(world.asked));
	memset(text, 'a', 63);
	text[63] = '\0';
	{
		char domain[320];

		snprintf(domain, sizeof(domain), "%s.%s.%s.%.60s", text, text,
			 text, text);
		use_domains(domain);
	}
	run(world.now + 1000);
	assert_string_equal(world.asked, "");
	assert_true(dnssd_is_quiet(&world.d));
}

static void test_m16_the_same_whatever_the_order(void **state)
{
	static const struct {
		uint16_t port;
		const char *target;
	} srvs[] = {
		{ 81, "a.x.org" },   { 80, "bb.x.org" }, { 80, "b.x.org" },
		{ 80, "aaa.x.org" }, { 80, "a.x.org" },
	};

	(void)state;
	for (unsigned int first = 0; first < ARRAY_SIZE(srvs); first++) {
		begin(DNSSD_RESOLVE, "\1a" HTTP, "x.org", 1);
		for (unsigned int n = 0; n < ARRAY_SIZE(srvs); n++) {
			unsigned int at = (first + n) % ARRAY_SIZE(srvs);

			add_srv("a._http._tcp.x.org", srvs[at].port,
				srvs[at].target);
		}
		add_a("a.x.org", 0x0a000009);
		start(T0 + 1000);
		run(T0 + 1000);
		assert_string_equal(world.told,
				    "+a._http._tcp.x.org@a.x.org:80(x.org) ");
	}
}

static void test_gone_and_back_before_it_is_told(void **state)
{
	(void)state;
	begin(DNSSD_RESOLVE, "\3one" HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	start(T0 + 9000);
	run(T0 + 1000);
	forget();
	use_domains("y.org");
	use_domains("x.org");
	run(T0 + 2000);
	assert_string_equal(world.told,
			    "-" ONE "(x.org) +" ONE "@box.x.org:80(x.org) ");
	/* A host alike. */
	begin(DNSSD_LOOKUP, "\3box", "x.org", 1);
	add_a("box.x.org", 0x0a000009);
	start(T0 + 9000);
	run(T0 + 1000);
	forget();
	use_domains("y.org");
	use_domains("x.org");
	run(T0 + 2000);
	assert_string_equal(world.told, "-box.x.org(x.org) +box.x.org(x.org) ");
}

static void test_gone_before_it_is_told(void **state)
{
	static const enum dnssd_kind kinds[] = { DNSSD_TYPES, DNSSD_LOOKUP };
	struct url_address from = address_of(0);

	(void)state;
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		begin(kinds[kind], "\3box", "x.org", 1);
		add_ptr("_services._dns-sd._udp.x.org", "_http._tcp.x.org");
		add_a("box.x.org", 0x0a000009);
		start(T0 + 9000);
		drain();
		for (unsigned int n = 0; n < world.n_pending; n++)
			dnssd_recv(&world.d,
				   (struct span){ world.pending[n].bytes,
						  world.pending[n].len },
				   &from, DNSSD_PORT, T0 + 1);
		world.n_pending = 0;
		use_domains("");
		run(T0 + 9000);
		assert_string_equal(world.told, "");
	}
}

static void test_the_end_tells_what_is_known(void **state)
{
	(void)state;
	begin(DNSSD_LOOKUP, "\3box", "x.org", 1);
	add_a("box.x.org", 0x0a000009);
	start(T0 + 20);
	drain();
	/* AAAA never comes. */
	world.n_pending = 1;
	run(T0 + 10);
	assert_int_equal(world.n_found, 0);
	assert_false(dnssd_is_quiet(&world.d));
	run(T0 + 20);
	assert_string_equal(world.told, "+box.x.org(x.org) ");
	assert_int_equal(world.n_done, 1);
	assert_true(dnssd_is_quiet(&world.d));
	begin(DNSSD_RESOLVE, "\3one" HTTP, "x.org", 1);
	add_service(TYPE, ONE, "box.x.org", 0x0a000009);
	start(T0 + 20);
	drain();
	/* TXT never comes. */
	world.n_pending = 1;
	run(T0 + 10);
	assert_false(dnssd_is_quiet(&world.d));
	run(T0 + 20);
	assert_string_equal(world.told, "+" ONE "@box.x.org:80(x.org) ");
	assert_int_equal(world.instance.txt_len, 0);
}

/* A place stays who is told of, until that is taken back. */
static void test_m19_places_that_are_needed(void **state)
{
	static const enum dnssd_kind kinds[] = { DNSSD_LOOKUP, DNSSD_RESOLVE };
	char text[80];

	(void)state;
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		const char *labels = kind == 0 ? "\3box" : "\3box" HTTP;

		begin(kinds[kind], labels, "x.org", 1);
		add_a("box.x.org", 0x0a000009);
		add_srv("box._http._tcp.x.org", 80, "box.x.org");
		start(CLOCK_NEVER);
		run(T0 + 1000);
		assert_int_equal(world.n_found, 1);
		forget();
		for (unsigned int n = 0; n < DNSSD_ZONES_MAX + 5; n++) {
			snprintf(text, sizeof(text), "%u.org", n);
			use_domains(text);
		}
		assert_int_equal(world.d.counts.over_zones, 0);
		drain();
		assert_int_equal(world.n_lost, 1);
		assert_non_null(strstr(world.told, "x.org(x.org) "));
	}
}

static void test_m19_as_many_hosts_as_instances(void **state)
{
	static char names[DNSSD_INSTANCES_MAX][40],
		hosts[2][DNSSD_INSTANCES_MAX][40];

	(void)state;
	begin(DNSSD_BROWSE, HTTP, "x.org", 1);
	for (unsigned int n = 0; n < DNSSD_INSTANCES_MAX; n++) {
		snprintf(names[n], sizeof(names[n]), "%u._http._tcp.x.org", n);
		for (unsigned int i = 0; i < 2; i++)
			snprintf(hosts[i][n], sizeof(hosts[i][n]), "%c%u.x.org",
				 'a' + i, n);
		add_ptr(TYPE, names[n]);
		add_srv(names[n], 1, hosts[0][n]);
	}
	start(CLOCK_NEVER);
	run(T0 + 1000);
	for (unsigned int n = 0; n < DNSSD_INSTANCES_MAX; n++)
		find_record(names[n], DNS_TYPE_SRV)->target = hosts[1][n];
	for (unsigned int n = 0; n < 32; n++)
		add_a(hosts[1][n], 0x0a000009);
	run(T0 + 130000);
	assert_int_equal(world.n_found, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browse),
		cmocka_unit_test(test_additional_records),
		cmocka_unit_test(test_without_servers),
		cmocka_unit_test(test_nothing_about_local),
		cmocka_unit_test(test_domains_to_browse),
		cmocka_unit_test(test_subtype),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_target_in_another_domain),
		cmocka_unit_test(test_m20_the_same_of_two_domains),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_silence_says_nothing),
		cmocka_unit_test(test_addresses_are_gathered),
		cmocka_unit_test(test_m17_txt_that_comes_late),
		cmocka_unit_test(test_long_ttl),
		cmocka_unit_test(test_m5_m16_m18_records),
		cmocka_unit_test(test_m15_aliases),
		cmocka_unit_test(test_m19_caps),
		cmocka_unit_test(test_m19_many_addresses),
		cmocka_unit_test(test_m19_many_domains),
		cmocka_unit_test(test_m16_the_same_whatever_the_order),
		cmocka_unit_test(test_gone_and_back_before_it_is_told),
		cmocka_unit_test(test_gone_before_it_is_told),
		cmocka_unit_test(test_the_end_tells_what_is_known),
		cmocka_unit_test(test_m19_places_that_are_needed),
		cmocka_unit_test(test_m19_as_many_hosts_as_instances),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(world.packet.block);
	return failed;
}
