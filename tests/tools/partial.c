/*
 * partial PROGRAM [ARGUMENT]...: runs PROGRAM in this process
 * on what is, for it and all that descends from it, a kernel with only a part
 * of Linux' system calls: Breenix, as somebody has tried it on arm64. Without
 * arguments PROGRAM is /sbin/init, so that this is of use as init=.
 *
 * The calls of the table below fail as they do there. What that kernel does
 * before its first process is done before they fail: /dev and /proc are
 * mounted, /proc without the command line, the network and the switch that is
 * a way around reboot(2); and the first NIC has a static address.
 *
 * It is a filter of seccomp(2), which each process inherits and none can take
 * off. Calls of the other architecture are let through: nothing here makes any.
 */
#include <errno.h>
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <net/route.h>
#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compiler.h"

/* ENOSYS */
static const unsigned int missing[] = {
	SYS_mount,	     SYS_umount2,	SYS_signalfd4,
	SYS_timerfd_create,  SYS_inotify_init1, SYS_finit_module,
	SYS_pidfd_open,	     SYS_sync,		SYS_reboot,
	SYS_sethostname,     SYS_prctl,		SYS_waitid,
	SYS_rt_sigtimedwait, SYS_statx,		SYS_sendmsg,
	SYS_recvmsg,	     SYS_accept4,	SYS_sendfile,
	SYS_clock_nanosleep, SYS_syslog,
};

/* Of socket() and socketpair(): EAFNOSUPPORT */
static const unsigned int families[] = { AF_PACKET, AF_NETLINK, AF_INET6 };

/* All of SIOC*, whose numbers begin so: ENOTTY */
#define SIOC_MASK 0xff00
#define SIOC 0x8900

/* As QEMU's user network has it. */
#define NIC "eth0"
#define ADDRESS "10.0.2.15"
#define MASK "255.255.255.0"
#define GATEWAY "10.0.2.2"

#define REAL_PROC "/dev/.proc"
#define CODE_MAX 128

struct program {
	struct sock_filter code[CODE_MAX];
	unsigned short len;
};

static void must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "partial: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- the filter --------------------------------------------------------- */

static void put(struct program *program, struct sock_filter instruction)
{
	if (program->len == CODE_MAX)
		abort();
	program->code[program->len++] = instruction;
}

static void put_load(struct program *program, size_t offset)
{
	put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  (uint32_t)offset));
}

static void put_return(struct program *program, uint32_t what)
{
	put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* If what is loaded is VALUE: the next N instructions; else those behind. */
static void put_if(struct program *program, uint32_t value, uint8_t n)
{
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						  value, 0, n));
}

static void put_families(struct program *program, uint32_t call)
{
	/* One load, for each two instructions, and the last word. */
	put_if(program, call, 2 + 2 * ARRAY_SIZE(families));
	put_load(program, offsetof(struct seccomp_data, args));
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		put_if(program, families[i], 1);
		put_return(program, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	}
	put_return(program, SECCOMP_RET_ALLOW);
}

static void fill(struct program *program)
{
	put_load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		put_if(program, missing[i], 1);
		put_return(program, SECCOMP_RET_ERRNO | ENOSYS);
	}
	put_families(program, SYS_socket);
	put_families(program, SYS_socketpair);
	put_if(program, SYS_ioctl, 4);
	put_load(program,
		 offsetof(struct seccomp_data, args) + sizeof(uint64_t));
	put(program,
	    (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SIOC_MASK));
	put_if(program, SIOC, 1);
	put_return(program, SECCOMP_RET_ERRNO | ENOTTY);
	put_return(program, SECCOMP_RET_ALLOW);
}

/* --- what that kernel has done ------------------------------------------ */

static bool is_hidden(const char *name)
{
	static const char *const hidden[] = { ".",	 "..",
					      "cmdline", "net",
					      "self",	 "thread-self",
					      "mounts",	 "sysrq-trigger" };

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (strcmp(name, hidden[i]) == 0)
			return true;
	}
	return name[0] >= '0' && name[0] <= '9';
}

static void link_to_proc(const char *name)
{
	char target[300], path[300];

	snprintf(target, sizeof(target), REAL_PROC "/%s", name);
	snprintf(path, sizeof(path), "/proc/%s", name);
	must(symlink(target, path) == 0, path);
}

/* A directory of links to the real one, which is out of the way. */
static void mount_proc(void)
{
	const struct dirent *entry;
	DIR *directory;

	must(mkdir(REAL_PROC, 0555) == 0 || errno == EEXIST, REAL_PROC);
	must(mount("proc", REAL_PROC, "proc", 0, NULL) == 0, REAL_PROC);
	/* ramfs is in every kernel */
	must(mount("proc", "/proc", "ramfs", 0, NULL) == 0, "/proc");
	directory = opendir(REAL_PROC);
	must(directory != NULL, REAL_PROC);
	while ((entry = readdir(directory))) {
		if (!is_hidden(entry->d_name))
			link_to_proc(entry->d_name);
	}
	closedir(directory);
	link_to_proc("self");
	link_to_proc("mounts");
	must(chmod("/proc", 0555) == 0, "/proc");
}

static void set_address(int fd, unsigned long request, const char *text)
{
	struct ifreq ifreq = { .ifr_name = NIC };
	struct sockaddr_in address = { .sin_family = AF_INET };

	inet_pton(AF_INET, text, &address.sin_addr);
	memcpy(&ifreq.ifr_addr, &address, sizeof(address));
	must(ioctl(fd, (int)request, &ifreq) == 0, text);
}

/* A machine without a NIC is none of our business. */
static void configure_network(void)
{
	static const char *const names[] = { "lo", NIC };
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	struct sockaddr_in any = { .sin_family = AF_INET }, gateway = any;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(fd >= 0, "socket");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct ifreq ifreq = { .ifr_flags = IFF_UP | IFF_RUNNING };

		strcpy(ifreq.ifr_name, names[i]);
		if (ioctl(fd, SIOCSIFFLAGS, &ifreq) < 0)
			goto out;
	}
	set_address(fd, SIOCSIFADDR, ADDRESS);
	set_address(fd, SIOCSIFNETMASK, MASK);
	inet_pton(AF_INET, GATEWAY, &gateway.sin_addr);
	memcpy(&route.rt_dst, &any, sizeof(any));
	memcpy(&route.rt_genmask, &any, sizeof(any));
	memcpy(&route.rt_gateway, &gateway, sizeof(gateway));
	must(ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST, "route");
out:
	close(fd);
}

int main(int argc, char **argv)
{
	static char *const usual[] = { "/sbin/init", NULL };
	char *const *command = argc > 1 ? argv + 1 : usual;
	struct program program = { .len = 0 };
	struct sock_fprog loaded;

	/* The kernel may have done it, or the initramfs. */
	must(mount("dev", "/dev", "devtmpfs", 0, NULL) == 0 || errno == EBUSY,
	     "/dev");
	mount_proc();
	configure_network();
	fill(&program);
	loaded = (struct sock_fprog){ program.len, program.code };
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) == 0,
	     "seccomp");
	execv(command[0], command);
	must(false, command[0]);
	return 1;
}
