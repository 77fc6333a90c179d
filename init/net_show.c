/*
 * See net_show.h. Both forms are made by one list: for each event its name,
 * and a pattern in which letters stand for what the event has.
 */
#include "init/net_show.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/text.h"

/*
 * Name and pattern by turns, in the order of enum net_event_type: a table would
 * be mostly padding. A letter after '%' is a field of the event; what is in
 * brackets is left out when the first field in it is not known.
 *
 *	a address	A address/prefix	g gateway	s server
 *	6 address6	7 address6/prefix	m mac		d dns
 *	f seconds, as a duration		n count
 *	t text, as itself			o a domain	v a driver
 */
static const char patterns[] =
	"nic\0"
	"is there[, %m][, driver %v]\0"
	"gone\0"
	"was removed\0"
	"carrier\0"
	"has carrier\0"
	"no-carrier\0"
	"has no carrier\0"
	"discover\0"
	"DISCOVER sent[, number %n]\0"
	"request\0"
	"REQUEST sent[ for %a][, number %n]\0"
	"offer\0"
	"offer of %a[ from %s]\0"
	"lease\0"
	"%A[ from %s][, gateway %g][, DNS %d][, domain %o][, for "
	"%f]\0"
	"renewed\0"
	"%A renewed[ by %s][, for %f]\0"
	"static\0"
	"%A, static[, gateway %g][, DNS %d][, domain %o]\0"
	"refused\0"
	"refused[ by %s][: %t]\0"
	"lost\0"
	"%a lost[: %t]\0"
	"released\0"
	"%a given back[ to %s]\0"
	"conflict\0"
	"%a is used by somebody else[, %m]; starting over\0"
	"link-local\0"
	"%A, link-local, as nobody answers\0"
	"address6\0"
	"%7[, for %f]\0"
	"lost6\0"
	"%6 lost\0"
	"waiting\0"
	"no answer yet after %f; still trying\0"
	"trouble\0"
	"%t\0";

static const char *name_of(enum net_event_type type)
{
	const char *name = patterns;

	for (unsigned int i = 0; i < 2 * type; i++)
		name += strlen(name) + 1;
	return name;
}

static const char *pattern_of(enum net_event_type type)
{
	const char *name = name_of(type);

	return name + strlen(name) + 1;
}

static struct span text_of(const struct net_event *event)
{
	struct span text = event->text;

