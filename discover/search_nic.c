/* See search_part.h. */
#include "discover/search_part.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "discover/socket.h"

/* Of nic->sources. */
#define IS_IPV6(i) ((i)&1)
#define IS_GROUP(i) ((i) >= 2)

_Static_assert(SEARCH_NIC_SOCKETS == 4, "two families, two paths");

static bool is_ssdp(const struct search_nic *nic)
{
	return nic->search->options->goal == OPTIONS_SSDP;
}

static const struct socket_group *group_of(const struct search_nic *nic)
{
	return is_ssdp(nic) ? &socket_ssdp : &socket_mdns;
}

/* --- sockets ------------------------------------------------------------ */

static void drain_querier(struct search_nic *nic);

static void recv_one(struct search_nic *nic, bool to_group, struct span packet,
		     const struct socket_sender *sender)
{
	const struct querier_source source = {
		.port = sender->port,
		.to_group = to_group,
		.on_link = sender->on_link,
	};
	int64_t now = nic->search->loop->now;

	if (is_ssdp(nic)) {
		ssdp_recv(&nic->ssdp, packet, &sender->address, now);
		return;
	}
	querier_recv(&nic->querier, packet, &source, now);
	/* What is not wanted makes room for the next. */
	drain_querier(nic);
}

/* Instances that NIC may have room for: what takes memory is bounded for all
 * interfaces together, as most have but few. */
static unsigned int room_for(const struct search_nic *nic)
{
	unsigned int left = SEARCH_INSTANCES_SHARED;

	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		const struct search_nic *other = &nic->search->nics[i];
		unsigned int n = other->querier.cache.n_instances;

		if (other != nic && other->used && n > SEARCH_INSTANCES_OWN)
			left -= n - SEARCH_INSTANCES_OWN;
	}
	return left + SEARCH_INSTANCES_OWN;
}

static void drain(struct search_nic *nic);

static void ready(struct loop *loop UNUSED, struct loop_source *source,
		  short revents UNUSED)
{
	/* One more than is allowed, to see that it was more. */
	uint8_t packet[DNS_MESSAGE_MAX + 1];
	struct search_nic *nic = source->owner;
	bool to_group = IS_GROUP(source - nic->sources);

	querier_limit(&nic->querier, room_for(nic));
	for (unsigned int i = 0; i < SEARCH_BURST; i++) {
		struct socket_sender sender;
		size_t len;
		int r;

		r = socket_recv(source->fd, packet, sizeof(packet), &len,
				&sender);
		if (r == -EAGAIN)
			break;
		/* Another error is one that an earlier packet has met. */
		if (r < 0) {
			log_debug("%s: %s", nic->interface.name, strerror(-r));
			continue;
		}
		recv_one(nic, to_group, (struct span){ packet, len }, &sender);
	}
	drain(nic);
}

static int open_source(struct search_nic *nic, unsigned int i)
{
	struct loop_source *source = &nic->sources[i];
	int r;

	if (source->fd >= 0)
		return 0;
	if (IS_GROUP(i))
		r = socket_open_group(&nic->interface, IS_IPV6(i),
				      group_of(nic), &source->fd);
	else
		r = socket_open_ephemeral(&nic->interface, IS_IPV6(i),
					  group_of(nic), &source->fd);
	r = search_watch(nic->search, source, r, POLLIN, ready, nic);
	if (r < 0)
		log_debug("%s: no %s socket for IPv%d: %s", nic->interface.name,
			  IS_GROUP(i) ? "multicast" : "ephemeral",
			  IS_IPV6(i) ? 6 : 4, strerror(-r));
	return r;
}

static void send_through(struct search_nic *nic, unsigned int i,
			 struct span packet)
{
	int r;

	if (open_source(nic, i) < 0)
		return;
	/* No address yet, a full queue: the schedule tries again. */
	r = socket_send_group(nic->sources[i].fd, &nic->interface, IS_IPV6(i),
			      group_of(nic), packet);
	if (r < 0)
		log_debug("%s: query over IPv%d: %s", nic->interface.name,
			  IS_IPV6(i) ? 6 : 4, strerror(-r));
}

/* --- multicast DNS ------------------------------------------------------ */

static void send_query(struct search_nic *nic, unsigned int paths,
		       struct span packet)
{
	for (unsigned int i = 0; i < SEARCH_NIC_SOCKETS; i++) {
		if (paths & (IS_GROUP(i) ? QUERIER_GROUP : QUERIER_EPHEMERAL))
			send_through(nic, i, packet);
	}
}

