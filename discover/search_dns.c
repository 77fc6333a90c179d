/* See search_part.h. */
#include "discover/search_part.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "discover/socket.h"

static void drain(struct search *search);

/* --- datagrams ---------------------------------------------------------- */

static void ready(struct loop *loop, struct loop_source *source,
		  short revents UNUSED)
{
	uint8_t packet[DNS_MESSAGE_MAX + 1];
	struct search *search = source->owner;

	for (unsigned int i = 0; i < SEARCH_BURST; i++) {
		struct socket_sender sender;
		size_t len;
		int r;

		r = socket_recv(source->fd, packet, sizeof(packet), &len,
				&sender);
		if (r == -EAGAIN)
			break;
		if (r < 0)
			continue;
		dnssd_recv(&search->dnssd, (struct span){ packet, len },
			   &sender.address, sender.port, loop->now);
	}
	drain(search);
}

/* The socket of the family; -1 when there is none. */
static int datagrams(struct search *search, bool is_ipv6)
{
	struct loop_source *source = &search->dns[is_ipv6];
	int r;

	if (source->fd >= 0)
		return source->fd;
	r = socket_open_dns(is_ipv6, &source->fd);
	r = search_watch(search, source, r, POLLIN, ready, search);
	if (r < 0)
		log_debug("no socket for DNS over IPv%d: %s", is_ipv6 ? 6 : 4,
			  strerror(-r));
	return source->fd;
}

static void send_datagram(struct search *search,
			  const struct dnssd_action *action)
{
	int fd = datagrams(search, action->address.is_ipv6);
	int r = fd < 0 ? -EAFNOSUPPORT :
			 socket_send(fd, &action->address, DNSSD_PORT,
				     action->packet);

	if (r < 0 && r != -EAGAIN && r != -ENOBUFS)
		dnssd_unreachable(&search->dnssd, &action->address,
				  search->loop->now);
}

/* --- connections -------------------------------------------------------- */

static unsigned int stream_id(const struct search_stream *stream)
{
	return (unsigned int)(stream - stream->search->streams);
}

static void stream_close(struct search_stream *stream)
{
	if (stream->source.fd < 0)
		return;
	loop_remove(stream->search->loop, &stream->source);
	fd_close(&stream->source.fd);
}

static void stream_end(struct search_stream *stream)
{
	stream_close(stream);
	dnssd_stream_ended(&stream->search->dnssd, stream_id(stream),
			   stream->search->loop->now);
}

static void stream_write(struct search_stream *stream)
{
	int r = socket_error(stream->source.fd);
	ssize_t n;

	if (r < 0) {
		stream_end(stream);
		return;
	}
	n = send(stream->source.fd, stream->query + stream->sent,
		 stream->len - stream->sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		stream_end(stream);
		return;
	}
	if (n > 0)
		stream->sent += (size_t)n;
	if (stream->sent == stream->len)
		stream->source.events = POLLIN;
}

static void stream_read(struct search_stream *stream)
{
	uint8_t buffer[2048];
	ssize_t n = recv(stream->source.fd, buffer, sizeof(buffer), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		stream_end(stream);
	else
		dnssd_recv_stream(&stream->search->dnssd, stream_id(stream),
				  (struct span){ buffer, (size_t)n },
				  stream->search->loop->now);
}

static void stream_ready(struct loop *loop UNUSED, struct loop_source *source,
			 short revents UNUSED)
{
	struct search_stream *stream = source->owner;

	if (source->events == POLLOUT)
		stream_write(stream);
	else
		stream_read(stream);
	drain(stream->search);
}

static void stream_open(struct search *search,
			const struct dnssd_action *action)
{
	struct search_stream *stream = &search->streams[action->stream];
	int r;

	stream_close(stream);
	stream->len = action->packet.len;
	stream->sent = 0;
	memcpy(stream->query, action->packet.data, action->packet.len);
	r = socket_connect(&action->address, "", DNSSD_PORT, false,
			   &stream->source.fd);
	r = search_watch(search, &stream->source, r, POLLOUT, stream_ready,
			 stream);
	if (r < 0)
		dnssd_stream_ended(&search->dnssd, action->stream,
				   search->loop->now);
}

/* --- what it finds ------------------------------------------------------ */

static bool is_in(const struct hints *hints, const struct cache_host *host)
{
	uint32_t mask;

	if (!hints->address || hints->prefix == 0)
		return false;
	mask = UINT32_MAX << (32 - hints->prefix);
	for (unsigned int i = 0; i < host->n_ipv4; i++) {
		if (((host->ipv4[i] ^ hints->address) & mask) == 0)
			return true;
	}
	return false;
}

/* Whether it is where a lease of ours is. */
static bool is_near(const struct search *search, const struct cache_host *host)
{
	for (unsigned int i = 0; host && i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used && is_in(&search->nics[i].hints, host))
			return true;
	}
	return false;
}

static void make_service(const struct search *search,
			 const struct dnssd_action *action,
			 struct service *service)
{
	const struct service_origin origin = {
		.source = SERVICE_DNS,
		.type = action->type,
		.interface = "",
		.is_http = search->options->is_http,
		.is_near = is_near(search, action->host),
	};

	search_make_service(search, &origin, action->instance, action->host,
			    action->kind == DNSSD_FOUND, service);
}

