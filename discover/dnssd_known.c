/*
 * What DNS-SD over unicast DNS knows: which instances there are, by the answers
 * of the zones, and what each answer is for. RFC 6763 §4 (names), §7.1
 * (subtypes), §9 (types), §12 (additional records). See dnssd.h.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "discover/dnssd_part.h"

_Static_assert(DNSSD_INSTANCES_MAX <= 64, "bits of kept");

static uint32_t bit_of(unsigned int zone)
{
	return UINT32_C(1) << zone;
}

static struct dnssd_instance *find_instance(struct dnssd *d,
					    const struct dns_name *name)
{
	for (unsigned int n = 0; n < d->n_instances; n++) {
		struct dnssd_instance *i = &d->instances[n];

		if ((i->tale.listed != 0 || i->tale.tell_lost) &&
		    dns_name_equal(&i->data.name, name))
			return i;
	}
	return NULL;
}

static struct dnssd_instance *new_instance(struct dnssd *d,
					   const struct dns_name *name)
{
	struct dnssd_instance *i;
	unsigned int n;

	for (n = 0; n < d->n_instances; n++) {
		i = &d->instances[n];
		if (i->tale.listed == 0 && !i->tale.tell_lost)
			break;
	}
	if (n == DNSSD_INSTANCES_MAX) {
		d->counts.over_instances++;
		return NULL;
	}
	if (n == d->n_instances)
		d->n_instances++;
	i = &d->instances[n];
	memset(i, 0, sizeof(*i));
	i->data.name = *name;
	i->tale.at = CLOCK_NEVER;
	return i;
}

/* ASKS are to be asked from now on, or not any more. */
static void want(const struct dnssd *d, struct dnssd_ask *asks, unsigned int n,
		 bool wanted)
{
	for (unsigned int ask = 0; ask < n; ask++) {
		asks[ask].is_wanted = wanted;
		asks[ask].is_settled = !wanted;
		asks[ask].due = d->now;
	}
}

/* Puts it on the list of ZONE. True when it was on none. */
static bool list(struct dnssd_tale *tale, unsigned int zone)
{
	bool is_new = tale->listed == 0;

	if (is_new)
		tale->zone = zone;
	tale->listed |= bit_of(zone);
	return is_new;
}

/* Takes it from the list of ZONE. True when it is on none any more. */
static bool unlist(struct dnssd_tale *tale, unsigned int zone)
{
	if (!(tale->listed & bit_of(zone)))
		return false;
	tale->listed &= ~bit_of(zone);
	if (tale->listed != 0) {
		if (tale->zone == zone)
			tale->zone = (unsigned int)__builtin_ctz(tale->listed);
		return false;
	}
	tale->tell_found = false;
	tale->tell_lost = tale->is_told;
	tale->at = CLOCK_NEVER;
	return true;
}

static void list_instance(struct dnssd *d, const struct dns_name *name,
			  unsigned int zone)
{
	struct dnssd_instance *i = find_instance(d, name);

	if (!i)
		i = new_instance(d, name);
	if (i && list(&i->tale, zone))
		want(d, i->asks, DNSSD_INSTANCE_ASKS, d->kind != DNSSD_TYPES);
}

static void list_host(struct dnssd *d, const struct dns_name *name,
		      unsigned int zone)
{
	list(&dnssd_record_host(d, name)->tale, zone);
}

void dnssd_known_list(struct dnssd *d, unsigned int zone)
{
	if (d->kind == DNSSD_RESOLVE)
		list_instance(d, &d->zones[zone].name, zone);
	else
		list_host(d, &d->zones[zone].name, zone);
}

static void unlist_instance(struct dnssd *d, struct dnssd_instance *i,
			    unsigned int zone)
{
	if (unlist(&i->tale, zone)) {
		want(d, i->asks, DNSSD_INSTANCE_ASKS, false);
		dnssd_record_drop_hosts(d);
	}
}

