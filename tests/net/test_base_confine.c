/*
 * base/confine.c against this machine's kernel: a child gives everything up,
 * and then tries what it may not do. Needs root. That a kernel refuses a part,
 * or has no filters, is played by a filter of the child's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <linux/seccomp.h>

#include "base/confine.h"
#include "base/confine_lists.h"
#include "base/text.h"

#define DESCRIPTORS 12
#define NOBODY 65534

static const struct confine client = {
	.parts = CONFINE_ALL,
	.id = CONFINE_ID_NET,
	.n_descriptors = DESCRIPTORS,
	.filter = &confine_calls_net_client,
};

/* A child: told us how confine() went, and waits until it is told to go on. */
static struct {
	pid_t pid;
	int out[2], in[2];
} child;

static char status_text[8192];

static int need_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	return 0;
}

/* Not by _exit(), before which AddressSanitizer makes calls of its own. */
static void leave(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/* In the child. */
static void check(bool is_right, int line)
{
	char text[64];
	int n;

	if (is_right)
		return;
	n = snprintf(text, sizeof(text), "child: line %d: errno %d\n", line,
		     errno);
	(void)!write(STDERR_FILENO, text, (size_t)n);
	leave(1);
}

#define CHECK(what) check(what, __LINE__)
#define FAILS_WITH(call, error) CHECK((call) == -1 && errno == (error))

/* Before and after are run in the child; both may be NULL. Returns the parts
 * that confine() could not do. */
static unsigned int start(const struct confine *conf, void (*before)(void),
			  void (*after)(void))
{
	uint8_t byte = 0;
	int missing = 0;

	assert_int_equal(pipe(child.out), 0);
	assert_int_equal(pipe(child.in), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		/* Its read() ends when we do, also by a failed assertion. */
		close(child.out[0]);
		close(child.in[1]);
		if (before)
			before();
		missing = (int)confine(conf);
		if (write(child.out[1], &missing, sizeof(missing)) < 0 ||
		    read(child.in[0], &byte, 1) != 1)
			leave(255);
		if (after)
			after();
		leave(0);
	}
	close(child.out[1]);
	close(child.in[0]);
	/* Nothing comes from a child that has died of it. */
	assert_int_equal(read(child.out[0], &missing, sizeof(missing)),
			 sizeof(missing));
	return (unsigned int)missing;
}

static void go_on(void)
{
	assert_int_equal(write(child.in[1], "", 1), 1);
}

static int reap(void)
{
	char path[64];
	int status;

	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	/* The directory that was its root is not left behind. */
	snprintf(path, sizeof(path), "/run/.confine-%d", (int)child.pid);
	assert_int_equal(access(path, F_OK), -1);
	return status;
}

static int end(void)
{
	int status = reap();

	close(child.out[0]);
	close(child.in[1]);
	return status;
}

static void assert_exits(void)
{
	int status = end();

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("status %#x (exit %d)", status, WEXITSTATUS(status));
}

static void assert_dies_of(int signo)
{
	int status = end();

	if (!WIFSIGNALED(status) || WTERMSIG(status) != signo)
		fail_msg("status %#x and not signal %d", status, signo);
}

static void read_proc(const char *name)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)child.pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, status_text, sizeof(status_text) - 1);
	assert_true(n > 0);
	status_text[n] = '\0';
	close(fd);
}

static void assert_field(const char *line)
{
	char wanted[128];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(status_text, wanted))
		fail_msg("no \"%s\" in:\n%s", line, status_text);
}

static void assert_no_capabilities(void)
{
	assert_field("CapInh:\t0000000000000000");
	assert_field("CapPrm:\t0000000000000000");
	assert_field("CapEff:\t0000000000000000");
	assert_field("CapBnd:\t0000000000000000");
	assert_field("CapAmb:\t0000000000000000");
}

static void give_supplementary_groups(void)
{
	const gid_t groups[] = { 0, 5 };

	CHECK(syscall(SYS_setgroups, 2, groups) == 0);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(start(&client, give_supplementary_groups, NULL), 0);
	read_proc("status");
	assert_no_capabilities();
	assert_field("Uid:\t65501\t65501\t65501\t65501");
	assert_field("Gid:\t65501\t65501\t65501\t65501");
	assert_field("Groups:\t ");
	assert_field("NoNewPrivs:\t1");
	assert_field("Seccomp:\t2");
	read_proc("limits");
	assert_non_null(strstr(status_text, "Max core file size        0     "
					    "               0"));
	assert_non_null(strstr(status_text, "Max processes             0     "
					    "               0"));
	assert_non_null(strstr(status_text, "Max file size             0     "
					    "               0"));
	assert_non_null(strstr(status_text, "Max open files            12    "
					    "               12"));
	go_on();
	assert_exits();
}

