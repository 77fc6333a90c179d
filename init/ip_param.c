/*
 * See ip_param.h. What parses a word returns NULL, or for people what was
 * expected.
 */
#include "init/ip_param.h"

#include <string.h>

#include "base/cmdline.h"
#include "base/text.h"
#include "init/ip_field.h"

#define SHOWN_MAX 64 /* bytes of a word in a message */
#define VLAN_MAX 4094

static const char too_many[] = "there are too many of them";
static const char wants_method[] =
	"the method must be dhcp, on, any, both, off, none, link-local, auto6, "
	"dhcp6, either6 or link6";
static const char wants_name[] =
	"a device's name has 1 to 15 letters, digits and such";

/* ip=, phase.ip= */

/* DEVICE:METHOD[:MTU] */
static const char *parse_short(const struct ip_fields *fields,
			       struct net_plan_device *word)
{
	if (!ip_parse_name(fields->at[0], word->name))
		return wants_name;
	if (fields->n > 3 ||
	    (fields->at[2].len > 0 && !ip_parse_mtu(fields->at[2], &word->mtu)))
		return "behind the method there may be an MTU from 68 to "
		       "65535, and nothing else";
	return NULL;
}

/* The fields ADDRESS, GATEWAY and NETMASK; METHODS are known. */
static const char *parse_static(const struct ip_fields *fields,
				struct net_plan_device *word)
{
	struct net_plan_address address, gateway;
	struct span mask = fields->at[3], text;
	struct reader reader;
	uint8_t prefix;

	reader_from_span(&reader, fields->at[0]);
	text = reader_until(&reader, '/');
	if (!ip_parse_address(text, &address))
		return "the first field must be an address such as "
		       "192.168.1.2 or [fd00::2]";
	if (!ip_parse_address(fields->at[2], &gateway))
		return "the gateway must be an address such as 192.168.1.1 or "
		       "[fd00::1]";
	if (ip_is_given(&gateway) && ip_is_given(&address) &&
	    gateway.is_ipv6 != address.is_ipv6)
		return "address and gateway must be of one family";
	if (mask.len == 0)
		mask = reader_rest(&reader);
	prefix = ip_usual_prefix(&address);
	if (mask.len > 0 && !ip_parse_netmask(mask, address.is_ipv6, &prefix))
		return "the netmask must be one such as 24 or 255.255.255.0; "
		       "of IPv6 such as 64";
	if (!ip_is_given(&address))
		return NULL; /* a gateway without an address is not used */
	if (address.is_ipv6) {
		word->methods &= (uint8_t)~NET_PLAN_ANY6;
		word->methods |= NET_PLAN_STATIC6;
		memcpy(word->address6, address.ipv6, 16);
		memcpy(word->gateway6, gateway.ipv6, 16);
		word->prefix6 = prefix;
		return NULL;
	}
	/* The kernel asks nobody about what it was told. Only who writes dhcp
	 * wants a server to be asked, for this address. */
	word->address = address.ipv4;
	if (span_starts(fields->at[6], "dhcp") &&
	    (word->methods & NET_PLAN_DHCP))
		return NULL;
	word->methods &= (uint8_t)~NET_PLAN_ANY4;
	word->methods |= NET_PLAN_STATIC;
	word->prefix = prefix;
	word->gateway = gateway.ipv4;
	return NULL;
}

/* ADDRESS:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD:DNS:DNS:NTP */
static const char *parse_long(const struct ip_fields *fields,
			      struct net_plan_device *word)
{
	struct net_plan_address server, ntp;
	const char *wanted = parse_static(fields, word);

	if (wanted)
		return wanted;
	if (!ip_parse_address(fields->at[1], &server))
		return "the server must be an address such as 192.168.1.1";
	if (!ip_parse_hostname(fields->at[4], word->hostname))
		return "the host name must be letters, digits, - and ., 64 "
		       "at most";
	if (!ip_parse_name(fields->at[5], word->name))
		return wants_name;
	if ((!ip_parse_mtu(fields->at[7], &word->mtu) &&
	     !ip_parse_dns(fields->at[7], word->dns, &word->n_dns)) ||
	    !ip_parse_dns(fields->at[8], word->dns, &word->n_dns))
		return "behind the method come two DNS servers, or an MTU "
		       "from 68 to 65535";
	if (!ip_parse_address(fields->at[9], &ntp) || ntp.is_ipv6)
		return "the NTP server must be an address such as 192.168.1.1";
	word->server = server.ipv4;
	word->ntp = ntp.ipv4;
	return NULL;
}