static void make_service(const struct search_nic *nic,
			 const struct querier_action *action,
			 struct service *service)
{
	const struct service_origin origin = {
		.source = SERVICE_MDNS,
		.type = &nic->search->options->name,
		.interface = nic->interface.name,
		.is_http = nic->search->options->is_http,
		.is_near = true,
	};

	search_make_service(nic->search, &origin, action->instance,
			    action->host, action->kind == QUERIER_FOUND,
			    service);
}

static void drain_querier(struct search_nic *nic)
{
	struct search *search = nic->search;
	const struct options *options = search->options;
	struct querier_action action;
	struct service service;

	while (querier_next(&nic->querier, &action)) {
		switch (action.kind) {
		case QUERIER_SEND:
			send_query(nic, action.paths, action.packet);
			break;
		case QUERIER_FOUND:
			make_service(nic, &action, &service);
			search->found(search, &service);
			/* Not kept, then: see finder.c. */
			if (options->goal == OPTIONS_BROWSE &&
			    !service_matches_txt(&service, options->txt,
						 options->n_txt))
				querier_dismiss(&nic->querier, action.instance);
			break;
		case QUERIER_LOST:
			make_service(nic, &action, &service);
			search->lost(search, &service);
			break;
		case QUERIER_DONE:
			break;
		}
	}
}

/* --- SSDP --------------------------------------------------------------- */

static int make_device(const struct search_nic *nic,
		       const struct ssdp_device *device,
		       struct service *service)
{
	return service_from_ssdp(span_of(device->usn), span_of(device->st),
				 span_of(device->location),
				 span_of(device->server), nic->interface.name,
				 service);
}

static void drain_ssdp(struct search_nic *nic)
{
	struct search *search = nic->search;
	struct ssdp_action action;
	struct service service;

	while (ssdp_next(&nic->ssdp, &action)) {
		switch (action.kind) {
		case SSDP_SEND:
			send_through(nic, action.is_ipv6, action.packet);
			break;
		case SSDP_FOUND:
			if (make_device(nic, action.device, &service) == 0)
				search->found(search, &service);
			break;
		case SSDP_LOST:
			if (make_device(nic, action.device, &service) == 0)
				search->lost(search, &service);
			break;
		case SSDP_DONE:
			break;
		}
	}
}

/* --- neighbours --------------------------------------------------------- */

static void drain_neighbours(struct search_nic *nic)
{
	struct search *search = nic->search;
	struct neighbours_action action;
	struct service service;
	int r;

	while (neighbours_next(&nic->neighbours, &action)) {
		switch (action.kind) {
		case NEIGHBOURS_SEND:
			r = socket_send_echo(search->echo.fd, &nic->interface,
					     action.packet);
			if (r < 0)
				log_debug("%s: ping: %s", nic->interface.name,
					  strerror(-r));
			break;
		case NEIGHBOURS_FOUND:
			service_from_neighbour(action.address,
					       nic->interface.name,
					       SERVICE_PORT, &service);
			search->found(search, &service);
			break;
		case NEIGHBOURS_DONE:
			break;
		}
	}
}

static void echo_ready(struct loop *loop, struct loop_source *source,
		       short revents UNUSED)
{
	struct search *search = source->owner;
	uint8_t packet[NEIGHBOURS_PACKET + 1];
	struct socket_sender sender;
	size_t len;

	for (unsigned int n = 0; n < SEARCH_BURST; n++) {
		if (socket_recv(source->fd, packet, sizeof(packet), &len,
				&sender) < 0)
			break;
		for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
			struct search_nic *nic = &search->nics[i];

			if (!nic->used ||
			    nic->interface.index != sender.ifindex)
				continue;
			neighbours_recv(&nic->neighbours,
					(struct span){ packet, len },
					sender.address.ipv6, loop->now);
			drain(nic);
		}
	}
}

void search_open_echo(struct search *search)
{
	const struct options *options = search->options;
	int r;

	search->echo.fd = -1;
	if (!options->takes_unannounced || options->no_probe ||
	    options->mode == OPTIONS_PRIVATE)
		return;
	r = socket_open_echo(&search->echo.fd);
	r = search_watch(search, &search->echo, r, POLLIN, echo_ready, search);
	if (r < 0)
		log_debug("neighbours are not asked: %s", strerror(-r));
}

/* --- all of them -------------------------------------------------------- */