/* All that a client does. */
static void use_what_is_allowed(void)
{
	struct pollfd polls[DESCRIPTORS] = { { .fd = -1 } };
	const struct timespec now = { 0, 0 };
	struct timespec time;
	char text[1] = "";
	struct iovec iov = { text, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	for (int i = 0; i < DESCRIPTORS; i++)
		polls[i].fd = -1;
	/* It may poll as many as it was said to have, not one more. */
	CHECK(ppoll(polls, DESCRIPTORS, &now, NULL) == 0);
	FAILS_WITH(syscall(SYS_ppoll, polls, DESCRIPTORS + 1, &now, NULL, 8),
		   EINVAL);
	CHECK(syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &time) == 0);
	CHECK(send(100, text, 1, MSG_NOSIGNAL) == 1);
	CHECK(sendmsg(100, &message, MSG_NOSIGNAL) == 1);
	CHECK(recv(101, text, 1, 0) == 1);
	CHECK(recvmsg(101, &message, 0) == 1);
	CHECK(syscall(SYS_getpid) > 0);
}

/* Above the limit, and open all the same. */
static void open_sockets(void)
{
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	CHECK(dup2(fds[0], 100) == 100 && dup2(fds[1], 101) == 101);
}

static void test_what_is_allowed_works(void **state)
{
	(void)state;
	assert_int_equal(start(&client, open_sockets, use_what_is_allowed), 0);
	go_on();
	assert_exits();
}

static void wait_in_ppoll(void)
{
	struct pollfd polled = { .fd = child.in[0], .events = POLLIN };
	const struct timespec hour = { 3600, 0 };

	CHECK(ppoll(&polled, 1, &hour, NULL) == 1);
}

/* The kernel restarts ppoll() by itself, not by restart_syscall(). */
static void test_stopped_and_continued(void **state)
{
	int status;

	(void)state;
	assert_int_equal(start(&client, NULL, wait_in_ppoll), 0);
	go_on();
	do
		read_proc("stat");
	while (!strstr(status_text, ") S "));
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(child.pid, SIGCONT), 0);
	go_on();
	assert_exits();
}

static long number;

static void call_number(void)
{
	CHECK(syscall(number, 0, 0, 0, 0, 0, 0) >= 0);
}

static bool is_allowed(const struct syscall_filter *filter, long call)
{
	for (size_t i = 0; i < filter->n_rules; i++) {
		if (filter->rules[i].number == call)
			return true;
	}
	return false;
}

/* Linux lets these through any filter: they are of no use but from where it
 * has put a probe itself. */
static bool is_of_uprobes(long call)
{
#ifdef __x86_64__
	return call == 335 || call == 336;
#else
	return call < 0;
#endif
}

static void test_every_other_call_kills(void **state)
{
	(void)state;
	for (number = 0; number < 520; number++) {
		if (is_allowed(client.filter, number) || is_of_uprobes(number))
			continue;
		assert_int_equal(start(&client, NULL, call_number), 0);
		go_on();
		assert_dies_of(SIGSYS);
	}
}

/* By its first argument. It has no read(), by which start() waits. */
static void test_discover_opens_no_other_socket(void **state)
{
	static const int domains[] = { AF_INET, AF_INET6, AF_PACKET, AF_NETLINK,
				       AF_UNIX };
	struct confine conf = client;
	int status;

	(void)state;
	conf.filter = &confine_calls_discover;
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++) {
		child.pid = fork();
		assert_true(child.pid >= 0);
		if (child.pid == 0) {
			CHECK(confine(&conf) == 0);
			CHECK(socket(domains[i], SOCK_DGRAM, 0) >= 0);
			leave(0);
		}
		status = reap();
		assert_int_equal(status, i < 2 ? 0 : SIGSYS);
	}
}

