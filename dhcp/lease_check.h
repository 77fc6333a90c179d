#pragma once
#include "base/compiler.h"
#include "dhcp/lease.h"
MUST_CHECK int dhcp_lease_check(const struct dhcp_lease *lease);
