/* See finder.h. */
#include "discover/finder.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"

static void finder_finish(struct finder *finder);

static bool is_settled(const struct finder_service *found)
{
	return found->progress == FINDER_SETTLED;
}

/* Good enough to end a search with --first. */
static bool is_good(const struct finder *finder, const struct service *service)
{
	if (!service_suits(service, &finder->options->wish))
		return false;
	return service->health == SERVICE_OK || finder->options->no_probe ||
	       !finder->options->is_provider_type || service->n_addresses == 0;
}

static void settle(struct finder *finder, struct finder_service *found)
{
	if (found->service.source == SERVICE_GATEWAY &&
	    found->service.health != SERVICE_OK &&
	    found->service.health != SERVICE_UNHEALTHY) {
		found->progress = FINDER_DROPPED;
		return;
	}
	found->progress = FINDER_SETTLED;
	finder->changed(finder, "service", &found->service);
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

	probe->subject = (unsigned int)(found - finder->services);
	do {
		r = probe_start(probe, finder->loop, &found->service,
				due < finder->end ? due : finder->end);
		if (r == 0) {
			found->progress = FINDER_CHECKING;
			return;
		}
		log_debug("check: %s", strerror(-r));
	} while (service_next_address(&found->service));
	found->service.health = SERVICE_UNREACHABLE;
	settle(finder, found);
}

/* Whether nothing can come any more before the end. */
static bool is_exhausted(const struct finder *finder)
{
	if (finder->n_nics > 0)
		return false;
	for (unsigned int i = 0; i < finder->n_services; i++) {
		if (finder->services[i].progress == FINDER_WAITING ||
		    finder->services[i].progress == FINDER_CHECKING)
			return false;
	}
	return true;
}

/* After every event: gives free probes work, and looks whether it is over. */
static void proceed(struct finder *finder)
{
	if (finder->is_over)
		return;
	for (unsigned int i = 0; i < finder->n_services; i++) {
		struct finder_service *found = &finder->services[i];
		struct probe *probe;

		if (found->progress != FINDER_WAITING)
			continue;
		probe = free_probe(finder);
		if (!probe)
			break;
		check(finder, probe, found);
	}
	for (unsigned int i = 0; i < finder->n_services; i++) {
		if (finder->options->first &&
		    is_settled(&finder->services[i]) &&
		    is_good(finder, &finder->services[i].service)) {
			finder_finish(finder);
			return;
		}
	}
	if (is_exhausted(finder))
		finder_finish(finder);
}

static void probe_done(struct loop *loop UNUSED, struct probe *probe,
		       int status, int64_t latency_ms)
{
	struct finder *finder = probe->owner;
	struct finder_service *found = &finder->services[probe->subject];

	if (found->progress != FINDER_CHECKING) {
		proceed(finder);
		return;
	}
	found->service.latency_ms = latency_ms;
	if (status < 0) {
		if (finder->loop->now < finder->end &&
		    service_next_address(&found->service)) {
			check(finder, probe, found);
			proceed(finder);
			return;
		}
		found->service.health = SERVICE_UNREACHABLE;
	} else if (status == 200) {
		found->service.health = SERVICE_OK;
	} else if (status == 503 || found->service.source != SERVICE_GATEWAY) {
		found->service.health = SERVICE_UNHEALTHY;
	} else {
		/* A web server, but none that knows what health is. */
		found->service.health = SERVICE_UNREACHABLE;
	}
	/* The deadline was the checks' own: that says nothing about it. */
	if (status == -ETIMEDOUT && finder->loop->now >= finder->end)
		found->service.health = SERVICE_UNCHECKED;
	settle(finder, found);
	proceed(finder);
}

static struct finder_service *new_service(struct finder *finder)
{
	if (finder->n_services < FINDER_SERVICES_MAX)
		return &finder->services[finder->n_services++];
	for (unsigned int i = 0; i < finder->n_services; i++) {
		if (finder->services[i].progress == FINDER_DROPPED)
			return &finder->services[i];
	}
	finder->n_over++;
	return NULL;
}

static void add_service(struct finder *finder, const struct service *service)
{
	struct finder_service *found = new_service(finder);
	bool is_asked = finder->options->is_provider_type ||
			service->source != SERVICE_MDNS;

	if (!found)
		return;
	found->service = *service;
	found->progress = FINDER_WAITING;
	if (!is_asked || finder->options->no_probe || finder->is_over ||
	    service->n_addresses == 0)
		settle(finder, found);
}

