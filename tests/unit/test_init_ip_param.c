/* init/ip_param.c and ip_field.c: ip= and its like, as the kernel and
 * distributions have it, and whatever else may stand there (P18). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/format.h"
#include "base/text.h"
#include "init/ip_param.h"

static unsigned int n_complaints;
static char complaint[1024];

static void complain(const char *message)
{
	for (const char *c = message; *c; c++)
		assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
	text_print(complaint, sizeof(complaint), "%s", message);
	n_complaints++;
}

static struct net_plan plan;

/* TEXT in a block of its size. */
static void parse(const char *text)
{
	size_t len = strlen(text);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	n_complaints = 0;
	complaint[0] = '\0';
	memset(&plan, 0xee, sizeof(plan));
	net_plan_init(&plan);
	ip_param_parse(&plan, (struct span){ copy, len }, complain);
	free(copy);
}

static void put_address(struct writer *writer,
			const struct net_plan_address *address)
{
	if (address->is_ipv6)
		text_put_ipv6(writer, address->ipv6);
	else
		text_put_ipv4(writer, address->ipv4);
}

/* A device as text: every field that is not empty. */
static const char *shown(const struct net_plan_device *device)
{
	static const char *const bits[] = { "dhcp",  "static",	"ll", "auto6",
					    "dhcp6", "static6", "ll6" };
	static char text[512];
	struct writer writer;
	bool first = true;

	writer_init(&writer, text, sizeof(text));
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		if (!(device->methods & 1u << i))
			continue;
		text_put(&writer, first ? "" : "+");
		text_put(&writer, bits[i]);
		first = false;
	}
	if (first)
		text_put(&writer, "off");
	if (device->address) {
		text_put(&writer, " ");
		text_put_ipv4(&writer, device->address);
		text_format(&writer, "/%u", device->prefix);
	}
	if (device->gateway) {
		text_put(&writer, " via ");
		text_put_ipv4(&writer, device->gateway);
	}
	if (device->server) {
		text_put(&writer, " server ");
		text_put_ipv4(&writer, device->server);
	}
	if (device->prefix6) {
		text_put(&writer, " ");
		text_put_ipv6(&writer, device->address6);
		text_format(&writer, "/%u via ", device->prefix6);
		text_put_ipv6(&writer, device->gateway6);
	}
	for (unsigned int i = 0; i < device->n_dns; i++) {
		text_put(&writer, " dns ");
		put_address(&writer, &device->dns[i]);
	}
	if (device->ntp) {
		text_put(&writer, " ntp ");
		text_put_ipv4(&writer, device->ntp);
	}
	if (device->mtu)
		text_format(&writer, " mtu %u", device->mtu);
	if (device->hostname[0])
		text_format(&writer, " name %s", device->hostname);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static const char *plan_for(const char *name)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	/* eth1 is the one of BOOTIF=, where there is one. */
	return shown(net_plan_for(&plan, name,
				  strcmp(name, "eth1") == 0 ? mac : NULL));
}

/* What becomes of eth0 and eth1. */
static void expect(const char *text, const char *eth0, const char *eth1)
{
	parse(text);
	assert_string_equal(complaint, "");
	assert_int_equal(n_complaints, 0);
	assert_string_equal(plan_for("eth0"), eth0);
	assert_string_equal(plan_for("eth1"), eth1);
}

/* TEXT is one bad word, which changes nothing. */
static void expect_bad(const char *text, const char *message)
{
	struct net_plan fresh;

	parse(text);
	assert_int_equal(n_complaints, 1);
	assert_string_equal(complaint, message);
	net_plan_init(&fresh);
	assert_memory_equal(&plan, &fresh, sizeof(plan));
}

static void test_defaults(void **state)
{
	(void)state;
	expect("", "dhcp+auto6", "dhcp+auto6");
	expect("quiet ip xip=off ipv=off IP=off phase.ipx=off --", "dhcp+auto6",
	       "dhcp+auto6");
	assert_int_equal(plan.n_devices, 0);
	/* init's own arguments. */
	expect("-- ip=off", "dhcp+auto6", "dhcp+auto6");
}

