/*
 * deny HOW CALL PROGRAM [ARGUMENT]...: runs PROGRAM in this process, where
 * from now on the system call CALL, of whatever process descends from it,
 * fails or never returns. Run as rdinit= it shows what /init does on a
 * kernel that refuses, or a driver that hangs.
 *
 *	HOW	"refuse" (EPERM) or "hang"
 *	CALL	"reboot" (but for its ctrl-alt-del switch) or "sync"
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compiler.h"

static int call_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} calls[] = {
		{ "reboot", SYS_reboot },
		{ "sync", SYS_sync },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (strcmp(name, calls[i].name) == 0)
			return calls[i].number;
	}
	return -1;
}

int main(int argc, char **argv)
{
	int number = argc > 3 ? call_number(argv[2]) : -1;
	bool hang = argc > 1 && strcmp(argv[1], "hang") == 0;
	unsigned int what = hang ? SECCOMP_RET_USER_NOTIF :
				   SECCOMP_RET_ERRNO | EPERM;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RB_DISABLE_CAD, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, what),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	long r;

	if (number < 0) {
		fprintf(stderr, "usage: deny refuse|hang reboot|sync "
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