void dnssd_known_unlist(struct dnssd *d, unsigned int zone)
{
	for (unsigned int n = 0; n < d->n_instances; n++)
		unlist_instance(d, &d->instances[n], zone);
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (host->is_used && unlist(&host->tale, zone)) {
			want(d, host->asks, DNSSD_HOST_ASKS, false);
			dnssd_record_drop_hosts(d);
		}
	}
}

/* The type's labels: of a subtype what follows "_sub". */
static struct span type_of(const struct dnssd *d)
{
	struct span labels = { d->labels, d->labels_len };
	struct span first, second;
	struct reader reader;

	reader_from_span(&reader, labels);
	first = reader_span(&reader, reader_u8(&reader));
	second = reader_span(&reader, reader_u8(&reader));
	if (first.len > 0 && span_is_nocase(second, "_sub"))
		return reader_rest(&reader);
	return labels;
}

/* RFC 6763 §4.1: one label, the type, a domain, which may be another one than
 * that which lists it. */
static bool is_instance(const struct dnssd *d, const struct dns_name *name)
{
	struct span label = dns_name_first_label(name), type = type_of(d);
	struct dns_name parent, expected;
	struct reader reader;
	struct span rest;

	reader_init(&reader, name->wire, name->len);
	reader_skip(&reader, label.len + 1);
	rest = reader_rest(&reader);
	if (label.len == 0 || rest.len <= type.len ||
	    dns_unicast_is_local(name))
		return false;
	/* The same name, but for case, with the type as it was given. */
	parent.len = (uint8_t)rest.len;
	memcpy(parent.wire, rest.data, rest.len);
	expected = parent;
	memcpy(expected.wire, type.data, type.len);
	return dns_name_equal(&parent, &expected);
}

/* RFC 6763 §9: two labels, the second of which is a protocol, before DOMAIN. */
static bool is_type(const struct dns_name *name, const struct dns_name *domain)
{
	struct span service, protocol;
	struct dns_name tail;
	struct reader reader;
	struct span rest;

	reader_init(&reader, name->wire, name->len);
	service = reader_span(&reader, reader_u8(&reader));
	protocol = reader_span(&reader, reader_u8(&reader));
	rest = reader_rest(&reader);
	if (service.len < 2 || service.data[0] != '_' ||
	    (!span_is_nocase(protocol, "_tcp") &&
	     !span_is_nocase(protocol, "_udp")))
		return false;
	tail.len = (uint8_t)rest.len;
	memcpy(tail.wire, rest.data, rest.len);
	return dns_name_equal(&tail, domain);
}

/* The next pointer of NAME to what we look for. */
static bool next_pointer(const struct dnssd *d, unsigned int zone,
			 struct dns_message *message,
			 const struct dns_name *name,
			 struct dns_record *ret_record)
{
	while (dns_message_next(message, ret_record)) {
		if (ret_record->type != DNS_TYPE_PTR ||
		    !dns_name_equal(&ret_record->owner, name))
			continue;
		if (d->kind == DNSSD_BROWSE &&
		    is_instance(d, &ret_record->target))
			return true;
		if (d->kind == DNSSD_TYPES &&
		    is_type(&ret_record->target, &d->zones[zone].domain))
			return true;
	}
	return false;
}

static int64_t take_pointers(struct dnssd *d, unsigned int zone,
			     struct dns_message message,
			     const struct dns_name *name)
{
	struct dns_message again = message;
	struct dns_record record;
	int64_t ttl = -ENOENT;
	uint64_t kept = 0;

	/* What is gone makes room for what is new. */
	while (next_pointer(d, zone, &message, name, &record)) {
		struct dnssd_instance *i = find_instance(d, &record.target);

		if (i)
			kept |= UINT64_C(1) << (i - d->instances);
		if (ttl < 0 || record.ttl < ttl)
			ttl = record.ttl;
	}
	for (unsigned int n = 0; n < d->n_instances; n++) {
		if (!(kept & UINT64_C(1) << n))
			unlist_instance(d, &d->instances[n], zone);
	}
	while (next_pointer(d, zone, &again, name, &record))
		list_instance(d, &record.target, zone);
	return ttl;
}