#ifdef __x86_64__
static void test_x32_kills(void **state)
{
	(void)state;
	for (size_t i = 0; i < client.filter->n_rules; i++) {
		number = client.filter->rules[i].number | 0x40000000;
		assert_int_equal(start(&client, NULL, call_number), 0);
		go_on();
		assert_dies_of(SIGSYS);
	}
}

/* Number 1 is exit() there, and write() here. */
static void call_as_i386(void)
{
	long result = 1;

	__asm__ volatile("int $0x80" : "+a"(result) : "b"(0) : "memory");
}

static void test_other_architecture_kills(void **state)
{
	(void)state;
	assert_int_equal(start(&client, NULL, call_as_i386), 0);
	go_on();
	assert_dies_of(SIGSYS);
}
#endif

static void look_around(void)
{
	FAILS_WITH(open("/", O_RDONLY), EACCES);
	FAILS_WITH(open("/etc/passwd", O_RDONLY), EACCES);
	FAILS_WITH(open("/proc/self/mem", O_RDONLY), EACCES);
	FAILS_WITH(open("passwd", O_RDONLY), EACCES);
	FAILS_WITH(chdir(".."), EACCES);
	FAILS_WITH(mkdir("/new", 0755), EACCES);
	FAILS_WITH(chroot("."), EACCES);
	FAILS_WITH(syscall(SYS_setresuid, 0, 0, 0), EPERM);
	FAILS_WITH(syscall(SYS_setresgid, 0, 0, 0), EPERM);
	FAILS_WITH(syscall(SYS_setgroups, 0, NULL), EPERM);
	FAILS_WITH(syscall(SYS_kill, getppid(), 0), EPERM);
	FAILS_WITH(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EAGAIN);
	FAILS_WITH(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	while (dup(0) >= 0)
		continue;
	CHECK(errno == EMFILE && fcntl(DESCRIPTORS, F_GETFD) == -1);
	FAILS_WITH(
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0),
		EPERM);
}

/* What stays true where the kernel has no filters. */
static void test_without_filter(void **state)
{
	struct confine conf = client;

	(void)state;
	conf.parts &= ~(unsigned int)CONFINE_CALLS;
	assert_int_equal(start(&conf, NULL, look_around), 0);
	read_proc("status");
	assert_field("Seccomp:\t0");
	assert_no_capabilities();
	go_on();
	assert_exits();
}

static void use_capabilities(void)
{
	/* Root's right to do anything finds nothing to be done. */
	FAILS_WITH(open("/etc/passwd", O_RDONLY), ENOENT);
	FAILS_WITH(open("new", O_WRONLY | O_CREAT, 0644), ENOENT);
	FAILS_WITH(mkdir("/new", 0755), ENOENT);
	FAILS_WITH(symlink("/", "/link"), ENOENT);
	FAILS_WITH(open("/../etc", O_RDONLY), ENOENT);
	FAILS_WITH(mount("none", "/", "tmpfs", 0, NULL), ENOENT);
}

static void test_empty_root(void **state)
{
	const struct confine conf = { .parts = CONFINE_ROOT };

	(void)state;
	assert_int_equal(start(&conf, NULL, use_capabilities), 0);
	go_on();
	assert_exits();
}

static int file;

static void open_file(void)
{
	char path[] = "/tmp/test_base_confine.XXXXXX";

	file = mkstemp(path);
	CHECK(file >= 0 && unlink(path) == 0);
	CHECK(write(file, "x", 1) == 1);
}

static void write_file(void)
{
	CHECK(write(file, "y", 1) == 1);
}

static void test_files_do_not_grow(void **state)
{
	struct confine conf = client;

	(void)state;
	assert_int_equal(start(&conf, open_file, write_file), 0);
	go_on();
	assert_dies_of(SIGXFSZ);
	conf.parts &= ~(unsigned int)CONFINE_FILES;
	assert_int_equal(start(&conf, open_file, write_file), 0);
	go_on();
	assert_exits();
}

static void become_nobody(void)
{
	CHECK(syscall(SYS_setgroups, 0, NULL) == 0);
	CHECK(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0);
	CHECK(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0);
}

