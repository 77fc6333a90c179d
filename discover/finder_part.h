/*
 * What the files of finder.h share: finder.c follows the sources and knows the
 * end, finder_check.c has the checks, finder_tell.c the order and what is told
 * of it.
 */
#pragma once

#include "discover/finder.h"

/* finder.c */

/* After every event: gives free probes work, and looks whether it is over. */
void finder_proceed(struct finder *finder);

/* finder_check.c */

void finder_check_open(struct finder *finder);

/* Whether anybody is asked for its health. */
bool finder_has_checks(const struct finder *finder);

/* Whether SERVICE is one whose health is asked for. */
bool finder_is_checked(const struct finder *finder,
		       const struct service *service);

/* Asks those who wait, as far as there are free probes. */
void finder_check_waiting(struct finder *finder);

/* Has FOUND wait, if it is one that is checked. */
void finder_check_again(struct finder *finder, struct finder_service *found);

/* The network has changed: all that did not answer may do so now. */
void finder_check_failed(struct finder *finder);

/* Nothing that is being asked of FOUND will come back. */
void finder_cancel(struct finder *finder, const struct finder_service *found);

/* The next check of all that is due again comes after INTERVAL ms, or after
 * FINDER_RECHECK_MAX_MS if that is sooner. */
void finder_arm_recheck(struct finder *finder, int64_t interval);

/* finder->recheck_timer */
void finder_recheck_expired(struct loop *loop, struct loop_timer *timer);

/* finder_tell.c */

/* FOUND is another than it was; and so may be the one to take. */
void finder_tell(struct finder *finder, struct finder_service *found,
		 enum output_event event);

/* What can be known of FOUND is: tells it if it is new, or a guess and none. */
void finder_settle(struct finder *finder, struct finder_service *found);

/* finder->guess_timer */
void finder_guess_expired(struct loop *loop, struct loop_timer *timer);
