/*
 * What the host is told when the machine ends: the exit status of phase.run,
 * or one of ours, that say why there is none. They lie where those of
 * timeout(1), env(1) and the shell lie, and below. Pure.
 *
 * The table of docs/init.8 and the one of qemu/run are this one.
 */
#pragma once

enum status {
	STATUS_NO_NIC = 119,	  /* phase.need=: none was there in time */
	STATUS_NO_LEASE = 120,	  /* a NIC was, and no lease in time */
	STATUS_NO_PROVIDER = 121, /* a lease was, and no provider that suits */
	STATUS_CRASHED = 122,	  /* process 1 did */
	STATUS_PANIC = 123,	  /* the kernel did; qemu/run tells */
	STATUS_TIMEOUT = 124,	  /* phase.run.timeout=, qemu/run --timeout */
	STATUS_NONE = 125,	  /* the machine told none; qemu/run does */
	STATUS_CANNOT_RUN = 126,  /* the command is there, and can't be run */
	STATUS_NOT_FOUND = 127,	  /* the command is not there */
	STATUS_SIGNAL = 128,	  /* and the number of the signal that killed */
};

/* The byte for the port of QEMU's isa-debug-exit, whose exit status is then
 * twice that and one. That is an odd number, which leaves 127 values; 0 would
 * be QEMU's own failure, and 64 to 79 look as if a signal had killed QEMU. So
 * the statuses in use have a value each, and all others share the last one:
 *
 *	0..62    1..63		119..127  98..106
 *	63..79   80..96		129..143  107..121, signals 1 to 15
 *	99       97		others	  127
 */
unsigned char status_to_port(int status);
