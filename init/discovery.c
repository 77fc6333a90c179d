/* See discovery.h. */
#include "init/discovery.h"

#include "base/log.h"

/* For the whole search: the console comes long before (phase.wait=), and what
 * is found later is told then. */
#define TIMEOUT "10s"
#define GATEWAYS_MAX 4 /* that phase-discover takes */

void discovery_set_arguments(const char **argv, const struct params *params,
			     const struct facts *facts)
{
	unsigned int n_gateways = 0;
	const char **arg = argv;

	*arg++ = "phase-discover";
	*arg++ = "--format=report";
	*arg++ = "--timeout=" TIMEOUT;
	*arg++ = "--mode";
	*arg++ = params_mode_name(params->mode);
	*arg++ = "--channel";
	*arg++ = params->channel;
	if (params->provider[0]) {
		*arg++ = "--provider";
		*arg++ = params->provider;
	}
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		const struct facts_nic *nic = &facts->nics[i];

		if (!nic->has_lease || !nic->gateway[0] ||
		    n_gateways == GATEWAYS_MAX)
			continue;
		n_gateways++;
		*arg++ = "--gateway";
		*arg++ = nic->gateway;
	}
	if (params->log_level == LOG_LEVEL_DEBUG)
		*arg++ = "--verbose";
	*arg = NULL;
}
