/*
 * SSDP messages: HTTP/1.1 heads in UDP packets. UPnP Device Architecture 2.0
 * §1.2 (advertisement) and §1.3 (search); RFC 9112 §5 for the lines.
 *
 * Strict on purpose: who folds lines, sends control characters or goes over
 * a bound is not heard at all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define SSDP_PORT 1900
#define SSDP_GROUP_IPV4 "239.255.255.250"
#define SSDP_GROUP_IPV6 "ff02::c"

#define SSDP_MESSAGE_MAX 2048
#define SSDP_HEADERS_MAX 32

/* Bytes, a terminator included that is not in the message. */
#define SSDP_TARGET_MAX 128
#define SSDP_USN_MAX 128
#define SSDP_LOCATION_MAX 256
#define SSDP_SERVER_MAX 128

enum ssdp_kind {
	SSDP_RESPONSE, /* 200 to a search */
	SSDP_ALIVE,    /* NOTIFY: it is there */
	SSDP_UPDATE,   /* NOTIFY: it is there, with other addresses */
	SSDP_BYEBYE,   /* NOTIFY: it goes */
	SSDP_OTHER,    /* searches of others, other methods and statuses */
};

/* The spans point into the packet. */
struct ssdp_message {
	enum ssdp_kind kind;
	struct span target;   /* ST of a response, NT of NOTIFY */
	struct span usn;      /* whose it is, unique */
	struct span location; /* where it is described, or empty */
	struct span server;   /* what it runs, or empty */
	bool has_max_age;
	uint32_t max_age_s;
};

/*
 * Reads PACKET. Header names are compared without case, of a header that
 * comes twice the first one counts, and what follows the empty line is not
 * looked at. Of SSDP_OTHER nothing else is filled in.
 *
 * -EBADMSG: broken, or without target or USN. -ENOBUFS: over one of the
 * bounds above; but a SERVER that is too long is only left out.
 */
MUST_CHECK int ssdp_message_parse(struct span packet,
				  struct ssdp_message *ret_message);

/* Whether TEXT can be searched for: ssdp:all, upnp:rootdevice, uuid:… or
 * urn:…, of visible ASCII characters and below SSDP_TARGET_MAX. */
bool ssdp_is_target(struct span text);

/*
 * Whether who says SAID is what was looked for as ASKED. A later version does
 * what an earlier one does (§1.3.2): "urn:…:2" answers for "urn:…:1".
 */
bool ssdp_target_matches(const char *asked, struct span said);

/*
 * Whether two USNs are of the same thing: the versions behind "::urn:" do not
 * count. A device answers with the version that was searched for, and
 * announces itself with its own (§1.3.3), in the USN as well.
 */
bool ssdp_usn_matches(struct span a, struct span b);

/* M-SEARCH for TARGET, with answers within a second (MX 1). It has no
 * USER-AGENT and no CPFN.UPNP.ORG, though §1.3.2 wants the latter: nothing
 * tells who we are. */
void ssdp_put_search(struct writer *writer, struct span target, bool is_ipv6);
