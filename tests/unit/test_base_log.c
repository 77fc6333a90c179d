/*
 * base/log.c, to a pipe in place of the terminal. write() is this program's
 * own, so that P11 and P8 (a terminal that fails or is full) come when the
 * test says so. /dev/kmsg stays closed: it is the whole machine's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/fd.h"
#include "base/log.h"

static int fds[2];
static unsigned int n_writes, n_interrupted;
static int write_error, interruption = EINTR;

ssize_t write(int fd, const void *data, size_t len)
{
	if (fd == fds[1] && fds[1] > 0) {
		n_writes++;
		if (n_interrupted > 0) {
			n_interrupted--;
			errno = interruption;
			return -1;
		}
		if (write_error) {
			errno = write_error;
			return -1;
		}
	}
	return syscall(SYS_write, fd, data, len);
}

static int set_up(void **state)
{
	(void)state;
	if (fd_pipe(fds) < 0)
		return -1;
	n_writes = 0;
	n_interrupted = 0;
	write_error = 0;
	log_init("phase-test", LOG_LEVEL_NOTICE);
	log_set_terminal(fds[1]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_set_terminal(STDERR_FILENO);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	return 0;
}

/* All that has been written since the last call. */
static const char *written(void)
{
	static char text[4096];
	ssize_t n = read(fds[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_message(void **state)
{
	(void)state;
	errno = ENOENT;
	log_error("%s: %d", "eth0", 5);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(written(), "phase-test: eth0: 5\n");
	/* In one piece, so that two processes' lines do not mix. */
	assert_int_equal(n_writes, 1);
	log_error("%s", "");
	assert_string_equal(written(), "phase-test: \n");
}

static void test_levels(void **state)
{
	(void)state;
	for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG;
	     level++) {
		log_set_level(level);
		log_error("3");
		log_warning("4");
		log_notice("5");
		log_info("6");
		log_debug("7");
		assert_int_equal(n_writes, level - LOG_LEVEL_ERROR + 1);
		n_writes = 0;
		assert_memory_equal(written(), "phase-test: 3\n", 14);
	}
}

static void test_p8_no_terminal(void **state)
{
	(void)state;
	log_set_terminal(-1);
	log_error("x");
	assert_int_equal(n_writes, 0);
	assert_string_equal(written(), "");
}

static void test_p8_terminal_that_fails(void **state)
{
	static const int errors[] = { EIO, EPIPE, EBADF };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		write_error = errors[i];
		n_writes = 0;
		errno = ENOENT;
		log_error("x");
		assert_int_equal(errno, ENOENT);
		/* Lost, and not tried again. */
		assert_int_equal(n_writes, 1);
	}
	write_error = 0;
	log_error("y");
	assert_string_equal(written(), "phase-test: y\n");
}

/* Another process may be writing to it: a warning waits a moment, and news do
 * not. */
static void test_p8_terminal_that_is_busy(void **state)
{
	(void)state;
	write_error = EAGAIN;
	n_writes = 0;
	errno = ENOENT;
	log_warning("x");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(n_writes, 4);
	log_notice("x");
	assert_int_equal(n_writes, 5);
	write_error = 0;
	n_interrupted = 2;
	interruption = EAGAIN;
	log_warning("y");
	interruption = EINTR;
	assert_string_equal(written(), "phase-test: y\n");
}

static void test_p11_write_interrupted(void **state)
{
	(void)state;
	n_interrupted = 3;
	errno = ENOENT;
	log_error("x");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(written(), "phase-test: x\n");
	assert_int_equal(n_writes, 4);
}

/* Whatever its length a message is one line that ends. */
static void test_long_messages(void **state)
{
	char message[1200];

	(void)state;
	for (size_t len = 0; len < sizeof(message); len++) {
		const char *text;
		size_t n;

		memset(message, 'x', len);
		message[len] = '\0';
		log_error("%s", message);
		text = written();
		n = strlen(text);
		assert_int_equal(text[n - 1], '\n');
		assert_memory_equal(text, "phase-test: ", 12);
		assert_int_equal(strspn(text + 12, "x"), n - 13);
		if (len <= 400)
			assert_int_equal(n, len + 13);
		else
			assert_true(n >= 413);
	}
}

/* The name is ours, but a long one is no reason to read past the line. */
static void test_long_names(void **state)
{
	static char name[600];
	char message[600];

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	for (size_t len = 0; len < sizeof(name); len++) {
		const char *text;
		size_t n;

		memset(name, 'n', len);
		name[len] = '\0';
		log_init(name, LOG_LEVEL_NOTICE);
		log_error("%s", message);
		text = written();
		n = strlen(text);
		assert_true(n > 0);
		assert_int_equal(text[n - 1], '\n');
		assert_int_equal(strspn(text, "n: x"), n - 1);
	}
}

static const char *kept(unsigned int age)
{
	static char text[LOG_RECENT_SIZE + 1];
	struct span message = log_recent(age);

	assert_true(message.len <= LOG_RECENT_SIZE);
	memset(text, 0, sizeof(text));
	if (message.len > 0)
		memcpy(text, message.data, message.len);
	return text;
}

/* The last ones are kept, shown or not; but none that is for debugging. */
static void test_p5_recent_messages(void **state)
{
	char message[300];

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	for (int i = 0; i < 3 * LOG_RECENT_MAX; i++) {
		log_info("message %d", i);
		log_debug("noise");
		snprintf(message, sizeof(message), "message %d", i);
		assert_string_equal(kept(0), message);
	}
	for (int i = 0; i < LOG_RECENT_MAX; i++) {
		snprintf(message, sizeof(message), "message %d",
			 3 * LOG_RECENT_MAX - 1 - i);
		assert_string_equal(kept((unsigned int)i), message);
	}
	assert_string_equal(kept(LOG_RECENT_MAX), "");
	assert_string_equal(kept(~0U), "");
	/* A long one loses its end, and nothing comes into its neighbours. */
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	log_info("%s", message);
	assert_int_equal(strlen(kept(0)), LOG_RECENT_SIZE);
	assert_int_equal(strspn(kept(0), "x"), LOG_RECENT_SIZE);
	snprintf(message, sizeof(message), "message %d",
		 3 * LOG_RECENT_MAX - 1);
	assert_string_equal(kept(1), message);
	log_info("short");
	assert_string_equal(kept(0), "short");
}

static void test_parse_level(void **state)
{
	static const struct {
		const char *name;
		int level;
	} cases[] = {
		{ "error", 3 }, { "warning", 4 }, { "notice", 5 },
		{ "info", 6 },	{ "debug", 7 },	  { "3", 3 },
		{ "4", 4 },	{ "5", 5 },	  { "6", 6 },
		{ "7", 7 },	{ "2", 0 },	  { "8", 0 },
		{ "", 0 },	{ "0", 0 },	  { "33", 0 },
		{ "Error", 0 }, { "err", 0 },	  { "error ", 0 },
		{ "-3", 0 },	{ "3 ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum log_level level = 77;

		assert_int_equal(log_parse_level(cases[i].name, &level),
				 cases[i].level != 0);
		assert_int_equal(level, cases[i].level ? cases[i].level : 77);
	}
}

static void observe(void *owner, enum log_level level, const char *message)
{
	int *seen = owner;

	seen[0]++;
	seen[1] = level;
	assert_string_equal(message, "a 7");
	/* What it does to errno is its own affair. */
	errno = EIO;
}

/* It sees what the terminal does not. */
static void test_observer(void **state)
{
	int seen[2] = { 0, 0 };

	(void)state;
	log_set_observer(observe, seen);
	errno = ENOENT;
	log_debug("a %d", 7);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], LOG_LEVEL_DEBUG);
	assert_int_equal(n_writes, 0);
	log_error("a %d", 7);
	assert_int_equal(seen[0], 2);
	assert_int_equal(n_writes, 1);
	log_set_observer(NULL, NULL);
	log_error("b");
	assert_int_equal(seen[0], 2);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_message),
		LOG_TEST(test_levels),
		LOG_TEST(test_p8_no_terminal),
		LOG_TEST(test_p8_terminal_that_fails),
		LOG_TEST(test_p8_terminal_that_is_busy),
		LOG_TEST(test_p11_write_interrupted),
		LOG_TEST(test_long_messages),
		LOG_TEST(test_long_names),
		LOG_TEST(test_p5_recent_messages),
		LOG_TEST(test_observer),
		LOG_TEST(test_parse_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
