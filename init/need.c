/* See need.h. */
#include "init/need.h"

#include "init/status.h"

static bool have_provider(const struct facts *facts)
{
	for (unsigned int i = 0; i < facts->n_providers; i++) {
		if (facts->providers[i].suitable)
			return true;
	}
	return false;
}

int need_missing(int need, const struct facts *facts)
{
	if (need >= NEED_NIC && facts->n_nics == 0)
		return STATUS_NO_NIC;
	if (need >= NEED_LEASE && !facts_have_lease(facts))
		return STATUS_NO_LEASE;
	if (need >= NEED_PROVIDER && !have_provider(facts))
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