/* Does what the machines want, and sets their timer. */
static void drain(struct search_nic *nic)
{
	int64_t due;

	if (is_ssdp(nic)) {
		drain_ssdp(nic);
		due = ssdp_due(&nic->ssdp);
	} else {
		drain_querier(nic);
		due = querier_due(&nic->querier);
	}
	drain_neighbours(nic);
	if (neighbours_due(&nic->neighbours) < due)
		due = neighbours_due(&nic->neighbours);
	loop_set_timer(nic->search->loop, &nic->timer, due);
	nic->search->quiet(nic->search);
}

static void expired(struct loop *loop, struct loop_timer *timer)
{
	struct search_nic *nic = timer->owner;

	if (is_ssdp(nic))
		ssdp_tick(&nic->ssdp, loop->now);
	else
		querier_tick(&nic->querier, loop->now);
	neighbours_tick(&nic->neighbours, loop->now);
	drain(nic);
}

static enum querier_kind kind_of(const struct search_nic *nic)
{
	switch (nic->search->options->goal) {
	case OPTIONS_TYPES:
		return QUERIER_TYPES;
	case OPTIONS_RESOLVE:
		return QUERIER_RESOLVE;
	case OPTIONS_LOOKUP:
		return QUERIER_LOOKUP;
	case OPTIONS_BROWSE:
	case OPTIONS_SSDP:
		break;
	}
	return QUERIER_BROWSE;
}

struct search_nic *search_nic_by_name(struct search *search, const char *name)
{
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		struct search_nic *nic = &search->nics[i];

		if (nic->used && strcmp(nic->interface.name, name) == 0)
			return nic;
	}
	return NULL;
}

static struct search_nic *free_nic(struct search *search)
{
	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (!search->nics[i].used)
			return &search->nics[i];
	}
	search->n_over_nics++;
	return NULL;
}

void search_nic_open(struct search *search, const struct interface *interface)
{
	const struct options *options = search->options;
	struct search_nic *nic = free_nic(search);

	if (!nic)
		return;
	/* The machines have their own, which touch what they need. */
	memset(nic, 0, offsetof(struct search_nic, querier));
	nic->search = search;
	nic->interface = *interface;
	nic->timer.expired = expired;
	nic->timer.owner = nic;
	for (unsigned int i = 0; i < SEARCH_NIC_SOCKETS; i++)
		nic->sources[i].fd = -1;
	nic->used = !search_asks_links(search);
	if (nic->used)
		return;
	nic->used = open_source(nic, 0) == 0;
	nic->used |= open_source(nic, 1) == 0;
	if (!nic->used)
		return;
	/* Who goes on hears what is said unasked. */
	if (options->is_watch) {
		(void)!open_source(nic, 2);
		(void)!open_source(nic, 3);
	}
	if (is_ssdp(nic)) {
		ssdp_init(&nic->ssdp, span_of(options->asked));
	} else {
		querier_init(&nic->querier, kind_of(nic), &options->name);
		querier_seed(&nic->querier,
			     search->seeds.links ^ interface->index);
	}
	neighbours_init(&nic->neighbours,
			search->seeds.echo + interface->index);
}

void search_nic_start(struct search_nic *nic)
{
	struct search *search = nic->search;
	int64_t now = search->loop->now;

	if (!search_asks_links(search))
		return;
	if (is_ssdp(nic))
		ssdp_start(&nic->ssdp, now, search->end);
	else
		querier_start(&nic->querier, now, search->end);
	if (search->echo.fd >= 0)
		neighbours_start(&nic->neighbours, now, search->end);
	drain(nic);
}

void search_nic_ask_again(struct search_nic *nic)
{
	int64_t now = nic->search->loop->now;

	if (!search_asks_links(nic->search) ||
	    !search_may_again(&nic->again, now))
		return;
	if (is_ssdp(nic))
		ssdp_ask_again(&nic->ssdp, now);
	else
		querier_ask_again(&nic->querier, now);
	neighbours_ask_again(&nic->neighbours, now);
	drain(nic);
}

void search_nic_stop(struct search_nic *nic)
{
	int64_t now = nic->search->loop->now;

	if (!search_asks_links(nic->search))
		return;
	if (is_ssdp(nic))
		ssdp_stop(&nic->ssdp, now);
	else
		querier_stop(&nic->querier, now);
	neighbours_stop(&nic->neighbours, now);
	drain(nic);
}

void search_nic_close(struct search_nic *nic)
{
	struct search *search = nic->search;

	for (unsigned int i = 0; i < SEARCH_NIC_SOCKETS; i++) {
		if (nic->sources[i].fd < 0)
			continue;
		loop_remove(search->loop, &nic->sources[i]);
		fd_close(&nic->sources[i].fd);
	}
	loop_set_timer(search->loop, &nic->timer, CLOCK_NEVER);
	nic->used = false;
}
