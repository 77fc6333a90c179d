/* init/net_hooks.c: real programs, in a directory of this test's own. Each
 * tells what it was given in the file "log". */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "init/net_hooks.h"

static char directory[64];
static char messages[4096];
static struct loop loop;
static struct net_hooks hooks;

static void observe(void *owner, enum log_level level, const char *message)
{
	(void)owner;
	if (level > LOG_LEVEL_WARNING)
		return;
	strncat(messages, message, sizeof(messages) - strlen(messages) - 2);
	strcat(messages, "\n");
}

static void signalled(struct loop *of, int signo)
{
	int pid, status;

	assert_int_equal(signo, SIGCHLD);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		assert_true(net_hooks_reaped(&hooks, pid, status));
	of->stopped = !net_hooks_busy(&hooks);
}

static const char *in(const char *name)
{
	static char path[2][128];
	static unsigned int turn;

	turn = !turn;
	text_print(path[turn], sizeof(path[0]), "%s/%s", directory, name);
	return path[turn];
}

static void make_program(const char *name, int mode, const char *text)
{
	char whole[512];

	text_print(whole, sizeof(whole), "#!/bin/sh\nlog=%s/../%s.log\n%s\n",
		   directory, strrchr(directory, '/') + 1, text);
	assert_int_equal(fd_replace_file(in(name), whole, strlen(whole)), 0);
	assert_int_equal(chmod(in(name), (mode_t)mode), 0);
}

static const char *log_path(void)
{
	static char path[80];

	text_print(path, sizeof(path), "%s.log", directory);
	return path;
}

static void expect_log(const char *wanted)
{
	char text[4096] = "";
	size_t len;

	(void)!fd_read_file(log_path(), text, sizeof(text), &len);
	assert_string_equal(text, wanted);
	unlink(log_path());
}

#define TELL "echo \"${0##*/} $1 $interface $ip\" >>$log"
#define ENVIRONMENT(text)                                                      \
	((struct span){ (const uint8_t *)(text), sizeof(text) })

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_init_net_hooks.XXXXXX");
	assert_non_null(mkdtemp(directory));
	messages[0] = '\0';
	assert_int_equal(loop_init(&loop, signalled, NULL), 0);
	assert_int_equal(loop_watch_signal(&loop, SIGCHLD), 0);
	memset(&hooks, 0xee, sizeof(hooks));
	net_hooks_init(&hooks, &loop, directory);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	net_hooks_stop(&hooks);
	signal(SIGCHLD, SIG_DFL);
	fd_close(&loop.wake.fd);
	text_print(command, sizeof(command), "rm -rf %s %s", directory,
		   log_path());
	return system(command);
}

/* Until nothing runs and nothing waits. */
static void settle(void)
{
	/* Not a limit that anything is measured by: a hang ends the test. */
	alarm(120);
	loop.stopped = !net_hooks_busy(&hooks);
	assert_int_equal(loop_run(&loop), 0);
	alarm(0);
	assert_int_equal(hooks.timer.due, CLOCK_NEVER);
}

static void run(const char *interface, const char *name)
{
	assert_int_equal(net_hooks_run(&hooks, interface, name,
				       (struct span){ NULL, 0 }),
			 0);
}

static void test_order_and_environment(void **state)
{
	(void)state;
	make_program("20-second", 0755, TELL);
	make_program("10-first", 0700,
		     TELL "\necho \"$evil|$interface|$PWD|$#\" >>$log");
	make_program("100", 0755, TELL);
	assert_int_equal(
		net_hooks_run(&hooks, "eth0", "bound",
			      ENVIRONMENT("ip=10.0.0.2\0evil=`a`$(b) \"'\n"
					  "\0interface=x")),
		0);
	assert_true(net_hooks_busy(&hooks));
	settle();
	expect_log("10-first bound eth0 10.0.0.2\n"
		   "`a`$(b) \"'\n|eth0|/|1\n"
		   "100 bound eth0 10.0.0.2\n"
		   "20-second bound eth0 10.0.0.2\n");
	assert_string_equal(messages, "");
	/* And again. */
	run("eth1", "deconfig");
	settle();
	expect_log("10-first deconfig eth1 \n|eth1|/|1\n"
		   "100 deconfig eth1 \n20-second deconfig eth1 \n");
}

/* Only root's own may be run, and nothing that is left about. */
static void test_what_is_not_run(void **state)
{
	(void)state;
	make_program(".hidden", 0755, TELL);
	make_program("data", 0644, TELL);
	make_program("group", 0775, TELL);
	make_program("others", 0757, TELL);
	make_program("good", 0755, TELL);
	assert_int_equal(mkdir(in("directory"), 0755), 0);
	assert_int_equal(symlink("good", in("link")), 0);
	assert_int_equal(symlink("nowhere", in("dangling")), 0);
	run("eth0", "bound");
	settle();
	expect_log("good bound eth0 \n");
	assert_non_null(strstr(messages, "group: not run"));
	assert_non_null(strstr(messages, "others: not run"));
	assert_null(strstr(messages, "good"));
	assert_null(strstr(messages, "link"));
}

