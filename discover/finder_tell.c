/* See finder_part.h. */
#include "discover/finder_part.h"

#include <string.h>

#include "base/clock.h"

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
		    service_has_address(&other->service, service->addresses))
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

		if (!finder->services[i].is_told || is_double(finder, service))
			continue;
		service_rank(ret_ranked, n++, service, &finder->options->wish);
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

void finder_tell(struct finder *finder, struct finder_service *found,
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

/* A guess that was none: its place may be another's from now on, so nothing
 * that is still asked of it may come back. */
static void drop(struct finder *finder, struct finder_service *found)
{
	finder_cancel(finder, found);
	if (found->is_told)
		finder_tell(finder, found, OUTPUT_LOST);
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

void finder_settle(struct finder *finder, struct finder_service *found)
{
	const struct service *service = &found->service;

	found->progress = FINDER_SETTLED;
	if (service->is_guess)
		settle_guess(finder, found);
	if (found->progress != FINDER_SETTLED)
		return;
	if (!found->is_told) {
		finder_tell(finder, found, OUTPUT_SERVICE);
	} else if (found->has_changed ||
		   found->told_health != service->health ||
		   found->told_manifest != service->manifest_state ||
		   found->told_address != service->address) {
		finder_tell(finder, found, OUTPUT_CHANGED);
	}
	if (!service->is_guess)
		drop_doubles(finder);
}

void finder_guess_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct finder *finder = timer->owner;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		if (finder->services[i].progress == FINDER_HELD)
			finder_settle(finder, &finder->services[i]);
	}
	finder_proceed(finder);
}
