/* init/facts.c: what children report, honest and hostile, and the banner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/facts.h"

static unsigned int at; /* what facts_apply() set, or 77 */

static enum facts_change apply_line(struct facts *facts,
				    enum facts_origin origin, const char *line)
{
	size_t len = strlen(line);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	enum facts_change change;

	assert_non_null(copy);
	memcpy(copy, line, len);
	at = 77;
	change = facts_apply(facts, origin, (struct span){ copy, len }, &at);
	free(copy);
	return change;
}

/* A line of phase-net. */
static enum facts_change apply(struct facts *facts, const char *line)
{
	return apply_line(facts, FACTS_FROM_NET, line);
}

/* A line of phase-discover. */
static enum facts_change found(struct facts *facts, const char *line)
{
	return apply_line(facts, FACTS_FROM_DISCOVER, line);
}

/* A line of phase-modules. */
static enum facts_change told(struct facts *facts, const char *line)
{
	return apply_line(facts, FACTS_FROM_DRIVERS, line);
}

static char text[32768];

static const char *nic_text(const struct facts_nic *nic)
{
	struct writer writer;

	writer_init(&writer, text, sizeof(text) - 1);
	facts_put_nic(&writer, nic);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const char *banner_text(const struct facts *facts,
			       const struct facts_banner *banner)
{
	struct writer writer;

	writer_init(&writer, text, sizeof(text) - 1);
	facts_put_banner(&writer, facts, banner);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const struct facts_banner plain = {
	.version = "0.1",
	.kernel = "6.12",
	.machine = "aarch64",
	.mode = "internet",
	.channel = "stable",
	.elapsed_ms = 321,
};

/* Foreign until identity.c has looked at it; one of no lease is none. */
static void test_d42_host_name_of_a_lease(void **state)
{
	struct facts facts = { .n_nics = 0 };
	char line[512] = "lease interface=eth0 address=10.0.2.15 prefix=24 "
			 "hostname=";
	size_t len = strlen(line);

	(void)state;
	apply(&facts, "nic interface=eth0 carrier=1");
	assert_string_equal(facts.nics[0].hostname, "");
	assert_int_equal(apply(&facts, "lease interface=eth0 hostname=kiosk "
				       "address=10.0.2.15 prefix=24"),
			 FACTS_LEASE);
	assert_string_equal(facts.nics[0].hostname, "kiosk");
	/* Another name is news, the same is not; a value that is none is no
	 * name. */
	assert_int_equal(apply(&facts, "lease interface=eth0 hostname=kiosk "
				       "address=10.0.2.15 prefix=24"),
			 FACTS_NOTHING);
	assert_int_equal(apply(&facts, "lease interface=eth0 hostname=%1b[2J "
				       "address=10.0.2.15 prefix=24"),
			 FACTS_LEASE);
	assert_string_equal(facts.nics[0].hostname, "");
	assert_int_equal(apply(&facts, "lease interface=eth0 hostname=%1b%5b "
				       "address=10.0.2.15 prefix=24"),
			 FACTS_LEASE);
	assert_string_equal(facts.nics[0].hostname, "\033[");
	assert_null(strchr(nic_text(&facts.nics[0]), '\033'));
	memset(line + len, 'x', FACTS_HOST_MAX);
	assert_int_equal(apply(&facts, line), FACTS_LEASE);
	assert_string_equal(facts.nics[0].hostname, "");
}

static void test_nic_and_lease(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	assert_false(facts_have_lease(&facts));
	assert_int_equal(apply(&facts, "nic interface=eth0 driver=virtio_net "
				       "mac=52:54:00:12:34:56 carrier=0"),
			 FACTS_NIC);
	assert_int_equal(at, 0);
	assert_int_equal(facts.n_nics, 1);
	assert_false(facts.nics[0].carrier);
	assert_string_equal(nic_text(&facts.nics[0]),
			    "eth0  virtio_net  52:54:00:12:34:56  no carrier: "
			    "is its cable plugged in?");
	assert_int_equal(apply(&facts, "nic interface=eth0 carrier=1 "
				       "driver=virtio_net "
				       "mac=52:54:00:12:34:56"),
			 FACTS_NIC);
	assert_int_equal(facts.n_nics, 1);
	assert_true(facts.nics[0].carrier);
	assert_string_equal(nic_text(&facts.nics[0]),
			    "eth0  virtio_net  52:54:00:12:34:56  no DHCP "
			    "server has answered yet");
	assert_int_equal(apply(&facts, "lease interface=eth0 "
				       "address=10.0.2.15 prefix=24 "
				       "router=10.0.2.2 dns=10.0.2.3,9.9.9.9"),
			 FACTS_LEASE);
	assert_int_equal(at, 0);
	assert_true(facts_have_lease(&facts));
	assert_string_equal(nic_text(&facts.nics[0]),
			    "eth0  virtio_net  52:54:00:12:34:56  "
			    "10.0.2.15/24  gateway 10.0.2.2  DNS "
			    "10.0.2.3,9.9.9.9");
	/* The carrier goes and comes; the lease is still the lease. */
	assert_int_equal(apply(&facts, "nic interface=eth0 carrier=0"),
			 FACTS_NIC);
	assert_true(facts_have_lease(&facts));
	assert_int_equal(apply(&facts, "lost interface=eth0"), FACTS_LOST);
	assert_false(facts_have_lease(&facts));
	assert_int_equal(apply(&facts, "gone interface=eth0"), FACTS_GONE);
	assert_int_equal(facts.n_nics, 0);
	assert_int_equal(facts.n_malformed, 0);
}

static void test_renewal_is_no_news(void **state)
{
	static const char *const others[] = {
		"lease interface=e address=10.0.0.3 prefix=24 router=10.0.0.1 "
		"dns=10.0.0.1",
		"lease interface=e address=10.0.0.3 prefix=25 router=10.0.0.1 "
		"dns=10.0.0.1",
		"lease interface=e address=10.0.0.3 prefix=25 router=10.0.0.9 "
		"dns=10.0.0.1",
		"lease interface=e address=10.0.0.3 prefix=25 dns=10.0.0.1",
		"lease interface=e address=10.0.0.3 prefix=25 dns=10.0.0.2",
		"lease interface=e address=10.0.0.3 prefix=25",
	};
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(apply(&facts, others[i]), FACTS_LEASE);
		assert_int_equal(apply(&facts, others[i]), FACTS_NOTHING);
	}
	/* Lost and back is news. */
	assert_int_equal(apply(&facts, "lost interface=e"), FACTS_LOST);
	assert_int_equal(apply(&facts, others[5]), FACTS_LEASE);
}

static void test_lease_that_is_malformed(void **state)
{
	static const char *const bad[] = {
		"lease interface=e",
		"lease interface=e address=10.0.0.3",
		"lease interface=e prefix=24",
		"lease interface=e address=10.0.0.3 prefix=33",
		"lease interface=e address=10.0.0.3 prefix=-1",
		"lease interface=e address=10.0.0 prefix=24",
		"lease interface=e address=10.0.0.3%0a prefix=24",
		"lease interface=e address= prefix=24",
		"lease address=10.0.0.3 prefix=24",
	};
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(apply(&facts, bad[i]), FACTS_NOTHING);
		assert_int_equal(facts.n_malformed, i + 1);
		assert_false(facts_have_lease(&facts));
	}
	assert_int_equal(apply(&facts, "lease interface=e address=0.0.0.0 "
				       "prefix=0"),
			 FACTS_LEASE);
	assert_int_equal(apply(&facts, "lease interface=e "
				       "address=255.255.255.255 prefix=32"),
			 FACTS_LEASE);
	assert_string_equal(facts.nics[0].address, "255.255.255.255/32");
}

