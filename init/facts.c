/* See facts.h. */
#include "init/facts.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* The value of KEY, or "" when it is absent or can't be used. */
static void get(const struct record *record, const char *key, char *buffer,
		size_t size)
{
	if (record_get(record, key, buffer, size) < 0)
		buffer[0] = '\0';
}

static bool find_nic(const struct facts *facts, const char *name,
		     unsigned int *ret_index)
{
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		if (strcmp(facts->nics[i].name, name) == 0) {
			*ret_index = i;
			return true;
		}
	}
	return false;
}

static enum facts_change apply_nic(struct facts *facts,
				   const struct record *record,
				   const char *name, unsigned int *ret_index)
{
	struct facts_nic *nic;
	uint64_t carrier = 0;
	unsigned int i;

	if (!find_nic(facts, name, &i)) {
		if (facts->n_nics == FACTS_NICS_MAX) {
			facts->n_over++;
			return FACTS_NOTHING;
		}
		i = facts->n_nics++;
		facts->nics[i] = (struct facts_nic){ .carrier = false };
	}
	nic = &facts->nics[i];
	memcpy(nic->name, name, sizeof(nic->name));
	get(record, "driver", nic->driver, sizeof(nic->driver));
	get(record, "mac", nic->mac, sizeof(nic->mac));
	if (record_get_u64(record, "carrier", 1, &carrier) < 0)
		carrier = 0;
	nic->carrier = carrier == 1;
	*ret_index = i;
	return FACTS_NIC;
}

static enum facts_change apply_gone(struct facts *facts, unsigned int index)
{
	facts->n_nics--;
	memmove(&facts->nics[index], &facts->nics[index + 1],
		(facts->n_nics - index) * sizeof(facts->nics[0]));
	return FACTS_GONE;
}

static enum facts_change apply_lease(struct facts *facts,
				     const struct record *record,
				     struct facts_nic *nic)
{
	struct facts_nic old = *nic;
	struct writer writer;
	uint32_t address;
	uint64_t prefix;

	if (record_get_ipv4(record, "address", &address) < 0 ||
	    record_get_u64(record, "prefix", 32, &prefix) < 0) {
		facts->n_malformed++;
		return FACTS_NOTHING;
	}
	writer_init(&writer, nic->address, sizeof(nic->address));
	text_put_ipv4(&writer, address);
	writer_u8(&writer, '/');
	text_put_u64(&writer, prefix);
	text_end(&writer);
	get(record, "router", nic->gateway, sizeof(nic->gateway));
	get(record, "dns", nic->dns, sizeof(nic->dns));
	get(record, "hostname", nic->hostname, sizeof(nic->hostname));
	nic->has_lease = true;
	nic->lost_lease = false;
	nic->trouble[0] = '\0';
	/* A renewal that changed nothing is no news. */
	if (old.has_lease && strcmp(old.address, nic->address) == 0 &&
	    strcmp(old.gateway, nic->gateway) == 0 &&
	    strcmp(old.dns, nic->dns) == 0 &&
	    strcmp(old.hostname, nic->hostname) == 0)
		return FACTS_NOTHING;
	return FACTS_LEASE;
}

static enum facts_change apply_link_local(const struct record *record,
					  struct facts_nic *nic)
{
	uint32_t address = 0;

	nic->link_local[0] = '\0';
	if (record_get_ipv4(record, "address", &address) < 0 || address == 0)
		return FACTS_NIC;
	get(record, "address", nic->link_local, sizeof(nic->link_local));
	return FACTS_ADDRESS;
}

static enum facts_change apply_lost6(const struct record *record,
				     struct facts_nic *nic)
{
	char address[sizeof(nic->address6)];

	get(record, "address", address, sizeof(address));
	if (strcmp(address, nic->address6) == 0)
		nic->address6[0] = '\0';
	return FACTS_NIC;
}

