/*
 * Giving up privileges: capabilities(7), prctl(2).
 */
#pragma once

#include "base/compiler.h"

#define PRIVILEGE_NOBODY 65534

/*
 * Leaves the process without any privilege that it may have, for good: an
 * empty bounding set, no groups, the user and group PRIVILEGE_NOBODY,
 * no_new_privs. Sockets that are open stay. Does as much as the kernel lets
 * it; returns the first -errno of what it did not, or 0.
 */
MUST_CHECK int privilege_drop(void);
