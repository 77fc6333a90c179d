/* See url.h. */
#include "discover/url.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static bool is_alnum(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z');
}

/* A byte of a path, its %XX undone. Fails on what must not be in one. */
static uint8_t read_path_byte(struct reader *reader)
{
	uint8_t byte = reader_u8(reader);

	if (byte == '%') {
		int high = text_hex_digit(reader_u8(reader));
		int low = text_hex_digit(reader_u8(reader));

		if (high < 0 || low < 0)
			reader_fail(reader);
		byte = (uint8_t)((unsigned int)high << 4 | (unsigned int)low);
		/* A slash in disguise: programs differ about it. */
		if (byte == '/')
			reader_fail(reader);
	} else if (byte == ' ' || (byte && strchr("\"#<>\\^`{|}", byte))) {
		reader_fail(reader);
	} else if (byte >= 0x80) {
		reader_fail(reader);
	}
	if (byte < 0x20 || byte == 0x7f || byte == '\\')
		reader_fail(reader);
	return byte;
}

bool url_path_is_safe(struct span path)
{
	size_t n_dots = 0, n_bytes = 0;
	struct reader reader;
	bool first = true;

	if (path.len == 0 || path.data[0] != '/')
		return false;
	reader_from_span(&reader, span_skip(path, 1));
	while (reader_left(&reader) > 0) {
		uint8_t byte = read_path_byte(&reader);

		if (byte == '/' || byte == '?') {
			if ((n_bytes == n_dots && n_dots > 0 && n_dots < 3) ||
			    (first && byte == '/' && n_bytes == 0))
				return false;
			first = false;
			n_dots = n_bytes = 0;
			continue;
		}
		n_bytes++;
		if (byte == '.')
			n_dots++;
	}
	if (n_bytes == n_dots && n_dots > 0 && n_dots < 3)
		return false;
	return !reader_failed(&reader);
}

bool url_path_is_json(struct span path)
{
	return path.len > 5 &&
	       span_is_nocase(span_skip(path, path.len - 5), ".json");
}

bool url_is_link_local(const struct url_address *address)
{
	return address->is_ipv6 && address->ipv6[0] == 0xfe &&
	       (address->ipv6[1] & 0xc0) == 0x80;
}

/* The inside of the brackets: an address and, after %25, its zone. */
static int parse_bracketed(struct span text, struct url *url)
{
	struct span zone = { NULL, 0 };
	struct reader reader;

	reader_from_span(&reader, text);
	text = reader_until(&reader, '%');
	if (reader_left(&reader) > 0) {
		zone = reader_rest(&reader);
		if (!span_starts(zone, "25"))
			return -EBADMSG;
		zone = span_skip(zone, 2);
		if (zone.len == 0)
			return -EBADMSG;
	}
	for (size_t i = 0; i < zone.len; i++) {
		if (!is_alnum(zone.data[i]) && zone.data[i] != '-' &&
		    zone.data[i] != '_' && zone.data[i] != '.')
			return -EBADMSG;
	}
	if (text_copy(url->zone, sizeof(url->zone), zone) < 0)
		return -EBADMSG;
	url->has_address = true;
	url->address.is_ipv6 = true;
	return text_parse_ipv6(text, url->address.ipv6);
}

static int parse_host(struct span host, struct url *url)
{
	if (host.len == 0 || host.len > 253)
		return -EBADMSG;
	for (size_t i = 0; i < host.len; i++) {
		if (!is_alnum(host.data[i]) && host.data[i] != '-' &&
		    host.data[i] != '_' && host.data[i] != '.')
			return -EBADMSG;
	}
	if (host.data[0] == '.' || host.data[0] == '-')
		return -EBADMSG;
	url->has_address = text_parse_ipv4(host, &url->address.ipv4) == 0;
	return 0;
}

/* AUTHORITY is host[:port]; there is no user in front of it. */
static int parse_authority(struct span authority, struct url *url)
{
	struct reader reader;
	struct span rest;
	uint64_t port;
	int r;

	if (authority.len > 0 && authority.data[0] == '[') {
		struct span inside;

		reader_from_span(&reader, span_skip(authority, 1));
		inside = reader_until(&reader, ']');
		if (inside.len + 2 > authority.len)
			return -EBADMSG;
		url->host = (struct span){ authority.data, inside.len + 2 };
		r = parse_bracketed(inside, url);
	} else {
		reader_from_span(&reader, authority);
		url->host = reader_until(&reader, ':');
		r = parse_host(url->host, url);
	}
	if (r < 0)
		return r;
	rest = span_skip(authority, url->host.len);
	if (rest.len == 0)
		return 0;
	if (rest.data[0] != ':' ||
	    text_parse_u64(span_skip(rest, 1), 65535, &port) < 0 || port == 0)
		return -EBADMSG;
	url->port = (uint16_t)port;
	return 0;
}

int url_parse(struct span text, struct url *ret_url)
{
	struct url url = { .port = URL_PORT_HTTP };
	struct reader reader;
	struct span authority, scheme;
	size_t len;
	int r;

	reader_from_span(&reader, text);
	scheme = reader_until(&reader, ':');
	if (scheme.len == text.len)
		return -EBADMSG;
	if (!span_is_nocase(scheme, "http"))
		return -EPROTONOSUPPORT;
	text = span_skip(text, scheme.len + 1);
	if (!span_starts(text, "//"))
		return -EBADMSG;
	text = span_skip(text, 2);
	for (len = 0; len < text.len && text.data[len] != '/'; len++)
		continue;
	authority = (struct span){ text.data, len };
	url.path = span_skip(text, len);
	r = parse_authority(authority, &url);
	if (r < 0)
		return r;
	if (url.path.len > 0 && !url_path_is_safe(url.path))
		return -EBADMSG;
	*ret_url = url;
	return 0;
}

void url_put_address(struct writer *writer, const struct url_address *address,
		     const char *zone)
{
	if (!address->is_ipv6) {
		text_put_ipv4(writer, address->ipv4);
		return;
	}
	writer_u8(writer, '[');
	text_put_ipv6(writer, address->ipv6);
	if (zone[0] && url_is_link_local(address)) {
		text_put(writer, "%25");
		text_put(writer, zone);
	}
	writer_u8(writer, ']');
}

void url_put_base(struct writer *writer, const struct url_address *address,
		  const char *zone, uint16_t port)
{
	text_put(writer, "http://");
	url_put_address(writer, address, zone);
	writer_u8(writer, ':');
	text_put_u64(writer, port);
}
