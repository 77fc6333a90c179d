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

/* When to send again while renewing until LIMIT. */
int64_t dhcp_renew_deadline(int64_t limit, int64_t now);

/*
 * T1, T2 and the end of a LEASE whose REQUEST left at SENT_AT, all three
 * CLOCK_NEVER when it never ends. T1 and T2 are the server's if they make
 * sense, else 0.5 and 0.875 of the lease, not quite alike on all machines.
 */
void dhcp_lease_times(const struct dhcp_lease *lease, int64_t sent_at,
		      uint64_t *random, int64_t *ret_t1, int64_t *ret_t2,
		      int64_t *ret_expires);
