/*
 * What DNS-SD over unicast DNS tells, and when: as soon as it is known whole,
 * when it has changed, and when it is gone. See dnssd.h.
 */
#include "base/clock.h"
#include "discover/dnssd_part.h"

static bool has_address(const struct dnssd_host *host)
{
	return host->data.n_ipv4 > 0 || host->data.n_ipv6 > 0;
}

static bool are_settled(const struct dnssd_ask *asks, unsigned int n)
{
	for (unsigned int ask = 0; ask < n; ask++) {
		if (!asks[ask].is_settled)
			return false;
	}
	return true;
}

static const struct dnssd_host *host_of(const struct dnssd *d,
					const struct dnssd_instance *i)
{
	return i->data.is_usable ? &d->hosts[i->data.host] : NULL;
}

/* REACHABLE: it can be told. COMPLETE: nothing is missing that may still come.
 * PATIENT: what is missing is waited for, for it matters. */
static void review(struct dnssd *d, struct dnssd_tale *tale, bool reachable,
		   bool complete, bool patient)
{
	if (tale->tell_lost)
		return;
	if (!reachable) {
		tale->tell_found = false;
		tale->at = CLOCK_NEVER;
		/* Something else may be on its way in its place. */
		if (complete && tale->is_told)
			tale->tell_lost = true;
		return;
	}
	if (tale->is_told && !tale->has_changed)
		return;
	if (!complete && !patient && tale->at == CLOCK_NEVER)
		tale->at = d->now + DNSSD_GATHER_MS;
	if (complete || tale->at <= d->now) {
		tale->tell_found = true;
		tale->at = CLOCK_NEVER;
	}
}

static void review_instance(struct dnssd *d, struct dnssd_instance *i)
{
	bool own = are_settled(i->asks, DNSSD_INSTANCE_ASKS);
	const struct dnssd_host *host = host_of(d, i);

	if (d->kind == DNSSD_TYPES)
		review(d, &i->tale, true, true, false);
	else if (host)
		review(d, &i->tale, has_address(host),
		       own && are_settled(host->asks, DNSSD_HOST_ASKS), !own);
	else
		review(d, &i->tale, false, i->asks[DNSSD_ASK_SRV].is_settled,
		       true);
}

void dnssd_tale_review(struct dnssd *d)
{
	if (d->state != DNSSD_RUNNING)
		return;
	for (unsigned int n = 0; n < d->n_instances; n++) {
		if (d->instances[n].tale.listed != 0)
			review_instance(d, &d->instances[n]);
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (host->is_used && host->tale.listed != 0)
			review(d, &host->tale, has_address(host),
			       are_settled(host->asks, DNSSD_HOST_ASKS), false);
	}
}

void dnssd_tale_rest(struct dnssd *d)
{
	for (unsigned int n = 0; n < d->n_instances; n++) {
		struct dnssd_instance *i = &d->instances[n];
		const struct dnssd_host *host = host_of(d, i);

		if (i->tale.listed != 0 && host && has_address(host))
			review(d, &i->tale, true, true, false);
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (host->is_used && host->tale.listed != 0 &&
		    has_address(host))
			review(d, &host->tale, true, true, false);
	}
}

int64_t dnssd_tale_due(const struct dnssd *d)
{
	int64_t due = CLOCK_NEVER;

	for (unsigned int n = 0; n < d->n_instances; n++) {
		const struct dnssd_tale *tale = &d->instances[n].tale;

		if (tale->listed != 0 && tale->at < due)
			due = tale->at;
	}
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		const struct dnssd_host *host = &d->hosts[n];

		if (host->is_used && host->tale.listed != 0 &&
		    host->tale.at < due)
			due = host->tale.at;
	}
	return due;
}

/* What TALE has to tell, if anything: lost first, as it may have been found
 * again since. */
static bool next_of(struct dnssd *d, struct dnssd_tale *tale,
		    struct dnssd_action *ret_action)
{
	const struct dnssd_zone *zone = &d->zones[tale->zone];

	if (!tale->tell_lost && !tale->tell_found)
		return false;
	*ret_action = (struct dnssd_action){
		.kind = tale->tell_lost ? DNSSD_LOST : DNSSD_FOUND,
		.domain = &zone->domain,
		.type = &zone->name,
	};
	if (tale->tell_lost) {
		tale->tell_lost = false;
		tale->is_told = false;
	} else {
		tale->tell_found = false;
		tale->is_told = true;
	}
	tale->has_changed = false;
	return true;
}

static bool next_instance(struct dnssd *d, struct dnssd_action *ret_action)
{
	for (unsigned int n = 0; n < d->n_instances; n++) {
		struct dnssd_instance *i = &d->instances[n];

		if (!next_of(d, &i->tale, ret_action))
			continue;
		ret_action->instance = &i->data;
		if (ret_action->kind == DNSSD_FOUND && d->kind != DNSSD_TYPES)
			ret_action->host = &d->hosts[i->data.host].data;
		return true;
	}
	return false;
}

static bool next_host(struct dnssd *d, struct dnssd_action *ret_action)
{
	for (unsigned int n = 0; n < d->n_hosts; n++) {
		struct dnssd_host *host = &d->hosts[n];

		if (!host->is_used || !next_of(d, &host->tale, ret_action))
			continue;
		ret_action->host = &host->data;
		return true;
	}
	return false;
}

bool dnssd_tale_next(struct dnssd *d, struct dnssd_action *ret_action)
{
	if (!next_instance(d, ret_action) && !next_host(d, ret_action))
		return false;
	if (ret_action->kind == DNSSD_LOST) {
		dnssd_tale_review(d);
		dnssd_record_drop_hosts(d);
	}
	return true;
}
