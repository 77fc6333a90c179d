/* See process.h. */
#include "init/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "init/console.h"
#include "init/memory.h"
#include "init/supervise.h"

void process_reset_signals(void)
{
	/* Beside faults, what this program or who starts it may have set. Of
	 * the 64 that there are, as each is a call. */
	static const int others[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGUSR1,
				      SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
				      SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < SIGNALS_FAULTS; i++)
		sigaction(signals_faults[i], &action, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		sigaction(others[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_descriptors(const struct process_spec *spec)
{
	int input = spec->input;

	setsid();
	if (input < 0)
		input = open("/dev/null", O_RDONLY);
	if (input >= 0)
		dup2(input, STDIN_FILENO);
	/* Above 2 all of PID 1's are close-on-exec, and so are the pipes. */
	if (spec->output >= 0)
		dup2(spec->output, STDOUT_FILENO);
}

static void interrupted(int signo UNUSED)
{
}

void process_drain(int fd, unsigned int seconds)
{
	/* Without SA_RESTART: it is there to end tcdrain(). */
	struct sigaction alarmed = { .sa_handler = interrupted };

	sigaction(SIGALRM, &alarmed, NULL);
	alarm(seconds);
	(void)tcdrain(fd);
	alarm(0);
}

/*
 * The kernel hangs a terminal up when its session's leader ends, and throws
 * away what a slow one has not sent yet. So the leader is a process that
 * outlives the command until its output is out, whatever is sent to all of
 * the session. Returns in the command.
 */
static void lead_session(void)
{
	static const int ignored[] = { SIGHUP,	SIGINT,	 SIGQUIT,
				       SIGTERM, SIGTSTP, SIGTTOU };
	int status;
	pid_t pid;

	pid = _Fork();
	if (pid <= 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	/* PID 1 sees this process end and not that one. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
	    memory_was_short(pid))
		log_warning("the machine ran out of memory");
	process_drain(STDOUT_FILENO, PROCESS_DRAIN_S);
	_exit(supervise_exit_code(status));
}

/* PID 1 has no more. */
#define DESCRIPTORS_MAX 128

/* Linux 5.9; each one by itself before. */
static void close_range_of(int first, int last)
{
	if (first > last || syscall(SYS_close_range, (unsigned int)first,
				    (unsigned int)last, 0) == 0)
		return;
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

/* The lowest descriptor from FIRST on that is kept, or DESCRIPTORS_MAX. */
static int next_kept(const struct process_spec *spec, int first)
{
	int next = DESCRIPTORS_MAX;

	for (unsigned int i = 0; i < spec->n_kept; i++) {
		if (spec->kept[i] >= first && spec->kept[i] < next)
			next = spec->kept[i];
	}
	return next;
}

static void close_others(const struct process_spec *spec)
{
	int first = STDERR_FILENO + 1;

	while (first < DESCRIPTORS_MAX) {
		int kept = next_kept(spec, first);

		close_range_of(first, kept - 1);
		first = kept + 1;
	}
}

/* As execve() would, for what the rest of the system sees of it. */
static NORETURN void run_function(const struct process_spec *spec)
{
	int argc = 0;

	while (spec->argv[argc])
		argc++;
	log_close_kmsg();
	close_others(spec);
	prctl(PR_SET_NAME, spec->argv[0]);
	_exit(spec->serve ? spec->serve(spec->owner) :
			    spec->run(argc, (char **)spec->argv));
}

static NORETURN void run_child(const struct process_spec *spec)
{
	int r;

	memory_unprotect();
	if (spec->terminal) {
		r = console_take(spec->terminal);
		if (r < 0)
			log_error("cannot open %s: %s", spec->terminal,
				  strerror(-r));
		if (spec->window)
			console_fit(spec->window, spec->asked);
		if (spec->drain)
			lead_session();
	} else {
		set_descriptors(spec);
	}
	if (spec->directory && chdir(spec->directory) < 0)
		log_debug("chdir %s: %s", spec->directory, strerror(errno));
	if (spec->run || spec->serve)
		run_function(spec);
	/* execve() takes what it does not change as not const. */
	execve(spec->path, (char *const *)spec->argv,
	       (char *const *)spec->envp);
	r = errno;
	log_error("cannot start %s: %s", spec->path, strerror(r));
	_exit(r == ENOENT ? 127 : 126);
}

int process_fork(void)
{
	sigset_t all, old;
	pid_t pid;
	int r;

	/* No handler of PID 1's may run in the child and write to its pipe. */
	signals_fill(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	/* fork() is for programs with threads, and brings their locks along. */
	pid = _Fork();
	if (pid == 0) {
		process_reset_signals();
		return 0;
	}
	r = pid < 0 ? -errno : (int)pid;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

int process_start(const struct process_spec *spec)
{
	int pid = process_fork();

	if (pid == 0)
		run_child(spec);
	return pid;
}
