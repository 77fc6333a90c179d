/*
 * Boots /init again and again, and each time one system call of PID 1 fails.
 *
 *   inject                          every call, error and mode
 *   inject CALL ERROR once|always   one of them, with all that init says
 *   inject CALL ERROR N             only the Nth such call
 *   inject sweep ERROR              each single call that is made, which takes
 *                                   some minutes
 *
 * It runs as root in a machine that /init has booted. For each run a process
 * in new PID, mount, network, UTS and IPC namespaces gets a pseudo-terminal
 * as its /dev/console, and in place of the devices behind that, and executes
 * /init, which is PID 1 there. That process alone is traced, its
 * children never: at the entry of the chosen call the number becomes that of
 * no call, and at its exit the error is put into the result.
 *
 * A first run without an error collects the calls that PID 1 makes, so the
 * list is complete. `once` is the first call after exec; `always` is all of
 * them, as in a kernel that lacks the call or forbids it.
 *
 * A run is good when a prompt comes, a command typed there gives its output,
 * and `poweroff` ends the namespace.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "base/compiler.h"

#define CALLS_MAX 512
#define ALWAYS 0
/* Far from what any run takes. */
#define LIMIT_MS 10000

#define TYPED "echo al''ive\n"
#define ANSWER "alive"
#define PROMPT "# "

struct call_name {
	unsigned int number;
	const char *name;
};

static const struct call_name names[] = {
#include "syscalls.h"
};

/* What is left out of a mode, and why. */
struct exception {
	const char *name;
	const char *why;
};

static const struct exception never[] = {
	{ "arch_prctl", "libc ends a program that has no thread pointer" },
	{ "exit_group", "does not return" },
	{ "rt_sigreturn", "has no result: it leaves a signal's handler" },
};

static const struct exception never_always[] = {
	{ "read", "nothing could be told by anybody" },
	{ "write", "nothing could be told to anybody" },
	{ "clone", "no shell without a process for it" },
	{ "fork", "no shell without a process for it" },
	{ "wait4", "each step of the end takes all of its time" },
};

/* Runs that end at a shell, and not by `poweroff`. */
static const struct exception no_end[] = {
	{ "reboot", "it is what ends them" },
	{ "rt_sigaction", "the signal of `poweroff` is not heard" },
};

enum phase { PHASE_BOOTING, PHASE_TYPED, PHASE_ENDING };

static const char *const phase_words[] = {
	"no prompt",
	"no answer to what was typed",
	"`poweroff` did not end it",
};

struct run {
	long call;
	int error;	  /* 0: none */
	unsigned int nth; /* which call fails, from 1; ALWAYS: all */
	bool ends;	  /* `poweroff` works */

	pid_t pid;
	int terminal;
	enum phase phase;
	bool traced; /* /init has been executed */
	bool hit;    /* the error is to be put in at the exit */
	unsigned int n_hits;
	unsigned int seen[CALLS_MAX];
	size_t len, mark;
	char said[32768];
};

static NORETURN void die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(2);
}

static const char *call_name(long call)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == (unsigned long)call)
			return names[i].name;
	}
	return "unknown";
}

static bool is_in(const struct exception *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, name) == 0)
			return true;
	}
	return false;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The registers of a process that has stopped at a call. */

/* A tracee may be killed at any time; what is asked of it then does not matter,
 * and waitpid() tells of its end. */
static void check_trace(long r, const char *what)
{
	if (r < 0 && errno != ESRCH)
		die(what);
}

#if defined(__aarch64__)
static void set_call(pid_t pid, int number)
{
	struct iovec part = { &number, sizeof(number) };

	check_trace(ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part),
		    "setting the call");
}

struct registers {
	uint64_t x[31], sp, pc, pstate;
};
#define RESULT(registers) ((registers).x[0])
#else
struct registers {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx,
		rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss, fs_base, gs_base,
		ds, es, fs, gs;
};
#define RESULT(registers) ((registers).rax)
#endif

static void get_registers(pid_t pid, struct registers *ret_registers)
{
	struct iovec part = { ret_registers, sizeof(*ret_registers) };

	memset(ret_registers, 0, sizeof(*ret_registers));
	check_trace(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part),
		    "reading registers");
}