/* The entry for NAME, or NULL when there is no room for one more. */
static struct net_plan_device *add_device(struct net_plan *plan,
					  const char *name)
{
	struct net_plan_device *device = plan->devices;

	for (unsigned int i = 0; i < plan->n_devices; i++, device++) {
		if (strcmp(device->name, name) == 0)
			return device;
	}
	if (plan->n_devices == NET_PLAN_DEVICES_MAX)
		return NULL;
	plan->n_devices++;
	*device = (struct net_plan_device){ .methods = 0 };
	strcpy(device->name, name);
	return device;
}

static const char *add_word(struct net_plan *plan,
			    const struct net_plan_device *word)
{
	struct net_plan_device *device = add_device(plan, word->name);
	unsigned int kept, said = word->methods;

	if (!device)
		return too_many;
	/* Of the family that the word is silent about: what is there, or what
	 * there is of IPv6 without a word. */
	kept = device->methods ? device->methods : NET_PLAN_AUTO6;
	if (said & NET_PLAN_ANY4)
		kept &= ~(unsigned int)NET_PLAN_ANY4;
	if (said & NET_PLAN_ANY6)
		kept &= ~(unsigned int)NET_PLAN_ANY6;
	device->methods = (uint8_t)(said ? said | kept : 0);
	if (said & NET_PLAN_ANY4) {
		device->address = word->address;
		device->prefix = word->prefix;
		device->gateway = word->gateway;
		device->server = word->server;
	}
	if (said & NET_PLAN_ANY6) {
		memcpy(device->address6, word->address6, 16);
		memcpy(device->gateway6, word->gateway6, 16);
		device->prefix6 = word->prefix6;
	}
	if (word->mtu)
		device->mtu = word->mtu;
	if (word->ntp)
		device->ntp = word->ntp;
	if (word->hostname[0])
		memcpy(device->hostname, word->hostname,
		       sizeof(device->hostname));
	if (word->n_dns > 0) {
		memcpy(device->dns, word->dns, sizeof(device->dns));
		device->n_dns = word->n_dns;
	}
	return NULL;
}

static const char *parse_ip(struct net_plan *plan, struct span value)
{
	struct net_plan_device word = { .methods = 0 };
	struct net_plan_address address;
	struct ip_fields fields;
	const struct span *first = &fields.at[0], *method = &fields.at[1];
	const char *wanted = ip_split(value, &fields);

	if (wanted)
		return wanted;
	if (fields.n == 1 && ip_parse_methods(value, &word.methods))
		return add_word(plan, &word);
	if (first->len > 0 && !memchr(first->data, ':', first->len) &&
	    !ip_parse_address(*first, &address)) {
		if (method->len > 0 &&
		    ip_parse_methods(*method, &word.methods)) {
			wanted = parse_short(&fields, &word);
			return wanted ? wanted : add_word(plan, &word);
		}
		if (fields.n <= 3 && !ip_is_digit(first->data[0]))
			return wants_method;
	}
	method = &fields.at[6];
	if (!ip_parse_methods(*method, &word.methods))
		return wants_method;
	/* As in the kernel, a list that names no method asks for one. */
	if (method->len == 0)
		word.methods = NET_PLAN_DEFAULT;
	wanted = parse_long(&fields, &word);
	return wanted ? wanted : add_word(plan, &word);
}

/* The other words. */

/* NAME:DEVICE; the id is what NAME ends with. */
static const char *parse_vlan(struct net_plan *plan, struct span value)
{
	struct net_plan_vlan vlan = { .id = 0 };
	struct reader reader;
	unsigned int i = 0;
	struct span name;
	uint64_t id;
	size_t n;

	reader_from_span(&reader, value);
	name = reader_until(&reader, ':');
	for (n = name.len; n > 0 && ip_is_digit(name.data[n - 1]); n--)
		continue;
	if (name.len == 0 || !ip_parse_name(name, vlan.name) ||
	    !ip_parse_name(reader_rest(&reader), vlan.device) ||
	    !vlan.device[0] || strcmp(vlan.name, vlan.device) == 0)
		return "it must be a name and a device such as eth0.5:eth0";
	if (text_parse_u64(span_skip(name, n), VLAN_MAX, &id) < 0 || id == 0)
		return "the name must end with the VLAN's id, from 1 to 4094";
	vlan.id = (uint16_t)id;
	while (i < plan->n_vlans && strcmp(plan->vlans[i].name, vlan.name) != 0)
		i++;
	if (i == NET_PLAN_VLANS_MAX)
		return too_many;
	plan->vlans[i] = vlan;
	if (i == plan->n_vlans)
		plan->n_vlans++;
	return NULL;
}

