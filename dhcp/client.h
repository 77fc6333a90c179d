/*
 * The DHCPv4 client of one interface, as a state machine that does no I/O: it
 * is given packets, the link's state and the time, and asked what to do and
 * when to be called again. The table of its states is docs/states.md.
 *
 * RFC 2131 §3 and 4.4; RFC 4039 (rapid commit); RFC 6842 (client-id); RFC 7844
 * (anonymity).
 *
 * After each call of link_up, link_down, recv, tick, conflict, refused, unsent
 * or release the shell calls dhcp_client_next() until it returns false, carries
 * out what it says, and sets its timer to dhcp_client_due(). A LEASE that could
 * not be configured is answered with dhcp_client_refused(), a SEND that failed
 * with dhcp_client_unsent(), both once the actions have been drained.
 *
 * Times are clock_ms() of base/clock.h, passed in, and never go back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/counters.h"
#include "dhcp/frame.h"
#include "dhcp/lease.h"
#include "dhcp/message.h"

#define DHCP_HOSTNAME_MAX 64 /* with its terminator */

struct dhcp_client_conf {
	uint8_t mac[DHCP_MAC_LEN];
	/* The device's: limits option 26 and what we say in option 57; 0 when
	 * it is not known. */
	uint16_t mtu;
	/* Ask for broadcast replies. Not needed with a packet socket, but
	 * where replies to a MAC address do not arrive (ipvlan, some bridges
	 * of hypervisors). Without it the client asks so by itself once the
	 * first DISCOVERs remain without an answer. */
	bool broadcast;
	/* Offer to do with two packets instead of four. */
	bool rapid_commit;
	/* An address that the machine had before, in host order: it is asked
	 * for first (INIT-REBOOT). 0 for none. */
	uint32_t address;
	/*
	 * An address, in host order, that the machine has anyhow: only the
	 * options that go with it are asked for (INFORM), and there is never
	 * a lease. A prefix of 0 leaves that to the server. 0 for none.
	 */
	uint32_t inform_address;
	uint8_t inform_prefix;
	/* What the server says is to be booted: an offer that says nothing
	 * of that waits so long for a better one. If not, or with 0, the first
	 * one is taken. */
	bool wants_boot;
	uint16_t offer_window_ms;
	/* RFC 7844: nothing is said that tells this machine from others, or
	 * where it was before, but MAC, which the caller has made up. So
	 * address, client_id, hostname and rapid_commit do not count. */
	bool private;
	/* For option 61, its type first; 01:MAC when the length is 0. */
	uint8_t client_id_len;
	uint8_t client_id[DHCP_CLIENT_ID_MAX];
	/* For option 12; empty for none. */
	char hostname[DHCP_HOSTNAME_MAX];
};

/* What may be read, which deadline runs, and how a state is left, is in
 * docs/states.md. A lease may be held in every state but INIT and those of INFORM: it ends at its
 * expiry, by a NAK or by release, whatever the state. */
enum dhcp_state {
	/* No carrier, or released. Nothing is read; no deadline but that of a
	 * lease that is held. */
	DHCP_STATE_STOPPED,
	/* Waits before it starts over, after a NAK or a conflict. Nothing is
	 * read; the deadline is the end of the wait. */
	DHCP_STATE_INIT,
	/* DISCOVER sent, and sent again at the deadline, for ever. Reads OFFER
	 * and, where rapid commit was offered, ACK. */
	DHCP_STATE_SELECTING,
	/* REQUEST sent for an offer. Reads ACK and NAK of its server; resends
	 * at the deadline, and gives up after the last one. */
	DHCP_STATE_REQUESTING,
	/* REQUEST sent for an address from before: INIT-REBOOT and REBOOTING
	 * of the RFC. Reads ACK and NAK of any server; resends at the
	 * deadline, and then goes on with DISCOVER. */
	DHCP_STATE_REBOOTING,
	/* Has a lease. Nothing is read; the deadline is T1. */
	DHCP_STATE_BOUND,
	/* REQUEST sent to the lease's server. Reads its ACK and NAK; the
	 * deadline is the next resend or T2. */
	DHCP_STATE_RENEWING,
	/* REQUEST sent to all. Reads ACK and NAK of any server; the deadline
	 * is the next resend or the end of the lease. */
	DHCP_STATE_REBINDING,
	/* INFORM sent for an address that is ours anyhow. Reads ACK of any
	 * server; resends at the deadline, and after the last one there is
	 * none: it is still read, but no longer asked for. */
	DHCP_STATE_INFORMING,
	/* Has had the options. Nothing is read; no deadline. */
	DHCP_STATE_INFORMED,

	DHCP_STATE_N,
};

enum dhcp_action_type {
	/* The lease is no longer ours: take away its address and routes. */
	DHCP_ACTION_LOST,
	/* A lease is there, or its times are new: configure it, in place of
	 * the one before if that was not LOST. */
	DHCP_ACTION_LEASE,
	/* The options for conf.inform_address are there, as a lease of it that
	 * never ends, nor is ever LOST. */
	DHCP_ACTION_INFORMED,
	/* Send FRAME or PAYLOAD. */
	DHCP_ACTION_SEND,
};

