/* See resolvers6.h. */
#include "dhcp/resolvers6.h"

#include <string.h>

#include "base/clock.h"

void dhcp_resolvers6_init(struct dhcp_resolvers6 *table)
{
	memset(table, 0, sizeof(*table));
}

static int64_t end_of(uint32_t lifetime_s, int64_t now)
{
	if (lifetime_s == DHCP_ADVERT_INFINITE)
		return CLOCK_NEVER;
	return now + (int64_t)lifetime_s * 1000;
}

/* One name server; whether it is new. A lifetime of 0 has it expire now. */
static bool add_dns(struct dhcp_resolvers6 *table,
		    const struct dhcp_ip6 *address, int64_t expires,
		    struct dhcp_counters *counters, int64_t now)
{
	unsigned int i = 0;

	while (i < table->n_dns &&
	       memcmp(&table->dns[i].address, address, sizeof(*address)) != 0)
		i++;
	if (i < table->n_dns) {
		table->dns[i].expires = expires;
		return false;
	}
	if (expires <= now)
		return false;
	if (i == DHCP_RESOLVERS6_MAX) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		return false;
	}
	table->dns[i].address = *address;
	table->dns[i].expires = expires;
	table->n_dns++;
	return true;
}

static bool add_domain(struct dhcp_resolvers6 *table, const char *name,
		       int64_t expires, struct dhcp_counters *counters,
		       int64_t now)
{
	unsigned int i = 0;

	while (i < table->n_domains &&
	       !span_is_nocase(span_of(table->domains[i].name), name))
		i++;
	if (i < table->n_domains) {
		table->domains[i].expires = expires;
		return false;
	}
	if (expires <= now)
		return false;
	if (i == DHCP_RESOLVERS6_MAX) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		return false;
	}
	memcpy(table->domains[i].name, name, DHCP_LEASE_NAME_MAX);
	table->domains[i].expires = expires;
	table->n_domains++;
	return true;
}

bool dhcp_resolvers6_add(struct dhcp_resolvers6 *table,
			 const struct dhcp_advert *advert,
			 struct dhcp_counters *counters, int64_t now)
{
	/* Makes room first. */
	bool changed = dhcp_resolvers6_tick(table, now);

	for (unsigned int i = 0; i < advert->n_dns; i++)
		changed |= add_dns(table, &advert->dns[i].address,
				   end_of(advert->dns[i].lifetime_s, now),
				   counters, now);
	for (unsigned int i = 0; i < advert->n_domains; i++)
		changed |=
			add_domain(table, advert->domains[i].name,
				   end_of(advert->domains[i].lifetime_s, now),
				   counters, now);
	if (advert->mtu && advert->mtu != table->mtu) {
		table->mtu = advert->mtu;
		changed = true;
	}
	if (advert->portal.len && !span_equal(dhcp_raw_span(&advert->portal),
					      dhcp_raw_span(&table->portal))) {
		memcpy(&table->portal, &advert->portal, sizeof(table->portal));
		changed = true;
	}
	return dhcp_resolvers6_tick(table, now) || changed;
}

bool dhcp_resolvers6_tick(struct dhcp_resolvers6 *table, int64_t now)
{
	unsigned int n = 0, m = 0;
	bool changed;

	for (unsigned int i = 0; i < table->n_dns; i++) {
		if (table->dns[i].expires > now)
			table->dns[n++] = table->dns[i];
	}
	for (unsigned int i = 0; i < table->n_domains; i++) {
		if (table->domains[i].expires <= now)
			continue;
		if (m < i)
			memcpy(&table->domains[m], &table->domains[i],
			       sizeof(table->domains[m]));
		m++;
	}
	changed = n < table->n_dns || m < table->n_domains;
	table->n_dns = n;
	table->n_domains = m;
	return changed;
}

int64_t dhcp_resolvers6_due(const struct dhcp_resolvers6 *table)
{
	int64_t due = CLOCK_NEVER;

	for (unsigned int i = 0; i < table->n_dns; i++) {
		if (table->dns[i].expires < due)
			due = table->dns[i].expires;
	}
	for (unsigned int i = 0; i < table->n_domains; i++) {
		if (table->domains[i].expires < due)
			due = table->domains[i].expires;
	}
	return due;
}

bool dhcp_resolvers6_is_valid(const struct dhcp_resolvers6 *table)
{
	if (table->n_dns > DHCP_RESOLVERS6_MAX ||
	    table->n_domains > DHCP_RESOLVERS6_MAX ||
	    table->portal.len > sizeof(table->portal.data) ||
	    dhcp_text6_has_control(dhcp_raw_span(&table->portal)))
		return false;
	for (unsigned int i = 0; i < table->n_dns; i++) {
		if (!dhcp_ip6_is_peer(&table->dns[i].address))
			return false;
	}
	for (unsigned int i = 0; i < table->n_domains; i++) {
		/* One name: a list of one. */
		if (!table->domains[i].name[0] ||
		    !dhcp_name6_is_list(table->domains[i].name) ||
		    strchr(table->domains[i].name, ' '))
			return false;
	}
	return true;
}
