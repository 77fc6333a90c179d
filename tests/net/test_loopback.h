/* A network of a test's own with nothing but a loopback: any port is free. */
#pragma once

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>

/* This process gets one, whose loopback is up. 0 or -1. */
static int enter_loopback(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, r;

	if (unshare(getuid() == 0 ? CLONE_NEWNET :
				    CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = ioctl(fd, SIOCSIFFLAGS, &up);
	close(fd);
	return r;
}
