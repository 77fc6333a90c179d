/*
 * What process 1 has to bear, done to it by root. It runs inside of a booted
 * machine; the addresses of functions are offsets into /init's file.
 *
 *	poke pc OFFSET      process 1 goes on there, as if it were called
 *	poke null           it jumps to address 0
 *	poke data           it jumps into its own data
 *	poke stack          its stack pointer is 16, and it jumps to 0
 *	poke assert OFFSET  it calls __assert_fail(), which is there
 *	poke files N        it may have N descriptors
 *	poke orphans N      N processes end that nobody waits for; then how
 *			    many are left that are not reaped
 *	poke signals N      it gets N signals of all kinds, while children
 *			    of its end
 *	poke nameless PATH  becomes PATH, with no argument at all
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"

static NORETURN void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Where /init's first mapping, or with WRITABLE the first that can be written
 * to, is in process 1. */
static uint64_t find_mapping(bool writable)
{
	FILE *maps = fopen("/proc/1/maps", "re");
	char line[512], mode[8];
	uint64_t start;

	if (!maps)
		die("/proc/1/maps");
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNx64 "-%*x %7s", &start, mode) != 2 ||
		    !strstr(line, "/init"))
			continue;
		if (writable && mode[1] != 'w')
			continue;
		fclose(maps);
		return start;
	}
	errno = ENOENT;
	die("/init in /proc/1/maps");
}

static uint64_t offset_of(const char *text)
{
	return find_mapping(false) + strtoull(text, NULL, 16);
}

/* What the call of a function looks like; 0 leaves a value as it is. */
struct call {
	uint64_t pc, sp;
	const char *arguments[4]; /* the third is a number, 77 */
};

/* TEXT below process 1's stack; its address there. */
static uint64_t put_text(uint64_t *sp, const char *text)
{
	char padded[64] = { 0 };

	*sp -= sizeof(padded);
	snprintf(padded, sizeof(padded), "%s", text);
	for (size_t i = 0; i < sizeof(padded); i += sizeof(long)) {
		long word;

		memcpy(&word, padded + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, 1, *sp + i, word) < 0)
			die("POKEDATA");
	}
	return *sp;
}

static void set_registers(struct user_regs_struct *registers,
			  const struct call *call)
{
	uint64_t values[4] = { 0 };
#if defined(__aarch64__)
	uint64_t sp = registers->sp;
#else
	uint64_t sp = registers->rsp;
#endif

	/* What lies below it on x86_64 is in use too. */
	sp = (sp - 128) & ~(uint64_t)15;
	for (unsigned int i = 0; i < 4 && call->arguments[i]; i++)
		values[i] = i == 2 ? 77 : put_text(&sp, call->arguments[i]);
	if (call->sp)
		sp = call->sp;
#if defined(__aarch64__)
	registers->regs[30] = registers->pc;
	registers->sp = sp;
	registers->pc = call->pc;
	memcpy(registers->regs, values, sizeof(values));
#else
	if (!call->sp) {
		sp -= 8; /* the return address */
		if (ptrace(PTRACE_POKEDATA, 1, sp, registers->rip) < 0)
			die("POKEDATA");
	}
	registers->rsp = sp;
	registers->rip = call->pc;
	registers->rdi = values[0];
	registers->rsi = values[1];
	registers->rdx = values[2];
	registers->rcx = values[3];
	/* Else the kernel would go back to the call that it was in. */
	registers->orig_rax = (unsigned long long)-1;
#endif
}

/* Stops process 1, and not inside of libc's _Fork(), which blocks all signals
 * for the time of one system call: there it has no code that could fault, and
 * the kernel would kill it. */
static void stop(void)
{
	uint64_t blocked;
	int status;

	for (;;) {
		if (ptrace(PTRACE_SEIZE, 1, 0, 0) < 0)
			die("SEIZE");
		if (ptrace(PTRACE_INTERRUPT, 1, 0, 0) < 0)
			die("INTERRUPT");
		if (waitpid(1, &status, __WALL) != 1)
			die("waitpid");
		if (ptrace(PTRACE_GETSIGMASK, 1, sizeof(blocked), &blocked) < 0)
			die("GETSIGMASK");
		if (!(blocked >> (SIGSEGV - 1) & 1))
			return;
		if (ptrace(PTRACE_DETACH, 1, 0, 0) < 0)
			die("DETACH");
		sched_yield();
	}
}

static void make_call(const struct call *call)
{
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };

	stop();
	if (ptrace(PTRACE_GETREGSET, 1, NT_PRSTATUS, &vector) < 0)
		die("GETREGSET");
	set_registers(&registers, call);
	if (ptrace(PTRACE_SETREGSET, 1, NT_PRSTATUS, &vector) < 0)
		die("SETREGSET");
	if (ptrace(PTRACE_DETACH, 1, 0, 0) < 0)
		die("DETACH");
}

