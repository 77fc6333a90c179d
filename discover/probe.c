/* See probe.h. */
#include "discover/probe.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "discover/socket.h"

void probe_cancel(struct probe *probe, struct loop *loop)
{
	if (!probe->is_busy)
		return;
	loop_remove(loop, &probe->health.source);
	loop_set_timer(loop, &probe->timer, CLOCK_NEVER);
	fd_close(&probe->health.source.fd);
	probe->is_busy = false;
}

static void finish(struct probe *probe, struct loop *loop, int status)
{
	int64_t latency_ns = clock_ns() - probe->started_ns;

	probe_cancel(probe, loop);
	probe->done(loop, probe, status, latency_ns / 1000000);
}

static void probe_expired(struct loop *loop, struct loop_timer *timer)
{
	finish(timer->owner, loop, -ETIMEDOUT);
}

static void send_request(struct probe *probe, struct loop *loop)
{
	int r = socket_error(probe->health.source.fd);
	ssize_t n;

	if (r < 0) {
		finish(probe, loop, r);
		return;
	}
	n = send(probe->health.source.fd,
		 probe->health.request + probe->health.sent,
		 probe->health.request_len - probe->health.sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		finish(probe, loop, -errno);
		return;
	}
	if (n > 0)
		probe->health.sent += (size_t)n;
	if (probe->health.sent == probe->health.request_len)
		probe->health.source.events = POLLIN;
}

/* One read a turn: a fast talker does not keep the others waiting. */
static void read_response(struct probe *probe, struct loop *loop)
{
	uint8_t buffer[2048];
	ssize_t n = recv(probe->health.source.fd, buffer, sizeof(buffer), 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			finish(probe, loop, -errno);
		return;
	}
	if (n == 0) {
		finish(probe, loop, -EPROTO);
		return;
	}
	switch (http_response_read(&probe->health.response,
				   (struct span){ buffer, (size_t)n })) {
	case HTTP_STATUS:
	case HTTP_HEADERS:
		break;
	case HTTP_DONE:
		finish(probe, loop, (int)probe->health.response.status);
		break;
	case HTTP_BROKEN:
		finish(probe, loop, -EPROTO);
		break;
	}
}

static void probe_ready(struct loop *loop, struct loop_source *source,
			short revents UNUSED)
{
	struct probe *probe = source->owner;

	if (probe->health.source.events == POLLOUT)
		send_request(probe, loop);
	else
		read_response(probe, loop);
}

int probe_start(struct probe *probe, struct loop *loop,
		const struct service *service, int64_t due)
{
	const struct url_address *address =
		&service->addresses[service->address];
	struct writer writer, host;
	char host_text[128];
	int r;

	writer_init(&host, host_text, sizeof(host_text));
	/* RFC 6874 §4: a zone stays at home. */
	url_put_address(&host, address, "");
	writer_u8(&host, ':');
	text_put_u64(&host, service->port);
	writer_init(&writer, probe->health.request,
		    sizeof(probe->health.request));
	http_put_get(&writer, writer_span(&host), "/health");
	if (writer_failed(&host) || writer_failed(&writer))
		return -ENOBUFS;
	probe->health.request_len = writer_len(&writer);
	probe->health.sent = 0;
	http_response_init(&probe->health.response);
	r = socket_connect(address, service->interface, service->port,
			   probe->is_local, &probe->health.source.fd);
	if (r < 0)
		return r;
	probe->health.source.events = POLLOUT;
	probe->health.source.ready = probe_ready;
	probe->health.source.owner = probe;
	r = loop_add(loop, &probe->health.source);
	if (r < 0) {
		fd_close(&probe->health.source.fd);
		return r;
	}
	probe->started_ns = clock_ns();
	probe->is_busy = true;
	probe->timer.expired = probe_expired;
	probe->timer.owner = probe;
	loop_set_timer(loop, &probe->timer, due);
	return 0;
}
