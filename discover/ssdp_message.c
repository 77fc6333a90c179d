/* See ssdp_message.h. */
#include "discover/ssdp_message.h"

#include <errno.h>

#include "base/compiler.h"
#include "base/text.h"

/* Those that say something to us; without one its data is NULL. */
struct headers {
	struct span st, nt, nts, usn, location, server, cache_control;
};

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	}
	return false;
}

/* A line without its end, which is CR LF or LF (RFC 9112 §2.2). */
static int read_line(struct reader *reader, struct span *ret_line)
{
	size_t left = reader_left(reader);
	struct span line = reader_until(reader, '\n');

	/* Cut off. */
	if (line.len == left)
		return -EBADMSG;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	if (has_control(line))
		return -EBADMSG;
	*ret_line = line;
	return 0;
}

/* "HTTP/1.1", or another one that is spoken alike. */
static bool is_version(struct span text)
{
	return text.len == 8 && span_starts(text, "HTTP/1.") &&
	       text.data[7] >= '0' && text.data[7] <= '9';
}

/* "HTTP/1.1 200 OK", "NOTIFY * HTTP/1.1", or another request. Which NOTIFY
 * it is, is said further down: until then it is SSDP_ALIVE. */
static int read_start(struct span line, enum ssdp_kind *ret_kind)
{
	struct reader reader;
	struct span first, second, third;

	reader_from_span(&reader, line);
	first = reader_until(&reader, ' ');
	second = reader_until(&reader, ' ');
	third = reader_rest(&reader);
	if (is_version(first)) {
		uint64_t status;

		if (second.len != 3 ||
		    text_parse_u64(second, 599, &status) < 0 || status < 100)
			return -EBADMSG;
		*ret_kind = status == 200 ? SSDP_RESPONSE : SSDP_OTHER;
		return 0;
	}
	if (first.len == 0 || second.len == 0 || !is_version(third))
		return -EBADMSG;
	*ret_kind = span_is(first, "NOTIFY") && span_is(second, "*") ?
			    SSDP_ALIVE :
			    SSDP_OTHER;
	return 0;
}

static int read_header(struct span line, struct headers *headers)
{
	const struct {
		const char *name;
		struct span *value;
	} known[] = {
		{ "ST", &headers->st },
		{ "NT", &headers->nt },
		{ "NTS", &headers->nts },
		{ "USN", &headers->usn },
		{ "LOCATION", &headers->location },
		{ "SERVER", &headers->server },
		{ "CACHE-CONTROL", &headers->cache_control },
	};
	struct reader reader;
	struct span name, value;

	reader_from_span(&reader, line);
	name = reader_until(&reader, ':');
	value = span_trim(reader_rest(&reader));
	/* No name, no colon, or a blank around it, as in a folded line:
	 * RFC 9112 §5.1, §5.2. */
	if (name.len == 0 || name.len == line.len ||
	    span_trim(name).len != name.len)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (span_is_nocase(name, known[i].name) &&
		    !known[i].value->data)
			*known[i].value = value;
	}
	return 0;
}

/* The lines up to the empty one, or to the end: some devices leave it out. */
static int read_headers(struct reader *reader, struct headers *headers)
{
	for (unsigned int n = 0; reader_left(reader) > 0; n++) {
		struct span line;
		int r = read_line(reader, &line);

		if (r < 0)
			return r;
		if (line.len == 0)
			break;
		if (n == SSDP_HEADERS_MAX)
			return -ENOBUFS;
		r = read_header(line, headers);
		if (r < 0)
			return r;
	}
	return 0;
}

/* §1.2.2: of CACHE-CONTROL only max-age counts. */
static void read_max_age(struct span value, struct ssdp_message *message)
{
	struct reader directives;

	reader_from_span(&directives, value);
	while (reader_left(&directives) > 0) {
		struct span directive = reader_until(&directives, ',');
		struct reader reader;
		struct span name;
		uint64_t seconds;

		reader_from_span(&reader, directive);
		name = span_trim(reader_until(&reader, '='));
		if (!span_is_nocase(name, "max-age") ||
		    text_parse_u64(span_trim(reader_rest(&reader)), UINT32_MAX,
				   &seconds) < 0)
			continue;
		message->has_max_age = true;
		message->max_age_s = (uint32_t)seconds;
		return;
	}
}

