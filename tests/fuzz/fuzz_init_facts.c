/*
 * init/facts.c: the input is lines of the children, phase-discover's marked
 * by a '!', those of phase-modules by a '?'. Whatever they say, everything stays
 * in its bounds, and the banner holds no control byte but the newlines that are
 * ours. What phase-discover is told of phase-net's is records, and no more than
 * a pipe takes (init/discovery.c).
 */
#include <stdlib.h>
#include <string.h>

#include "init/discovery.h"
#include "init/facts.h"

#define BANNER_ROOM 65536

static void check(bool holds)
{
	if (!holds)
		abort();
}

#define CHECK_STRING(array) check(memchr(array, '\0', sizeof(array)) != NULL)

static int worth(const struct provider *provider)
{
	return 2 * provider->best + provider->suitable;
}

/* Best first, one best at most, and in JSON no longer than it may be. */
static void check_providers(const struct providers *providers)
{
	uint8_t buffer[PROVIDERS_JSON_MAX];

	for (unsigned int i = 0; i < providers->n; i++) {
		const struct provider *provider = &providers->list[i];
		struct json_reader reader;
		struct json_token token;
		struct writer writer;
		struct json json;

		CHECK_STRING(provider->instance);
		CHECK_STRING(provider->url);
		CHECK_STRING(provider->source);
		CHECK_STRING(provider->health);
		CHECK_STRING(provider->manifest);
		CHECK_STRING(provider->host);
		CHECK_STRING(provider->domain);
		check(provider->url[0] || provider->instance[0]);
		check(i == 0 || !provider->best);
		check(i == 0 ||
		      worth(&providers->list[i - 1]) >= worth(provider));
		writer_init(&writer, buffer, sizeof(buffer));
		json_begin(&json, &writer);
		provider_put_json(&json, provider);
		check(!writer_failed(&writer));
		json_reader_init(&reader, writer_span(&writer));
		do {
			check(json_next(&reader, &token) == 0);
		} while (token.type != JSON_END);
	}
}

static void check_facts(const struct facts *facts)
{
	bool have_lease = false;

	check(facts->n_nics <= FACTS_NICS_MAX);
	check(facts->providers.n <= PROVIDERS_MAX);
	check(facts->n_unserved <= FACTS_UNSERVED_MAX);
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		const struct facts_nic *nic = &facts->nics[i];

		CHECK_STRING(nic->name);
		CHECK_STRING(nic->driver);
		CHECK_STRING(nic->mac);
		CHECK_STRING(nic->address);
		CHECK_STRING(nic->gateway);
		CHECK_STRING(nic->dns);
		CHECK_STRING(nic->link_local);
		CHECK_STRING(nic->address6);
		CHECK_STRING(nic->trouble);
		check(nic->name[0] != '\0');
		check(!nic->has_lease || nic->address[0] != '\0');
		have_lease |= nic->has_lease;
		for (unsigned int k = 0; k < i; k++)
			check(strcmp(nic->name, facts->nics[k].name) != 0);
	}
	check_providers(&facts->providers);
	check(facts_have_lease(facts) == have_lease);
}

static void check_told(const struct discovery *discovery,
		       const struct facts *facts)
{
	uint8_t buffer[DISCOVERY_NIC_MAX];
	struct writer writer;
	struct reader reader;

	check(discovery->n_leases <= FACTS_NICS_MAX);
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		writer_init(&writer, buffer, sizeof(buffer));
		discovery_put_nic(&writer, discovery, &facts->nics[i]);
		check(!writer_failed(&writer));
		reader_from_span(&reader, writer_span(&writer));
		while (reader_left(&reader) > 0) {
			struct record record;
			struct span line = reader_until(&reader, '\n');

			check(record_parse(line, &record) == 0);
		}
	}
}

static void check_change(const struct facts *facts, enum facts_change change,
			 unsigned int index)
{
	switch (change) {
	case FACTS_NIC:
	case FACTS_LEASE:
	case FACTS_LOST:
	case FACTS_ADDRESS:
		check(index < facts->n_nics);
		break;
	case FACTS_PROVIDER:
		check(index < facts->providers.n);
		break;
	case FACTS_SETTLED:
		check(facts->settled);
		break;
	case FACTS_SEARCHED:
		check(facts->searched);
		break;
	case FACTS_MODULE:
		CHECK_STRING(facts->module.name);
		CHECK_STRING(facts->module.error);
		check(facts->module.name[0] != '\0');
		check(facts->module.end_ns >= facts->module.start_ns);
		check(facts->module.start_ns >= 0);
		break;
	case FACTS_UNSERVED:
		check(index < facts->n_unserved);
		CHECK_STRING(facts->unserved[index]);
		break;
	case FACTS_COLDPLUGGED:
		check(facts->coldplugged);
		break;
	case FACTS_NOTHING:
	case FACTS_GONE:
	case FACTS_PROVIDER_GONE:
		break;
	}
}

static void check_banner(const struct facts *facts)
{
	static const struct facts_banner banner = {
		.version = "0.1",
		.kernel = "6.12",
		.machine = "aarch64",
		.mode = "internet",
		.channel = "stable",
		.searching = true,
	};
	uint8_t *room = malloc(BANNER_ROOM);
	unsigned int n_lines = 0, n_shown, n_wanted;
	struct writer writer;
	struct span text;

	check(room != NULL);
	writer_init(&writer, room, BANNER_ROOM);
	facts_put_banner(&writer, facts, &banner);
	text = writer_span(&writer);
	check(text.len > 0);
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t *c = text.data + i;

		n_lines += c[0] == '\n';
		check((c[0] >= 0x20 && c[0] != 0x7f) || c[0] == '\n');
		if (c[0] == 0xc2)
			check(c[1] >= 0xa0);
	}
	/* Two empty lines, two of the head, and one for each fact. */
	n_shown = facts->providers.n;
	if (n_shown > FACTS_BANNER_PROVIDERS_MAX)
		n_shown = FACTS_BANNER_PROVIDERS_MAX + 1;
	n_wanted = 4 + facts->n_nics + n_shown + (facts->n_nics == 0) +
		   (facts->providers.n == 0 && facts_have_lease(facts));
	check(n_lines == n_wanted);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	struct discovery *discovery = calloc(1, sizeof(*discovery));
	struct reader reader;

	check(facts != NULL && discovery != NULL);
	reader_init(&reader, data, size);
	while (reader_left(&reader) > 0) {
		struct span line = reader_until(&reader, '\n');
		enum facts_origin origin = FACTS_FROM_NET;
		enum facts_change change;
		unsigned int index = FACTS_NICS_MAX + PROVIDERS_MAX;

		if (span_starts(line, "!")) {
			origin = FACTS_FROM_DISCOVER;
			line = span_skip(line, 1);
		} else if (span_starts(line, "?")) {
			origin = FACTS_FROM_DRIVERS;
			line = span_skip(line, 1);
		}
		if (origin == FACTS_FROM_NET)
			discovery_hear(discovery, line);
		change = facts_apply(facts, origin, line, &index);
		check_change(facts, change, index);
		check_facts(facts);
	}
	check_banner(facts);
	check_told(discovery, facts);
	free(discovery);
	free(facts);
	return 0;
}
