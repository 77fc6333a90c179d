/* See finder.h. */
#include "discover/finder.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

static void proceed(struct finder *finder);

/* --- order -------------------------------------------------------------- */

static bool has_address(const struct service *service,
			const struct url_address *address)
{
	for (unsigned int i = 0; i < service->n_addresses; i++) {
		if (url_address_equal(&service->addresses[i], address))
			return true;
	}
	return false;
}

/* A guess that somebody has named as well is no guess: it is left out. */
static bool is_double(const struct finder *finder,
		      const struct service *service)
{
	if (!service->is_guess || service->n_addresses == 0)
		return false;
	for (unsigned int i = 0; i < finder->n_places; i++) {
		const struct finder_service *other = &finder->services[i];

		if (other->is_told && !other->service.is_guess &&
		    other->service.port == service->port &&
		    has_address(&other->service, service->addresses))
			return true;
	}
	return false;
}

unsigned int finder_rank(const struct finder *finder,
			 const struct service **ret_ranked)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		const struct service *service = &finder->services[i].service;
		unsigned int at;

		if (!finder->services[i].is_told || is_double(finder, service))
			continue;
		for (at = n; at > 0; at--) {
			if (service_compare(ret_ranked[at - 1], service,
					    &finder->options->wish) <= 0)
				break;
			ret_ranked[at] = ret_ranked[at - 1];
		}
		ret_ranked[at] = service;
		n++;
	}
	return n;
}

static const struct finder_service *find_best(const struct finder *finder)
{
	const struct finder_service *best = NULL;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		const struct finder_service *found = &finder->services[i];

		if (found->is_told &&
		    service_suits(&found->service, &finder->options->wish) &&
		    !is_double(finder, &found->service) &&
		    (!best || service_compare(&found->service, &best->service,
					      &finder->options->wish) < 0))
			best = found;
	}
	return best;
}

/* --- what is told ------------------------------------------------------- */

/* FOUND is another than it was; and so may be the one to take. */
static void tell(struct finder *finder, struct finder_service *found,
		 enum output_event event)
{
	const struct finder_service *before = finder->best;

	found->is_told = event != OUTPUT_LOST;
	found->told_health = found->service.health;
	found->told_manifest = found->service.manifest_state;
	found->told_address = found->service.address;
	found->has_changed = false;
	finder->best = find_best(finder);
	finder->changed(finder, event, &found->service, found == finder->best);
	/* Only a record says who is the best. */
	if (finder->best == before || finder->options->format != OPTIONS_REPORT)
		return;
	if (before && before != found && before->is_told)
		finder->changed(finder, OUTPUT_CHANGED, &before->service,
				false);
	if (finder->best && finder->best != found)
		finder->changed(finder, OUTPUT_CHANGED, &finder->best->service,
				true);
}

static bool has_answered(const struct service *service)
{
	return service->health == SERVICE_OK ||
	       service->health == SERVICE_UNHEALTHY;
}

static void cancel_probe_of(struct finder *finder,
			    const struct finder_service *found)
{
	unsigned int subject = (unsigned int)(found - finder->services);

	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		if (finder->probes[i].is_busy &&
		    finder->probes[i].subject == subject)
			probe_cancel(&finder->probes[i], finder->loop);
	}
}

/* A guess that was none: its place may be another's from now on, so nothing
 * that is still asked of it may come back. */
static void drop(struct finder *finder, struct finder_service *found)
{
	cancel_probe_of(finder, found);
	if (found->is_told)
		tell(finder, found, OUTPUT_LOST);
	found->progress = FINDER_DROPPED;
}

/* Guesses that are somebody's whom we know by name are not worth a line. */
static void drop_doubles(struct finder *finder)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->is_told && is_double(finder, &found->service))
			drop(finder, found);
	}
}

static void settle_guess(struct finder *finder, struct finder_service *found)
{
	if (has_answered(&found->service) && !finder->is_over &&
	    finder->guess_timer.due != CLOCK_NEVER) {
		found->progress = FINDER_HELD;
		return;
	}
	if (!has_answered(&found->service) ||
	    is_double(finder, &found->service))
		drop(finder, found);
}

static void settle(struct finder *finder, struct finder_service *found)
{
	const struct service *service = &found->service;

	found->progress = FINDER_SETTLED;
	if (service->is_guess)
		settle_guess(finder, found);
	if (found->progress != FINDER_SETTLED)
		return;
	if (!found->is_told) {
		tell(finder, found, OUTPUT_SERVICE);
	} else if (found->has_changed ||
		   found->told_health != service->health ||
		   found->told_manifest != service->manifest_state ||
		   found->told_address != service->address) {
		tell(finder, found, OUTPUT_CHANGED);
	}
	if (!service->is_guess)
		drop_doubles(finder);
}