static void limit_files(const char *number)
{
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max = strtoul(number, NULL, 10);
	if (prlimit(1, RLIMIT_NOFILE, &limit, NULL) < 0)
		die("prlimit");
}

/* How many processes are dead and not reaped. */
static unsigned int count_zombies(void)
{
	unsigned int n = 0;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		die("/proc");
	while ((entry = readdir(proc))) {
		char path[300], line[512], state = 0;
		FILE *file;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) && strrchr(line, ')'))
			sscanf(strrchr(line, ')'), ") %c", &state);
		fclose(file);
		n += state == 'Z';
	}
	closedir(proc);
	return n;
}

/* Each middle process leaves a hundred orphans to process 1, some of them
 * dead already. All hold the pipe: its end says that every one has died. */
static void make_orphans(unsigned int n)
{
	struct timespec dead, reaped;
	unsigned int n_zombies, n_looks = 0;
	int fds[2];
	char byte;

	if (pipe(fds) < 0)
		die("pipe");
	for (unsigned int i = 0; i < n; i += 100) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			close(fds[0]);
			for (unsigned int k = i; k < n && k < i + 100; k++) {
				/* vfork() is quick, and its child is dead
				 * before it is an orphan. */
				pid = k % 10 == 0 ? fork() : vfork();
				if (pid < 0)
					die("fork");
				if (pid == 0)
					_exit(0);
			}
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	close(fds[1]);
	(void)!read(fds[0], &byte, 1);
	clock_gettime(CLOCK_MONOTONIC, &dead);
	/* The end of the last one is not its reaping. */
	do {
		n_zombies = count_zombies();
	} while (n_zombies > 0 && ++n_looks < 100);
	clock_gettime(CLOCK_MONOTONIC, &reaped);
	/* The time is for people to read; no test judges it. */
	printf("orphans=%u zombies=%u ms=%ld\n", n, n_zombies,
	       (long)(reaped.tv_sec - dead.tv_sec) * 1000 +
		       (reaped.tv_nsec - dead.tv_nsec) / 1000000);
}

/* All signals but those that end the machine, or are told to be a crash. */
static bool is_sent(int signo)
{
	static const int others[] = { SIGUSR1, SIGUSR2, SIGTERM, SIGINT,
				      SIGSEGV, SIGBUS,	SIGILL,	 SIGFPE,
				      SIGABRT, SIGSYS,	SIGTRAP };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (others[i] == signo)
			return false;
	}
	return true;
}

static void send_signals(unsigned int n)
{
	unsigned int n_sent = 0, n_refused = 0;

	for (unsigned int i = 0; i < n; i++) {
		int signo = 1 + (int)(i % 64);

		if (!is_sent(signo))
			continue;
		/* musl keeps some to itself; the kernel's call does not. */
		if (kill(1, signo) < 0)
			n_refused++;
		else
			n_sent++;
		if (i % 1000 == 0) {
			/* An orphan, whose end is told meanwhile. */
			pid_t pid = fork();

			if (pid == 0) {
				(void)!fork();
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
	}
	printf("sent=%u refused=%u\n", n_sent, n_refused);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	const char *word = argc > 2 ? argv[2] : "0";
	struct call call = { 0 };

	if (strcmp(verb, "pc") == 0) {
		call.pc = offset_of(word);
	} else if (strcmp(verb, "null") == 0) {
		call.pc = 0;
	} else if (strcmp(verb, "data") == 0) {
		call.pc = find_mapping(true) + 64;
	} else if (strcmp(verb, "stack") == 0) {
		call.sp = 16;
	} else if (strcmp(verb, "assert") == 0) {
		call = (struct call){
			.pc = offset_of(word),
			.arguments = { "n < \x1b[31mMAX", "poke.c", "",
				       "poked" },
		};
	} else if (strcmp(verb, "files") == 0) {
		limit_files(word);
		return 0;
	} else if (strcmp(verb, "orphans") == 0) {
		make_orphans((unsigned int)strtoul(word, NULL, 10));
		return 0;
	} else if (strcmp(verb, "signals") == 0) {
		send_signals((unsigned int)strtoul(word, NULL, 10));
		return 0;
	} else if (strcmp(verb, "nameless") == 0) {
		execve(word, (char *[]){ NULL }, (char *[]){ NULL });
		die(word);
	} else {
		fputs("poke: see its source\n", stderr);
		return 2;
	}
	make_call(&call);
	return 0;
}