static void set_registers(pid_t pid, struct registers *registers)
{
	struct iovec part = { registers, sizeof(*registers) };

	check_trace(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part),
		    "writing registers");
}

#if !defined(__aarch64__)
static void set_call(pid_t pid, int number)
{
	struct registers registers;

	get_registers(pid, &registers);
	registers.orig_rax = (uint64_t)number;
	set_registers(pid, &registers);
}
#endif

static void set_result(pid_t pid, int error)
{
	struct registers registers;

	get_registers(pid, &registers);
	RESULT(registers) = (uint64_t)-error;
	set_registers(pid, &registers);
}

/* The process that becomes /init. */

static void must(int r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
		_exit(120);
	}
}

/* The devices behind /dev/console, on one of which the shell would be. /dev
 * is mounted already, so that /init's own mount leaves these as they are. */
static void replace_consoles(const char *terminal)
{
	FILE *active = fopen("/sys/class/tty/console/active", "r");
	char name[64], path[80];

	must(active ? 0 : -1, "the kernel's consoles");
	must(mount(terminal, "/dev/console", NULL, MS_BIND, NULL),
	     "/dev/console");
	while (fscanf(active, "%63s", name) == 1) {
		snprintf(path, sizeof(path), "/dev/%s", name);
		must(mount(terminal, path, NULL, MS_BIND, NULL), path);
	}
	fclose(active);
}

/* What /init tries when reboot(2) has failed would end the whole machine. /proc
 * is mounted already, so that /init's own mount leaves this as it is. */
static void disarm_sysrq(void)
{
	must(mount("proc", "/proc", "proc", 0, NULL), "/proc");
	must(mount("/dev/null", "/proc/sysrq-trigger", NULL, MS_BIND, NULL),
	     "/proc/sysrq-trigger");
}

static NORETURN void become_init(const char *terminal, int go)
{
	static char *const argv[] = { "/init", NULL };
	static char *const envp[] = { "HOME=/", "TERM=linux", NULL };
	sigset_t none;
	char byte;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	must(setsid(), "setsid");
	must(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	replace_consoles(terminal);
	disarm_sysrq();
	must(sethostname("(none)", 6), "host name");
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	must(fd, "/dev/console");
	/* The tracer is ready when it closes its end. */
	if (read(go, &byte, 1) != 0)
		_exit(120);
	for (int i = 0; i < 3; i++)
		must(dup2(fd, i), "descriptors");
	execve("/init", argv, envp);
	must(-1, "/init");
	_exit(120);
}

static void start(struct run *run, int *ret_slave)
{
	unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
			      CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD;
	const char *name;
	int go[2];

	run->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK |
				     O_CLOEXEC);
	if (run->terminal < 0 || unlockpt(run->terminal) < 0)
		die("pseudo-terminal");
	name = ptsname(run->terminal);
	/* Kept open, so that there always is another side. */
	*ret_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || pipe2(go, O_CLOEXEC) < 0)
		die(name);
	fflush(stdout);
	run->pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	if (run->pid < 0)
		die("clone");
	if (run->pid == 0) {
		close(go[1]);
		become_init(name, go[0]);
	}
	close(go[0]);
	if (ptrace(PTRACE_SEIZE, run->pid, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
			   PTRACE_O_EXITKILL) < 0)
		die("seizing");
	close(go[1]);
}

/* Tracing. */

static void at_call(struct run *run)
{
	struct ptrace_syscall_info info;

	info.op = PTRACE_SYSCALL_INFO_NONE;
	check_trace(
		ptrace(PTRACE_GET_SYSCALL_INFO, run->pid, sizeof(info), &info),
		"looking at a call");
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (run->hit)
			set_result(run->pid, run->error);
		run->hit = false;
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr >= CALLS_MAX)
		return;
	run->seen[info.entry.nr]++;
	if (run->error == 0 || (long)info.entry.nr != run->call ||
	    (run->nth != ALWAYS && run->seen[run->call] != run->nth))
		return;
	set_call(run->pid, -1);
	run->hit = true;
	run->n_hits++;
}

/* A process that has had its one error runs on without us. */
static bool is_done(const struct run *run)
{
	return run->nth != ALWAYS && run->n_hits > 0 && !run->hit;
}

