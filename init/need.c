/* See need.h. */
#include "init/need.h"

#include "init/status.h"

int need_missing(int need, const struct facts *facts)
{
	if (need >= NEED_NIC && facts->n_nics == 0)
		return STATUS_NO_NIC;
	if (need >= NEED_LEASE && !facts_have_lease(facts))
		return STATUS_NO_LEASE;
	if (need >= NEED_PROVIDER && !providers_suit(&facts->providers))
		return STATUS_NO_PROVIDER;
	return 0;
}

const char *need_text(int status)
{
	switch (status) {
	case STATUS_NO_NIC:
		return "no NIC";
	case STATUS_NO_LEASE:
		return "no lease";
	case STATUS_NO_PROVIDER:
		return "no provider that suits";
	}
	return "nothing";
}
