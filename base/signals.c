/* See signals.h. */
#include "base/signals.h"

const int signals_faults[SIGNALS_FAULTS] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
					     SIGABRT, SIGSYS, SIGTRAP };

void signals_fill(sigset_t *ret_set)
{
	sigfillset(ret_set);
	for (size_t i = 0; i < ARRAY_SIZE(signals_faults); i++)
		sigdelset(ret_set, signals_faults[i]);
}
