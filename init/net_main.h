/*
 * phase-net: the process that configures the network; phase-net(8). Under init
 * it gets commands on standard input, a line each, and reports records on
 * standard output (facts.h has the list).
 */
#pragma once

/* The drivers are loaded: report "settled" with the number of NICs. */
#define NET_COMMAND_COLDPLUGGED "coldplugged\n"

/* At SIGTERM leases are given back, and what they configured is taken away. */
#define NET_COMMAND_RELEASE "release\n"
/* The first sessions are starting: what was put off for them is done soon. */
#define NET_COMMAND_OPEN "open\n"

enum net_exit {
	NET_EXIT_OK,
	NET_EXIT_NO_LEASE,
	NET_EXIT_USAGE,
	NET_EXIT_NO_INTERFACE,
	NET_EXIT_NOT_PERMITTED,
	/* The kernel lacks what the network takes; told in a message. */
	NET_EXIT_UNSUPPORTED = 78,
};

int net_main(int argc, char **argv);
