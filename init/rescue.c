/* See rescue.h. */
#include "init/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/reader.h"
#include "base/signals.h"
#include "base/text.h"
#include "init/exit_port.h"
#include "init/power.h"
#include "init/process.h"
#include "init/shell.h"
#include "init/status.h"
#include "init/supervise.h"

/* How long a console that takes nothing holds us up, and how long disks and
 * consoles may take before a reboot. */
#define CONSOLE_MS 1000
#define SYNC_MS 3000
/* A console that somebody has is tried again so long after an orphan's end:
 * whoever has it is an orphan of ours then. */
#define BUSY_MS 250
/* Pipes of children that are read, so that nobody waits for us. */
#define PIPES_MAX 16
#define DESCRIPTORS_MAX 256

static const int obeyed[] = { SIGCHLD, SIGUSR1, SIGUSR2, SIGINT, SIGTERM };

/* Written by the handler below, read by the loop. */
static volatile sig_atomic_t told[NSIG];

static void note(int signo)
{
	told[signo] = 1;
}

/* fork() without libc's handlers and locks. -errno or the pid. */
static int fork_raw(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	return pid < 0 ? -errno : (int)pid;
}

void rescue_prepare(void)
{
	static const struct rlimit descriptors = { 1024, 4096 };

	(void)prlimit(0, RLIMIT_NOFILE, &descriptors, NULL);
}

/* Talking. */

static void write_patiently(int fd, struct span text)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	static const struct timespec patience = { CONSOLE_MS / 1000, 0 };
	struct reader reader;

	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		ssize_t n = write(fd, reader.pos, reader_left(&reader));

		if (n > 0) {
			reader_skip(&reader, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return;
		if (ppoll(&poll_fd, 1, &patience, NULL) <= 0)
			return;
	}
}

