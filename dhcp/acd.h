/*
 * Whether somebody else on the link uses an address: found out before it is
 * used or while it already is, and watched for ever after. Does no I/O; the
 * table of its states is docs/states.md. RFC 5227.
 *
 * After each call of start, stop, recv or tick the shell calls acd_next() until
 * it returns false, and sets its timer to acd_due(). When the link had no
 * carrier for a while it starts again: it may be another network.
 *
 * Times are clock_ms() of base/clock.h, passed in, and never go back. Addresses
 * are in host order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/arp.h"

enum acd_mode {
	/* The address is not used before READY, 4 to 7 s later. */
	ACD_PROBE_FIRST,
	/* The address is configured already. It is probed nevertheless, as
	 * probes are what an owner's kernel answers; an announcement it takes
	 * for a packet of its own and is silent. Others' probes are answered by
	 * our kernel and are no conflict: switches that track addresses send
	 * them as well. */
	ACD_BACKGROUND,
};

enum acd_state {
	/* No address. Nothing is read or sent. */
	ACD_STATE_STOPPED,
	/* PROBE_FIRST, not in use yet. A sender with the address, or a probe
	 * for it, is a conflict; the deadline is the next probe or READY. */
	ACD_STATE_PROBING,
	/* BACKGROUND, in use but not probed yet. A sender with the address is a
	 * conflict; the deadline is the next probe or announcement. */
	ACD_STATE_CHECKING,
	/* In use. A sender with the address is answered with an announcement,
	 * or is a conflict when it is the second in 10 s; the deadline is the
	 * second announcement, and then none. */
	ACD_STATE_USING,

	ACD_STATE_N,
};

enum acd_action_type {
	/* The address is somebody else's: it must not be used any more. The
	 * machine has stopped. */
	ACD_ACTION_CONFLICT,
	/* PROBE_FIRST: nobody uses the address, configure it. */
	ACD_ACTION_READY,
	/* Send PAYLOAD to the link's broadcast address. */
	ACD_ACTION_SEND,
};

/* Spans and pointers point into the machine and are good until it is called
 * again. */
struct acd_action {
	enum acd_action_type type;
	uint32_t address;
	const uint8_t *mac;  /* CONFLICT: whose it is */
	struct span payload; /* SEND */
};

struct acd {
	uint8_t mac[ARP_MAC_LEN];
	uint64_t random;

	enum acd_state state;
	uint32_t address;
	int64_t deadline;
	int64_t defended_until;
	unsigned int n_probes, n_announcements; /* of this address */

	/* Since init */
	unsigned long n_sent, n_received;
	unsigned long n_malformed; /* or not ARP of IPv4 over Ethernet */
	unsigned long n_conflicts; /* packets, those defended against too */

	/* Actions not yet taken */
	bool do_conflict, do_ready, do_send;
	uint8_t other[ARP_MAC_LEN];
	uint8_t payload[ARP_LEN];
};

/* SEED is for the waits between probes; it should differ between machines. */
void acd_init(struct acd *acd, const uint8_t mac[ARP_MAC_LEN], uint64_t seed);

/* Takes ADDRESS in place of what there was; 0 is none, and stops. */
void acd_start(struct acd *acd, uint32_t address, enum acd_mode mode,
	       int64_t now);

/* The address is given up. */
void acd_stop(struct acd *acd);

/* An ARP packet, without the link's header, that one of our own interfaces has
 * not sent: the socket's filter knows them all, only this one's MAC is checked
 * here. */
void acd_recv(struct acd *acd, struct span packet, int64_t now);

/* To be called at acd_due(); sooner or later does no harm. */
void acd_tick(struct acd *acd, int64_t now);

/* When to call acd_tick() next, or CLOCK_NEVER. */
int64_t acd_due(const struct acd *acd);

/* The next thing to do; false when there is none. */
bool acd_next(struct acd *acd, struct acd_action *ret_action);

/* What the socket has to let through; 0 for nothing. */
uint32_t acd_address(const struct acd *acd);