static void guess_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct finder *finder = timer->owner;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (finder->services[i].progress == FINDER_HELD)
			settle(finder, &finder->services[i]);
	}
	proceed(finder);
}

/* --- checks ------------------------------------------------------------- */

static bool has_checks(const struct finder *finder)
{
	return finder->options->is_provider_type && !finder->options->no_probe;
}

static bool is_checked(const struct finder *finder,
		       const struct service *service)
{
	return has_checks(finder) && !finder->is_over &&
	       service->kind == SERVICE_KIND_SERVICE &&
	       service->n_addresses > 0;
}

static struct probe *free_probe(struct finder *finder)
{
	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		if (!finder->probes[i].is_busy)
			return &finder->probes[i];
	}
	return NULL;
}

/* Asks the service at its address, or at the next that can be asked. */
static void check(struct finder *finder, struct probe *probe,
		  struct finder_service *found)
{
	int64_t due = finder->loop->now + FINDER_PROBE_MS;
	int r;

	if (!finder->options->is_watch && due > finder->end)
		due = finder->end;
	probe->subject = (unsigned int)(found - finder->services);
	/* What the user has named may be anywhere. */
	probe->is_local = finder->options->mode != OPTIONS_INTERNET &&
			  found->service.source != SERVICE_EXPLICIT;
	do {
		r = probe_start(probe, finder->loop, &found->service, due);
		found->is_mute = r < 0;
		if (r == 0) {
			found->progress = FINDER_CHECKING;
			return;
		}
		log_debug("check: %s", strerror(-r));
	} while (service_next_address(&found->service));
	found->service.health = SERVICE_UNREACHABLE;
	settle(finder, found);
}

static void probe_done(struct loop *loop UNUSED, struct probe *probe,
		       int status, int64_t latency_ms)
{
	struct finder *finder = probe->owner;
	struct finder_service *found = &finder->services[probe->subject];
	bool is_at_end = status == -ETIMEDOUT && !finder->options->is_watch &&
			 finder->loop->now >= finder->end;

	found->service.latency_ms = latency_ms;
	if (status < 0 && !is_at_end && service_next_address(&found->service)) {
		found->progress = FINDER_WAITING;
		proceed(finder);
		return;
	}
	if (is_at_end)
		/* The deadline was the checks' own: that says nothing. */
		found->service.health = SERVICE_UNCHECKED;
	else if (status == 200)
		found->service.health = SERVICE_OK;
	else if (status > 0 && (!found->service.is_guess || status == 503))
		found->service.health = SERVICE_UNHEALTHY;
	else
		/* Silent, or a web server that knows nothing of health. */
		found->service.health = SERVICE_UNREACHABLE;
	if (!probe->is_busy)
		found->service.manifest_state = probe->manifest_state;
	settle(finder, found);
	proceed(finder);
}

static void manifest_done(struct loop *loop UNUSED, struct probe *probe)
{
	struct finder *finder = probe->owner;
	struct finder_service *found = &finder->services[probe->subject];

	found->service.manifest_state = probe->manifest_state;
	settle(finder, found);
	proceed(finder);
}

static void check_again(struct finder *finder, struct finder_service *found)
{
	if (!is_checked(finder, &found->service))
		return;
	cancel_probe_of(finder, found);
	found->progress = FINDER_WAITING;
}

/* What did not answer may do so now, as the network has changed. */
static void check_failed_again(struct finder *finder)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->progress != FINDER_DROPPED &&
		    (found->progress != FINDER_SETTLED ||
		     found->service.health == SERVICE_OK))
			continue;
		service_first_address(&found->service);
		check_again(finder, found);
	}
}

static bool is_due_again(const struct finder *finder,
			 const struct finder_service *found)
{
	int64_t interval = finder->recheck_interval;

	if (found->progress != FINDER_SETTLED &&
	    found->progress != FINDER_DROPPED)
		return false;
	if (found->is_mute)
		return true;
	if (!finder->options->is_watch || interval < FINDER_RECHECK_MS)
		return false;
	return found->progress == FINDER_DROPPED ||
	       found->service.health != SERVICE_OK ||
	       finder->has_network_changed ||
	       interval == FINDER_RECHECK_MAX_MS;
}

static void arm_recheck(struct finder *finder, int64_t interval)
{
	if (interval > FINDER_RECHECK_MAX_MS)
		interval = FINDER_RECHECK_MAX_MS;
	finder->recheck_interval = interval;
	loop_set_timer(finder->loop, &finder->recheck_timer,
		       finder->loop->now + interval);
}