static void test_trouble(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	assert_int_equal(apply(&facts, "trouble interface=e "
				       "text=no%20CONFIG_PACKET"),
			 FACTS_NIC);
	assert_string_equal(nic_text(&facts.nics[0]), "e  no CONFIG_PACKET");
	/* It is over with a lease, also when that is lost again. */
	apply(&facts, "lease interface=e address=10.0.0.3 prefix=24");
	assert_string_equal(nic_text(&facts.nics[0]), "e  10.0.0.3/24");
	apply(&facts, "lost interface=e");
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  the lease has ended; asking for another");
	apply(&facts, "trouble interface=e text=x");
	assert_int_equal(apply(&facts, "trouble interface=e"), FACTS_NIC);
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  the lease has ended; asking for another");
}

/* An address that no server gave, of both families. */
static void test_d40_addresses_without_dhcp(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	assert_int_equal(apply(&facts, "link-local interface=e "
				       "address=169.254.7.8"),
			 FACTS_ADDRESS);
	assert_int_equal(at, 0);
	assert_false(facts_have_lease(&facts));
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  169.254.7.8/16, as no DHCP server has "
			    "answered");
	assert_int_equal(apply(&facts, "address6 interface=e "
				       "address=2001:db8::7"),
			 FACTS_ADDRESS);
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  169.254.7.8/16, as no DHCP server has "
			    "answered  2001:db8::7");
	/* A lease is shown in its place. */
	apply(&facts, "lease interface=e address=10.0.0.3 prefix=24");
	assert_int_equal(apply(&facts, "link-local interface=e "
				       "address=0.0.0.0"),
			 FACTS_NIC);
	assert_string_equal(facts.nics[0].link_local, "");
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  10.0.0.3/24  2001:db8::7");
	/* The end of another one does not concern the one that is shown. */
	assert_int_equal(apply(&facts, "lost6 interface=e "
				       "address=2001:db8::8"),
			 FACTS_NIC);
	assert_string_equal(facts.nics[0].address6, "2001:db8::7");
	apply(&facts, "address6 interface=e address=2001:db8::9");
	assert_int_equal(apply(&facts, "lost6 interface=e "
				       "address=2001:db8::9"),
			 FACTS_NIC);
	assert_string_equal(facts.nics[0].address6, "");
	assert_true(facts_have_lease(&facts));
	assert_int_equal(facts.n_malformed, 0);
}

