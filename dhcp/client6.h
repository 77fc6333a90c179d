/*
 * The DHCPv6 client of one interface, as a state machine that does no I/O: it
 * is given packets, the link's state, what router advertisements say and the
 * time, and asked what to do and when to be called again. The table of its
 * states is docs/states.md.
 *
 * RFC 8415 §15 and 18.2; RFC 7844 §4 (anonymous).
 *
 * After each call of link_up, link_down, advert, recv, tick, conflict or
 * release the shell calls dhcp_client6_next() until it returns false, carries
 * out what it says, and sets its timer to dhcp_client6_due(). An action that
 * fails needs no answer: the client resends by itself.
 *
 * Times are clock_ms() of base/clock.h, passed in, and never go back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/counters.h"
#include "dhcp/lease6.h"
#include "dhcp/message6.h"

struct dhcp_client6_conf {
	/* Makes the DUID (DUID-LL) and the IAID: the same ones after kexec. */
	uint8_t mac[6];
	/* Offer to do with two packets instead of four. */
	bool rapid_commit;
	/* RFC 7844: a DUID and an IAID of random bytes, new ones with every
	 * carrier, no CONFIRM; nothing is told and little asked for. */
	bool anonymous;
};

/* What may be read, which deadline runs, and how a state is left, is in
 * docs/states.md. A lease may be held in all but DECLINING and RELEASING: it
 * ends at its expiry, by the server or by release, whatever the state. */
enum dhcp_state6 {
	/* No carrier, or released. */
	DHCP_STATE6_STOPPED,
	/* Carrier, but no router has asked for DHCPv6 yet. No deadline. */
	DHCP_STATE6_IDLE,
	/* INFORMATION-REQUEST sent, and again at the deadline, for ever. Reads
	 * REPLY. */
	DHCP_STATE6_INFORMING,
	/* Has the answer; the deadline is its refresh time. */
	DHCP_STATE6_INFORMED,
	/* SOLICIT sent, and again at the deadline, for ever; or waits before
	 * that, after a refusal. Reads ADVERTISE, and REPLY where rapid commit
	 * was offered. After the first ADVERTISE the deadline is the end of
	 * the wait for better ones. */
	DHCP_STATE6_SOLICITING,
	/* REQUEST sent to the chosen server. Reads its REPLY; resends at the
	 * deadline, and gives up after the last one. */
	DHCP_STATE6_REQUESTING,
	/* CONFIRM sent after a link flap: is this the same link? Reads REPLY;
	 * without one for 10 s it is. */
	DHCP_STATE6_CONFIRMING,
	/* Has a lease. Nothing is read; the deadline is T1. */
	DHCP_STATE6_BOUND,
	/* RENEW sent to the lease's server; T2 ends it. */
	DHCP_STATE6_RENEWING,
	/* REBIND sent to all; the end of the lease ends it. */
	DHCP_STATE6_REBINDING,
	/* DECLINE or RELEASE sent, the address is gone already. Reads REPLY;
	 * resends at the deadline, and goes on after the last one. */
	DHCP_STATE6_DECLINING,
	DHCP_STATE6_RELEASING,

	DHCP_STATE6_N,
};

enum dhcp_action6_type {
	/* The lease is no longer ours: take away its address, and what came
	 * with it. */
	DHCP_ACTION6_LOST,
	/* A lease is there, or its times are new: configure it, in place of
	 * the one before if that was not LOST. */
	DHCP_ACTION6_LEASE,
	/* The same without an address: name servers and the like. */
	DHCP_ACTION6_INFO,
	/* Send PAYLOAD from the link-local address and port 546 to ff02::1:2,
	 * port 547. */
	DHCP_ACTION6_SEND,
};

/* One thing to do. Spans and pointers point into the client and are good
 * until it is called again. */