static void recheck_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct finder *finder = timer->owner;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (!is_due_again(finder, found))
			continue;
		if (found->service.health != SERVICE_OK)
			service_first_address(&found->service);
		check_again(finder, found);
	}
	if (finder->recheck_interval >= FINDER_RECHECK_MS)
		finder->has_network_changed = false;
	arm_recheck(finder, 2 * finder->recheck_interval);
	proceed(finder);
}

/* --- what the sources say ----------------------------------------------- */

static struct finder_service *find(struct finder *finder,
				   const struct service *service)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (finder->services[i].progress != FINDER_FREE &&
		    service_is_same(&finder->services[i].service, service))
			return &finder->services[i];
	}
	return NULL;
}

static void lose(struct finder *finder, struct finder_service *found)
{
	cancel_probe_of(finder, found);
	if (found->is_told)
		tell(finder, found, OUTPUT_LOST);
	found->progress = FINDER_FREE;
}

/* The one to give its place up to SERVICE; NULL. Sources are in the order of
 * their worth: who announces many, or answers for many, keeps out neither what
 * a lease names nor what is announced. */
static struct finder_service *find_worse(struct finder *finder,
					 const struct service *service)
{
	struct finder_service *worst = NULL;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->service.source > service->source &&
		    (!worst || found->service.source > worst->service.source))
			worst = found;
	}
	return worst;
}

/* Guesses that were none are worth least. */
static struct finder_service *take_place(struct finder *finder,
					 const struct service *service)
{
	struct finder_service *place = NULL;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (finder->services[i].progress == FINDER_FREE)
			return &finder->services[i];
		if (finder->services[i].progress == FINDER_DROPPED)
			place = &finder->services[i];
	}
	if (finder->n_places < FINDER_SERVICES_MAX)
		return &finder->services[finder->n_places++];
	if (place)
		return place;
	finder->n_over++;
	place = find_worse(finder, service);
	if (place)
		lose(finder, place);
	return place;
}

/* The address that a check has come to stays in use while it is there. */
static void keep_address(struct service *fresh, const struct service *before)
{
	const struct url_address *used = &before->addresses[before->address];

	if (before->n_addresses == 0 || !has_address(fresh, used))
		return;
	while (!url_address_equal(&fresh->addresses[fresh->address], used) &&
	       service_next_address(fresh))
		continue;
}

/* What was known of it, but for where it is, stays known. */
static void replace(struct finder *finder, struct finder_service *found,
		    const struct service *service)
{
	struct service fresh = *service;

	fresh.health = found->service.health;
	fresh.manifest_state = found->service.manifest_state;
	fresh.latency_ms = found->service.latency_ms;
	if (has_checks(finder))
		keep_address(&fresh, &found->service);
	if (service_equal(&fresh, &found->service))
		return;
	found->service = fresh;
	found->has_changed = true;
	if (is_checked(finder, service)) {
		service_first_address(&found->service);
		check_again(finder, found);
	} else {
		settle(finder, found);
	}
}

static void service_found(struct search *search, const struct service *service)
{
	struct finder *finder = search->owner;
	struct finder_service *found = find(finder, service);

	if (!service_matches_txt(service, finder->options->txt,
				 finder->options->n_txt)) {
		if (found)
			lose(finder, found);
		return;
	}
	if (found) {
		replace(finder, found, service);
	} else {
		found = take_place(finder, service);
		if (!found)
			return;
		memset(found, 0, sizeof(*found));
		found->service = *service;
		found->progress = FINDER_WAITING;
		if (!is_checked(finder, service))
			settle(finder, found);
	}
	proceed(finder);
}

static void service_lost(struct search *search, const struct service *service)
{
	struct finder *finder = search->owner;
	struct finder_service *found = find(finder, service);

	if (found)
		lose(finder, found);
}

static void interface_gone(struct search *search, const char *name)
{
	struct finder *finder = search->owner;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		/* What the user has named is not the interface's to lose. */
		if (found->progress != FINDER_FREE &&
		    found->service.source != SERVICE_EXPLICIT &&
		    strcmp(found->service.interface, name) == 0)
			lose(finder, found);
	}
}

/* --- the end ------------------------------------------------------------ */

/* Good enough to end a search with --first. */
static bool is_good(const struct finder *finder,
		    const struct finder_service *found)
{
	const struct service *service = &found->service;

	if (!found->is_told || found->progress != FINDER_SETTLED ||
	    !service_suits(service, &finder->options->wish))
		return false;
	return service->health == SERVICE_OK || finder->options->no_probe ||
	       !finder->options->is_provider_type || service->n_addresses == 0;
}

