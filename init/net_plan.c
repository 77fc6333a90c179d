/* See net_plan.h. */
#include "init/net_plan.h"

#include <string.h>

#include "base/text.h"

void net_plan_init(struct net_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->others.methods = NET_PLAN_DEFAULT;
}

bool net_plan_is_boot(const struct net_plan *plan, const uint8_t *mac)
{
	return plan->has_boot_mac && mac &&
	       memcmp(plan->boot_mac, mac, NET_PLAN_MAC_LEN) == 0;
}

static struct net_plan_device *find(struct net_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->n_devices; i++) {
		if (strcmp(plan->devices[i].name, name) == 0)
			return &plan->devices[i];
	}
	return NULL;
}

const struct net_plan_device *net_plan_for(struct net_plan *plan,
					   const char *name, const uint8_t *mac)
{
	struct net_plan_device *device = find(plan, name);
	bool is_boot = net_plan_is_boot(plan, mac);

	if (!device && is_boot)
		device = find(plan, NET_PLAN_BOOTIF);
	if (!device)
		device = find(plan, "");
	if (!device)
		return &plan->others;
	if (device->name[0] ||
	    !(device->methods & (NET_PLAN_STATIC | NET_PLAN_STATIC6)))
		return device;
	/* An address is for one machine's one NIC. */
	if ((plan->has_boot_mac && !is_boot) ||
	    text_copy(device->name, sizeof(device->name), span_of(name)) < 0)
		return &plan->others;
	return device;
}

bool net_plan_fits(struct span pattern, const char *name)
{
	size_t at = 0, star = SIZE_MAX, length = strlen(name), i = 0, mark = 0;

	/* What the last '*' stands for is made longer until the rest fits. */
	while (i < length) {
		uint8_t byte = at < pattern.len ? pattern.data[at] : 0;

		if (byte == '*') {
			star = at++;
			mark = i;
		} else if (at < pattern.len &&
			   (byte == '?' || byte == (uint8_t)name[i])) {
			at++;
			i++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (at < pattern.len && pattern.data[at] == '*')
		at++;
	return at == pattern.len;
}

bool net_plan_fits_list(struct span patterns, const char *name)
{
	bool fits = false, is_open = true;
	struct reader reader;

	reader_from_span(&reader, patterns);
	while (reader_left(&reader) > 0) {
		struct span pattern = reader_until(&reader, ',');

		if (span_starts(pattern, "!")) {
			if (net_plan_fits(span_skip(pattern, 1), name))
				return false;
		} else if (pattern.len > 0) {
			is_open = false;
			fits |= net_plan_fits(pattern, name);
		}
	}
	return fits || is_open;
}

bool net_plan_wants(const struct net_plan *plan, const char *name)
{
	return net_plan_fits_list(span_of(plan->interfaces), name);
}