/* Returns whether PID 1 has ended; then *RET_STATUS is how. */
static bool follow(struct run *run, int *ret_status)
{
	int status;

	while (waitpid(run->pid, &status, WNOHANG | __WALL) == run->pid) {
		int request = run->traced ? PTRACE_SYSCALL : PTRACE_CONT;
		long signo = 0;

		if (!WIFSTOPPED(status)) {
			*ret_status = status;
			return true;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			at_call(run);
			if (is_done(run))
				request = PTRACE_DETACH;
		} else if (status >> 8 ==
			   (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
			run->traced = true;
			request = PTRACE_SYSCALL;
		} else if (status >> 16 == 0) {
			signo = WSTOPSIG(status);
		}
		check_trace(ptrace(request, run->pid, 0, signo),
			    "letting it run on");
	}
	return false;
}

/* The terminal. */

static void type(struct run *run, const char *text)
{
	run->mark = run->len;
	if (write(run->terminal, text, strlen(text)) < 0)
		die("typing");
}

static void hear(struct run *run)
{
	size_t room = sizeof(run->said) - 1 - run->len;
	ssize_t n;

	if (room == 0) { /* only the last of it is looked at */
		room = sizeof(run->said) / 2;
		memmove(run->said, run->said + room, run->len - room);
		run->len -= room;
		run->mark = run->mark > room ? run->mark - room : 0;
		room = sizeof(run->said) - 1 - run->len;
	}
	n = read(run->terminal, run->said + run->len, room);
	if (n <= 0)
		return;
	run->len += (size_t)n;
	run->said[run->len] = '\0';
}

/* Types what comes next. Returns whether the run is over. */
static bool converse(struct run *run)
{
	const char *news = run->said + run->mark;

	switch (run->phase) {
	case PHASE_BOOTING:
		if (strstr(news, PROMPT)) {
			type(run, TYPED);
			run->phase = PHASE_TYPED;
		}
		break;
	case PHASE_TYPED:
		news = strstr(news, ANSWER);
		if (news && strstr(news, PROMPT)) {
			if (!run->ends)
				return true;
			type(run, "poweroff\n");
			run->phase = PHASE_ENDING;
		}
		break;
	case PHASE_ENDING:
		break;
	}
	return false;
}

/* Returns what went wrong, or NULL. */
static const char *watch(struct run *run, int children)
{
	int64_t deadline = now_ms() + LIMIT_MS;
	static char words[128];
	int status = 0;

	for (;;) {
		struct pollfd polls[] = {
			{ run->terminal, POLLIN, 0 },
			{ children, POLLIN, 0 },
		};
		int64_t left = deadline - now_ms();
		struct signalfd_siginfo info;

		if (left <= 0)
			return phase_words[run->phase];
		if (poll(polls, 2, (int)left) < 0)
			die("poll");
		if (polls[0].revents & POLLIN)
			hear(run);
		if (polls[1].revents & POLLIN) {
			if (read(children, &info, sizeof(info)) < 0)
				die("signals");
			if (follow(run, &status))
				break;
		}
		if (converse(run))
			return NULL;
	}
	run->pid = -1;
	hear(run);
	/* What reboot(2) does to the PID 1 of a namespace. */
	if (run->phase == PHASE_ENDING && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGINT)
		return NULL;
	snprintf(words, sizeof(words), "PID 1 ended with %s %d",
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return words;
}

static void show(const struct run *run)
{
	bool line_start = true;

	for (size_t i = 0; i < run->len; i++) {
		char byte = run->said[i];

		if (line_start)
			fputs("  | ", stdout);
		line_start = byte == '\n';
		if (byte == '\n' || (byte >= ' ' && byte <= '~'))
			putchar(byte);
		else if (byte != '\r')
			putchar('.');
	}
	if (!line_start)
		putchar('\n');
}

static void print_title(const struct run *run)
{
	if (run->error == 0) {
		printf(" none");
		return;
	}
	printf(" %s %s ", call_name(run->call),
	       run->error == ENOSYS ? "ENOSYS" : "EPERM");
	if (run->nth == ALWAYS)
		printf("always");
	else if (run->nth == 1)
		printf("once");
	else
		printf("%u", run->nth);
}

/* One boot. Returns whether it was good. */
static bool try(struct run *run, int children, bool verbose)
{
	int64_t started = now_ms();
	const char *trouble;
	int slave;

	start(run, &slave);
	trouble = watch(run, children);
	if (run->pid > 0) {
		kill(run->pid, SIGKILL);
		waitpid(run->pid, NULL, __WALL);
	}
	close(run->terminal);
	close(slave);
	if (!trouble && run->error != 0 && run->n_hits == 0)
		trouble = "it was not called";
	printf("%s", trouble ? "FAIL" : "ok");
	print_title(run);
	printf(" (%lld ms, %u)%s%s\n", (long long)(now_ms() - started),
	       run->n_hits, trouble ? ": " : "", trouble ? trouble : "");
	if (trouble || verbose)
		show(run);
	fflush(stdout);
	return !trouble;
}

static bool try_call(long call, int error, unsigned int nth, int children,
		     bool verbose)
{
	static struct run run; /* too large for a stack */

	run = (struct run){ .call = call, .error = error, .nth = nth };
	run.ends = nth != ALWAYS ||
		   !is_in(no_end, ARRAY_SIZE(no_end), call_name(call));
	return try(&run, children, verbose);
}

static void say_exceptions(const char *what, const struct exception *list,
			   size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s %s: %s\n", what, list[i].name, list[i].why);
}

static void say_calls(const struct run *plain)
{
	printf("calls:");
	for (long call = 0; call < CALLS_MAX; call++) {
		if (plain->seen[call] > 0)
			printf(" %s", call_name(call));
	}
	putchar('\n');
	say_exceptions("never", never, ARRAY_SIZE(never));
	say_exceptions("not always", never_always, ARRAY_SIZE(never_always));
	say_exceptions("no end", no_end, ARRAY_SIZE(no_end));
}

static unsigned int try_all(int children)
{
	static const int errors[] = { ENOSYS, EPERM };
	static struct run plain = { .ends = true };
	unsigned int n_failed = 0;

	if (!try(&plain, children, false))
		return 1;
	say_calls(&plain);
	for (long call = 0; call < CALLS_MAX; call++) {
		const char *name = call_name(call);

		if (plain.seen[call] == 0 ||
		    is_in(never, ARRAY_SIZE(never), name))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
			n_failed += !try_call(call, errors[i], 1, children,
					      false);
			if (is_in(never_always, ARRAY_SIZE(never_always), name))
				continue;
			n_failed += !try_call(call, errors[i], ALWAYS, children,
					      false);
		}
	}
	return n_failed;
}

/* Two boots do not make the same calls; a few less are made to fail. */
static unsigned int sweep(int error, int children)
{
	static struct run plain = { .ends = true };
	unsigned int n_failed = 0;

	if (!try(&plain, children, false))
		return 1;
	for (long call = 0; call < CALLS_MAX; call++) {
		if (is_in(never, ARRAY_SIZE(never), call_name(call)))
			continue;
		for (unsigned int nth = 2; nth + 1 < plain.seen[call]; nth++)
			n_failed += !try_call(call, error, nth, children,
					      false);
	}
	return n_failed;
}

static unsigned int try_one(char **argv, int error, int children)
{
	unsigned int nth = (unsigned int)strtoul(argv[3], NULL, 10);

	if (strcmp(argv[3], "once") == 0)
		nth = 1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, argv[1]) == 0)
			return !try_call((long)names[i].number, error, nth,
					 children, true);
	}
	printf("no call has the name %s\n", argv[1]);
	return 1;
}

int main(int argc, char **argv)
{
	int error = argc > 2 && strcmp(argv[2], "EPERM") == 0 ? EPERM : ENOSYS;
	unsigned int n_failed;
	sigset_t child;
	int children;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	children = signalfd(-1, &child, SFD_CLOEXEC);
	if (children < 0)
		die("signalfd");
	if (argc == 1) {
		n_failed = try_all(children);
	} else if (argc == 3 && strcmp(argv[1], "sweep") == 0) {
		n_failed = sweep(error, children);
	} else if (argc == 4) {
		n_failed = try_one(argv, error, children);
	} else {
		fputs("usage: inject [sweep ERROR | CALL ERROR "
		      "once|always|N]; ERROR is ENOSYS or EPERM\n",
		      stderr);
		return 2;
	}
	printf("inject: %u failed\n", n_failed);
	return n_failed > 0;
}