static bool has_good_one(const struct finder *finder)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (is_good(finder, &finder->services[i]))
			return true;
	}
	return false;
}

/* Whether nothing can come any more before the end. */
static bool is_exhausted(const struct finder *finder)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		enum finder_progress progress = finder->services[i].progress;

		if (progress == FINDER_WAITING || progress == FINDER_CHECKING ||
		    progress == FINDER_HELD)
			return false;
	}
	return search_is_exhausted(&finder->search) ||
	       (finder->best && search_is_complete(&finder->search));
}

/* Every service is asked at its first address before one is at its second: so
 * who announces many addresses where nobody is keeps nobody waiting for long. */
static struct finder_service *next_waiting(struct finder *finder)
{
	struct finder_service *next = NULL;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->progress != FINDER_WAITING)
			continue;
		if (!next || found->service.address < next->service.address ||
		    (found->service.address == next->service.address &&
		     service_compare(&found->service, &next->service,
				     &finder->options->wish) < 0))
			next = found;
	}
	return next;
}

/* After every event: gives free probes work, and looks whether it is over. */
static void proceed(struct finder *finder)
{
	struct finder_service *found;
	struct probe *probe;

	if (finder->is_over)
		return;
	while ((probe = free_probe(finder)) && (found = next_waiting(finder)))
		check(finder, probe, found);
	if (!finder->search.is_started)
		return;
	if ((finder->options->first && has_good_one(finder)) ||
	    (!finder->options->is_watch && is_exhausted(finder)))
		finder_finish(finder);
}

/* Once: what is not settled by now is settled as it is. */
void finder_finish(struct finder *finder)
{
	if (finder->is_over)
		return;
	finder->is_over = true;
	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++)
		probe_cancel(&finder->probes[i], finder->loop);
	search_stop(&finder->search);
	for (unsigned int i = 0; i < finder->n_places; i++) {
		enum finder_progress progress = finder->services[i].progress;

		if (progress == FINDER_WAITING || progress == FINDER_CHECKING ||
		    progress == FINDER_HELD)
			settle(finder, &finder->services[i]);
	}
	finder->loop->stopped = true;
}

static void end_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct finder *finder = timer->owner;

	if (!finder->options->is_watch) {
		finder_finish(finder);
		return;
	}
	finder->is_searched = true;
	finder->searched(finder);
}

/* --- from outside ------------------------------------------------------- */

static void quiet(struct search *search)
{
	proceed(search->owner);
}

int finder_open(struct finder *finder, const char **ret_missing)
{
	struct search *search = &finder->search;

	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		finder->probes[i].done = probe_done;
		finder->probes[i].manifest_done = manifest_done;
		finder->probes[i].owner = finder;
	}
	search->options = finder->options;
	search->loop = finder->loop;
	search->found = service_found;
	search->lost = service_lost;
	search->gone = interface_gone;
	search->quiet = quiet;
	search->owner = finder;
	return search_open(search, ret_missing);
}

void finder_start(struct finder *finder)
{
	const struct options *options = finder->options;
	int64_t now = clock_ms();

	finder->loop->now = now;
	finder->started = now;
	finder->end = now + options->timeout_ms;
	finder->timer.expired = end_expired;
	finder->timer.owner = finder;
	loop_set_timer(finder->loop, &finder->timer, finder->end);
	finder->guess_timer.expired = guess_expired;
	finder->guess_timer.owner = finder;
	loop_set_timer(finder->loop, &finder->guess_timer,
		       now + FINDER_GUESS_MS);
	search_start(&finder->search, now,
		     options->is_watch ? CLOCK_NEVER : finder->end);
	if (options->has_provider)
		service_found(&finder->search, &options->provider);
	finder->recheck_timer.expired = recheck_expired;
	finder->recheck_timer.owner = finder;
	arm_recheck(finder, FINDER_RETRY_MS);
	proceed(finder);
}

void finder_take_record(struct finder *finder, struct span line)
{
	int64_t now = finder->loop->now;

	if (finder->is_over)
		return;
	loop_set_timer(finder->loop, &finder->guess_timer,
		       now + FINDER_GUESS_MS);
	search_take_record(&finder->search, line);
	check_failed_again(finder);
	finder->has_network_changed = true;
	arm_recheck(finder, FINDER_RETRY_MS);
	proceed(finder);
}

unsigned long finder_n_over(const struct finder *finder)
{
	return finder->n_over + search_n_over(&finder->search);
}
