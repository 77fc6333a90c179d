/*
 * The providers that phase-discover has reported, the best one first. Their
 * rank is its business: it says which one is the best, and which suit; those
 * that are alike stay in the order in which they came. Pure.
 *
 * Records, whose fields may be missing but for one of URL and INSTANCE:
 *	service source instance interface domain host address port url
 *		manifest manifest-state channel arch version health latency-ms
 *		suitable best near
 *	changed			the same, of one that was told before
 *	lost			of one that is gone
 * One is the same as another of that source, interface, instance and, if both
 * say it, domain; without an instance, of that URL.
 *
 * When there is no room the worst one is left out, and counted: so whoever
 * announces many that do not suit cannot hide the one that does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/record.h"
#include "base/writer.h"

#define PROVIDERS_MAX 16
#define PROVIDERS_URL_MAX 512
#define PROVIDERS_MANIFEST_MAX 256
#define PROVIDERS_NAME_MAX 128
#define PROVIDERS_INSTANCE_MAX 129
/* What a provider takes in JSON: each byte that a record needs three for at
 * six, and our own words. */
#define PROVIDERS_JSON_MAX (2 * RECORD_LINE_MAX + 512)

struct provider {
	/* As they were said, not escaped; empty when there is none, or it is
	 * too long. */
	char source[16]; /* explicit, dhcp, mdns, ... */
	char instance[PROVIDERS_INSTANCE_MAX];
	char interface[16];
	char domain[PROVIDERS_NAME_MAX];
	char host[PROVIDERS_NAME_MAX];
	char address[48];
	char url[PROVIDERS_URL_MAX];
	char manifest[PROVIDERS_MANIFEST_MAX];
	char manifest_state[16];
	char channel[64];
	char arch[16];
	char version[64];
	char health[16];
	uint16_t port;	    /* 0: none */
	int64_t latency_ms; /* of the health check; -1 without one */
	bool suitable;	    /* of our architecture and channel, and healthy */
	bool best;	    /* the one to be used */
	bool near;	    /* on the link */
	/* Said by a phase-discover that has ended, and not since. */
	bool is_stale;
	bool is_told;	    /* those who read the console have heard of it */
	bool told_suitable; /* and this */
};

struct providers {
	unsigned int n;
	struct provider list[PROVIDERS_MAX];
	struct provider gone; /* the last one that went */
	unsigned long n_over; /* that were left out */
};

enum providers_change {
	PROVIDERS_MALFORMED,
	PROVIDERS_NOTHING,
	PROVIDERS_FOUND, /* .list[index] is new or changed */
	PROVIDERS_GONE,	 /* .gone */
};

/* "service" or "changed"; RET_INDEX is set with PROVIDERS_FOUND. */
enum providers_change providers_found(struct providers *providers,
				      const struct record *record,
				      unsigned int *ret_index);

/* "lost" */
enum providers_change providers_lost(struct providers *providers,
				     const struct record *record);

/* Whether one of them suits. */
bool providers_suit(const struct providers *providers);

/* phase-discover starts anew: what the last one has found stays until this one
 * has had the time to find it as well. */
void providers_expect(struct providers *providers);

/* It has had it. Takes one away that it has not found, to .gone; false when
 * there is none. */
bool providers_sweep(struct providers *providers);

/* Whether those who read the console are to be told of it: once, when its
 * health is known, and when it suits no longer or again. They then are. */
bool provider_is_news(struct provider *provider);

/* They have been told of all that are there. */
void providers_told(struct providers *providers);

/* One line without a newline, safe for a terminal. */
void provider_put(struct writer *writer, const struct provider *provider);
void provider_put_gone(struct writer *writer, const struct provider *provider);

/* An object of PROVIDERS_JSON_MAX bytes at most; docs/services.md. */
void provider_put_json(struct json *json, const struct provider *provider);