static int read_nts(struct span nts, enum ssdp_kind *ret_kind)
{
	if (nts.len == 0)
		return -EBADMSG;
	if (span_is(nts, "ssdp:alive"))
		*ret_kind = SSDP_ALIVE;
	else if (span_is(nts, "ssdp:update"))
		*ret_kind = SSDP_UPDATE;
	else if (span_is(nts, "ssdp:byebye"))
		*ret_kind = SSDP_BYEBYE;
	else
		*ret_kind = SSDP_OTHER;
	return 0;
}

static int collect(const struct headers *headers, struct ssdp_message *message)
{
	if (message->kind == SSDP_ALIVE) {
		int r = read_nts(headers->nts, &message->kind);

		if (r < 0 || message->kind == SSDP_OTHER)
			return r;
		message->target = headers->nt;
	} else {
		message->target = headers->st;
	}
	message->usn = headers->usn;
	message->location = headers->location;
	message->server = headers->server;
	read_max_age(headers->cache_control, message);
	if (message->target.len == 0 || message->usn.len == 0)
		return -EBADMSG;
	if (message->target.len >= SSDP_TARGET_MAX ||
	    message->usn.len >= SSDP_USN_MAX ||
	    message->location.len >= SSDP_LOCATION_MAX)
		return -ENOBUFS;
	if (message->server.len >= SSDP_SERVER_MAX)
		message->server.len = 0;
	return 0;
}

int ssdp_message_parse(struct span packet, struct ssdp_message *ret_message)
{
	struct ssdp_message message = { .kind = SSDP_OTHER };
	struct headers headers = { .st = { NULL, 0 } };
	struct reader reader;
	struct span line;
	int r;

	if (packet.len > SSDP_MESSAGE_MAX)
		return -ENOBUFS;
	reader_from_span(&reader, packet);
	r = read_line(&reader, &line);
	if (r < 0)
		return r;
	r = read_start(line, &message.kind);
	if (r < 0)
		return r;
	if (message.kind != SSDP_OTHER) {
		r = read_headers(&reader, &headers);
		if (r < 0)
			return r;
		r = collect(&headers, &message);
		if (r < 0)
			return r;
	}
	*ret_message = message;
	return 0;
}

bool ssdp_is_target(struct span text)
{
	if (text.len >= SSDP_TARGET_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= 0x20 || text.data[i] >= 0x7f)
			return false;
	}
	return span_is(text, "ssdp:all") || span_is(text, "upnp:rootdevice") ||
	       (span_starts(text, "uuid:") && text.len > 5) ||
	       (span_starts(text, "urn:") && text.len > 4);
}

/* NAME up to its last colon and the number behind it, if that is one. */
static bool split_version(struct span name, struct span *ret_type,
			  uint64_t *ret_version)
{
	struct span type = name;

	while (type.len > 0 && type.data[type.len - 1] != ':')
		type.len--;
	*ret_type = type;
	return text_parse_u64(span_skip(name, type.len), UINT32_MAX,
			      ret_version) == 0;
}

bool ssdp_target_matches(const char *asked, struct span said)
{
	struct span wanted = span_of(asked), wanted_type, said_type;
	uint64_t wanted_version, said_version;

	if (span_is(wanted, "ssdp:all") || span_equal(wanted, said))
		return true;
	/* Hexadecimal digits, which RFC 9562 §4 reads without case. */
	if (span_starts(wanted, "uuid:"))
		return span_is_nocase(said, asked);
	return split_version(wanted, &wanted_type, &wanted_version) &&
	       split_version(said, &said_type, &said_version) &&
	       span_equal(wanted_type, said_type) &&
	       said_version >= wanted_version;
}

/* Whether USN has a type behind its UUID, and not a UUID alone. */
static bool has_type(struct span usn)
{
	for (; usn.len > 0; usn = span_skip(usn, 1)) {
		if (span_starts(usn, "::urn:"))
			return true;
	}
	return false;
}

bool ssdp_usn_matches(struct span a, struct span b)
{
	uint64_t a_version, b_version;
	struct span a_type, b_type;

	if (span_equal(a, b))
		return true;
	return split_version(a, &a_type, &a_version) &&
	       split_version(b, &b_type, &b_version) &&
	       span_equal(a_type, b_type) && has_type(a_type);
}

void ssdp_put_search(struct writer *writer, struct span target, bool is_ipv6)
{
	text_put(writer, "M-SEARCH * HTTP/1.1\r\nHOST: ");
	text_put(writer, is_ipv6 ? "[" SSDP_GROUP_IPV6 "]" : SSDP_GROUP_IPV4);
	text_put(writer, ":1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ");
	writer_put(writer, target);
	text_put(writer, "\r\n\r\n");
}