/* One thing to do. Spans and pointers point into the client and are good
 * until it is called again. */
struct dhcp_action {
	enum dhcp_action_type type;
	/* LEASE, INFORMED, LOST */
	const struct dhcp_lease *lease;
	/* LEASE, INFORMED: nothing but its times differs from the one before
	 * that was not LOST. */
	bool unchanged;
	/*
	 * SEND: from SOURCE (0 as long as there is no address) to DESTINATION,
	 * host order. To 255.255.255.255 (BROADCAST is set) FRAME goes out of
	 * the packet socket to the link's broadcast address. Else PAYLOAD goes
	 * out of a UDP socket bound to SOURCE, as the kernel then finds the
	 * route and the neighbour's address; the answer is still read from the
	 * packet socket.
	 */
	bool broadcast;
	uint32_t source;
	uint32_t destination;
	struct span frame;
	struct span payload;
};

struct dhcp_client {
	struct dhcp_client_conf conf;
	struct dhcp_counters counters;
	enum dhcp_state state;
	uint64_t random;

	int64_t deadline; /* of the state */
	int64_t began;	  /* of what option secs counts */
	int64_t sent_at;
	int64_t wait;		 /* of INIT */
	unsigned int n_sent;	 /* in this state */
	unsigned int n_refused;	 /* times in a row that ended in a NAK */
	unsigned int n_failed;	 /* that a lease could not be configured */
	unsigned int n_given_up; /* REQUESTINGs in a row */
	uint32_t xid;
	uint16_t secs;
	bool broadcast_flag;
	bool rapid_offered;   /* in this transaction */
	uint32_t wish;	      /* address to ask for, or 0 */
	bool may_reboot;      /* with INIT-REBOOT; not once it was lost */
	bool renew_broadcast; /* unicast fails */
	uint32_t avoid;	      /* server that failed us last, or 0 */
	uint32_t declined;    /* address that was in use, or 0 */
	/* What REQUESTING asks for, or, where its rank is not 0, SELECTING
	 * will when no better one comes before its deadline */
	uint32_t offer_address;
	uint32_t offer_server;
	unsigned int offer_rank; /* enum dhcp_rank */

	bool have_lease;
	struct dhcp_lease lease;
	int64_t t1, t2, expires; /* of the lease; CLOCK_NEVER */

	/* Actions not yet taken */
	bool do_lost;
	bool do_lease;
	bool do_send;
	bool send_first; /* RELEASE and DECLINE, while the address is there */
	bool lease_unchanged;
	bool send_broadcast;
	uint32_t send_source, send_destination;
	size_t send_len; /* of the whole frame */
	uint8_t send_buffer[DHCP_FRAME_HEADER + DHCP_OUTGOING_MAX];
};

/* CONF is copied. SEED should differ between machines and boots. */
void dhcp_client_init(struct dhcp_client *client,
		      const struct dhcp_client_conf *conf, uint64_t seed);

/* The link has carrier: starts, or asks to keep the lease that there is. Does
 * nothing when it runs already. */
void dhcp_client_link_up(struct dhcp_client *client, int64_t now);

/* The link has lost carrier: stops. A lease stays until it expires. */
void dhcp_client_link_down(struct dhcp_client *client, int64_t now);

/* A packet from its IPv4 header on; see dhcp_frame_parse(). */
void dhcp_client_recv(struct dhcp_client *client, struct span packet,
		      bool checksum_unfinished, int64_t now);

/* To be called at dhcp_client_due(); sooner or later does no harm. */
void dhcp_client_tick(struct dhcp_client *client, int64_t now);

/* Somebody else uses the lease's address (RFC 5227): DECLINE, and start over
 * in 10 s. Does nothing without a lease. */
void dhcp_client_conflict(struct dhcp_client *client, int64_t now);

/* The lease could not be configured: it is LOST, and the client starts over
 * after 1, 2, 4 ... 64 s, with another server if there is one. The server is
 * not told, so that it gives the address again. Does nothing without a lease. */
void dhcp_client_refused(struct dhcp_client *client, int64_t now);

/* What was to be sent last could not be. A renewal is sent again earlier than
 * planned (in a minute, at the latest) and by broadcast; all else waits for its
 * resend, as if it had been lost on the way. */
void dhcp_client_unsent(struct dhcp_client *client, int64_t now);

/* Gives the lease back and stops: before power-off. */
void dhcp_client_release(struct dhcp_client *client, int64_t now);

/* When to call dhcp_client_tick() next, or CLOCK_NEVER. */
int64_t dhcp_client_due(const struct dhcp_client *client);

/* The next thing to do; false when there is none. */
bool dhcp_client_next(struct dhcp_client *client,
		      struct dhcp_action *ret_action);

/* The lease that is held, or NULL; and when it ends, or CLOCK_NEVER. Options
 * of INFORM are no lease. */
const struct dhcp_lease *dhcp_client_lease(const struct dhcp_client *client);
int64_t dhcp_client_expires(const struct dhcp_client *client);

/* The RFC's name, as in "SELECTING". */
const char *dhcp_state_name(enum dhcp_state state);