static void drain(struct search *search)
{
	struct dnssd_action action;
	struct service service;

	while (dnssd_next(&search->dnssd, &action)) {
		switch (action.kind) {
		case DNSSD_SEND:
			send_datagram(search, &action);
			break;
		case DNSSD_CONNECT:
			stream_open(search, &action);
			break;
		case DNSSD_CLOSE:
			stream_close(&search->streams[action.stream]);
			break;
		case DNSSD_FOUND:
			make_service(search, &action, &service);
			search->found(search, &service);
			break;
		case DNSSD_LOST:
			make_service(search, &action, &service);
			search->lost(search, &service);
			break;
		case DNSSD_DONE:
			break;
		}
	}
	loop_set_timer(search->loop, &search->dns_timer,
		       dnssd_due(&search->dnssd));
	search->quiet(search);
}

static void expired(struct loop *loop, struct loop_timer *timer)
{
	struct search *search = timer->owner;

	dnssd_tick(&search->dnssd, loop->now);
	drain(search);
}

/* --- from outside ------------------------------------------------------- */

static enum dnssd_kind kind_of(const struct options *options)
{
	switch (options->goal) {
	case OPTIONS_TYPES:
		return DNSSD_TYPES;
	case OPTIONS_RESOLVE:
		return DNSSD_RESOLVE;
	case OPTIONS_LOOKUP:
		return DNSSD_LOOKUP;
	case OPTIONS_BROWSE:
	case OPTIONS_SSDP:
		break;
	}
	return DNSSD_BROWSE;
}

void search_dns_open(struct search *search)
{
	search->dns[0].fd = search->dns[1].fd = -1;
	for (unsigned int i = 0; i < DNSSD_STREAMS_MAX; i++) {
		search->streams[i].search = search;
		search->streams[i].source.fd = -1;
	}
	search->dns_timer.expired = expired;
	search->dns_timer.owner = search;
}

struct network {
	unsigned int n_servers, n_domains, n_subnets;
	struct url_address servers[DNSSD_SERVERS_MAX];
	struct dns_name domains[DNSSD_DOMAINS_MAX];
	struct dns_subnet subnets[DNSSD_SUBNETS_MAX];
};

/* dnssd leaves out what it has already. */
static void add_hints(struct network *network, const struct hints *hints)
{
	for (unsigned int i = 0; i < hints->n_servers; i++) {
		if (network->n_servers < DNSSD_SERVERS_MAX)
			network->servers[network->n_servers++] =
				hints->servers[i];
	}
	for (unsigned int i = 0; i < hints->n_domains; i++) {
		if (network->n_domains < DNSSD_DOMAINS_MAX)
			network->domains[network->n_domains++] =
				hints->domains[i];
	}
	if (!hints->address || hints->prefix == 0 ||
	    network->n_subnets == DNSSD_SUBNETS_MAX)
		return;
	network->subnets[network->n_subnets++] = (struct dns_subnet){
		.address = { .ipv4 = hints->address },
		.prefix = hints->prefix,
	};
}

/* The leases first: resolv.conf may be older. */
static void set_network(struct search *search)
{
	const struct options *options = search->options;
	struct network network = { 0 };
	int64_t now = search->loop->now;

	for (unsigned int i = 0; i < SEARCH_NICS_MAX; i++) {
		if (search->nics[i].used)
			add_hints(&network, &search->nics[i].hints);
	}
	add_hints(&network, &search->given);
	if (options->n_servers > 0)
		dnssd_set_servers(&search->dnssd, options->servers,
				  options->n_servers, now);
	else
		dnssd_set_servers(&search->dnssd, network.servers,
				  network.n_servers, now);
	/* A domain that was named is the only one that is meant. */
	if (options->n_domains > 0) {
		dnssd_set_domains(&search->dnssd, options->domains,
				  options->n_domains, now);
		return;
	}
	dnssd_set_domains(&search->dnssd, network.domains, network.n_domains,
			  now);
	dnssd_set_subnets(&search->dnssd, network.subnets, network.n_subnets,
			  now);
}

static bool is_asked(const struct search *search)
{
	const struct options *options = search->options;

	if (options->goal == OPTIONS_SSDP || !options->is_unicast_name)
		return false;
	/* Whom the user named may be beyond the link. */
	return options->mode == OPTIONS_INTERNET ||
	       (options->mode == OPTIONS_LOCAL && options->n_servers > 0);
}

void search_dns_start(struct search *search)
{
	if (!is_asked(search))
		return;
	dnssd_init(&search->dnssd, kind_of(search->options),
		   options_labels(search->options), search->seeds.dns);
	set_network(search);
	dnssd_start(&search->dnssd, search->loop->now, search->end);
	drain(search);
}

void search_dns_update(struct search *search)
{
	if (!is_asked(search))
		return;
	set_network(search);
	dnssd_ask_again(&search->dnssd, search->loop->now);
	drain(search);
}

void search_dns_stop(struct search *search)
{
	if (!is_asked(search))
		return;
	dnssd_stop(&search->dnssd, search->loop->now);
	drain(search);
	for (unsigned int i = 0; i < DNSSD_STREAMS_MAX; i++)
		stream_close(&search->streams[i]);
}