/* ADDRESS, with or without brackets. */
static const char *parse_nameserver(struct net_plan *plan, struct span value)
{
	struct ip_fields fields = { .n = 1, .at = { value } };
	const char *wanted = NULL;

	if (plan->n_dns == NET_PLAN_DNS_MAX)
		return too_many;
	if (span_starts(value, "["))
		wanted = ip_split(value, &fields);
	if (wanted)
		return wanted;
	if (fields.n != 1 || value.len == 0 ||
	    !ip_parse_dns(fields.at[0], plan->dns, &plan->n_dns))
		return "it must be an address such as 192.168.1.1";
	return NULL;
}

/* A MAC address, with the type of hardware before it as pxelinux has it. */
static const char *parse_bootif(struct net_plan *plan, struct span value)
{
	uint8_t bytes[1 + NET_PLAN_MAC_LEN];
	size_t len, skip;

	if (text_parse_bytes(value, sizeof(bytes), bytes, &len) < 0)
		len = 0;
	skip = len == sizeof(bytes) && bytes[0] == 1;
	if (len - skip != NET_PLAN_MAC_LEN)
		return "it must be a MAC address such as "
		       "01-52-54-00-12-34-56";
	memcpy(plan->boot_mac, bytes + skip, NET_PLAN_MAC_LEN);
	plan->has_boot_mac = true;
	return NULL;
}

static const char *parse_interfaces(struct net_plan *plan, struct span value)
{
	if (text_copy(plan->interfaces, sizeof(plan->interfaces), value) < 0)
		return "it must be a list such as eth*,!eth1 of at most 255 "
		       "bytes";
	return NULL;
}

static void complain_about(const struct cmdline_word *word, const char *wanted,
			   void (*complain)(const char *message))
{
	char buffer[512]; /* a word as \xNN, and the sentence */
	struct span value = word->value;
	struct writer message;

	writer_init(&message, buffer, sizeof(buffer));
	text_put_escaped(&message, word->name);
	text_put(&message, "=");
	if (value.len > SHOWN_MAX)
		value.len = SHOWN_MAX;
	text_put_escaped(&message, value);
	text_put(&message,
		 value.len < word->value.len ? "... ignored: " : " ignored: ");
	text_put(&message, wanted);
	complain(text_end(&message));
}

/* The words called IP, and where OTHERS is set, all that are not. Whether one
 * of the former was good. */
static bool parse_words(struct net_plan *plan, struct span cmdline,
			const char *ip, bool others,
			void (*complain)(const char *message))
{
	struct cmdline_word word;
	struct reader reader;
	bool any = false;

	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		const char *wanted = NULL;

		if (!word.has_value)
			continue;
		if (span_is(word.name, ip)) {
			wanted = parse_ip(plan, word.value);
			any |= !wanted;
		} else if (!others) {
			continue;
		} else if (span_is(word.name, "vlan")) {
			wanted = parse_vlan(plan, word.value);
		} else if (span_is(word.name, "nameserver")) {
			wanted = parse_nameserver(plan, word.value);
		} else if (span_is(word.name, "BOOTIF")) {
			wanted = parse_bootif(plan, word.value);
		} else if (span_is(word.name, "phase.net.interfaces")) {
			wanted = parse_interfaces(plan, word.value);
		}
		if (wanted)
			complain_about(&word, wanted, complain);
	}
	return any;
}

void ip_param_parse(struct net_plan *plan, struct span cmdline,
		    void (*complain)(const char *message))
{
	struct net_plan_device *boot = NULL;

	if (!parse_words(plan, cmdline, "phase.ip", true, complain))
		(void)parse_words(plan, cmdline, "ip", false, complain);
	for (unsigned int i = 0; i < plan->n_devices; i++) {
		struct net_plan_device *device = &plan->devices[i];

		/* Who names devices means no others. */
		if (device->methods)
			plan->others.methods = 0;
		if (strcmp(device->name, NET_PLAN_BOOTIF) == 0)
			boot = device;
		else if (!device->name[0])
			return;
	}
	/* Booted otherwise than over the network: any will do. */
	if (boot && !plan->has_boot_mac)
		boot->name[0] = '\0';
}