/* The records about a NIC, NAME being its interface. */
static enum facts_change apply_to_nic(struct facts *facts,
				      const struct record *record,
				      const char *name, unsigned int *ret_index)
{
	struct facts_nic *nic;

	if (span_is(record->event, "nic"))
		return apply_nic(facts, record, name, ret_index);
	if (!find_nic(facts, name, ret_index))
		return FACTS_NOTHING;
	nic = &facts->nics[*ret_index];
	if (span_is(record->event, "gone"))
		return apply_gone(facts, *ret_index);
	if (span_is(record->event, "lease"))
		return apply_lease(facts, record, nic);
	if (span_is(record->event, "lost")) {
		nic->has_lease = false;
		nic->lost_lease = true;
		return FACTS_LOST;
	}
	if (span_is(record->event, "link-local"))
		return apply_link_local(record, nic);
	if (span_is(record->event, "address6")) {
		get(record, "address", nic->address6, sizeof(nic->address6));
		return FACTS_ADDRESS;
	}
	if (span_is(record->event, "lost6"))
		return apply_lost6(record, nic);
	if (span_is(record->event, "trouble")) {
		get(record, "text", nic->trouble, sizeof(nic->trouble));
		return FACTS_NIC;
	}
	return FACTS_NOTHING;
}

static enum facts_change changed(struct facts *facts,
				 enum providers_change change)
{
	switch (change) {
	case PROVIDERS_MALFORMED:
		facts->n_malformed++;
		break;
	case PROVIDERS_NOTHING:
		break;
	case PROVIDERS_FOUND:
		return FACTS_PROVIDER;
	case PROVIDERS_GONE:
		return FACTS_PROVIDER_GONE;
	}
	return FACTS_NOTHING;
}

static enum facts_change apply_from_discover(struct facts *facts,
					     const struct record *record,
					     unsigned int *ret_index)
{
	if (span_is(record->event, "service") ||
	    span_is(record->event, "changed"))
		return changed(facts, providers_found(&facts->providers, record,
						      ret_index));
	if (span_is(record->event, "lost"))
		return changed(facts,
			       providers_lost(&facts->providers, record));
	if (span_is(record->event, "done")) {
		facts->searched = true;
		return FACTS_SEARCHED;
	}
	return FACTS_NOTHING;
}

static enum facts_change apply_from_net(struct facts *facts,
					const struct record *record,
					unsigned int *ret_index)
{
	char name[FACTS_NAME_MAX] = "";

	if (span_is(record->event, "settled")) {
		facts->settled = true;
		return FACTS_SETTLED;
	}
	if (record_get(record, "interface", name, sizeof(name)) < 0 ||
	    name[0] == '\0') {
		facts->n_malformed++;
		return FACTS_NOTHING;
	}
	return apply_to_nic(facts, record, name, ret_index);
}

static enum facts_change apply_module(struct facts *facts,
				      const struct record *record)
{
	struct facts_module module = { .name = "" };
	uint64_t start, end;

	get(record, "name", module.name, sizeof(module.name));
	get(record, "error", module.error, sizeof(module.error));
	if (module.name[0] == '\0' ||
	    record_get_u64(record, "start", INT64_MAX, &start) < 0 ||
	    record_get_u64(record, "end", INT64_MAX, &end) < 0 || end < start) {
		facts->n_malformed++;
		return FACTS_NOTHING;
	}
	module.start_ns = (int64_t)start;
	module.end_ns = (int64_t)end;
	facts->module = module;
	if (module.error[0])
		facts->n_modules_failed++;
	else
		facts->n_modules++;
	return FACTS_MODULE;
}

static enum facts_change apply_unserved(struct facts *facts,
					const struct record *record,
					unsigned int *ret_index)
{
	char alias[FACTS_ALIAS_MAX];

	get(record, "alias", alias, sizeof(alias));
	if (alias[0] == '\0') {
		facts->n_malformed++;
		return FACTS_NOTHING;
	}
	for (unsigned int i = 0; i < facts->n_unserved; i++) {
		if (strcmp(facts->unserved[i], alias) == 0)
			return FACTS_NOTHING;
	}
	if (facts->n_unserved == FACTS_UNSERVED_MAX) {
		facts->n_over++;
		return FACTS_NOTHING;
	}
	memcpy(facts->unserved[facts->n_unserved], alias, sizeof(alias));
	*ret_index = facts->n_unserved++;
	return FACTS_UNSERVED;
}

static enum facts_change apply_from_modules(struct facts *facts,
					    const struct record *record,
					    unsigned int *ret_index)
{
	uint64_t late;

	if (span_is(record->event, "module"))
		return apply_module(facts, record);
	if (span_is(record->event, "unserved"))
		return apply_unserved(facts, record, ret_index);
	if (span_is(record->event, "coldplugged")) {
		if (record_get_u64(record, "late", UINT16_MAX, &late) < 0)
			late = 0;
		facts->n_modules_late = (unsigned int)late;
		facts->coldplugged = true;
		return FACTS_COLDPLUGGED;
	}
	return FACTS_NOTHING;
}

