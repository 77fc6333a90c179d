/* See probe.h. */
#include "discover/probe.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "discover/socket.h"

static void close_exchange(struct probe_exchange *exchange, struct loop *loop)
{
	if (!exchange->is_open)
		return;
	loop_remove(loop, &exchange->source);
	fd_close(&exchange->source.fd);
	exchange->is_open = false;
}

void probe_cancel(struct probe *probe, struct loop *loop)
{
	if (!probe->is_busy)
		return;
	close_exchange(&probe->health, loop);
	close_exchange(&probe->document, loop);
	loop_set_timer(loop, &probe->timer, CLOCK_NEVER);
	probe->is_busy = false;
}

/*
 * The owner may begin with another service in done() and manifest_done():
 * whoever ends here does nothing more.
 */
static void end_health(struct probe *probe, struct loop *loop, int status)
{
	int64_t latency_ns = clock_ns() - probe->started_ns;

	probe->is_health_known = true;
	close_exchange(&probe->health, loop);
	if (status < 0 || !probe->document.is_open)
		probe_cancel(probe, loop);
	probe->done(loop, probe, status, latency_ns / 1000000);
}

static void end_document(struct probe *probe, struct loop *loop,
			 enum service_manifest state)
{
	probe->manifest_state = state;
	close_exchange(&probe->document, loop);
	/* Told with the health, which is what everybody waits for. */
	if (!probe->is_health_known)
		return;
	probe_cancel(probe, loop);
	probe->manifest_done(loop, probe);
}

/* Without an answer. */
static void fail_exchange(struct probe *probe, struct loop *loop,
			  const struct probe_exchange *exchange, int error)
{
	if (exchange == &probe->health)
		end_health(probe, loop, error);
	else
		end_document(probe, loop, SERVICE_MANIFEST_UNCHECKED);
}

static void probe_expired(struct loop *loop, struct loop_timer *timer)
{
	struct probe *probe = timer->owner;

	fail_exchange(probe, loop,
		      probe->is_health_known ? &probe->document :
					       &probe->health,
		      -ETIMEDOUT);
}

