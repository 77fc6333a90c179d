/*
 * What DNS-SD over unicast DNS keeps of SRV, TXT, A and AAAA records. RFC 2782,
 * RFC 6763 §6, RFC 2181 §5: a set of records takes the place of the one before
 * it as a whole. See dnssd.h.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/writer.h"
#include "discover/address.h"
#include "discover/dnssd_part.h"

/* The next record of MESSAGE of that type and owner; *TTL becomes the smallest
 * so far. */
static bool next_record(struct dns_message *message, enum dns_type type,
			const struct dns_name *owner,
			struct dns_record *ret_record, int64_t *ttl)
{
	while (dns_message_next(message, ret_record)) {
		if (ret_record->type != (uint16_t)type ||
		    !dns_name_equal(&ret_record->owner, owner))
			continue;
		if (*ttl < 0 || ret_record->ttl < *ttl)
			*ttl = ret_record->ttl;
		return true;
	}
	return false;
}

/* RFC 2782: a target of "." says that there is no such service. */
static bool is_usable(const struct dns_record *srv)
{
	return srv->port != 0 && !dns_name_is_root(&srv->target);
}

/* RFC 2782: the lowest priority, then the greatest weight; without its lottery,
 * for the same network to give the same answer, whatever order the server gives
 * it in. */
static bool is_better(const struct dns_record *a, const struct dns_record *b)
{
	if (is_usable(a) != is_usable(b))
		return is_usable(a);
	if (a->priority != b->priority)
		return a->priority < b->priority;
	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (a->port != b->port)
		return a->port < b->port;
	if (a->target.len != b->target.len)
		return a->target.len < b->target.len;
	return memcmp(a->target.wire, b->target.wire, a->target.len) < 0;
}

struct dnssd_host *dnssd_record_host(struct dnssd *d,
				     const struct dns_name *name)
{
	struct dnssd_host *host = NULL;

	for (unsigned int n = 0; n < d->n_hosts; n++) {
		if (!d->hosts[n].is_used)
			host = &d->hosts[n];
		else if (dns_name_equal(&d->hosts[n].data.name, name))
			return &d->hosts[n];
	}
	if (!host) {
		/* Each instance has one at most, and a zone of LOOKUP. */
		assert(d->n_hosts < DNSSD_HOSTS_MAX);
		host = &d->hosts[d->n_hosts++];
	}
	memset(host, 0, sizeof(*host));
	host->is_used = true;
	host->data.name = *name;
	host->tale.at = CLOCK_NEVER;
	for (unsigned int ask = 0; ask < DNSSD_HOST_ASKS; ask++) {
		bool is_local = dns_unicast_is_local(name);

		host->asks[ask].is_wanted = !is_local;
		host->asks[ask].is_settled = is_local;
		host->asks[ask].due = d->now;
	}
	return host;
}

static bool is_needed(const struct dnssd *d, unsigned int host)
{
	if (d->hosts[host].tale.listed != 0 || d->hosts[host].tale.tell_lost)
		return true;
	for (unsigned int n = 0; n < d->n_instances; n++) {
		const struct dnssd_instance *i = &d->instances[n];

		if (i->tale.listed != 0 && i->data.is_usable &&
		    i->data.host == host)
			return true;
	}
	return false;
}

void dnssd_record_drop_hosts(struct dnssd *d)
{
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (!host->is_used || is_needed(d, n))
			continue;
		host->is_used = false;
		for (unsigned int ask = 0; ask < DNSSD_HOST_ASKS; ask++)
			host->asks[ask].is_wanted = false;
	}
	dnssd_query_drop_unwanted(d);
}

static void put_srv(struct dnssd *d, struct dnssd_instance *i,
		    const struct dns_record *srv)
{
	bool usable = is_usable(srv);
	unsigned int index = 0;

	if (usable)
		index = (unsigned int)(dnssd_record_host(d, &srv->target) -
				       d->hosts);
	if (!i->data.has_srv || i->data.is_usable != usable ||
	    i->data.priority != srv->priority ||
	    i->data.weight != srv->weight || i->data.port != srv->port ||
	    i->data.host != index)
		i->tale.has_changed = true;
	i->data.has_srv = true;
	i->data.is_usable = usable;
	i->data.priority = srv->priority;
	i->data.weight = srv->weight;
	i->data.port = srv->port;
	i->data.host = index;
}

int64_t dnssd_record_take_srv(struct dnssd *d, struct dnssd_instance *i,
			      struct dns_message message,
			      const struct dns_name *name)
{
	struct dns_record record, best;
	int64_t ttl = -ENOENT;
	bool has_best = false;

	while (next_record(&message, DNS_TYPE_SRV, name, &record, &ttl)) {
		if (has_best && !is_better(&record, &best))
			continue;
		best = record;
		has_best = true;
	}
	if (has_best) {
		put_srv(d, i, &best);
	} else {
		i->data.has_srv = false;
		i->data.is_usable = false;
	}
	dnssd_record_drop_hosts(d);
	return ttl;
}

