/*
 * The check of one provider: GET /health and, at the same time over another
 * connection, GET of its manifest, all without waiting. The owner gives the
 * loop, and is told twice at most: of the health, and of the manifest.
 *
 * Nothing is followed: a redirection is a status like others. Bounded are the
 * time, the heads (HTTP_HEAD_MAX) and the manifest (MANIFEST_SIZE_MAX).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/loop.h"
#include "discover/http.h"
#include "discover/manifest.h"
#include "discover/service.h"

#define PROBE_REQUEST_MAX 1024

/* One request over one connection. */
struct probe_exchange {
	struct loop_source source;
	bool is_open;
	uint8_t request[PROBE_REQUEST_MAX];
	size_t request_len, sent;
	struct http_response response;
};

struct probe {
	/* Set by the owner, before probe_start(). */
	bool is_local; /* nothing goes over a router */
	bool no_manifest;
	/*
	 * The health is known: STATUS is that of HTTP, or a -errno. While
	 * probe->is_busy the manifest is still being asked for; otherwise
	 * manifest_state has it, and the probe is free for another. After a
	 * -errno it is always free.
	 */
	void (*done)(struct loop *loop, struct probe *probe, int status,
		     int64_t latency_ms);
	/* Where it was still busy: now manifest_state has it, and the probe
	 * is free. */
	void (*manifest_done)(struct loop *loop, struct probe *probe);
	void *owner;
	unsigned int subject; /* the owner's: what is being checked */

	/* To be read by the owner. */
	bool is_busy;
	enum service_manifest manifest_state;
	struct manifest manifest; /* what it is, when there is one */

	struct loop_timer timer;
	int64_t started_ns;
	bool is_health_known;
	struct probe_exchange health, document;
};

/* Begins to ask the address in use of SERVICE, until the absolute DUE. The
 * manifest is asked for where it has a URL with a literal address. 0, or
 * -errno: then nothing has begun and done() is not called. */
MUST_CHECK int probe_start(struct probe *probe, struct loop *loop,
			   const struct service *service, int64_t due);

/* Gives up what is not known yet; nobody is told. */
void probe_cancel(struct probe *probe, struct loop *loop);