static void test_directory_of_others(void **state)
{
	(void)state;
	make_program("good", 0755, TELL);
	assert_int_equal(chmod(directory, 0777), 0);
	run("eth0", "bound");
	assert_false(net_hooks_busy(&hooks));
	expect_log("");
	assert_non_null(strstr(messages, "nothing in it is run"));
	assert_int_equal(chmod(directory, 0700), 0);
	run("eth0", "bound");
	settle();
	expect_log("good bound eth0 \n");
}

static void test_no_hooks(void **state)
{
	(void)state;
	run("eth0", "bound");
	assert_false(net_hooks_busy(&hooks));
	assert_string_equal(messages, "");
	assert_int_equal(rmdir(directory), 0);
	run("eth0", "bound");
	assert_false(net_hooks_busy(&hooks));
	assert_string_equal(messages, "");
	net_hooks_init(&hooks, &loop, NULL);
	run("eth0", "bound");
	assert_false(net_hooks_busy(&hooks));
	/* Something that is no directory. */
	net_hooks_init(&hooks, &loop, "/dev/null");
	run("eth0", "bound");
	assert_false(net_hooks_busy(&hooks));
	assert_non_null(strstr(messages, "/dev/null: "));
	net_hooks_init(&hooks, &loop, directory);
}

static void test_failures_stop_nothing(void **state)
{
	char shebang[] = "#!/nonexistent/interpreter\n";

	(void)state;
	make_program("1", 0755, TELL "\nexit 3");
	make_program("2", 0755, TELL "\nkill -9 $$");
	assert_int_equal(fd_replace_file(in("3"), shebang, strlen(shebang)), 0);
	assert_int_equal(chmod(in("3"), 0755), 0);
	make_program("4", 0755, TELL);
	make_program("\x1b[2J", 0755, "exit 1");
	run("eth0", "nak");
	settle();
	expect_log("1 nak eth0 \n2 nak eth0 \n4 nak eth0 \n");
	assert_non_null(strstr(messages, "1 nak: exited with status 3\n"));
	assert_non_null(strstr(messages, "2 nak: ended by signal 9\n"));
	assert_non_null(strstr(messages, "3 nak: exited with status 127\n"));
	assert_non_null(strstr(messages, "\\x1b[2J nak: exited with "));
}

/* A program that says through a FIFO that it runs, and then ends when it is
 * read from no more, or never. Returns the FIFO's end. */
