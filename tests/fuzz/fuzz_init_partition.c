/* init/partition.c: the input is a number and the start of a disk. What is
 * read has the form of a GUID, or of an MBR's identity. */
#include <stdlib.h>
#include <string.h>

#include "init/partition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char uuid[PARTITION_UUID_MAX] = "untouched";
	struct span disk = { data, size };

	if (size == 0)
		return 0;
	if (partition_read_uuid(span_skip(disk, 1), data[0], uuid) == 0) {
		size_t len = strlen(uuid);

		if (strspn(uuid, "0123456789abcdef-") != len ||
		    uuid[8] != '-' || (len != 36 && len != 11))
			abort();
	} else if (strcmp(uuid, "untouched") != 0) {
		abort();
	}
	return 0;
}