/* D24: the reason stays in sight. */
static void test_d24_link_local_after_a_conflict(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	apply(&facts, "lease interface=e address=10.0.0.3 prefix=24");
	apply(&facts, "lost interface=e");
	apply(&facts, "trouble interface=e text=10.0.0.3%20is%20taken");
	assert_string_equal(nic_text(&facts.nics[0]), "e  10.0.0.3 is taken");
	apply(&facts, "link-local interface=e address=169.254.7.8");
	assert_string_equal(nic_text(&facts.nics[0]),
			    "e  169.254.7.8/16, as 10.0.0.3 is taken");
}

static void test_link_local_that_is_none(void **state)
{
	static const char *const bad[] = {
		"link-local interface=e",
		"link-local interface=e address=",
		"link-local interface=e address=0.0.0.0",
		"link-local interface=e address=169.254.7",
		"link-local interface=e address=169.254.7.8%0a",
		"link-local interface=e address=fe80::1",
	};
	struct facts facts = { .n_nics = 0 };
	char line[128];

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		apply(&facts, "link-local interface=e address=169.254.7.8");
		assert_string_equal(facts.nics[0].link_local, "169.254.7.8");
		assert_int_equal(apply(&facts, bad[i]), FACTS_NIC);
		assert_string_equal(facts.nics[0].link_local, "");
	}
	/* Foreign, and shown as such. */
	apply(&facts, "address6 interface=e address=%1b[2J");
	assert_null(strchr(nic_text(&facts.nics[0]), '\033'));
	sprintf(line, "address6 interface=e address=%047d", 0);
	apply(&facts, line);
	assert_int_equal(strlen(facts.nics[0].address6), 47);
	sprintf(line, "address6 interface=e address=%048d", 0);
	apply(&facts, line);
	assert_string_equal(facts.nics[0].address6, "");
}

