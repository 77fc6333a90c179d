/*
 * Looks for one SSDP target on one interface. UPnP Device Architecture 2.0 §1.
 *
 * Searches go out as schedule.h has it; responses come to the socket that
 * they were sent from. Who also listens in the group on port 1900 hears
 * NOTIFY, with which devices come, move and go: all packets of either socket
 * are fed in. A device is one USN, whatever version that ends in. It goes with its byebye, if that comes
 * from where its last announcement came from, and when its max-age is over.
 *
 * Nothing about a device is told twice within SSDP_QUIET_MS: who sends alive
 * and byebye in turns, or two with one USN, cannot make us talk.
 *
 * The shell feeds packets and time in and then pulls actions until there are
 * none. Times are clock_ms().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "discover/schedule.h"
#include "discover/ssdp_message.h"
#include "discover/url.h"

#define SSDP_DEVICES_MAX 64
#define SSDP_QUIET_MS 1000
#define SSDP_SEARCH_MAX 256 /* what we send */

#define SSDP_AGE_S 1800 /* of who does not say: §1.2.2 */
#define SSDP_AGE_MIN_S 1
#define SSDP_AGE_MAX_S 86400

enum ssdp_state {
	/* Not started: nothing is sent, packets are ignored, no deadline. Left
	 * by ssdp_start(). */
	SSDP_IDLE,
	/* Searches go out on the schedule, packets are read. Deadlines: the
	 * next search, a max-age, the end of a device's silence, the end. Left
	 * by the end. */
	SSDP_SEARCHING,
	/* The end has passed: packets are ignored, no deadline. Not left. */
	SSDP_FINISHED,
};

/* Packets, for the user to see what was not used. */
struct ssdp_counts {
	unsigned long packets;	   /* all that came */
	unsigned long malformed;   /* broken: dropped whole */
	unsigned long over_bounds; /* too long, too many headers: the same */
	unsigned long foreign;	   /* of what nobody asked for */
	unsigned long ignored; /* searches, other statuses, of unknown ones */
	unsigned long over_devices; /* no room for one more */
};

/* Terminated, without control characters; other bytes are as they came. */
struct ssdp_device {
	char usn[SSDP_USN_MAX];	  /* as it was first said, like the next */
	char st[SSDP_TARGET_MAX]; /* what it says that it is */
	char location[SSDP_LOCATION_MAX]; /* or empty */
	char server[SSDP_SERVER_MAX];	  /* or empty */
	struct url_address from; /* of the last packet that announced it */
	/* The rest is for ssdp.c. */
	int64_t expires_at;
	int64_t quiet_until;
	bool is_gone;
	bool is_told;	 /* found, and not lost since */
	bool is_changed; /* its location, since it was told */
};

struct ssdp {
	enum ssdp_state state;
	int64_t now; /* of the last event */
	int64_t end;
	struct schedule schedule;
	bool want_ipv4, want_ipv6, want_done;
	struct ssdp_counts counts;
	uint8_t packet[SSDP_SEARCH_MAX];
	char target[SSDP_TARGET_MAX];
	unsigned int n_devices;
	struct ssdp_device devices[SSDP_DEVICES_MAX];
};

enum ssdp_action_kind {
	SSDP_SEND,  /* packet, to port 1900 of the group of its family */
	SSDP_FOUND, /* device: new, or its location has changed */
	SSDP_LOST,  /* device: was found, and is gone */
	SSDP_DONE,  /* the end has come; the last action */
};

struct ssdp_action {
	enum ssdp_action_kind kind;
	bool is_ipv6;			  /* of SEND: names SSDP_GROUP_IPV6 */
	struct span packet;		  /* good until the next call */
	const struct ssdp_device *device; /* the same */
};

/* TARGET is one of which ssdp_is_target() is true; it is copied. */
void ssdp_init(struct ssdp *ssdp, struct span target);

/* Begins to search, until the absolute END, which may be CLOCK_NEVER. */
void ssdp_start(struct ssdp *ssdp, int64_t now, int64_t end);

/* The network has changed: searches as at the start, and keeps what it
 * knows. */
void ssdp_ask_again(struct ssdp *ssdp, int64_t now);

void ssdp_recv(struct ssdp *ssdp, struct span packet,
	       const struct url_address *from, int64_t now);

/* To be called once ssdp_due() has come. */
void ssdp_tick(struct ssdp *ssdp, int64_t now);

/* Ends the search now. What is known is still told. */
void ssdp_stop(struct ssdp *ssdp, int64_t now);

/* The absolute time of the next tick; CLOCK_NEVER when there is none. */
int64_t ssdp_due(const struct ssdp *ssdp);

/* Pulls the next thing to be done; false when there is nothing. */
bool ssdp_next(struct ssdp *ssdp, struct ssdp_action *ret_action);
