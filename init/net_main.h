/*
 * phase-net: the process that configures the network. Under init it gets
 * commands on standard input, a line each, and reports records on standard
 * output (facts.h has the list).
 */
#pragma once

/* The drivers are loaded: report "settled" with the number of NICs. */
#define NET_COMMAND_COLDPLUGGED "coldplugged\n"

/* At SIGTERM leases are given back, and what they configured is taken away. */
#define NET_COMMAND_RELEASE "release\n"

/* The kernel lacks what the network takes; told in a message. */
#define NET_EXIT_UNSUPPORTED 78

int net_main(int argc, char **argv);
