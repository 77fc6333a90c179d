/* init/ip_param.c, ip_field.c, net_plan.c: the input is a command line.
 * Whatever it is, the plan holds nothing that no word may say, and complaints
 * are whole lines that are safe to show. */
#include <stdlib.h>
#include <string.h>

#include "init/ip_param.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void complain(const char *message)
{
	check(strstr(message, " ignored: ") != NULL);
	check(strlen(message) < 511); /* it was not cut */
	for (const uint8_t *c = (const uint8_t *)message; *c; c++) {
		check(*c >= 0x20 && *c != 0x7f);
		if (*c == 0xc2)
			check(c[1] >= 0xa0);
	}
}

static void check_name(const char *name)
{
	check(memchr(name, '\0', NET_PLAN_NAME_MAX) != NULL);
	check(!strchr(name, '/') && !strchr(name, ' '));
	check(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
}

static void check_host(uint32_t address)
{
	uint32_t first = address >> 24;

	check(address == 0 || (first > 0 && first != 127 && first < 224));
}

static void check_list(const struct net_plan_address *list, unsigned int n,
		       unsigned int max)
{
	check(n <= max);
	for (unsigned int i = 0; i < n; i++) {
		check(list[i].is_ipv6 || list[i].ipv4 != 0);
		check(!list[i].is_ipv6 || list[i].ipv6[0] != 0xff);
		if (!list[i].is_ipv6)
			check_host(list[i].ipv4);
	}
}

static void check_device(const struct net_plan_device *device)
{
	check_name(device->name);
	check(memchr(device->hostname, '\0', NET_PLAN_HOSTNAME_MAX) != NULL);
	check(!strpbrk(device->hostname, " '\"$`\\/\n;"));
	check((device->methods & 0x80) == 0);
	check(device->mtu == 0 || device->mtu >= 68);
	check(device->prefix <= 32 && device->prefix6 <= 128);
	check_host(device->address);
	check_host(device->gateway);
	check_host(device->server);
	check_host(device->ntp);
	if (device->methods & NET_PLAN_STATIC)
		check(device->address != 0 && device->prefix > 0);
	if (device->methods & NET_PLAN_STATIC6)
		check(device->prefix6 > 0 && device->address6[0] != 0xff);
	check_list(device->dns, device->n_dns, NET_PLAN_DEVICE_DNS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	static const char *const names[] = { "eth0", "eth1", "e" };
	struct net_plan *plan = malloc(sizeof(*plan));
	unsigned int n_static = 0;

	check(plan != NULL);
	memset(plan, 0xee, sizeof(*plan));
	net_plan_init(plan);
	ip_param_parse(plan, (struct span){ data, size }, complain);
	check(plan->n_devices <= NET_PLAN_DEVICES_MAX);
	for (unsigned int i = 0; i < plan->n_devices; i++) {
		check_device(&plan->devices[i]);
		for (unsigned int k = 0; k < i; k++)
			check(strcmp(plan->devices[i].name,
				     plan->devices[k].name) != 0);
	}
	check(plan->n_vlans <= NET_PLAN_VLANS_MAX);
	for (unsigned int i = 0; i < plan->n_vlans; i++) {
		check_name(plan->vlans[i].name);
		check_name(plan->vlans[i].device);
		check(plan->vlans[i].name[0] && plan->vlans[i].device[0]);
		check(plan->vlans[i].id > 0 && plan->vlans[i].id <= 4094);
	}
	check_list(plan->dns, plan->n_dns, NET_PLAN_DNS_MAX);
	check(memchr(plan->interfaces, '\0', sizeof(plan->interfaces)) != NULL);
	/* No two NICs have one address of a word that names none. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct net_plan_device *device =
			net_plan_for(plan, names[i], i == 1 ? mac : NULL);

		check_device(device);
		n_static += (device->methods & NET_PLAN_STATIC) &&
			    strcmp(device->name, names[i]) != 0 &&
			    strcmp(device->name, NET_PLAN_BOOTIF) != 0;
		(void)net_plan_wants(plan, names[i]);
	}
	check(n_static == 0);
	free(plan);
	return 0;
}
