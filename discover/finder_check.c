/* See finder_part.h. */
#include "discover/finder_part.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

bool finder_has_checks(const struct finder *finder)
{
	return finder->options->is_provider_type && !finder->options->no_probe;
}

bool finder_is_checked(const struct finder *finder,
		       const struct service *service)
{
	return finder_has_checks(finder) && !finder->is_over &&
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
	finder_settle(finder, found);
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

void finder_check_waiting(struct finder *finder)
{
	struct finder_service *found;
	struct probe *probe;

	while ((probe = free_probe(finder)) && (found = next_waiting(finder)))
		check(finder, probe, found);
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
		finder_proceed(finder);
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
	finder_settle(finder, found);
	finder_proceed(finder);
}

static void manifest_done(struct loop *loop UNUSED, struct probe *probe)
{
	struct finder *finder = probe->owner;
	struct finder_service *found = &finder->services[probe->subject];

	found->service.manifest_state = probe->manifest_state;
	finder_settle(finder, found);
	finder_proceed(finder);
}

void finder_check_open(struct finder *finder)
{
	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		finder->probes[i].done = probe_done;
		finder->probes[i].manifest_done = manifest_done;
		finder->probes[i].owner = finder;
	}
}

void finder_cancel(struct finder *finder, const struct finder_service *found)
{
	unsigned int subject = (unsigned int)(found - finder->services);

	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		if (finder->probes[i].is_busy &&
		    finder->probes[i].subject == subject)
			probe_cancel(&finder->probes[i], finder->loop);
	}
}

void finder_check_again(struct finder *finder, struct finder_service *found)
{
	if (!finder_is_checked(finder, &found->service))
		return;
	finder_cancel(finder, found);
	found->progress = FINDER_WAITING;
}

void finder_check_failed(struct finder *finder)
{
	if (!search_may_again(&finder->again, finder->loop->now))
		return;
	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->progress != FINDER_DROPPED &&
		    (found->progress != FINDER_SETTLED ||
		     found->service.health == SERVICE_OK))
			continue;
		service_first_address(&found->service);
		finder_check_again(finder, found);
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
	       finder->has_network_changed || interval == FINDER_RECHECK_MAX_MS;
}

void finder_arm_recheck(struct finder *finder, int64_t interval)
{
	if (interval > FINDER_RECHECK_MAX_MS)
		interval = FINDER_RECHECK_MAX_MS;
	finder->recheck_interval = interval;
	/* News without end do not put it off. */
	if (finder->recheck_timer.due > finder->loop->now + interval)
		loop_set_timer(finder->loop, &finder->recheck_timer,
			       finder->loop->now + interval);
}

void finder_recheck_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct finder *finder = timer->owner;

	for (unsigned int i = 0; i < finder->n_places; i++) {
		struct finder_service *found = &finder->services[i];

		if (!is_due_again(finder, found))
			continue;
		if (found->service.health != SERVICE_OK)
			service_first_address(&found->service);
		finder_check_again(finder, found);
	}
	if (finder->recheck_interval >= FINDER_RECHECK_MS)
		finder->has_network_changed = false;
	finder_arm_recheck(finder, 2 * finder->recheck_interval);
	finder_proceed(finder);
}
