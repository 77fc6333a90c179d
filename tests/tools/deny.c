/*
 * deny HOW CALL PROGRAM [ARGUMENT]...: runs PROGRAM in this process, where
 * from now on the system call CALL, of whatever process descends from it,
 * fails or never returns. Run as rdinit= it shows what /init does on a
 * kernel that refuses, or a driver that hangs.
 *
 *	HOW	"refuse" (an error) or "hang"
 *	CALL	"reboot" (but for its ctrl-alt-del switch), "sync", or "packet"
 *		for sockets of AF_PACKET
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compiler.h"

struct call {
	const char *name;
	unsigned int number;
	unsigned int argument; /* that decides */
	unsigned int value;
	bool is_meant; /* with this value, or with every other one */
	unsigned int error;
};

static const struct call *find_call(const char *name)
{
	static const struct call calls[] = {
		{ "reboot", SYS_reboot, 2, RB_DISABLE_CAD, false, EPERM },
		{ "sync", SYS_sync, 2, RB_DISABLE_CAD, false, EPERM },
		{ "packet", SYS_socket, 0, AF_PACKET, true, EAFNOSUPPORT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (strcmp(name, calls[i].name) == 0)
			return &calls[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct call none;
	const struct call *found = argc > 3 ? find_call(argv[2]) : NULL;
	const struct call *call = found ? found : &none;
	bool hang = argc > 1 && strcmp(argv[1], "hang") == 0;
	unsigned int what = hang ? SECCOMP_RET_USER_NOTIF :
				   SECCOMP_RET_ERRNO | call->error;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args) +
				 sizeof(uint64_t) * call->argument),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->value,
			 !call->is_meant, call->is_meant),
		BPF_STMT(BPF_RET | BPF_K, what),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	long r;

	if (!found) {
		fprintf(stderr, "usage: deny refuse|hang reboot|sync|packet "
				"PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	/* Nobody ever answers at this descriptor, and PROGRAM keeps it. */
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    hang ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &program);
	if (r < 0 || (hang && fcntl((int)r, F_SETFD, 0) < 0)) {
		perror("deny: seccomp");
		return 1;
	}
	execv(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