struct dhcp_action6 {
	enum dhcp_action6_type type;
	const struct dhcp_lease6 *lease; /* LEASE, LOST, INFO */
	bool unchanged; /* LEASE, INFO: nothing but the times differs */
	struct span payload;
};

struct dhcp_client6 {
	struct dhcp_client6_conf conf;
	struct dhcp_counters counters;
	enum dhcp_state6 state;
	uint64_t random;
	uint8_t duid[14];
	uint8_t duid_len;
	uint32_t iaid;

	int64_t deadline; /* of the state */
	int64_t began;	  /* of the exchange: what elapsed time counts */
	int64_t sent_at;
	int64_t resend_wait; /* §15's RT, or 0 */
	int64_t wait;	     /* before the next SOLICIT, or 0 */
	unsigned int n_sent; /* in this state */
	unsigned int n_refused;
	uint32_t sol_max_s;
	uint32_t inf_max_s;
	uint32_t xid;
	bool rapid_offered;
	uint32_t avoid; /* a hash of the server that failed us last, or 0 */

	/* The best ADVERTISE; what REQUEST goes to. */
	unsigned int offer_rank; /* 0 for none */
	uint8_t offer_server[DHCP_DUID_MAX];
	uint8_t offer_server_len;
	struct dhcp_ip6 offer_address;

	bool have_lease;
	bool have_info; /* lease is one without an address */
	struct dhcp_lease6 lease;
	int64_t t1, t2, expires; /* of the lease; CLOCK_NEVER */

	/* Actions not yet taken */
	bool do_lost;
	bool do_lease;
	bool do_info;
	bool do_send;
	bool lease_unchanged;
	size_t send_len;
	uint8_t send_buffer[DHCP_OUTGOING6_MAX];
};

/* CONF is copied. SEED should differ between machines and boots. */
void dhcp_client6_init(struct dhcp_client6 *client,
		       const struct dhcp_client6_conf *conf, uint64_t seed);

/* The link has carrier: asks whether a lease that there is may be kept, and
 * else waits for dhcp_client6_advert(). Does nothing when it runs already. */
void dhcp_client6_link_up(struct dhcp_client6 *client, int64_t now);

/* The link has lost carrier: stops. A lease stays until it expires. */
void dhcp_client6_link_down(struct dhcp_client6 *client, int64_t now);

/* The flags of a router advertisement. What one of them has asked for is done
 * whatever the others say, until the link goes down. */
void dhcp_client6_advert(struct dhcp_client6 *client, bool managed, bool other,
			 int64_t now);

/* What was in a UDP datagram from SOURCE. */
void dhcp_client6_recv(struct dhcp_client6 *client, struct span payload,
		       const struct dhcp_ip6 *source, int64_t now);

/* To be called at dhcp_client6_due(); sooner or later does no harm. */
void dhcp_client6_tick(struct dhcp_client6 *client, int64_t now);

/* Somebody else has the lease's address (duplicate address detection failed):
 * DECLINE, and start over in 10 s. */
void dhcp_client6_conflict(struct dhcp_client6 *client, int64_t now);

/* Gives the lease back. RELEASE is sent again until it is answered, at most 4
 * times in 1.7 s; dhcp_client6_due() is CLOCK_NEVER when that is over. */
void dhcp_client6_release(struct dhcp_client6 *client, int64_t now);

/* When to call dhcp_client6_tick() next, or CLOCK_NEVER. */
int64_t dhcp_client6_due(const struct dhcp_client6 *client);

/* The next thing to do; false when there is none. */
bool dhcp_client6_next(struct dhcp_client6 *client,
		       struct dhcp_action6 *ret_action);

/* The lease that is held, or NULL; and when it ends, or CLOCK_NEVER. */
const struct dhcp_lease6 *dhcp_client6_lease(const struct dhcp_client6 *client);
int64_t dhcp_client6_expires(const struct dhcp_client6 *client);

/* As in "SOLICITING". */
const char *dhcp_state6_name(enum dhcp_state6 state);
