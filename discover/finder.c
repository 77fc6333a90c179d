/* See finder_part.h. */
#include "discover/finder_part.h"

#include <string.h>

#include "base/clock.h"
#include "discover/address.h"

/* --- what the sources say ------------------------------------------------ */

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
	finder_cancel(finder, found);
	if (found->is_told)
		finder_tell(finder, found, OUTPUT_LOST);
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

	if (before->n_addresses == 0 || !service_has_address(fresh, used))
		return;
	while (!address_equal(&fresh->addresses[fresh->address], used) &&
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
	if (finder_has_checks(finder))
		keep_address(&fresh, &found->service);
	if (service_equal(&fresh, &found->service))
		return;
	found->service = fresh;
	found->has_changed = true;
	if (finder_is_checked(finder, service)) {
		service_first_address(&found->service);
		finder_check_again(finder, found);
	} else {
		finder_settle(finder, found);
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
		if (!finder_is_checked(finder, service))
			finder_settle(finder, found);
	}
	finder_proceed(finder);
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

/* --- the end ------------------------------------------------------------- */

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

/* Something about it is still to come. */
static bool is_pending(const struct finder_service *found)
{
	return found->progress == FINDER_WAITING ||
	       found->progress == FINDER_CHECKING ||
	       found->progress == FINDER_HELD;
}

/* Whether nothing can come any more before the end. */
static bool is_exhausted(const struct finder *finder)
{
	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (is_pending(&finder->services[i]))
			return false;
	}
	return search_is_exhausted(&finder->search) ||
	       (finder->best && search_is_complete(&finder->search));
}

/* After every event: gives free probes work, and looks whether it is over. */
void finder_proceed(struct finder *finder)
{
	if (finder->is_over)
		return;
	finder_check_waiting(finder);
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
		if (is_pending(&finder->services[i]))
			finder_settle(finder, &finder->services[i]);
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

/* --- from outside -------------------------------------------------------- */

static void quiet(struct search *search)
{
	finder_proceed(search->owner);
}

int finder_open(struct finder *finder, const char **ret_missing)
{
	struct search *search = &finder->search;

	finder_check_open(finder);
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
	finder->guess_timer.expired = finder_guess_expired;
	finder->guess_timer.owner = finder;
	loop_set_timer(finder->loop, &finder->guess_timer,
		       now + FINDER_GUESS_MS);
	search_start(&finder->search, now,
		     options->is_watch ? CLOCK_NEVER : finder->end);
	if (options->has_provider)
		service_found(&finder->search, &options->provider);
	finder->recheck_timer.due = CLOCK_NEVER;
	finder->recheck_timer.expired = finder_recheck_expired;
	finder->recheck_timer.owner = finder;
	finder_arm_recheck(finder, FINDER_RETRY_MS);
	finder_proceed(finder);
}

void finder_take_record(struct finder *finder, struct span line)
{
	int64_t now = finder->loop->now;

	if (finder->is_over)
		return;
	/* News without end do not put it off. */
	if (finder->guess_timer.due == CLOCK_NEVER)
		loop_set_timer(finder->loop, &finder->guess_timer,
			       now + FINDER_GUESS_MS);
	search_take_record(&finder->search, line);
	finder_check_failed(finder);
	finder->has_network_changed = true;
	finder_arm_recheck(finder, FINDER_RETRY_MS);
	finder_proceed(finder);
}

unsigned long finder_n_over(const struct finder *finder)
{
	return finder->n_over + search_n_over(&finder->search);
}