static void lose_service(struct finder *finder, const struct service *service)
{
	for (unsigned int i = 0; i < finder->n_services; i++) {
		struct finder_service *found = &finder->services[i];

		if (found->progress == FINDER_DROPPED ||
		    !service_is_same(&found->service, service))
			continue;
		if (is_settled(found))
			finder->changed(finder, "lost", &found->service);
		/* A probe that is at it then has nobody to tell. */
		found->progress = FINDER_DROPPED;
		for (unsigned int p = 0; p < FINDER_PROBES_MAX; p++) {
			if (finder->probes[p].is_busy &&
			    finder->probes[p].subject == i)
				probe_cancel(&finder->probes[p], finder->loop);
		}
	}
}

static void send_query(struct finder_nic *nic, struct span packet)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(nic->sources); i++) {
		int r;

		if (nic->sources[i].fd < 0)
			continue;
		/* No address yet, a full queue: the schedule tries again. */
		r = socket_send_mdns(nic->sources[i].fd, &nic->interface,
				     i == 1, packet);
		if (r < 0)
			log_debug("%s: query over IPv%d: %s",
				  nic->interface.name, i == 1 ? 6 : 4,
				  strerror(-r));
	}
}

/* Does what the querier wants, and sets its timer. */
static void drain(struct finder_nic *nic)
{
	struct finder *finder = nic->finder;
	struct querier_action action;
	struct service service;

	while (querier_next(&nic->querier, &action)) {
		switch (action.kind) {
		case QUERIER_SEND:
			send_query(nic, action.packet);
			break;
		case QUERIER_FOUND:
			service_from_instance(action.instance, action.host,
					      nic->interface.name,
					      finder->options->is_http,
					      &service);
			/* Found again: something about it has changed. */
			lose_service(finder, &service);
			add_service(finder, &service);
			break;
		case QUERIER_LOST:
			service_from_lost(action.instance, nic->interface.name,
					  &service);
			lose_service(finder, &service);
			break;
		case QUERIER_DONE:
			break;
		}
	}
	loop_set_timer(finder->loop, &nic->timer, querier_due(&nic->querier));
}

static void nic_expired(struct loop *loop, struct loop_timer *timer)
{
	struct finder_nic *nic = timer->owner;

	querier_tick(&nic->querier, loop->now);
	drain(nic);
	proceed(nic->finder);
}

static void nic_ready(struct loop *loop, struct loop_source *source,
		      short revents UNUSED)
{
	/* One more than is allowed, to see that it was more. */
	uint8_t packet[DNS_MESSAGE_MAX + 1];
	struct finder_nic *nic = source->owner;

	for (unsigned int i = 0; i < FINDER_BURST; i++) {
		/*
		 * Whether the sender is on the link is not looked at yet: the
		 * answers of a host behind QEMU's user network come with an
		 * address of the host's network, which is not on our link.
		 */
		struct querier_source from = { .on_link = true };
		size_t len;
		int r;

		r = socket_recv(source->fd, packet, sizeof(packet), &len,
				&from.port);
		if (r == -EAGAIN)
			break;
		/* Another error is one that an earlier packet has met. */
		if (r < 0) {
			log_debug("%s: %s", nic->interface.name, strerror(-r));
			continue;
		}
		querier_recv(&nic->querier, (struct span){ packet, len }, &from,
			     loop->now);
	}
	drain(nic);
	proceed(nic->finder);
}

/* Once: what is not settled by now is settled as it is. */
static void finder_finish(struct finder *finder)
{
	if (finder->is_over)
		return;
	finder->is_over = true;
	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++)
		probe_cancel(&finder->probes[i], finder->loop);
	for (unsigned int i = 0; i < finder->n_nics; i++) {
		querier_stop(&finder->nics[i].querier, finder->loop->now);
		drain(&finder->nics[i]);
	}
	for (unsigned int i = 0; i < finder->n_services; i++) {
		if (finder->services[i].progress == FINDER_WAITING ||
		    finder->services[i].progress == FINDER_CHECKING)
			settle(finder, &finder->services[i]);
	}
	finder->loop->stopped = true;
}

static void end_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	finder_finish(timer->owner);
}

