/*
 * When to send again and when to renew. RFC 2131 §4.1 and 4.4.5. Times are
 * milliseconds of base/clock.h; randomness comes from a state of the caller's.
 */
#pragma once

#include <stdint.h>

#include "dhcp/lease.h"

/* Resends before the RFC's own schedule. */
#define DHCP_FIRST_RESENDS 5

int64_t dhcp_earlier(int64_t a, int64_t b);

/* The next number of the sequence that the first value of STATE, any at all,
 * begins. Not for secrets. */
uint32_t dhcp_random(uint64_t *state);

/* How long to wait for an answer to what was sent N_SENT times, 1 or more. */
int64_t dhcp_resend_delay(unsigned int n_sent, uint64_t *random);

/* The same for a REQUEST whose server has just made an offer, and so is there:
 * 50, 100, 200 ... ms, doubled for ever. The caller gives up some time. */
int64_t dhcp_request_delay(unsigned int n_sent, uint64_t *random);

/* How long to wait before starting over for the N_FAILED-th time in a row: not
 * at all, then 1, 2, 4 ... 64 s. N_FAILED counts from 0. */
int64_t dhcp_back_off(unsigned int n_failed);

/*
 * The least between two REQUESTs that renew a lease of LEASE_S seconds: a
 * minute. With that one of less than four minutes would be asked for once by
 * unicast and once by broadcast; there it is 1/16 of the lease, but not less
 * than 0.25 s.
 */
int64_t dhcp_renew_wait_min(uint32_t lease_s);

/* When to send again while renewing a lease of LEASE_S seconds until LIMIT. */
int64_t dhcp_renew_deadline(int64_t limit, uint32_t lease_s, int64_t now);

/*
 * T1, T2 and the end of a LEASE whose REQUEST left at SENT_AT, all three
 * CLOCK_NEVER when it never ends. T1 and T2 are the server's if they make
 * sense, else 0.5 and 0.875 of the lease, not quite alike on all machines.
 */
void dhcp_lease_times(const struct dhcp_lease *lease, int64_t sent_at,
		      uint64_t *random, int64_t *ret_t1, int64_t *ret_t2,
		      int64_t *ret_expires);
