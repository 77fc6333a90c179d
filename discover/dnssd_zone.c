/*
 * The domains of DNS-SD over unicast DNS: those that are given, those of the
 * reverse tree, and those which these say are to be browsed. RFC 6763 §11.
 */
#include <errno.h>
#include <string.h>

#include "discover/dnssd_part.h"

#define ENUMERATIONS (DNSSD_ZONE_ASKS - 1) /* b, lb, db */

_Static_assert(DNSSD_ZONES_MAX *ENUMERATIONS <= 64, "bits of named_by");
_Static_assert(DNSSD_ZONES_MAX <= 32, "bits of listed");

static bool is_browsed(const struct dnssd_zone *zone)
{
	return zone->is_given || zone->named_by != 0;
}

static bool is_enumerated(const struct dnssd *d, const struct dnssd_zone *zone)
{
	return (zone->is_given || zone->is_subnet) &&
	       (d->kind == DNSSD_BROWSE || d->kind == DNSSD_TYPES);
}

/* Whether something that is known, or told and not yet lost, is from there. */
static bool is_needed(const struct dnssd *d, unsigned int zone)
{
	const struct dnssd_zone *z = &d->zones[zone];

	if (is_browsed(z) || z->is_subnet)
		return true;
	for (unsigned int n = 0; n < d->n_instances; n++) {
		const struct dnssd_tale *tale = &d->instances[n].tale;

		if ((tale->listed != 0 || tale->tell_lost) &&
		    tale->zone == zone)
			return true;
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		const struct dnssd_tale *tale = &d->hosts[n].tale;

		if (d->hosts[n].is_used &&
		    (tale->listed != 0 || tale->tell_lost) &&
		    tale->zone == zone)
			return true;
	}
	return false;
}

static struct dnssd_zone *new_zone(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (d->zones[n].domain.len == 0)
			return &d->zones[n];
	}
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!is_needed(d, n))
			return &d->zones[n];
	}
	return NULL;
}

/* A domain, new or known. NULL when there is no room. */
static struct dnssd_zone *add_zone(struct dnssd *d,
				   const struct dns_name *domain)
{
	struct dnssd_zone *zone;

	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (dns_name_equal(&d->zones[n].domain, domain))
			return &d->zones[n];
	}
	zone = new_zone(d);
	if (!zone) {
		d->counts.over_zones++;
		return NULL;
	}
	memset(zone, 0, sizeof(*zone));
	zone->domain = *domain;
	if (dns_unicast_join((struct span){ d->labels, d->labels_len }, domain,
			     &zone->name) < 0)
		zone->name.len = 0;
	return zone;
}

int dnssd_zone_ask_name(const struct dnssd_zone *zone, enum dnssd_zone_ask ask,
			struct dns_name *ret_name)
{
	static const char prefixes[DNSSD_ZONE_ASKS][18] = {
		[DNSSD_ASK_B] = "\1b\7_dns-sd\4_udp",
		[DNSSD_ASK_LB] = "\2lb\7_dns-sd\4_udp",
		[DNSSD_ASK_DB] = "\2db\7_dns-sd\4_udp",
	};

	if (ask != DNSSD_ASK_NAME)
		return dns_unicast_join(span_of(prefixes[ask]), &zone->domain,
					ret_name);
	if (zone->name.len == 0)
		return -ENOBUFS;
	*ret_name = zone->name;
	return 0;
}

/* Begins to want what ASK asks for, or ends to. */
static void want(struct dnssd *d, struct dnssd_ask *ask, bool wanted)
{
	if (wanted && !ask->is_wanted)
		ask->due = d->now;
	if (!wanted)
		ask->is_settled = false;
	ask->is_wanted = wanted;
}

static uint64_t bit_of(unsigned int zone, unsigned int ask)
{
	return UINT64_C(1) << (zone * ENUMERATIONS + ask - DNSSD_ASK_B);
}

static uint32_t bit_of_zone(const struct dnssd *d,
			    const struct dnssd_zone *zone)
{
	return UINT32_C(1) << (zone - d->zones);
}

/* ASK of ZONE names no other ones than those of FRESH. */
static void unname(struct dnssd *d, unsigned int zone, unsigned int ask,
		   uint32_t fresh)
{
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!(fresh & UINT32_C(1) << n))
			d->zones[n].named_by &= ~bit_of(zone, ask);
	}
}

