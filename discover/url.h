/*
 * HTTP URLs, as far as providers need them: RFC 3986, RFC 6874 (zones).
 *
 * Strict on purpose. What comes from the network and would be read otherwise
 * by the next program than by us is refused: another scheme, user names, dot
 * segments in any spelling, control characters, backslashes, fragments.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define URL_PORT_HTTP 80
#define URL_ZONE_MAX 16 /* IFNAMSIZ */

/* Where something is reached: a literal, since nothing is resolved here. */
struct url_address {
	bool is_ipv6;
	uint32_t ipv4; /* host order */
	uint8_t ipv6[16];
};

struct url {
	struct span host; /* as written, with the brackets of an IPv6 one */
	bool has_address; /* the host is a literal */
	struct url_address address;
	char zone[URL_ZONE_MAX]; /* of a link-local one, or empty */
	uint16_t port;
	struct span path; /* from its slash on, or empty */
};

/* Parses TEXT, which the result points into. -EPROTONOSUPPORT for another
 * scheme than http, -EBADMSG for everything else that is refused. */
MUST_CHECK int url_parse(struct span text, struct url *ret_url);

/* Whether PATH can be put behind a host: "/a/b" or "/", not "//a". */
bool url_path_is_safe(struct span path);

/* Whether a path, or a URL, ends as that of a manifest: ".json". */
bool url_path_is_json(struct span path);

/* An address as the host of a URL; ZONE may be empty. */
void url_put_address(struct writer *writer, const struct url_address *address,
		     const char *zone);

/* http://ADDRESS:PORT */
void url_put_base(struct writer *writer, const struct url_address *address,
		  const char *zone, uint16_t port);

/* fe80::/10 */
bool url_is_link_local(const struct url_address *address);
