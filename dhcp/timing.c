/* See timing.h. */
#include "dhcp/timing.h"

#include "base/clock.h"
#include "base/compiler.h"

#define RESEND_MIN 4000
#define RESEND_DOUBLINGS 4 /* to 64 s */
#define RESEND_FUZZ 1000
#define REQUEST_FUZZ 8 /* of the delay */
#define BACK_OFF_FIRST 1000
#define BACK_OFF_DOUBLINGS 6 /* to 64 s */
#define RENEW_WAIT 60000
#define RENEW_WAIT_LEAST 250
#define RENEW_SHORT_LEASE 240 /* s */
#define SPREAD_MAX 3600000

/* The first packets of a NIC that just came up are often lost, and a machine
 * that boots has no 4 s to spare. */
static const uint16_t first_resends[] = { 50, 100, 200, 400, 800 };

_Static_assert(ARRAY_SIZE(first_resends) == DHCP_FIRST_RESENDS, "");

int64_t dhcp_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* SplitMix64. */
uint32_t dhcp_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32);
}

/* From -LIMIT to LIMIT. */
static int64_t fuzz(uint64_t *random, int64_t limit)
{
	return (int64_t)(dhcp_random(random) % (uint64_t)(2 * limit + 1)) -
	       limit;
}

int64_t dhcp_resend_delay(unsigned int n_sent, uint64_t *random)
{
	unsigned int doublings;

	if (n_sent <= DHCP_FIRST_RESENDS)
		return first_resends[n_sent - 1];
	doublings = n_sent - DHCP_FIRST_RESENDS - 1;
	if (doublings > RESEND_DOUBLINGS)
		doublings = RESEND_DOUBLINGS;
	return ((int64_t)RESEND_MIN << doublings) + fuzz(random, RESEND_FUZZ);
}

int64_t dhcp_request_delay(unsigned int n_sent, uint64_t *random)
{
	int64_t delay = (int64_t)first_resends[0] << (n_sent - 1);

	if (n_sent <= DHCP_FIRST_RESENDS)
		return delay;
	return delay + fuzz(random, delay / REQUEST_FUZZ);
}

int64_t dhcp_back_off(unsigned int n_failed)
{
	if (n_failed == 0)
		return 0;
	if (n_failed > BACK_OFF_DOUBLINGS)
		n_failed = BACK_OFF_DOUBLINGS + 1;
	return (int64_t)BACK_OFF_FIRST << (n_failed - 1);
}

int64_t dhcp_renew_wait_min(uint32_t lease_s)
{
	int64_t wait = (int64_t)lease_s * 1000 / 16;

	if (lease_s >= RENEW_SHORT_LEASE)
		return RENEW_WAIT;
	return wait < RENEW_WAIT_LEAST ? RENEW_WAIT_LEAST : wait;
}

/* Half of what is left (RFC 2131 §4.4.5), but not less than that. */
int64_t dhcp_renew_deadline(int64_t limit, uint32_t lease_s, int64_t now)
{
	int64_t wait = (limit - now) / 2;
	int64_t least = dhcp_renew_wait_min(lease_s);

	if (limit == CLOCK_NEVER)
		return CLOCK_NEVER;
	return dhcp_earlier(limit, now + (wait < least ? least : wait));
}

void dhcp_lease_times(const struct dhcp_lease *lease, int64_t sent_at,
		      uint64_t *random, int64_t *ret_t1, int64_t *ret_t2,
		      int64_t *ret_expires)
{
	int64_t whole = (int64_t)lease->lease_s * 1000;
	int64_t spread = dhcp_earlier(whole / 32, SPREAD_MAX);
	int64_t half = whole / 2 + fuzz(random, spread);
	int64_t most = whole / 8 * 7 + fuzz(random, spread);
	int64_t t1 = (int64_t)lease->t1_s * 1000;
	int64_t t2 = (int64_t)lease->t2_s * 1000;

	if (lease->lease_s == DHCP_LEASE_INFINITE) {
		*ret_t1 = *ret_t2 = *ret_expires = CLOCK_NEVER;
		return;
	}
	if (t1 == 0)
		t1 = half;
	if (t2 == 0)
		t2 = most;
	if (t1 > t2 || t2 >= whole) {
		t1 = half;
		t2 = most;
	}
	*ret_t1 = sent_at + t1;
	*ret_t2 = sent_at + t2;
	*ret_expires = sent_at + whole;
}