static void review_enumeration(struct dnssd *d, unsigned int zone)
{
	bool wanted = is_enumerated(d, &d->zones[zone]);

	for (unsigned int ask = DNSSD_ASK_B; ask < DNSSD_ZONE_ASKS; ask++) {
		want(d, &d->zones[zone].asks[ask], wanted);
		if (!wanted)
			unname(d, zone, ask, 0);
	}
}

static void review_browsing(struct dnssd *d, unsigned int zone)
{
	struct dnssd_zone *z = &d->zones[zone];
	bool wanted = is_browsed(z);

	if (d->kind == DNSSD_BROWSE || d->kind == DNSSD_TYPES)
		want(d, &z->asks[DNSSD_ASK_NAME], wanted);
	else if (wanted && z->name.len > 0)
		dnssd_known_list(d, zone);
	if (!wanted)
		dnssd_known_unlist(d, zone);
}

/* After a reason to ask some zone has come or gone. Who is not given any more
 * does not name others either, so these are looked at afterwards. */
static void review(struct dnssd *d)
{
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++)
		review_enumeration(d, n);
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++)
		review_browsing(d, n);
	dnssd_query_drop_unwanted(d);
}

int64_t dnssd_zone_take(struct dnssd *d, const struct dnssd_query *query,
			struct dns_message message, const struct dns_name *name)
{
	int64_t ttl = -ENOENT;
	struct dns_record record;
	uint32_t fresh = 0;

	while (dns_message_next(&message, &record)) {
		struct dnssd_zone *zone;

		if (record.type != DNS_TYPE_PTR ||
		    !dns_name_equal(&record.owner, name) ||
		    dns_name_is_root(&record.target) ||
		    dns_unicast_is_local(&record.target))
			continue;
		if (ttl < 0 || record.ttl < ttl)
			ttl = record.ttl;
		zone = add_zone(d, &record.target);
		if (!zone)
			continue;
		zone->named_by |= bit_of(query->index, query->ask);
		fresh |= bit_of_zone(d, zone);
	}
	unname(d, query->index, query->ask, fresh);
	review(d);
	return ttl;
}

static bool *reason_of(struct dnssd_zone *zone, bool subnets)
{
	return subnets ? &zone->is_subnet : &zone->is_given;
}

static bool is_among(const struct dns_name *names, unsigned int n_names,
		     const struct dns_name *name)
{
	for (unsigned int n = 0; n < n_names; n++) {
		if (dns_name_equal(&names[n], name))
			return true;
	}
	return false;
}

/* NAMES are given from now on, and no others. */
static void give(struct dnssd *d, const struct dns_name *names,
		 unsigned int n_names, bool subnets)
{
	/* What is not any more makes room first. */
	for (unsigned int n = 0; n < DNSSD_ZONES_MAX; n++) {
		if (!is_among(names, n_names, &d->zones[n].domain))
			*reason_of(&d->zones[n], subnets) = false;
	}
	review(d);
	for (unsigned int n = 0; n < n_names; n++) {
		struct dnssd_zone *zone = add_zone(d, &names[n]);

		if (zone)
			*reason_of(zone, subnets) = true;
	}
	review(d);
	dnssd_tale_review(d);
	dnssd_query_start(d);
}

void dnssd_set_domains(struct dnssd *d, const struct dns_name *domains,
		       unsigned int n_domains, int64_t now)
{
	struct dns_name names[DNSSD_DOMAINS_MAX];
	unsigned int n_names = 0;

	d->now = now;
	for (unsigned int n = 0; n < n_domains; n++) {
		if (dns_unicast_is_local(&domains[n]))
			continue;
		if (n_names == DNSSD_DOMAINS_MAX) {
			d->counts.over_zones++;
			break;
		}
		names[n_names++] = domains[n];
	}
	give(d, names, n_names, false);
}

/* RFC 6762 §4: what is on one link only is no server's to know. */
static bool is_link_local(const struct url_address *address)
{
	return address->is_ipv6 ? url_is_link_local(address) :
				  address->ipv4 >> 16 == 0xa9fe;
}

void dnssd_set_subnets(struct dnssd *d, const struct dns_subnet *subnets,
		       unsigned int n_subnets, int64_t now)
{
	struct dns_name names[DNSSD_SUBNETS_MAX], name;
	unsigned int n_names = 0;

	d->now = now;
	for (unsigned int n = 0; n < n_subnets; n++) {
		if (is_link_local(&subnets[n].address) ||
		    dns_unicast_reverse(&subnets[n], &name) < 0)
			continue;
		if (n_names == DNSSD_SUBNETS_MAX) {
			d->counts.over_zones++;
			break;
		}
		names[n_names++] = name;
	}
	give(d, names, n_names, true);
}