static void test_records_about_unknown_nics(void **state)
{
	static const char *const lines[] = {
		"gone interface=e",
		"lost interface=e",
		"trouble interface=e text=x",
		"link-local interface=e address=169.254.7.8",
		"address6 interface=e address=2001:db8::7",
		"lost6 interface=e address=2001:db8::7",
		"other interface=e",
		"lease interface=e address=10.0.0.3 prefix=24",
	};
	struct facts facts = { .n_nics = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(apply(&facts, lines[i]), FACTS_NOTHING);
	assert_int_equal(facts.n_nics, 0);
	assert_int_equal(facts.n_malformed, 0);
	/* A kind of record that a newer child knows. */
	apply(&facts, "nic interface=e");
	assert_int_equal(apply(&facts, "other interface=e"), FACTS_NOTHING);
}

static void test_interface_names(void **state)
{
	static const char *const bad[] = {
		"nic",
		"nic driver=x",
		"nic interface=",
		"nic interface=%00",
		"nic interface=e%00",
		"nic interface=%zz",
		"nic interface=sixteen-bytes-xx",
		"nic interface=much-longer-than-sixteen-bytes",
		"other",
		"",
		"nic interface",
		"NIC interface=e",
		"\x1b[2J",
	};
	struct facts facts = { .n_nics = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(apply(&facts, bad[i]), FACTS_NOTHING);
		assert_int_equal(facts.n_malformed, i + 1);
	}
	assert_int_equal(facts.n_nics, 0);
	assert_int_equal(apply(&facts, "nic interface=fifteen-bytes-x"),
			 FACTS_NIC);
	assert_int_equal(apply(&facts, "nic interface=fifteen-bytes-y"),
			 FACTS_NIC);
	assert_int_equal(facts.n_nics, 2);
	assert_string_equal(facts.nics[1].name, "fifteen-bytes-y");
}

/* What is too long or cannot be decoded is absent, not cut. */
static void test_values_out_of_bounds(void **state)
{
	char line[1024];
	struct facts facts = { .n_nics = 0 };

	(void)state;
	sprintf(line, "nic interface=e driver=%031d mac=%095d carrier=1", 0, 0);
	apply(&facts, line);
	assert_int_equal(strlen(facts.nics[0].driver), 31);
	assert_int_equal(strlen(facts.nics[0].mac), 95);
	sprintf(line, "nic interface=e driver=%032d mac=%096d carrier=2", 0, 0);
	apply(&facts, line);
	assert_string_equal(facts.nics[0].driver, "");
	assert_string_equal(facts.nics[0].mac, "");
	assert_false(facts.nics[0].carrier);
	apply(&facts, "nic interface=e driver=%0 mac=a%00b");
	assert_string_equal(facts.nics[0].driver, "");
	assert_string_equal(facts.nics[0].mac, "");

	/* As many servers as a lease may have, each of the longest. */
	apply(&facts, "lease interface=e address=1.1.1.1 prefix=8 "
		      "router=255.255.255.255 dns=255.255.255.255,"
		      "255.255.255.254,255.255.255.253,255.255.255.252");
	assert_string_equal(facts.nics[0].gateway, "255.255.255.255");
	assert_string_equal(facts.nics[0].dns,
			    "255.255.255.255,255.255.255.254,"
			    "255.255.255.253,255.255.255.252");

	sprintf(line, "trouble interface=e text=%095d", 0);
	apply(&facts, line);
	assert_int_equal(strlen(facts.nics[0].trouble), 95);
	sprintf(line, "trouble interface=e text=%096d", 0);
	apply(&facts, line);
	assert_string_equal(facts.nics[0].trouble, "");
}

static void test_too_many_nics(void **state)
{
	struct facts facts = { .n_nics = 0 };
	char line[64];

	(void)state;
	for (unsigned int i = 0; i < FACTS_NICS_MAX + 4; i++) {
		sprintf(line, "nic interface=eth%u", i);
		assert_int_equal(apply(&facts, line), i < FACTS_NICS_MAX ?
							      FACTS_NIC :
							      FACTS_NOTHING);
	}
	assert_int_equal(facts.n_nics, FACTS_NICS_MAX);
	assert_int_equal(facts.n_over, 4);
	/* The ones that are there are still served. */
	assert_int_equal(apply(&facts, "nic interface=eth15 carrier=1"),
			 FACTS_NIC);
	assert_int_equal(at, 15);
	assert_int_equal(facts.n_over, 4);
	/* Room again: the first, the middle and the last one go. */
	assert_int_equal(apply(&facts, "gone interface=eth0"), FACTS_GONE);
	assert_int_equal(apply(&facts, "gone interface=eth7"), FACTS_GONE);
	assert_int_equal(apply(&facts, "gone interface=eth15"), FACTS_GONE);
	assert_int_equal(facts.n_nics, FACTS_NICS_MAX - 3);
	assert_string_equal(facts.nics[0].name, "eth1");
	assert_string_equal(facts.nics[5].name, "eth6");
	assert_string_equal(facts.nics[6].name, "eth8");
	assert_string_equal(facts.nics[12].name, "eth14");
	assert_int_equal(apply(&facts, "nic interface=new"), FACTS_NIC);
	assert_int_equal(at, 13);
	/* Nothing of the one that was there before. */
	assert_false(facts.nics[13].carrier);
	assert_int_equal(apply(&facts, "gone interface=eth0"), FACTS_NOTHING);
}

/* What providers.c makes of them is its own test. */
static void test_providers(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	assert_int_equal(found(&facts, "service url=http://a/"),
			 FACTS_PROVIDER);
	assert_int_equal(at, 0);
	assert_int_equal(found(&facts, "service url=http://b/"),
			 FACTS_PROVIDER);
	assert_int_equal(at, 1);
	assert_int_equal(found(&facts, "service url=http://b/"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "changed url=http://b/ health=ok"),
			 FACTS_PROVIDER);
	assert_int_equal(at, 1);
	assert_int_equal(found(&facts, "lost url=http://c/"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "lost url=http://a/"),
			 FACTS_PROVIDER_GONE);
	assert_string_equal(facts.providers.gone.url, "http://a/");
	assert_int_equal(facts.n_malformed, 0);
	assert_int_equal(found(&facts, "service source=x"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "changed"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "lost"), FACTS_NOTHING);
	assert_int_equal(facts.n_malformed, 3);
	assert_int_equal(facts.providers.n, 1);
}

/* Who reads packets of discovery cannot make up leases, and the reverse. */
static void test_children_speak_of_their_own(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	apply(&facts, "nic interface=e carrier=1");
	apply(&facts, "lease interface=e address=1.1.1.1 prefix=8");
	assert_int_equal(found(&facts, "nic interface=f"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "gone interface=e"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "lost interface=e"), FACTS_NOTHING);
	assert_int_equal(found(&facts, "lease interface=e address=2.2.2.2 "
				       "prefix=8"),
			 FACTS_NOTHING);
	assert_int_equal(found(&facts, "trouble interface=e text=x"),
			 FACTS_NOTHING);
	assert_int_equal(found(&facts, "settled nics=0"), FACTS_NOTHING);
	assert_int_equal(facts.n_nics, 1);
	assert_false(facts.settled);
	assert_string_equal(nic_text(&facts.nics[0]), "e  1.1.1.1/8");
	assert_int_equal(apply(&facts, "service url=http://x/"), FACTS_NOTHING);
	assert_int_equal(apply(&facts, "done"), FACTS_NOTHING);
	assert_int_equal(facts.providers.n, 0);
	assert_false(facts.searched);
}

static void test_settled_and_done(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	assert_int_equal(apply(&facts, "settled nics=0"), FACTS_SETTLED);
	assert_true(facts.settled);
	assert_false(facts.searched);
	assert_int_equal(found(&facts, "done"), FACTS_SEARCHED);
	assert_true(facts.searched);
}

static void test_banner(void **state)
{
	struct facts_banner banner = plain;
	struct facts facts = { .n_nics = 0 };

	(void)state;
	/* Drivers may still be on their way. */
	assert_non_null(strstr(banner_text(&facts, &banner),
			       "  no network yet: no NIC so far\n\n"));
	facts.settled = true;
	assert_string_equal(banner_text(&facts, &banner),
			    "\nPhase Boot 0.1, Linux 6.12 on aarch64\n"
			    "  mode internet, channel stable, ready after "
			    "321ms\n"
			    "  no network: no NIC was found\n\n");
	banner.net_trouble = "CONFIG_PACKET is missing";
	assert_string_equal(banner_text(&facts, &banner),
			    "\nPhase Boot 0.1, Linux 6.12 on aarch64\n"
			    "  mode internet, channel stable, ready after "
			    "321ms\n"
			    "  no network: CONFIG_PACKET is missing\n\n");
	banner.has_net = true;
	assert_non_null(strstr(banner_text(&facts, &banner),
			       "  network as the kernel has set it up: "
			       "CONFIG_PACKET is missing\n"
			       "  no provider found\n\n"));
	banner.has_net = false;
	banner.net_trouble = NULL;
	banner.channel = "";
	apply(&facts, "nic interface=e carrier=1");
	assert_string_equal(banner_text(&facts, &banner),
			    "\nPhase Boot 0.1, Linux 6.12 on aarch64\n"
			    "  mode internet, ready after 321ms\n"
			    "  e  no DHCP server has answered yet\n\n");
	apply(&facts, "lease interface=e address=1.1.1.1 prefix=8");
	banner.searching = true;
	assert_non_null(strstr(banner_text(&facts, &banner),
			       "\n  e  1.1.1.1/8\n  no provider yet, still "
			       "looking\n\n"));
	banner.searching = false;
	assert_non_null(strstr(banner_text(&facts, &banner),
			       "\n  e  1.1.1.1/8\n  no provider found\n\n"));
	found(&facts, "service url=http://x/ suitable=yes");
	assert_non_null(strstr(banner_text(&facts, &banner),
			       "\n  e  1.1.1.1/8\n  provider  http://x/\n\n"));
}

/* However many there are, the banner is short, and the best is in it. */
static void test_m19_banner_of_many_providers(void **state)
{
	struct facts facts = { .settled = true };
	char line[2048], *buffer;

	(void)state;
	for (unsigned int i = 0; i < PROVIDERS_MAX; i++) {
		sprintf(line, "service url=http://10.0.0.%u/ suitable=yes", i);
		found(&facts, line);
	}
	found(&facts, "service url=http://best/ suitable=yes best=yes");
	assert_string_equal(
		strstr(banner_text(&facts, &plain), "NIC was found\n"),
		"NIC was found\n"
		"  provider  http://best/\n"
		"  provider  http://10.0.0.0/\n"
		"  provider  http://10.0.0.1/\n"
		"  provider  http://10.0.0.2/\n"
		"  and 12 more: see /run/phase/services.json\n\n");
	/* There is a banner though the best one fills all of it. */
	sprintf(line, "service url=%0511d suitable=yes best=yes", 0);
	found(&facts, line);
	for (size_t size = 256; size < 1024; size++) {
		struct writer writer;

		buffer = malloc(size);
		assert_non_null(buffer);
		writer_init(&writer, buffer, size);
		facts_put_banner(&writer, &facts, &plain);
		assert_false(writer_failed(&writer));
		free(buffer);
	}
}

/* All fields as long and as bad as they can be, and nothing of it reaches the
 * terminal but as \xNN. */
static void test_m22_d42_hostile_records(void **state)
{
	static const struct {
		const char *bytes; /* as they are written in a record */
		const char *shown;
	} bad[] = {
		{ "%1b%5b2J%1b%5d0%3bx%07", "\\x1b[2J\\x1b]0;x\\x07" },
		{ "a%0ab%0dc%08", "a\\x0ab\\x0dc\\x08" },
		{ "%c2%9b2J", "\\xc2\\x9b2J" },
		{ "%9b%ff%7f", "\\x9b\\xff\\x7f" },
		{ "%e2%80%aegpj", "\\xe2\\x80\\xaegpj" },
		{ "%5cx1b", "\\\\x1b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct facts facts = { .n_nics = 0 };
		char line[512], wanted[512];
		const char *b = bad[i].bytes, *s = bad[i].shown;

		sprintf(line, "nic interface=e driver=%s mac=%s", b, b);
		apply(&facts, line);
		sprintf(line,
			"lease interface=e address=1.1.1.1 prefix=8 "
			"router=%s dns=%s",
			i > 0 ? b : "%07", b);
		apply(&facts, line);
		sprintf(wanted, "e  %s  %s  1.1.1.1/8  gateway %s  DNS %s", s,
			s, i > 0 ? s : "\\x07", s);
		assert_string_equal(nic_text(&facts.nics[0]), wanted);
		apply(&facts, "lost interface=e");
		sprintf(line, "trouble interface=e text=%s", b);
		apply(&facts, line);
		sprintf(wanted, "e  %s  %s  %s", s, s, s);
		assert_string_equal(nic_text(&facts.nics[0]), wanted);
		sprintf(line, "service instance=%s url=%s source=%s health=%s",
			b, b, i > 0 ? b : "%1b", i > 0 ? b : "%0a");
		assert_int_equal(found(&facts, line), FACTS_PROVIDER);
		sprintf(line, "nic interface=%s", i > 0 ? b : "%1b");
		apply(&facts, line);
		sprintf(wanted, "%s  no carrier: is its cable plugged in?",
			i > 0 ? s : "\\x1b");
		assert_string_equal(nic_text(&facts.nics[1]), wanted);
		sprintf(wanted,
			"provider  %s  %s  (%s, %s)  not for this "
			"architecture and channel",
			s, s, i > 0 ? s : "\\x1b", i > 0 ? s : "\\x0a");
		assert_non_null(strstr(banner_text(&facts, &plain), wanted));
		for (const char *c = banner_text(&facts, &plain); *c; c++)
			assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	}
}

static void test_modules(void **state)
{
	struct facts facts = { .n_nics = 0 };

	(void)state;
	assert_int_equal(told(&facts, "module name=virtio-net start=5 end=9"),
			 FACTS_MODULE);
	assert_string_equal(facts.module.name, "virtio-net");
	assert_string_equal(facts.module.error, "");
	assert_true(facts.module.start_ns == 5 && facts.module.end_ns == 9);
	assert_int_equal(told(&facts, "module name=x start=5 "
				      "end=9223372036854775807 error=ENODEV"),
			 FACTS_MODULE);
	assert_string_equal(facts.module.error, "ENODEV");
	assert_int_equal(facts.n_modules, 1);
	assert_int_equal(facts.n_modules_failed, 1);
	assert_false(facts.coldplugged);
	assert_int_equal(told(&facts, "coldplugged modules=1 failed=1 late=2"),
			 FACTS_COLDPLUGGED);
	assert_true(facts.coldplugged);
	assert_int_equal(facts.n_modules_late, 2);
	/* Of others it is none. */
	assert_int_equal(found(&facts, "module name=y start=1 end=2"),
			 FACTS_NOTHING);
	assert_int_equal(told(&facts, "settled nics=0"), FACTS_NOTHING);
	assert_string_equal(facts.module.name, "x");
	assert_int_equal(facts.n_malformed, 0);
}

static void test_modules_that_are_malformed(void **state)
{
	static const char *const lines[] = {
		"module start=1 end=2",
		"module name= start=1 end=2",
		"module name=x end=2",
		"module name=x start=1",
		"module name=x start=2 end=1",
		"module name=x start=-1 end=1",
		"module name=x start=1 end=9223372036854775808",
		"unserved",
		"unserved alias=",
		"unserved alias=%00",
	};
	struct facts facts = { .n_nics = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(told(&facts, lines[i]), FACTS_NOTHING);
	assert_int_equal(facts.n_malformed, ARRAY_SIZE(lines));
	assert_int_equal(facts.n_modules + facts.n_unserved, 0);
}

static void test_unserved(void **state)
{
	struct facts facts = { .n_nics = 0 };
	char line[64];

	(void)state;
	for (unsigned int i = 0; i < FACTS_UNSERVED_MAX; i++) {
		sprintf(line, "unserved alias=pci:%u%%2a", i);
		assert_int_equal(told(&facts, line), FACTS_UNSERVED);
		assert_int_equal(at, i);
	}
	assert_string_equal(facts.unserved[3], "pci:3*");
	assert_int_equal(told(&facts, line), FACTS_NOTHING);
	assert_int_equal(facts.n_over, 0);
	assert_int_equal(told(&facts, "unserved alias=pci:x"), FACTS_NOTHING);
	assert_int_equal(facts.n_over, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_d42_host_name_of_a_lease),
		cmocka_unit_test(test_nic_and_lease),
		cmocka_unit_test(test_renewal_is_no_news),
		cmocka_unit_test(test_lease_that_is_malformed),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_d40_addresses_without_dhcp),
		cmocka_unit_test(test_d24_link_local_after_a_conflict),
		cmocka_unit_test(test_link_local_that_is_none),
		cmocka_unit_test(test_records_about_unknown_nics),
		cmocka_unit_test(test_interface_names),
		cmocka_unit_test(test_values_out_of_bounds),
		cmocka_unit_test(test_too_many_nics),
		cmocka_unit_test(test_providers),
		cmocka_unit_test(test_children_speak_of_their_own),
		cmocka_unit_test(test_settled_and_done),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_modules_that_are_malformed),
		cmocka_unit_test(test_unserved),
		cmocka_unit_test(test_banner),
		cmocka_unit_test(test_m19_banner_of_many_providers),
		cmocka_unit_test(test_m22_d42_hostile_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
