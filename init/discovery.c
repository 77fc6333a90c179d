/* See discovery.h. */
#include "init/discovery.h"

#include <string.h>

#include "base/log.h"

/* For the first search: the console comes long before (phase.wait=), and what
 * is found later is told then. */
#define TIMEOUT "10s"

void discovery_set_arguments(const char **argv, const struct params *params)
{
	const char **arg = argv;

	*arg++ = "phase-discover";
	*arg++ = "--format=report";
	*arg++ = "--events";
	if (params->discover == PARAMS_DISCOVER_WATCH)
		*arg++ = "--watch";
	*arg++ = "--timeout=" TIMEOUT;
	*arg++ = "--mode";
	*arg++ = params_mode_name(params->mode);
	*arg++ = "--channel";
	*arg++ = params->channel;
	if (params->provider[0]) {
		*arg++ = "--provider";
		*arg++ = params->provider;
	}
	if (params->log_level == LOG_LEVEL_DEBUG)
		*arg++ = "--verbose";
	*arg = NULL;
}

static struct discovery_lease *find(struct discovery *discovery,
				    const char *interface)
{
	for (unsigned int i = 0; i < discovery->n_leases; i++) {
		if (strcmp(discovery->leases[i].interface, interface) == 0)
			return &discovery->leases[i];
	}
	return NULL;
}

static void keep(struct discovery *discovery, const char *interface,
		 struct span line)
{
	struct discovery_lease *lease = find(discovery, interface);

	if (!lease && discovery->n_leases < FACTS_NICS_MAX)
		lease = &discovery->leases[discovery->n_leases++];
	if (!lease)
		return;
	memcpy(lease->interface, interface, sizeof(lease->interface));
	/* record_parse() has seen that it is no longer. */
	memcpy(lease->line, line.data, line.len);
	lease->len = line.len;
}

static void forget(struct discovery *discovery, const char *interface)
{
	struct discovery_lease *lease = find(discovery, interface);

	if (lease)
		*lease = discovery->leases[--discovery->n_leases];
}

bool discovery_hear(struct discovery *discovery, struct span line)
{
	char interface[FACTS_NAME_MAX] = "";
	struct record record;

	if (record_parse(line, &record) < 0 ||
	    record_get(&record, "interface", interface, sizeof(interface)) < 0)
		return false;
	if (span_is(record.event, "lease")) {
		keep(discovery, interface, line);
		return true;
	}
	if (span_is(record.event, "lost") || span_is(record.event, "gone")) {
		forget(discovery, interface);
		return true;
	}
	return span_is(record.event, "nic") ||
	       span_is(record.event, "link-local") ||
	       span_is(record.event, "address6") ||
	       span_is(record.event, "lost6");
}

static void put_address(struct writer *writer, const char *event,
			const char *interface, const char *address)
{
	if (address[0] == '\0')
		return;
	record_begin(writer, event);
	record_put(writer, "interface", span_of(interface));
	record_put(writer, "address", span_of(address));
	record_end(writer);
}

void discovery_put_nic(struct writer *writer, const struct discovery *discovery,
		       const struct facts_nic *nic)
{
	record_begin(writer, "nic");
	record_put(writer, "interface", span_of(nic->name));
	record_put(writer, "driver", span_of(nic->driver));
	record_put(writer, "mac", span_of(nic->mac));
	record_put_u64(writer, "carrier", nic->carrier);
	record_end(writer);
	for (unsigned int i = 0; i < discovery->n_leases; i++) {
		const struct discovery_lease *lease = &discovery->leases[i];

		if (strcmp(lease->interface, nic->name) != 0)
			continue;
		writer_bytes(writer, lease->line, lease->len);
		record_end(writer);
	}
	put_address(writer, "link-local", nic->name, nic->link_local);
	put_address(writer, "address6", nic->name, nic->address6);
}