static void test_method_alone(void **state)
{
	static const char *const cases[][2] = {
		{ "ip=dhcp", "dhcp+auto6" },
		{ "ip=dhcp4", "dhcp+auto6" },
		{ "ip=bootp", "dhcp+auto6" },
		{ "ip=both", "dhcp+auto6" },
		{ "ip=on", "dhcp+auto6" },
		{ "ip=any", "dhcp+auto6" },
		{ "ip=off", "off" },
		{ "ip=none", "off" },
		{ "ip=", "off" },
		{ "ip=\"\"", "off" },
		{ "ip=auto6", "auto6" },
		{ "ip=dhcp6", "dhcp6" },
		{ "ip=either6", "auto6+dhcp6" },
		{ "ip=link6", "ll6" },
		{ "ip=link-local", "ll+ll6" },
		{ "ip=dhcp,dhcp6", "dhcp+dhcp6" },
		{ "ip=dhcp,auto6,dhcp6", "dhcp+auto6+dhcp6" },
		{ "\"ip=dhcp\"", "dhcp+auto6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(cases[i][0], cases[i][1], cases[i][1]);
}

static void test_device_and_method(void **state)
{
	(void)state;
	/* Who names devices means no others. */
	expect("ip=eth0:dhcp", "dhcp+auto6", "off");
	expect("ip=eth0:dhcp6", "dhcp6", "off");
	expect("ip=eth0:dhcp,auto6:1400", "dhcp+auto6 mtu 1400", "off");
	expect("ip=eth0:dhcp:", "dhcp+auto6", "off");
	expect("ip=eth0:dhcp ip=eth1:link-local", "dhcp+auto6", "ll+ll6");
	/* But to leave one alone is no word about the others. */
	expect("ip=eth0:off", "off", "dhcp+auto6");
	expect("ip=eth0:none", "off", "dhcp+auto6");
	expect("ip=off ip=eth0:dhcp", "dhcp+auto6", "off");
	expect("ip=auto6 ip=eth0:dhcp", "dhcp+auto6", "auto6");
	expect("ip=eth0:link6 ip=auto6", "ll6", "auto6");
}

static void test_kernel_form(void **state)
{
	(void)state;
	expect("ip=192.168.1.2::192.168.1.1:255.255.255.0:host:eth0:off",
	       "static+auto6 192.168.1.2/24 via 192.168.1.1 name host", "off");
	expect("ip=10.0.0.5:10.0.0.9:10.0.0.1:255.255.0.0:a.b-c:eth0:none:"
	       "10.0.0.3:10.0.0.4:10.0.0.6",
	       "static+auto6 10.0.0.5/16 via 10.0.0.1 server 10.0.0.9 dns "
	       "10.0.0.3 dns 10.0.0.4 ntp 10.0.0.6 name a.b-c",
	       "off");
	expect("ip=10.0.0.5/30:::::eth0", "static+auto6 10.0.0.5/30", "off");
}

static void test_kernel_form_netmasks(void **state)
{
	static const char *const cases[][2] = {
		{ "ip=10.0.0.5::::::", "static+auto6 10.0.0.5/8" },
		{ "ip=10.0.0.5", "static+auto6 10.0.0.5/8" },
		{ "ip=172.16.0.5:", "static+auto6 172.16.0.5/16" },
		{ "ip=192.168.0.5:::", "static+auto6 192.168.0.5/24" },
		{ "ip=10.0.0.5/30", "static+auto6 10.0.0.5/30" },
		{ "ip=10.0.0.5:::24", "static+auto6 10.0.0.5/24" },
		{ "ip=10.0.0.5:::/24", "static+auto6 10.0.0.5/24" },
		{ "ip=10.0.0.5/30:::25", "static+auto6 10.0.0.5/25" },
		{ "ip=10.0.0.5:::255.255.255.255", "static+auto6 10.0.0.5/32" },
		{ "ip=10.0.0.5:::128.0.0.0", "static+auto6 10.0.0.5/1" },
		{ "ip=10.0.0.5:::1", "static+auto6 10.0.0.5/1" },
		{ "ip=10.0.0.5:::32", "static+auto6 10.0.0.5/32" },
		{ "ip=10.0.0.5::10.0.0.1/24", NULL },
		{ "ip=10.0.0.5:::0", NULL },
		{ "ip=10.0.0.5:::33", NULL },
		{ "ip=10.0.0.5:::0.0.0.0", NULL },
		{ "ip=10.0.0.5:::255.0.255.0", NULL },
		{ "ip=10.0.0.5:::0.0.0.255", NULL },
		{ "ip=10.0.0.5:::x", NULL },
		{ "ip=10.0.0.5:::/", NULL },
		{ "ip=10.0.0.5/x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		parse(cases[i][0]);
		assert_int_equal(n_complaints, !cases[i][1]);
		assert_string_equal(plan_for("eth0"),
				    cases[i][1] ? cases[i][1] : "dhcp+auto6");
	}
}

static void test_kernel_form_methods(void **state)
{
	(void)state;
	/* Without an address: autoconfiguration, with what was said. */
	expect("ip=:::::eth0", "dhcp+auto6", "off");
	expect("ip=:::::eth0:any", "dhcp+auto6", "off");
	expect("ip=:::::eth0:off", "off", "dhcp+auto6");
	expect("ip=::::host", "dhcp+auto6 name host", "dhcp+auto6 name host");
	expect("ip=0.0.0.0:0.0.0.0:0.0.0.0:255.0.0.0:host:eth0:dhcp:0.0.0.0",
	       "dhcp+auto6 name host", "off");
	expect("ip=:10.0.0.9:::::dhcp", "dhcp+auto6 server 10.0.0.9",
	       "dhcp+auto6 server 10.0.0.9");
	/* The kernel asks nobody for an address that it has. */
	expect("ip=10.0.0.5:::24::eth0:on", "static+auto6 10.0.0.5/24", "off");
	expect("ip=10.0.0.5:::24::eth0:any", "static+auto6 10.0.0.5/24", "off");
	expect("ip=10.0.0.5:::24::eth0:both", "static+auto6 10.0.0.5/24",
	       "off");
	expect("ip=10.0.0.5:::24::eth0:dhcp6", "static+dhcp6 10.0.0.5/24",
	       "off");
	/* Who writes dhcp wants to be given it. */
	expect("ip=10.0.0.5:::24::eth0:dhcp", "dhcp+auto6 10.0.0.5/0", "off");
	expect("ip=10.0.0.5:::24::eth0:dhcp,dhcp6", "dhcp+dhcp6 10.0.0.5/0",
	       "off");
	/* A gateway alone. */
	expect("ip=::10.0.0.1:::eth0:off", "off", "dhcp+auto6");
	/* dracut: an MTU, or DNS servers. */
	expect("ip=:::::eth0:dhcp:9000", "dhcp+auto6 mtu 9000", "off");
	expect("ip=:::::eth0:dhcp:9000:1.1.1.1",
	       "dhcp+auto6 dns 1.1.1.1 "
	       "mtu 9000",
	       "off");
	expect("ip=:::::eth0:dhcp:[fd00::53]:1.1.1.1",
	       "dhcp+auto6 dns fd00::53 dns 1.1.1.1", "off");
}

static void test_ipv6(void **state)
{
	(void)state;
	expect("ip=[fd00::2]::[fd00::1]:48::eth0:none",
	       "static6 fd00::2/48 via fd00::1", "off");
	expect("ip=[fd00::2]:::/48::eth0:none",
	       "static6 fd00::2/48 via ::", "off");
	expect("ip=[fd00::2/128]::::host:eth0:none",
	       "static6 fd00::2/128 via :: name host", "off");
	expect("ip=[fd00::2]::::::", "dhcp+static6 fd00::2/64 via ::", "off");
	expect("ip=[fd00::2]::::eth1:eth0:dhcp",
	       "dhcp+static6 fd00::2/64 via :: name eth1", "off");
	/* Both families of one device, in two words. */
	expect("ip=10.0.0.5:::24::eth0:off ip=[fd00::2]::::::none "
	       "ip=[fd00::2]::[fd00::1]:::eth0:off",
	       "static+static6 10.0.0.5/24 fd00::2/64 via fd00::1",
	       "static6 fd00::2/64 via ::");
	expect("ip=eth0:auto6 ip=eth0:dhcp", "dhcp+auto6", "off");
	expect("ip=eth0:dhcp6 ip=eth0:dhcp", "dhcp+dhcp6", "off");
	expect("ip=eth0:dhcp ip=eth0:dhcp6", "dhcp+dhcp6", "off");
	/* Off and on again. */
	expect("ip=eth0:dhcp6 ip=eth0:off ip=eth0:dhcp", "dhcp+auto6", "off");
	expect("ip=eth0:dhcp ip=eth0:off", "off", "dhcp+auto6");
}

static void test_later_counts(void **state)
{
	(void)state;
	expect("ip=10.0.0.5::10.0.0.1:24:a:eth0:off:1500:1.1.1.1 "
	       "ip=10.0.0.6:::16:b:eth0:off:1400:2.2.2.2:3.3.3.3",
	       "static+auto6 10.0.0.6/16 dns 2.2.2.2 ntp 3.3.3.3 mtu 1400 "
	       "name b",
	       "off");
	/* What the later one is silent about stays. */
	expect("ip=10.0.0.5::10.0.0.1:24:a:eth0:off:1500:1.1.1.1:4.4.4.4 "
	       "ip=eth0:dhcp",
	       "dhcp+auto6 dns 1.1.1.1 ntp 4.4.4.4 mtu 1500 name a", "off");
}

static void test_phase_ip_wins(void **state)
{
	(void)state;
	expect("ip=off phase.ip=eth0:dhcp ip=eth1:dhcp", "dhcp+auto6", "off");
	expect("phase.ip=off ip=dhcp", "off", "off");
	/* One that is wrong does not. */
	parse("phase.ip=eth0:dcp ip=eth0:dhcp6");
	assert_int_equal(n_complaints, 1);
	assert_string_equal(plan_for("eth0"), "dhcp6");
	/* And then ip= is not even read. */
	expect("phase.ip=off ip=nonsense:x", "off", "off");
}

/* An address belongs to one NIC: the first that is asked about. */
static void test_address_without_device(void **state)
{
	(void)state;
	expect("ip=10.0.0.5:::24", "static+auto6 10.0.0.5/24", "off");
	assert_string_equal(plan_for("eth0"), "static+auto6 10.0.0.5/24");
	assert_string_equal(plan_for("eth2"), "off");
	expect("ip=[fd00::2]::::::off", "static6 fd00::2/64 via ::", "off");
	/* With BOOTIF= that one. */
	expect("ip=10.0.0.5:::24 BOOTIF=01-52-54-00-12-34-56", "off",
	       "static+auto6 10.0.0.5/24");
	/* A name that is none cannot be noted. */
	parse("ip=10.0.0.5:::24");
	assert_string_equal(plan_for("a-name-of-16-byte"), "off");
	assert_string_equal(plan_for("eth0"), "static+auto6 10.0.0.5/24");
}

static void test_bootif(void **state)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	static const uint8_t other[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x57 };

	(void)state;
	expect("BOOTIF=01-52-54-00-12-34-56", "dhcp+auto6", "dhcp+auto6");
	assert_true(net_plan_is_boot(&plan, mac));
	assert_false(net_plan_is_boot(&plan, other));
	assert_false(net_plan_is_boot(&plan, NULL));
	parse("BOOTIF=52:54:00:12:34:56");
	assert_true(net_plan_is_boot(&plan, mac));
	parse("");
	assert_false(net_plan_is_boot(&plan, mac));
	expect("BOOTIF=525400123456 ip=BOOTIF:dhcp", "off", "dhcp+auto6");
	expect("BOOTIF=525400123456 ip=eth1:auto6 ip=BOOTIF:dhcp", "off",
	       "auto6");
	/* Booted from somewhere else: any of them. */
	expect("ip=BOOTIF:dhcp", "dhcp+auto6", "dhcp+auto6");
	expect("ip=auto6 ip=BOOTIF:dhcp", "auto6", "auto6");
	expect_bad("BOOTIF=eth0", "BOOTIF=eth0 ignored: it must be a MAC "
				  "address such as 01-52-54-00-12-34-56");
	parse("BOOTIF=02-52-54-00-12-34-56 BOOTIF=0152540012 BOOTIF= "
	      "BOOTIF=01-52-54-00-12-34-56-78");
	assert_int_equal(n_complaints, 4);
	assert_false(plan.has_boot_mac);
}

static void test_vlan(void **state)
{
	(void)state;
	expect("vlan=eth0.5:eth0 vlan=vlan0007:eth1 vlan=4094:eth1",
	       "dhcp+auto6", "dhcp+auto6");
	assert_int_equal(plan.n_vlans, 3);
	assert_string_equal(plan.vlans[0].name, "eth0.5");
	assert_string_equal(plan.vlans[0].device, "eth0");
	assert_int_equal(plan.vlans[0].id, 5);
	assert_int_equal(plan.vlans[1].id, 7);
	assert_int_equal(plan.vlans[2].id, 4094);
	/* The later of one name. */
	parse("vlan=v5:eth0 vlan=v5:eth1");
	assert_int_equal(plan.n_vlans, 1);
	assert_string_equal(plan.vlans[0].device, "eth1");
	parse("vlan=v1:e vlan=v2:e vlan=v3:e vlan=v4:e vlan=v5:e vlan=v4:f");
	assert_int_equal(n_complaints, 1);
	assert_string_equal(complaint, "vlan=v5:e ignored: there are too many "
				       "of them");
	assert_int_equal(plan.n_vlans, NET_PLAN_VLANS_MAX);
	assert_string_equal(plan.vlans[3].device, "f");
	parse("vlan= vlan=v5 vlan=v5: vlan=:eth0 vlan=v5:v5 vlan=v:eth0 "
	      "vlan=v0:eth0 vlan=v4095:eth0 vlan=v5:a/b "
	      "vlan=v5:a-name-of-16-byte vlan=v99999999999999999999:e");
	assert_int_equal(n_complaints, 11);
	assert_int_equal(plan.n_vlans, 0);
	/* ip= is about them as about others. */
	parse("vlan=eth0.5:eth0 ip=eth0.5:dhcp");
	assert_string_equal(plan_for("eth0.5"), "dhcp+auto6");
	assert_string_equal(plan_for("eth0"), "off");
}

static void test_nameservers(void **state)
{
	(void)state;
	parse("nameserver=10.0.0.3 nameserver=[fd00::53] nameserver=fd00::54 "
	      "nameserver=1.1.1.1");
	assert_int_equal(n_complaints, 0);
	assert_int_equal(plan.n_dns, 4);
	assert_int_equal(plan.dns[0].ipv4, 0x0a000003);
	assert_true(plan.dns[1].is_ipv6);
	assert_int_equal(plan.dns[2].ipv6[15], 0x54);
	parse("nameserver=1.1.1.1 nameserver=1.1.1.2 nameserver=1.1.1.3 "
	      "nameserver=1.1.1.4 nameserver=1.1.1.5");
	assert_int_equal(n_complaints, 1);
	assert_int_equal(plan.n_dns, 4);
	parse("nameserver= nameserver=dns nameserver=[fd00::1 "
	      "nameserver=[fd00::1]:53 nameserver=127.0.0.1 "
	      "nameserver=224.0.0.1 nameserver=ff02::1 nameserver=:: "
	      "nameserver=::1");
	assert_int_equal(n_complaints, 9);
	assert_int_equal(plan.n_dns, 0);
	parse("nameserver=0.0.0.0 nameserver=::2 nameserver=0.0.0.1");
	assert_int_equal(n_complaints, 1);
	assert_int_equal(plan.n_dns, 1);
}

static void test_interfaces(void **state)
{
	char text[400] = "phase.net.interfaces=";

	(void)state;
	parse("phase.net.interfaces=eth*,!eth1");
	assert_int_equal(n_complaints, 0);
	assert_true(net_plan_wants(&plan, "eth0"));
	assert_false(net_plan_wants(&plan, "eth1"));
	assert_false(net_plan_wants(&plan, "wlan0"));
	parse("phase.net.interfaces=eth0 phase.net.interfaces=");
	assert_true(net_plan_wants(&plan, "wlan0"));
	memset(text + strlen(text), 'x', 256);
	parse(text);
	assert_int_equal(n_complaints, 1);
	assert_non_null(strstr(complaint, "xxx... ignored: it must be a list"));
	text[21 + 255] = '\0';
	parse(text);
	assert_int_equal(n_complaints, 0);
	assert_int_equal(strlen(plan.interfaces), 255);
}

static void test_bad_words(void **state)
{
	static const char method[] =
		"the method must be dhcp, on, any, both, off, none, "
		"link-local, auto6, dhcp6, either6 or link6";
	static const struct {
		const char *word;
		const char *wanted; /* the start of it; NULL: the methods */
	} cases[] = {
		{ "ip=dchp", NULL },
		{ "ip=rarp", NULL },
		{ "ip=ibft", NULL },
		{ "ip=dhcp,off", NULL },
		{ "ip=dhcp,,dhcp6", NULL },
		{ "ip=,", NULL },
		{ "ip=eth0:ibft", NULL },
		{ "ip=10.0.0.5:::24::eth0:manual", NULL },
		{ "ip=eth0", NULL },
		{ "ip=eth0:dhcp:67", "behind the method there may be an MTU" },
		{ "ip=eth0:dhcp:65536", "behind the method there may be" },
		{ "ip=eth0:dhcp:1500:52:54:00:12:34:56",
		  "behind the method there may be" },
		{ "ip=a-name-of-16-byte:dhcp", "a device's name" },
		{ "ip=10.0.0.300", "the first field must be" },
		{ "ip=..:dhcp", "a device's name" },
		{ "ip=.:dhcp", "a device's name" },
		{ "ip=\"a b\":dhcp", "a device's name" },
		{ "ip=a\x7f:dhcp", "a device's name" },
		{ "ip=:::::../x:dhcp", "a device's name" },
		{ "ip=eth0:", NULL },
		{ "ip=eth0:::24", "the first field must be an address" },
		{ "ip=127.0.0.1:", "the first field must be" },
		{ "ip=224.0.0.1:", "the first field must be" },
		{ "ip=255.255.255.255:", "the first field must be" },
		{ "ip=0.1.2.3:", "the first field must be" },
		{ "ip=[::1]:", "the first field must be" },
		{ "ip=[::]:", "the first field must be" },
		{ "ip=[ff02::1]:", "the first field must be" },
		{ "ip=[fd00::x]:", "the first field must be" },
		{ "ip=10.0.0.5::gw", "the gateway must be an address" },
		{ "ip=10.0.0.5::[fd00::1]", "address and gateway must be" },
		{ "ip=[fd00::2]::10.0.0.1", "address and gateway must be" },
		{ "ip=[fd00::2]:::129", "the netmask must be one such as" },
		{ "ip=[fd00::2]:::255.0.0.0", "the netmask must be one" },
		{ "ip=10.0.0.5:srv", "the server must be an address" },
		{ "ip=::::-host", "the host name must be" },
		{ "ip=::::a$(b)", "the host name must be" },
		{ "ip=::::aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaa",
		  "the host name must be" },
		{ "ip=:::::eth0:dhcp:dns", "behind the method come two DNS" },
		{ "ip=:::::eth0:dhcp::1500", "behind the method come two" },
		{ "ip=:::::eth0:dhcp:::ntp", "the NTP server must be" },
		{ "ip=:::::eth0:dhcp:::[fd00::1]", "the NTP server must be" },
		{ "ip=::::::::::", "there are more than ten fields" },
		{ "ip=[fd00::1", "a bracket is not closed" },
		{ "ip=[fd00::1]x", "a colon must follow a bracket" },
		{ "ip=[", "a bracket is not closed" },
		{ "phase.ip=x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net_plan fresh;
		const char *text;

		parse(cases[i].word);
		assert_int_equal(n_complaints, 1);
		text = strstr(complaint, " ignored: ");
		assert_non_null(text);
		text += strlen(" ignored: ");
		if (cases[i].wanted)
			assert_memory_equal(text, cases[i].wanted,
					    strlen(cases[i].wanted));
		else
			assert_string_equal(text, method);
		net_plan_init(&fresh);
		assert_memory_equal(&plan, &fresh, sizeof(plan));
	}
	expect_bad("ip=\x1b[2J", "ip=\\x1b[2J ignored: the method must be "
				 "dhcp, on, any, both, off, none, link-local, "
				 "auto6, dhcp6, either6 or link6");
}

static void test_as_many_devices_as_there_may_be(void **state)
{
	char text[1024] = "";

	(void)state;
	for (unsigned int i = 0; i < NET_PLAN_DEVICES_MAX; i++)
		sprintf(text + strlen(text), "ip=e%u:dhcp ", i);
	parse(text);
	assert_int_equal(n_complaints, 0);
	assert_int_equal(plan.n_devices, NET_PLAN_DEVICES_MAX);
	strcat(text, "ip=over:dhcp ip=e0:auto6 ");
	parse(text);
	assert_int_equal(n_complaints, 1);
	assert_string_equal(complaint, "ip=over:dhcp ignored: there are too "
				       "many of them");
	assert_string_equal(plan_for("over"), "off");
	assert_string_equal(plan_for("e0"), "dhcp+auto6");
	assert_string_equal(plan_for("e15"), "dhcp+auto6");
}

/* The message has room for each byte as \xNN, and is one whatever comes. */
static void test_long_words(void **state)
{
	char text[4097];

	(void)state;
	for (size_t len = 1; len < 4000; len += len < 100 ? 1 : 977) {
		strcpy(text, "phase.net.interfaces=");
		memset(text + 21, '\x01', len);
		text[21 + len] = '\0';
		memcpy(text,
		       "nameserver=\x01\x01\x01\x01\x01\x01\x01\x01\x01"
		       "\x01",
		       21);
		parse(text);
		assert_int_equal(n_complaints, 1);
		assert_non_null(strstr(complaint, "such as 192.168.1.1"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_method_alone),
		cmocka_unit_test(test_device_and_method),
		cmocka_unit_test(test_kernel_form),
		cmocka_unit_test(test_kernel_form_netmasks),
		cmocka_unit_test(test_kernel_form_methods),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_later_counts),
		cmocka_unit_test(test_phase_ip_wins),
		cmocka_unit_test(test_address_without_device),
		cmocka_unit_test(test_bootif),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_nameservers),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_bad_words),
		cmocka_unit_test(test_as_many_devices_as_there_may_be),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
