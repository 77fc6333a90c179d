/*
 * The IPv6 hosts of one link: who answers an echo request to all of them.
 * RFC 4443 §4.1, §4.2 (echo), RFC 4291 §2.7.1 (ff02::1).
 *
 * They are candidates only: whether something is served there is for others
 * to ask. Requests go out as schedule.h has it.
 *
 * The shell's socket gives ICMPv6 messages from their type on, with checksums
 * that the kernel has verified, and fills in ours. IPV6_MULTICAST_LOOP has to
 * be off, else we find ourselves.
 *
 * The shell feeds packets and time in and then pulls actions until there are
 * none. Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "discover/schedule.h"

#define NEIGHBOURS_MAX 32
#define NEIGHBOURS_GROUP "ff02::1"
#define NEIGHBOURS_TOKEN 8
#define NEIGHBOURS_PACKET (8 + NEIGHBOURS_TOKEN) /* bytes of an echo */

/* So many of the last requests may still be answered. */
#define NEIGHBOURS_WINDOW 3

enum neighbours_state {
	/* Not started: nothing is sent, packets are ignored, no deadline. Left
	 * by neighbours_start(). */
	NEIGHBOURS_IDLE,
	/* Requests go out on the schedule, replies are read. Deadlines: the
	 * next request, the end. Left by the end. */
	NEIGHBOURS_ASKING,
	/* The end has passed: packets are ignored, no deadline. Not left. */
	NEIGHBOURS_FINISHED,
};

struct neighbours_counts {
	unsigned long packets;	      /* all that came */
	unsigned long malformed;      /* no echo reply, or a cut one */
	unsigned long foreign;	      /* to other requests; from no host */
	unsigned long over_addresses; /* no room for one more */
};

struct neighbours {
	enum neighbours_state state;
	int64_t end;
	struct schedule schedule;
	bool want_send, want_done;
	uint16_t id;
	uint16_t sequence;   /* of the last request */
	unsigned int n_sent; /* up to NEIGHBOURS_WINDOW */
	uint8_t token[NEIGHBOURS_TOKEN];
	struct neighbours_counts counts;
	uint8_t packet[NEIGHBOURS_PACKET];
	unsigned int n_told, n_addresses;
	uint8_t addresses[NEIGHBOURS_MAX][16];
};

enum neighbours_action_kind {
	NEIGHBOURS_SEND,  /* packet, to NEIGHBOURS_GROUP of the interface */
	NEIGHBOURS_FOUND, /* address: once each */
	NEIGHBOURS_DONE,  /* the end has come; the last action */
};

struct neighbours_action {
	enum neighbours_action_kind kind;
	struct span packet; /* good until the next call; its checksum is 0 */
	uint8_t address[16];
};

/* SEED is random, so that who cannot see the requests cannot make up replies,
 * and used for nothing else: it goes out with them. */
void neighbours_init(struct neighbours *neighbours, uint64_t seed);

/* Begins to ask, until the absolute END, which may be CLOCK_NEVER. */
void neighbours_start(struct neighbours *neighbours, int64_t now, int64_t end);

/* The network has changed: asks as at the start, and keeps what it knows. */
void neighbours_ask_again(struct neighbours *neighbours, int64_t now);

/* PACKET, of any ICMPv6 type, that came from the address FROM. What comes
 * after the end is not read. */
void neighbours_recv(struct neighbours *neighbours, struct span packet,
		     const uint8_t from[16], int64_t now);

/* To be called once neighbours_due() has come. */
void neighbours_tick(struct neighbours *neighbours, int64_t now);

/* Ends it now. What is known is still told. */
void neighbours_stop(struct neighbours *neighbours, int64_t now);

/* The absolute time of the next tick; CLOCK_NEVER when there is none. */
int64_t neighbours_due(const struct neighbours *neighbours);

/* Pulls the next thing to be done; false when there is nothing. */
bool neighbours_next(struct neighbours *neighbours,
		     struct neighbours_action *ret_action);
