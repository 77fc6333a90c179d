/*
 * What happens to a NIC, as a line for people and as a JSON object:
 * docs/phase-net.8 has the schema. Whatever came from outside is escaped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/writer.h"

#define NET_SHOW_LIST_MAX 4
#define NET_SHOW_MAC_LEN 6
/* Enough for a line of either form. */
#define NET_SHOW_LINE_MAX 2560
/* A text is cut behind so many bytes. */
#define NET_SHOW_TEXT_MAX 254

/* In the comments: what is read of struct net_event, apart from interface and
 * elapsed_ms; 0 or empty where that is not known. */
enum net_event_type {
	NET_EVENT_NIC,	   /* it is there: mac, text (its driver) */
	NET_EVENT_GONE,	   /* it was removed */
	NET_EVENT_CARRIER, /* a cable, a peer */
	NET_EVENT_NO_CARRIER,
	NET_EVENT_DISCOVER,   /* sent: count, how often by now */
	NET_EVENT_REQUEST,    /* sent: count, address */
	NET_EVENT_OFFER,      /* address, server */
	NET_EVENT_LEASE,      /* address, prefix, server, gateway, seconds, dns,
				 text (the domain) */
	NET_EVENT_RENEWED,    /* the same lease for longer: as LEASE */
	NET_EVENT_STATIC,     /* configured without a server: as LEASE */
	NET_EVENT_REFUSED,    /* a server's NAK: server, text (its reason) */
	NET_EVENT_LOST,	      /* address, text (why) */
	NET_EVENT_RELEASED,   /* address, server */
	NET_EVENT_CONFLICT,   /* address, mac (whose it is as well) */
	NET_EVENT_LINK_LOCAL, /* address, prefix */
	NET_EVENT_ADDRESS6,   /* address6, prefix, seconds */
	NET_EVENT_LOST6,      /* address6 */
	NET_EVENT_WAITING,    /* no answer so far: seconds */
	NET_EVENT_TROUBLE,    /* text */

	NET_EVENT_N,
};

/* Of seconds; the same number in JSON, as in the lease files. */
#define NET_EVENT_FOR_EVER UINT32_MAX

/* IPv4 addresses in host order. */
struct net_event {
	enum net_event_type type;
	const char *interface;
	uint32_t address;
	uint32_t gateway;
	uint32_t server;
	uint8_t prefix;
	uint8_t address6[16];
	uint8_t mac[NET_SHOW_MAC_LEN];
	uint32_t seconds;
	unsigned int count;
	unsigned int n_dns;
	uint32_t dns[NET_SHOW_LIST_MAX];
	/* Since it was first tried, or since the program was started: the
	 * caller says which; -1 where it makes no sense. */
	int64_t elapsed_ms;
	struct span text;
};

/* Either ends with a newline. */
void net_show_line(struct writer *writer, const struct net_event *event);
void net_show_json(struct writer *writer, const struct net_event *event);

/* The JSON's word, as in "lease". */
const char *net_show_name(enum net_event_type type);
