/* netlink/uevent.c: the input is a datagram. */
#include <stdlib.h>

#include "netlink/uevent.h"

static void check_inside(struct span part, const uint8_t *data, size_t size)
{
	if (part.len > 0 && (part.data < data || part.len > size ||
			     (size_t)(part.data - data) > size - part.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uevent uevent;

	if (uevent_parse((struct span){ data, size }, &uevent) < 0)
		return 0;
	check_inside(uevent.devpath, data, size);
	check_inside(uevent.subsystem, data, size);
	check_inside(uevent.modalias, data, size);
	check_inside(uevent.interface, data, size);
	check_inside(uevent.devname, data, size);
	if (uevent.devpath.len == 0 || uevent.devpath.data[0] != '/')
		abort();
	return 0;
}
