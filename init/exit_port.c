/* See exit_port.h. */
#include "init/exit_port.h"

#include <errno.h>

#include "init/status.h"

#ifdef __x86_64__
#include <sys/io.h>

bool exit_port_is_known(void)
{
	return true;
}

int exit_port_write(int port, int status)
{
	/* Not by /dev/port: the small kernels are built without it. */
	if (ioperm((unsigned long)port, 1, 1) < 0)
		return -errno;
	outb(status_to_port(status), (unsigned short)port);
	return 0;
}
#else
bool exit_port_is_known(void)
{
	return false;
}

int exit_port_write(int port UNUSED, int status UNUSED)
{
	return -ENODEV;
}
#endif