enum facts_change facts_apply(struct facts *facts, enum facts_origin origin,
			      struct span line, unsigned int *ret_index)
{
	struct record record;

	if (record_parse(line, &record) < 0) {
		facts->n_malformed++;
		return FACTS_NOTHING;
	}
	switch (origin) {
	case FACTS_FROM_NET:
		return apply_from_net(facts, &record, ret_index);
	case FACTS_FROM_DISCOVER:
		return apply_from_discover(facts, &record, ret_index);
	case FACTS_FROM_DRIVERS:
		return apply_from_modules(facts, &record, ret_index);
	}
	return FACTS_NOTHING;
}

bool facts_have_lease(const struct facts *facts)
{
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		if (facts->nics[i].has_lease)
			return true;
	}
	return false;
}

static void put(struct writer *writer, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	text_put(writer, before);
	text_put_escaped(writer, span_of(text));
}

void facts_put_nic(struct writer *writer, const struct facts_nic *nic)
{
	text_put_escaped(writer, span_of(nic->name));
	put(writer, "  ", nic->driver);
	put(writer, "  ", nic->mac);
	if (nic->has_lease) {
		put(writer, "  ", nic->address);
		put(writer, "  gateway ", nic->gateway);
		put(writer, "  DNS ", nic->dns);
	} else if (nic->link_local[0]) {
		put(writer, "  ", nic->link_local);
		put(writer, "/16, as ",
		    nic->trouble[0] ? nic->trouble :
				      "no DHCP server has answered");
	} else if (nic->trouble[0]) {
		put(writer, "  ", nic->trouble);
	} else if (!nic->carrier) {
		text_put(writer, "  no carrier: is its cable plugged in?");
	} else if (nic->lost_lease) {
		text_put(writer, "  the lease has ended; asking for another");
	} else {
		text_put(writer, "  no DHCP server has answered yet");
	}
	put(writer, "  ", nic->address6);
}

/* What ends the banner when not all of it has room. */
#define BANNER_REST 64

/* The best ones, as far as there is room; the file has them all. */
static void put_providers(struct writer *writer,
			  const struct providers *providers)
{
	unsigned int n = 0;

	while (n < providers->n && n < FACTS_BANNER_PROVIDERS_MAX) {
		struct writer before = *writer;

		text_put(writer, "  ");
		provider_put(writer, &providers->list[n]);
		text_put(writer, "\n");
		if (writer_failed(writer) ||
		    writer_room(writer) < BANNER_REST) {
			*writer = before;
			break;
		}
		n++;
	}
	if (n == providers->n)
		return;
	text_put(writer, "  and ");
	text_put_u64(writer, providers->n - n);
	text_put(writer, " more: see " FACTS_PROVIDERS_PATH "\n");
}

void facts_put_banner(struct writer *writer, const struct facts *facts,
		      const struct facts_banner *banner)
{
	text_put(writer, "\nPhase Boot ");
	text_put(writer, banner->version);
	put(writer, ", Linux ", banner->kernel);
	put(writer, " on ", banner->machine);
	text_put(writer, "\n  mode ");
	text_put(writer, banner->mode);
	put(writer, ", channel ", banner->channel);
	text_put(writer, ", ready after ");
	text_put_duration(writer, banner->elapsed_ms);
	text_put(writer, "\n");
	if (banner->net_trouble) {
		put(writer,
		    banner->has_net ?
			    "  network as the kernel has set it up: " :
			    "  no network: ",
		    banner->net_trouble);
		text_put(writer, "\n");
	} else if (facts->n_nics == 0) {
		text_put(writer, facts->settled ?
					 "  no network: no NIC was found\n" :
					 "  no network yet: no NIC so far\n");
	}
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		text_put(writer, "  ");
		facts_put_nic(writer, &facts->nics[i]);
		text_put(writer, "\n");
	}
	put_providers(writer, &facts->providers);
	if (facts->providers.n == 0 &&
	    (facts_have_lease(facts) || banner->has_net))
		text_put(writer, banner->searching ?
					 "  no provider yet, still looking\n" :
					 "  no provider found\n");
	text_put(writer, "\n");
}