static int open_console(const struct rescue *rescue, unsigned int index)
{
	return open(rescue->consoles.paths[index],
		    O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/* A record a line. As warnings: a kernel that is quiet shows errors on the
 * console, where these are already. */
static void say_to_kernel(struct span text)
{
	int fd AUTO_CLOSE = open("/dev/kmsg",
				 O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct reader reader;

	reader_from_span(&reader, text);
	while (fd >= 0 && reader_left(&reader) > 0) {
		struct span line = reader_until(&reader, '\n');
		struct writer record;
		char buffer[512];

		if (line.len == 0 || line.len > sizeof(buffer) - 32)
			continue;
		writer_init(&record, buffer, sizeof(buffer));
		text_put(&record, "<4>init[1]: ");
		writer_put(&record, line);
		text_put(&record, "\n");
		write_patiently(fd, writer_span(&record));
	}
}

void rescue_say(const struct rescue *rescue, const char *text)
{
	unsigned int n_told = 0;

	for (unsigned int i = 0; i < rescue->consoles.n; i++) {
		int fd AUTO_CLOSE = open_console(rescue, i);

		if (fd < 0)
			continue;
		write_patiently(fd, span_of(text));
		n_told++;
	}
	if (n_told == 0)
		write_patiently(STDERR_FILENO, span_of(text));
	say_to_kernel(span_of(text));
}

/* Ending. */

bool rescue_tell_host(void)
{
	static bool has_told;

	if (!has_told)
		has_told = power_report_status(STATUS_CRASHED) == 0;
	return has_told;
}

static void write_out(const struct rescue *rescue)
{
	sync();
	for (unsigned int i = 0; i < rescue->consoles.n; i++) {
		int fd AUTO_CLOSE = open_console(rescue, i);

		if (fd >= 0)
			(void)tcdrain(fd);
	}
}

void rescue_reboot(const struct rescue *rescue, int command)
{
	static const struct timespec limit = { SYNC_MS / 1000, 0 };
	int fds[2];

	/* Either may hang: so another process does it, whose end closes the
	 * pipe. */
	if (fd_pipe(fds) == 0) {
		struct pollfd poll_fd = { .fd = fds[0], .events = POLLIN };
		int pid = fork_raw();

		if (pid == 0) {
			process_reset_signals();
			write_out(rescue);
			_exit(0);
		}
		fd_close(&fds[1]);
		while (pid > 0 && ppoll(&poll_fd, 1, &limit, NULL) < 0 &&
		       errno == EINTR)
			continue;
		fd_close(&fds[0]);
	}
	/* A machine that is to start again, or to halt, is not to end. */
	if (!rescue_tell_host() && rescue->exit_port && command == RB_POWER_OFF)
		(void)!exit_port_write(rescue->exit_port, STATUS_CRASHED);
	reboot(command);
}

/* The shells. */

struct rescuer {
	const struct rescue *rescue;
	const char *shell;
	const char *why;
	struct supervise shells[CONSOLES_MAX];
	int busy[CONSOLES_MAX]; /* a pipe: readable when it was so */
	int64_t retry;		/* when busy ones are tried again */
	struct pollfd pipes[PIPES_MAX];
	unsigned int n_pipes;
};

/* In the child. A session that lives has the console: that is not disturbed,
 * and it is said to the parent by a byte. */
static NORETURN void run_shell(const struct rescuer *rescuer,
			       unsigned int index, int busy)
{
	static const char *const argv[] = { "-sh", NULL };
	const char *path = rescuer->rescue->consoles.paths[index];
	const char *const environment[] = { consoles_is_virtual(path) ?
						    "TERM=linux" :
						    "TERM=vt220",
					    SHELL_ENVIRONMENT, NULL };
	int fd;

	process_reset_signals();
	setsid();
	fd = open_console(rescuer->rescue, index);
	if (fd < 0)
		_exit(1);
	if (ioctl(fd, TIOCSCTTY, 0) < 0 && errno == EPERM) {
		/* One byte into an empty pipe. */
		(void)!write(busy, "", 1);
		_exit(0);
	}
	if (console_take(path) < 0)
		_exit(1);
	write_patiently(STDOUT_FILENO, span_of(rescuer->why));
	if (chdir("/root") < 0)
		(void)chdir("/");
	execve(rescuer->shell, (char *const *)argv, (char *const *)environment);
	_exit(126);
}

static void start_shell(struct rescuer *rescuer, unsigned int index,
			int64_t now)
{
	struct supervise *shell = &rescuer->shells[index];
	int fds[2] = { -1, -1 };
	int pid;

	fd_close(&rescuer->busy[index]);
	pid = fd_pipe(fds);
	if (pid == 0)
		pid = fork_raw();
	if (pid == 0)
		run_shell(rescuer, index, fds[1]);
	fd_close(&fds[1]);
	rescuer->busy[index] = fds[0];
	if (pid > 0)
		supervise_started(shell, pid, now);
	else
		supervise_failed(shell, now);
}

static void tell_end(const struct rescuer *rescuer, unsigned int index,
		     int status, int64_t now)
{
	struct writer writer;
	char buffer[192];

	writer_init(&writer, buffer, sizeof(buffer));
	text_put(&writer, "init: the rescue shell on ");
	text_put(&writer, rescuer->rescue->consoles.paths[index]);
	text_put(&writer, " ");
	supervise_put_status(&writer, &rescuer->shells[index], status, now);
	text_put(&writer, "\n");
	rescue_say(rescuer->rescue, text_end(&writer));
}

static void shell_ended(struct rescuer *rescuer, unsigned int index, int status,
			int64_t now)
{
	struct supervise *shell = &rescuer->shells[index];
	char byte;

	if (read(rescuer->busy[index], &byte, 1) == 1) {
		/* Until an orphan ends. */
		supervise_unwant(shell, now);
		supervise_exited(shell, status, now);
		(void)supervise_next(shell);
		return;
	}
	supervise_exited(shell, status, now);
	tell_end(rescuer, index, status, now);
}

static void reap(struct rescuer *rescuer, int64_t now)
{
	int status, pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		unsigned int i = 0;

		while (i < rescuer->rescue->consoles.n &&
		       rescuer->shells[i].pid != pid)
			i++;
		if (i < rescuer->rescue->consoles.n)
			shell_ended(rescuer, i, status, now);
		else if (rescuer->retry == CLOCK_NEVER)
			rescuer->retry = now + BUSY_MS;
	}
}

/* Starts what is due; returns when something is next. */
static int64_t keep_shells(struct rescuer *rescuer, int64_t now)
{
	bool again = now >= rescuer->retry;
	int64_t due;

	if (!rescuer->shell)
		return CLOCK_NEVER;
	if (again)
		rescuer->retry = CLOCK_NEVER;
	due = rescuer->retry;
	for (unsigned int i = 0; i < rescuer->rescue->consoles.n; i++) {
		struct supervise *shell = &rescuer->shells[i];

		if (again)
			supervise_want(shell, now);
		supervise_tick(shell, now);
		if (supervise_next(shell) == SUPERVISE_START)
			start_shell(rescuer, i, now);
		if (shell->due < due)
			due = shell->due;
	}
	return due;
}

/* The reading ends of pipes that there are: children report on them. */
static void find_pipes(struct rescuer *rescuer)
{
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++) {
		int flags = fcntl(fd, F_GETFL);
		struct stat info;

		if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY ||
		    fstat(fd, &info) < 0 || !S_ISFIFO(info.st_mode))
			continue;
		if (rescuer->n_pipes == PIPES_MAX)
			break;
		rescuer->pipes[rescuer->n_pipes++] =
			(struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

static void read_pipes(struct rescuer *rescuer)
{
	char buffer[1024];

	for (unsigned int i = 0; i < rescuer->n_pipes; i++) {
		struct pollfd *pipe = &rescuer->pipes[i];

		if (pipe->fd < 0 || !pipe->revents)
			continue;
		if (read(pipe->fd, buffer, sizeof(buffer)) == 0)
			pipe->fd = -1;
	}
}

/* Until a signal, a pipe, or DUE. */
static void wait_until(struct rescuer *rescuer, int64_t due, int64_t now)
{
	struct timespec timeout, *limit = NULL;
	sigset_t none;
	int n;

	if (due != CLOCK_NEVER) {
		int64_t ms = due > now ? due - now : 0;

		timeout.tv_sec = (time_t)(ms / 1000);
		timeout.tv_nsec = (long)(ms % 1000) * 1000000;
		limit = &timeout;
	}
	sigemptyset(&none);
	n = ppoll(rescuer->pipes, rescuer->n_pipes, limit, &none);
	if (n > 0)
		read_pipes(rescuer);
	else if (n < 0 && errno != EINTR)
		rescuer->n_pipes = 0; /* better without than in circles */
}

static void obey(const struct rescue *rescue)
{
	int command = told[SIGUSR1] ? RB_HALT_SYSTEM :
		      told[SIGUSR2] ? RB_POWER_OFF :
				      RB_AUTOBOOT;

	if (!told[SIGUSR1] && !told[SIGUSR2] && !told[SIGINT] && !told[SIGTERM])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(obeyed); i++)
		told[obeyed[i]] = 0;
	rescue_reboot(rescue, command);
	rescue_say(rescue, "init: the kernel does not switch off; you may\n");
}

static void take_signals(void)
{
	struct sigaction action = { .sa_handler = note };

	signals_fill(&action.sa_mask);
	sigprocmask(SIG_BLOCK, &action.sa_mask, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(obeyed); i++)
		sigaction(obeyed[i], &action, NULL);
}

static void init_rescuer(struct rescuer *rescuer, const struct rescue *rescue,
			 bool shells, const char *why)
{
	memset(rescuer, 0, sizeof(*rescuer));
	rescuer->rescue = rescue;
	rescuer->why = why;
	rescuer->retry = CLOCK_NEVER;
	for (unsigned int i = 0; i < CONSOLES_MAX; i++) {
		rescuer->busy[i] = -1;
		supervise_init(&rescuer->shells[i], SUPERVISE_ALWAYS);
	}
	find_pipes(rescuer);
	if (!shells)
		return;
	rescuer->shell = shell_find();
	rescuer->retry = 0;
	if (!rescuer->shell) {
		char buffer[512];
		struct writer writer;

		writer_init(&writer, buffer, sizeof(buffer));
		text_put(&writer, "init: ");
		shell_put_missing(&writer);
		text_put(&writer, "\n");
		rescue_say(rescue, text_end(&writer));
	}
}

void rescue_run(const struct rescue *rescue, bool shells, const char *why)
{
	struct rescuer rescuer;

	take_signals();
	init_rescuer(&rescuer, rescue, shells, why);
	for (;;) {
		int64_t now = clock_ms();

		told[SIGCHLD] = 0;
		reap(&rescuer, now);
		obey(rescue);
		wait_until(&rescuer, keep_shells(&rescuer, now), now);
	}
}

void rescue_freeze(void)
{
	struct sigaction action = { .sa_handler = note };
	sigset_t set;

	signals_fill(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGCHLD, &action, NULL);
	sigdelset(&set, SIGCHLD);
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		sigsuspend(&set);
	}
}