static int start_slow(const char *text)
{
	char byte;
	int fd;

	make_program("0-slow", 0755, text);
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	run("eth0", "bound");
	fd = open(in("fifo"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 1);
	return fd;
}

#define SLOW                                                                   \
	"exec 3>\"${0%/*}/fifo\"\necho >&3\n"                                  \
	"trap '' PIPE\nwhile echo >&3; do :; done 2>/dev/null\n" TELL

static void test_newest_of_each_nic_waits(void **state)
{
	int fd;

	(void)state;
	fd = start_slow("[ -e \"${0%/*}/done\" ] && { " TELL "; exit; }\n"
			": >\"${0%/*}/done\"\n" SLOW);
	run("eth0", "renew");
	run("eth1", "bound");
	run("eth0", "deconfig");
	assert_int_equal(hooks.n_waiting, 2);
	fd_close(&fd);
	settle();
	expect_log("0-slow bound eth0 \n0-slow deconfig eth0 \n"
		   "0-slow bound eth1 \n");
	assert_int_equal(hooks.n_dropped, 0);
}

static void test_limits(void **state)
{
	static char large[NET_HOOKS_ENVIRONMENT_MAX + 1];
	static char many[2 * (NET_HOOKS_VARIABLES_MAX + 1)];
	struct span environment = { (const uint8_t *)large, sizeof(large) };
	const struct span none = { NULL, 0 };
	char name[] = "eth00";
	int fd;

	(void)state;
	memset(large, 'a', sizeof(large) - 1);
	assert_int_equal(net_hooks_run(&hooks, "e", "bound", environment),
			 -ENOBUFS);
	/* The last one has no terminator. */
	environment.len = 2;
	assert_int_equal(net_hooks_run(&hooks, "e", "bound", environment),
			 -ENOBUFS);
	for (size_t i = 0; i < sizeof(many); i += 2)
		many[i] = 'a';
	environment = (struct span){ (const uint8_t *)many, sizeof(many) };
	assert_int_equal(net_hooks_run(&hooks, "e", "bound", environment),
			 -ENOBUFS);
	assert_int_equal(net_hooks_run(&hooks, "", "bound", none), -ENOBUFS);
	assert_int_equal(
		net_hooks_run(&hooks, "a-name-of-16-byt", "bound", none),
		-ENOBUFS);
	assert_int_equal(net_hooks_run(&hooks, "e", "a-name-of-16-byt", none),
			 -ENOBUFS);
	assert_int_equal(hooks.n_dropped, 6);
	assert_false(net_hooks_busy(&hooks));
	/* What just fits. */
	make_program("1", 0755, TELL " ; echo ${#a} >>$log");
	large[1] = '=';
	environment = (struct span){ (const uint8_t *)large + 1,
				     sizeof(large) - 1 };
	large[1] = 'a';
	large[2] = '=';
	assert_int_equal(net_hooks_run(&hooks, "e", "bound", environment), 0);
	settle();
	expect_log("1 bound e \n7165\n");
	environment = (struct span){ (const uint8_t *)many, sizeof(many) - 2 };
	assert_int_equal(net_hooks_run(&hooks, "e", "bound", environment), 0);
	settle();
	expect_log("1 bound e \n0\n");
	unlink(in("1"));
	fd = start_slow("[ $1 = renew ] && { " TELL "; exit; }\n" SLOW);
	for (unsigned int i = 0; i < NET_HOOKS_WAITING_MAX; i++) {
		name[3] = (char)('a' + i);
		run(name, "renew");
	}
	assert_int_equal(net_hooks_run(&hooks, "over", "renew", none),
			 -ENOBUFS);
	/* One that waits already has room. */
	run("etha0", "renew");
	assert_int_equal(hooks.n_waiting, NET_HOOKS_WAITING_MAX);
	fd_close(&fd);
	settle();
	expect_log("0-slow bound eth0 \n"
		   "0-slow renew etha0 \n0-slow renew ethb0 \n"
		   "0-slow renew ethc0 \n0-slow renew ethd0 \n"
		   "0-slow renew ethe0 \n0-slow renew ethf0 \n"
		   "0-slow renew ethg0 \n0-slow renew ethh0 \n"
		   "0-slow renew ethi0 \n0-slow renew ethj0 \n"
		   "0-slow renew ethk0 \n0-slow renew ethl0 \n"
		   "0-slow renew ethm0 \n0-slow renew ethn0 \n"
		   "0-slow renew etho0 \n0-slow renew ethp0 \n");
}

/* Hangs, and so does a child of it. */
#define HANG "exec 3>\"${0%/*}/fifo\"\nsleep 1000 &\necho >&3\nwait\n"

static void test_time_limit(void **state)
{
	int64_t before = clock_ms();
	char byte;
	int fd;

	(void)state;
	make_program("1-next", 0755, TELL);
	fd = start_slow(HANG);
	assert_in_range(hooks.timer.due, before, before + NET_HOOKS_LIMIT_MS);
	loop.now = hooks.timer.due;
	loop_set_timer(&loop, &hooks.timer, CLOCK_NEVER);
	hooks.timer.expired(&loop, &hooks.timer);
	/* Its end is the end of all who have the FIFO. */
	assert_int_equal(read(fd, &byte, 1), 0);
	fd_close(&fd);
	settle();
	assert_non_null(strstr(messages, "0-slow bound: killed after 30 s\n"));
	expect_log("1-next bound eth0 \n");
}

static void test_stop(void **state)
{
	char byte;
	int fd;

	(void)state;
	make_program("1-next", 0755, TELL);
	fd = start_slow(HANG);
	run("eth1", "bound");
	net_hooks_stop(&hooks);
	assert_int_equal(read(fd, &byte, 1), 0);
	fd_close(&fd);
	settle();
	expect_log("");
	/* Not the end of it. */
	unlink(in("0-slow"));
	run("eth1", "bound");
	settle();
	expect_log("1-next bound eth1 \n");
}

static void test_children_of_others(void **state)
{
	(void)state;
	assert_false(net_hooks_reaped(&hooks, 4711, 0));
	assert_false(net_hooks_reaped(&hooks, 0, 0));
	assert_false(net_hooks_reaped(&hooks, -1, 0));
}

int main(void)
{
#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_order_and_environment),
		TEST(test_what_is_not_run),
		TEST(test_directory_of_others),
		TEST(test_no_hooks),
		TEST(test_failures_stop_nothing),
		TEST(test_newest_of_each_nic_waits),
		TEST(test_limits),
		TEST(test_time_limit),
		TEST(test_stop),
		TEST(test_children_of_others),
	};

	log_init("test", LOG_LEVEL_NOTICE);
	log_set_terminal(-1);
	log_set_observer(observe, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