/* What was asked for. Returns the smallest TTL in seconds, or -ENOENT. */
static int64_t take_asked(struct dnssd *d, const struct dnssd_query *query,
			  const struct dns_message *message)
{
	struct dns_name name;

	/* M15: what goes round in a circle is nowhere. */
	if (dns_unicast_follow(message, &query->name, &name) < 0)
		name.len = 0;
	switch (query->kind) {
	case DNSSD_QUERY_ZONE:
		if (query->ask != DNSSD_ASK_NAME)
			return dnssd_zone_take(d, query, *message, &name);
		return take_pointers(d, query->index, *message, &name);
	case DNSSD_QUERY_INSTANCE:
		if (query->ask == DNSSD_ASK_SRV)
			return dnssd_record_take_srv(
				d, &d->instances[query->index], *message,
				&name);
		return dnssd_record_take_txt(d, &d->instances[query->index],
					     *message, &name);
	case DNSSD_QUERY_HOST:
		break;
	}
	return dnssd_record_take_addresses(d, &d->hosts[query->index],
					   (enum dnssd_host_ask)query->ask,
					   *message, &name);
}

/* ASK was answered, by records of that TTL or by none. */
static void settle(const struct dnssd *d, struct dnssd_ask *ask, int64_t ttl)
{
	int64_t rest = ttl < 0 ? DNSSD_NEGATIVE_MS : ttl * 1000;

	if (rest < DNSSD_TTL_MIN_MS)
		rest = DNSSD_TTL_MIN_MS;
	if (rest > DNSSD_TTL_MAX_MS)
		rest = DNSSD_TTL_MAX_MS;
	ask->due = d->now + rest;
	ask->is_settled = true;
	ask->has_failed = false;
}

static void take_more_of_instance(struct dnssd *d, struct dns_message message,
				  const struct dns_record *record)
{
	struct dnssd_instance *i = find_instance(d, &record->owner);
	struct dnssd_ask *ask;

	if (!i)
		return;
	dns_message_rewind(&message);
	if (record->type == DNS_TYPE_SRV) {
		ask = &i->asks[DNSSD_ASK_SRV];
		if (!ask->is_settled)
			settle(d, ask,
			       dnssd_record_take_srv(d, i, message,
						     &i->data.name));
	} else {
		ask = &i->asks[DNSSD_ASK_TXT];
		if (!ask->is_settled)
			settle(d, ask,
			       dnssd_record_take_txt(d, i, message,
						     &i->data.name));
	}
}

static void take_more_of_host(struct dnssd *d, struct dns_message message,
			      const struct dns_record *record)
{
	enum dnssd_host_ask which = record->type == DNS_TYPE_A ? DNSSD_ASK_A :
								 DNSSD_ASK_AAAA;

	dns_message_rewind(&message);
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (host->is_used && !host->asks[which].is_settled &&
		    dns_name_equal(&host->data.name, &record->owner))
			settle(d, &host->asks[which],
			       dnssd_record_take_addresses(d, host, which,
							   message,
							   &host->data.name));
	}
}

/* RFC 6763 §12: what would have been asked for next. It is not taken in place
 * of what was asked for already. */
static void take_more(struct dnssd *d, const struct dns_message *message)
{
	struct dns_message pass = *message;
	struct dns_record record;

	while (dns_message_next(&pass, &record)) {
		if (record.type == DNS_TYPE_SRV || record.type == DNS_TYPE_TXT)
			take_more_of_instance(d, *message, &record);
	}
	pass = *message;
	while (dns_message_next(&pass, &record)) {
		if (record.type == DNS_TYPE_A || record.type == DNS_TYPE_AAAA)
			take_more_of_host(d, *message, &record);
	}
}

void dnssd_known_take(struct dnssd *d, const struct dnssd_query *query,
		      const struct dns_message *message)
{
	int64_t ttl = take_asked(d, query, message);

	settle(d, dnssd_query_ask(d, query), ttl);
	take_more(d, message);
	dnssd_query_drop_unwanted(d);
}