static void open_family(struct finder_nic *nic, unsigned int family)
{
	struct loop_source *source = &nic->sources[family];
	int r;

	source->fd = -1;
	r = socket_open_mdns(&nic->interface, family == 1, &source->fd);
	if (r == 0) {
		source->events = POLLIN;
		source->ready = nic_ready;
		source->owner = nic;
		r = loop_add(nic->finder->loop, source);
		if (r < 0)
			fd_close(&source->fd);
	}
	if (r < 0)
		log_debug("%s: no socket for IPv%d: %s", nic->interface.name,
			  family == 1 ? 6 : 4, strerror(-r));
}

static void open_nic(struct finder *finder,
		     const struct socket_interface *interface)
{
	struct finder_nic *nic = &finder->nics[finder->n_nics];

	nic->finder = finder;
	nic->interface = *interface;
	nic->timer.expired = nic_expired;
	nic->timer.owner = nic;
	querier_init(&nic->querier, QUERIER_BROWSE,
		     &finder->options->type_name);
	open_family(nic, 0);
	open_family(nic, 1);
	if (nic->sources[0].fd >= 0 || nic->sources[1].fd >= 0)
		finder->n_nics++;
}

int finder_open(struct finder *finder, struct loop *loop,
		const struct options *options, const char **ret_missing)
{
	struct socket_interface interfaces[FINDER_INTERFACES_MAX];
	size_t count = 0;
	int r;

	finder->options = options;
	finder->loop = loop;
	for (unsigned int i = 0; i < FINDER_PROBES_MAX; i++) {
		finder->probes[i].done = probe_done;
		finder->probes[i].owner = finder;
	}
	for (unsigned int i = 0; i < options->n_interfaces; i++) {
		r = socket_find_interface(options->interfaces[i],
					  &interfaces[count++]);
		if (r < 0) {
			*ret_missing = options->interfaces[i];
			return -ENODEV;
		}
	}
	if (options->n_interfaces == 0) {
		r = socket_list_interfaces(interfaces, ARRAY_SIZE(interfaces),
					   &count);
		if (r < 0)
			log_warning("interfaces: %s", strerror(-r));
	}
	if (count > ARRAY_SIZE(interfaces)) {
		log_warning("%zu interfaces: searching on the first %zu", count,
			    ARRAY_SIZE(interfaces));
		count = ARRAY_SIZE(interfaces);
	}
	for (size_t i = 0; i < count; i++)
		open_nic(finder, &interfaces[i]);
	return 0;
}

void finder_start(struct finder *finder, const struct options_gateway *gateways,
		  unsigned int n_gateways)
{
	int64_t now = clock_ms();
	struct service service;

	finder->loop->now = now;
	finder->started = now;
	finder->end = now + finder->options->timeout_ms;
	finder->timer.expired = end_expired;
	finder->timer.owner = finder;
	loop_set_timer(finder->loop, &finder->timer, finder->end);
	for (unsigned int i = 0; i < finder->n_nics; i++) {
		querier_start(&finder->nics[i].querier, now, finder->end);
		drain(&finder->nics[i]);
	}
	if (finder->options->has_provider)
		add_service(finder, &finder->options->provider);
	for (unsigned int i = 0; i < n_gateways; i++) {
		if (finder->options->no_probe)
			break;
		service_from_gateway(gateways[i].address, gateways[i].port,
				     &service);
		add_service(finder, &service);
	}
	proceed(finder);
}

/* A guess that was announced as well is no guess: it is left out. */
static bool is_double(const struct finder *finder,
		      const struct service *service)
{
	if (service->source != SERVICE_GATEWAY)
		return false;
	for (unsigned int i = 0; i < finder->n_services; i++) {
		const struct service *other = &finder->services[i].service;

		if (is_settled(&finder->services[i]) &&
		    other->source != SERVICE_GATEWAY &&
		    strcmp(other->url, service->url) == 0)
			return true;
	}
	return false;
}

unsigned int finder_rank(const struct finder *finder,
			 const struct service **ret_ranked)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < finder->n_services; i++) {
		const struct service *service = &finder->services[i].service;
		unsigned int at;

		if (!is_settled(&finder->services[i]) ||
		    is_double(finder, service))
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

unsigned long finder_n_over(const struct finder *finder)
{
	unsigned long n_over = finder->n_over;

	for (unsigned int i = 0; i < finder->n_nics; i++) {
		const struct cache_counts *counts =
			&finder->nics[i].querier.cache.counts;

		n_over += counts->over_instances + counts->over_hosts +
			  counts->over_addresses + counts->over_txt;
	}
	return n_over;
}