/* Sends what there is room for. 0 or -errno. */
static int send_request(struct probe_exchange *exchange)
{
	int r = socket_error(exchange->source.fd);
	ssize_t n;

	if (r < 0)
		return r;
	n = send(exchange->source.fd, exchange->request + exchange->sent,
		 exchange->request_len - exchange->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	exchange->sent += (size_t)n;
	if (exchange->sent == exchange->request_len)
		exchange->source.events = POLLIN;
	return 0;
}

/* The head is all that is asked for. */
static void read_health(struct probe *probe, struct loop *loop,
			struct span bytes)
{
	struct http_response *response = &probe->health.response;
	enum http_state state = response->state;
	struct span body;

	while (bytes.len > 0 && state != HTTP_BROKEN) {
		state = http_response_read(response, &bytes, &body);
		if (http_has_head(response)) {
			end_health(probe, loop, (int)response->status);
			return;
		}
	}
	if (state == HTTP_BROKEN)
		end_health(probe, loop, -EPROTO);
}

/* What a response that is no manifest says: a server that fails has perhaps
 * one, and one that sends us elsewhere has none here. */
static enum service_manifest without_manifest(unsigned int status)
{
	return status >= 500 ? SERVICE_MANIFEST_UNCHECKED :
			       SERVICE_MANIFEST_ABSENT;
}

static void end_manifest(struct probe *probe, struct loop *loop)
{
	enum service_manifest state = SERVICE_MANIFEST_ABSENT;

	if (manifest_end(&probe->manifest) == 0)
		state = probe->manifest.is_signed ? SERVICE_MANIFEST_SIGNED :
						    SERVICE_MANIFEST_UNSIGNED;
	end_document(probe, loop, state);
}

static void read_document(struct probe *probe, struct loop *loop,
			  struct span bytes)
{
	struct http_response *response = &probe->document.response;
	enum http_state state = response->state;
	struct span body;

	while (bytes.len > 0 && state != HTTP_BROKEN && state != HTTP_DONE) {
		state = http_response_read(response, &bytes, &body);
		if (http_has_head(response) && response->status != 200) {
			end_document(probe, loop,
				     without_manifest(response->status));
			return;
		}
		if (!manifest_read(&probe->manifest, body)) {
			end_document(probe, loop, SERVICE_MANIFEST_ABSENT);
			return;
		}
	}
	if (state == HTTP_DONE)
		end_manifest(probe, loop);
	else if (state == HTTP_BROKEN)
		end_document(probe, loop, SERVICE_MANIFEST_UNCHECKED);
}

/* One read a turn: a fast talker does not keep the others waiting. */
static void read_response(struct probe *probe, struct loop *loop,
			  struct probe_exchange *exchange)
{
	uint8_t buffer[4096];
	ssize_t n = recv(exchange->source.fd, buffer, sizeof(buffer), 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail_exchange(probe, loop, exchange, -errno);
		return;
	}
	if (n == 0 && http_response_end(&exchange->response) == HTTP_BROKEN) {
		fail_exchange(probe, loop, exchange, -EPROTO);
		return;
	}
	if (exchange == &probe->health)
		read_health(probe, loop, (struct span){ buffer, (size_t)n });
	else
		read_document(probe, loop, (struct span){ buffer, (size_t)n });
}

static void exchange_ready(struct loop *loop, struct loop_source *source,
			   short revents UNUSED)
{
	struct probe *probe = source->owner;
	struct probe_exchange *exchange = source == &probe->health.source ?
						  &probe->health :
						  &probe->document;
	int r;

	if (source->events != POLLOUT) {
		read_response(probe, loop, exchange);
		return;
	}
	r = send_request(exchange);
	if (r < 0)
		fail_exchange(probe, loop, exchange, r);
}

/* 0 or -errno; then nothing has begun. */
static int put_request(struct probe_exchange *exchange, const struct url *url)
{
	struct writer writer, host;
	char host_text[128];

	writer_init(&host, host_text, sizeof(host_text));
	/* RFC 6874 §4: a zone stays at home. */
	url_put_address(&host, &url->address, "");
	writer_u8(&host, ':');
	text_put_u64(&host, url->port);
	writer_init(&writer, exchange->request, sizeof(exchange->request));
	http_put_get(&writer, writer_span(&host),
		     url->path.len > 0 ? url->path : span_of("/"));
	if (writer_failed(&host) || writer_failed(&writer))
		return -ENOBUFS;
	exchange->request_len = writer_len(&writer);
	return 0;
}

/* Begins to ask for URL, whose host is a literal. 0 or -errno. */
static int open_exchange(struct probe *probe, struct loop *loop,
			 struct probe_exchange *exchange, const struct url *url)
{
	int r;

	r = put_request(exchange, url);
	if (r < 0)
		return r;
	exchange->sent = 0;
	http_response_init(&exchange->response);
	r = socket_connect(&url->address, url->zone, url->port, probe->is_local,
			   &exchange->source.fd);
	if (r < 0)
		return r;
	exchange->source.events = POLLOUT;
	exchange->source.ready = exchange_ready;
	exchange->source.owner = probe;
	r = loop_add(loop, &exchange->source);
	if (r < 0) {
		fd_close(&exchange->source.fd);
		return r;
	}
	exchange->is_open = true;
	return 0;
}

static int open_health(struct probe *probe, struct loop *loop,
		       const struct service *service)
{
	struct url url = {
		.has_address = true,
		.address = service->addresses[service->address],
		.port = service->port,
		.path = span_of("/health"),
	};

	memcpy(url.zone, service->interface, sizeof(url.zone));
	return open_exchange(probe, loop, &probe->health, &url);
}

/* Without it the health is asked for alone. */
static void open_document(struct probe *probe, struct loop *loop,
			  const struct service *service)
{
	struct url url;

	if (probe->no_manifest ||
	    url_parse(span_of(service->manifest), &url) < 0 || !url.has_address)
		return;
	if (!url.zone[0])
		memcpy(url.zone, service->interface, sizeof(url.zone));
	manifest_init(&probe->manifest);
	/* No room or no route: it stays unchecked. */
	if (open_exchange(probe, loop, &probe->document, &url) < 0)
		probe->document.is_open = false;
}

int probe_start(struct probe *probe, struct loop *loop,
		const struct service *service, int64_t due)
{
	int r;

	probe->health.is_open = probe->document.is_open = false;
	probe->is_health_known = false;
	probe->manifest_state = SERVICE_MANIFEST_UNCHECKED;
	r = open_health(probe, loop, service);
	if (r < 0)
		return r;
	open_document(probe, loop, service);
	probe->started_ns = clock_ns();
	probe->is_busy = true;
	probe->timer.expired = probe_expired;
	probe->timer.owner = probe;
	loop_set_timer(loop, &probe->timer, due);
	return 0;
}
