/*
 * dhcp/lease_check.c with any bytes as the struct, as a process hands it over
 * that somebody else has taken. What is let through must be safe to write in
 * all the ways there are. A short input is filled up with zeroes.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_dhcp_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly its size, so that one byte too many is seen. */
	struct dhcp_lease *lease = calloc(1, sizeof(*lease));

	check(lease != NULL);
	if (size > 0)
		memcpy(lease, data,
		       size < sizeof(*lease) ? size : sizeof(*lease));
	if (dhcp_lease_check(lease) == 0)
		check_lease(lease);
	free(lease);
	return 0;
}