/* Whole strings, as many as fit. */
static void put_txt(struct dnssd *d, struct writer *writer, struct span txt)
{
	struct reader reader;

	reader_from_span(&reader, txt);
	while (reader_left(&reader) > 0) {
		struct span string = reader_span(&reader, reader_u8(&reader));

		if (writer_room(writer) < string.len + 1) {
			d->counts.over_txt++;
			continue;
		}
		writer_u8(writer, (uint8_t)string.len);
		writer_put(writer, string);
	}
}

int64_t dnssd_record_take_txt(struct dnssd *d, struct dnssd_instance *i,
			      struct dns_message message,
			      const struct dns_name *name)
{
	uint8_t buffer[CACHE_TXT_MAX];
	struct dns_record record;
	struct writer writer;
	int64_t ttl = -ENOENT;
	struct span txt;

	writer_init(&writer, buffer, sizeof(buffer));
	i->data.has_txt = false;
	while (next_record(&message, DNS_TYPE_TXT, name, &record, &ttl)) {
		/* RFC 6763 §6.8: of several the first. */
		if (!i->data.has_txt)
			put_txt(d, &writer, record.txt);
		i->data.has_txt = true;
	}
	txt = writer_span(&writer);
	if (!span_equal(txt, (struct span){ i->data.txt, i->data.txt_len }))
		i->tale.has_changed = true;
	memcpy(i->data.txt, buffer, txt.len);
	i->data.txt_len = (uint16_t)txt.len;
	return ttl;
}

/* A host's, and of more than one link (RFC 3927 §7). */
static bool is_host_ipv4(uint32_t address)
{
	return address_is_host_ipv4(address) && address >> 16 != 0xa9fe;
}

static bool is_host_ipv6(const uint8_t address[16])
{
	return address_is_host_ipv6(address) &&
	       !(address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

/* Servers give them in another order every time; here the smallest is first,
 * and of too many the smallest are kept. */
static void put_ipv4(struct dnssd *d, struct cache_host *host, uint32_t address)
{
	unsigned int n = 0;

	while (n < host->n_ipv4 && host->ipv4[n] < address)
		n++;
	if (n < host->n_ipv4 && host->ipv4[n] == address)
		return;
	if (host->n_ipv4 == CACHE_ADDRESSES_MAX) {
		d->counts.over_addresses++;
		if (n == CACHE_ADDRESSES_MAX)
			return;
		host->n_ipv4--;
	}
	memmove(&host->ipv4[n + 1], &host->ipv4[n],
		(host->n_ipv4 - n) * sizeof(host->ipv4[0]));
	host->ipv4[n] = address;
	host->n_ipv4++;
}

static void put_ipv6(struct dnssd *d, struct cache_host *host,
		     const uint8_t address[16])
{
	unsigned int n = 0;

	while (n < host->n_ipv6 && memcmp(host->ipv6[n], address, 16) < 0)
		n++;
	if (n < host->n_ipv6 && memcmp(host->ipv6[n], address, 16) == 0)
		return;
	if (host->n_ipv6 == CACHE_ADDRESSES_MAX) {
		d->counts.over_addresses++;
		if (n == CACHE_ADDRESSES_MAX)
			return;
		host->n_ipv6--;
	}
	memmove(host->ipv6[n + 1], host->ipv6[n], (host->n_ipv6 - n) * 16);
	memcpy(host->ipv6[n], address, 16);
	host->n_ipv6++;
}

/* Who is on HOST has changed as well. */
static void change_host(struct dnssd *d, struct dnssd_host *host)
{
	unsigned int index = (unsigned int)(host - d->hosts);

	host->tale.has_changed = true;
	for (unsigned int n = 0; n < d->n_instances; n++) {
		struct dnssd_instance *i = &d->instances[n];

		if (i->data.is_usable && i->data.host == index)
			i->tale.has_changed = true;
	}
}

int64_t dnssd_record_take_addresses(struct dnssd *d, struct dnssd_host *host,
				    enum dnssd_host_ask ask,
				    struct dns_message message,
				    const struct dns_name *name)
{
	enum dns_type type = ask == DNSSD_ASK_A ? DNS_TYPE_A : DNS_TYPE_AAAA;
	const struct cache_host before = host->data;
	struct dns_record record;
	int64_t ttl = -ENOENT;

	if (type == DNS_TYPE_A)
		host->data.n_ipv4 = 0;
	else
		host->data.n_ipv6 = 0;
	while (next_record(&message, type, name, &record, &ttl)) {
		if (type == DNS_TYPE_A && is_host_ipv4(record.ipv4))
			put_ipv4(d, &host->data, record.ipv4);
		if (type == DNS_TYPE_AAAA && is_host_ipv6(record.ipv6))
			put_ipv6(d, &host->data, record.ipv6);
	}
	if (before.n_ipv4 != host->data.n_ipv4 ||
	    before.n_ipv6 != host->data.n_ipv6 ||
	    memcmp(before.ipv4, host->data.ipv4,
		   before.n_ipv4 * sizeof(before.ipv4[0])) != 0 ||
	    memcmp(before.ipv6, host->data.ipv6, before.n_ipv6 * 16) != 0)
		change_host(d, host);
	return ttl;
}