/* What only root can give up is no complaint of anybody else's. */
static void test_not_root(void **state)
{
	(void)state;
	assert_int_equal(start(&client, become_nobody, NULL), 0);
	read_proc("status");
	assert_field("Uid:\t65534\t65534\t65534\t65534");
	assert_field("CapPrm:\t0000000000000000");
	assert_field("NoNewPrivs:\t1");
	assert_field("Seccomp:\t2");
	go_on();
	assert_exits();
}

static void run_hook(void)
{
	char *argv[] = { (char *)"sh", (char *)"-c",
			 (char *)"exec grep -q '^CapBnd:.0000000000003000$' "
				 "/proc/self/status",
			 NULL };
	int status;
	pid_t pid;

	FAILS_WITH(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
	FAILS_WITH(syscall(SYS_finit_module, -1, "", 0), EPERM);
	FAILS_WITH(unshare(CLONE_NEWUSER), EPERM);
	CHECK(socket(AF_PACKET, SOCK_RAW, 0) >= 0);
	CHECK(prctl(PR_GET_DUMPABLE) == 0);
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execv("/bin/sh", argv);
		_exit(127);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Stays root, with some capabilities, and starts programs that have them. */
static void test_manager(void **state)
{
	const struct confine conf = {
		.parts = CONFINE_CAPABILITIES | CONFINE_PRIVILEGES |
			 CONFINE_CALLS,
		.capabilities = 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW,
		.filter = &confine_calls_net_manager,
	};

	(void)state;
	assert_int_equal(start(&conf, NULL, run_hook), 0);
	read_proc("status");
	assert_field("Uid:\t0\t0\t0\t0");
	assert_field("CapInh:\t0000000000000000");
	assert_field("CapPrm:\t0000000000003000");
	assert_field("CapEff:\t0000000000003000");
	assert_field("CapBnd:\t0000000000003000");
	assert_field("CapAmb:\t0000000000000000");
	assert_field("NoNewPrivs:\t1");
	assert_field("Seccomp:\t2");
	go_on();
	assert_exits();
}

static void start_client(void)
{
	pid_t pid = fork();
	int ready[2];
	int status;
	char byte;

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(confine(&client) == 0);
		(void)socket(AF_INET, SOCK_DGRAM, 0);
		leave(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGSYS);
	CHECK(pipe(ready) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(confine(&client) == 0);
		CHECK(write(ready[1], "", 1) == 1);
		for (;;)
			(void)ppoll(NULL, 0, NULL, NULL);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	/* Of another user. */
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGTERM);
}

/* Who has given up much can still have its clients give up the rest. */
static void test_manager_starts_clients(void **state)
{
	const struct confine conf = {
		.parts = CONFINE_CAPABILITIES | CONFINE_PRIVILEGES |
			 CONFINE_CALLS,
		.capabilities = CONFINE_CAPABILITIES_NET_MANAGER,
		.filter = &confine_calls_net_manager,
	};

	(void)state;
	assert_int_equal(start(&conf, NULL, start_client), 0);
	go_on();
	assert_exits();
}

static struct syscall_rule refused;
static uint16_t refused_error;

/* The kernel from now on lacks a call. */
static void refuse(void)
{
	const struct syscall_filter filter = {
		.rules = &refused,
		.n_rules = 1,
		.is_deny_list = true,
		.error = refused_error,
	};
	struct sock_filter code[SYSCALL_FILTER_LEN(1)];
	struct sock_fprog program = { .filter = code };

	CHECK(syscall_filter_build(&filter, SYSCALL_FILTER_ARCH, code,
				   ARRAY_SIZE(code), &program.len) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

#ifdef SYS_mkdir
#define MKDIR SYS_mkdir
#else
#define MKDIR SYS_mkdirat
#endif

/* Whichever part fails is named, and all others are done. */
static void test_parts_that_fail(void **state)
{
	static const struct {
		struct syscall_rule rule;
		uint16_t error;
		unsigned int missing;
	} cases[] = {
		{ { .number = MKDIR }, EROFS, CONFINE_ROOT },
		{ { .number = SYS_chdir }, EACCES, CONFINE_ROOT },
		{ { .number = SYS_chroot }, EPERM, CONFINE_ROOT },
		{ { .number = SYS_setgroups }, ENOSYS, CONFINE_USER },
		{ { .number = SYS_setresgid }, EINVAL, CONFINE_USER },
		{ { .number = SYS_setresuid }, EINVAL, CONFINE_USER },
		{ { .number = SYS_capset }, EPERM, CONFINE_CAPABILITIES },
		{ { SYS_prctl, 1, PR_CAPBSET_DROP },
		  EPERM,
		  CONFINE_CAPABILITIES },
		{ { SYS_prctl, 1, PR_CAPBSET_DROP },
		  EINVAL,
		  CONFINE_CAPABILITIES },
		{ { SYS_prctl, 2, CAP_NET_RAW }, EPERM, CONFINE_CAPABILITIES },
		/* Without it a filter is not for who has no capability. */
		{ { SYS_prctl, 1, PR_SET_NO_NEW_PRIVS },
		  EINVAL,
		  CONFINE_PRIVILEGES | CONFINE_CALLS },
		{ { SYS_prctl, 1, PR_SET_DUMPABLE },
		  EINVAL,
		  CONFINE_PRIVILEGES },
		{ { SYS_prlimit64, 2, RLIMIT_CORE },
		  EPERM,
		  CONFINE_PRIVILEGES },
		{ { SYS_prlimit64, 2, RLIMIT_FSIZE }, EPERM, CONFINE_FILES },
		{ { SYS_prlimit64, 2, RLIMIT_NPROC },
		  EPERM,
		  CONFINE_PROCESSES },
		{ { SYS_prlimit64, 2, RLIMIT_NOFILE },
		  EPERM,
		  CONFINE_DESCRIPTORS },
		{ { SYS_prctl, 1, PR_SET_SECCOMP }, EINVAL, CONFINE_CALLS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		refused = cases[i].rule;
		refused_error = cases[i].error;
		if (start(&client, refuse, NULL) != cases[i].missing)
			fail_msg("case %zu", i);
		read_proc("status");
		if (!(cases[i].missing & CONFINE_USER))
			assert_field("Uid:\t65501\t65501\t65501\t65501");
		if (!(cases[i].missing & CONFINE_CAPABILITIES))
			assert_no_capabilities();
		if (!(cases[i].missing & CONFINE_CALLS))
			assert_field("Seccomp_filters:\t2");
		assert_field("CapEff:\t0000000000000000");
		go_on();
		assert_exits();
	}
}

/* A kernel without CONFIG_SECCOMP_FILTER, or without CONFIG_SECCOMP. */
static void test_kernel_without_filters_is_named(void **state)
{
	char text[CONFINE_MISSING_MAX];
	struct writer writer;

	(void)state;
	refused = (struct syscall_rule){ SYS_prctl, 1, PR_SET_SECCOMP };
	refused_error = EINVAL;
	writer_init(&writer, text, sizeof(text));
	confine_put_missing(&writer, start(&client, refuse, look_around));
	assert_string_equal(text_end(&writer),
			    "system calls (no CONFIG_SECCOMP_FILTER)");
	go_on();
	assert_exits();
}

static void test_text(void **state)
{
	char text[CONFINE_MISSING_MAX];
	struct writer writer;

	(void)state;
	writer_init(&writer, text, sizeof(text));
	confine_put_missing(&writer, 0);
	assert_int_equal(writer_len(&writer), 0);
	confine_put_missing(&writer, CONFINE_ROOT | CONFINE_DESCRIPTORS);
	assert_string_equal(text_end(&writer), "root directory, descriptors");
	writer_init(&writer, text, sizeof(text) - 1);
	confine_put_missing(&writer, CONFINE_ALL);
	assert_false(writer_failed(&writer));
}

#define ROOT_TEST(name) cmocka_unit_test_setup(name, need_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_status),
		ROOT_TEST(test_what_is_allowed_works),
		ROOT_TEST(test_stopped_and_continued),
		ROOT_TEST(test_every_other_call_kills),
		ROOT_TEST(test_discover_opens_no_other_socket),
#ifdef __x86_64__
		ROOT_TEST(test_x32_kills),
		ROOT_TEST(test_other_architecture_kills),
#endif
		ROOT_TEST(test_without_filter),
		ROOT_TEST(test_empty_root),
		ROOT_TEST(test_files_do_not_grow),
		ROOT_TEST(test_not_root),
		ROOT_TEST(test_manager),
		ROOT_TEST(test_manager_starts_clients),
		ROOT_TEST(test_parts_that_fail),
		ROOT_TEST(test_kernel_without_filters_is_named),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
