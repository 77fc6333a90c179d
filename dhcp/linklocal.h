/*
 * An IPv4 link-local address, for when no DHCP server answers: chosen by the
 * MAC, probed, defended, and given up for another one when somebody else has
 * it. Does no I/O; the table of its states is docs/states.md. RFC 3927.
 *
 * When it starts and stops is the owner's decision. After each call of start,
 * stop, recv or tick the shell calls linklocal_next() until it returns false,
 * and sets its timer to linklocal_due(). When the link had no carrier for a
 * while it stops and starts again: the same address is probed anew.
 *
 * Times are clock_ms() of base/clock.h, passed in, and never go back. Addresses
 * are in host order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/acd.h"

/* 169.254.1.0 to 169.254.254.255; the network is 169.254.0.0/16. */
#define LINKLOCAL_FIRST 0xa9fe0100u
#define LINKLOCAL_LAST 0xa9fefeffu
#define LINKLOCAL_PREFIX 16

struct linklocal_conf {
	uint8_t mac[ARP_MAC_LEN];
	/* The one that was used last, to be tried first; 0, or one that is not
	 * of the range, for the MAC's. */
	uint32_t address;
};

enum linklocal_state {
	/* No address, nothing is read. */
	LINKLOCAL_STATE_STOPPED,
	/* Nothing is read; the deadline is the end of the wait: that of the
	 * start, or of a minute after too many conflicts. */
	LINKLOCAL_STATE_WAITING,
	/* The address is probed: reads and deadline are those of acd.h. */
	LINKLOCAL_STATE_PROBING,
	/* The address is ours, announced and defended: the same. */
	LINKLOCAL_STATE_BOUND,

	LINKLOCAL_STATE_N,
};

enum linklocal_action_type {
	/* Take ADDRESS from the interface. */
	LINKLOCAL_ACTION_REMOVE,
	/* Configure ADDRESS, of scope link. */
	LINKLOCAL_ACTION_ADD,
	/* Send PAYLOAD, an ARP packet, to the link's broadcast address. */
	LINKLOCAL_ACTION_SEND,
};

/* The span points into the machine and is good until it is called again. */
struct linklocal_action {
	enum linklocal_action_type type;
	uint32_t address;    /* ADD, REMOVE */
	struct span payload; /* SEND */
};

struct linklocal {
	struct acd acd;
	enum linklocal_state state;
	uint64_t sequence; /* of addresses */
	uint32_t address;  /* that is tried or used */
	int64_t deadline;
	unsigned int n_conflicts; /* addresses given up since the start */

	uint32_t configured; /* as the shell has been told, or 0 */
	bool do_send;
};

/* CONF is copied. SEED is for the waits between probes. */
void linklocal_init(struct linklocal *linklocal,
		    const struct linklocal_conf *conf, uint64_t seed);

/* Wants an address, to be probed from DELAY ms later on. Does nothing when it
 * runs already. */
void linklocal_start(struct linklocal *linklocal, int64_t now, int64_t delay);

/* Gives the address up; the next start tries it first. */
void linklocal_stop(struct linklocal *linklocal);

/* An ARP packet, as for acd_recv(). */
void linklocal_recv(struct linklocal *linklocal, struct span packet,
		    int64_t now);

/* To be called at linklocal_due(); sooner or later does no harm. */
void linklocal_tick(struct linklocal *linklocal, int64_t now);

/* When to call linklocal_tick() next, or CLOCK_NEVER. */
int64_t linklocal_due(const struct linklocal *linklocal);

/* The next thing to do; false when there is none. */
bool linklocal_next(struct linklocal *linklocal,
		    struct linklocal_action *ret_action);

/* The address that is ours; what the socket has to let through, from before it
 * is ours. 0 for none. */
uint32_t linklocal_address(const struct linklocal *linklocal);
uint32_t linklocal_watched(const struct linklocal *linklocal);
