/* See process.h. */
#include "init/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/console.h"
#include "init/supervise.h"

static void reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		sigaction(signo, &action, NULL);
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

/* How long a terminal may take to show what was written to it. */
#define DRAIN_S 10

static void interrupted(int signo UNUSED)
{
}

/*
 * The kernel hangs a terminal up when its session's leader ends, and throws
 * away what a slow one has not sent yet. So the leader is a process that
 * outlives the command until its output is out. Returns in the command.
 */
static void lead_session(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTOU };
	/* Without SA_RESTART: it is there to end tcdrain(). */
	struct sigaction alarmed = { .sa_handler = interrupted };
	int status;
	pid_t pid;

	pid = fork();
	if (pid <= 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGALRM, &alarmed, NULL);
	alarm(DRAIN_S);
	(void)tcdrain(STDOUT_FILENO);
	alarm(0);
	_exit(supervise_exit_code(status));
}

static NORETURN void run_child(const struct process_spec *spec)
{
	int r;

	reset_signals();
	if (spec->terminal) {
		r = console_take(spec->terminal);
		if (r < 0)
			log_error("cannot open %s: %s", spec->terminal,
				  strerror(-r));
		if (spec->drain)
			lead_session();
	} else {
		set_descriptors(spec);
	}
	if (spec->directory && chdir(spec->directory) < 0)
		log_debug("chdir %s: %s", spec->directory, strerror(errno));
	/* execve() takes what it does not change as not const. */
	execve(spec->path, (char *const *)spec->argv,
	       (char *const *)spec->envp);
	r = errno;
	log_error("cannot start %s: %s", spec->path, strerror(r));
	_exit(r == ENOENT ? 127 : 126);
}

int process_start(const struct process_spec *spec)
{
	sigset_t all, old;
	pid_t pid;
	int r;

	/* No handler of PID 1's may run in the child and write to its pipe. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = fork();
	if (pid == 0)
		run_child(spec);
	r = pid < 0 ? -errno : (int)pid;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
