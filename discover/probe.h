/*
 * The health check of one provider: a TCP connection, GET /health, the head
 * of the response, all without waiting. The owner gives the loop, and is told
 * once how it ended; then the probe is free for another.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "discover/http.h"
#include "discover/service.h"

#define PROBE_REQUEST_MAX 512

struct probe {
	struct loop_source source;
	struct loop_timer timer;
	bool is_busy;
	int64_t started_ns;
	uint8_t request[PROBE_REQUEST_MAX];
	size_t request_len, sent;
	struct http_response response;
	/* STATUS is that of HTTP, or a -errno. */
	void (*done)(struct loop *loop, struct probe *probe, int status,
		     int64_t latency_ms);
	void *owner;
	unsigned int subject; /* the owner's: what is being checked */
};

/* Begins to ask the address in use of SERVICE, until the absolute DUE.
 * probe->done, owner and subject are set before. 0, or -errno: then nothing
 * has begun and done() is not called. */
MUST_CHECK int probe_start(struct probe *probe, struct loop *loop,
			   const struct service *service, int64_t due);

/* Gives up; done() is not called. */
void probe_cancel(struct probe *probe, struct loop *loop);
