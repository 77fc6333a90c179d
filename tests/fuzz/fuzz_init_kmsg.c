/* init/kmsg.c: the input is a record of the kernel's log. One that names a
 * process names that one alone, and is the kernel's. */
#include <stdlib.h>

#include "init/kmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span record = { data, size };

	if (!kmsg_tells_killed(record, 97))
		return 0;
	if (kmsg_tells_killed(record, 98) || data[0] < '0' || data[0] > '9')
		abort();
	return 0;
}
