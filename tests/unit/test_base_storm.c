/*
 * P11 with the kernel's own interruptions: a timer's signals, thousands a
 * second and without SA_RESTART, hit every call that base makes, on pipes
 * that take and give little at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/lines.h"
#include "base/loop.h"
#include "base/signals.h"

#define N_LINES 20000

static volatile sig_atomic_t n_storms, is_calm;

/* The next one comes some time after this one: signals that come faster than a
 * slow machine deals with them would be all that it does. */
static void stormed(int signo)
{
	const struct itimerval soon = { { 0, 0 }, { 0, 100 } };
	int error = errno;

	(void)signo;
	n_storms = n_storms + 1;
	if (!is_calm)
		(void)setitimer(ITIMER_REAL, &soon, NULL);
	errno = error;
}

static void storm(void)
{
	const struct itimerval often = { { 0, 0 }, { 0, 100 } };
	struct sigaction action = { .sa_handler = stormed };

	n_storms = 0;
	is_calm = 0;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static int calm(void **state)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	(void)state;
	is_calm = 1;
	return setitimer(ITIMER_REAL, &never, NULL);
}

/* A pipe that blocks and is small. */
static void make_pipe(int fds[2])
{
	assert_int_equal(pipe(fds), 0);
	(void)fcntl(fds[1], F_SETPIPE_SZ, 4096);
}

static void make_line(char line[32], unsigned int i)
{
	memset(line, 'a' + (int)(i % 26), 31);
	line[31] = '\n';
	for (unsigned int k = 0; k < 6; k++, i /= 10)
		line[5 - k] = (char)('0' + i % 10);
}

/* Writes all lines in blocks larger than the pipe; its status tells. */
static pid_t start_writer(int fds[2])
{
	pid_t pid = fork();
	char block[32 * 250];

	assert_true(pid >= 0);
	if (pid > 0) {
		fd_close(&fds[1]);
		return pid;
	}
	fd_close(&fds[0]);
	storm();
	for (unsigned int i = 0; i < N_LINES; i += 250) {
		for (unsigned int k = 0; k < 250; k++)
			make_line(block + k * 32, i + k);
		if (fd_write(fds[1], block, sizeof(block)) < 0)
			_exit(1);
	}
	/* Else it has shown nothing. */
	_exit(n_storms > 0 ? 0 : 2);
}

static void check_writer(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_p11_writes_and_a_file(void **state)
{
	static char text[N_LINES * 32 + 1];
	char path[64], line[32];
	size_t len;
	int fds[2];
	pid_t pid;

	(void)state;
	make_pipe(fds);
	pid = start_writer(fds);
	storm();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	assert_int_equal(fd_read_file(path, text, sizeof(text), &len), 0);
	calm(NULL);
	assert_true(n_storms > 0);
	assert_int_equal(len, N_LINES * 32);
	for (unsigned int i = 0; i < N_LINES; i++) {
		make_line(line, i);
		assert_memory_equal(text + (size_t)i * 32, line, 32);
	}
	fd_close(&fds[0]);
	check_writer(pid);
}

/* What the loop below owns. */
struct listener {
	struct loop_source source;
	struct lines lines;
	unsigned int n_lines;
	unsigned int n_told; /* of SIGUSR1 */
};

static void ready(struct loop *loop, struct loop_source *source, short revents)
{
	struct listener *listener = source->owner;
	char wanted[32];
	struct span line;
	size_t room;
	void *place = lines_place(&listener->lines, &room);
	/* Small pieces, that end anywhere. */
	ssize_t n = read(source->fd, place, room < 100 ? room : 100);

	(void)revents;
	if (n == 0) {
		loop->stopped = true;
		return;
	}
	if (n < 0) {
		assert_int_equal(errno, EINTR);
		return;
	}
	lines_filled(&listener->lines, (size_t)n);
	while (lines_next(&listener->lines, &line)) {
		make_line(wanted, listener->n_lines++);
		assert_int_equal(line.len, 31);
		assert_memory_equal(line.data, wanted, 31);
	}
}

static void signalled(struct loop *loop, int signo)
{
	struct listener *listener = loop->owner;

	assert_int_equal(signo, SIGUSR1);
	listener->n_told++;
}

static void test_p11_loop(void **state)
{
	struct listener listener = { .source = { .events = POLLIN,
						 .ready = ready } };
	struct loop loop;
	int fds[2];
	pid_t pid;

	(void)state;
	make_pipe(fds);
	pid = start_writer(fds);
	lines_init(&listener.lines);
	assert_int_equal(loop_init(&loop, signalled, &listener), 0);
	assert_int_equal(loop_watch_signal(&loop, SIGUSR1), 0);
	listener.source.fd = fds[0];
	listener.source.owner = &listener;
	assert_int_equal(loop_add(&loop, &listener.source), 0);
	/* Pending before the first turn. */
	assert_int_equal(raise(SIGUSR1), 0);
	storm();
	assert_int_equal(loop_run(&loop), 0);
	calm(NULL);
	assert_true(n_storms > 0);
	assert_int_equal(listener.n_lines, N_LINES);
	assert_int_equal(listener.n_told, 1);
	fd_close(&fds[0]);
	check_writer(pid);
}

/* A fault is never blocked; all else is. */
static void test_p5_faults_are_not_blocked(void **state)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
				      SIGABRT, SIGSYS, SIGTRAP };
	sigset_t set;

	(void)state;
	signals_fill(&set);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		assert_int_equal(sigismember(&set, faults[i]), 0);
	assert_int_equal(ARRAY_SIZE(faults), SIGNALS_FAULTS);
	assert_int_equal(sigismember(&set, SIGCHLD), 1);
	assert_int_equal(sigismember(&set, SIGTERM), 1);
	assert_int_equal(sigismember(&set, SIGRTMAX), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_p11_writes_and_a_file, calm),
		cmocka_unit_test_teardown(test_p11_loop, calm),
		cmocka_unit_test(test_p5_faults_are_not_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