	if (text.len > NET_SHOW_TEXT_MAX)
		text.len = NET_SHOW_TEXT_MAX;
	return text;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* In the largest unit that leaves no rest, of those that people use. */
static void put_seconds(struct writer *writer, uint32_t seconds)
{
	static const struct {
		char name[5];
		uint32_t seconds;
	} units[] = {
		{ " d", 86400 }, { " h", 3600 }, { " min", 60 }, { " s", 1 }
	};
	size_t i = 0;

	if (seconds == NET_EVENT_FOR_EVER) {
		text_put(writer, "ever");
		return;
	}
	while (seconds % units[i].seconds != 0)
		i++;
	/* 0 is 0 s */
	i = seconds == 0 ? ARRAY_SIZE(units) - 1 : i;
	text_put_u64(writer, seconds / units[i].seconds);
	text_put(writer, units[i].name);
}

static void put_dns(struct writer *writer, const struct net_event *event)
{
	for (unsigned int i = 0; i < event->n_dns; i++) {
		text_put(writer, i > 0 ? " " : "");
		text_put_ipv4(writer, event->dns[i]);
	}
}

static bool is_known(const struct net_event *event, char letter)
{
	switch (letter) {
	case 'a':
	case 'A':
		return event->address != 0;
	case 'g':
		return event->gateway != 0;
	case 's':
		return event->server != 0;
	case '6':
	case '7':
		return !is_zero(event->address6, sizeof(event->address6));
	case 'm':
		return !is_zero(event->mac, sizeof(event->mac));
	case 'd':
		return event->n_dns > 0;
	case 'f':
		return event->seconds != 0;
	case 'n':
		return event->count != 0;
	}
	return event->text.len > 0;
}

static void put_field(struct writer *writer, const struct net_event *event,
		      char letter)
{
	switch (letter) {
	case 'a':
	case 'A':
		text_put_ipv4(writer, event->address);
		break;
	case 'g':
		text_put_ipv4(writer, event->gateway);
		break;
	case 's':
		text_put_ipv4(writer, event->server);
		break;
	case '6':
	case '7':
		text_put_ipv6(writer, event->address6);
		break;
	case 'm':
		text_put_hex_bytes(
			writer, (struct span){ event->mac, sizeof(event->mac) },
			':');
		break;
	case 'd':
		put_dns(writer, event);
		break;
	case 'f':
		put_seconds(writer, event->seconds);
		break;
	case 'n':
		text_put_u64(writer, event->count);
		break;
	case 'o':
	case 't':
	case 'v':
		text_put_escaped(writer, text_of(event));
		break;
	}
	if (letter == 'A' || letter == '7') {
		text_put(writer, "/");
		text_put_u64(writer, event->prefix);
	}
}

static void put_pattern(struct writer *writer, const struct net_event *event,
			const char *text)
{
	bool shown = true;

	for (; *text; text++) {
		if (*text == '[') {
			const char *field = text;

			while (*field != '%')
				field++;
			shown = is_known(event, field[1]);
		} else if (*text == ']') {
			shown = true;
		} else if (!shown) {
			continue;
		} else if (*text == '%') {
			put_field(writer, event, *++text);
		} else {
			writer_u8(writer, (uint8_t)*text);
		}
	}
}

void net_show_line(struct writer *writer, const struct net_event *event)
{
	assert(event->type < NET_EVENT_N && event->n_dns <= NET_SHOW_LIST_MAX);
	text_put_escaped(writer, span_of(event->interface));
	text_put(writer, ": ");
	put_pattern(writer, event, pattern_of(event->type));
	if (event->elapsed_ms >= 0) {
		text_put(writer, " (");
		text_put_duration(writer, event->elapsed_ms);
		text_put(writer, ")");
	}
	text_put(writer, "\n");
}

static void put_json_field(struct json *json, const struct net_event *event,
			   char letter)
{
	static const struct {
		char letter;
		char key[11];
	} keys[] = {
		{ 'a', "address" }, { 'A', "address" }, { 'g', "router" },
		{ 's', "server" },  { '6', "address" }, { '7', "address" },
		{ 'm', "mac" },	    { 'd', "dns" },	{ 'f', "seconds" },
		{ 'n', "count" },   { 't', "text" },	{ 'o', "domain" },
		{ 'v', "driver" },
	};
	char buffer[TEXT_IPV6_MAX];
	struct writer writer;
	size_t i = 0;

	while (keys[i].letter != letter)
		i++;
	if (letter == 'f') {
		json_put_i64(json, keys[i].key, event->seconds);
		return;
	}
	if (letter == 'n') {
		json_put_i64(json, keys[i].key, event->count);
		return;
	}
	if (letter == 't' || letter == 'o' || letter == 'v') {
		json_put(json, keys[i].key, text_of(event));
		return;
	}
	if (letter == 'd') {
		json_key(json, span_of(keys[i].key));
		json_open(json, '[');
		for (unsigned int k = 0; k < event->n_dns; k++) {
			writer_init(&writer, buffer, sizeof(buffer));
			text_put_ipv4(&writer, event->dns[k]);
			json_string(json, writer_span(&writer));
		}
		json_close(json, ']');
		return;
	}
	writer_init(&writer, buffer, sizeof(buffer));
	put_field(&writer, event,
		  letter == 'A' ? 'a' :
		  letter == '7' ? '6' :
				  letter);
	json_put(json, keys[i].key, writer_span(&writer));
	if (letter == 'A' || letter == '7')
		json_put_i64(json, "prefix", event->prefix);
}

void net_show_json(struct writer *writer, const struct net_event *event)
{
	struct json json;

	assert(event->type < NET_EVENT_N && event->n_dns <= NET_SHOW_LIST_MAX);
	json_begin(&json, writer);
	json_open(&json, '{');
	json_put(&json, "event", span_of(name_of(event->type)));
	json_put(&json, "interface", span_of(event->interface));
	for (const char *text = pattern_of(event->type); *text; text++) {
		if (*text == '%' && is_known(event, *++text))
			put_json_field(&json, event, *text);
	}
	if (event->elapsed_ms >= 0)
		json_put_i64(&json, "elapsed_ms", event->elapsed_ms);
	json_close(&json, '}');
	text_put(writer, "\n");
}

const char *net_show_name(enum net_event_type type)
{
	assert(type < NET_EVENT_N);
	return name_of(type);
}
