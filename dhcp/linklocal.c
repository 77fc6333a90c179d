/* See linklocal.h, and docs/states.md for the table. */
#include "dhcp/linklocal.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/timing.h"

/* RFC 3927 §9 */
#define MAX_CONFLICTS 10
#define RATE_LIMIT_INTERVAL 60000

#define N_ADDRESSES (LINKLOCAL_LAST - LINKLOCAL_FIRST + 1)

/* §2.1: the MAC's own sequence, so that a machine has the same address at each
 * boot and two of them differ. */
static void choose_next(struct linklocal *linklocal)
{
	uint32_t before = linklocal->address;

	while (linklocal->address == before)
		linklocal->address = LINKLOCAL_FIRST +
				     dhcp_random(&linklocal->sequence) %
					     N_ADDRESSES;
}

/* The one place where the state changes. */
static void enter(struct linklocal *linklocal, enum linklocal_state state,
		  int64_t now, int64_t wait)
{
	linklocal->state = state;
	linklocal->deadline = CLOCK_NEVER;
	switch (state) {
	case LINKLOCAL_STATE_STOPPED:
		linklocal->do_send = false;
		acd_stop(&linklocal->acd);
		break;
	case LINKLOCAL_STATE_WAITING:
		linklocal->do_send = false;
		linklocal->deadline = now + wait;
		break;
	case LINKLOCAL_STATE_PROBING:
		linklocal->do_send = false;
		acd_start(&linklocal->acd, linklocal->address, ACD_PROBE_FIRST,
			  now);
		break;
	case LINKLOCAL_STATE_BOUND:
		break;
	case LINKLOCAL_STATE_N:
		assert(false);
	}
}

/* §2.2.1: another address, and not one after the other where somebody claims
 * all of them. */
static void give_way(struct linklocal *linklocal, int64_t now)
{
	choose_next(linklocal);
	if (linklocal->n_conflicts < MAX_CONFLICTS)
		linklocal->n_conflicts++;
	if (linklocal->n_conflicts < MAX_CONFLICTS)
		enter(linklocal, LINKLOCAL_STATE_PROBING, now, 0);
	else
		enter(linklocal, LINKLOCAL_STATE_WAITING, now,
		      RATE_LIMIT_INTERVAL);
}

/* What the machine below wants done. */
static void heed(struct linklocal *linklocal, int64_t now)
{
	struct acd_action action;

	while (acd_next(&linklocal->acd, &action)) {
		switch (action.type) {
		case ACD_ACTION_CONFLICT:
			give_way(linklocal, now);
			break;
		case ACD_ACTION_READY:
			enter(linklocal, LINKLOCAL_STATE_BOUND, now, 0);
			break;
		case ACD_ACTION_SEND:
			linklocal->do_send = true;
			break;
		}
	}
}

void linklocal_start(struct linklocal *linklocal, int64_t now, int64_t delay)
{
	if (linklocal->state != LINKLOCAL_STATE_STOPPED)
		return;
	linklocal->n_conflicts = 0;
	enter(linklocal, LINKLOCAL_STATE_WAITING, now, delay);
}

void linklocal_stop(struct linklocal *linklocal)
{
	enter(linklocal, LINKLOCAL_STATE_STOPPED, 0, 0);
}

void linklocal_recv(struct linklocal *linklocal, struct span packet,
		    int64_t now)
{
	acd_recv(&linklocal->acd, packet, now);
	heed(linklocal, now);
}

void linklocal_tick(struct linklocal *linklocal, int64_t now)
{
	if (now >= linklocal->deadline)
		enter(linklocal, LINKLOCAL_STATE_PROBING, now, 0);
	acd_tick(&linklocal->acd, now);
	heed(linklocal, now);
}

int64_t linklocal_due(const struct linklocal *linklocal)
{
	/* One of them is always CLOCK_NEVER. */
	return dhcp_earlier(linklocal->deadline, acd_due(&linklocal->acd));
}

bool linklocal_next(struct linklocal *linklocal,
		    struct linklocal_action *ret_action)
{
	uint32_t wanted = linklocal_address(linklocal);
	struct linklocal_action action = {
		.address = linklocal->configured,
		.payload = { linklocal->acd.payload, ARP_LEN },
	};

	if (linklocal->configured && linklocal->configured != wanted) {
		linklocal->configured = 0;
		action.type = LINKLOCAL_ACTION_REMOVE;
	} else if (linklocal->configured != wanted) {
		linklocal->configured = action.address = wanted;
		action.type = LINKLOCAL_ACTION_ADD;
	} else if (linklocal->do_send) {
		linklocal->do_send = false;
		action.type = LINKLOCAL_ACTION_SEND;
	} else {
		return false;
	}
	*ret_action = action;
	return true;
}

uint32_t linklocal_address(const struct linklocal *linklocal)
{
	return linklocal->state == LINKLOCAL_STATE_BOUND ? linklocal->address :
							   0;
}

uint32_t linklocal_watched(const struct linklocal *linklocal)
{
	return acd_address(&linklocal->acd);
}

void linklocal_init(struct linklocal *linklocal,
		    const struct linklocal_conf *conf, uint64_t seed)
{
	memset(linklocal, 0, sizeof(*linklocal));
	acd_init(&linklocal->acd, conf->mac, seed);
	linklocal->deadline = CLOCK_NEVER;
	for (unsigned int i = 0; i < ARP_MAC_LEN; i++)
		linklocal->sequence = linklocal->sequence << 8 | conf->mac[i];
	linklocal->address = conf->address;
	if (conf->address < LINKLOCAL_FIRST || conf->address > LINKLOCAL_LAST)
		choose_next(linklocal);
}
