/* See acd.h, and docs/states.md for the table. */
#include "dhcp/acd.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/timing.h"

/* RFC 5227 §1.1 */
#define PROBE_WAIT 1000
#define PROBE_NUM 3
#define PROBE_MIN 1000
#define PROBE_MAX 2000
#define ANNOUNCE_WAIT 2000
#define ANNOUNCE_NUM 2
#define ANNOUNCE_INTERVAL 2000
#define DEFEND_INTERVAL 10000
/* Ours: the first announcement of an address that is used already lets an owner
 * answer the first probe before, so that it does not take the address from him
 * in everybody's cache. */
#define BACKGROUND_ANNOUNCE_WAIT 100

static int64_t between(struct acd *acd, uint32_t least, uint32_t most)
{
	return least + dhcp_random(&acd->random) % (most - least + 1);
}

static void probe(struct acd *acd)
{
	struct writer writer;

	writer_init(&writer, acd->payload, sizeof(acd->payload));
	arp_write_probe(&writer, acd->mac, acd->address);
	acd->n_probes++;
	acd->do_send = true;
}

static void announce(struct acd *acd)
{
	struct writer writer;

	writer_init(&writer, acd->payload, sizeof(acd->payload));
	arp_write_announcement(&writer, acd->mac, acd->address);
	acd->n_announcements++;
	acd->do_send = true;
}

static void await_next_probe(struct acd *acd, int64_t now)
{
	acd->deadline = now + (acd->n_probes < PROBE_NUM ?
				       between(acd, PROBE_MIN, PROBE_MAX) :
				       ANNOUNCE_WAIT);
}

static void announce_and_wait(struct acd *acd, int64_t now)
{
	announce(acd);
	acd->deadline = acd->n_announcements < ANNOUNCE_NUM ?
				now + ANNOUNCE_INTERVAL :
				CLOCK_NEVER;
}

/* The one place where the state changes. */
static void enter(struct acd *acd, enum acd_state state, int64_t now)
{
	acd->state = state;
	acd->do_send = false;
	acd->deadline = CLOCK_NEVER;
	switch (state) {
	case ACD_STATE_STOPPED:
		acd->do_ready = false;
		break;
	case ACD_STATE_PROBING:
		acd->deadline = now + between(acd, 0, PROBE_WAIT);
		break;
	case ACD_STATE_CHECKING:
		probe(acd);
		acd->deadline = now + BACKGROUND_ANNOUNCE_WAIT;
		break;
	case ACD_STATE_USING:
		announce_and_wait(acd, now);
		break;
	case ACD_STATE_N:
		assert(false);
	}
}

void acd_start(struct acd *acd, uint32_t address, enum acd_mode mode,
	       int64_t now)
{
	acd_stop(acd);
	if (address == 0)
		return;
	acd->address = address;
	acd->n_probes = acd->n_announcements = 0;
	acd->defended_until = INT64_MIN;
	enter(acd,
	      mode == ACD_PROBE_FIRST ? ACD_STATE_PROBING : ACD_STATE_CHECKING,
	      now);
}

void acd_stop(struct acd *acd)
{
	acd->do_conflict = false;
	enter(acd, ACD_STATE_STOPPED, 0);
}

/* Whether ARP says that somebody else uses the address, or is about to. */
static bool is_conflict(const struct acd *acd, const struct arp *arp)
{
	if (memcmp(arp->sender_mac, acd->mac, ARP_MAC_LEN) == 0)
		return false;
	switch (acd->state) {
	case ACD_STATE_PROBING:
		/* §2.1.1: both are after it, and both give way. */
		if (arp->sender == 0 && arp->operation == ARP_REQUEST)
			return arp->target == acd->address;
		return arp->sender == acd->address;
	case ACD_STATE_CHECKING:
	case ACD_STATE_USING:
		return arp->sender == acd->address;
	case ACD_STATE_STOPPED:
	case ACD_STATE_N:
		break;
	}
	return false;
}

void acd_recv(struct acd *acd, struct span packet, int64_t now)
{
	struct arp arp;

	acd->n_received++;
	if (arp_parse(packet, &arp) < 0) {
		acd->n_malformed++;
		return;
	}
	if (!is_conflict(acd, &arp))
		return;
	acd->n_conflicts++;
	/* §2.4 (b): defend once, as there may be connections; do not fight. */
	if (acd->state == ACD_STATE_USING && now >= acd->defended_until) {
		acd->defended_until = now + DEFEND_INTERVAL;
		announce(acd);
		return;
	}
	enter(acd, ACD_STATE_STOPPED, now);
	memcpy(acd->other, arp.sender_mac, ARP_MAC_LEN);
	acd->do_conflict = true;
}

void acd_tick(struct acd *acd, int64_t now)
{
	if (now < acd->deadline)
		return;
	switch (acd->state) {
	case ACD_STATE_PROBING:
	case ACD_STATE_CHECKING:
		if (acd->state == ACD_STATE_CHECKING &&
		    acd->n_announcements == 0) {
			announce(acd);
			/* Probes keep their distance. */
			await_next_probe(acd, now - BACKGROUND_ANNOUNCE_WAIT);
		} else if (acd->n_probes < PROBE_NUM) {
			probe(acd);
			await_next_probe(acd, now);
		} else {
			acd->do_ready = acd->state == ACD_STATE_PROBING;
			enter(acd, ACD_STATE_USING, now);
		}
		break;
	case ACD_STATE_USING:
		announce_and_wait(acd, now);
		break;
	case ACD_STATE_STOPPED:
	case ACD_STATE_N:
		break;
	}
}

int64_t acd_due(const struct acd *acd)
{
	return acd->deadline;
}

bool acd_next(struct acd *acd, struct acd_action *ret_action)
{
	struct acd_action action = { .address = acd->address,
				     .mac = acd->other,
				     .payload = { acd->payload, ARP_LEN } };

	if (acd->do_conflict) {
		acd->do_conflict = false;
		action.type = ACD_ACTION_CONFLICT;
	} else if (acd->do_ready) {
		acd->do_ready = false;
		action.type = ACD_ACTION_READY;
	} else if (acd->do_send) {
		acd->do_send = false;
		acd->n_sent++;
		action.type = ACD_ACTION_SEND;
	} else {
		return false;
	}
	*ret_action = action;
	return true;
}

uint32_t acd_address(const struct acd *acd)
{
	return acd->state == ACD_STATE_STOPPED ? 0 : acd->address;
}

void acd_init(struct acd *acd, const uint8_t mac[ARP_MAC_LEN], uint64_t seed)
{
	memset(acd, 0, sizeof(*acd));
	memcpy(acd->mac, mac, ARP_MAC_LEN);
	acd->random = seed;
	acd->deadline = CLOCK_NEVER;
}
